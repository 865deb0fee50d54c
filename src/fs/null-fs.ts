// A file system that does nothing, at once: every request ends in the dispatch routine with a
// plausible result. It is the zero of every benchmark: what remains is the price of the I/O
// manager and of the filters. There is one stream for all opens, so opening allocates nothing.
import { fillBytes } from '../mem/memory.ts';
import { kernelRoutine } from '../mem/routine.ts';
import { struct } from '../mem/struct.ts';
import { STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { createDriver, deleteDriver } from '../ntos/io/driver.ts';
import { IoCreateDevice, IoDeleteDevice } from '../ntos/io/device.ts';
import { IoGetCurrentIrpStackLocation } from '../ntos/io/irp.ts';
import { FsCompleteRequest } from './storage.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK_FILE_SYSTEM, FILE_OBJECT, FSRTL_ADVANCED_FCB_HEADER,
  IO_STACK_LOCATION, IRP, IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE } from '../ntos/io/types.ts';
import { FILE_OPENED } from '../ntos/io/file-constants.ts';
import { FsRtlSetupAdvancedHeader, FsRtlTeardownPerStreamContexts }
  from '../ntos/fsrtl/filter-context.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PIO_STACK_LOCATION, PIRP } from '../ntos/io/types.ts';
import { ExInitializeFastMutex } from '../ntos/ex/fast-mutex.ts';
import { FAST_MUTEX } from '../ntos/ex/types.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { NTSTATUS } from '../ntos/status.ts';

/** What a null volume's device carries: its driver and the stream that every open shares. */
const NULLFS_VCB = struct('NULLFS_VCB', {
  Header: FSRTL_ADVANCED_FCB_HEADER,
  Mutex: FAST_MUTEX,
});
const { MajorFunction, FileObject, Parameters_Read_Length } = IO_STACK_LOCATION.bound;
const { DeviceExtension, DriverObject } = DEVICE_OBJECT.bound;
const { set_FsContext } = FILE_OBJECT.bound;
const { AssociatedIrp_SystemBuffer } = IRP.bound;
const { Parameters_QueryFile_Length } = IO_STACK_LOCATION.bound;
const { at_Mutex } = NULLFS_VCB.bound;
const MAJORS = 0x1b;
const IRP_MJ_QUERY_INFORMATION = 5;

function information(irp: PIRP, device: PDEVICE_OBJECT, location: PIO_STACK_LOCATION): number {
  switch (MajorFunction(location)) {
    case IRP_MJ_CREATE:
      set_FsContext(FileObject(location) as never, DeviceExtension(device));
      return FILE_OPENED;
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
      return Parameters_Read_Length(location);
    case IRP_MJ_QUERY_INFORMATION: {
      const length = Parameters_QueryFile_Length(location);
      const buffer = AssociatedIrp_SystemBuffer(irp);
      if (buffer !== 0) fillBytes(buffer, 0, length);
      return length;
    }
    default:
      return 0;
  }
}

const dispatch = kernelRoutine('NullFsDispatch', (device, irp) => {
  const location = IoGetCurrentIrpStackLocation(irp as PIRP);
  const result = information(irp as PIRP, device as PDEVICE_OBJECT, location);
  return FsCompleteRequest(irp as PIRP, STATUS_SUCCESS as NTSTATUS, result);
});

/** Nothing to start: each volume has a driver of its own. */
export function initializeNullFs(): void {}

/** Nothing to end. */
export function shutdownNullFs(): void {}

/** Makes a null volume: the device, to be mounted under a name. PASSIVE_LEVEL. */
export function createNullFsVolume(): PDEVICE_OBJECT {
  const majors: Record<number, typeof dispatch> = {};
  for (let major = 0; major <= MAJORS; major++) majors[major] = dispatch;
  const driver = createDriver(majors);
  const device = IoCreateDevice(driver, NULLFS_VCB.size, FILE_DEVICE_DISK_FILE_SYSTEM);
  if (device === 0) throw new Error('no nonpaged pool for a volume; give the machine more memory');
  const vcb = DeviceExtension(device) as Ptr<'NULLFS_VCB'>;
  ExInitializeFastMutex(at_Mutex(vcb));
  FsRtlSetupAdvancedHeader(vcb, at_Mutex(vcb));
  return device;
}

/** Takes a null volume apart. PASSIVE_LEVEL. */
export function destroyNullFsVolume(device: PDEVICE_OBJECT): void {
  const driver = DriverObject(device) as PDRIVER_OBJECT;
  FsRtlTeardownPerStreamContexts(DeviceExtension(device));
  IoDeleteDevice(device);
  deleteDriver(driver);
}
