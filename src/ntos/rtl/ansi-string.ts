// ANSI_STRING: counted bytes. One byte is one character (Latin-1), because the machine has no code
// page; a UTF-16 unit that is no byte becomes '?'. The layout is that of UNICODE_STRING.
import { copyBytes, u16 as units, u8 as bytes } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_NO_MEMORY, STATUS_SUCCESS } from '../status-codes.ts';
import { allocateString, checkIrql, freeString } from './services.ts';
import { readBytes, strlen, writeBytes } from './c-string.ts';
import { bufferOf, lengthOf, readUnicode, setUnicode, writeUtf16 } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';

const u16 = units;
const u8 = bytes;
const PASSIVE_LEVEL = 0;
const APC_LEVEL = 1;
const MAX_BYTES = 0xfffe;

/** Makes a string of NUL-terminated bytes, which it does not copy; NULL makes the empty string. */
export function RtlInitAnsiString(DestinationString: number, SourceString: number): void {
  const length = SourceString === 0 ? 0 : Math.min(strlen(SourceString), MAX_BYTES);
  setUnicode(DestinationString, SourceString, length, SourceString === 0 ? 0 : length + 1);
}

/** RtlInitAnsiString under its older name. */
export function RtlInitString(DestinationString: number, SourceString: number): void {
  RtlInitAnsiString(DestinationString, SourceString);
}

/** Copies bytes, cut to what the destination holds; NULL empties it. */
export function RtlCopyString(DestinationString: number, SourceString: number): void {
  const room = u16[(DestinationString >> 1) + 1]!;
  const length = SourceString === 0 ? 0 : Math.min(lengthOf(SourceString), room);
  if (length > 0) copyBytes(bufferOf(DestinationString), bufferOf(SourceString), length);
  u16[DestinationString >> 1] = length;
}

function upper(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}

/** Orders two strings byte by byte; only ASCII letters have a case. IRQL: PASSIVE_LEVEL. */
export function RtlCompareString(
  String1: number, String2: number, CaseInSensitive: boolean,
): number {
  checkIrql('RtlCompareString', PASSIVE_LEVEL);
  const [a, b] = [bufferOf(String1), bufferOf(String2)];
  const count = Math.min(lengthOf(String1), lengthOf(String2));
  for (let i = 0; i < count; i++) {
    const [x, y] = [u8[a + i]!, u8[b + i]!];
    const order = CaseInSensitive ? upper(x) - upper(y) : x - y;
    if (order !== 0) return order;
  }
  return lengthOf(String1) - lengthOf(String2);
}

/** Whether two strings are equal. IRQL: PASSIVE_LEVEL. */
export function RtlEqualString(
  String1: number, String2: number, CaseInSensitive: boolean,
): boolean {
  if (lengthOf(String1) !== lengthOf(String2)) return false;
  return RtlCompareString(String1, String2, CaseInSensitive) === 0;
}

/** The room that a conversion needs, allocated or checked; a failing status otherwise. */
function prepare(string: number, needed: number, allocate: boolean): NTSTATUS {
  if (!allocate) {
    return u16[(string >> 1) + 1]! < needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
  }
  const buffer = allocateString(needed);
  if (buffer === 0) return STATUS_NO_MEMORY;
  setUnicode(string, buffer, 0, needed);
  return STATUS_SUCCESS;
}

/**
 * Converts to bytes, terminated. IRQL: PASSIVE_LEVEL.
 *
 * @param AllocateDestinationString TRUE: a new buffer, freed with RtlFreeAnsiString.
 * @returns STATUS_BUFFER_OVERFLOW when the destination is too small, STATUS_NO_MEMORY.
 */
export function RtlUnicodeStringToAnsiString(
  DestinationString: number, SourceString: number, AllocateDestinationString: boolean,
): NTSTATUS {
  checkIrql('RtlUnicodeStringToAnsiString', PASSIVE_LEVEL);
  const text = readUnicode(SourceString);
  const status = prepare(DestinationString, text.length + 1, AllocateDestinationString);
  if (status !== STATUS_SUCCESS) return status;
  const buffer = bufferOf(DestinationString);
  writeBytes(buffer, `${text}\0`);
  u16[DestinationString >> 1] = text.length;
  return STATUS_SUCCESS;
}

/** Converts bytes to UTF-16, terminated; otherwise as RtlUnicodeStringToAnsiString. */
export function RtlAnsiStringToUnicodeString(
  DestinationString: number, SourceString: number, AllocateDestinationString: boolean,
): NTSTATUS {
  checkIrql('RtlAnsiStringToUnicodeString', PASSIVE_LEVEL);
  const text = readBytes(bufferOf(SourceString), lengthOf(SourceString));
  const status = prepare(DestinationString, text.length * 2 + 2, AllocateDestinationString);
  if (status !== STATUS_SUCCESS) return status;
  writeUtf16(bufferOf(DestinationString), `${text}\0`);
  u16[DestinationString >> 1] = text.length * 2;
  return STATUS_SUCCESS;
}

/** Frees a buffer that a conversion allocated, and empties the string. IRQL <= APC_LEVEL. */
export function RtlFreeAnsiString(AnsiString: number): void {
  checkIrql('RtlFreeAnsiString', APC_LEVEL);
  const buffer = bufferOf(AnsiString);
  if (buffer !== 0) freeString(buffer);
  setUnicode(AnsiString, 0, 0, 0);
}
