// UNICODE_STRING: counted UTF-16, the only form of text in the kernel. Length and MaximumLength
// are bytes; there need not be a terminator. Nothing here is synchronised: a string belongs to
// whoever may write its structure.
import { copyBytes, i32 as words, u16 as units } from '../../mem/memory.ts';
import { MAX_UNICODE_BYTES } from '../../mem/param.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_NAME_TOO_LONG,
  STATUS_NO_MEMORY, STATUS_SUCCESS } from '../status-codes.ts';
import { allocateString, checkIrql, freeString } from './services.ts';
import { downcaseTable, mapUnits, upcaseTable } from './upcase.ts';
import type { NTSTATUS } from '../status.ts';

const i32 = words;
const u16 = units;
const upper = upcaseTable;
const PASSIVE_LEVEL = 0;
const APC_LEVEL = 1;

/** Bytes in use. */
export function lengthOf(String: number): number {
  return u16[String >> 1]!;
}

/** Where the text lies. */
export function bufferOf(String: number): number {
  return i32[(String + 4) >> 2]!;
}

/** Fills in a UNICODE_STRING. Lengths are bytes. */
export function setUnicode(
  String: number,
  Buffer: number,
  Length: number,
  MaximumLength: number,
): void {
  u16[String >> 1] = Length;
  u16[(String >> 1) + 1] = MaximumLength;
  i32[(String + 4) >> 2] = Buffer;
}

/** The text of `bytes` bytes of UTF-16 at `address`, for cold code and messages. */
export function readUtf16(address: number, bytes: number): string {
  let text = '';
  const end = (address + bytes) >> 1;
  for (let at = address >> 1; at < end; at += 4096) {
    // Copied out first: shared memory may not be handed to apply.
    const part = Array.from(u16.subarray(at, Math.min(end, at + 4096)));
    text += String.fromCharCode(...part);
  }
  return text;
}

/** Writes text as UTF-16 at `address`, without a terminator; returns the bytes written. */
export function writeUtf16(address: number, text: string): number {
  const at = address >> 1;
  for (let i = 0; i < text.length; i++) u16[at + i] = text.charCodeAt(i);
  return text.length * 2;
}

/** The text of a UNICODE_STRING. A NULL pointer reads as the empty text. */
export function readUnicode(String: number): string {
  return String === 0 ? '' : readUtf16(bufferOf(String), lengthOf(String));
}

/** Replaces the text of a UNICODE_STRING whose buffer has room; an Error when it has not. */
export function writeUnicode(String: number, text: string): void {
  const room = u16[(String >> 1) + 1]!;
  if (text.length * 2 > room) {
    throw new RangeError(`a string of ${text.length} units does not fit in ${room} bytes`);
  }
  u16[String >> 1] = writeUtf16(bufferOf(String), text);
}

/**
 * Makes a string of the NUL-terminated text at `SourceString`, which it does not copy; NULL makes
 * the empty string. IRQL: any when the text is resident. Longer text is cut at 65532 bytes, as
 * the WDK's page says of the largest Length.
 */
export function RtlInitUnicodeString(DestinationString: number, SourceString: number): void {
  if (SourceString === 0) {
    setUnicode(DestinationString, 0, 0, 0);
    return;
  }
  let bytes = 0;
  while (bytes < MAX_UNICODE_BYTES - 2 && u16[(SourceString + bytes) >> 1] !== 0) bytes += 2;
  setUnicode(DestinationString, SourceString, bytes, bytes + 2);
}

/** RtlInitUnicodeString that fails with STATUS_NAME_TOO_LONG instead of cutting. */
export function RtlInitUnicodeStringEx(DestinationString: number, SourceString: number): NTSTATUS {
  RtlInitUnicodeString(DestinationString, SourceString);
  const bytes = lengthOf(DestinationString);
  if (SourceString !== 0 && u16[(SourceString + bytes) >> 1] !== 0) return STATUS_NAME_TOO_LONG;
  return STATUS_SUCCESS;
}

