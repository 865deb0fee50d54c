// IRP_MJ_CREATE. What the name says decides the way: the volume, a file by id, or a path from the
// root or from the related file object. Names and opens change under the namespace resource; what
// touches contents and who is told comes after it was given back.
import { u16 } from '../../../mem/memory.ts';
import { SL_OPEN_TARGET_DIRECTORY } from '../../../ntos/io/types.ts';
import { FILE_NOTIFY_CHANGE_STREAM_NAME, FILE_ACTION_ADDED_STREAM, FILE_OPEN_BY_FILE_ID,
  FILE_NOTIFY_CHANGE_ATTRIBUTES, FILE_NOTIFY_CHANGE_LAST_WRITE, FILE_NOTIFY_CHANGE_SIZE,
  FILE_ACTION_MODIFIED } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_INVALID,
  STATUS_REPARSE, STATUS_SUCCESS, STATUS_VOLUME_DISMOUNTED } from '../../../ntos/status-codes.ts';
import { RAMFS_CCB, RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME, VCB_DISMOUNTED, VCB_LOCKED }
  from '../types.ts';
import { BACKSLASH } from '../tree/names.ts';
import { lockMain, lockNamespace, unlockMain, unlockNamespace } from '../locks.ts';
import { locate } from '../tree/path.ts';
import { ccbOf, scbOf } from '../tree/ccb.ts';
import { firstLink } from '../tree/link.ts';
import { USN_REASON_DATA_TRUNCATION, USN_REASON_FILE_CREATE, USN_REASON_STREAM_CHANGE,
  noteChangeLocked } from '../journal/journal.ts';
import { copyName, nameFilter, tell, tellAdded } from '../notify.ts';
import { setAllocation } from '../content/sizes.ts';
import { isOpened } from './finish.ts';
import { createNew } from './make.ts';
import { openById, openExisting, openTargetDirectory, openVolume, reparse } from './open.ts';
import { replaceContents } from './overwrite.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CreateOperation } from './operation.ts';
import type { CopiedName } from '../notify.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { PFCB, PLCB, PVCB } from '../types.ts';

const v = RAMFS_VCB.bound;
const { State: scbState, Fcb } = RAMFS_SCB.bound;
const { Lcb } = RAMFS_CCB.bound;
const OVERWRITTEN = FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_LAST_WRITE |
  FILE_NOTIFY_CHANGE_SIZE;

function refusedByVolume(vcb: PVCB): NTSTATUS {
  if (v.State(vcb) & VCB_DISMOUNTED) return STATUS_VOLUME_DISMOUNTED;
  return v.State(vcb) & VCB_LOCKED ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

/** Where a relative path begins; NULL when the related file object is of no use. */
function startOf(op: CreateOperation): { fcb: PFCB; lcb: PLCB } | null {
  if (op.related === 0) return { fcb: v.Root(op.vcb), lcb: firstLink(v.Root(op.vcb)) };
  const scb = scbOf(op.related);
  if (scb === 0 || scbState(scb) & SCB_VOLUME) return null;
  return { fcb: Fcb(scb), lcb: Lcb(ccbOf(op.related)) };
}

function leadingSlashes(op: CreateOperation): number {
  const count = op.pathBytes >> 1;
  let n = 0;
  while (n < count && n < 3 && u16[(op.path >> 1) + n] === BACKSLASH) n++;
  return n;
}

function openByPath(op: CreateOperation): NTSTATUS {
  const slashes = leadingSlashes(op);
  if (op.related !== 0 && slashes > 0) return STATUS_INVALID_PARAMETER;
  if (slashes > 2) return STATUS_OBJECT_NAME_INVALID;
  if (op.related === 0 && slashes === 0) {
    return op.pathBytes === 0 ? openVolume(op) : STATUS_OBJECT_NAME_INVALID;
  }
  const start = startOf(op);
  if (start === null) return STATUS_INVALID_PARAMETER;
  const found = op.found;
  const skipped = slashes * 2;
  const status = locate(found, start.fcb, start.lcb, op.path + skipped, op.pathBytes - skipped);
  if (status === STATUS_REPARSE) return reparse(op, found.fcb, found.unparsed);
  if (status !== STATUS_SUCCESS) return status;
  if (op.flags & SL_OPEN_TARGET_DIRECTORY) return openTargetDirectory(op);
  return found.fcb === 0 ? createNew(op) : openExisting(op, found.fcb);
}

function open(op: CreateOperation): NTSTATUS {
  const refused = refusedByVolume(op.vcb);
  if (refused !== STATUS_SUCCESS) return refused;
  return op.has(FILE_OPEN_BY_FILE_ID) ? openById(op) : openByPath(op);
}

/** What is recorded, and the name that will be told; the namespace resource is held. */
function record(op: CreateOperation): CopiedName | null {
  if (op.madeFile) noteChangeLocked(op.fcb, USN_REASON_FILE_CREATE);
  else if (op.madeStream) noteChangeLocked(op.fcb, USN_REASON_STREAM_CHANGE);
  else if (op.overwrites) noteChangeLocked(op.fcb, USN_REASON_DATA_TRUNCATION);
  else return null;
  // A stream that was made is no entry of the directory.
  return copyName(op.vcb, op.lcb, op.madeStream ? (0 as PFILE_OBJECT) : op.file);
}

function report(op: CreateOperation, name: CopiedName | null): void {
  if (name === null) return;
  if (op.madeFile) tellAdded(op.vcb, name, nameFilter(op.fcb));
  else if (op.madeStream) {
    tell(op.vcb, name, FILE_NOTIFY_CHANGE_STREAM_NAME, FILE_ACTION_ADDED_STREAM);
  } else tell(op.vcb, name, OVERWRITTEN, FILE_ACTION_MODIFIED);
}

function allocate(op: CreateOperation): void {
  if (op.allocationSize === 0 || !(op.madeFile || op.madeStream) || isIndex(op)) return;
  lockMain(op.scb);
  setAllocation(op.scb, op.allocationSize);
  unlockMain(op.scb);
}

function isIndex(op: CreateOperation): boolean {
  return op.scb === 0 || (scbState(op.scb) & SCB_DIRECTORY) !== 0;
}

/**
 * Opens or creates a file. PASSIVE_LEVEL, in a critical region.
 *
 * @returns what NTFS returns for the same request; the operation says what was opened and what
 *   goes into Information. STATUS_PENDING: the oplock package has the IRP.
 */
export function commonCreate(op: CreateOperation): NTSTATUS {
  lockNamespace(op.vcb);
  const status = open(op);
  const opened = isOpened(status) && status !== STATUS_REPARSE;
  const name = opened ? record(op) : null;
  unlockNamespace(op.vcb);
  if (!opened) return status;
  if (op.overwrites) replaceContents(op);
  else allocate(op);
  report(op, name);
  return status;
}
