// FltReadFile, FltWriteFile and their Ex forms (6.4): transfers that only the instances below and
// the file system see. With a callback they are asynchronous, without one they wait, on
// asynchronous file objects too (IO-25). Nothing serialises threads that share a synchronous file
// object (IO-26).
import { u32 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { readInt64 } from '../../ntos/rtl/large-integer.ts';
import { DEVICE_OBJECT, FILE_OBJECT, FO_NO_INTERMEDIATE_BUFFERING, FO_SYNCHRONOUS_IO,
  FO_WRITE_THROUGH, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE, IRP_PAGING_IO,
  IRP_SYNCHRONOUS_PAGING_IO, SL_KEY_SPECIFIED, SL_WRITE_THROUGH } from '../../ntos/io/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER }
  from '../../ntos/status-codes.ts';
import { FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET as KEEP_OFFSET,
  FLTFL_IO_OPERATION_NON_CACHED as NON_CACHED, FLTFL_IO_OPERATION_PAGING as PAGING,
  FLTFL_IO_OPERATION_SYNCHRONOUS_PAGING as SYNCHRONOUS_PAGING } from '../constants.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { sendOwnDataAsync, statusOfSent } from './initiated-send.ts';
import { freeMdls } from './own-mdl.ts';
import { checkInstance, checkMayBlock, checkOpen } from './initiated-check.ts';
import { initiate, makeRequest, returnLength } from './initiated-request.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { FLT_OWN_DATA, ownPart, releaseOwnData } from './own-data.ts';
import { checkIrql } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PMDL } from '../../ntos/io/types.ts';
import type { InitiatedRequest } from './initiated-request.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const f = FILE_OBJECT.bound;
const c = IRP_CTRL.bound;
const o = FLT_OWN_DATA.bound;
const { SectorSize, AlignmentRequirement } = DEVICE_OBJECT.bound;
const { DeviceObject } = FLT_VOLUME.bound;
const { Volume } = FLT_INSTANCE.bound;
/** Beside the flags of an asynchronous transfer: its MDL is not ours to free. */
const CALLERS_MDL = 0x8000_0000 | 0;
const ALL_FLAGS = NON_CACHED | PAGING | KEEP_OFFSET | SYNCHRONOUS_PAGING;
/** FILE_USE_FILE_POINTER_POSITION and FILE_WRITE_TO_END_OF_FILE as 64-bit numbers. */
const USE_FILE_POINTER = -2;
const TO_END_OF_FILE = -1;

/** One transfer, whatever the routine. */
interface Transfer {
  readonly routine: string;
  readonly major: number;
  readonly instance: PFLT_INSTANCE;
  readonly file: PFILE_OBJECT;
  /** Address of a LARGE_INTEGER, or NULL. */
  readonly byteOffset: number;
  readonly length: number;
  readonly buffer: number;
  readonly flags: number;
  readonly bytes: number;
  readonly callback: RoutineId;
  readonly context: number;
  /** Address of a ULONG, or NULL. */
  readonly key: number;
  readonly mdl: PMDL;
}

/** The offset to use; undefined when the file object has no position to fall back on (6.4). */
function offsetOf(t: Transfer): number | undefined {
  const given = t.byteOffset === 0 ? USE_FILE_POINTER : readInt64(t.byteOffset);
  if (given >= 0) return given;
  if (given === TO_END_OF_FILE && t.major === IRP_MJ_WRITE) return given;
  if (given !== USE_FILE_POINTER || !(f.Flags(t.file) & FO_SYNCHRONOUS_IO)) return undefined;
  return f.CurrentByteOffset(t.file);
}

function isNonCached(t: Transfer): boolean {
  if ((t.flags & (NON_CACHED | PAGING)) !== 0) return true;
  return (f.Flags(t.file) & FO_NO_INTERMEDIATE_BUFFERING) !== 0;
}

/** Non-cached transfers are of whole sectors, their buffer as the device wants it (IO-24). */
function isAligned(t: Transfer, offset: number): boolean {
  const device = DeviceObject(Volume(t.instance)) as PDEVICE_OBJECT;
  const sector = SectorSize(device) || 512;
  if (t.length % sector !== 0 || (offset >= 0 && offset % sector !== 0)) return false;
  return (t.buffer & AlignmentRequirement(device)) === 0;
}

