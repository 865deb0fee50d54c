// Verifying contents whose writes are known, cell by cell: a generator that owns its files knows
// which write each cell must be of.
// Guarantees: a whole cell must be right in every bit, and all zero where nothing was ever
// written; of a cell that the range cuts, the bytes inside it are compared. With the write ids
// given, an older write is as wrong as a broken one.
import { i32 as words, u8 as bytesOfMachine } from '../../../mem/memory.ts';
import { CELL_BYTES, cellImage, checkWord } from './cells.ts';

const i32 = words;
const u8 = bytesOfMachine;

/** The bytes of a cut cell that are known without its write id: file and place. */
const KNOWN_BYTES = 8;
const scratch = new Int32Array(4);
const scratchBytes = new Uint8Array(scratch.buffer);

/** Takes a cell out of the machine's memory, wherever it lies. */
function wholeCell(at: number): void {
  if (at % 4 === 0) {
    const word = at >> 2;
    for (let i = 0; i < 4; i++) scratch[i] = i32[word + i]!;
  } else {
    for (let i = 0; i < CELL_BYTES; i++) scratchBytes[i] = u8[at + i]!;
  }
}

function isWholeRight(
  at: number, fileId: number, index: number, writeId: number | undefined,
): boolean {
  wholeCell(at);
  const [file = 0, place = 0, write = 0, check = 0] = scratch;
  if ((file | place | write | check) === 0) return writeId === undefined || writeId === 0;
  if (writeId !== undefined && write !== (writeId | 0)) return false;
  return writeId !== 0 && file === (fileId | 0) && place === (index | 0)
    && check === checkWord(fileId, index, write);
}

/** Bytes `first` to `last` - 1 of a cell that a range cuts. */
function isPartRight(
  at: number, first: number, last: number, fileId: number, index: number,
  writeId: number | undefined,
): boolean {
  let isZero = true;
  for (let i = first; i < last; i++) if (u8[at + i] !== 0) isZero = false;
  if (writeId === 0) return isZero;
  if (writeId === undefined && isZero) return true;
  const image = cellImage(fileId, index, writeId ?? 0);
  const known = writeId === undefined ? KNOWN_BYTES : CELL_BYTES;
  for (let i = first; i < Math.min(last, known); i++) {
    if (u8[at + i] !== image[i]) return false;
  }
  return true;
}

/**
 * Verifies [offset, offset + bytes) of a file as it was read to `address`.
 *
 * @param writeIds by place, the write that each cell must be of, 0 for never written; without them
 *   any write is right.
 * @returns the place (offset / 16) of the first wrong cell, -1 when all are right.
 */
export function verifyCells(
  address: number, bytes: number, fileId: number, offset: number, writeIds?: Uint32Array,
): number {
  const end = offset + bytes;
  for (let index = Math.floor(offset / CELL_BYTES); index * CELL_BYTES < end; index++) {
    const start = index * CELL_BYTES;
    const at = address + (start - offset);
    const first = Math.max(0, offset - start);
    const last = Math.min(CELL_BYTES, end - start);
    const writeId = writeIds === undefined ? undefined : (writeIds[index] ?? 0);
    const isRight = first === 0 && last === CELL_BYTES
      ? isWholeRight(at, fileId, index, writeId)
      : isPartRight(at, first, last, fileId, index, writeId);
    if (!isRight) return index;
  }
  return -1;
}
