// @hot  From IRP to callback data and back. The first words of FLT_PARAMETERS are those of the
// stack location; behind them come the buffer and its MDL, which a filter may replace. One table
// says for each major how many words are common and where the buffer lies (2.5, 2.6).
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IRP, IRP_BUFFERED_IO, IRP_PRIORITY_MASK }
  from '../../ntos/io/types.ts';
import { FLTFL_CALLBACK_DATA_GENERATED_IO, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER, FLTFL_CALLBACK_DATA_REISSUED_IO,
  FLTFL_CALLBACK_DATA_SYSTEM_BUFFER } from '../constants.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { CTRL_INITIATED, CTRL_PARAMETERS_CHANGED, CTRL_REISSUED, IRP_CTRL } from './irp-ctrl.ts';
import { IoThreadToProcess as processOf } from '../../ntos/ob/process.ts';
import type { PIO_STACK_LOCATION, PIRP, PMDL } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';

const i32 = words;
const IoThreadToProcess = processOf;
const u8 = bytes;
const { Flags: irpFlags, set_Flags: set_irpFlags, RequestorMode, MdlAddress, set_MdlAddress,
  UserBuffer, set_UserBuffer, AssociatedIrp_SystemBuffer: SystemBuffer,
  set_AssociatedIrp_SystemBuffer: set_SystemBuffer, Tail_Overlay_Thread: Thread,
  Overlay_AllocationSize: AllocationSize,
  set_Overlay_AllocationSize: set_AllocationSize } = IRP.bound;
const { MajorFunction, Flags: locationFlags, set_Flags: set_locationFlags, MinorFunction,
  set_MinorFunction, FileObject, set_FileObject } = IO_STACK_LOCATION.bound;
const { Data_Flags, set_Data_Flags, set_Data_Thread, set_Data_TagData, set_Data_RequestorMode,
  set_Data_IoStatus_Status, set_Data_IoStatus_Information, Flags: ctrlFlags,
  set_Flags: set_ctrlFlags, set_OriginalFlags, OriginalFlags, set_OriginalMdl, OriginalMdl,
  set_OriginalUserBuffer, OriginalUserBuffer, set_OriginalSystemBuffer, OriginalSystemBuffer,
  set_Iopb_IrpFlags, Iopb_IrpFlags, set_Iopb_MajorFunction, set_Iopb_MinorFunction,
  Iopb_MinorFunction, set_Iopb_OperationFlags, Iopb_OperationFlags, set_Iopb_TargetFileObject,
  Iopb_TargetFileObject, Iopb_MajorFunction, set_Iopb_Parameters_Create_AllocationSize,
  Iopb_Parameters_Create_AllocationSize } = IRP_CTRL.bound;
const { FileName_Length } = FILE_OBJECT.bound;

const parametersAt = IO_STACK_LOCATION.offsets['Parameters'] ?? 4;
const iopbAt = IRP_CTRL.offsets['Iopb'] ?? 0;
const agreedAt = IRP_CTRL.offsets['Agreed'] ?? 0;
const queueAt = (IRP_CTRL.offsets['Data'] ?? 0) + 24;
const iopbParametersAt = iopbAt + (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16);
/** Words of an FLT_IO_PARAMETER_BLOCK; copyIopb copies as many. */
const IOPB_WORDS = FLT_IO_PARAMETER_BLOCK.size >> 2;
if (IOPB_WORDS !== 11) {
  throw new Error('copyIopb is written for an FLT_IO_PARAMETER_BLOCK of 11 words');
}
const TARGET_INSTANCE_WORD = (FLT_IO_PARAMETER_BLOCK.offsets['TargetInstance'] ?? 12) >> 2;

// Per major: words in common, byte offset of the buffer (0 none), of the MDL (0 none).
const COMMON = new Int32Array(256).fill(4);
const BUFFER = new Int32Array(256);
const MDL_AT = new Int32Array(256);
function row(major: number, common: number, buffer: number, mdl: number): void {
  COMMON[major] = common;
  BUFFER[major] = buffer;
  MDL_AT[major] = mdl;
}
row(0x00, 4, 16, 0);
row(0x03, 4, 16, 20);
row(0x04, 4, 16, 20);
row(0x05, 2, 8, 0);
row(0x06, 4, 16, 0);
row(0x07, 4, 16, 20);
row(0x08, 1, 4, 8);
row(0x09, 0, 0, 0);
row(0x0a, 2, 8, 0);
row(0x0b, 2, 8, 0);
row(0x0c, 4, 16, 20);
row(0x0d, 3, 0, 0);
row(0x0e, 3, 0, 0);
row(0x0f, 3, 0, 0);
row(0x11, 4, 0, 0);
row(0x12, 0, 0, 0);
row(0x02, 0, 0, 0);
row(0x14, 2, 8, 12);
row(0x15, 2, 0, 0);
row(0x19, 4, 16, 20);
row(0x1a, 1, 4, 8);
const IRP_MJ_CREATE = 0;
const IRP_MJ_FILE_SYSTEM_CONTROL = 0x0d;
const IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f;
const IRP_MJ_LOCK_CONTROL = 0x11;
const METHOD_BUFFERED = 0;
const METHOD_NEITHER = 3;