/** An empty string over a buffer of `BufferSize` bytes. IRQL: any. */
export function RtlInitEmptyUnicodeString(
  DestinationString: number,
  Buffer: number,
  BufferSize: number,
): void {
  setUnicode(DestinationString, Buffer, 0, BufferSize);
}

function terminate(String: number): void {
  const length = u16[String >> 1]!;
  if (length + 2 <= u16[(String >> 1) + 1]!) u16[(bufferOf(String) + length) >> 1] = 0;
}

/**
 * Copies text, cut to what the destination holds, and terminates it when there is room. A NULL
 * source empties the destination. IRQL: any when both are resident.
 */
export function RtlCopyUnicodeString(DestinationString: number, SourceString: number): void {
  if (SourceString === 0) {
    u16[DestinationString >> 1] = 0;
    return;
  }
  const bytes = Math.min(u16[SourceString >> 1]!, u16[(DestinationString >> 1) + 1]!);
  copyBytes(bufferOf(DestinationString), bufferOf(SourceString), bytes);
  u16[DestinationString >> 1] = bytes;
  terminate(DestinationString);
}

/** Appends `bytes` bytes of text; STATUS_BUFFER_TOO_SMALL, and nothing done, when it cannot. */
function append(Destination: number, from: number, bytes: number): NTSTATUS {
  const length = u16[Destination >> 1]!;
  if (length + bytes > u16[(Destination >> 1) + 1]!) return STATUS_BUFFER_TOO_SMALL;
  copyBytes(bufferOf(Destination) + length, from, bytes);
  u16[Destination >> 1] = length + bytes;
  terminate(Destination);
  return STATUS_SUCCESS;
}

/** Appends a string. IRQL: any when both are resident. Fails with STATUS_BUFFER_TOO_SMALL. */
export function RtlAppendUnicodeStringToString(Destination: number, Source: number): NTSTATUS {
  return append(Destination, bufferOf(Source), u16[Source >> 1]!);
}

/** Appends NUL-terminated text; NULL appends nothing. Fails with STATUS_BUFFER_TOO_SMALL. */
export function RtlAppendUnicodeToString(Destination: number, Source: number): NTSTATUS {
  if (Source === 0) return STATUS_SUCCESS;
  let bytes = 0;
  while (u16[(Source + bytes) >> 1] !== 0 && bytes <= MAX_UNICODE_BYTES) bytes += 2;
  return append(Destination, Source, bytes);
}

/** Whether `bytes` bytes of text at two places are equal; the file systems' name compare. */
export function equalUnits(a: number, b: number, bytes: number, ignoreCase: boolean): boolean {
  const x = a >> 1;
  const y = b >> 1;
  const count = bytes >> 1;
  for (let i = 0; i < count; i++) {
    const c = u16[x + i]!;
    const d = u16[y + i]!;
    if (c !== d && (!ignoreCase || upper[c] !== upper[d])) return false;
  }
  return true;
}

/**
 * Orders two strings unit by unit: negative, zero or positive. Case is ignored by comparing upper
 * case. IRQL: PASSIVE_LEVEL (KRN table 10.3).
 */
export function RtlCompareUnicodeString(
  String1: number,
  String2: number,
  CaseInSensitive: boolean,
): number {
  checkIrql('RtlCompareUnicodeString', PASSIVE_LEVEL);
  return compareUnicode(String1, String2, CaseInSensitive);
}

/** RtlCompareUnicodeString for the kernel's own use: at any IRQL, since its text is resident. */
export function compareUnicode(String1: number, String2: number, ignoreCase: boolean): number {
  const x = bufferOf(String1) >> 1;
  const y = bufferOf(String2) >> 1;
  const length1 = u16[String1 >> 1]!;
  const length2 = u16[String2 >> 1]!;
  const count = Math.min(length1, length2) >> 1;
  for (let i = 0; i < count; i++) {
    let c = u16[x + i]!;
    let d = u16[y + i]!;
    if (c === d) continue;
    if (ignoreCase) {
      c = upper[c]!;
      d = upper[d]!;
    }
    if (c !== d) return c - d;
  }
  return length1 - length2;
}

