// Telling those who watch directories. Nothing is told while a lock of this file system is held,
// because that completes requests and runs other drivers' completion routines: the name is copied
// under the namespace resource, and reported after it is given back.
import { IsListEmpty } from '../../ntos/rtl/list-entry.ts';
import { UNICODE_STRING } from '../../ntos/rtl/types.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { FILE_ACTION_ADDED, FILE_ACTION_MODIFIED, FILE_ACTION_REMOVED,
  FILE_NOTIFY_CHANGE_ATTRIBUTES, FILE_NOTIFY_CHANGE_DIR_NAME, FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE, FILE_NOTIFY_CHANGE_SIZE }
  from '../../ntos/io/file-constants.ts';
import { FsRtlNotifyFullReportChange } from '../../ntos/fsrtl/notify.ts';
import { DID_CHANGE_SIZE, DID_WRITE, RAMFS_CCB, RAMFS_VCB } from './types.ts';
import { TAG_PATH, givePool, takePaged } from './pool.ts';
import { shareNamespace, unlockNamespace } from './locks.ts';
import { isDirectory } from './tree/fcb.ts';
import { firstLink } from './tree/link.ts';
import { fullNameLength, lastComponentOffset, writeFullName } from './tree/full-name.ts';
import type { PCCB, PFCB, PLCB, PSTREAM, PVCB } from './types.ts';

const { at_DirNotifyList, NotifySync } = RAMFS_VCB.bound;
const { Lcb, Did, set_Did } = RAMFS_CCB.bound;
const u = UNICODE_STRING.bound;
type PUS = Parameters<typeof u.Length>[0];

/** A full name copied out of the tree: a block of pool, to be given back by `tell`. */
export interface CopiedName {
  readonly buffer: number;
  readonly bytes: number;
  /** Bytes in front of the last component. */
  readonly lastAt: number;
}
const NO_NAME: CopiedName = { buffer: 0, bytes: 0, lastAt: 0 };

/** Whether anybody watches a directory of the volume; racy, which only delays the first news. */
export function isWatched(vcb: PVCB): boolean {
  return !IsListEmpty(at_DirNotifyList(vcb));
}

/** Copies the full name of a link while the namespace resource is held, if anybody watches. */
export function copyName(vcb: PVCB, lcb: PLCB): CopiedName {
  if (lcb === 0 || !isWatched(vcb)) return NO_NAME;
  const bytes = fullNameLength(lcb, 0 as PSTREAM);
  const buffer = takePaged(bytes, TAG_PATH);
  if (buffer === 0) return NO_NAME;
  writeFullName(buffer, lcb, 0 as PSTREAM);
  return { buffer, bytes, lastAt: lastComponentOffset(lcb) };
}

/** Reports a change of a copied name and gives the name back. No lock is held. */
export function tell(vcb: PVCB, name: CopiedName, filter: number, action: number): void {
  if (name.buffer === 0) return;
  const frame = pushFrame();
  const full = stackAlloc(UNICODE_STRING.size) as PUS;
  u.set_Length(full, name.bytes);
  u.set_MaximumLength(full, name.bytes);
  u.set_Buffer(full, name.buffer as never);
  FsRtlNotifyFullReportChange(NotifySync(vcb), at_DirNotifyList(vcb), full, name.lastAt, 0, 0,
    filter, action, 0);
  popFrame(frame);
  givePool(name.buffer, TAG_PATH);
}

/** What changes when a name of that file comes or goes. */
export function nameFilter(fcb: PFCB): number {
  return isDirectory(fcb) ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
}

/** A name appeared. */
export function tellAdded(vcb: PVCB, name: CopiedName, filter: number): void {
  tell(vcb, name, filter, FILE_ACTION_ADDED);
}

/** A name is gone. */
export function tellRemoved(vcb: PVCB, name: CopiedName, filter: number): void {
  tell(vcb, name, filter, FILE_ACTION_REMOVED);
}

/** Something about a file changed, through an open of it. No lock is held. */
export function reportModified(vcb: PVCB, fcb: PFCB, ccb: PCCB, filter: number): void {
  if (filter === 0 || !isWatched(vcb)) return;
  shareNamespace(vcb);
  const lcb = ccb !== 0 && Lcb(ccb) !== 0 ? Lcb(ccb) : firstLink(fcb);
  const name = copyName(vcb, lcb);
  unlockNamespace(vcb);
  tell(vcb, name, filter, FILE_ACTION_MODIFIED);
}

/**
 * Reports what the open did to the data since it was last reported: at its cleanup, and when it
 * sets a size, which NTFS tells at once. No lock is held.
 */
export function reportDone(vcb: PVCB, fcb: PFCB, ccb: PCCB): void {
  const did = Did(ccb);
  set_Did(ccb, 0);
  reportModified(vcb, fcb, ccb,
    (did & DID_WRITE ? FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_ATTRIBUTES : 0) |
    (did & DID_CHANGE_SIZE ? FILE_NOTIFY_CHANGE_SIZE : 0));
}
