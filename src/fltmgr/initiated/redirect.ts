// Sending an operation to another volume: a filter puts another instance of its own, at the same
// altitude, into TargetInstance, and a file of that volume into TargetFileObject (OP-20, OP-21).
// The operation goes on below that instance; filters above and the filter itself get everything
// back as it was on the way up.
//
// The pages disagree on stack sizes: FLT_IO_PARAMETER_BLOCK wants the new volume's at least as
// large, the routines here exist for targets that are deeper than the source. What cannot work on
// any Windows is an IRP with too few stack locations, and that is what is checked.
import { i32, u8 } from '../../mem/memory.ts';
import { MAX_INSTANCES_PER_VOLUME, MAX_STACK_LOCATIONS } from '../../mem/param.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { FLTMGR_FILE_SYSTEM } from '../../ntos/ke/bug-check-codes.ts';
import { DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { DEVICE_OBJECT, FILE_OBJECT, IRP, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE, IRP_PAGING_IO }
  from '../../ntos/io/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO, FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO }
  from '../constants.ts';
import { compareAltitudes } from '../attach/altitude.ts';
import { callbackCount, copyNodes } from '../chain/callback-list.ts';
import { isVolumeOpen } from '../walk/callback-data.ts';
import { COMPLETION_NODE, IRP_CTRL, dataOf, nodeOf, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, FLT_OBJECT_INSTANCE, FLT_VOLUME, majorSlot } from '../attach/object.ts';
import { checkObject, kindOf } from '../attach/object-reference.ts';
import { textOf } from '../strings.ts';
import { checkIrql, violation } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const s = FLT_INSTANCE.bound;
const v = FLT_VOLUME.bound;
const { StackSize, set_StackSize } = DEVICE_OBJECT.bound;
const { CurrentLocation } = IRP.bound;
const { DeviceObject: deviceOfFile } = FILE_OBJECT.bound;
const RULE_TARGET = 30;

function broken(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, text: string): never {
  return violation(RULE_TARGET, dataOf(ctrl), text, n.Filter(at));
}

/** Whether two instances are one filter's, at one altitude, on two volumes. */
function areTwins(a: PFLT_INSTANCE, b: PFLT_INSTANCE): boolean {
  return s.Filter(a) === s.Filter(b) && s.Volume(a) !== s.Volume(b) &&
    compareAltitudes(textOf(s.at_Altitude(a)), textOf(s.at_Altitude(b))) === 0;
}

function depthOf(instance: PFLT_INSTANCE): number {
  return StackSize(v.DeviceObject(s.Volume(instance)) as PDEVICE_OBJECT);
}

/** Whether this operation's IRP has a stack location for every driver below a volume's filters. */
function reaches(ctrl: PIRP_CTRL, volume: PFLT_VOLUME): boolean {
  const irp = c.Irp(ctrl);
  if (irp === 0) return true;
  return CurrentLocation(irp) - 1 >= StackSize(v.LowerDevice(volume) as PDEVICE_OBJECT);
}

function checkTarget(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, target: PFLT_INSTANCE): void {
  if (kindOf(target) !== FLT_OBJECT_INSTANCE || !areTwins(n.Instance(at), target)) {
    broken(ctrl, at, 'TargetInstance was changed to something else than an instance of the same ' +
      'filter at the same altitude on another volume (OP-20)');
  }
  if (reaches(ctrl, s.Volume(target))) return;
  broken(ctrl, at, 'TargetInstance was changed to a volume whose device stack is deeper than the ' +
    'IRP; see FltAdjustDeviceStackSizeForIoRedirection (OP-20)');
}

function checkFile(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, volume: PFLT_VOLUME): void {
  const file = c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT;
  if (file === 0 || deviceOfFile(file) === v.DiskDevice(volume)) return;
  broken(ctrl, at, 'TargetFileObject is not a file on the volume of TargetInstance (OP-21)');
}

/** The registration flags with which a filter does not see the operation on its new file. */
function skipOf(ctrl: PIRP_CTRL): number {
  const file = c.Iopb_TargetFileObject(ctrl);
  const skip = isVolumeOpen(file) ? 0 : FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO;
  const major = c.Iopb_MajorFunction(ctrl);
  if (major !== IRP_MJ_READ && major !== IRP_MJ_WRITE) return skip;
  const flags = c.Iopb_IrpFlags(ctrl);
  if (flags & IRP_PAGING_IO) return skip | FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO;
  return skip | (flags & IRP_NOCACHE
    ? FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO
    : FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO);
}

/** Replaces the nodes below `at` by those of the filters below the new target. */
function turn(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, target: PFLT_INSTANCE): void {
  const volume = s.Volume(target);
  const first = (at - nodeOf(ctrl, 0)) / COMPLETION_NODE.size + 1;
  c.set_Volume(ctrl, volume);
  c.set_Related_Volume(ctrl, volume);
  const slot = majorSlot(c.Iopb_MajorFunction(ctrl));
  if (first + callbackCount(volume, slot) > MAX_INSTANCES_PER_VOLUME) {
    KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x67, dataOf(ctrl), 0, STATUS_INSUFFICIENT_RESOURCES,
      `a redirected operation passes more than ${MAX_INSTANCES_PER_VOLUME} instances`);
  }
  c.set_NodeCount(ctrl, first + copyNodes(ctrl, volume, slot, skipOf(ctrl), target, first));
}

