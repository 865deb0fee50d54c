// ntstrsafe: copying, appending and measuring NUL-terminated text without running over a buffer.
// Cb routines count bytes, Cch routines count characters; W is UTF-16, A is bytes. The destination
// is always terminated; text that does not fit is cut, which is STATUS_BUFFER_OVERFLOW. A buffer of
// no size, a destination without a terminator or a length over the limit is
// STATUS_INVALID_PARAMETER. IRQL: any when the text is resident (the W forms: PASSIVE_LEVEL on the
// WDK's pages, because string literals may be paged out).
import { copyBytes, i32 as words, u16 as units, u8 as bytes } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../status-codes.ts';
import { argumentsOf, formatText } from './format.ts';
import { readNarrow, readWide, writeBytes } from './c-string.ts';
import { writeUtf16 } from './unicode-string.ts';
import type { FormatArguments } from './format.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = units;
const u8 = bytes;
/** NTSTRSAFE_MAX_CCH. */
export const NTSTRSAFE_MAX_CCH = 0x7fff_ffff;

/** The two kinds of text: UTF-16 (shift 1) and bytes (shift 0). */
type Shift = 0 | 1;
const W = 1;
const A = 0;

function unitAt(at: number, shift: Shift, index: number): number {
  return shift === W ? u16[(at >> 1) + index]! : u8[at + index]!;
}

function terminate(at: number, shift: Shift, index: number): void {
  if (shift === W) u16[(at >> 1) + index] = 0;
  else u8[at + index] = 0;
}

function badRoom(dest: number, room: number): boolean {
  return dest === 0 || room < 1 || room > NTSTRSAFE_MAX_CCH;
}

/** How long the text is, at most `room` units; -1 when there is no terminator among them. */
function measure(at: number, shift: Shift, room: number): number {
  if (at === 0) return -1;
  for (let n = 0; n < room; n++) if (unitAt(at, shift, n) === 0) return n;
  return -1;
}

/** Copies at most `most` units of text behind the first `from` units of the destination. */
function copyAt(
  dest: number, room: number, from: number, src: number, most: number, shift: Shift,
): NTSTATUS {
  const space = room - from - 1;
  let length = 0;
  while (length < most && length <= space && unitAt(src, shift, length) !== 0) length++;
  const fits = length <= space;
  const copied = Math.min(length, space);
  copyBytes(dest + (from << shift), src, copied << shift);
  terminate(dest, shift, from + copied);
  return fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

function copy(dest: number, room: number, src: number, most: number, shift: Shift): NTSTATUS {
  if (badRoom(dest, room)) return STATUS_INVALID_PARAMETER;
  if (most > NTSTRSAFE_MAX_CCH || src === 0) {
    terminate(dest, shift, 0);
    return STATUS_INVALID_PARAMETER;
  }
  return copyAt(dest, room, 0, src, most, shift);
}

function append(dest: number, room: number, src: number, most: number, shift: Shift): NTSTATUS {
  if (badRoom(dest, room)) return STATUS_INVALID_PARAMETER;
  const from = measure(dest, shift, room);
  if (from < 0 || most > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;
  return copyAt(dest, room, from, src, most, shift);
}

function lengthTo(
  text: number, room: number, out: OutPtr, shift: Shift, byBytes: boolean,
): NTSTATUS {
  const found = room > NTSTRSAFE_MAX_CCH ? -1 : measure(text, shift, room);
  if (out !== 0) i32[out >> 2] = found < 0 ? 0 : byBytes ? found << shift : found;
  return found < 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** Formats into a buffer of `room` units. */
export function printTo(
  dest: number, room: number, format: number | string, args: FormatArguments, shift: Shift,
): NTSTATUS {
  if (badRoom(dest, room)) return STATUS_INVALID_PARAMETER;
  const pattern = typeof format === 'string' ? format
    : shift === W ? readWide(format) : readNarrow(format);
  const { text } = formatText(pattern, args, shift === W);
  const fitting = text.slice(0, room - 1);
  if (shift === W) writeUtf16(dest, fitting);
  else writeBytes(dest, fitting);
  terminate(dest, shift, fitting.length);
  return fitting.length === text.length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

type Copy = (pszDest: OutPtr, room: number, pszSrc: number) => NTSTATUS;
type CopyN = (pszDest: OutPtr, room: number, pszSrc: number, most: number) => NTSTATUS;
type Length = (psz: number, most: number, result: OutPtr) => NTSTATUS;
type Print =
  (pszDest: OutPtr, room: number, pszFormat: number | string, ...args: (number | string)[]) =>
  NTSTATUS;
const NO_LIMIT = NTSTRSAFE_MAX_CCH;

const copies = (shift: Shift, scale: Shift): Copy =>
  (dest, room, src) => copy(dest, room >>> scale, src, NO_LIMIT, shift);
const copiesN = (shift: Shift, scale: Shift): CopyN =>
  (dest, room, src, most) => copy(dest, room >>> scale, src, most >>> scale, shift);
const appends = (shift: Shift, scale: Shift): Copy =>
  (dest, room, src) => append(dest, room >>> scale, src, NO_LIMIT, shift);
const appendsN = (shift: Shift, scale: Shift): CopyN =>
  (dest, room, src, most) => append(dest, room >>> scale, src, most >>> scale, shift);
const lengths = (shift: Shift, scale: Shift, byBytes: boolean): Length =>
  (text, most, result) => lengthTo(text, most >>> scale, result, shift, byBytes);
const prints = (shift: Shift, scale: Shift): Print =>
  (dest, room, format, ...args) => printTo(dest, room >>> scale, format, argumentsOf(args), shift);

/** Copies text into a buffer of so many bytes. */
export const RtlStringCbCopyW = copies(W, 1);
export const RtlStringCbCopyA = copies(A, 0);
/** Copies text into a buffer of so many characters. */
export const RtlStringCchCopyW = copies(W, 0);
export const RtlStringCchCopyA = copies(A, 0);
/** Copies at most so many bytes of text. */
export const RtlStringCbCopyNW = copiesN(W, 1);
export const RtlStringCbCopyNA = copiesN(A, 0);
/** Copies at most so many characters of text. */
export const RtlStringCchCopyNW = copiesN(W, 0);
export const RtlStringCchCopyNA = copiesN(A, 0);
/** Appends text; the buffer's size is in bytes. */
export const RtlStringCbCatW = appends(W, 1);
export const RtlStringCbCatA = appends(A, 0);
/** Appends text; the buffer's size is in characters. */
export const RtlStringCchCatW = appends(W, 0);
export const RtlStringCchCatA = appends(A, 0);
/** Appends at most so many bytes of text. */
export const RtlStringCbCatNW = appendsN(W, 1);
export const RtlStringCbCatNA = appendsN(A, 0);
/** Appends at most so many characters of text. */
export const RtlStringCchCatNW = appendsN(W, 0);
export const RtlStringCchCatNA = appendsN(A, 0);
/** Measures text in bytes; the result is 0 after a failure. */
export const RtlStringCbLengthW = lengths(W, 1, true);
export const RtlStringCbLengthA = lengths(A, 0, true);
/** Measures text in characters. */
export const RtlStringCchLengthW = lengths(W, 0, false);
export const RtlStringCchLengthA = lengths(A, 0, false);
/** Formats into a buffer of so many bytes; the format is an address or a JavaScript string. */
export const RtlStringCbPrintfW = prints(W, 1);
export const RtlStringCbPrintfA = prints(A, 0);
/** Formats into a buffer of so many characters. */
export const RtlStringCchPrintfW = prints(W, 0);
export const RtlStringCchPrintfA = prints(A, 0);
