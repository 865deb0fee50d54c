// What the checked configuration looks at after each callback (12.1), beyond the answers that are
// checked always: changes that are lost because the dirty flag was forgotten, results that nobody
// will see, operations that must not be synchronised, buffers that are too short, cleanup and close
// that a filter failed. Each breaks a driver on Windows some day, without a word.
import { i32 } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { isPaged } from '../../mem/memory-map.ts';
import { SECTOR_SIZE } from '../../mem/param.ts';
import { allocatedBytes } from '../../ntos/ex/pool/pool-block.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../ntos/ke/bug-check-codes.ts';
import { MmGetMdlByteCount } from '../../ntos/io/irp/mdl.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK,
  FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2 }
  from '../../ntos/io/control-codes.ts';
import { IRP, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MN_LOCK, IRP_MN_NOTIFY_CHANGE_DIRECTORY,
  IRP_NOCACHE } from '../../ntos/io/types.ts';
import { STATUS_OPLOCK_BREAK_IN_PROGRESS } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_CALLBACK_DATA_SYSTEM_BUFFER, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SYNCHRONIZE } from '../constants.ts';
import { COMPLETION_NODE, CTRL_SENT_DOWN, IRP_CTRL, dataOf } from './irp-ctrl.ts';
import { bufferOffset, differs, mdlOffset } from './callback-data.ts';
import { FltIsOperationSynchronous } from '../data.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from './irp-ctrl.ts';
import type { PMDL } from '../../ntos/io/types.ts';

const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const { IoStatus_Status, RequestorMode, Tail_Overlay_Thread: ofThread } = IRP.bound;
const { PreviousMode } = KTHREAD.bound;
const parametersAt = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;
const oplockRequests: readonly number[] = [FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_REQUEST_OPLOCK];

function broken(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, rule: number, routine: number, text: string,
): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf500 | rule, dataOf(ctrl),
    n.Filter(at), c.Iopb_MajorFunction(ctrl), `${routineName(routine)} ${text}`);
}

/** Why an operation may not be synchronised; undefined when it may (PRE-12). */
function unbounded(ctrl: PIRP_CTRL): string | undefined {
  const minor = c.Iopb_MinorFunction(ctrl);
  switch (c.Iopb_MajorFunction(ctrl)) {
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
      return FltIsOperationSynchronous(dataOf(ctrl)) ? undefined : 'an asynchronous transfer';
    case IRP_MJ_FILE_SYSTEM_CONTROL: {
      const code = c.Iopb_Parameters_FileSystemControl_Common_FsControlCode(ctrl);
      return oplockRequests.includes(code) ? 'a request for an oplock' : undefined;
    }
    case IRP_MJ_DIRECTORY_CONTROL:
      return minor === IRP_MN_NOTIFY_CHANGE_DIRECTORY ? 'a change notification' : undefined;
    case IRP_MJ_LOCK_CONTROL:
      return minor === IRP_MN_LOCK ? 'a lock request' : undefined;
    default:
      return undefined;
  }
}

/** A word of the parameters as the filter left it, and as it found it. */
function wordNow(ctrl: PIRP_CTRL, offset: number): number {
  return i32[(c.at_Iopb(ctrl) + parametersAt + offset) >> 2]!;
}
function wordBefore(ctrl: PIRP_CTRL, offset: number): number {
  return i32[(c.at_Agreed(ctrl) + parametersAt + offset) >> 2]!;
}

