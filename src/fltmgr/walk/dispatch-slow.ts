// What dispatching does rarely: operations that a minifilter initiated, registration flags that
// make a filter skip an operation, the wait for an operation that comes back in another thread.
import { i32 } from '../../mem/memory.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { PARK, SPIN_THEN_PARK, parkWhile } from '../../atomics-sync/park.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../../ntos/ke/prcb.ts';
import { deliverApcsIfPossible } from '../../ntos/ke/apc.ts';
import { waitAlone } from '../../ntos/ke/inline-wait.ts';
import { IofCompleteRequest } from '../../ntos/io/irp/completion.ts';
import { IO_STACK_LOCATION, IRP, IRP_BUFFERED_IO, IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE, IRP_PAGING_IO }
  from '../../ntos/io/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER,
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO as SKIP_CACHED,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO as SKIP_NON_CACHED_NON_PAGING,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO as SKIP_NON_DASD,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO as SKIP_PAGING } from '../constants.ts';
import { CTRL_CREATE, CTRL_INITIATED, CTRL_PARAMETERS_CHANGED, CTRL_REISSUED,
  IRP_CTRL, dataOf, nodeOf } from './irp-ctrl.ts';
import { bufferOffset, isVolumeOpen } from './callback-data.ts';
import { freeSwappedMdl } from './swapped-mdl.ts';
import { sheetForPaging } from './back-pocket.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { MEANS_OPERATION, REASON_OPERATION, WAIT_BEGAN, WAIT_ENDED, WAIT_MEANS }
  from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const { Tail_Overlay_IrpExtension: InitiatingInstance, Flags,
  AssociatedIrp_SystemBuffer: SystemBuffer, Tail_Overlay_AuxiliaryBuffer: AuxiliaryBuffer,
  set_Tail_Overlay_AuxiliaryBuffer: set_AuxiliaryBuffer, set_IoStatus_Status,
  set_IoStatus_Information } = IRP.bound;
const { MajorFunction, FileObject } = IO_STACK_LOCATION.bound;
const { NodeCount, Flags: sheetFlags, Data_TagData, set_Data_TagData,
  Data_Flags, set_Data_Flags, at_Iopb, Iopb_MajorFunction, Iopb_IrpFlags } = IRP_CTRL.bound;
const parametersAt = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;
const METHOD_NEITHER = 3;
const { set_State } = KTHREAD.bound;

/** Whether a minifilter sent the IRP: it names its instance (initiated-io.ts). */
export function isInitiated(irp: PIRP): boolean {
  return InitiatingInstance(irp) !== 0;
}

/** The instance below which the operation starts (IO-1); the low bit says how it came. */
export function initiatorOf(irp: PIRP): PFLT_INSTANCE {
  return (InitiatingInstance(irp) & ~1) as PFLT_INSTANCE;
}

/** Whether the instance sends an operation of its own or one that it reissues (POST-27). */
export function initiatedFlag(irp: PIRP): number {
  return (InitiatingInstance(irp) & 1) === 0 ? CTRL_INITIATED : CTRL_REISSUED;
}

/** The registration flags with which a filter does not see this operation (1.2). */
export function skipFlags(irp: PIRP, location: PIO_STACK_LOCATION): number {
  const major = MajorFunction(location);
  const skip = isVolumeOpen(FileObject(location)) ? 0 : SKIP_NON_DASD;
  if (major !== IRP_MJ_READ && major !== IRP_MJ_WRITE) return skip;
  const flags = Flags(irp);
  if (flags & IRP_PAGING_IO) return skip | SKIP_PAGING;
  return skip | (flags & IRP_NOCACHE ? SKIP_NON_CACHED_NON_PAGING : SKIP_CACHED);
}

/** Every sheet is out: those that are kept back are for paging I/O (KRN-53). */
export function reservedSheet(irp: PIRP): PIRP_CTRL {
  return (Flags(irp) & IRP_PAGING_IO) !== 0 ? sheetForPaging() : (0 as PIRP_CTRL);
}

/** Every sheet is out: the operation fails for lack of memory. */
export function failWithoutSheet(irp: PIRP): NTSTATUS {
  set_IoStatus_Status(irp, STATUS_INSUFFICIENT_RESOURCES);
  set_IoStatus_Information(irp, 0);
  IofCompleteRequest(irp);
  return STATUS_INSUFFICIENT_RESOURCES;
}

/**
 * Waits until the operation is handed back to this thread. Kernel APCs run meanwhile, as in any
 * wait: the completion of other I/O of the thread may come by one.
 */
export function waitForReturn(ctrl: PIRP_CTRL, word: number): void {
  set_State(currentThread, THREAD_WAITING);
  if (tracer !== null && load(word) === 0) {
    tracer.event(WAIT_MEANS, MEANS_OPERATION, dataOf(ctrl), 0, 0);
    tracer.event(WAIT_BEGAN, word, 1, 0, REASON_OPERATION);
  }
  let spins = SPIN_THEN_PARK;
  while (load(word) === 0) {
    if (boot.inline) waitAlone(word, 0, Infinity);
    else parkWhile(word, 0, 10, spins);
    spins = PARK;
    deliverApcsIfPossible();
  }
  // The next hand-over of the same operation finds the word clear.
  store(word, 0);
  set_State(currentThread, THREAD_RUNNING);
  if (tracer !== null) tracer.event(WAIT_ENDED, word, 0, 0, 0);
}

/** Frees the MDLs that hang on the operation still: those of fast I/O, of locked buffers. */
export function finishSwappedBuffers(ctrl: PIRP_CTRL): void {
  for (let i = 0; i < NodeCount(ctrl); i++) freeSwappedMdl(nodeOf(ctrl, i));
}

/** A create hit a reparse point: filters see its data as TagData, and may replace it (OP-15). */
export function takeTagData(ctrl: PIRP_CTRL, irp: PIRP): void {
  if ((sheetFlags(ctrl) & CTRL_CREATE) === 0) return;
  set_Data_TagData(ctrl, AuxiliaryBuffer(irp) as never);
}

/** The IRP leaves with the data that the filters left, whoever frees it. */
export function giveTagData(ctrl: PIRP_CTRL, irp: PIRP): void {
  set_AuxiliaryBuffer(irp, Data_TagData(ctrl));
}

/** The system buffer that pushParameters gave the driver below; 0 when it gave none. */
function pushedSystemBuffer(ctrl: PIRP_CTRL): number {
  const major = Iopb_MajorFunction(ctrl);
  const from = (at_Iopb(ctrl) + parametersAt) >> 2;
  if (major === IRP_MJ_CREATE) return i32[from + 4]!;
  if (major >= IRP_MJ_FILE_SYSTEM_CONTROL && major <= IRP_MJ_INTERNAL_DEVICE_CONTROL) {
    return (i32[from + 2]! & 3) === METHOD_NEITHER ? 0 : i32[from + 3]!;
  }
  const at = bufferOffset(major);
  if (at === 0 || (Iopb_IrpFlags(ctrl) & IRP_BUFFERED_IO) === 0) return 0;
  return i32[from + (at >> 2)]!;
}

/**
 * The IRP comes back with another system buffer than the caller's: one that a filter swapped in, or
 * one that the file system put in its place (POST-33).
 */
export function noteSystemBuffer(ctrl: PIRP_CTRL, irp: PIRP): void {
  const changed = (sheetFlags(ctrl) & CTRL_PARAMETERS_CHANGED) !== 0;
  if (changed && SystemBuffer(irp) === pushedSystemBuffer(ctrl)) return;
  set_Data_Flags(ctrl, Data_Flags(ctrl) | FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER);
}
