// Questions about a volume and changes of it, sent only below the instance (6.5):
// FltQueryVolumeInformation and FltSetVolumeInformation on the instance's own volume,
// FltQueryVolumeInformationFile on a file object. FltOpenVolume and FltFlushBuffers are here, too.
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { DEVICE_OBJECT, FILE_DEVICE_NETWORK_FILE_SYSTEM, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_VOLUME_INFORMATION, IRP_MN_FLUSH_AND_PURGE,
  IRP_MN_FLUSH_DATA_ONLY, IRP_MN_FLUSH_DATA_SYNC_ONLY, IRP_MN_FLUSH_NO_SYNC, IO_STATUS_BLOCK }
  from '../../ntos/io/types.ts';
import { FILE_OPEN, FILE_READ_ATTRIBUTES, FILE_READ_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, SYNCHRONIZE }
  from '../../ntos/io/file-constants.ts';
import { FileFsControlInformation, FileFsLabelInformation, FileFsObjectIdInformation }
  from '../../ntos/io/information/information-classes.ts';
import { IopCreateFile } from '../../ntos/io/service/create-file.ts';
import { closeOpenedFile } from '../../ntos/io/object/file-object.ts';
import { NT_SUCCESS, NT_WARNING } from '../../ntos/status.ts';
import { STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER } from '../../ntos/status-codes.ts';
import { FLT_FLUSH_TYPE_DATA_SYNC_ONLY, FLT_FLUSH_TYPE_FILE_DATA_ONLY,
  FLT_FLUSH_TYPE_FLUSH_AND_PURGE, FLT_FLUSH_TYPE_NO_SYNC } from '../constants.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE } from '../../ntos/rtl/types.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen } from './initiated-check.ts';
import { createFile } from './initiated-create.ts';
import { initiate, returnLength } from './initiated-request.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { textOf } from '../strings.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { InitiatedResult } from './initiated-request.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const { Volume } = FLT_INSTANCE.bound;
const { at_Name, DeviceObject } = FLT_VOLUME.bound;
const { DeviceType } = DEVICE_OBJECT.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const KernelMode = 0;
/** Classes that FltSetVolumeInformation takes. */
const settable: readonly number[] = [FileFsLabelInformation, FileFsControlInformation,
  FileFsObjectIdInformation];
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const flushMinors: Readonly<Record<number, number>> = {
  0: 0,
  [FLT_FLUSH_TYPE_FLUSH_AND_PURGE]: IRP_MN_FLUSH_AND_PURGE,
  [FLT_FLUSH_TYPE_FILE_DATA_ONLY]: IRP_MN_FLUSH_DATA_ONLY,
  [FLT_FLUSH_TYPE_NO_SYNC]: IRP_MN_FLUSH_NO_SYNC,
  [FLT_FLUSH_TYPE_DATA_SYNC_ONLY]: IRP_MN_FLUSH_DATA_SYNC_ONLY,
};

interface VolumeRequest {
  readonly major: number;
  readonly buffer: number;
  readonly length: number;
  readonly informationClass: number;
}

function askFile(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  request: VolumeRequest,
): InitiatedResult {
  return initiate({
    instance, file, major: request.major,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryVolumeInformation_Length(ctrl, request.length);
      c.set_Iopb_Parameters_QueryVolumeInformation_FsInformationClass(ctrl,
        request.informationClass);
      c.set_Iopb_Parameters_QueryVolumeInformation_VolumeBuffer(ctrl, request.buffer);
    },
  });
}

/** Opens the volume itself below the instance for one request. */
function askVolume(instance: PFLT_INSTANCE, request: VolumeRequest): InitiatedResult {
  const volume = Volume(instance);
  const opened = IopCreateFile({
    path: textOf(at_Name(volume)),
    desiredAccess: FILE_READ_ATTRIBUTES | SYNCHRONIZE,
    fileAttributes: 0,
    shareAccess: SHARE_ALL,
    disposition: FILE_OPEN,
    options: FILE_SYNCHRONOUS_IO_NONALERT,
    mode: KernelMode,
    target: DeviceObject(volume) as PDEVICE_OBJECT,
    instance,
  });
  if (!NT_SUCCESS(opened.status)) return { status: opened.status, information: 0 };
  const result = askFile(instance, opened.file, request);
  closeOpenedFile(opened.file);
  return result;
}

function storeResult(iosb: number, result: InitiatedResult): void {
  if (iosb === 0) return;
  set_Status(iosb as PIOSB, result.status);
  set_Information(iosb as PIOSB, result.information);
}

/** Requests on a volume as such are for those of this machine. */
function isNetwork(instance: PFLT_INSTANCE): boolean {
  const device = DeviceObject(Volume(instance)) as PDEVICE_OBJECT;
  return DeviceType(device) === FILE_DEVICE_NETWORK_FILE_SYSTEM;
}

/**
 * Opens the volume that the instance is attached to, below the instance. PASSIVE_LEVEL.
 *
 * @param VolumeHandle where the handle goes; FltClose ends it.
 * @param VolumeFileObject where the file object goes, or NULL; ObDereferenceObject ends it.
 * @returns STATUS_FLT_DELETING_OBJECT; STATUS_INVALID_PARAMETER on a network (IO-21).
 */