function irpFlagsOf(t: Transfer): number {
  let flags = isNonCached(t) ? IRP_NOCACHE : 0;
  if (t.flags & PAGING) flags |= IRP_PAGING_IO;
  if (t.flags & SYNCHRONOUS_PAGING) flags |= IRP_SYNCHRONOUS_PAGING_IO;
  return flags;
}

function requestOf(t: Transfer, offset: number): InitiatedRequest {
  const through = t.major === IRP_MJ_WRITE && (f.Flags(t.file) & FO_WRITE_THROUGH) !== 0;
  return {
    instance: t.instance,
    file: t.file,
    major: t.major,
    operationFlags: (through ? SL_WRITE_THROUGH : 0) | (t.key === 0 ? 0 : SL_KEY_SPECIFIED),
    irpFlags: irpFlagsOf(t),
    fill(ctrl) {
      c.set_Iopb_Parameters_Read_Length(ctrl, t.length);
      c.set_Iopb_Parameters_Read_Key(ctrl, t.key === 0 ? 0 : u32[t.key >> 2]!);
      c.set_Iopb_Parameters_Read_ByteOffset(ctrl, offset);
      c.set_Iopb_Parameters_Read_ReadBuffer(ctrl, t.buffer);
      c.set_Iopb_Parameters_Read_MdlAddress(ctrl, t.mdl);
    },
  };
}

/**
 * A synchronous file object's position after a transfer: behind it, or where it was. The file
 * system moves it as well, so filters below have seen the new one (IO-23).
 */
function settlePosition(
  file: PFILE_OBJECT,
  flags: number,
  before: number,
  offset: number,
  status: number,
  moved: number,
): void {
  if (!(f.Flags(file) & FO_SYNCHRONOUS_IO)) return;
  if ((flags & KEEP_OFFSET) !== 0) f.set_CurrentByteOffset(file, before);
  else if (NT_SUCCESS(status) && offset >= 0) f.set_CurrentByteOffset(file, offset + moved);
}

function transfer(t: Transfer): NTSTATUS {
  checkInstance(t.routine, t.instance);
  if ((t.flags & PAGING) !== 0) {
    checkIrql(t.routine, APC_LEVEL);
  } else {
    checkMayBlock(t.routine);
    checkOpen(t.routine, t.file);
  }
  returnLength(t.bytes, 0);
  const unknown = (t.flags & ~ALL_FLAGS) !== 0;
  if (unknown || (t.flags & (PAGING | SYNCHRONOUS_PAGING)) === SYNCHRONOUS_PAGING) {
    return STATUS_INVALID_PARAMETER;
  }
  const offset = offsetOf(t);
  if (offset === undefined || (isNonCached(t) && !isAligned(t, offset))) {
    return STATUS_INVALID_PARAMETER;
  }
  return t.callback === 0 ? transferAndWait(t, offset) : transferAsync(t, offset);
}

function transferAndWait(t: Transfer, offset: number): NTSTATUS {
  const before = f.CurrentByteOffset(t.file);
  const { status, information } = initiate(requestOf(t, offset));
  settlePosition(t.file, t.flags, before, offset, status, information);
  if (status >= 0 || status >>> 30 === 2) returnLength(t.bytes, information);
  return status;
}

/** The end of an asynchronous transfer: the filter's callback, then the data goes (IO-25). */
const transferDone = kernelRoutine('FltpTransferDone', (data, context) => {
  const ctrl = sheetOf(data as PFLT_CALLBACK_DATA);
  const own = ownPart(ctrl);
  settlePosition(c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT, o.TransferFlags(own),
    o.FilePosition(own), c.Iopb_Parameters_Read_ByteOffset(ctrl), c.Data_IoStatus_Status(ctrl),
    c.Data_IoStatus_Information(ctrl));
  routineTable[o.UserCallback(own)]!(data!, context!);
  if ((o.TransferFlags(own) & CALLERS_MDL) === 0) freeMdls(ctrl);
  releaseOwnData(ctrl);
  return 0;
});

