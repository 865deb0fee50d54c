// The index of a directory: its links in the order of their upper-case names, as a sorted array of
// pointers. A look-up is a binary search, an insertion moves what lies behind; with thousands of
// names that is a move of some kilobytes. Guarded by the volume's namespace resource.
import { copyBytes, i32 as words } from '../../../mem/memory.ts';
import { RAMFS_FCB, RAMFS_LCB } from '../types.ts';
import { TAG_INDEX, givePool, takePaged } from '../pool.ts';
import { compareToUpper } from './names.ts';
import type { PFCB, PLCB } from '../types.ts';

const i32 = words;
const { Children, set_Children, ChildCount, set_ChildCount, ChildCapacity, set_ChildCapacity } =
  RAMFS_FCB.bound;
const { NameLength, NameBuffer } = RAMFS_LCB.bound;
const FIRST_CAPACITY = 8;

/** The link at a position; the caller keeps within ChildCount. */
export function childAt(directory: PFCB, index: number): PLCB {
  return i32[(Children(directory) >> 2) + index]! as PLCB;
}

/** The address of a link's upper-case name. */
export function upperNameOf(lcb: PLCB): number {
  return NameBuffer(lcb) + NameLength(lcb);
}

/** The position of the first link whose name is not less than the given one. */
export function lowerBound(directory: PFCB, name: number, bytes: number): number {
  let low = 0;
  let high = ChildCount(directory);
  const table = Children(directory) >> 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const lcb = i32[table + middle]! as PLCB;
    const length = NameLength(lcb);
    if (compareToUpper(name, bytes, NameBuffer(lcb) + length, length) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The link of that name, without regard to case; NULL when there is none. */
export function findChild(directory: PFCB, name: number, bytes: number): PLCB {
  const index = lowerBound(directory, name, bytes);
  if (index === ChildCount(directory)) return 0 as PLCB;
  const lcb = childAt(directory, index);
  if (NameLength(lcb) !== bytes) return 0 as PLCB;
  return compareToUpper(name, bytes, upperNameOf(lcb), bytes) === 0 ? lcb : (0 as PLCB);
}

/** Makes room for one more name; false when there is no memory. */
export function reserveChild(directory: PFCB): boolean {
  const capacity = ChildCapacity(directory);
  const count = ChildCount(directory);
  if (count < capacity) return true;
  const larger = Math.max(FIRST_CAPACITY, capacity * 2);
  const table = takePaged(larger * 4, TAG_INDEX);
  if (table === 0) return false;
  copyBytes(table, Children(directory), count * 4);
  givePool(Children(directory), TAG_INDEX);
  set_Children(directory, table);
  set_ChildCapacity(directory, larger);
  return true;
}

/** Puts a link in its place; reserveChild made the room. */
export function insertChild(directory: PFCB, lcb: PLCB): void {
  const index = lowerBound(directory, NameBuffer(lcb), NameLength(lcb));
  const count = ChildCount(directory);
  const at = Children(directory) + index * 4;
  copyBytes(at + 4, at, (count - index) * 4);
  i32[at >> 2] = lcb;
  set_ChildCount(directory, count + 1);
}

/** Takes a link out. */
export function removeChild(directory: PFCB, lcb: PLCB): void {
  const index = lowerBound(directory, NameBuffer(lcb), NameLength(lcb));
  const count = ChildCount(directory) - 1;
  const at = Children(directory) + index * 4;
  copyBytes(at, at + 4, (count - index) * 4);
  set_ChildCount(directory, count);
}
