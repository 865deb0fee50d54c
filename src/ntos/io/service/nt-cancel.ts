// NtCancelIoFile and its Ex form: an application gives up requests that it did not wait for.
// Simplification: both reach the requests of the calling thread only; NT's Ex form reaches those of
// the whole process.
import { STATUS_NOT_FOUND, STATUS_SUCCESS } from '../../status-codes.ts';
import { IRP } from '../types.ts';
import { IoCancelIrp } from '../irp/cancel.ts';
import { forEachThreadIrp } from '../irp/thread-irps.ts';
import { checkServiceLevel, fileByHandle, releaseFile } from './service.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT } from '../types.ts';

const { Tail_Overlay_OriginalFileObject: OriginalFileObject, UserIosb } = IRP.bound;

/**
 * Cancels this thread's requests on a file. PASSIVE_LEVEL. Each ends when its driver lets it end,
 * with STATUS_CANCELLED where the driver could still cancel it.
 */
export function NtCancelIoFile(Handle: number): NTSTATUS {
  const cancelled = cancel('NtCancelIoFile', Handle, 0);
  return cancelled < 0 ? (cancelled as NTSTATUS) : STATUS_SUCCESS;
}

/**
 * Cancels the one request of this thread whose status block is given. PASSIVE_LEVEL.
 * @param IoRequestToCancel address of the status block; 0 cancels all on the file.
 * @returns STATUS_NOT_FOUND when no such request is outstanding.
 */
export function NtCancelIoFileEx(Handle: number, IoRequestToCancel: number): NTSTATUS {
  const cancelled = cancel('NtCancelIoFileEx', Handle, IoRequestToCancel);
  if (cancelled < 0) return cancelled as NTSTATUS;
  return cancelled === 0 ? STATUS_NOT_FOUND : STATUS_SUCCESS;
}

/** How many requests were asked to end, or a failing status (negative). */
function cancel(service: string, handle: number, iosb: number): number {
  checkServiceLevel(service);
  const file = fileByHandle(handle, 0);
  if (file < 0) return file;
  let count = 0;
  forEachThreadIrp((irp) => {
    if (OriginalFileObject(irp) !== file || (iosb !== 0 && UserIosb(irp) !== iosb)) return;
    IoCancelIrp(irp);
    count++;
  });
  releaseFile(file as PFILE_OBJECT);
  return count;
}
