// Numbers as text and back: RtlUnicodeStringToInteger, RtlIntegerToUnicodeString and the 64-bit
// form. Bases are 2, 8, 10 and 16; letters of hexadecimal digits are written in upper case.
// IRQL: PASSIVE_LEVEL for all.
import { i32 as words, u16 as units } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../status-codes.ts';
import { checkIrql } from './services.ts';
import { bufferOf, readUnicode, writeUtf16 } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = units;
const PASSIVE_LEVEL = 0;
/** What a negative 64-bit value stands for when it is written without a sign. */
const TWO_TO_64 = 18446744073709551616;

const prefixes: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

function isBase(base: number): boolean {
  return base === 2 || base === 8 || base === 10 || base === 16;
}

function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 99;
}

/**
 * Reads a number: white space, a sign, with base 0 one of the prefixes 0x, 0o and 0b, and digits
 * up to the first unit that is none. Text without digits gives 0.
 *
 * @param Base 2, 8, 10, 16, or 0 to go by the prefix and else by ten.
 * @param Value address of the result, 32 bits; a larger number wraps around.
 * @returns STATUS_INVALID_PARAMETER for another base or an empty string.
 */
export function RtlUnicodeStringToInteger(String: number, Base: number, Value: OutPtr): NTSTATUS {
  checkIrql('RtlUnicodeStringToInteger', PASSIVE_LEVEL);
  const text = readUnicode(String);
  if (text.length === 0 || (Base !== 0 && !isBase(Base))) return STATUS_INVALID_PARAMETER;
  let at = 0;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  const negative = text[at] === '-';
  if (negative || text[at] === '+') at++;
  let base = Base === 0 ? 10 : Base;
  const prefix = Base === 0 ? prefixes[text.slice(at, at + 2)] : undefined;
  if (prefix !== undefined) {
    base = prefix;
    at += 2;
  }
  let value = 0;
  for (; at < text.length; at++) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit >= base) break;
    value = (Math.imul(value, base) + digit) | 0;
  }
  i32[Value >> 2] = negative ? -value : value;
  return STATUS_SUCCESS;
}

function writeNumber(value: number, Base: number, String: number): NTSTATUS {
  const base = Base === 0 ? 10 : Base;
  if (!isBase(base)) return STATUS_INVALID_PARAMETER;
  const text = value.toString(base).toUpperCase();
  const bytes = text.length * 2;
  const room = u16[(String >> 1) + 1]!;
  if (bytes > room) return STATUS_BUFFER_OVERFLOW;
  writeUtf16(bufferOf(String), text);
  u16[String >> 1] = bytes;
  if (bytes + 2 <= room) u16[(bufferOf(String) + bytes) >> 1] = 0;
  return STATUS_SUCCESS;
}

/**
 * Writes an unsigned 32-bit number into a string's buffer.
 * @returns STATUS_BUFFER_OVERFLOW when it does not fit, STATUS_INVALID_PARAMETER for the base.
 */
export function RtlIntegerToUnicodeString(Value: number, Base: number, String: number): NTSTATUS {
  checkIrql('RtlIntegerToUnicodeString', PASSIVE_LEVEL);
  return writeNumber(Value >>> 0, Base, String);
}

/** The same of an unsigned 64-bit number, exact up to 2^53. */
export function RtlInt64ToUnicodeString(Value: number, Base: number, String: number): NTSTATUS {
  checkIrql('RtlInt64ToUnicodeString', PASSIVE_LEVEL);
  return writeNumber(Value < 0 ? Value + TWO_TO_64 : Value, Base, String);
}
