// Checking contents that several writers may have touched: each cell is held against the writes
// that may have left it so.
// Guarantees: any range can be checked, aligned or not. A cell that only part of a write covers is
// a mixture; it is checked byte by byte.
import { i32 as words, u8 as bytes } from '../../../mem/memory.ts';
import { CELL_BYTES, INITIAL_VERSION, cellImage, checkWord } from './cells.ts';

const i32 = words;
const u8 = bytes;

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
  for (let cell = Math.floor(offset / CELL_BYTES); cell * CELL_BYTES < end; cell++) {
    const start = cell * CELL_BYTES;
    const from = Math.max(0, offset - start);
    const to = Math.min(CELL_BYTES, end - start);
    verdict.cells++;
    const at = buffer + (start - offset);
    if (from === 0 && to === CELL_BYTES) checkWhole(at, cell, expected, verdict);
    else checkPart(at, from, to, cell, expected, verdict);
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
    if (latest !== undefined) fault(verdict, 'stale', at, 0, CELL_BYTES, cell);
    else if (expected.isSolid(cell)) fault(verdict, 'wrong', at, 0, CELL_BYTES, cell);
    return;
  }
  const isValid = file === (expected.file | 0) && index === (cell | 0)
    && check === checkWord(file, index, version);
  if (!isValid) checkPart(at, 0, CELL_BYTES, cell, expected, verdict);
  else if (latest !== undefined && latest !== version) {
    fault(verdict, 'stale', at, 0, CELL_BYTES, cell);
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
  verdict.firstAt = cell * CELL_BYTES + from;
  for (let i = from; i < to; i++) verdict.first += u8[at + i]!.toString(16).padStart(2, '0');
}
