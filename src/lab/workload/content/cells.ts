// Contents that describe themselves: a file is made of 16-byte cells, each of which says which file
// it belongs to, where it lies and which write put it there, with a check over the three. So any
// read can be verified, whoever wrote last and however writes interleaved.
//
//     | file | index (offset / 16) | version | check |      four little-endian words
//
// Guarantees: any range can be laid out, aligned or not. Zeros are what was never written.
// expectation.ts checks where several writers meet, verify.ts where the writer is known.
import { i32 as words, u8 as bytes } from '../../../mem/memory.ts';

const i32 = words;
const u8 = bytes;

/** Bytes of a cell. */
export const CELL_BYTES = 16;
/** The version of what lay in a file before any write of the workload. */
export const INITIAL_VERSION = 0;
const scratch = new Int32Array(4);
const scratchBytes = new Uint8Array(scratch.buffer);

/** The check word of a cell: every input bit reaches every output bit. */
export function checkWord(file: number, index: number, version: number): number {
  let h = Math.imul(file ^ 0x2545f491, 0x9e3779b1) ^ Math.imul(index, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae3d) ^ Math.imul(version ^ 0x165667b1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 13), 0x2c1b3c6d);
  return h ^ (h >>> 16);
}

/** The bytes of one cell, good until the next call. */
export function cellImage(file: number, index: number, version: number): Uint8Array {
  scratch[0] = file;
  scratch[1] = index;
  scratch[2] = version;
  scratch[3] = checkWord(file, index, version);
  return scratchBytes;
}

/** Lays out the bytes [offset, offset + length) of a file as `version` writes them. */
export function fillCells(
  buffer: number, length: number, file: number, offset: number, version: number,
): void {
  const end = offset + length;
  for (let cell = Math.floor(offset / CELL_BYTES); cell * CELL_BYTES < end; cell++) {
    const start = cell * CELL_BYTES;
    const at = buffer + (start - offset);
    if (start >= offset && start + CELL_BYTES <= end && at % 4 === 0) {
      const word = at >> 2;
      i32[word] = file;
      i32[word + 1] = cell;
      i32[word + 2] = version;
      i32[word + 3] = checkWord(file, cell | 0, version);
    } else {
      const image = cellImage(file, cell, version);
      const from = Math.max(0, offset - start);
      const to = Math.min(CELL_BYTES, end - start);
      for (let i = from; i < to; i++) u8[at + i] = image[i]!;
    }
  }
}
