// FsRtlGetFileSize: the size of a file, for the memory manager and for drivers. The question goes
// to the top of the stack as paging I/O, so that whoever holds the file's locks may ask it.
import { i32 as words } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { APC_LEVEL } from '../ke/irql.ts';
import { writeInt64 } from '../rtl/large-integer.ts';
import { checkIrql } from '../rtl/services.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_FILE_IS_A_DIRECTORY, STATUS_INSUFFICIENT_RESOURCES } from '../status-codes.ts';
import { IoGetRelatedDeviceObject } from '../io/object/device.ts';
import { targetDevice } from '../io/object/file-extension.ts';
import { FILE_STANDARD_INFORMATION } from '../io/information/file-information.ts';
import { FileStandardInformation } from '../io/information/information-classes.ts';
import { buildRequest, sendAndWait } from '../io/service/issue.ts';
import { IoGetNextIrpStackLocation } from '../io/irp/irp.ts';
import { IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP, IRP_MJ_QUERY_INFORMATION, IRP_PAGING_IO,
  IRP_SYNCHRONOUS_PAGING_IO } from '../io/types.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../io/types.ts';

const i32 = words;
const { set_AssociatedIrp_SystemBuffer } = IRP.bound;
const { set_Parameters_QueryFile_Length, set_Parameters_QueryFile_FileInformationClass } =
  IO_STACK_LOCATION.bound;
const { EndOfFile, Directory } = FILE_STANDARD_INFORMATION.bound;
const KernelMode = 0;

function ask(file: PFILE_OBJECT, buffer: number, iosb: number): NTSTATUS {
  const device = (targetDevice(file) || IoGetRelatedDeviceObject(file)) as PDEVICE_OBJECT;
  const flags = IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO;
  const irp = buildRequest(file, device, IRP_MJ_QUERY_INFORMATION, KernelMode, flags, iosb);
  if (irp === 0) return STATUS_INSUFFICIENT_RESOURCES;
  set_AssociatedIrp_SystemBuffer(irp, buffer);
  const location = IoGetNextIrpStackLocation(irp);
  set_Parameters_QueryFile_Length(location, FILE_STANDARD_INFORMATION.size);
  set_Parameters_QueryFile_FileInformationClass(location, FileStandardInformation);
  return sendAndWait(device, irp);
}

/**
 * The size of a file. IRQL <= APC_LEVEL.
 * @param FileSize address of the LARGE_INTEGER that gets it.
 * @returns STATUS_FILE_IS_A_DIRECTORY, STATUS_INSUFFICIENT_RESOURCES, what the file system says.
 */
export function FsRtlGetFileSize(FileObject: PFILE_OBJECT, FileSize: OutPtr): NTSTATUS {
  checkIrql('FsRtlGetFileSize', APC_LEVEL);
  const frame = pushFrame();
  const buffer = stackAlloc(FILE_STANDARD_INFORMATION.size) as Parameters<typeof Directory>[0];
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  i32[iosb >> 2] = 0;
  let status = ask(FileObject, buffer, iosb);
  if (NT_SUCCESS(status) && Directory(buffer)) status = STATUS_FILE_IS_A_DIRECTORY;
  if (NT_SUCCESS(status)) writeInt64(FileSize, EndOfFile(buffer));
  popFrame(frame);
  return status;
}
