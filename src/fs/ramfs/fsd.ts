// The dispatch layer: what every request of the RAM file system passes on its way in and out. It
// enters a critical region, says who is at the top of the recursion (TopLevelIrp), finds the
// volume, and ends the request by the storage's completion policy.
//
// A body returns the final status and leaves Information in the IRP. STATUS_PENDING means that the
// IRP belongs to somebody else by now (a lock, an oplock, a notification that waits).
import { kernelRoutine } from '../../mem/routine.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ntos/ke/apc.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_PENDING,
  STATUS_VOLUME_DISMOUNTED } from '../../ntos/status-codes.ts';
import { DEVICE_OBJECT, FILE_OBJECT, IO_STACK_LOCATION, IRP } from '../../ntos/io/types.ts';
import { IoGetCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { IoGetTopLevelIrp, IoSetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { FsCompleteRequest } from '../storage.ts';
import { RAMFS_VCB, VCB_DISMOUNTED } from './types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIO_STACK_LOCATION, PIRP }
  from '../../ntos/io/types.ts';
import type { PCCB, PSCB, PVCB } from './types.ts';

const { DeviceExtension } = DEVICE_OBJECT.bound;
const { FsContext, FsContext2 } = FILE_OBJECT.bound;
const { FileObject } = IO_STACK_LOCATION.bound;
const { IoStatus_Information, set_IoStatus_Information } = IRP.bound;
const { State } = RAMFS_VCB.bound;

/** A request on its volume. */
export type VolumeBody = (vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION) => NTSTATUS;
/** A request on an open stream of it. */
export type FileBody = (
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
) => NTSTATUS;

/** The VCB of a volume's device; NULL for another device of the driver. */
export function vcbOf(device: number): PVCB {
  return DeviceExtension(device as PDEVICE_OBJECT) as PVCB;
}

/** Runs a body as the file system's entry points do; the IRP is not touched afterwards. */
function run(device: number, irp: PIRP, body: VolumeBody): NTSTATUS {
  const location = IoGetCurrentIrpStackLocation(irp);
  const outer = IoGetTopLevelIrp();
  KeEnterCriticalRegion();
  if (outer === 0) IoSetTopLevelIrp(irp);
  set_IoStatus_Information(irp, 0);
  const vcb = vcbOf(device);
  const status = vcb === 0 ? STATUS_INVALID_DEVICE_REQUEST : body(vcb, irp, location);
  if (outer === 0) IoSetTopLevelIrp(0);
  const ended = status === STATUS_PENDING ? status
    : FsCompleteRequest(irp, status, IoStatus_Information(irp));
  KeLeaveCriticalRegion();
  return ended;
}

/** Makes the dispatch routine of a request on the volume. */
export function volumeRequest(name: string, body: VolumeBody): RoutineId {
  return kernelRoutine(name, (device, irp) => run(device, irp as PIRP, body));
}

/** Makes the dispatch routine of a request on an open file; the volume must still be mounted. */
export function fileRequest(name: string, body: FileBody): RoutineId {
  return volumeRequest(name, (vcb, irp, location) => {
    const file = FileObject(location) as PFILE_OBJECT;
    if (file === 0 || FsContext(file) === 0) return STATUS_INVALID_PARAMETER;
    if (State(vcb) & VCB_DISMOUNTED) return STATUS_VOLUME_DISMOUNTED;
    return body(vcb, irp, location, FsContext(file) as PSCB, FsContext2(file) as PCCB);
  });
}

/**
 * Makes the dispatch routine of a request that somebody else completes, whatever comes of it: the
 * body's return value is returned as it is.
 */
export function handedOnRequest(name: string, body: FileBody, refuse: VolumeBody): RoutineId {
  return kernelRoutine(name, (device, irp) => {
    const location = IoGetCurrentIrpStackLocation(irp as PIRP);
    const file = FileObject(location) as PFILE_OBJECT;
    const vcb = vcbOf(device);
    const refused = vcb === 0 || file === 0 ? STATUS_INVALID_PARAMETER
      : refuse(vcb, irp as PIRP, location);
    if (refused < 0) return FsCompleteRequest(irp as PIRP, refused, 0);
    KeEnterCriticalRegion();
    const status = body(vcb, irp as PIRP, location, FsContext(file) as PSCB,
      FsContext2(file) as PCCB);
    KeLeaveCriticalRegion();
    return status;
  });
}
