// Sending what a filter initiates (section 6): callback data becomes an IRP that names the instance
// below which it starts (IRP.Tail.Overlay.IrpExtension) and goes to the Filter Manager's device on
// the volume. Higher instances and the initiator never see it (IO-1).
//
// The completion routine takes the IRP out of the I/O manager's hands: it runs where the operation
// ends, up to DISPATCH_LEVEL in any thread, puts the result into the callback data, and then either
// calls the filter's callback or wakes the thread that waits. No APC is needed, so paging I/O may
// be waited for at APC_LEVEL.
//
// FLT_INSTANCE.Initiated counts what is under way; a teardown waits for it (TD-5, IO-12). It drops
// after the callback has returned.
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { add, notify, store } from '../../atomics-sync/atomics.ts';
import { STATUS_FLT_IO_COMPLETE, STATUS_INSUFFICIENT_RESOURCES, STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_PENDING, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { ObDereferenceObject, ObDereferenceObjectDeferDelete, ObReferenceObject }
  from '../../ntos/ob/object.ts';
import { IofCallDriver } from '../../ntos/io/irp/call-driver.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoInitializeIrp,
  IoSetCompletionRoutine, IoSizeOfIrp, IopAllocateIrpMustSucceed, irpStackCount }
  from '../../ntos/io/irp/irp.ts';
import { DEVICE_OBJECT, DO_BUFFERED_IO, IO_STACK_LOCATION, IRP, IRP_BUFFERED_IO,
  IRP_CLOSE_OPERATION, IRP_CREATE_OPERATION, IRP_MJ_CLOSE, IRP_MJ_CREATE,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_INFORMATION,
  IRP_MJ_SET_VOLUME_INFORMATION, IRP_MJ_WRITE, IRP_READ_OPERATION, IRP_SYNCHRONOUS_API,
  IRP_WRITE_OPERATION } from '../../ntos/io/types.ts';
