// The RAM file system as a driver: its dispatch table, its fast I/O table, and their life. One
// driver object serves every volume; a volume is a device of it (mount.ts).
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { poolTag } from '../../ntos/ex/pool/pool-tags.ts';
import { FAST_IO_DISPATCH, FILE_OBJECT, IO_STACK_LOCATION, IRP_MJ_CLEANUP, IRP_MJ_CLOSE,
  IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL, IRP_MJ_QUERY_EA, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_QUERY_SECURITY, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_EA,
  IRP_MJ_SET_INFORMATION, IRP_MJ_SET_SECURITY, IRP_MJ_SET_VOLUME_INFORMATION, IRP_MJ_SHUTDOWN,
  IRP_MJ_WRITE, IRP_MN_NOTIFY_CHANGE_DIRECTORY, IRP_MN_QUERY_DIRECTORY, IRP }
  from '../../ntos/io/types.ts';
import { createDriver, deleteDriver } from '../../ntos/io/object/driver.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_PENDING, STATUS_SUCCESS,
  STATUS_VOLUME_DISMOUNTED } from '../../ntos/status-codes.ts';
import { RAMFS_ROOT, ramfsRoot } from './root.ts';
import { RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME, VCB_DISMOUNTED } from './types.ts';
import { givePool, takeNonpaged } from './pool.ts';
import { lockMain, unlockMain } from './locks.ts';
import { fileRequest, handedOnRequest, volumeRequest } from './fsd.ts';
import { CreateOperation } from './create/operation.ts';
import { commonCreate } from './create/create.ts';
import { cleanup, close } from './close/cleanup.ts';
import { fileSystemControl } from './control/fsctl.ts';
import { initializeFrames } from './content/frames.ts';
import { publishSizes } from './content/sizes.ts';
import { read, write } from './content/read-write.ts';
import { notifyChange } from './directory/notify-request.ts';
import { queryDirectory } from './directory/query.ts';
import { queryEa, setEa } from './ea/query-set.ts';
import { fastIoRoutines } from './fast-io.ts';
import { fastLockRoutines } from './fast-lock.ts';
import { queryInformation } from './info/query.ts';
import { setInformation } from './info/set.ts';
import { processLock } from './range-locks.ts';
import { checkOplock } from './oplock.ts';
import { RamfsAcquireForCcFlush, RamfsAcquireForModWrite, RamfsAcquireForSection,
  RamfsReleaseForCcFlush, RamfsReleaseForModWrite, RamfsReleaseForSection }
  from './section.ts';
import { querySecurity, setSecurity } from './security/security.ts';
import { deviceControl } from './volume/device-control.ts';
import { queryVolume, setVolume } from './volume/info.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PDRIVER_OBJECT, PFILE_OBJECT, PIO_STACK_LOCATION } from '../../ntos/io/types.ts';
import type { PCCB, PFCB, PSCB, PVCB } from './types.ts';

const { MinorFunction, FileObject } = IO_STACK_LOCATION.bound;
const { FsContext } = FILE_OBJECT.bound;
const { set_IoStatus_Information } = IRP.bound;
const b = RAMFS_SCB.bound;
const { State: volumeState } = RAMFS_VCB.bound;
const r = RAMFS_ROOT.bound;
const TAG_FAST_IO = poolTag('Rfio');

function fileOf(location: PIO_STACK_LOCATION): PFILE_OBJECT {
  return FileObject(location) as PFILE_OBJECT;
}

/** Security and what else belongs to files: not to the volume itself. */
function onFile(
  body: (vcb: PVCB, fcb: PFCB, ccb: PCCB, ...rest: FileArguments) => NTSTATUS,
): Parameters<typeof fileRequest>[1] {
  return (vcb, irp, location, scb, ccb) => b.State(scb) & SCB_VOLUME
    ? STATUS_INVALID_PARAMETER : body(vcb, b.Fcb(scb) as PFCB, ccb, irp, location);
}
type FileArguments = [Parameters<typeof querySecurity>[3], PIO_STACK_LOCATION];

