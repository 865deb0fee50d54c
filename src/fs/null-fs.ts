// @hot  A file system that does nothing, at once: every request ends in its dispatch routine,
// whatever the completion policy, with a result that whoever asked can live with. It is the zero of
// every benchmark: what remains is the price of the I/O manager and of the filters.
//
// No request allocates. A volume has a fixed set of streams; a name is given one by its hash, so
// that the same name is always the same stream (and two names may share one, which costs a filter
// nothing but a shared stream context). Creates succeed, reads deliver whatever is in the buffer,
// writes are swallowed, directories are empty. Controls, EAs and security need a real file system
// and are refused with STATUS_INVALID_DEVICE_REQUEST.
import { copyBytes as copy, fillBytes as fill, u32 as words } from '../mem/memory.ts';
import { kernelRoutine } from '../mem/routine.ts';
import { struct } from '../mem/struct.ts';
import { array } from '../mem/field.ts';
import { ExInitializeFastMutex } from '../ntos/ex/lock/fast-mutex.ts';
import { FAST_MUTEX } from '../ntos/ex/types.ts';
import { createDriver, deleteDriver } from '../ntos/io/object/driver.ts';
import { IoCreateDevice, IoDeleteDevice } from '../ntos/io/object/device.ts';
import { IoGetCurrentIrpStackLocation as currentLocation } from '../ntos/io/irp/irp.ts';
import { IofCompleteRequest as completeRequest } from '../ntos/io/irp/completion.ts';
import { FILE_OPENED } from '../ntos/io/file-constants.ts';
import { FileNameInformation, FileNormalizedNameInformation }
  from '../ntos/io/information/information-classes.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK_FILE_SYSTEM, FILE_OBJECT, FSRTL_ADVANCED_FCB_HEADER,
  IO_STACK_LOCATION, IRP, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE, IRP_MJ_DIRECTORY_CONTROL,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_INFORMATION, IRP_MJ_SHUTDOWN,
  IRP_MJ_WRITE, IRP_MN_QUERY_DIRECTORY } from '../ntos/io/types.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_NO_SUCH_FILE, STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FsRtlSetupAdvancedHeader, FsRtlTeardownPerStreamContexts }
  from '../ntos/fsrtl/filter-context.ts';
import { hashUnits as hashOf } from '../ntos/rtl/unicode-hash.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PFILE_OBJECT, PIO_STACK_LOCATION, PIRP }
  from '../ntos/io/types.ts';
import type { PFAST_MUTEX } from '../ntos/ex/types.ts';
import type { Ptr } from '../mem/pointer.ts';

/** Streams of one volume: a power of two. */
const STREAMS = 256;

const NULLFS_FCB = struct('NULLFS_FCB', {
  Header: FSRTL_ADVANCED_FCB_HEADER,
  Mutex: FAST_MUTEX,
});
/** A null volume, in its device's extension. */
const NULLFS_VCB = struct('NULLFS_VCB', { Fcbs: array(NULLFS_FCB, STREAMS) });

const u32 = words;
const copyBytes = copy;
const fillBytes = fill;
const hashUnits = hashOf;
const locationOf = currentLocation;
const complete = completeRequest;
const FCB_SIZE = NULLFS_FCB.size;
const { at_Mutex } = NULLFS_FCB.bound;
const { MinorFunction, FileObject, Parameters_Read_Length, Parameters_QueryFile_Length,
  Parameters_QueryFile_FileInformationClass, Parameters_QueryVolume_Length } =
  IO_STACK_LOCATION.bound;
const { DeviceExtension, DriverObject } = DEVICE_OBJECT.bound;
const { set_FsContext, set_FsContext2, FileName_Buffer, FileName_Length } = FILE_OBJECT.bound;
const { AssociatedIrp_SystemBuffer, set_IoStatus_Status, set_IoStatus_Information } = IRP.bound;

function end(irp: PIRP, status: NTSTATUS, information: number): NTSTATUS {
  set_IoStatus_Status(irp, status);
  set_IoStatus_Information(irp, information);
  complete(irp, 0);
  return status;
}

function create(device: number, irp: number): number {
  const file = FileObject(locationOf(irp as PIRP)) as PFILE_OBJECT;
  const hash = hashUnits(FileName_Buffer(file), FileName_Length(file), true);
  const fcb = DeviceExtension(device as PDEVICE_OBJECT) + (hash & (STREAMS - 1)) * FCB_SIZE;
  set_FsContext(file, fcb);
  set_FsContext2(file, fcb);
  return end(irp as PIRP, STATUS_SUCCESS, FILE_OPENED);
}

