// Extended attributes as a file keeps them: a list of FILE_FULL_EA_INFORMATION, each on a 4-byte
// boundary, names in upper case as NTFS keeps them. A change builds a new list; guarded by the
// namespace resource, held exclusively.
import { copyBytes, u8 as bytes } from '../../../mem/memory.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { FILE_FULL_EA_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { FILE_NEED_EA } from '../../../ntos/io/file-constants.ts';
import { STATUS_EA_LIST_INCONSISTENT, STATUS_EA_TOO_LARGE, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_EA_NAME, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB } from '../types.ts';
import { TAG_EA, givePool, takePaged } from '../pool.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFCB } from '../types.ts';

const u8 = bytes;
const e = FILE_FULL_EA_INFORMATION.bound;
const f = RAMFS_FCB.bound;
export type PEA = Parameters<typeof e.Flags>[0];
/** Bytes of an entry before its name. */
export const EA_NAME_AT = FILE_FULL_EA_INFORMATION.offsets['EaName'] ?? 8;
const MAX_EAS = 65536;

/** The bytes of an entry: head, name, its NUL, value. */
export function sizeOfEa(entry: number): number {
  return EA_NAME_AT + e.EaNameLength(entry as PEA) + 1 + e.EaValueLength(entry as PEA);
}

function upperByte(c: number): number {
  return c >= 0x61 && c <= 0x7a ? c - 32 : c;
}

/** Whether two names of `length` bytes are the same without regard to case. */
export function sameEaName(a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (upperByte(u8[a + i]!) !== upperByte(u8[b + i]!)) return false;
  }
  return true;
}

/** Whether bytes may name an attribute. */
export function isValidEaName(at: number, length: number): boolean {
  if (length === 0) return false;
  for (let i = 0; i < length; i++) {
    const c = u8[at + i]!;
    if (c < 32 || '"*+,/:;<=>?[\\]|'.includes(String.fromCharCode(c))) return false;
  }
  return true;
}

/** The entry of that name in a list; 0 when there is none. */
export function findEa(list: number, length: number, name: number, nameLength: number): number {
  for (let at = 0; at < length;) {
    const entry = (list + at) as PEA;
    if (e.EaNameLength(entry) === nameLength && sameEaName(entry + EA_NAME_AT, name, nameLength)) {
      return entry;
    }
    const next = e.NextEntryOffset(entry);
    if (next === 0) return 0;
    at += next;
  }
  return 0;
}

/** Checks what a caller gives; the offset of the first bad entry through `badEaOffset`. */
export let badEaOffset = 0;
export function checkEaList(list: number, length: number): NTSTATUS {
  for (let at = 0; ;) {
    badEaOffset = at;
    if (at + EA_NAME_AT > length || at + sizeOfEa(list + at) > length) {
      return STATUS_EA_LIST_INCONSISTENT;
    }
    const entry = (list + at) as PEA;
    if (!isValidEaName(entry + EA_NAME_AT, e.EaNameLength(entry))) return STATUS_INVALID_EA_NAME;
    const next = e.NextEntryOffset(entry);
    if (next === 0) return STATUS_SUCCESS;
    if (next % 4 !== 0 || next < sizeOfEa(entry)) return STATUS_EA_LIST_INCONSISTENT;
    at += next;
  }
}

/** A list under construction. */
class ListBuilder {
  readonly at: number;
  length = 0;
  packed = 0;
  private last = 0;
  constructor(at: number) {
    this.at = at;
  }
  add(entry: number): void {
    const size = sizeOfEa(entry);
    const to = this.at + this.length;
    copyBytes(to, entry, size);
    e.set_NextEntryOffset(to as PEA, 0);
    for (let i = 0; i < e.EaNameLength(to as PEA); i++) {
      u8[to + EA_NAME_AT + i] = upperByte(u8[to + EA_NAME_AT + i]!);
    }
    if (this.last !== 0) e.set_NextEntryOffset(this.last as PEA, to - this.last);
    this.last = to;
    this.length += alignUp(size, 4);
    this.packed += size - EA_NAME_AT + 4;
  }
}

function forEachEa(list: number, length: number, visit: (entry: PEA) => void): void {
  for (let at = 0; at < length;) {
    const entry = (list + at) as PEA;
    visit(entry);
    const next = e.NextEntryOffset(entry);
    if (next === 0) return;
    at += next;
  }
}

/** A new list: what the file had, changed by what a checked list says. */
export interface NewEas {
  readonly status: NTSTATUS;
  readonly buffer: number;
  readonly length: number;
  /** What FileEaInformation answers. */
  readonly size: number;
}
const NO_EAS: NewEas = { status: STATUS_SUCCESS, buffer: 0, length: 0, size: 0 };

/**
 * Builds the list that results when `changes` are made to `old`: an entry with a value replaces
 * or adds, one without takes away. Nothing is changed yet.
 */
export function mergeEas(
  old: number, oldLength: number, changes: number, changesLength: number,
): NewEas {
  const room = oldLength + alignUp(changesLength, 4) + 8;
  const buffer = takePaged(room, TAG_EA);
  if (buffer === 0) return { ...NO_EAS, status: STATUS_INSUFFICIENT_RESOURCES };
  const built = new ListBuilder(buffer);
  forEachEa(old, oldLength, (entry) => {
    const name = entry + EA_NAME_AT;
    if (findEa(changes, changesLength, name, e.EaNameLength(entry)) === 0) built.add(entry);
  });
  forEachEa(changes, changesLength, (entry) => {
    const name = entry + EA_NAME_AT;
    const nameLength = e.EaNameLength(entry);
    const first = findEa(buffer, built.length, name, nameLength);
    if (e.EaValueLength(entry) !== 0 && first === 0) built.add(entry);
  });
  if (built.length === 0) {
    givePool(buffer, TAG_EA);
    return NO_EAS;
  }
  if (built.packed > MAX_EAS) {
    givePool(buffer, TAG_EA);
    return { ...NO_EAS, status: STATUS_EA_TOO_LARGE };
  }
  return { status: STATUS_SUCCESS, buffer, length: built.length, size: built.packed + 4 };
}

/** Gives a file a list that mergeEas built. */
export function putEas(fcb: PFCB, eas: NewEas): void {
  givePool(f.EaBuffer(fcb), TAG_EA);
  f.set_EaBuffer(fcb, eas.buffer);
  f.set_EaLength(fcb, eas.length);
  f.set_EaSize(fcb, eas.size);
}

/** Drops a list that was built and not used. */
export function dropEas(eas: NewEas): void {
  givePool(eas.buffer, TAG_EA);
}

/** Whether the file has an attribute that its users must know (FILE_NEED_EA). */
export function needsKnownEas(fcb: PFCB): boolean {
  let needed = false;
  if (f.EaLength(fcb) === 0) return false;
  forEachEa(f.EaBuffer(fcb), f.EaLength(fcb), (entry) => {
    if (e.Flags(entry) & FILE_NEED_EA) needed = true;
  });
  return needed;
}
