// Control codes, directory queries and reparse points that a filter asks for, below itself only
// (6.5). Buffers travel as the method of the code says, as they do for an application (2.6).
import { copyBytes, fillBytes, i32, u16 } from '../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool.ts';
import { NonPagedPool } from '../ntos/ex/types.ts';
import { NT_ERROR, NT_SUCCESS, NT_WARNING } from '../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER } from '../ntos/status-codes.ts';
import { FSCTL_DELETE_REPARSE_POINT, FSCTL_SET_REPARSE_POINT } from '../ntos/io/control-codes.ts';
import { REPARSE_DATA_BUFFER_HEADER_SIZE, REPARSE_GUID_DATA_BUFFER_HEADER_SIZE }
  from '../ntos/io/control-types.ts';
import { IoAllocateMdl, IoFreeMdl, MmProbeAndLockPages, MmUnlockPages } from '../ntos/io/mdl.ts';
import { IRP_MJ_DEVICE_CONTROL, IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MN_QUERY_DIRECTORY, IRP_MN_USER_FS_REQUEST, SL_INDEX_SPECIFIED, SL_NO_CURSOR_UPDATE,
  SL_RESTART_SCAN, SL_RETURN_ON_DISK_ENTRIES_ONLY, SL_RETURN_SINGLE_ENTRY }
  from '../ntos/io/types.ts';
import { IRP_CTRL } from './irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen } from './initiated-check.ts';
import { initiate, returnLength } from './initiated-request.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFILE_OBJECT, PMDL } from '../ntos/io/types.ts';
import type { InitiatedResult } from './initiated-request.ts';
import type { PFLT_INSTANCE } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const c = IRP_CTRL.bound;
const METHOD_BUFFERED = 0;
const METHOD_IN_DIRECT = 1;
const METHOD_NEITHER = 3;
const TAG = poolTag('FMct');
const KernelMode = 0;
/** What FltQueryDirectoryFileEx takes. */
const QUERY_FLAGS = SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY | SL_INDEX_SPECIFIED |
  SL_RETURN_ON_DISK_ENTRIES_ONLY | SL_NO_CURSOR_UPDATE;
/** The tag's owner is Microsoft: no GUID is needed. */
const MICROSOFT_TAG = 0x8000_0000 | 0;

