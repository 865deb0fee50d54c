// What the walk does rarely: parameters that a filter changed, operations that pend, and answers
// that break a rule (12.1 lists them by number). Cold, so it says clearly what was wrong.
import { copyBytes } from '../../mem/memory.ts';
import { add, load, store } from '../../atomics-sync/atomics.ts';
import { routineName } from '../../mem/routine.ts';
import { ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { allocateUngated } from '../../ntos/ex/pool/pool-block.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, FLTMGR_FILE_SYSTEM }
  from '../../ntos/ke/bug-check-codes.ts';
import { IO_STACK_LOCATION, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_SHUTDOWN, IRP_MJ_VOLUME_DISMOUNT,
  IRP_MJ_VOLUME_MOUNT, IRP_MJ_QUERY_OPEN, IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_PAGING_IO,
  SL_PENDING_RETURNED } from '../../ntos/io/types.ts';
import { IoGetCurrentIrpStackLocation, IoMarkIrpPending } from '../../ntos/io/irp/irp.ts';
import { STATUS_FLT_DISALLOW_FAST_IO, STATUS_INSUFFICIENT_RESOURCES, STATUS_PENDING }
  from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_FAST_IO_OPERATION,
  FLTFL_CALLBACK_DATA_IRP_OPERATION, FLT_POSTOP_DISALLOW_FSFILTER_IO,
  FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_DISALLOW_FSFILTER_IO, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLT_PREOP_SYNCHRONIZE } from '../constants.ts';
import { COMPLETION_NODE, CTRL_CREATE, CTRL_PENDING_RETURNED, CTRL_SAVED,
  CTRL_SWAPPED_MDL, IRP_CTRL, NODE_SWAPPED_BUFFER, PHASE_POST, dataOf,
  nodeOf } from './irp-ctrl.ts';
import { blockForPaging, giveBlockBack } from './back-pocket.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { FLT_INSTANCE } from '../attach/object.ts';
import { bufferOffset, mdlOffset, agree } from './callback-data.ts';
import { checkConstant, redirect } from '../initiated/redirect.ts';
import { countPended } from './counts.ts';
import { i32 } from '../../mem/memory.ts';
import { OP_PENDED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from './irp-ctrl.ts';
import type { NTSTATUS } from '../../ntos/status.ts';

const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const { at_Pended, Volume: volumeOf } = FLT_INSTANCE.bound;
const { TargetFileObject: savedFile } = FLT_IO_PARAMETER_BLOCK.bound;
const { Control, set_Control } = IO_STACK_LOCATION.bound;
const IOPB_SIZE = FLT_IO_PARAMETER_BLOCK.size;
const TAG_SAVED = poolTag('FMsv');

function isIrp(ctrl: PIRP_CTRL): boolean {
  return (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
}

function violation(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, number: number, text: string): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf500 | number, dataOf(ctrl),
    n.Filter(at), c.Iopb_MajorFunction(ctrl),
    `${routineName(n.PreOperation(at))} / ${routineName(n.PostOperation(at))}: ${text}`);
}

/**
 * Checks what a pre-operation callback answered against the rules of section 3. Legal answers are
 * returned; what breaks a rule ends the machine (a driver that does it corrupts Windows, too).
 */
export function checkPreStatus(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, status: number): number {
  const withCallback =
    status === FLT_PREOP_SUCCESS_WITH_CALLBACK || status === FLT_PREOP_SYNCHRONIZE;
  if (withCallback) {
    if (n.PostOperation(at) === 0) {
      KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x66, dataOf(ctrl), 0, 0,
        `${routineName(n.PreOperation(at))} asked for a post-operation callback, but its filter ` +
          'registered none for this major function (PRE-6)');
    }
    return status;
  }
  if (n.Context(at) !== 0) {
    violation(ctrl, at, 10, `left a completion context with status ${status}; it is lost: only ` +
      'WITH_CALLBACK and SYNCHRONIZE deliver it (PRE-7)');
  }
  const major = c.Iopb_MajorFunction(ctrl);
  switch (status) {
    case FLT_PREOP_PENDING:
      if (!isIrp(ctrl)) violation(ctrl, at, 3, 'pended an operation that is not IRP-based (OP-2)');
      break;
    case FLT_PREOP_DISALLOW_FASTIO:
      if (!(c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_FAST_IO_OPERATION)) {
        violation(ctrl, at, 11, 'disallowed fast I/O for an operation that is none (3.1)');
      }
      if (major === IRP_MJ_SHUTDOWN || major === IRP_MJ_VOLUME_MOUNT ||
          major === IRP_MJ_VOLUME_DISMOUNT) {
        violation(ctrl, at, 12, 'disallowed fast I/O for shutdown, mount or dismount (3.1)');
      }
      break;
    case FLT_PREOP_DISALLOW_FSFILTER_IO:
      if (major !== IRP_MJ_QUERY_OPEN) {
        violation(ctrl, at, 13, 'DISALLOW_FSFILTER_IO for another operation than QUERY_OPEN (3.1)');
      }
      break;
    case FLT_PREOP_COMPLETE:
      checkCompleted(ctrl, at, major);
      break;
    default:
      if (status !== 1) violation(ctrl, at, 1, `answered unknown pre-op status ${status} (PRE-19)`);
  }
  return status;
}

