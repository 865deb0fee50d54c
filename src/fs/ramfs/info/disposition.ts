// FileDispositionInformation and its Ex form: a handle says that its name (or stream) is to be
// deleted, or takes it back. What follows from it happens at cleanup: close/deletion.ts.
import { u8, u32 } from '../../../mem/memory.ts';
import { FILE_OBJECT } from '../../../ntos/io/types.ts';
import { FILE_DISPOSITION_DELETE, FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE,
  FILE_DISPOSITION_ON_CLOSE, FILE_DISPOSITION_POSIX_SEMANTICS }
  from '../../../ntos/io/information/file-information.ts';
import { FILE_ATTRIBUTE_READONLY } from '../../../ntos/io/file-constants.ts';
import { FsRtlNotifyFullChangeDirectory } from '../../../ntos/fsrtl/notify.ts';
import { STATUS_CANNOT_DELETE, STATUS_DIRECTORY_NOT_EMPTY, STATUS_INVALID_PARAMETER,
  STATUS_RETRY, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { CCB_DELETE_ON_CLOSE, CCB_POSIX_DELETE, FCB_ROOT, LCB_DELETE_PENDING, LCB_POSIX_DELETE,
  RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_VCB, SCB_DELETE_PENDING } from '../types.ts';
import { lockNamespace, unlockNamespace } from '../locks.ts';
import { ccbsOf } from '../tree/ccb.ts';
import { isDirectory, isEmptyDirectory } from '../tree/fcb.ts';
import { isLinked } from '../tree/link.ts';
import { isNamedStream } from '../close/deletion.ts';
import { isOvertaken } from './change.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIRP } from '../../../ntos/io/types.ts';
import type { Change } from './change.ts';
import type { PCCB, PFCB, PLCB, PSCB, PVCB } from '../types.ts';

const b = RAMFS_SCB.bound;
const c = RAMFS_CCB.bound;
const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const v = RAMFS_VCB.bound;
const { set_DeletePending } = FILE_OBJECT.bound;
const NO_IRP = 0 as PIRP;

function setFlag(ccb: PCCB, flag: number, on: boolean): void {
  c.set_Flags(ccb, on ? c.Flags(ccb) | flag : c.Flags(ccb) & ~flag);
}

/** Whether the name may be marked at all. */
function checkDelete(fcb: PFCB, flags: number): NTSTATUS {
  const readOnly = (f.FileAttributes(fcb) & FILE_ATTRIBUTE_READONLY) !== 0;
  if (f.Flags(fcb) & FCB_ROOT) return STATUS_CANNOT_DELETE;
  const ignores = (flags & FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE) !== 0;
  if (readOnly && !ignores) return STATUS_CANNOT_DELETE;
  if (isDirectory(fcb) && !isEmptyDirectory(fcb)) return STATUS_DIRECTORY_NOT_EMPTY;
  return STATUS_SUCCESS;
}

function markLink(lcb: PLCB, ccb: PCCB, flags: number): void {
  if (!isLinked(lcb)) return;
  const posix = (flags & FILE_DISPOSITION_POSIX_SEMANTICS) !== 0;
  const deletes = (flags & FILE_DISPOSITION_DELETE) !== 0;
  setFlag(ccb, CCB_POSIX_DELETE, deletes && posix);
  const others = l.Flags(lcb) & ~(LCB_DELETE_PENDING | LCB_POSIX_DELETE);
  const mark = LCB_DELETE_PENDING | (posix ? LCB_POSIX_DELETE : 0);
  l.set_Flags(lcb, deletes ? others | mark : others);
}

function markStream(scb: PSCB, deletes: boolean): void {
  const state = b.State(scb);
  b.set_State(scb, deletes ? state | SCB_DELETE_PENDING : state & ~SCB_DELETE_PENDING);
}

/** Does what the flags say; the namespace resource is held exclusively. */
function applyLocked(scb: PSCB, ccb: PCCB, flags: number): NTSTATUS {
  const fcb = b.Fcb(scb) as PFCB;
  const lcb = c.Lcb(ccb);
  const deletes = (flags & FILE_DISPOSITION_DELETE) !== 0;
  if (!isNamedStream(scb) && lcb === 0) return STATUS_INVALID_PARAMETER;
  if (deletes && !isNamedStream(scb)) {
    const refused = checkDelete(fcb, flags);
    if (refused !== STATUS_SUCCESS) return refused;
  }
  if (flags & FILE_DISPOSITION_ON_CLOSE) {
    setFlag(ccb, CCB_DELETE_ON_CLOSE, deletes);
    setFlag(ccb, CCB_POSIX_DELETE, deletes && (flags & FILE_DISPOSITION_POSIX_SEMANTICS) !== 0);
  } else if (isNamedStream(scb)) {
    markStream(scb, deletes);
  } else {
    markLink(lcb, ccb, flags);
  }
  return STATUS_SUCCESS;
}

/** Those who watch a directory that is to be deleted are told so (STATUS_DELETE_PENDING). */
function endWatches(vcb: PVCB, watchers: readonly PCCB[]): void {
  for (const ccb of watchers) {
    FsRtlNotifyFullChangeDirectory(v.NotifySync(vcb), v.at_DirNotifyList(vcb), ccb, 0, false,
      false, 0, NO_IRP, 0, 0);
  }
}

function dispose(change: Change, flags: number): NTSTATUS {
  const { vcb, scb, ccb } = change;
  const deletes = (flags & FILE_DISPOSITION_DELETE) !== 0;
  lockNamespace(vcb);
  const status = isOvertaken(change) ? STATUS_RETRY : applyLocked(scb, ccb, flags);
  const watchers = status === STATUS_SUCCESS && deletes && isDirectory(b.Fcb(scb) as PFCB)
    ? ccbsOf(scb) : [];
  unlockNamespace(vcb);
  if (status !== STATUS_SUCCESS) return status;
  if (!(flags & FILE_DISPOSITION_ON_CLOSE)) set_DeletePending(change.file, deletes ? 1 : 0);
  endWatches(vcb, watchers);
  return STATUS_SUCCESS;
}

/** FileDispositionInformation. */
export function setDisposition(change: Change): NTSTATUS {
  return dispose(change, u8[change.buffer] === 0 ? 0 : FILE_DISPOSITION_DELETE);
}

/** FileDispositionInformationEx. */
export function setDispositionEx(change: Change): NTSTATUS {
  return dispose(change, u32[change.buffer >> 2]!);
}
