// The file table of a volume: from file number to FCB, as NTFS's master file table. A file id is
// the number with a sequence above it that changes when the number is used again, so that an old
// id does not open a new file. Guarded by the volume's namespace resource.
//
//   entry (8 bytes):  in use   FCB pointer            | sequence
//                     free     next free number*2 + 1 | sequence to come
import { copyBytes, i32 as words } from '../../../mem/memory.ts';
import { RAMFS_FCB, RAMFS_VCB } from '../types.ts';
import { TAG_TABLE, givePool, takePaged } from '../pool.ts';
import type { PFCB, PVCB } from '../types.ts';

const i32 = words;
const v = RAMFS_VCB.bound;
const { set_FileId, FileId } = RAMFS_FCB.bound;

const ENTRY = 8;
const FIRST_SIZE = 256;
/** NTFS keeps the first numbers for itself; the root directory has number 5. */
const FIRST_NUMBER = 32;
export const ROOT_NUMBER = 5;
const ROOT_SEQUENCE = 5;
/** Sequences stay this low so that an id is exact in a double. */
const MAX_SEQUENCE = 31;
const NUMBERS = 2 ** 48;

/** Makes an empty table; false when there is no memory. */
export function initializeFileTable(vcb: PVCB): boolean {
  const table = takePaged(FIRST_SIZE * ENTRY, TAG_TABLE);
  if (table === 0) return false;
  v.set_FileTable(vcb, table);
  v.set_FileTableSize(vcb, FIRST_SIZE);
  v.set_FileTableUsed(vcb, FIRST_NUMBER);
  v.set_FreeFileNumber(vcb, 0);
  v.set_FileCount(vcb, 0);
  return true;
}

/** Gives the table back; every file is gone. */
export function freeFileTable(vcb: PVCB): void {
  givePool(v.FileTable(vcb), TAG_TABLE);
  v.set_FileTable(vcb, 0);
  v.set_FileTableSize(vcb, 0);
}

function growTable(vcb: PVCB): boolean {
  const size = v.FileTableSize(vcb);
  const table = takePaged(size * 2 * ENTRY, TAG_TABLE);
  if (table === 0) return false;
  copyBytes(table, v.FileTable(vcb), size * ENTRY);
  givePool(v.FileTable(vcb), TAG_TABLE);
  v.set_FileTable(vcb, table);
  v.set_FileTableSize(vcb, size * 2);
  return true;
}

function enter(vcb: PVCB, number: number, sequence: number, fcb: PFCB): void {
  const at = (v.FileTable(vcb) + number * ENTRY) >> 2;
  i32[at] = fcb;
  i32[at + 1] = sequence;
  set_FileId(fcb, sequence * NUMBERS + number);
  v.set_FileCount(vcb, v.FileCount(vcb) + 1);
}

/** Gives the root directory its id. */
export function numberRoot(vcb: PVCB, fcb: PFCB): void {
  enter(vcb, ROOT_NUMBER, ROOT_SEQUENCE, fcb);
}

/** Gives a file its id; false when there is no memory. */
export function numberFile(vcb: PVCB, fcb: PFCB): boolean {
  const free = v.FreeFileNumber(vcb);
  if (free !== 0) {
    const at = (v.FileTable(vcb) + free * ENTRY) >> 2;
    v.set_FreeFileNumber(vcb, i32[at]! >> 1);
    enter(vcb, free, i32[at + 1]!, fcb);
    return true;
  }
  const number = v.FileTableUsed(vcb);
  if (number === v.FileTableSize(vcb) && !growTable(vcb)) return false;
  v.set_FileTableUsed(vcb, number + 1);
  enter(vcb, number, 1, fcb);
  return true;
}

/** Takes a file's id back. */
export function unnumberFile(vcb: PVCB, fcb: PFCB): void {
  const number = FileId(fcb) % NUMBERS;
  const at = (v.FileTable(vcb) + number * ENTRY) >> 2;
  const sequence = i32[at + 1]!;
  i32[at] = v.FreeFileNumber(vcb) * 2 + 1;
  i32[at + 1] = sequence === MAX_SEQUENCE ? 1 : sequence + 1;
  if (number >= FIRST_NUMBER) v.set_FreeFileNumber(vcb, number);
  v.set_FileCount(vcb, v.FileCount(vcb) - 1);
}

/** The FCB in a place of the table; NULL when it is free. */
export function fcbByNumber(vcb: PVCB, number: number): PFCB {
  if (number < 0 || number >= v.FileTableUsed(vcb)) return 0 as PFCB;
  const entry = i32[(v.FileTable(vcb) + number * ENTRY) >> 2]!;
  return (entry & 1 ? 0 : entry) as PFCB;
}

/** The file of an id; NULL when there is none. A sequence of 0 fits any. */
export function fcbById(vcb: PVCB, id: number): PFCB {
  const sequence = Math.floor(id / NUMBERS);
  const fcb = fcbByNumber(vcb, id % NUMBERS);
  if (fcb === 0 || (sequence !== 0 && FileId(fcb) !== id)) return 0 as PFCB;
  return fcb;
}