/** Whether two strings are equal. IRQL: PASSIVE_LEVEL. */
export function RtlEqualUnicodeString(
  String1: number,
  String2: number,
  CaseInSensitive: boolean,
): boolean {
  checkIrql('RtlEqualUnicodeString', PASSIVE_LEVEL);
  const length = u16[String1 >> 1]!;
  if (length !== u16[String2 >> 1]) return false;
  return equalUnits(bufferOf(String1), bufferOf(String2), length, CaseInSensitive);
}

/** Whether String2 begins with String1. IRQL: PASSIVE_LEVEL. */
export function RtlPrefixUnicodeString(
  String1: number,
  String2: number,
  CaseInSensitive: boolean,
): boolean {
  checkIrql('RtlPrefixUnicodeString', PASSIVE_LEVEL);
  const length = u16[String1 >> 1]!;
  if (length > u16[String2 >> 1]!) return false;
  return equalUnits(bufferOf(String1), bufferOf(String2), length, CaseInSensitive);
}

/** Whether String2 ends with String1. IRQL: PASSIVE_LEVEL. */
export function RtlSuffixUnicodeString(
  String1: number,
  String2: number,
  CaseInSensitive: boolean,
): boolean {
  checkIrql('RtlSuffixUnicodeString', PASSIVE_LEVEL);
  const length = u16[String1 >> 1]!;
  const skipped = u16[String2 >> 1]! - length;
  if (skipped < 0) return false;
  return equalUnits(bufferOf(String1), bufferOf(String2) + skipped, length, CaseInSensitive);
}

function mapString(
  routine: string,
  table: Uint16Array,
  Destination: number,
  Source: number,
  allocate: boolean,
): NTSTATUS {
  checkIrql(routine, APC_LEVEL);
  const bytes = u16[Source >> 1]!;
  if (allocate) {
    const buffer = allocateString(Math.max(bytes, 2));
    if (buffer === 0) return STATUS_NO_MEMORY;
    setUnicode(Destination, buffer, bytes, bytes);
  } else if (bytes > u16[(Destination >> 1) + 1]!) {
    return STATUS_BUFFER_OVERFLOW;
  }
  mapUnits(table, bufferOf(Destination), bufferOf(Source), bytes >> 1);
  u16[Destination >> 1] = bytes;
  return STATUS_SUCCESS;
}

/**
 * Upper-cases a string, into the destination's buffer or into a new one that the caller frees
 * with RtlFreeUnicodeString. IRQL <= APC_LEVEL.
 * @returns STATUS_BUFFER_OVERFLOW when the destination is too small, STATUS_NO_MEMORY.
 */
export function RtlUpcaseUnicodeString(
  DestinationString: number,
  SourceString: number,
  AllocateDestinationString: boolean,
): NTSTATUS {
  return mapString('RtlUpcaseUnicodeString', upcaseTable, DestinationString, SourceString,
    AllocateDestinationString);
}

/** Lower-cases a string; otherwise as RtlUpcaseUnicodeString. IRQL < DISPATCH_LEVEL. */
export function RtlDowncaseUnicodeString(
  DestinationString: number,
  SourceString: number,
  AllocateDestinationString: boolean,
): NTSTATUS {
  return mapString('RtlDowncaseUnicodeString', downcaseTable, DestinationString, SourceString,
    AllocateDestinationString);
}

/** Frees a buffer that a run-time routine allocated, and empties the string. IRQL <= APC_LEVEL. */
export function RtlFreeUnicodeString(UnicodeString: number): void {
  checkIrql('RtlFreeUnicodeString', APC_LEVEL);
  const buffer = bufferOf(UnicodeString);
  if (buffer !== 0) freeString(buffer);
  setUnicode(UnicodeString, 0, 0, 0);
}
