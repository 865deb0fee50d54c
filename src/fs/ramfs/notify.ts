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
import { breakOplockOfDirectory } from '../../ntos/fsrtl/oplock/oplock.ts';
import { FsRtlCurrentOplock } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { DID_CHANGE_SIZE, DID_WRITE, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_STREAM, RAMFS_VCB }
  from './types.ts';
import { TAG_PATH, givePool, takePaged } from './pool.ts';
import { lockNamespace, unlockNamespace } from './locks.ts';
import { oplockOf } from './oplock-head.ts';
import { isDirectory } from './tree/fcb.ts';
import { firstLink } from './tree/link.ts';
import { holdScb, releaseScb } from './tree/scb.ts';
import { fullNameLength, lastComponentOffset, writeFullName } from './tree/full-name.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PCCB, PFCB, PLCB, PSCB, PSTREAM, PVCB } from './types.ts';

const { at_DirNotifyList, NotifySync, at_DirectoryOplocks } = RAMFS_VCB.bound;
const { Lcb, Did, set_Did, File } = RAMFS_CCB.bound;
const { Parent } = RAMFS_LCB.bound;
const { DataStream } = RAMFS_FCB.bound;
const { Scb } = RAMFS_STREAM.bound;
const NO_SCB = 0 as PSCB;
const u = UNICODE_STRING.bound;
type PUS = Parameters<typeof u.Length>[0];

/** A full name copied out of the tree: a block of pool, to be given back by `tell`. */
export interface CopiedName {
  readonly buffer: number;
  readonly bytes: number;
  /** Bytes in front of the last component. */
  readonly lastAt: number;
  /** The directory, held, when somebody has an oplock on it; else NULL. */
  readonly directory: PSCB;
  /** Whose doing it is: the holder of the directory's oplock is spared if it is his own. */
  readonly by: PFILE_OBJECT;
}

/** Whether anybody watches a directory of the volume; racy, which only delays the first news. */
export function isWatched(vcb: PVCB): boolean {
  return !IsListEmpty(at_DirNotifyList(vcb));
}

/** The directory of a link, held, when somebody has an oplock on it. */
function holdDirectory(vcb: PVCB, lcb: PLCB): PSCB {
  if (lcb === 0 || load(at_DirectoryOplocks(vcb)) === 0) return NO_SCB;
  const directory = Parent(lcb);
  const scb = directory === 0 ? NO_SCB : Scb(DataStream(directory));
  if (scb === 0 || !FsRtlCurrentOplock(oplockOf(scb))) return NO_SCB;
  holdScb(scb);
  return scb;
}

/**
 * Copies the full name of a link, if anybody watches, while the namespace resource is held
 * exclusively. The caller must `tell`.
 *
 * @param by whose doing it is; NULL when no entry of the directory changes.
 */
export function copyName(vcb: PVCB, lcb: PLCB, by: PFILE_OBJECT): CopiedName {
  const directory = by === 0 ? NO_SCB : holdDirectory(vcb, lcb);
  const unnamed = { buffer: 0, bytes: 0, lastAt: 0, directory, by };
  if (lcb === 0 || !isWatched(vcb)) return unnamed;
  const bytes = fullNameLength(lcb, 0 as PSTREAM);
  const buffer = takePaged(bytes, TAG_PATH);
  if (buffer === 0) return unnamed;
  writeFullName(buffer, lcb, 0 as PSTREAM);
  return { buffer, bytes, lastAt: lastComponentOffset(lcb), directory, by };
}

/**
 * Reports a change of a copied name and gives the name back; the oplock of its directory breaks.
 * No lock is held.
 */
export function tell(vcb: PVCB, name: CopiedName, filter: number, action: number): void {
  if (name.directory !== 0) {
    breakOplockOfDirectory(oplockOf(name.directory), name.by);
    releaseScb(name.directory);
  }
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
  if (filter === 0) return;
  if (!isWatched(vcb) && load(at_DirectoryOplocks(vcb)) === 0) return;
  lockNamespace(vcb);
  const lcb = ccb !== 0 && Lcb(ccb) !== 0 ? Lcb(ccb) : firstLink(fcb);
  const name = copyName(vcb, lcb, ccb === 0 ? (0 as PFILE_OBJECT) : File(ccb));
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