function transferAsync(t: Transfer, offset: number): NTSTATUS {
  const ctrl = makeRequest(requestOf(t, offset));
  if (ctrl === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const own = ownPart(ctrl);
  o.set_UserCallback(own, t.callback);
  o.set_TransferFlags(own, t.flags | (t.mdl === 0 ? 0 : CALLERS_MDL));
  o.set_FilePosition(own, f.CurrentByteOffset(t.file));
  return statusOfSent(sendOwnDataAsync(ctrl, transferDone, t.context));
}

/**
 * Reads a file that is open. PASSIVE_LEVEL (<= APC_LEVEL with FLTFL_IO_OPERATION_PAGING), special
 * kernel APCs enabled.
 *
 * @param ByteOffset address of a LARGE_INTEGER; NULL or FILE_USE_FILE_POINTER_POSITION means the
 *   position of a synchronous file object. @param Flags FLTFL_IO_OPERATION_*.
 * @param BytesRead address of a ULONG or NULL; ignored with a callback.
 * @param CallbackRoutine (Data, Context), <= DISPATCH_LEVEL in any thread; NULL to wait.
 * @returns STATUS_INVALID_PARAMETER for an offset or flags that are not valid (6.4, IO-24),
 *   STATUS_END_OF_FILE (IO-27), what the file system answers; STATUS_PENDING with a callback.
 */
export function FltReadFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ByteOffset: number, Length: number,
  Buffer: number, Flags: number, BytesRead: OutPtr, CallbackRoutine: RoutineId,
  CallbackContext: number,
): NTSTATUS {
  return transfer({
    routine: 'FltReadFile', major: IRP_MJ_READ, instance: InitiatingInstance, file: FileObject,
    byteOffset: ByteOffset, length: Length, buffer: Buffer, flags: Flags, bytes: BytesRead,
    callback: CallbackRoutine, context: CallbackContext, key: 0, mdl: 0 as PMDL,
  });
}

/** FltReadFile with a key (address of a ULONG or NULL) and an MDL that describes the buffer. */
export function FltReadFileEx(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ByteOffset: number, Length: number,
  Buffer: number, Flags: number, BytesRead: OutPtr, CallbackRoutine: RoutineId,
  CallbackContext: number, Key: number, Mdl: PMDL,
): NTSTATUS {
  return transfer({
    routine: 'FltReadFileEx', major: IRP_MJ_READ, instance: InitiatingInstance, file: FileObject,
    byteOffset: ByteOffset, length: Length, buffer: Buffer, flags: Flags, bytes: BytesRead,
    callback: CallbackRoutine, context: CallbackContext, key: Key, mdl: Mdl,
  });
}

/**
 * Writes a file that is open; parameters and levels as FltReadFile. FILE_WRITE_TO_END_OF_FILE (-1)
 * as the offset writes at the end of the file.
 */
export function FltWriteFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ByteOffset: number, Length: number,
  Buffer: number, Flags: number, BytesWritten: OutPtr, CallbackRoutine: RoutineId,
  CallbackContext: number,
): NTSTATUS {
  return transfer({
    routine: 'FltWriteFile', major: IRP_MJ_WRITE, instance: InitiatingInstance, file: FileObject,
    byteOffset: ByteOffset, length: Length, buffer: Buffer, flags: Flags, bytes: BytesWritten,
    callback: CallbackRoutine, context: CallbackContext, key: 0, mdl: 0 as PMDL,
  });
}

/** FltWriteFile with a key (address of a ULONG or NULL) and an MDL that describes the buffer. */
export function FltWriteFileEx(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ByteOffset: number, Length: number,
  Buffer: number, Flags: number, BytesWritten: OutPtr, CallbackRoutine: RoutineId,
  CallbackContext: number, Key: number, Mdl: PMDL,
): NTSTATUS {
  return transfer({
    routine: 'FltWriteFileEx', major: IRP_MJ_WRITE, instance: InitiatingInstance, file: FileObject,
    byteOffset: ByteOffset, length: Length, buffer: Buffer, flags: Flags, bytes: BytesWritten,
    callback: CallbackRoutine, context: CallbackContext, key: Key, mdl: Mdl,
  });
}