function transfer(_device: number, irp: number): number {
  return end(irp as PIRP, STATUS_SUCCESS, Parameters_Read_Length(locationOf(irp as PIRP)));
}

/** The name the file was opened by: what name queries of filters end in. */
function queryName(
  irp: PIRP, location: PIO_STACK_LOCATION, buffer: number, length: number,
): number {
  if (length < 8) return end(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
  const file = FileObject(location) as PFILE_OBJECT;
  const bytes = FileName_Length(file);
  const part = bytes < length - 4 ? bytes : length - 4;
  u32[buffer >> 2] = bytes;
  copyBytes(buffer + 4, FileName_Buffer(file), part);
  return end(irp, part < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, 4 + part);
}

function zeroes(irp: PIRP, length: number): number {
  const buffer = AssociatedIrp_SystemBuffer(irp);
  if (buffer !== 0) fillBytes(buffer, 0, length);
  return end(irp, STATUS_SUCCESS, buffer === 0 ? 0 : length);
}

function queryInformation(_device: number, irp: number): number {
  const location = locationOf(irp as PIRP);
  const length = Parameters_QueryFile_Length(location);
  const cls = Parameters_QueryFile_FileInformationClass(location);
  if (cls === FileNameInformation || cls === FileNormalizedNameInformation) {
    return queryName(irp as PIRP, location, AssociatedIrp_SystemBuffer(irp as PIRP), length);
  }
  return zeroes(irp as PIRP, length);
}

function queryVolume(_device: number, irp: number): number {
  return zeroes(irp as PIRP, Parameters_QueryVolume_Length(locationOf(irp as PIRP)));
}

function directoryControl(_device: number, irp: number): number {
  const isQuery = MinorFunction(locationOf(irp as PIRP)) === IRP_MN_QUERY_DIRECTORY;
  return end(irp as PIRP, isQuery ? STATUS_NO_SUCH_FILE : STATUS_INVALID_DEVICE_REQUEST, 0);
}

const succeed = kernelRoutine('NullFsSucceed', (_device, irp) =>
  end(irp as PIRP, STATUS_SUCCESS, 0));
const move = kernelRoutine('NullFsTransfer', transfer);

const majors = {
  [IRP_MJ_CREATE]: kernelRoutine('NullFsCreate', create),
  [IRP_MJ_CLEANUP]: succeed,
  [IRP_MJ_CLOSE]: succeed,
  [IRP_MJ_READ]: move,
  [IRP_MJ_WRITE]: move,
  [IRP_MJ_QUERY_INFORMATION]: kernelRoutine('NullFsQueryInformation', queryInformation),
  [IRP_MJ_SET_INFORMATION]: succeed,
  [IRP_MJ_FLUSH_BUFFERS]: succeed,
  [IRP_MJ_QUERY_VOLUME_INFORMATION]: kernelRoutine('NullFsQueryVolume', queryVolume),
  [IRP_MJ_DIRECTORY_CONTROL]: kernelRoutine('NullFsDirectoryControl', directoryControl),
  [IRP_MJ_LOCK_CONTROL]: succeed,
  [IRP_MJ_SHUTDOWN]: succeed,
};

/** Nothing to start: each volume has a driver object of its own. */
export function initializeNullFs(): void {}

/** Nothing to end. */
export function shutdownNullFs(): void {}

function fcbOf(device: PDEVICE_OBJECT, index: number): Ptr<'NULLFS_FCB'> {
  return (DeviceExtension(device) + index * FCB_SIZE) as Ptr<'NULLFS_FCB'>;
}

/** Makes a null volume: the device, to be mounted under a name. PASSIVE_LEVEL. */
export function createNullFsVolume(): PDEVICE_OBJECT {
  const driver = createDriver(majors);
  const device = IoCreateDevice(driver, NULLFS_VCB.size, FILE_DEVICE_DISK_FILE_SYSTEM);
  if (device === 0) throw new Error('no nonpaged pool for a volume; give the machine more memory');
  for (let i = 0; i < STREAMS; i++) {
    const fcb = fcbOf(device, i);
    ExInitializeFastMutex(at_Mutex(fcb) as PFAST_MUTEX);
    FsRtlSetupAdvancedHeader(fcb, at_Mutex(fcb));
  }
  return device;
}

/** Takes a null volume apart. PASSIVE_LEVEL. */
export function destroyNullFsVolume(device: PDEVICE_OBJECT): void {
  const driver = DriverObject(device) as PDRIVER_OBJECT;
  for (let i = 0; i < STREAMS; i++) FsRtlTeardownPerStreamContexts(fcbOf(device, i));
  IoDeleteDevice(device);
  deleteDriver(driver);
}
