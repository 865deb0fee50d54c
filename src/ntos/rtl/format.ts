// printf as the kernel knows it: the formats of DbgPrint, _snwprintf and RtlStringCbPrintf, with
// Microsoft's sizes (I64, w, h) and the kernel's strings (%wZ, %Z). Floating point is not there, as
// in the kernel. Where the arguments come from is the caller's: an array in TypeScript, a block of
// words for C.
import { readBytes, readNarrow, readWide } from './c-string.ts';
import { bufferOf, lengthOf, readUnicode } from './unicode-string.ts';

/** The arguments behind a format, taken one after the other. */
export interface FormatArguments {
  /** The next 32-bit argument, or a JavaScript string where a driver gave one for %s. */
  next(): number | string;
  /** The next 64-bit argument. */
  nextWide(): number;
}

/** A format's text, and whether it asked for UTF-16 text: legal at PASSIVE_LEVEL only. */
export interface Formatted {
  readonly text: string;
  readonly usesUnicode: boolean;
}

const TWO_TO_64 = 1n << 64n;
const directive = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(I64|I32|ll|[hlwIzjt]?)([a-zA-Z%])/g;
const hasPrecision = /\./;

/** Arguments from an array; one that is missing is an Error, since C would read garbage. */
export function argumentsOf(values: readonly (number | string)[]): FormatArguments {
  let at = 0;
  const next = (): number | string => {
    const value = values[at++];
    if (value === undefined) {
      throw new RangeError(`the format asks for ${at} arguments, ${values.length} were given`);
    }
    return value;
  };
  return { next, nextWide: () => Number(next()) };
}

interface Directive {
  readonly flags: string;
  readonly width: number;
  /** -1 where there is none. */
  readonly precision: number;
  readonly size: string;
  readonly type: string;
}

function digits(d: Directive, value: bigint, base: number): string {
  const text = value.toString(base);
  return d.type === 'X' || d.type === 'p' ? text.toUpperCase() : text;
}

/** The value of an integer argument: signed or not, of the directive's size. */
function integerOf(d: Directive, args: FormatArguments, signed: boolean): bigint {
  const bits =
    d.size === 'I64' || d.size === 'll' || d.size === 'j' ? 64 : d.size === 'h' ? 16 : 32;
  const value = BigInt(Math.trunc(bits === 64 ? args.nextWide() : Number(args.next())));
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value + TWO_TO_64);
}

const bases: Readonly<Record<string, number>> = { d: 10, i: 10, u: 10, o: 8, x: 16, X: 16, p: 16 };

function formatInteger(d: Directive, args: FormatArguments): string {
  const signed = d.type === 'd' || d.type === 'i';
  const value = integerOf(d, args, signed);
  const negative = value < 0n;
  const least = d.type === 'p' ? 8 : d.precision;
  let text = digits(d, negative ? -value : value, bases[d.type] ?? 10);
  if (d.precision === 0 && value === 0n) text = '';
  text = text.padStart(Math.max(least, 0), '0');
  const sign = negative ? '-' : signed && d.flags.includes('+') ? '+'
    : signed && d.flags.includes(' ') ? ' ' : '';
  const prefix = d.flags.includes('#') && value !== 0n
    ? ({ x: '0x', X: '0X', p: '0X', o: '0' }[d.type] ?? '') : '';
  const head = sign + prefix;
  if (d.flags.includes('0') && !d.flags.includes('-') && d.precision < 0) {
    text = text.padStart(d.width - head.length, '0');
  }
  return head + text;
}

/** Whether a %c, %s (or %C, %S, which mean the other kind) takes UTF-16 text. */
function isWide(d: Directive, wideDefault: boolean): boolean {
  if (d.size === 'h') return false;
  if (d.size === 'w' || d.size === 'l') return true;
  return (d.type === 's' || d.type === 'c') === wideDefault;
}

function cut(text: string, precision: number): string {
  return precision < 0 ? text : text.slice(0, precision);
}

function formatString(d: Directive, args: FormatArguments, wide: boolean): string {
  const value = args.next();
  if (typeof value === 'string') return cut(value, d.precision);
  if (value === 0) return cut('(null)', d.precision);
  const most = d.precision < 0 ? Infinity : d.precision;
  return wide ? readWide(value, most) : readNarrow(value, most);
}

function formatCounted(d: Directive, args: FormatArguments, wide: boolean): string {
  const value = args.next();
  if (typeof value === 'string') return cut(value, d.precision);
  if (value === 0 || bufferOf(value) === 0) return cut('(null)', d.precision);
  const text = wide ? readUnicode(value) : readBytes(bufferOf(value), lengthOf(value));
  return cut(text, d.precision);
}

/**
 * Formats. `wideDefault`: the format is UTF-16 (_snwprintf), so that %s and %c mean UTF-16 too.
 * A directive that is not known is copied as it stands.
 */
export function formatText(
  format: string,
  args: FormatArguments,
  wideDefault: boolean,
): Formatted {
  let usesUnicode = false;
  const text = format.replaceAll(directive,
    (whole: string, flags: string, width?: string, precision?: string, size = '', type = '') => {
      if (type === '%') return '%';
      const stars = (given: string | undefined): number =>
        given === '*' ? Number(args.next()) | 0 : Number(given ?? 0);
      const wanted = stars(width);
      const d: Directive = {
        flags: wanted < 0 ? `${flags}-` : flags, width: Math.abs(wanted),
        precision: hasPrecision.test(whole) ? stars(precision) : -1, size, type,
      };
      const wide = type === 'Z' ? size === 'w' || size === 'l' : isWide(d, wideDefault);
      const made = formatOne(d, args, wide);
      if (made === undefined) return whole;
      if (wide && !wideDefault && 'cCsSZ'.includes(type)) usesUnicode = true;
      return d.flags.includes('-') ? made.padEnd(d.width) : made.padStart(d.width);
    });
  return { text, usesUnicode };
}

function formatOne(d: Directive, args: FormatArguments, wide: boolean): string | undefined {
  if (d.type in bases) return formatInteger(d, args);
  switch (d.type) {
    case 's':
    case 'S':
      return formatString(d, args, wide);
    case 'c':
    case 'C': {
      const value = args.next();
      if (typeof value === 'string') return value;
      return String.fromCharCode(value & (wide ? 0xffff : 0xff));
    }
    case 'Z':
      return formatCounted(d, args, wide);
    default:
      return undefined;
  }
}