function flush(scb: PSCB): NTSTATUS {
  if (b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return STATUS_SUCCESS;
  lockMain(scb);
  publishSizes(scb);
  unlockMain(scb);
  return STATUS_SUCCESS;
}

/** What keeps a lock request from the package: then it is completed here. */
function refuseLock(vcb: PVCB, location: PIO_STACK_LOCATION): NTSTATUS {
  const scb = FsContext(fileOf(location)) as PSCB;
  if (scb === 0 || b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return STATUS_INVALID_PARAMETER;
  return volumeState(vcb) & VCB_DISMOUNTED ? STATUS_VOLUME_DISMOUNTED : STATUS_SUCCESS;
}

const majors: Readonly<Record<number, RoutineId>> = {
  [IRP_MJ_CREATE]: volumeRequest('RamfsFsdCreate', (vcb, irp, location) => {
    // An open of the driver's own device object, without a file object, names nothing.
    if (fileOf(location) === 0) return STATUS_INVALID_DEVICE_REQUEST;
    const op = new CreateOperation(vcb, irp, location);
    const status = commonCreate(op);
    if (status !== STATUS_PENDING) set_IoStatus_Information(irp, op.information);
    return status;
  }),
  [IRP_MJ_CLEANUP]: volumeRequest('RamfsFsdCleanup', (vcb, irp, location) => {
    if (FsContext(fileOf(location)) !== 0) cleanup(vcb, irp, fileOf(location));
    return STATUS_SUCCESS;
  }),
  [IRP_MJ_CLOSE]: volumeRequest('RamfsFsdClose', (vcb, _irp, location) => {
    if (FsContext(fileOf(location)) !== 0) close(vcb, fileOf(location));
    return STATUS_SUCCESS;
  }),
  [IRP_MJ_READ]: fileRequest('RamfsFsdRead', (_vcb, irp, location, scb, ccb) =>
    read(irp, location, scb, ccb)),
  [IRP_MJ_WRITE]: fileRequest('RamfsFsdWrite', (_vcb, irp, location, scb, ccb) =>
    write(irp, location, scb, ccb)),
  [IRP_MJ_QUERY_INFORMATION]: fileRequest('RamfsFsdQueryInformation', queryInformation),
  [IRP_MJ_SET_INFORMATION]: fileRequest('RamfsFsdSetInformation', setInformation),
  [IRP_MJ_QUERY_EA]: fileRequest('RamfsFsdQueryEa', queryEa),
  [IRP_MJ_SET_EA]: fileRequest('RamfsFsdSetEa', setEa),
  [IRP_MJ_FLUSH_BUFFERS]: fileRequest('RamfsFsdFlushBuffers', (_vcb, irp, _location, scb) => {
    const broken = checkOplock(scb, irp);
    return broken === STATUS_SUCCESS ? flush(scb) : broken;
  }),
  [IRP_MJ_QUERY_VOLUME_INFORMATION]: fileRequest('RamfsFsdQueryVolumeInformation', queryVolume),
  [IRP_MJ_SET_VOLUME_INFORMATION]: fileRequest('RamfsFsdSetVolumeInformation', setVolume),
  [IRP_MJ_DIRECTORY_CONTROL]: fileRequest('RamfsFsdDirectoryControl',
    (vcb, irp, location, scb, ccb) => {
      switch (MinorFunction(location)) {
        case IRP_MN_QUERY_DIRECTORY: return queryDirectory(vcb, irp, location, scb, ccb);
        case IRP_MN_NOTIFY_CHANGE_DIRECTORY: return notifyChange(vcb, irp, location, scb, ccb);
        default: return STATUS_INVALID_DEVICE_REQUEST;
      }
    }),
  [IRP_MJ_FILE_SYSTEM_CONTROL]: fileRequest('RamfsFsdFileSystemControl', fileSystemControl),
  [IRP_MJ_DEVICE_CONTROL]: fileRequest('RamfsFsdDeviceControl', deviceControl),
  [IRP_MJ_LOCK_CONTROL]: handedOnRequest('RamfsFsdLockControl',
    (_vcb, irp, _location, scb) => processLock(scb, irp),
    (vcb, _irp, location) => refuseLock(vcb, location)),
  [IRP_MJ_QUERY_SECURITY]: fileRequest('RamfsFsdQuerySecurity', onFile(querySecurity)),
  [IRP_MJ_SET_SECURITY]: fileRequest('RamfsFsdSetSecurity', onFile(setSecurity)),
  [IRP_MJ_SHUTDOWN]: volumeRequest('RamfsFsdShutdown', () => STATUS_SUCCESS),
};

/** The fast table's entries for the memory and cache managers. */
const synchronizers: Readonly<Record<string, RoutineId>> = {
  AcquireFileForNtCreateSection: kernelRoutine('RamfsAcquireForCreateSection',
    (file, type, protection) =>
    RamfsAcquireForSection(file as PFILE_OBJECT, type!, protection!)),
  ReleaseFileForNtCreateSection: kernelRoutine('RamfsReleaseFileForNtCreateSection', (file) =>
    RamfsReleaseForSection(file as PFILE_OBJECT)),
  AcquireForModWrite: kernelRoutine('RamfsAcquireForModWrite', (file, ending, release) =>
    RamfsAcquireForModWrite(file as PFILE_OBJECT, ending!, release!)),
  ReleaseForModWrite: kernelRoutine('RamfsReleaseForModWrite', (file, resource) =>
    RamfsReleaseForModWrite(file as PFILE_OBJECT, resource!)),
  AcquireForCcFlush: kernelRoutine('RamfsAcquireForCcFlush', (file) =>
    RamfsAcquireForCcFlush(file as PFILE_OBJECT)),
  ReleaseForCcFlush: kernelRoutine('RamfsReleaseForCcFlush', (file) =>
    RamfsReleaseForCcFlush(file as PFILE_OBJECT)),
};

function fillFastTable(table: number): void {
  const entries = { ...fastIoRoutines, ...fastLockRoutines, ...synchronizers };
  i32[table >> 2] = FAST_IO_DISPATCH.size;
  for (const [member, routine] of Object.entries(entries)) {
    const offset = FAST_IO_DISPATCH.offsets[member];
    if (offset === undefined) throw new Error(`FAST_IO_DISPATCH has no member ${member}`);
    i32[(table + offset) >> 2] = routine;
  }
}

/** Makes the driver. Processor 0, once per boot; no volume is mounted. */
export function initializeRamfs(): void {
  initializeFrames();
  const table = takeNonpaged(FAST_IO_DISPATCH.size, TAG_FAST_IO);
  if (table === 0) throw new Error('no nonpaged pool for RAM volumes; give it more memory');
  fillFastTable(table);
  r.set_FastIo(ramfsRoot, table);
  r.set_DriverObject(ramfsRoot, createDriver(majors, table));
  store(ramfsRoot + (RAMFS_ROOT.offsets['Mounted'] ?? 0), 0);
}

/** Gives the driver back; every volume must be dismounted. */
export function shutdownRamfs(): void {
  if (r.Mounted(ramfsRoot) !== 0) {
    throw new Error(`${r.Mounted(ramfsRoot)} RAM volumes are still mounted; dismount them first`);
  }
  deleteDriver(r.DriverObject(ramfsRoot) as PDRIVER_OBJECT);
  givePool(r.FastIo(ramfsRoot), TAG_FAST_IO);
  r.set_FastIo(ramfsRoot, 0);
  r.set_DriverObject(ramfsRoot, 0 as PDRIVER_OBJECT);
}

/** The driver object of every RAM volume. */
export function ramfsDriver(): PDRIVER_OBJECT {
  return r.DriverObject(ramfsRoot) as PDRIVER_OBJECT;
}