/** Lays the callback data of an IRP over a sheet; whoever sent the IRP owns it no longer. */
export function fillFromIrp(ctrl: PIRP_CTRL, irp: PIRP, location: PIO_STACK_LOCATION): void {
  const flags = irpFlags(irp);
  const major = MajorFunction(location);
  set_Data_Flags(
    ctrl,
    FLTFL_CALLBACK_DATA_IRP_OPERATION |
      (flags & IRP_BUFFERED_IO ? FLTFL_CALLBACK_DATA_SYSTEM_BUFFER : 0) |
      (ctrlFlags(ctrl) & CTRL_INITIATED ? FLTFL_CALLBACK_DATA_GENERATED_IO : 0) |
      (ctrlFlags(ctrl) & CTRL_REISSUED ? FLTFL_CALLBACK_DATA_REISSUED_IO : 0),
  );
  set_Data_Thread(ctrl, Thread(irp));
  set_Data_TagData(ctrl, 0 as never);
  set_Data_RequestorMode(ctrl, RequestorMode(irp));
  set_Data_IoStatus_Status(ctrl, 0 as never);
  set_Data_IoStatus_Information(ctrl, 0);
  const queue = (ctrl + queueAt) >> 2;
  i32[queue] = 0;
  i32[queue + 1] = 0;
  i32[queue + 2] = 0;
  i32[queue + 3] = 0;
  set_OriginalFlags(ctrl, flags);
  set_OriginalMdl(ctrl, MdlAddress(irp));
  set_OriginalUserBuffer(ctrl, UserBuffer(irp));
  set_OriginalSystemBuffer(ctrl, SystemBuffer(irp));
  set_Iopb_IrpFlags(ctrl, flags);
  set_Iopb_MajorFunction(ctrl, major);
  set_Iopb_MinorFunction(ctrl, MinorFunction(location));
  set_Iopb_OperationFlags(ctrl, locationFlags(location));
  set_Iopb_TargetFileObject(ctrl, FileObject(location));
  fillParameters(ctrl, irp, location, major, flags);
  agree(ctrl);
}

function fillParameters(
  ctrl: PIRP_CTRL,
  irp: PIRP,
  location: PIO_STACK_LOCATION,
  major: number,
  flags: number,
): void {
  const to = (ctrl + iopbParametersAt) >> 2;
  const from = (location + parametersAt) >> 2;
  i32[to] = i32[from]!;
  i32[to + 1] = i32[from + 1]!;
  i32[to + 2] = i32[from + 2]!;
  i32[to + 3] = i32[from + 3]!;
  i32[to + 4] = 0;
  i32[to + 5] = 0;
  i32[to + 6] = 0;
  const at = BUFFER[major]!;
  if (at !== 0) {
    i32[to + (at >> 2)] = flags & IRP_BUFFERED_IO ? SystemBuffer(irp) : UserBuffer(irp);
    const mdl = MDL_AT[major]!;
    if (mdl !== 0) i32[to + (mdl >> 2)] = MdlAddress(irp);
    if (major === IRP_MJ_CREATE) {
      i32[to + 4] = SystemBuffer(irp);
      set_Iopb_Parameters_Create_AllocationSize(ctrl, AllocationSize(irp));
    }
  } else if (major >= IRP_MJ_FILE_SYSTEM_CONTROL && major <= IRP_MJ_INTERNAL_DEVICE_CONTROL) {
    fillControl(to, irp);
  } else if (major === IRP_MJ_LOCK_CONTROL) {
    i32[to + 4] = IoThreadToProcess(Thread(irp));
    const bits = locationFlags(location);
    u8[(to + 5) << 2] = bits & 1;
    u8[((to + 5) << 2) + 1] = (bits >> 1) & 1;
  }
}

/** The buffers of a control code, by its method. */
function fillControl(to: number, irp: PIRP): void {
  const method = i32[to + 2]! & 3;
  if (method === METHOD_BUFFERED) {
    i32[to + 3] = SystemBuffer(irp);
    return;
  }
  if (method !== METHOD_NEITHER) i32[to + 3] = SystemBuffer(irp);
  i32[to + 4] = UserBuffer(irp);
  i32[to + 5] = MdlAddress(irp);
}

/**
 * Copies a parameter block. Written out: the call of the block mover costs more than eleven words
 * (bench micro/callback-walk-8), and this happens after every callback.
 */
