// A disk that fails: requests whose work is done end with an error all the same. Only requests that
// leave nothing behind which a failure would lose may fail: transfers, flushes, queries. A create
// that fails after it opened the file, or a cleanup, would be a fault of ours.
import { IoGetCurrentIrpStackLocation } from '../ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_SECURITY, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ,
  IRP_MJ_WRITE, IRP_MN_QUERY_DIRECTORY } from '../ntos/io/types.ts';
import { STATUS_SUCCESS } from '../ntos/status-codes.ts';
import type { PIRP } from '../ntos/io/types.ts';
import type { NTSTATUS } from '../ntos/status.ts';

const { MajorFunction, MinorFunction } = IO_STACK_LOCATION.bound;
const mayFail = new Set<number>([IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_QUERY_SECURITY]);

let ask: () => NTSTATUS = () => STATUS_SUCCESS;

/** Sets what decides how a request of this thread ends that may fail. */
export function setStorageEnding(decide: () => NTSTATUS): void {
  ask = decide;
}

/** The status with which a request that went well ends. */
export function endWith(Irp: PIRP): NTSTATUS {
  const location = IoGetCurrentIrpStackLocation(Irp);
  const major = MajorFunction(location);
  const lists = major === IRP_MJ_DIRECTORY_CONTROL
    && MinorFunction(location) === IRP_MN_QUERY_DIRECTORY;
  return lists || mayFail.has(major) ? ask() : STATUS_SUCCESS;
}
