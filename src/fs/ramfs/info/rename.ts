// FileRenameInformation and its Ex form: a file or directory gets another name, perhaps in another
// directory, perhaps in place of another file; a named stream gets another name in its file.
import { u16 } from '../../../mem/memory.ts';
import { FILE_ACTION_RENAMED_NEW_NAME, FILE_ACTION_RENAMED_OLD_NAME, FILE_ATTRIBUTE_ARCHIVE }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_RETRY, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { FCB_ROOT, LCB_DELETE_PENDING, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB }
  from '../types.ts';
import { lockInfo, lockNamespace, unlockInfo, unlockNamespace } from '../locks.ts';
import { childAt } from '../tree/directory-index.ts';
import { COLON } from '../tree/names.ts';
import { commitMove, isLinked, isWithin, prepareMove } from '../tree/link.ts';
import { isDirectory } from '../tree/fcb.ts';
import { dropName } from '../close/deletion.ts';
import { USN_REASON_RENAME_NEW_NAME, USN_REASON_RENAME_OLD_NAME, noteChangeLocked }
  from '../journal/journal.ts';
import { copyName, nameFilter, tell, tellAdded, tellRemoved } from '../notify.ts';
import { touchChange, touchWrite } from './times.ts';
import { isOvertaken } from './change.ts';
import { Target, checkReplace, findTarget, requestName } from './target.ts';
import { renameStream } from './rename-stream.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CopiedName } from '../notify.ts';
import type { Gone } from '../close/deletion.ts';
import type { Change } from './change.ts';
import type { PFCB, PLCB, PVCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const { Lcb } = RAMFS_CCB.bound;
const { Fcb } = RAMFS_SCB.bound;

/** Files below a directory that are open: while there are any, its path may not change. */
function* openBelow(directory: PFCB): Generator<PFCB> {
  for (let i = 0; i < f.ChildCount(directory); i++) {
    const fcb = l.Fcb(childAt(directory, i));
    if (f.CleanupCount(fcb) !== 0) yield fcb;
    if (isDirectory(fcb)) yield* openBelow(fcb);
  }
}

/** What keeps the source from being renamed at all. */
function checkSource(fcb: PFCB, lcb: PLCB): NTSTATUS {
  if (lcb === 0 || f.Flags(fcb) & FCB_ROOT) return STATUS_INVALID_PARAMETER;
  return !isLinked(lcb) || l.Flags(lcb) & LCB_DELETE_PENDING ? STATUS_ACCESS_DENIED
    : STATUS_SUCCESS;
}

/** What keeps a directory from being moved there. */
function checkDirectory(change: Change, fcb: PFCB, target: PFCB): NTSTATUS {
  if (!isDirectory(fcb)) return STATUS_SUCCESS;
  if (isWithin(target, fcb)) return STATUS_INVALID_PARAMETER;
  let status: NTSTATUS = STATUS_SUCCESS;
  for (const open of openBelow(fcb)) {
    if (change.obstacles.meetHoldersOf(open)) return STATUS_RETRY;
    status = STATUS_ACCESS_DENIED;
  }
  return status;
}

/** What came of a rename, to be told once no lock is held. */
interface Moved {
  replaced: Gone | null;
  oldName: CopiedName | null;
  newName: CopiedName | null;
  sameDirectory: boolean;
}

function touched(fcb: PFCB, oldParent: PFCB, newParent: PFCB): void {
  touchChange(fcb);
  if (!isDirectory(fcb)) {
    lockInfo(fcb);
    f.set_FileAttributes(fcb, f.FileAttributes(fcb) | FILE_ATTRIBUTE_ARCHIVE);
    unlockInfo(fcb);
  }
  touchWrite(oldParent);
  if (newParent !== oldParent) touchWrite(newParent);
}

/** Renames; the namespace resource is held exclusively. */
function moveLocked(change: Change, moved: Moved): NTSTATUS {
  const { vcb, ccb } = change;
  if (isOvertaken(change)) return STATUS_RETRY;
  const lcb = Lcb(ccb);
  const fcb = Fcb(change.scb) as PFCB;
  const to = new Target();
  let status = checkSource(fcb, lcb);
  if (status === STATUS_SUCCESS) status = findTarget(to, change);
  if (status === STATUS_SUCCESS) status = checkDirectory(change, fcb, to.parent);
  if (status !== STATUS_SUCCESS) return status;
  const replaces = to.existing !== 0 && to.existing !== lcb;
  if (replaces) {
    status = checkReplace(to, change, fcb);
    if (status !== STATUS_SUCCESS) return status;
  }
  const block = prepareMove(to.parent, to.name, to.bytes);
  if (block === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const oldParent = l.Parent(lcb);
  moved.oldName = copyName(vcb, lcb, change.file);
  moved.sameDirectory = oldParent === to.parent;
  noteChangeLocked(fcb, USN_REASON_RENAME_OLD_NAME);
  if (replaces) moved.replaced = dropName(vcb, to.existing, change.file);
  commitMove(lcb, to.parent, block, to.bytes);
  noteChangeLocked(fcb, USN_REASON_RENAME_NEW_NAME);
  moved.newName = copyName(vcb, lcb, change.file);
  touched(fcb, oldParent, to.parent);
  return STATUS_SUCCESS;
}

function report(vcb: PVCB, moved: Moved, filter: number): void {
  if (moved.replaced !== null) tellRemoved(vcb, moved.replaced.name, moved.replaced.filter);
  if (moved.oldName === null || moved.newName === null) return;
  if (moved.sameDirectory) {
    tell(vcb, moved.oldName, filter, FILE_ACTION_RENAMED_OLD_NAME);
    tell(vcb, moved.newName, filter, FILE_ACTION_RENAMED_NEW_NAME);
  } else {
    tellRemoved(vcb, moved.oldName, filter);
    tellAdded(vcb, moved.newName, filter);
  }
}

/** FileRenameInformation, FileRenameInformationEx. */
export function renameFile(change: Change): NTSTATUS {
  const { vcb, scb } = change;
  const { at, bytes } = requestName(change);
  if (bytes <= 0) return STATUS_INVALID_PARAMETER;
  if (u16[at >> 1] === COLON) return renameStream(change, at + 2, bytes - 2);
  const moved: Moved = { replaced: null, oldName: null, newName: null, sameDirectory: true };
  lockNamespace(vcb);
  const status = moveLocked(change, moved);
  unlockNamespace(vcb);
  report(vcb, moved, nameFilter(Fcb(scb) as PFCB));
  return status;
}
