// Creates and oplocks: what a create breaks, in the order in which NTFS looks, what it promises.
// A create that must wait sleeps in its thread. It gives the namespace resource back meanwhile and
// holds its file by counts, and looks again from the start when it is woken: the file may have
// been deleted or renamed.
import { load } from '../../atomics-sync/atomics.ts';
import { FsRtlTeardownPerStreamContexts } from '../../ntos/fsrtl/filter-context.ts';
import { FsRtlCheckOplockEx, checkCreate } from '../../ntos/fsrtl/oplock/oplock.ts';
import { settleOplockControl } from '../../ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlCurrentBatchOplock } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { FILE_OPBATCH_BREAK_UNDERWAY, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY }
  from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { DELETE, FILE_COMPLETE_IF_OPLOCKED, FILE_CREATE, FILE_OPEN, FILE_OPEN_IF,
  FILE_OPEN_REQUIRING_OPLOCK, FILE_RESERVE_OPFILTER, FILE_SUPERSEDE, FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA, FILE_WRITE_EA } from '../../ntos/io/file-constants.ts';
import { IoCheckShareAccess } from '../../ntos/io/service/share-access.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../ntos/io/types.ts';
import { IsListEmpty } from '../../ntos/rtl/list-entry.ts';
import { STATUS_ACCESS_DENIED, STATUS_DELETE_PENDING, STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OPLOCK_BREAK_IN_PROGRESS, STATUS_SHARING_VIOLATION,
  STATUS_CANCELLED, STATUS_SUCCESS, STATUS_VOLUME_DISMOUNTED } from '../../ntos/status-codes.ts';
import { lockNamespace, unlockNamespace } from './locks.ts';
import { headOf, oplockOf, showOplock } from './oplock-head.ts';
import { firstLink, isLinked, nextLink, referenceLink, releaseLink } from './tree/link.ts';
import { FCB_DELETED, LCB_DELETE_PENDING, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_VCB,
  SCB_DELETE_PENDING, SCB_STREAM_DELETED, SCB_VOLUME, VCB_DISMOUNTED, VCB_LOCKED }
  from './types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PSHARE_ACCESS } from '../../ntos/io/types.ts';
import type { CreateOperation } from './create/operation.ts';
import type { PFCB, PLCB, PSCB, PVCB } from './types.ts';

const b = RAMFS_SCB.bound;
const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const v = RAMFS_VCB.bound;
const { at_FilterContexts } = FSRTL_ADVANCED_FCB_HEADER.bound;
const PROMISES = FILE_OPEN_REQUIRING_OPLOCK | FILE_RESERVE_OPFILTER;

/** A name of the file as it was before the create slept. */
interface Known {
  readonly lcb: PLCB;
  readonly parent: PFCB;
  readonly name: number;
}

function linksOf(fcb: PFCB): Known[] {
  const all: Known[] = [];
  for (let lcb = firstLink(fcb); lcb !== 0; lcb = nextLink(fcb, lcb)) {
    all.push({ lcb, parent: l.Parent(lcb), name: l.NameBuffer(lcb) });
  }
  return all;
}

/** What keeps a create's file while it sleeps without the namespace resource. */
class Sleep {
  readonly scb: PSCB;
  readonly vcb: PVCB;
  readonly fcb: PFCB;
  /** The resource was given back: takeBack must follow. */
  slept = false;
  private links: readonly Known[] = [];

  constructor(scb: PSCB) {
    this.scb = scb;
    this.vcb = b.Vcb(scb);
    this.fcb = b.Fcb(scb);
  }

  private count(by: number): void {
    b.set_CloseCount(this.scb, b.CloseCount(this.scb) + by);
    v.set_CloseCount(this.vcb, v.CloseCount(this.vcb) + by);
  }

  /** Holds the file, gives the namespace resource back. */
  readonly letGo = (): void => {
    this.slept = true;
    this.links = linksOf(this.fcb);
    for (const { lcb } of this.links) referenceLink(lcb);
    this.count(1);
    showOplock(this.scb);
    unlockNamespace(this.vcb);
  };

