// Control codes that a filter sends, below itself only (6.5). Buffers travel as the method of the
// code says, as they do for an application (2.6).
import { copyBytes, fillBytes } from '../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { NT_ERROR } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../ntos/status-codes.ts';
import { IoFreeMdl, MmUnlockPages } from '../../ntos/io/irp/mdl.ts';
import { IRP_MJ_DEVICE_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MN_USER_FS_REQUEST }
  from '../../ntos/io/types.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { lockPages } from '../buffer/buffers.ts';
import { checkInstance, checkMayBlock, checkOpen } from './initiated-check.ts';
import { IoReadAccess, IoWriteAccess } from '../buffer/buffer-fields.ts';
import { given, initiate, returnLength } from './initiated-request.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT, PMDL } from '../../ntos/io/types.ts';
import type { InitiatedResult } from './initiated-request.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const METHOD_BUFFERED = 0;
const METHOD_IN_DIRECT = 1;
const METHOD_NEITHER = 3;
const TAG = poolTag('FMct');
const KernelMode = 0;

/** A control code on its way. */
export interface Control {
  readonly routine: string;
  readonly major: number;
  readonly minor: number;
  readonly instance: PFLT_INSTANCE;
  readonly file: PFILE_OBJECT;
  readonly code: number;
  readonly input: number;
  readonly inputLength: number;
  readonly output: number;
  readonly outputLength: number;
}

const failed: InitiatedResult = { status: STATUS_INSUFFICIENT_RESOURCES, information: 0 };

/** Sends the code with its buffers where the method has them. */
function send(control: Control, system: number, mdl: PMDL): InitiatedResult {
  const method = control.code & 3;
  return initiate({
    instance: control.instance, file: control.file, major: control.major, minor: control.minor,
    fill(ctrl) {
      c.set_Iopb_Parameters_DeviceIoControl_Common_OutputBufferLength(ctrl, control.outputLength);
      c.set_Iopb_Parameters_DeviceIoControl_Common_InputBufferLength(ctrl, control.inputLength);
      c.set_Iopb_Parameters_DeviceIoControl_Common_IoControlCode(ctrl, control.code);
      const first = method === METHOD_NEITHER ? control.input : system;
      c.set_Iopb_Parameters_DeviceIoControl_Neither_InputBuffer(ctrl, first);
      if (method === METHOD_BUFFERED) return;
      c.set_Iopb_Parameters_DeviceIoControl_Neither_OutputBuffer(ctrl, control.output);
      c.set_Iopb_Parameters_DeviceIoControl_Neither_OutputMdlAddress(ctrl, mdl);
    },
  });
}

/** METHOD_BUFFERED: one system buffer for input and output. */
function sendBuffered(control: Control): InitiatedResult {
  const size = Math.max(control.inputLength, control.outputLength);
  if (size === 0) return send(control, 0, 0 as PMDL);
  const system = ExAllocatePoolWithTag(NonPagedPool, size, TAG);
  if (system === 0) return failed;
  fillBytes(system, 0, size);
  copyBytes(system, control.input, control.inputLength);
  const result = send(control, system, 0 as PMDL);
  if (!NT_ERROR(result.status)) {
    copyBytes(control.output, system, Math.min(result.information, control.outputLength));
  }
  ExFreePoolWithTag(system, TAG);
  return result;
}

/**
 * METHOD_IN_DIRECT and OUT_DIRECT: the input is copied, the output buffer has an MDL; there is none
 * where there is no such buffer.
 */
function sendDirect(control: Control): InitiatedResult {
  const system = control.inputLength === 0 ? 0
    : ExAllocatePoolWithTag(NonPagedPool, control.inputLength, TAG);
  if (system === 0 && control.inputLength !== 0) return failed;
  if (system !== 0) copyBytes(system, control.input, control.inputLength);
  const access = (control.code & 3) === METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess;
  const mdl = control.outputLength === 0 ? 0 as PMDL
    : lockPages(control.output, control.outputLength, KernelMode, access);
  const result = mdl < 0 ? { status: mdl as NTSTATUS, information: 0 }
    : send(control, system, mdl as PMDL);
  if (mdl > 0) {
    MmUnlockPages(mdl as PMDL);
    IoFreeMdl(mdl as PMDL);
  }
  if (system !== 0) ExFreePoolWithTag(system, TAG);
  return result;
}

/** Sends a control code below an instance and waits for its end. PASSIVE_LEVEL. */
export function sendControl(control: Control): InitiatedResult {
  checkInstance(control.routine, control.instance);
  checkMayBlock(control.routine);
  checkOpen(control.routine, control.file);
  const method = control.code & 3;
  if (method === METHOD_BUFFERED) return sendBuffered(control);
  return method === METHOD_NEITHER ? send(control, 0, 0 as PMDL) : sendDirect(control);
}

/**
 * Sends a file-system control code on an open file and waits. PASSIVE_LEVEL. A request that stays
 * pending, such as one for an oplock, keeps the thread until it ends.
 *
 * @param LengthReturned address of a ULONG, or NULL: bytes in OutputBuffer.
 */
export function FltFsControlFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FsControlCode: number, InputBuffer: number,
  InputBufferLength: number, OutputBuffer: number, OutputBufferLength: number,
  LengthReturned: OutPtr,
): NTSTATUS {
  const result = sendControl({
    routine: 'FltFsControlFile', major: IRP_MJ_FILE_SYSTEM_CONTROL, minor: IRP_MN_USER_FS_REQUEST,
    instance: Instance, file: FileObject, code: FsControlCode, input: InputBuffer,
    inputLength: InputBufferLength, output: OutputBuffer, outputLength: OutputBufferLength,
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}

/** Sends a device control code down the volume's stack. Parameters as FltFsControlFile. */
export function FltDeviceIoControlFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, IoControlCode: number, InputBuffer: number,
  InputBufferLength: number, OutputBuffer: number, OutputBufferLength: number,
  LengthReturned: OutPtr,
): NTSTATUS {
  const result = sendControl({
    routine: 'FltDeviceIoControlFile', major: IRP_MJ_DEVICE_CONTROL, minor: 0,
    instance: Instance, file: FileObject, code: IoControlCode, input: InputBuffer,
    inputLength: InputBufferLength, output: OutputBuffer, outputLength: OutputBufferLength,
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}