function checkCompleted(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, major: number): void {
  const status = c.Data_IoStatus_Status(ctrl);
  if (status === STATUS_PENDING || status === STATUS_FLT_DISALLOW_FAST_IO) {
    violation(ctrl, at, 14, `completed the operation with ${statusName(status)}, which is not a ` +
      'final status of a filter (PRE-4)');
  }
  if ((major === IRP_MJ_CLEANUP || major === IRP_MJ_CLOSE) && !NT_SUCCESS(status)) {
    const name = major === IRP_MJ_CLOSE ? 'IRP_MJ_CLOSE' : 'IRP_MJ_CLEANUP';
    violation(ctrl, at, 15, `failed ${name} with ${statusName(status)}; cleanup and close ` +
      `cannot fail (OP-11, PRE-4)`);
  }
}

/** Checks what a post-operation callback answered, when it is not FINISHED_PROCESSING. */
export function checkPostStatus(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, status: number): void {
  if (status === FLT_POSTOP_MORE_PROCESSING_REQUIRED) {
    if (!isIrp(ctrl)) {
      violation(ctrl, at, 19, 'MORE_PROCESSING_REQUIRED for an operation that is not IRP-based ' +
        '(4.1)');
    }
    return;
  }
  if (status === FLT_POSTOP_DISALLOW_FSFILTER_IO) {
    if (c.Iopb_MajorFunction(ctrl) !== IRP_MJ_QUERY_OPEN) {
      violation(ctrl, at, 13, 'DISALLOW_FSFILTER_IO for another operation than QUERY_OPEN (4.1)');
    }
    c.set_Data_IoStatus_Status(ctrl, STATUS_FLT_DISALLOW_FAST_IO);
    return;
  }
  violation(ctrl, at, 2, `answered unknown post-op status ${status}`);
}

/**
 * Before this thread may lose the operation: the sender will be told STATUS_PENDING, and the
 * instance cannot be torn down until its filter has completed the operation (TD-5).
 */
export function markPended(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  if (tracer !== null) {
    const routine = c.Phase(ctrl) === PHASE_POST ? n.PostOperation(at) : n.PreOperation(at);
    tracer.event(OP_PENDED, dataOf(ctrl), routine, n.Filter(at), 0);
  }
  add(at_Pended(n.Instance(at)), 1);
  c.set_IsPended(ctrl, 1);
  countPended(n.Filter(at));
  if (c.OplockMarked(ctrl) !== 0) {
    // It was marked already, before the oplock package got it.
    c.set_OplockMarked(ctrl, 0);
    c.set_MarkedHere(ctrl, 1);
  } else if (!(c.Flags(ctrl) & (CTRL_CREATE | CTRL_PENDING_RETURNED))) {
    IoMarkIrpPending(c.Irp(ctrl));
    c.set_Flags(ctrl, c.Flags(ctrl) | CTRL_PENDING_RETURNED);
    c.set_MarkedHere(ctrl, 1);
  } else {
    c.set_MarkedHere(ctrl, 0);
  }
}

/** The filter was quicker: it completed the operation before its callback returned. */
export function unmarkPended(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  add(at_Pended(n.Instance(at)), -1);
  c.set_IsPended(ctrl, 0);
  if (c.MarkedHere(ctrl) === 0) return;
  const location = IoGetCurrentIrpStackLocation(c.Irp(ctrl));
  set_Control(location, Control(location) & ~SL_PENDING_RETURNED);
  c.set_Flags(ctrl, c.Flags(ctrl) & ~CTRL_PENDING_RETURNED);
}