/**
 * Acts on the target that a pre-operation callback leaves behind with the dirty flag. Going to
 * another file of the same volume needs no more than the check.
 */
export function redirect(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, file: number): void {
  const target = c.Iopb_TargetInstance(ctrl) as PFLT_INSTANCE;
  const moved = target !== n.Instance(at);
  if (moved) checkTarget(ctrl, at, target);
  if (moved || c.Iopb_TargetFileObject(ctrl) !== file) checkFile(ctrl, at, s.Volume(target));
  if (moved) turn(ctrl, at, target);
}

function checkPair(routine: string, source: PFLT_INSTANCE, target: PFLT_INSTANCE): void {
  checkIrql(routine, DISPATCH_LEVEL);
  checkObject(routine, source, FLT_OBJECT_INSTANCE);
  checkObject(routine, target, FLT_OBJECT_INSTANCE);
}

function storeBoolean(out: OutPtr, value: boolean): void {
  if (out !== 0) u8[out] = Number(value);
}

/**
 * Whether every operation of one instance can be redirected to another. IRQL <= DISPATCH_LEVEL.
 *
 * @param RedirectionAllowed gets a BOOLEAN: FALSE when the target's device stack is deeper.
 * @returns STATUS_NOT_SUPPORTED for instances of two filters, of two altitudes or of one volume.
 * @see OP-20
 */
export function FltIsIoRedirectionAllowed(
  SourceInstance: PFLT_INSTANCE, TargetInstance: PFLT_INSTANCE, RedirectionAllowed: OutPtr,
): NTSTATUS {
  checkPair('FltIsIoRedirectionAllowed', SourceInstance, TargetInstance);
  if (!areTwins(SourceInstance, TargetInstance)) return STATUS_NOT_SUPPORTED;
  storeBoolean(RedirectionAllowed, depthOf(TargetInstance) <= depthOf(SourceInstance));
  return STATUS_SUCCESS;
}

/**
 * Whether this operation, and all others of its instance, can be redirected. <= DISPATCH_LEVEL.
 *
 * @param RedirectionAllowedThisIo gets a BOOLEAN: whether the IRP has stack locations enough.
 * @param RedirectionAllowedAllIo as FltIsIoRedirectionAllowed; may be NULL.
 * @see OP-20
 */
export function FltIsIoRedirectionAllowedForOperation(
  Data: PFLT_CALLBACK_DATA, TargetInstance: PFLT_INSTANCE, RedirectionAllowedThisIo: OutPtr,
  RedirectionAllowedAllIo: OutPtr,
): NTSTATUS {
  const ctrl = sheetOf(Data);
  const source = c.Iopb_TargetInstance(ctrl) as PFLT_INSTANCE;
  checkPair('FltIsIoRedirectionAllowedForOperation', source, TargetInstance);
  if (!areTwins(source, TargetInstance)) return STATUS_NOT_SUPPORTED;
  storeBoolean(RedirectionAllowedThisIo, reaches(ctrl, s.Volume(TargetInstance)));
  storeBoolean(RedirectionAllowedAllIo, depthOf(TargetInstance) <= depthOf(source));
  return STATUS_SUCCESS;
}

/**
 * Makes IRPs to the source's volume from now on deep enough for the target's. <= DISPATCH_LEVEL.
 *
 * @param SourceDeviceStackSizeModified gets a BOOLEAN; may be NULL.
 * @returns STATUS_NOT_SUPPORTED as FltIsIoRedirectionAllowed; STATUS_INVALID_PARAMETER when the
 *   stack would be larger than any IRP.
 * @see OP-20
 */
export function FltAdjustDeviceStackSizeForIoRedirection(
  SourceInstance: PFLT_INSTANCE, TargetInstance: PFLT_INSTANCE,
  SourceDeviceStackSizeModified: OutPtr,
): NTSTATUS {
  checkPair('FltAdjustDeviceStackSizeForIoRedirection', SourceInstance, TargetInstance);
  if (!areTwins(SourceInstance, TargetInstance)) return STATUS_NOT_SUPPORTED;
  const wanted = depthOf(TargetInstance);
  if (wanted > MAX_STACK_LOCATIONS) return STATUS_INVALID_PARAMETER;
  const modify = wanted > depthOf(SourceInstance);
  if (modify) set_StackSize(v.DeviceObject(s.Volume(SourceInstance)) as PDEVICE_OBJECT, wanted);
  storeBoolean(SourceDeviceStackSizeModified, modify);
  return STATUS_SUCCESS;
}

/** For the checks of a change: the words that a filter may never change (OP-19). */
export function checkConstant(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  const now = i32[(c.at_Iopb(ctrl) + 4) >> 2]!;
  const before = i32[(c.at_Agreed(ctrl) + 4) >> 2]!;
  // Byte 0 is MajorFunction, byte 3 is Reserved.
  if (((now ^ before) & 0xff0000ff) === 0) return;
  violation(RULE_TARGET, dataOf(ctrl), 'MajorFunction or Reserved of Iopb was changed; another ' +
    'operation has to be initiated instead (OP-19)', n.Filter(at));
}
