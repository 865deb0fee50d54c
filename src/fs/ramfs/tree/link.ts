// Links: a name in a directory that leads to a file. Guarded by the namespace resource, held
// exclusively to change anything. An LCB outlives its name while handles were opened by it: they
// still tell their path, and closing them must find where the name was.
import { RemoveEntryList, InsertTailList, flink } from '../../../ntos/rtl/list-entry.ts';
import { FCB_DELETED, FCB_ROOT, LCB_UNLINKED, RAMFS_FCB, RAMFS_LCB } from '../types.ts';
import { TAG_LCB, TAG_NAME, givePool, takePaged } from '../pool.ts';
import { allocateName } from './names.ts';
import { insertChild, removeChild, reserveChild } from './directory-index.ts';
import { freeFcbIfUnused } from './fcb.ts';
import type { PFCB, PLCB } from '../types.ts';

const l = RAMFS_LCB.bound;
const f = RAMFS_FCB.bound;

/** Whether the name is still in its directory. */
export function isLinked(lcb: PLCB): boolean {
  return (l.Flags(lcb) & LCB_UNLINKED) === 0;
}

/** The first link of a file, by which it is named when it was opened by id; NULL if it has none. */
export function firstLink(fcb: PFCB): PLCB {
  const head = f.at_Links(fcb);
  const at = flink(head);
  return (at === head ? 0 : at) as PLCB;
}

/** The link after `lcb` in its file's list; NULL at the end. */
export function nextLink(fcb: PFCB, lcb: PLCB): PLCB {
  const at = flink(l.at_ListEntry(lcb));
  return (at === f.at_Links(fcb) ? 0 : at) as PLCB;
}

/**
 * Makes a name for a file and puts it into a directory; NULL, and nothing done, when there is no
 * memory. The name is free there: the caller has looked.
 *
 * @param parent NULL for the root directory itself, which is in no index.
 */
export function createLink(parent: PFCB, fcb: PFCB, name: number, bytes: number): PLCB {
  if (parent !== 0 && !reserveChild(parent)) return 0 as PLCB;
  const lcb = takePaged(RAMFS_LCB.size, TAG_LCB) as PLCB;
  if (lcb === 0) return lcb;
  const buffer = allocateName(name, bytes);
  if (buffer === 0) {
    givePool(lcb, TAG_LCB);
    return 0 as PLCB;
  }
  l.set_Fcb(lcb, fcb);
  l.set_NameBuffer(lcb, buffer);
  l.set_NameLength(lcb, bytes);
  l.set_ReferenceCount(lcb, 1);
  enterLink(lcb, parent);
  return lcb;
}

/** Puts a link into a directory whose index has room. */
function enterLink(lcb: PLCB, parent: PFCB): void {
  const fcb = l.Fcb(lcb);
  l.set_Parent(lcb, parent);
  InsertTailList(f.at_Links(fcb), l.at_ListEntry(lcb));
  f.set_LinkCount(fcb, f.LinkCount(fcb) + 1);
  if (parent === 0) return;
  f.set_UseCount(parent, f.UseCount(parent) + 1);
  insertChild(parent, lcb);
}

/** Takes a name out of its directory. The file and the LCB go with their last user. */
export function removeLink(lcb: PLCB): void {
  const fcb = l.Fcb(lcb);
  if (l.Parent(lcb) !== 0) removeChild(l.Parent(lcb), lcb);
  RemoveEntryList(l.at_ListEntry(lcb));
  l.set_Flags(lcb, l.Flags(lcb) | LCB_UNLINKED);
  const left = f.LinkCount(fcb) - 1;
  f.set_LinkCount(fcb, left);
  if (left === 0) f.set_Flags(fcb, f.Flags(fcb) | FCB_DELETED);
  releaseLink(lcb);
}

/** A handle was opened by this name. */
export function referenceLink(lcb: PLCB): void {
  l.set_ReferenceCount(lcb, l.ReferenceCount(lcb) + 1);
}

/** Drops a reference; the LCB goes with the last. */
export function releaseLink(lcb: PLCB): void {
  const left = l.ReferenceCount(lcb) - 1;
  l.set_ReferenceCount(lcb, left);
  if (left !== 0) return;
  const parent = l.Parent(lcb);
  givePool(l.NameBuffer(lcb), TAG_NAME);
  givePool(lcb, TAG_LCB);
  if (parent === 0) return;
  f.set_UseCount(parent, f.UseCount(parent) - 1);
  freeFcbIfUnused(parent);
}

/**
 * Allocates what moving a link takes, so that the move itself cannot fail.
 *
 * @returns the new name's block, for commitMove; 0 when there is no memory.
 */
export function prepareMove(parent: PFCB, name: number, bytes: number): number {
  return reserveChild(parent) ? allocateName(name, bytes) : 0;
}

/** Moves a link to another name or directory; the new name is free there, or its own. */
export function commitMove(lcb: PLCB, parent: PFCB, block: number, bytes: number): void {
  const old = l.Parent(lcb);
  removeChild(old, lcb);
  givePool(l.NameBuffer(lcb), TAG_NAME);
  l.set_NameBuffer(lcb, block);
  l.set_NameLength(lcb, bytes);
  f.set_UseCount(old, f.UseCount(old) - 1);
  f.set_UseCount(parent, f.UseCount(parent) + 1);
  l.set_Parent(lcb, parent);
  insertChild(parent, lcb);
}

/** Whether `directory` is `ancestor` or lies somewhere below it. */
export function isWithin(directory: PFCB, ancestor: PFCB): boolean {
  for (let at = directory; ;) {
    if (at === ancestor) return true;
    if (f.Flags(at) & FCB_ROOT) return false;
    const link = firstLink(at);
    if (link === 0) return false;
    at = l.Parent(link);
  }
}