function copyIopb(to: number, from: number): void {
  const t = to >> 2;
  const f = from >> 2;
  i32[t] = i32[f]!;
  i32[t + 1] = i32[f + 1]!;
  i32[t + 2] = i32[f + 2]!;
  i32[t + 3] = i32[f + 3]!;
  i32[t + 4] = i32[f + 4]!;
  i32[t + 5] = i32[f + 5]!;
  i32[t + 6] = i32[f + 6]!;
  i32[t + 7] = i32[f + 7]!;
  i32[t + 8] = i32[f + 8]!;
  i32[t + 9] = i32[f + 9]!;
  i32[t + 10] = i32[f + 10]!;
}

/** Makes the parameters as they stand now the agreed ones. */
export function agree(ctrl: PIRP_CTRL): void {
  copyIopb(ctrl + agreedAt, ctrl + iopbAt);
}

/** Undoes what a filter changed without setting the dirty flag (OP-13). */
export function revert(ctrl: PIRP_CTRL): void {
  copyIopb(ctrl + iopbAt, ctrl + agreedAt);
}

/** Whether the parameters differ from the agreed ones, TargetInstance apart. */
export function differs(ctrl: PIRP_CTRL): boolean {
  const a = (ctrl + iopbAt) >> 2;
  const b = (ctrl + agreedAt) >> 2;
  for (let i = 0; i < IOPB_WORDS; i++) {
    if (i !== TARGET_INSTANCE_WORD && i32[a + i] !== i32[b + i]) return true;
  }
  return false;
}

/** Gives changed parameters to the IRP and to the stack location of the driver below. */
export function pushParameters(ctrl: PIRP_CTRL, irp: PIRP, location: PIO_STACK_LOCATION): void {
  const major = Iopb_MajorFunction(ctrl);
  const from = (ctrl + iopbParametersAt) >> 2;
  const to = (location + parametersAt) >> 2;
  const common = COMMON[major]!;
  for (let i = 0; i < common; i++) i32[to + i] = i32[from + i]!;
  set_MinorFunction(location, Iopb_MinorFunction(ctrl));
  set_locationFlags(location, Iopb_OperationFlags(ctrl));
  set_FileObject(location, Iopb_TargetFileObject(ctrl));
  const flags = Iopb_IrpFlags(ctrl);
  // A hint that was set in the IRP itself outlives a change of the parameters.
  const hint = irpFlags(irp) & IRP_PRIORITY_MASK;
  set_irpFlags(irp, hint === 0 ? flags : (flags & ~IRP_PRIORITY_MASK) | hint);
  const at = BUFFER[major]!;
  if (major === IRP_MJ_CREATE) {
    set_SystemBuffer(irp, i32[from + 4]!);
    set_AllocationSize(irp, Iopb_Parameters_Create_AllocationSize(ctrl));
  } else if (at !== 0) {
    const buffer = i32[from + (at >> 2)]!;
    if (flags & IRP_BUFFERED_IO) set_SystemBuffer(irp, buffer);
    else set_UserBuffer(irp, buffer);
    const mdl = MDL_AT[major]!;
    if (mdl !== 0) set_MdlAddress(irp, i32[from + (mdl >> 2)]! as PMDL);
  } else if (major >= IRP_MJ_FILE_SYSTEM_CONTROL && major <= IRP_MJ_INTERNAL_DEVICE_CONTROL) {
    pushControl(from, to, irp);
  }
  set_ctrlFlags(ctrl, ctrlFlags(ctrl) | CTRL_PARAMETERS_CHANGED);
}

function pushControl(from: number, to: number, irp: PIRP): void {
  const method = i32[from + 2]! & 3;
  if (method === METHOD_NEITHER) i32[to + 3] = i32[from + 3]!;
  else set_SystemBuffer(irp, i32[from + 3]!);
  if (method === METHOD_BUFFERED) return;
  set_UserBuffer(irp, i32[from + 4]!);
  set_MdlAddress(irp, i32[from + 5]! as PMDL);
}

/** Gives the IRP back what it came with, before it goes up past the Filter Manager. */
export function restoreIrp(ctrl: PIRP_CTRL, irp: PIRP): void {
  if ((Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER) !== 0) {
    // The driver below put a system buffer of its own in place: the issuer copies from it.
    set_UserBuffer(irp, OriginalUserBuffer(ctrl));
    return;
  }
  set_irpFlags(irp, OriginalFlags(ctrl));
  set_MdlAddress(irp, OriginalMdl(ctrl));
  set_UserBuffer(irp, OriginalUserBuffer(ctrl));
  set_SystemBuffer(irp, OriginalSystemBuffer(ctrl));
}

/** Byte offset of a major's buffer in FLT_PARAMETERS; 0 when it has none in a fixed place. */
export function bufferOffset(major: number): number {
  return BUFFER[major]!;
}

/** Byte offset of a major's MDL in FLT_PARAMETERS; 0 when it has none in a fixed place. */
export function mdlOffset(major: number): number {
  return MDL_AT[major]!;
}

/** Whether the file object is a volume opened directly (DASD): it has no name. */
export function isVolumeOpen(file: number): boolean {
  return file !== 0 && FileName_Length(file as never) === 0;
}