/** Whether the system writes pages out or reads them in by the operation (KRN-53). */
function isOnPagingPath(ctrl: PIRP_CTRL): boolean {
  if (c.Iopb_MajorFunction(ctrl) >= IRP_MJ_RELEASE_FOR_CC_FLUSH) return true;
  return (c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0;
}

/** Memory for a copy of the parameters. It is not the filter's: fault injection lets it be. */
function blockFor(ctrl: PIRP_CTRL): number {
  const block = allocateUngated(NonPagedPool, IOPB_SIZE, TAG_SAVED);
  if (block !== 0) return block;
  const reserved = isOnPagingPath(ctrl) ? blockForPaging() : 0;
  if (reserved !== 0) return reserved;
  return KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x67, dataOf(ctrl), 0, STATUS_INSUFFICIENT_RESOURCES,
    'no nonpaged pool to keep the parameters that a filter changed');
}

/**
 * Keeps the parameters as this filter saw them: its own post-op and the filters above get them
 * back, those below see what it changed (OP-23). Without memory it is bug check 0xF5/0x67.
 */
export function saveParameters(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  const saved = blockFor(ctrl);
  copyBytes(saved, c.at_Agreed(ctrl), IOPB_SIZE);
  // Before the agreed parameters change: pairs with parametersFor, which reads them the other way.
  store(n.at_Saved(at), saved);
  c.set_Flags(ctrl, c.Flags(ctrl) | CTRL_SAVED);
  checkConstant(ctrl, at);
  noteSwappedBuffer(ctrl, at);
  redirect(ctrl, at, savedFile(saved as never));
  c.set_Data_Flags(ctrl, c.Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_DIRTY);
}

/** A filter that replaced the buffer is not drained but cancelled and waited for (TD-6). */
function noteSwappedBuffer(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  const major = c.Iopb_MajorFunction(ctrl);
  const buffer = bufferOffset(major);
  if (buffer === 0) return;
  const parameters = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;
  const now = c.at_Iopb(ctrl) + parameters;
  const before = load(n.at_Saved(at)) + parameters;
  if (i32[(now + buffer) >> 2] === i32[(before + buffer) >> 2]) return;
  n.set_Flags(at, n.Flags(at) | NODE_SWAPPED_BUFFER);
  const mdl = mdlOffset(major);
  if (mdl !== 0 && i32[(now + mdl) >> 2] !== i32[(before + mdl) >> 2]) {
    n.set_SwappedMdl(at, i32[(now + mdl) >> 2]! as never);
    c.set_Flags(ctrl, c.Flags(ctrl) | CTRL_SWAPPED_MDL);
  }
}

/** Shows the parameters as this filter first saw them, for its post-op and for those above. */
export function restoreParameters(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  copyBytes(c.at_Iopb(ctrl), load(n.at_Saved(at)), IOPB_SIZE);
  agree(ctrl);
  // Filters below may have been those of another volume (redirect.ts).
  c.set_Related_Volume(ctrl, volumeOf(n.Instance(at)));
}

/**
 * Copies the parameters as the filter of node `index` saw them, while another thread may be
 * anywhere with the operation except past this node.
 */
export function parametersFor(ctrl: PIRP_CTRL, index: number, to: number): void {
  copyBytes(to, c.at_Agreed(ctrl), IOPB_SIZE);
  // A change by this filter or one below is announced before the agreed parameters show it, and
  // the lowest index is the oldest change: what it kept is what this filter saw.
  const count = c.NodeCount(ctrl);
  for (let i = index; i < count; i++) {
    const saved = load(n.at_Saved(nodeOf(ctrl, i)));
    if (saved === 0) continue;
    copyBytes(to, saved, IOPB_SIZE);
    return;
  }
}

/** Gives back what filters' changes kept; the operation has ended. */
export function freeSaved(ctrl: PIRP_CTRL): void {
  for (let i = 0; i < c.NodeCount(ctrl); i++) {
    const word = n.at_Saved(nodeOf(ctrl, i));
    const saved = load(word);
    if (saved === 0) continue;
    if (!giveBlockBack(saved)) ExFreePoolWithTag(saved, TAG_SAVED);
    store(word, 0);
  }
}

/** A filter completed the operation: its status is final. */
export function settleCompleted(ctrl: PIRP_CTRL): void {
  if (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DIRTY) {
    c.set_Data_Flags(ctrl, c.Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_DIRTY);
  }
}

/** A filter refused fast I/O (PRE-10) or the fast query of an open (OP-9). */
export function settleDisallowed(ctrl: PIRP_CTRL, _status: number): void {
  c.set_Data_IoStatus_Status(ctrl, STATUS_FLT_DISALLOW_FAST_IO as NTSTATUS);
  c.set_Data_IoStatus_Information(ctrl, 0);
}
