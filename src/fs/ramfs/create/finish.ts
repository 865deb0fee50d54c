// The end of a successful create: share access is counted, a CCB is made, the file object is told
// what it stands for. The namespace resource is held exclusively.
import { FILE_OBJECT, FO_CACHE_SUPPORTED, FO_DELETE_ON_CLOSE, FO_NO_INTERMEDIATE_BUFFERING,
  FO_RANDOM_ACCESS, FO_TEMPORARY_FILE, FO_VOLUME_OPEN } from '../../../ntos/io/types.ts';
import { DELETE, FILE_ATTRIBUTE_TEMPORARY, FILE_DELETE_ON_CLOSE, FILE_OPEN_BY_FILE_ID,
  FILE_RANDOM_ACCESS, FILE_SUPERSEDE, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA, FILE_WRITE_EA }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_PENDING, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { IoCheckShareAccess } from '../../../ntos/io/service/share-access.ts';
import { CCB_DELETE_ON_CLOSE, CCB_OPEN_BY_ID, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_VCB,
  SCB_DIRECTORY, SCB_VOLUME } from '../types.ts';
import { abandonScb } from '../tree/scb.ts';
import { backOutOplock, checkOplockOfCreate, grantsOf } from '../oplock.ts';
import { createCcb, freeCcb } from '../tree/ccb.ts';
import { referenceLink } from '../tree/link.ts';
import { overwrites } from './checks.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PSECTION_OBJECT_POINTERS, PSHARE_ACCESS } from '../../../ntos/io/types.ts';
import type { CreateOperation } from './operation.ts';
import type { PFCB, PLCB, PSCB, PVCB } from '../types.ts';

const o = FILE_OBJECT.bound;
const b = RAMFS_SCB.bound;
const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const v = RAMFS_VCB.bound;
const NO_CCB_FLAGS = 0;

/** The rights that replacing the contents needs beside those asked for. */
function addedAccess(op: CreateOperation): number {
  if (!overwrites(op)) return 0;
  return op.disposition === FILE_SUPERSEDE ? DELETE
    : FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES;
}

/** Asks the others who have the stream open, and counts this open. */
function share(op: CreateOperation, scb: PSCB, granted: number): NTSTATUS {
  const shared = b.at_ShareAccess(scb) as PSHARE_ACCESS;
  const added = addedAccess(op);
  if (added !== 0) {
    const wanted = granted | added;
    const status = IoCheckShareAccess(wanted, op.share, op.file, shared, false);
    if (status !== STATUS_SUCCESS) return status;
  }
  return IoCheckShareAccess(granted, op.share, op.file, shared, true);
}

function fileFlags(op: CreateOperation, scb: PSCB, fcb: PFCB): number {
  let flags = 0;
  if (op.has(FILE_DELETE_ON_CLOSE)) flags |= FO_DELETE_ON_CLOSE;
  if (op.has(FILE_RANDOM_ACCESS)) flags |= FO_RANDOM_ACCESS;
  if (b.State(scb) & SCB_VOLUME) return flags | FO_VOLUME_OPEN;
  if (b.State(scb) & SCB_DIRECTORY) return flags;
  if (!(o.Flags(op.file) & FO_NO_INTERMEDIATE_BUFFERING)) flags |= FO_CACHE_SUPPORTED;
  if (f.FileAttributes(fcb) & FILE_ATTRIBUTE_TEMPORARY) flags |= FO_TEMPORARY_FILE;
  return flags;
}

/** Whether finishOpen opened something. */
export function isOpened(status: NTSTATUS): boolean {
  return status >= 0 && status !== STATUS_PENDING;
}

/** Connects the file object with what was opened. */
function connect(op: CreateOperation, scb: PSCB, fcb: PFCB, lcb: PLCB): void {
  o.set_FsContext(op.file, scb);
  o.set_FsContext2(op.file, op.ccb);
  RAMFS_CCB.bound.set_File(op.ccb, op.file);
  o.set_Flags(op.file, o.Flags(op.file) | fileFlags(op, scb, fcb));
  if (!(b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY))) {
    const sections = b.at_SectionObjectPointers(scb) as PSECTION_OBJECT_POINTERS;
    o.set_SectionObjectPointer(op.file, sections);
  }
  op.scb = scb;
  op.fcb = fcb;
  op.lcb = lcb;
}

/** Counts an open handle (by 1) or takes it out (by -1), at every place that counts. */
export function countHandle(vcb: PVCB, scb: PSCB, fcb: PFCB, lcb: PLCB, by: number): void {
  v.set_CleanupCount(vcb, v.CleanupCount(vcb) + by);
  b.set_CleanupCount(scb, b.CleanupCount(scb) + by);
  if (fcb !== 0) f.set_CleanupCount(fcb, f.CleanupCount(fcb) + by);
  if (lcb !== 0) l.set_CleanupCount(lcb, l.CleanupCount(lcb) + by);
}

/**
 * Opens an SCB for a create. On failure the SCB is given back if nobody else has it.
 *
 * @param lcb the name it was opened by; NULL by id and for the volume.
 * @returns STATUS_SHARING_VIOLATION, STATUS_INSUFFICIENT_RESOURCES, or what the oplock says: with
 *   STATUS_PENDING nothing is open, and the create begins anew when the oplock is broken.
 */
export function finishOpen(op: CreateOperation, scb: PSCB, fcb: PFCB, lcb: PLCB): NTSTATUS {
  const broken = checkOplockOfCreate(scb, op);
  if (broken < 0 || broken === STATUS_PENDING) {
    abandonScb(op.vcb, scb);
    return broken;
  }
  op.grants = grantsOf(scb);
  let flags = op.has(FILE_DELETE_ON_CLOSE) ? CCB_DELETE_ON_CLOSE : NO_CCB_FLAGS;
  if (op.has(FILE_OPEN_BY_FILE_ID)) flags |= CCB_OPEN_BY_ID;
  const granted = op.grantedOn(fcb);
  op.ccb = createCcb(scb, lcb, flags, granted);
  const status = op.ccb === 0 ? STATUS_INSUFFICIENT_RESOURCES : share(op, scb, granted);
  if (status !== STATUS_SUCCESS) {
    backOutOplock(scb, op.irp);
    dropCcb(op);
    abandonScb(op.vcb, scb);
    return status;
  }
  if (lcb !== 0) referenceLink(lcb);
  countHandle(op.vcb, scb, fcb, lcb, 1);
  b.set_CloseCount(scb, b.CloseCount(scb) + 1);
  v.set_CloseCount(op.vcb, v.CloseCount(op.vcb) + 1);
  connect(op, scb, fcb, lcb);
  op.noteGranted(granted);
  return broken;
}

function dropCcb(op: CreateOperation): void {
  if (op.ccb === 0) return;
  freeCcb(op.ccb);
  op.ccb = 0 as typeof op.ccb;
}