/** Why a swapped buffer cannot work with what lies below; undefined when it can (BUF-4). */
function badSwap(ctrl: PIRP_CTRL, status: number): string | undefined {
  const major = c.Iopb_MajorFunction(ctrl);
  const offset = bufferOffset(major);
  const mdlAt = mdlOffset(major);
  if (offset === 0) return undefined;
  const buffer = wordNow(ctrl, offset);
  if (buffer === wordBefore(ctrl, offset)) return undefined;
  if (status === FLT_PREOP_SUCCESS_NO_CALLBACK) {
    return 'without wanting its post-operation callback, where the buffer is freed';
  }
  const flags = c.Data_Flags(ctrl);
  const mdl = mdlAt === 0 ? 0 : wordNow(ctrl, mdlAt);
  if ((flags & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0) {
    return mdl === 0 ? undefined : 'and set an MDL: fast I/O has no MDL';
  }
  if ((flags & FLTFL_CALLBACK_DATA_SYSTEM_BUFFER) !== 0) {
    return isPaged(buffer) ? 'of a system buffer operation; the new one must be nonpaged'
      : undefined;
  }
  if (mdlAt === 0 || (mdl !== 0 && mdl !== wordBefore(ctrl, mdlAt))) return undefined;
  return 'and not the MDL: the new buffer needs an MDL of its own';
}

/** How many bytes the swapped buffer of a transfer has, as far as that can be known; else 0. */
function swappedBytes(ctrl: PIRP_CTRL): number {
  const major = c.Iopb_MajorFunction(ctrl);
  const buffer = wordNow(ctrl, bufferOffset(major));
  if (buffer === wordBefore(ctrl, bufferOffset(major))) return 0;
  const mdl = wordNow(ctrl, mdlOffset(major));
  return mdl === 0 ? allocatedBytes(buffer) : MmGetMdlByteCount(mdl as PMDL);
}

/** The file system rounds a non-cached transfer at the end of the file to a sector (PRE-17). */
function checkSwapped(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  const major = c.Iopb_MajorFunction(ctrl);
  if (major !== IRP_MJ_READ && major !== IRP_MJ_WRITE) return;
  if ((c.Iopb_IrpFlags(ctrl) & IRP_NOCACHE) === 0) return;
  const bytes = swappedBytes(ctrl);
  const length = c.Iopb_Parameters_Read_Length(ctrl);
  const needed = Math.ceil(length / SECTOR_SIZE) * SECTOR_SIZE;
  if (bytes === 0 || bytes >= needed) return;
  broken(ctrl, at, 31, n.PreOperation(at), `swapped the buffer for one of ${bytes} bytes; a ` +
    `non-cached transfer of ${length} bytes is rounded to ${needed} (PRE-17)`);
}

/** The members that are constant for the life of an operation: whose it is (OP-13). */
function checkConstant(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, routine: number): void {
  const irp = c.Irp(ctrl);
  const thread = irp === 0 ? currentThread : ofThread(irp);
  const mode = irp === 0 ? PreviousMode(currentThread) : RequestorMode(irp);
  if (c.Data_Thread(ctrl) === thread && c.Data_RequestorMode(ctrl) === mode) return;
  broken(ctrl, at, 0, routine, 'changed Thread or RequestorMode, which are constant (OP-13)');
}

/**
 * Whether there is a result already. FltCheckOplockEx itself leaves STATUS_OPLOCK_BREAK_IN_PROGRESS
 * there to tell the filter that a wait was skipped, which is to pass the operation on (OPL-11).
 */
function changedResult(ctrl: PIRP_CTRL): boolean {
  const status = c.Data_IoStatus_Status(ctrl);
  return (status !== 0 && status !== STATUS_OPLOCK_BREAK_IN_PROGRESS) ||
    c.Data_IoStatus_Information(ctrl) !== 0;
}

/** After a pre-operation callback, before its answer is acted on. */
export function verifyPre(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, status: number): void {
  const dirty = (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DIRTY) !== 0;
  // A pended operation is its filter's still, or has gone on already.
  if (status === FLT_PREOP_PENDING) return;
  checkConstant(ctrl, at, n.PreOperation(at));
  const passes = status <= FLT_PREOP_SUCCESS_NO_CALLBACK || status === FLT_PREOP_SYNCHRONIZE;
  if (!passes) return;
  const routine = n.PreOperation(at);
  if (!dirty && differs(ctrl)) {
    broken(ctrl, at, 20, routine, 'changed Iopb without FltSetCallbackDataDirty; the change is ' +
      'lost (OP-13)');
  }
  if (changedResult(ctrl)) {
    broken(ctrl, at, 21, routine, 'changed IoStatus of an operation that it passes on; the ' +
      'change is lost: only a pre-op that completes it may (OP-14)');
  }
  const isIrp = (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
  const why = isIrp && status === FLT_PREOP_SYNCHRONIZE ? unbounded(ctrl) : undefined;
  if (why !== undefined) {
    broken(ctrl, at, 16, routine, `synchronised ${why}, which may stay pending for ever; its ` +
      'thread would hang (PRE-12)');
  }
  if (!dirty) return;
  checkSwapped(ctrl, at);
  const bad = badSwap(ctrl, status);
  if (bad !== undefined) broken(ctrl, at, 0, routine, `swapped the buffer ${bad} (BUF-4)`);
}

/** After a post-operation callback; nobody fails a cleanup or a close on the way up (OP-11). */
export function verifyPost(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  checkConstant(ctrl, at, n.PostOperation(at));
  const major = c.Iopb_MajorFunction(ctrl);
  if (major !== IRP_MJ_CLEANUP && major !== IRP_MJ_CLOSE) return;
  const status = c.Data_IoStatus_Status(ctrl);
  if (NT_SUCCESS(status)) return;
  const below = (c.Flags(ctrl) & CTRL_SENT_DOWN) !== 0 ? IoStatus_Status(c.Irp(ctrl)) : 0;
  if (below < 0) return;
  const name = major === IRP_MJ_CLOSE ? 'IRP_MJ_CLOSE' : 'IRP_MJ_CLEANUP';
  broken(ctrl, at, 15, n.PostOperation(at), `failed ${name} with ${statusName(status)}; cleanup ` +
    'and close cannot fail (OP-11, PRE-4)');
}
