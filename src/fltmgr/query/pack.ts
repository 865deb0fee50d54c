// Writing an information structure with names behind it (query/types.ts): all or nothing. A buffer
// that is too small is told how many bytes are needed (9.5).
import { fillBytes, i32 } from '../../mem/memory.ts';
import { writeUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import type { NTSTATUS } from '../../ntos/status.ts';

/** Where a routine writes, as its caller says. */
export interface Target {
  readonly buffer: number;
  readonly size: number;
  /** Address of the word that gets the bytes written or needed. */
  readonly returned: number;
}

/** A name behind the structure: `place` is told its length in bytes and its offset. */
export interface Name {
  readonly text: string;
  readonly place: (length: number, offset: number) => void;
}

/**
 * Fills `fixed` bytes by `fill` and puts the names behind them.
 * @returns STATUS_BUFFER_TOO_SMALL, with nothing written.
 */
export function pack(
  target: Target,
  fixed: number,
  fill: () => void,
  names: readonly Name[],
): NTSTATUS {
  const total = names.reduce((sum, { text }) => sum + 2 * text.length, fixed);
  i32[target.returned >> 2] = total;
  if (target.buffer === 0 || target.size < total) return STATUS_BUFFER_TOO_SMALL;
  fillBytes(target.buffer, 0, fixed);
  fill();
  let offset = fixed;
  for (const { text, place } of names) {
    writeUtf16(target.buffer + offset, text);
    place(2 * text.length, offset);
    offset += 2 * text.length;
  }
  return STATUS_SUCCESS;
}
