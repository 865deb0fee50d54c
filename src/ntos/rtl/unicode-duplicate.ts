// RtlDuplicateUnicodeString: a copy of a string in a buffer of its own.
import { copyBytes, u16 as units } from '../../mem/memory.ts';
import { MAX_UNICODE_BYTES } from '../../mem/param.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NAME_TOO_LONG, STATUS_NO_MEMORY, STATUS_SUCCESS }
  from '../status-codes.ts';
import { allocateString, checkIrql } from './services.ts';
import { bufferOf, setUnicode } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';

const u16 = units;
const PASSIVE_LEVEL = 0;

/** RTL_DUPLICATE_UNICODE_STRING_*: the copy is terminated; an empty string gets a buffer too. */
export const RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE = 1;
export const RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING = 2;

/**
 * Copies a string into a new buffer that the caller frees with RtlFreeUnicodeString.
 * IRQL: PASSIVE_LEVEL.
 *
 * @param Flags RTL_DUPLICATE_UNICODE_STRING_*; the second one needs the first.
 * @returns STATUS_INVALID_PARAMETER for flags that are not known, STATUS_NO_MEMORY.
 */
export function RtlDuplicateUnicodeString(
  Flags: number,
  StringIn: number,
  StringOut: number,
): NTSTATUS {
  checkIrql('RtlDuplicateUnicodeString', PASSIVE_LEVEL);
  if (Flags < 0 || Flags > 3 || Flags === 2) return STATUS_INVALID_PARAMETER;
  const bytes = u16[StringIn >> 1]!;
  const terminator = Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE ? 2 : 0;
  const needed = bytes + terminator;
  const always = (Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) !== 0;
  setUnicode(StringOut, 0, 0, 0);
  if (bytes === 0 && !always) return STATUS_SUCCESS;
  if (needed > MAX_UNICODE_BYTES) return STATUS_NAME_TOO_LONG;
  const buffer = allocateString(needed);
  if (buffer === 0) return STATUS_NO_MEMORY;
  copyBytes(buffer, bufferOf(StringIn), bytes);
  setUnicode(StringOut, buffer, bytes, needed);
  if (terminator !== 0) u16[(buffer + bytes) >> 1] = 0;
  return STATUS_SUCCESS;
}