import { FLTFL_CALLBACK_DATA_SYSTEM_BUFFER } from '../constants.ts';
import { bufferOffset, mdlOffset, pushParameters } from '../walk/callback-data.ts';
import { waitForReturn } from '../walk/dispatch-slow.ts';
import { IRP_CTRL, dataOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { FLT_OWN_DATA, OWN_DONE, OWN_KEEP_IRP, OWN_MUST_SUCCEED, OWN_REISSUED, OWN_SENT,
  dropOwnData, holdOwnData, ownPart } from './own-data.ts';
import { ringBell } from '../pending/pending.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const c = IRP_CTRL.bound;
const o = FLT_OWN_DATA.bound;
const i = IRP.bound;
const { at_Initiated, Filter } = FLT_INSTANCE.bound;
const { DeviceObject, LowerDevice } = FLT_VOLUME.bound;
const { StackSize, Flags: deviceFlags } = DEVICE_OBJECT.bound;
const { set_MajorFunction, DeviceObject: locationDevice } = IO_STACK_LOCATION.bound;
const { CurrentFilter, set_CurrentFilter } = KTHREAD.bound;
const LOCATION_SIZE = IO_STACK_LOCATION.size;
const parametersAt = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;
const METHOD_NEITHER = 3;
/** In the low bits of IrpExtension, beside the instance: the operation is sent again. */
export const REISSUED_MARK = 1;

/** Majors whose buffer is a system buffer whatever the device says (2.6). */
const alwaysBuffered: readonly number[] = [IRP_MJ_CREATE, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_SET_INFORMATION, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_VOLUME_INFORMATION];
const kindFlags: Readonly<Record<number, number>> = {
  [IRP_MJ_CREATE]: IRP_CREATE_OPERATION,
  [IRP_MJ_CLOSE]: IRP_CLOSE_OPERATION,
  [IRP_MJ_READ]: IRP_READ_OPERATION,
  [IRP_MJ_WRITE]: IRP_WRITE_OPERATION,
};

function isControl(major: number): boolean {
  return major >= IRP_MJ_FILE_SYSTEM_CONTROL && major <= IRP_MJ_INTERNAL_DEVICE_CONTROL;
}

/** The word of the parameters at a byte offset. */
function parameterWord(ctrl: PIRP_CTRL, offset: number): number {
  return (c.at_Iopb(ctrl) + parametersAt + offset) >> 2;
}

function isBuffered(ctrl: PIRP_CTRL, major: number): boolean {
  if (isControl(major)) return (i32[parameterWord(ctrl, 8)]! & 3) !== METHOD_NEITHER;
  if (alwaysBuffered.includes(major)) return true;
  if (mdlOffset(major) === 0) return false;
  return (deviceFlags(LowerDevice(c.Volume(ctrl)) as PDEVICE_OBJECT) & DO_BUFFERED_IO) !== 0;
}

/** The flags an IRP of this operation carries, and with them whose the buffer is. */
function settleFlags(ctrl: PIRP_CTRL): void {
  const major = c.Iopb_MajorFunction(ctrl);
  const buffered = isBuffered(ctrl, major);
  const data = c.Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_SYSTEM_BUFFER;
  c.set_Data_Flags(ctrl, data | (buffered ? FLTFL_CALLBACK_DATA_SYSTEM_BUFFER : 0));
  const flags = (c.Iopb_IrpFlags(ctrl) & ~IRP_BUFFERED_IO) | (kindFlags[major] ?? 0);
  c.set_Iopb_IrpFlags(ctrl, flags | (buffered ? IRP_BUFFERED_IO : 0));
}

/** Byte offset of the operation's MDL in its parameters; 0 when it has none. */
export function mdlFieldOf(major: number): number {
  if (isControl(major)) return 20;
  return bufferOffset(major) === 0 ? 0 : mdlOffset(major);
}

/** The IRP for the next operation: kept from before or fresh; NULL when there is no memory. */
export function prepareIrp(ctrl: PIRP_CTRL): PIRP {
  const stack = StackSize(DeviceObject(c.Volume(ctrl)) as PDEVICE_OBJECT);
  const kept = c.Irp(ctrl) as PIRP;
  if (kept !== 0 && irpStackCount(kept) === stack) {
    IoInitializeIrp(kept, IoSizeOfIrp(stack), stack);
    return kept;
  }
  if (kept !== 0) IoFreeIrp(kept);
  const mustSucceed = (o.Flags(ownPart(ctrl)) & OWN_MUST_SUCCEED) !== 0;
  const irp = mustSucceed ? IopAllocateIrpMustSucceed(stack) : IoAllocateIrp(stack);
  c.set_Irp(ctrl, irp);
  return irp;
}

function fillIrp(ctrl: PIRP_CTRL, irp: PIRP, waits: boolean): void {
  const own = ownPart(ctrl);
  const location = IoGetNextIrpStackLocation(irp);
  settleFlags(ctrl);
  set_MajorFunction(location, c.Iopb_MajorFunction(ctrl));
  pushParameters(ctrl, irp, location);
  i.set_Flags(irp, i.Flags(irp) | (waits ? IRP_SYNCHRONOUS_API : 0));
  i.set_RequestorMode(irp, c.Data_RequestorMode(ctrl));
  i.set_Tail_Overlay_Thread(irp, c.Data_Thread(ctrl));
  i.set_Tail_Overlay_OriginalFileObject(irp, c.Iopb_TargetFileObject(ctrl));
  const mark = o.Flags(own) & OWN_REISSUED ? REISSUED_MARK : 0;
  i.set_Tail_Overlay_IrpExtension(irp, o.Instance(own) | mark);
  IoSetCompletionRoutine(irp, completion, ctrl, true, true, true);
}

/** Whether the IRP got past the Filter Manager, or a filter below the initiator completed it. */
function reachedBelow(ctrl: PIRP_CTRL, irp: PIRP): boolean {
  const count = irpStackCount(irp);
  const top = (irp + IoSizeOfIrp(count) - LOCATION_SIZE) as PIO_STACK_LOCATION;
  if (locationDevice(top) !== DeviceObject(c.Volume(ctrl))) return true;
  return count > 1 && locationDevice((top - LOCATION_SIZE) as PIO_STACK_LOCATION) !== 0;
}

function takeResult(ctrl: PIRP_CTRL, irp: PIRP): void {
  c.set_Data_IoStatus_Status(ctrl, i.IoStatus_Status(irp));
  c.set_Data_IoStatus_Information(ctrl, i.IoStatus_Information(irp));
  o.set_ReachedBelow(ownPart(ctrl), reachedBelow(ctrl, irp) ? 1 : 0);
  c.set_Data_TagData(ctrl, i.Tail_Overlay_AuxiliaryBuffer(irp) as never);
  i.set_Tail_Overlay_AuxiliaryBuffer(irp, 0);
  // An MDL that the file system made (IRP_MN_MDL) or that a filter locked is the caller's now.
  const at = mdlFieldOf(c.Iopb_MajorFunction(ctrl));
  if (at !== 0) i32[parameterWord(ctrl, at)] = i.MdlAddress(irp);
  i.set_MdlAddress(irp, 0 as never);
}

/** The file object is kept while the operation is under way; a close ends its life. */
function countStart(ctrl: PIRP_CTRL): void {
  if (c.Iopb_MajorFunction(ctrl) !== IRP_MJ_CLOSE) {
    const file = c.Iopb_TargetFileObject(ctrl);
    o.set_Referenced(ownPart(ctrl), file);
    if (file !== 0) ObReferenceObject(file);
  }
  add(at_Initiated(o.Instance(ownPart(ctrl))), 1);
}

function takeFile(ctrl: PIRP_CTRL): number {
  const own = ownPart(ctrl);
  const file = o.Referenced(own);
  o.set_Referenced(own, 0 as never);
  return file;
}

function dropFile(ctrl: PIRP_CTRL): void {
  const file = takeFile(ctrl);
  if (file !== 0) ObDereferenceObject(file);
}

/**
 * The same in whatever thread completed: deleting a file object sends a close and waits for it, and
 * the thread that waits may be the one that has to complete the close.
 */
function dropFileLater(ctrl: PIRP_CTRL): void {
  const file = takeFile(ctrl);
  if (file !== 0) ObDereferenceObjectDeferDelete(file);
}

function countEnd(instance: PFLT_INSTANCE): void {
  add(at_Initiated(instance), -1);
  ringBell(instance);
}

/** Ends an operation for whoever is told of it; the data may be gone afterwards. */
function callBack(ctrl: PIRP_CTRL): void {
  const own = ownPart(ctrl);
  store(o.at_State(own), OWN_DONE);
  const outer = CurrentFilter(currentThread);
  set_CurrentFilter(currentThread, Filter(o.Instance(own)));
  routineTable[o.Callback(own)]!(dataOf(ctrl), o.CallbackContext(own));
  set_CurrentFilter(currentThread, outer);
}

const completion = kernelRoutine('FltpInitiatedCompletion', (_device, irp, ctrlNumber) => {
  const ctrl = ctrlNumber as PIRP_CTRL;
  const own = ownPart(ctrl);
  takeResult(ctrl, irp as PIRP);
  if (o.Callback(own) === 0) {
    // The thread that waits does the rest; nothing here is touched after the store.
    const word = o.at_Returned(own);
    store(word, 1);
    notify(word, 1);
    return STATUS_MORE_PROCESSING_REQUIRED;
  }
  const instance = o.Instance(own) as PFLT_INSTANCE;
  dropFileLater(ctrl);
  callBack(ctrl);
  countEnd(instance);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

/** The result of an operation that was never sent. */
function setResult(ctrl: PIRP_CTRL, status: NTSTATUS): void {
  c.set_Data_IoStatus_Status(ctrl, status);
  c.set_Data_IoStatus_Information(ctrl, 0);
}

function begin(ctrl: PIRP_CTRL, callback: RoutineId, context: number): void {
  const own = ownPart(ctrl);
  store(o.at_State(own), OWN_SENT);
  store(o.at_Returned(own), 0);
  o.set_Generation(own, (o.Generation(own) + 1) | 0);
  o.set_ReachedBelow(own, 0);
  o.set_Callback(own, callback);
  o.set_CallbackContext(own, context);
  c.set_Data_IoStatus_Status(ctrl, 0 as NTSTATUS);
  c.set_Data_IoStatus_Information(ctrl, 0);
}

/**
 * Sends and waits for the end; the result is in IoStatus. <= APC_LEVEL.
 * Without memory for the IRP the result is STATUS_INSUFFICIENT_RESOURCES.
 */
export function sendOwnData(ctrl: PIRP_CTRL): void {
  const own = ownPart(ctrl);
  begin(ctrl, 0 as RoutineId, 0);
  const irp = prepareIrp(ctrl);
  if (irp === 0) {
    setResult(ctrl, STATUS_INSUFFICIENT_RESOURCES);
  } else {
    fillIrp(ctrl, irp, true);
    countStart(ctrl);
    IofCallDriver(DeviceObject(c.Volume(ctrl)) as PDEVICE_OBJECT, irp);
    waitForReturn(ctrl, o.at_Returned(own));
    letIrpGo(ctrl);
    dropFile(ctrl);
    countEnd(o.Instance(own) as PFLT_INSTANCE);
  }
  store(o.at_State(own), OWN_DONE);
}

/** An IRP is kept only where the filter asked that no later request needs memory. */
function letIrpGo(ctrl: PIRP_CTRL): void {
  if ((o.Flags(ownPart(ctrl)) & OWN_KEEP_IRP) !== 0) return;
  IoFreeIrp(c.Irp(ctrl) as PIRP);
  c.set_Irp(ctrl, 0 as PIRP);
}

/** What came of a send without waiting. */
export const SENT_PENDING = 0;
/** It ended before the call returned: the driver below had it. */
export const SENT_COMPLETED_BELOW = 1;
/** It ended before the call returned: a filter below the initiator completed it. */
export const SENT_COMPLETED_ABOVE = 2;

/** What FltPerformAsynchronousIo answers for SENT_*, or the failure itself (IO-8). */
export function statusOfSent(sent: number): NTSTATUS {
  if (sent === SENT_PENDING) return STATUS_PENDING;
  if (sent === SENT_COMPLETED_BELOW) return STATUS_SUCCESS;
  return sent === SENT_COMPLETED_ABOVE ? STATUS_FLT_IO_COMPLETE : (sent as NTSTATUS);
}

/**
 * Sends without waiting; `callback` (Data, context) runs at the end in any case, up to
 * DISPATCH_LEVEL in any thread, and may free the data.
 *
 * @returns SENT_*, or the status of a failure to send.
 */
export function sendOwnDataAsync(
  ctrl: PIRP_CTRL,
  callback: RoutineId,
  context: number,
): number {
  const own = ownPart(ctrl);
  begin(ctrl, callback, context);
  const generation = o.Generation(own);
  const irp = prepareIrp(ctrl);
  if (irp === 0) {
    setResult(ctrl, STATUS_INSUFFICIENT_RESOURCES);
    callBack(ctrl);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  const device = DeviceObject(c.Volume(ctrl)) as PDEVICE_OBJECT;
  fillIrp(ctrl, irp, false);
  countStart(ctrl);
  holdOwnData(ctrl);
  const status = IofCallDriver(device, irp);
  let sent = SENT_PENDING;
  if (status !== STATUS_PENDING) {
    // A callback that has sent the next operation already has overwritten how this one ended.
    const above = o.Generation(own) === generation && o.ReachedBelow(own) === 0;
    sent = above ? SENT_COMPLETED_ABOVE : SENT_COMPLETED_BELOW;
  }
  dropOwnData(ctrl);
  return sent;
}

/** Ends an operation that may not be sent at all; its callback runs as for any other end (IO-8). */
export function refuseOwnData(
  ctrl: PIRP_CTRL,
  status: NTSTATUS,
  callback: RoutineId,
  context: number,
): void {
  begin(ctrl, callback, context);
  setResult(ctrl, status);
  callBack(ctrl);
}
