// Numbers, dates and durations as Process Monitor prints them under any locale.
// Guarantees: text that is not a number in full yields undefined, never a part of it.
// Simplification: a date with slashes is month first when the time says AM or PM and day first
// otherwise; the log does not say which locale wrote it.

/** Groups of three from the right, above them also of two (as in India). */
const GROUPED = /^-?\d{1,3}(?:[,.'\u2019 \u00a0\u202f]\d{2,3})*[,.'\u2019 \u00a0\u202f]\d{3}$/;

/**
 * A whole number with or without thousands separators (`4,096`, `4.096`, `4 096`, `4'096`), or
 * hexadecimal. Exact below 2^53.
 */
export function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^0x[0-9a-f]+$/i.test(trimmed)) return Number.parseInt(trimmed, 16);
  if (/^-?\d+$/.test(trimmed)) return Number(trimmed);
  if (GROUPED.test(trimmed)) {
    return Number(trimmed.replace(/[^\d-]/g, ''));
  }
  return undefined;
}

/** Seconds with a fraction (`0.0000180`, `0,0000180`) in 100 ns units. */
export function durationIn100ns(text: string): number | undefined {
  const match = /^(\d+)(?:[.,](\d{1,9}))?$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * 1e7 + fraction(match[2]);
}

/** `00:00:01.8855376`, `1:18:10.8939738 AM`, `13:18:10,89`: 100 ns units since midnight. */
export function timeOfDayIn100ns(text: string): number | undefined {
  const match = /^(\d+)[:.](\d{2})[:.](\d{2})(?:[.,](\d{1,9}))?\s*(\D*)$/.exec(text.trim());
  if (match === null) return undefined;
  const hours = hour24(Number(match[1]), match[5] ?? '');
  return ((hours * 60 + Number(match[2])) * 60 + Number(match[3])) * 1e7 + fraction(match[4]);
}

/** A date with a time of day as FILETIME: 100 ns units since 1601, without any time zone. */
export function fileTime(text: string): number | undefined {
  const match = /^(\d+)([./-])(\d+)[./-](\d+)\.?,?\s+(.+)$/.exec(text.trim());
  if (match === null) return undefined;
  const time = timeOfDayIn100ns(match[5] ?? '');
  if (time === undefined) return undefined;
  const [first, second, third] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const halfDay = /[ap]\.?m/i.test(match[5] ?? '');
  const order = dateOrder(first, second, match[2] ?? '', halfDay);
  const [year, month, day] = order === 'ymd' ? [first, second, third]
    : order === 'mdy' ? [third, first, second] : [third, second, first];
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1601) return undefined;
  const milliseconds = Date.UTC(year, month - 1, day) - Date.UTC(1601, 0, 1);
  return milliseconds * 1e4 + time;
}

function dateOrder(
  first: number, second: number, separator: string, halfDay: boolean,
): 'ymd' | 'mdy' | 'dmy' {
  if (first > 31) return 'ymd';
  if (separator === '.' || first > 12) return 'dmy';
  return halfDay || second > 12 ? 'mdy' : 'dmy';
}

function hour24(hour: number, suffix: string): number {
  if (/^a/i.test(suffix)) return hour % 12;
  if (/^p/i.test(suffix)) return (hour % 12) + 12;
  return hour;
}

const fraction = (digits: string | undefined): number =>
  Number((digits ?? '').padEnd(7, '0').slice(0, 7));
