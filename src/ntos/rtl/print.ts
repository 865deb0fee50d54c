// The C run-time's bounded printf, and the form for UNICODE_STRING of ntstrsafe.
import { u16 as units, u8 as bytes } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_SUCCESS } from '../status-codes.ts';
import { argumentsOf, formatText } from './format.ts';
import { readNarrow, readWide, writeBytes } from './c-string.ts';
import { bufferOf, writeUtf16 } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const u16 = units;
const u8 = bytes;

/**
 * _snwprintf: formats UTF-16 text. IRQL: PASSIVE_LEVEL.
 *
 * @param Count room in characters. @param Format an address or a JavaScript string.
 * @returns the characters written without the terminator; -1 when the text was cut, in which case
 *   there is no terminator. Text of exactly `Count` characters has none either.
 */
export function snwprintf(
  Buffer: OutPtr, Count: number, Format: number | string, ...args: (number | string)[]
): number {
  const pattern = typeof Format === 'string' ? Format : readWide(Format);
  const { text } = formatText(pattern, argumentsOf(args), true);
  const room = Count >>> 0;
  writeUtf16(Buffer, text.slice(0, room));
  if (text.length < room) u16[(Buffer >> 1) + text.length] = 0;
  return text.length <= room ? text.length : -1;
}

/** _snprintf: snwprintf for bytes. */
export function snprintf(
  Buffer: OutPtr, Count: number, Format: number | string, ...args: (number | string)[]
): number {
  const pattern = typeof Format === 'string' ? Format : readNarrow(Format);
  const { text } = formatText(pattern, argumentsOf(args), false);
  const room = Count >>> 0;
  writeBytes(Buffer, text.slice(0, room));
  if (text.length < room) u8[Buffer + text.length] = 0;
  return text.length <= room ? text.length : -1;
}

/**
 * Formats into the buffer of a UNICODE_STRING, which is not terminated. IRQL: PASSIVE_LEVEL.
 * STATUS_BUFFER_OVERFLOW when the text was cut.
 */
export function RtlUnicodeStringPrintf(
  DestinationString: number, Format: number | string, ...args: (number | string)[]
): NTSTATUS {
  const pattern = typeof Format === 'string' ? Format : readWide(Format);
  const { text } = formatText(pattern, argumentsOf(args), true);
  const room = u16[(DestinationString >> 1) + 1]! >> 1;
  const fitting = text.slice(0, room);
  u16[DestinationString >> 1] = writeUtf16(bufferOf(DestinationString), fitting);
  return fitting.length === text.length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