export function FltOpenVolume(
  Instance: PFLT_INSTANCE, VolumeHandle: OutPtr, VolumeFileObject: OutPtr,
): NTSTATUS {
  checkInstance('FltOpenVolume', Instance);
  if (isNetwork(Instance)) return STATUS_INVALID_PARAMETER;
  const frame = pushFrame();
  const attributes = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.RootDirectory = 0 as never;
  attributes.ObjectName = at_Name(Volume(Instance)) as never;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const status = createFile({
    routine: 'FltOpenVolume', instance: Instance, handle: VolumeHandle,
    fileObject: VolumeFileObject, access: FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
    attributes: attributes.address, iosb: 0, allocationSize: 0, fileAttributes: 0,
    share: SHARE_ALL, disposition: FILE_OPEN, options: FILE_SYNCHRONOUS_IO_NONALERT, eaBuffer: 0,
    eaLength: 0, flags: 0, ecps: 0 as never,
  });
  popFrame(frame);
  return status;
}

/**
 * Asks about the instance's volume; no file object is needed. PASSIVE_LEVEL.
 *
 * @param Iosb address of an IO_STATUS_BLOCK that gets status and length.
 * @returns the file system's status: STATUS_INVALID_INFO_CLASS, STATUS_BUFFER_OVERFLOW...;
 *   STATUS_INVALID_PARAMETER on a network.
 */
export function FltQueryVolumeInformation(
  Instance: PFLT_INSTANCE, Iosb: number, FsInformation: number, Length: number,
  FsInformationClass: number,
): NTSTATUS {
  checkInstance('FltQueryVolumeInformation', Instance);
  checkMayBlock('FltQueryVolumeInformation');
  if (isNetwork(Instance)) return STATUS_INVALID_PARAMETER;
  const result = askVolume(Instance, {
    major: IRP_MJ_QUERY_VOLUME_INFORMATION, buffer: FsInformation, length: Length,
    informationClass: FsInformationClass,
  });
  storeResult(Iosb, result);
  return result.status;
}

/**
 * Changes the instance's volume: label, quota control or object id. PASSIVE_LEVEL.
 * STATUS_INVALID_INFO_CLASS for any other class, STATUS_INFO_LENGTH_MISMATCH,
 * STATUS_INVALID_PARAMETER on a network.
 */
export function FltSetVolumeInformation(
  Instance: PFLT_INSTANCE, Iosb: number, FsInformation: number, Length: number,
  FsInformationClass: number,
): NTSTATUS {
  checkInstance('FltSetVolumeInformation', Instance);
  checkMayBlock('FltSetVolumeInformation');
  if (isNetwork(Instance)) return STATUS_INVALID_PARAMETER;
  const result = settable.includes(FsInformationClass)
    ? askVolume(Instance, {
      major: IRP_MJ_SET_VOLUME_INFORMATION, buffer: FsInformation, length: Length,
      informationClass: FsInformationClass,
    })
    : { status: STATUS_INVALID_INFO_CLASS, information: 0 };
  storeResult(Iosb, result);
  return result.status;
}

/** Asks about the volume of an open file. PASSIVE_LEVEL. STATUS_VOLUME_DISMOUNTED. */
export function FltQueryVolumeInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FsInformation: number, Length: number,
  FsInformationClass: number, LengthReturned: OutPtr,
): NTSTATUS {
  const name = 'FltQueryVolumeInformationFile';
  checkInstance(name, Instance);
  checkMayBlock(name);
  checkOpen(name, FileObject);
  const { status, information } = askFile(Instance, FileObject, {
    major: IRP_MJ_QUERY_VOLUME_INFORMATION, buffer: FsInformation, length: Length,
    informationClass: FsInformationClass,
  });
  returnLength(LengthReturned, NT_SUCCESS(status) || NT_WARNING(status) ? information : 0);
  return status;
}

/**
 * Writes a file's data and what is known about it to the device. PASSIVE_LEVEL, file open.
 *
 * @param FlushType 0, or one FLT_FLUSH_TYPE_*. @param _CallbackData unused, may be NULL.
 * @returns STATUS_MEDIA_WRITE_PROTECTED, STATUS_VOLUME_DISMOUNTED; STATUS_INVALID_PARAMETER for a
 *   type that is none.
 */
export function FltFlushBuffers2(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FlushType: number, _CallbackData: number,
): NTSTATUS {
  checkInstance('FltFlushBuffers', Instance);
  checkMayBlock('FltFlushBuffers');
  checkOpen('FltFlushBuffers', FileObject);
  const minor = flushMinors[FlushType];
  if (minor === undefined) return STATUS_INVALID_PARAMETER;
  const major = IRP_MJ_FLUSH_BUFFERS;
  return initiate({ instance: Instance, file: FileObject, major, minor }).status;
}

/** FltFlushBuffers2 with type 0: data, what is known about the file, and the device. PASSIVE. */
export function FltFlushBuffers(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): NTSTATUS {
  return FltFlushBuffers2(Instance, FileObject, 0, 0);
}
