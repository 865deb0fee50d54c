// Paging I/O: reads and writes of the memory manager on a file object, which may long have lost its
// last handle. The data travels by an MDL whose pages are locked, the request is non-cached, the
// issuer waits for it, and no APC is needed to finish it.
// Simplification: always synchronous (IRP_SYNCHRONOUS_PAGING_IO).
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { IRQL_NOT_LESS_OR_EQUAL } from '../../ke/bug-check-codes.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../status-codes.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE,
  IRP_PAGING_IO, IRP_READ_OPERATION, IRP_SYNCHRONOUS_PAGING_IO, IRP_WRITE_OPERATION }
  from '../types.ts';
import { IoFreeIrp, IoGetNextIrpStackLocation } from '../irp/irp.ts';
import { IoGetRelatedDeviceObject } from '../object/device.ts';
import { IoAllocateMdl, MmProbeAndLockPages } from '../irp/mdl.ts';
import { buildRequest, sendAndWait } from './issue.ts';
import { ObDereferenceObject } from '../../ob/object.ts';
import { targetDevice } from '../object/file-extension.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../types.ts';

const { set_UserBuffer } = IRP.bound;
const { set_Parameters_Read_Length, set_Parameters_Read_ByteOffset } = IO_STACK_LOCATION.bound;
const { FsContext } = FILE_OBJECT.bound;
const PAGING = IRP_PAGING_IO | IRP_NOCACHE | IRP_SYNCHRONOUS_PAGING_IO;
const KernelMode = 0;

function transfer(
  major: number, file: PFILE_OBJECT, buffer: number, length: number, offset: number, iosb: number,
): NTSTATUS {
  const irql = KeGetCurrentIrql();
  if (irql > APC_LEVEL) {
    KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, file, irql, 0, 0,
      `paging I/O at IRQL ${irql}; the highest is APC_LEVEL (stream ${FsContext(file)})`);
  }
  const device = (targetDevice(file) || IoGetRelatedDeviceObject(file)) as PDEVICE_OBJECT;
  const direction = major === IRP_MJ_READ ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
  const irp = buildRequest(file, device, major, KernelMode, PAGING | direction, iosb);
  if (irp === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const mdl = IoAllocateMdl(buffer, length, false, false, irp);
  if (mdl === 0) {
    IoFreeIrp(irp);
    ObDereferenceObject(file);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  MmProbeAndLockPages(mdl, KernelMode, 0);
  set_UserBuffer(irp, buffer);
  const location = IoGetNextIrpStackLocation(irp);
  set_Parameters_Read_Length(location, length);
  set_Parameters_Read_ByteOffset(location, offset);
  return sendAndWait(device, irp);
}

/**
 * Reads pages of a file, as a page fault does. IRQL <= APC_LEVEL; the caller holds a reference of
 * the file object, not necessarily a handle.
 *
 * @param buffer where the data goes. @param length bytes. @param offset bytes from the start.
 * @param iosb where the result goes. @returns the final status (STATUS_END_OF_FILE behind the end).
 */
export function IoPageRead(
  file: PFILE_OBJECT, buffer: number, length: number, offset: number, iosb: number,
): NTSTATUS {
  return transfer(IRP_MJ_READ, file, buffer, length, offset, iosb);
}

/** Writes pages back; parameters as IoPageRead. A paging write never makes a file longer. */
export function IoSynchronousPageWrite(
  file: PFILE_OBJECT, buffer: number, length: number, offset: number, iosb: number,
): NTSTATUS {
  return transfer(IRP_MJ_WRITE, file, buffer, length, offset, iosb);
}