  /** What has happened to the file that keeps it from being opened by its name. */
  private judge(): NTSTATUS {
    if (v.State(this.vcb) & VCB_DISMOUNTED) return STATUS_VOLUME_DISMOUNTED;
    if (v.State(this.vcb) & VCB_LOCKED) return STATUS_ACCESS_DENIED;
    if (f.Flags(this.fcb) & FCB_DELETED) return STATUS_DELETE_PENDING;
    if (b.State(this.scb) & (SCB_DELETE_PENDING | SCB_STREAM_DELETED)) return STATUS_DELETE_PENDING;
    // Of several names any could be the one that the create came by.
    for (const { lcb, parent, name } of this.links) {
      if (l.Flags(lcb) & LCB_DELETE_PENDING) return STATUS_DELETE_PENDING;
      const stays = isLinked(lcb) && l.Parent(lcb) === parent && l.NameBuffer(lcb) === name;
      if (!stays) return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return STATUS_SUCCESS;
  }

  /** The others may all have closed meanwhile: then the contexts of their opens end here. */
  private endContexts(): void {
    const head = headOf(this.scb);
    while (b.CloseCount(this.scb) === 1 && !IsListEmpty(at_FilterContexts(head))) {
      unlockNamespace(this.vcb);
      FsRtlTeardownPerStreamContexts(head);
      lockNamespace(this.vcb);
    }
  }

  /** Takes the resource back, lets the file go; says whether the create may look again. */
  takeBack(): NTSTATUS {
    lockNamespace(this.vcb);
    this.endContexts();
    const status = this.judge();
    for (const { lcb } of this.links) releaseLink(lcb);
    this.count(-1);
    return status;
  }
}

/** The rights that replacing the contents needs beside those asked for. */
function addedAccess(disposition: number): number {
  if (disposition === FILE_SUPERSEDE) return DELETE;
  const keeps = disposition === FILE_OPEN || disposition === FILE_OPEN_IF ||
    disposition === FILE_CREATE;
  return keeps ? 0 : FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES;
}

/** Whether those who have the stream open exclude the create. Nothing is counted. */
function collides(op: CreateOperation, scb: PSCB): boolean {
  const access = op.grantedOn(b.Fcb(scb)) | addedAccess(op.disposition);
  const shared = b.at_ShareAccess(scb) as PSHARE_ACCESS;
  return IoCheckShareAccess(access, op.share, op.file, shared, false) !== STATUS_SUCCESS;
}

function goesOn(status: NTSTATUS): boolean {
  return status === STATUS_SUCCESS || status === STATUS_OPLOCK_BREAK_IN_PROGRESS;
}

/** A create in a share conflict: those who keep handles for later are asked to close them. */
function resolve(op: CreateOperation, scb: PSCB, sleep: Sleep): NTSTATUS {
  if (!collides(op, scb)) return STATUS_SUCCESS;
  if (op.has(FILE_COMPLETE_IF_OPLOCKED)) return STATUS_SHARING_VIOLATION;
  const status = checkCreate(oplockOf(scb), op.irp, true, sleep.letGo);
  if (status !== STATUS_SUCCESS || sleep.slept) return status;
  return collides(op, scb) ? STATUS_SHARING_VIOLATION : STATUS_SUCCESS;
}

/** One look at what stands in the way; with `sleep.slept` set nothing was found out. */
function look(op: CreateOperation, scb: PSCB, sleep: Sleep): NTSTATUS {
  const Oplock = oplockOf(scb);
  let result: NTSTATUS = STATUS_SUCCESS;
  // A Batch or Filter oplock breaks before share access is looked at: its holder may close.
  if (FsRtlCurrentBatchOplock(Oplock)) {
    result = checkCreate(Oplock, op.irp, false, sleep.letGo);
    // Told when the create does not wait for the end of the break, even if its share access makes
    // it fail; and when it is cancelled while it waits (OPL-13).
    const isUnderway = result === STATUS_OPLOCK_BREAK_IN_PROGRESS || result === STATUS_CANCELLED;
    if (isUnderway) op.information = FILE_OPBATCH_BREAK_UNDERWAY;
    if (!goesOn(result) || sleep.slept) return result;
  }
  const shares = resolve(op, scb, sleep);
  if (shares !== STATUS_SUCCESS || sleep.slept) return shares;
  if (b.CleanupCount(scb) !== 0) {
    const status = checkCreate(Oplock, op.irp, false, sleep.letGo);
    if (!goesOn(status) || sleep.slept) return status;
    if (status !== STATUS_SUCCESS) result = status;
  }
  if (!op.has(PROMISES)) return result;
  const promised = settleOplockControl(Oplock, op.irp, b.CleanupCount(scb) + 1, 0);
  return promised === STATUS_SUCCESS ? result : promised;
}

function lookUntilAwake(op: CreateOperation, scb: PSCB): NTSTATUS {
  for (;;) {
    const sleep = new Sleep(scb);
    const status = look(op, scb, sleep);
    if (!sleep.slept) return status;
    const after = sleep.takeBack();
    if (status < 0 || after < 0) return status < 0 ? status : after;
  }
}

/**
 * Asks whether a create that found its stream may go on, before share access is counted. The caller
 * holds the namespace resource exclusively, once; it is given back while this sleeps.
 *
 * @returns STATUS_OPLOCK_BREAK_IN_PROGRESS, a success, when the create did not want to wait;
 *   STATUS_SHARING_VIOLATION, STATUS_CANNOT_BREAK_OPLOCK, STATUS_OPLOCK_NOT_GRANTED,
 *   STATUS_CANCELLED; after a wait also why the file cannot be opened any more.
 */
export function checkOplockOfCreate(scb: PSCB, op: CreateOperation): NTSTATUS {
  const both = FILE_RESERVE_OPFILTER | FILE_COMPLETE_IF_OPLOCKED;
  if ((op.options & both) === both) return STATUS_INVALID_PARAMETER;
  if (b.State(scb) & SCB_VOLUME) return STATUS_SUCCESS;
  const Oplock = oplockOf(scb);
  FsRtlCheckOplockEx(Oplock, op.irp, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, 0, 0, 0);
  if (load(Oplock) === 0 && !op.has(PROMISES)) return STATUS_SUCCESS;
  const status = lookUntilAwake(op, scb);
  if (status >= 0) showOplock(scb);
  return status;
}