interface Control {
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

/** METHOD_IN_DIRECT and OUT_DIRECT: the input is copied, the output buffer has an MDL. */
function sendDirect(control: Control): InitiatedResult {
  const system = control.inputLength === 0 ? 0
    : ExAllocatePoolWithTag(NonPagedPool, control.inputLength, TAG);
  if (system === 0 && control.inputLength !== 0) return failed;
  if (system !== 0) copyBytes(system, control.input, control.inputLength);
  const mdl = IoAllocateMdl(control.output, control.outputLength);
  let result = failed;
  if (mdl !== 0) {
    MmProbeAndLockPages(mdl, KernelMode, (control.code & 3) === METHOD_IN_DIRECT ? 0 : 1);
    result = send(control, system, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
  }
  if (system !== 0) ExFreePoolWithTag(system, TAG);
  return result;
}

function sendControl(control: Control): InitiatedResult {
  checkInstance(control.routine, control.instance);
  checkMayBlock(control.routine);
  checkOpen(control.routine, control.file);
  const method = control.code & 3;
  if (method === METHOD_BUFFERED) return sendBuffered(control);
  return method === METHOD_NEITHER ? send(control, 0, 0 as PMDL) : sendDirect(control);
}

function given(result: InitiatedResult): number {
  return NT_SUCCESS(result.status) || NT_WARNING(result.status) ? result.information : 0;
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

/**
 * Reads entries of an open directory. PASSIVE_LEVEL, APCs enabled. The first call fixes the
 * pattern; `RestartScan` begins anew.
 *
 * @param FileName a UNICODE_STRING pattern, or NULL.
 * @returns STATUS_NO_MORE_FILES at the end, STATUS_NO_SUCH_FILE when nothing matches at all,
 *   STATUS_BUFFER_OVERFLOW when not even the first entry fits.
 */
export function FltQueryDirectoryFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number, ReturnSingleEntry: boolean, FileName: number, RestartScan: boolean,
  LengthReturned: OutPtr,
): NTSTATUS {
  const flags = (RestartScan ? SL_RESTART_SCAN : 0) |
    (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0);
  return FltQueryDirectoryFileEx(Instance, FileObject, FileInformation, Length,
    FileInformationClass, flags, FileName, LengthReturned);
}

/**
 * FltQueryDirectoryFile with flags: SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY, SL_INDEX_SPECIFIED,
 * SL_RETURN_ON_DISK_ENTRIES_ONLY, SL_NO_CURSOR_UPDATE. STATUS_INVALID_PARAMETER for others.
 */
export function FltQueryDirectoryFileEx(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number, QueryFlags: number, FileName: number, LengthReturned: OutPtr,
): NTSTATUS {
  const name = 'FltQueryDirectoryFile';
  checkInstance(name, Instance);
  checkMayBlock(name);
  checkOpen(name, FileObject);
  if ((QueryFlags & ~QUERY_FLAGS) !== 0) return STATUS_INVALID_PARAMETER;
  const result = initiate({
    instance: Instance, file: FileObject, major: IRP_MJ_DIRECTORY_CONTROL,
    minor: IRP_MN_QUERY_DIRECTORY, operationFlags: QueryFlags,
    fill(ctrl) {
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_Length(ctrl, Length);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_FileName(ctrl, FileName as never);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_FileInformationClass(ctrl,
        FileInformationClass);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_DirectoryBuffer(ctrl, FileInformation);
    },
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}

/** Sends a reparse control code with tag, GUID and data; the file system checks what is there. */
function reparse(
  routine: string, instance: PFLT_INSTANCE, file: PFILE_OBJECT, code: number, tag: number,
  guid: number, data: number, dataLength: number,
): NTSTATUS {
  const microsoft = (tag & MICROSOFT_TAG) !== 0;
  if (!microsoft && guid === 0) return STATUS_INVALID_PARAMETER;
  const head = microsoft ? REPARSE_DATA_BUFFER_HEADER_SIZE : REPARSE_GUID_DATA_BUFFER_HEADER_SIZE;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, head + dataLength, TAG);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  i32[buffer >> 2] = tag;
  u16[(buffer + 4) >> 1] = dataLength;
  u16[(buffer + 6) >> 1] = 0;
  if (!microsoft) copyBytes(buffer + 8, guid, 16);
  if (dataLength !== 0) copyBytes(buffer + head, data, dataLength);
  const { status } = sendControl({
    routine, major: IRP_MJ_FILE_SYSTEM_CONTROL, minor: IRP_MN_USER_FS_REQUEST, instance, file, code,
    input: buffer, inputLength: head + dataLength, output: 0, outputLength: 0,
  });
  ExFreePoolWithTag(buffer, TAG);
  return status;
}

/**
 * Makes a file a reparse point. PASSIVE_LEVEL, opened with FILE_WRITE_DATA.
 *
 * @param Guid address of the owner's GUID, needed unless the tag is Microsoft's.
 * @param DataBuffer the owner's data; `DataBufferLength` in bytes.
 * @returns STATUS_INVALID_PARAMETER without a GUID; STATUS_IO_REPARSE_TAG_MISMATCH,
 *   STATUS_REPARSE_ATTRIBUTE_CONFLICT, STATUS_INVALID_DEVICE_REQUEST as the file system says.
 */
export function FltTagFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileTag: number, Guid: number,
  DataBuffer: number, DataBufferLength: number,
): NTSTATUS {
  return reparse('FltTagFile', InitiatingInstance, FileObject, FSCTL_SET_REPARSE_POINT, FileTag,
    Guid, DataBuffer, DataBufferLength);
}

/** Makes a reparse point an ordinary file again. Parameters and statuses as FltTagFile. */
export function FltUntagFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileTag: number, Guid: number,
): NTSTATUS {
  return reparse('FltUntagFile', InitiatingInstance, FileObject, FSCTL_DELETE_REPARSE_POINT,
    FileTag, Guid, 0, 0);
}
