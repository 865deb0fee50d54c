// Files as drivers use them by handle: ZwCreateFile and its kin. PASSIVE_LEVEL with special kernel
// APCs enabled, because the end of an I/O operation is such an APC. A minifilter that opens files
// in its callbacks uses the Flt routines instead: these go to the top of the volume's stack.
//
// They are the services of applications (nt-*.ts) called in kernel mode, in the shape the WDK has:
// offsets and keys by address, events by handle, APC routines, which no driver may give here.
import { i32 as words } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { OB_TYPE_EVENT, ObDereferenceObject } from '../../ob/object.ts';
import { ObReferenceObjectByHandle, ObpCloseHandle } from '../../ob/handle.ts';
import { readInt64 } from '../../rtl/large-integer.ts';
import { OBJECT_ATTRIBUTES } from '../../rtl/types.ts';
import { readUnicode } from '../../rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_NOT_SUPPORTED } from '../../status-codes.ts';
import { DELETE, FILE_DELETE_ON_CLOSE, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT,
  FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE } from '../file-constants.ts';
import { IO_STATUS_BLOCK } from '../types.ts';
import { asKernel } from './kernel-mode.ts';
import { createFile } from './nt-create.ts';
import { fileByHandle, releaseFile } from './service.ts';
import { NO_OFFSET, NtFlushBuffersFile, NtReadFile, NtWriteFile } from './nt-read-write.ts';
import type { NTSTATUS } from '../../status.ts';
import type { OutPtr } from '../../../mem/pointer.ts';
import type { PFILE_OBJECT } from '../types.ts';
import type { POBJECT_ATTRIBUTES } from '../../rtl/types.ts';

const i32 = words;
const { ObjectName, RootDirectory, Attributes, SecurityDescriptor } = OBJECT_ATTRIBUTES.bound;
const KernelMode = 0;

/** Runs with the KEVENT of an event handle, 0 for none; its reference goes when `work` returns. */
export function withEvent(
  Event: number, ApcRoutine: number, work: (event: number) => NTSTATUS,
): NTSTATUS {
  // A driver gives NULL (WDK); an APC to the issuing thread is an application's business.
  if (ApcRoutine !== 0) return STATUS_NOT_SUPPORTED;
  if (Event === 0) return work(0);
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = ObReferenceObjectByHandle(Event, 0, OB_TYPE_EVENT, KernelMode, out);
  const event = i32[out >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  const result = work(event);
  ObDereferenceObject(event);
  return result;
}

/**
 * Opens or creates a file. PASSIVE_LEVEL.
 *
 * @param ObjectAttributes OBJ_KERNEL_HANDLE unless the thread is a system thread's.
 * @param AllocationSize NULL, or address of a LARGE_INTEGER.
 * @returns what IRP_MJ_CREATE answers; STATUS_OBJECT_PATH_NOT_FOUND for a name without a volume;
 *   STATUS_REPARSE_POINT_NOT_RESOLVED when links lead through more than 63 others.
 */
export function ZwCreateFile(
  FileHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  IoStatusBlock: number, AllocationSize: number, FileAttributes: number, ShareAccess: number,
  CreateDisposition: number, CreateOptions: number, EaBuffer: number, EaLength: number,
): NTSTATUS {
  return asKernel(() => {
    const rootHandle = RootDirectory(ObjectAttributes);
    const root = rootHandle === 0 ? 0 : fileByHandle(rootHandle, 0);
    // A status is negative, a pointer is not.
    if (root < 0) return root as NTSTATUS;
    const status = createFile(FileHandle, IoStatusBlock, {
      path: readUnicode(ObjectName(ObjectAttributes)), root: root as PFILE_OBJECT,
      desiredAccess: DesiredAccess, fileAttributes: FileAttributes, shareAccess: ShareAccess,
      allocationSize: AllocationSize === 0 ? 0 : readInt64(AllocationSize),
      disposition: CreateDisposition, options: CreateOptions, eaBuffer: EaBuffer,
      eaLength: EaLength, mode: KernelMode, attributes: Attributes(ObjectAttributes),
      security: SecurityDescriptor(ObjectAttributes),
    });
    if (root > 0) releaseFile(root as PFILE_OBJECT);
    return status;
  });
}

/** ZwCreateFile for a file that exists. PASSIVE_LEVEL. */
export function ZwOpenFile(
  FileHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  IoStatusBlock: number, ShareAccess: number, OpenOptions: number,
): NTSTATUS {
  return ZwCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, 0, 0,
    ShareAccess, FILE_OPEN, OpenOptions, 0, 0);
}

type Transfer = typeof NtReadFile;

function transfer(
  call: Transfer, handle: number, Event: number, apc: number, iosb: number, buffer: number,
  length: number, ByteOffset: number, Key: number,
): NTSTATUS {
  const offset = ByteOffset === 0 ? NO_OFFSET : readInt64(ByteOffset);
  const key = Key === 0 ? 0 : i32[Key >> 2]!;
  return asKernel(() => withEvent(Event, apc, (event) =>
    call(handle, event, iosb, buffer, length, offset, key)));
}

/**
 * Reads. PASSIVE_LEVEL.
 *
 * @param Event NULL or a handle, which must stay open until the operation ends.
 * @param ApcRoutine NULL. @param ByteOffset NULL for the position of a synchronous file, or address
 *   of a LARGE_INTEGER. @param Key NULL or address of a ULONG.
 * @returns STATUS_PENDING on an asynchronous file; STATUS_END_OF_FILE; STATUS_INVALID_PARAMETER
 *   without an offset on an asynchronous file; STATUS_NOT_SUPPORTED for an APC routine.
 */
export function ZwReadFile(
  FileHandle: number, Event: number, ApcRoutine: number, _ApcContext: number,
  IoStatusBlock: number, Buffer: OutPtr, Length: number, ByteOffset: number, Key: OutPtr,
): NTSTATUS {
  return transfer(NtReadFile, FileHandle, Event, ApcRoutine, IoStatusBlock, Buffer, Length,
    ByteOffset, Key);
}

/** Writes; parameters as ZwReadFile, an offset of -1 appends. PASSIVE_LEVEL. */
export function ZwWriteFile(
  FileHandle: number, Event: number, ApcRoutine: number, _ApcContext: number,
  IoStatusBlock: number, Buffer: OutPtr, Length: number, ByteOffset: number, Key: OutPtr,
): NTSTATUS {
  return transfer(NtWriteFile, FileHandle, Event, ApcRoutine, IoStatusBlock, Buffer, Length,
    ByteOffset, Key);
}

/** Writes what is cached of a file to the disk. PASSIVE_LEVEL. */
export function ZwFlushBuffersFile(FileHandle: number, IoStatusBlock: number): NTSTATUS {
  return asKernel(() => NtFlushBuffersFile(FileHandle, IoStatusBlock));
}

/** Deletes a file by name: an open with FILE_DELETE_ON_CLOSE. PASSIVE_LEVEL. */
export function ZwDeleteFile(ObjectAttributes: POBJECT_ATTRIBUTES): NTSTATUS {
  const frame = pushFrame();
  const handle = stackAlloc(4);
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const status = ZwOpenFile(handle, DELETE, ObjectAttributes, iosb, share,
    FILE_DELETE_ON_CLOSE | FILE_OPEN_FOR_BACKUP_INTENT);
  if (NT_SUCCESS(status)) ObpCloseHandle(i32[handle >> 2]!);
  popFrame(frame);
  return status;
}

