// Contents that describe themselves: a file is made of 16-byte cells, each of which says which file
// it belongs to, where it lies and which write put it there, with a check over the three. So any
// read can be verified, whoever wrote last and however writes interleaved.
//
//     | file | index (offset / 16) | version | check |      four little-endian words
//
// Guarantees: `fillCells` and `checkCells` work on any range, aligned or not. A cell that only part
// of a write covers is a mixture; it is checked byte by byte against the writes that may have
// touched it. Zeros are what was never written.
import { i32 as words, u8 as bytes } from '../../../mem/memory.ts';

const i32 = words;
const u8 = bytes;

/** Bytes of a cell. */
export const CELL = 16;
/** The version of what lay in a file before any write of the workload. */
export const INITIAL_VERSION = 0;
const scratch = new Int32Array(4);
const scratchBytes = new Uint8Array(scratch.buffer);

/** The check word of a cell: every input bit reaches every output bit. */
function checkWord(file: number, index: number, version: number): number {
  let h = Math.imul(file ^ 0x2545f491, 0x9e3779b1) ^ Math.imul(index, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae3d) ^ Math.imul(version ^ 0x165667b1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 13), 0x2c1b3c6d);
  return h ^ (h >>> 16);
}

/** Lays one cell into the scratch bytes. */
function cellImage(file: number, index: number, version: number): Uint8Array {
  scratch[0] = file;
  scratch[1] = index;
  scratch[2] = version;
  scratch[3] = checkWord(file, index, version);
  return scratchBytes;
}

/** Lays out the bytes [offset, offset + length) of a file as `version` writes them. */
export function fillCells(
  buffer: number, offset: number, length: number, file: number, version: number,
): void {
  const end = offset + length;
  for (let cell = Math.floor(offset / CELL); cell * CELL < end; cell++) {
    const start = cell * CELL;
    const at = buffer + (start - offset);
    if (start >= offset && start + CELL <= end && at % 4 === 0) {
      const word = at >> 2;
      i32[word] = file;
      i32[word + 1] = cell;
      i32[word + 2] = version;
      i32[word + 3] = checkWord(file, cell | 0, version);
    } else {
      const image = cellImage(file, cell, version);
      const from = Math.max(0, offset - start);
      const to = Math.min(CELL, end - start);
      for (let i = from; i < to; i++) u8[at + i] = image[i]!;
    }
  }
}

/** What a read may be held against. */
export interface Expectation {
  /** Identity of the file's contents. */
  readonly file: number;
  /** Versions of writes that touch a cell; undefined when they are not known. */
  versions(cell: number): readonly number[] | undefined;
  /** The version that a cell must have; undefined when others may have written it since. */
  latest(cell: number): number | undefined;
  /** The cell was filled before, and nothing in the workload can have emptied it since. */
  isSolid(cell: number): boolean;
}

/** What a check found. */
export interface Verdict {
  cells: number;
  /** Cells that were never written: all zero. */
  holes: number;
  /** Cells that are a mixture of writes, checked byte by byte. */
  mixed: number;
  /** Mixtures whose writes are not known: only their identity was checked. */
  unsure: number;
  /** Cells that no write can have left so. */
  wrong: number;
  /** Cells that are valid, but older than what was written last. */
  stale: number;
  /** The offset of the first wrong or stale cell, -1 for none, and its bytes. */
  firstAt: number;
  first: string;
}

export function newVerdict(): Verdict {
  return { cells: 0, holes: 0, mixed: 0, unsure: 0, wrong: 0, stale: 0, firstAt: -1, first: '' };
}

/** Checks the bytes [offset, offset + length) that were read into `buffer`. */
export function checkCells(
  buffer: number, offset: number, length: number, expected: Expectation, verdict: Verdict,
): void {
  const end = offset + length;
  for (let cell = Math.floor(offset / CELL); cell * CELL < end; cell++) {
    const start = cell * CELL;
    const from = Math.max(0, offset - start);
    const to = Math.min(CELL, end - start);
    verdict.cells++;
    if (from === 0 && to === CELL) checkWhole(buffer + (start - offset), cell, expected, verdict);
    else checkPart(buffer + (start - offset), from, to, cell, expected, verdict);
  }
}

function wordAt(at: number): number {
  if (at % 4 === 0) return i32[at >> 2]!;
  return u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
}

function checkWhole(at: number, cell: number, expected: Expectation, verdict: Verdict): void {
  const file = wordAt(at);
  const index = wordAt(at + 4);
  const version = wordAt(at + 8);
  const check = wordAt(at + 12);
  const latest = expected.latest(cell);
  if ((file | index | version | check) === 0) {
    verdict.holes++;
    if (latest !== undefined) fault(verdict, 'stale', at, 0, CELL, cell);
    else if (expected.isSolid(cell)) fault(verdict, 'wrong', at, 0, CELL, cell);
    return;
  }
  const isValid = file === (expected.file | 0) && index === (cell | 0)
    && check === checkWord(file, index, version);
  if (!isValid) checkPart(at, 0, CELL, cell, expected, verdict);
  else if (latest !== undefined && latest !== version) {
    fault(verdict, 'stale', at, 0, CELL, cell);
  }
}

/** Bytes of a cell, each of which one of the known writes must have left, or nobody. */
function checkPart(
  at: number, from: number, to: number, cell: number, expected: Expectation, verdict: Verdict,
): void {
  const versions = expected.versions(cell);
  verdict.mixed++;
  if (versions === undefined) verdict.unsure++;
  const isSolid = expected.isSolid(cell);
  let open = 0;
  for (let i = from; i < to; i++) if (isSolid || u8[at + i] !== 0) open |= 1 << i;
  // Without the versions only the first eight bytes are known.
  const known = versions === undefined ? 0xff : 0xffff;
  open &= known;
  for (const version of versions ?? [INITIAL_VERSION]) {
    if (open === 0) return;
    const image = cellImage(expected.file, cell, version);
    for (let i = from; i < to; i++) if (image[i] === u8[at + i]) open &= ~(1 << i);
  }
  if (open !== 0) fault(verdict, 'wrong', at, from, to, cell);
}

function fault(
  verdict: Verdict, kind: 'wrong' | 'stale', at: number, from: number, to: number, cell: number,
): void {
  verdict[kind]++;
  if (verdict.firstAt >= 0) return;
  verdict.firstAt = cell * CELL + from;
  for (let i = from; i < to; i++) verdict.first += u8[at + i]!.toString(16).padStart(2, '0');
}
