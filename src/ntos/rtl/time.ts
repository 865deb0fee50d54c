// Dates: a system time (100 ns units since 1601-01-01, UTC) as year, month and so on, and back.
// The calendar is the Gregorian one throughout. Any IRQL, when the structures are resident.
// Simplification: times are doubles, which round the odd 100 ns. A time less than 30 microseconds
// before a full millisecond therefore counts as that millisecond.
import { SHORT } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { readInt64, writeInt64 } from './large-integer.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const TIME_FIELDS = struct('TIME_FIELDS', {
  /** 1601 and later. */
  Year: SHORT,
  /** 1 to 12. */
  Month: SHORT,
  /** 1 to 31. */
  Day: SHORT,
  Hour: SHORT,
  Minute: SHORT,
  Second: SHORT,
  Milliseconds: SHORT,
  /** 0 is Sunday. */
  Weekday: SHORT,
});
export type PTIME_FIELDS = Ptr<'TIME_FIELDS'>;

const TICKS_PER_MS = 10000;
/** What a date may have lost by rounding, in milliseconds. */
const ROUNDING = 0.03;
const MS_PER_DAY = 86400000;
const DAYS_PER_400_YEARS = 146097;
const DAYS_PER_100_YEARS = 36524;
const DAYS_PER_4_YEARS = 1461;
const FIRST_YEAR = 1601;
const LAST_YEAR = 30827;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (monthDays[month - 1] ?? 0);
}

/** Days from 1601-01-01 to the first of January of `year`. */
function daysBefore(year: number): number {
  const n = year - FIRST_YEAR;
  return n * 365 + Math.floor(n / 4) - Math.floor(n / 100) + Math.floor(n / 400);
}

function yearOf(days: number): number {
  const era = Math.floor(days / DAYS_PER_400_YEARS);
  let rest = days % DAYS_PER_400_YEARS;
  const centuries = Math.min(3, Math.floor(rest / DAYS_PER_100_YEARS));
  rest -= centuries * DAYS_PER_100_YEARS;
  const fours = Math.floor(rest / DAYS_PER_4_YEARS);
  rest -= fours * DAYS_PER_4_YEARS;
  const years = Math.min(3, Math.floor(rest / 365));
  return FIRST_YEAR + era * 400 + centuries * 100 + fours * 4 + years;
}

/** Splits the system time at `Time` into the fields at `TimeFields`. */
export function RtlTimeToTimeFields(Time: number, TimeFields: PTIME_FIELDS): void {
  const ms = Math.floor(readInt64(Time) / TICKS_PER_MS + ROUNDING);
  const days = Math.floor(ms / MS_PER_DAY);
  const inDay = ms - days * MS_PER_DAY;
  const fields = TIME_FIELDS.at(TimeFields);
  const year = yearOf(days);
  let day = days - daysBefore(year);
  let month = 1;
  while (day >= daysIn(year, month)) day -= daysIn(year, month++);
  fields.Year = year;
  fields.Month = month;
  fields.Day = day + 1;
  fields.Hour = Math.floor(inDay / 3600000);
  fields.Minute = Math.floor(inDay / 60000) % 60;
  fields.Second = Math.floor(inDay / 1000) % 60;
  fields.Milliseconds = inDay % 1000;
  fields.Weekday = (days + 1) % 7;
}

function within(n: number, low: number, high: number): boolean {
  return n >= low && n <= high;
}

/** Joins fields into the system time at `Time`; FALSE, and nothing written, for no valid date. */
export function RtlTimeFieldsToTime(TimeFields: PTIME_FIELDS, Time: number): boolean {
  const f = TIME_FIELDS.at(TimeFields);
  const valid =
    within(f.Year, FIRST_YEAR, LAST_YEAR) && within(f.Month, 1, 12) &&
    within(f.Day, 1, daysIn(f.Year, f.Month)) && within(f.Hour, 0, 23) &&
    within(f.Minute, 0, 59) && within(f.Second, 0, 59) && within(f.Milliseconds, 0, 999);
  if (!valid) return false;
  let days = daysBefore(f.Year) + f.Day - 1;
  for (let month = 1; month < f.Month; month++) days += daysIn(f.Year, month);
  const ms = ((f.Hour * 60 + f.Minute) * 60 + f.Second) * 1000 + f.Milliseconds;
  writeInt64(Time, (days * MS_PER_DAY + ms) * TICKS_PER_MS);
  return true;
}
