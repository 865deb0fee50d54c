// What drivers ask and set of files by handle: information, volumes, directories, controls, locks,
// EAs, security. PASSIVE_LEVEL with special kernel APCs enabled. See zw-file.ts.
import { i32 as words } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { readInt64 } from '../../rtl/large-integer.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL } from '../../status-codes.ts';
import { IO_STATUS_BLOCK } from '../types.ts';
import { asKernel } from './kernel-mode.ts';
import { withEvent } from './zw-file.ts';
import { NtQueryEaFile, NtQueryInformationFile, NtQuerySecurityObject,
  NtQueryVolumeInformationFile, NtSetEaFile, NtSetInformationFile, NtSetSecurityObject,
  NtSetVolumeInformationFile } from './nt-information.ts';
import { NtDeviceIoControlFile, NtFsControlFile, NtQueryDirectoryFile, NtUnlockFile }
  from './nt-control.ts';
import type { NTSTATUS } from '../../status.ts';
import type { OutPtr } from '../../../mem/pointer.ts';

const i32 = words;

/**
 * Asks about a file. PASSIVE_LEVEL. Statuses are the file system's: STATUS_INFO_LENGTH_MISMATCH,
 * STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER for a class it does not know.
 */
export function ZwQueryInformationFile(
  FileHandle: number, IoStatusBlock: number, FileInformation: OutPtr, Length: number,
  FileInformationClass: number,
): NTSTATUS {
  return asKernel(() => NtQueryInformationFile(FileHandle, IoStatusBlock, FileInformation, Length,
    FileInformationClass));
}

/** Changes what is known about a file; renames it, deletes it. PASSIVE_LEVEL. */
export function ZwSetInformationFile(
  FileHandle: number, IoStatusBlock: number, FileInformation: OutPtr, Length: number,
  FileInformationClass: number,
): NTSTATUS {
  return asKernel(() => NtSetInformationFile(FileHandle, IoStatusBlock, FileInformation, Length,
    FileInformationClass));
}

/** Asks about the volume of a file. PASSIVE_LEVEL. */
export function ZwQueryVolumeInformationFile(
  FileHandle: number, IoStatusBlock: number, FsInformation: OutPtr, Length: number,
  FsInformationClass: number,
): NTSTATUS {
  return asKernel(() => NtQueryVolumeInformationFile(FileHandle, IoStatusBlock, FsInformation,
    Length, FsInformationClass));
}

/** Changes what is known about the volume of a file. PASSIVE_LEVEL. */
export function ZwSetVolumeInformationFile(
  FileHandle: number, IoStatusBlock: number, FsInformation: OutPtr, Length: number,
  FsInformationClass: number,
): NTSTATUS {
  return asKernel(() => NtSetVolumeInformationFile(FileHandle, IoStatusBlock, FsInformation,
    Length, FsInformationClass));
}

/**
 * Lists a directory. PASSIVE_LEVEL.
 * @param FileName NULL, or a UNICODE_STRING with the pattern of the whole scan.
 * @returns STATUS_NO_MORE_FILES, STATUS_NO_SUCH_FILE, STATUS_BUFFER_OVERFLOW.
 */
export function ZwQueryDirectoryFile(
  FileHandle: number, Event: number, ApcRoutine: number, _ApcContext: number,
  IoStatusBlock: number, FileInformation: OutPtr, Length: number, FileInformationClass: number,
  ReturnSingleEntry: boolean, FileName: number, RestartScan: boolean,
): NTSTATUS {
  return asKernel(() => withEvent(Event, ApcRoutine, () => NtQueryDirectoryFile(FileHandle,
    IoStatusBlock, FileInformation, Length, FileInformationClass, ReturnSingleEntry, FileName,
    RestartScan)));
}

/** Sends a file system control code. PASSIVE_LEVEL. STATUS_PENDING on an asynchronous file. */
export function ZwFsControlFile(
  FileHandle: number, Event: number, ApcRoutine: number, _ApcContext: number,
  IoStatusBlock: number, FsControlCode: number, InputBuffer: OutPtr, InputBufferLength: number,
  OutputBuffer: OutPtr, OutputBufferLength: number,
): NTSTATUS {
  return asKernel(() => withEvent(Event, ApcRoutine, (event) => NtFsControlFile(FileHandle, event,
    IoStatusBlock, FsControlCode, InputBuffer, InputBufferLength, OutputBuffer,
    OutputBufferLength)));
}

/** Sends a device control code. PASSIVE_LEVEL. STATUS_PENDING on an asynchronous file. */
export function ZwDeviceIoControlFile(
  FileHandle: number, Event: number, ApcRoutine: number, _ApcContext: number,
  IoStatusBlock: number, IoControlCode: number, InputBuffer: OutPtr, InputBufferLength: number,
  OutputBuffer: OutPtr, OutputBufferLength: number,
): NTSTATUS {
  return asKernel(() => withEvent(Event, ApcRoutine, (event) => NtDeviceIoControlFile(FileHandle,
    event, IoStatusBlock, IoControlCode, InputBuffer, InputBufferLength, OutputBuffer,
    OutputBufferLength)));
}

/** Gives a byte range back. PASSIVE_LEVEL. @param ByteOffset,Length addresses of LARGE_INTEGERs. */
export function ZwUnlockFile(
  FileHandle: number, IoStatusBlock: number, ByteOffset: number, Length: number, Key: number,
): NTSTATUS {
  return asKernel(() => NtUnlockFile(FileHandle, IoStatusBlock, readInt64(ByteOffset),
    readInt64(Length), Key));
}

/** Reads extended attributes. PASSIVE_LEVEL. @param EaIndex NULL or address of a ULONG. */
export function ZwQueryEaFile(
  FileHandle: number, IoStatusBlock: number, Buffer: OutPtr, Length: number,
  ReturnSingleEntry: boolean, EaList: number, EaListLength: number, EaIndex: OutPtr,
  RestartScan: boolean,
): NTSTATUS {
  return asKernel(() => NtQueryEaFile(FileHandle, IoStatusBlock, Buffer, Length,
    ReturnSingleEntry, EaList, EaListLength, EaIndex === 0 ? 0 : i32[EaIndex >> 2]!,
    RestartScan));
}

/** Replaces extended attributes. PASSIVE_LEVEL. */
export function ZwSetEaFile(
  FileHandle: number, IoStatusBlock: number, Buffer: OutPtr, Length: number,
): NTSTATUS {
  return asKernel(() => NtSetEaFile(FileHandle, IoStatusBlock, Buffer, Length));
}

/**
 * Reads a file's security descriptor, self-relative. PASSIVE_LEVEL.
 * @param LengthNeeded where its length goes. STATUS_BUFFER_TOO_SMALL.
 */
export function ZwQuerySecurityObject(
  Handle: number, SecurityInformation: number, SecurityDescriptor: OutPtr, Length: number,
  LengthNeeded: OutPtr,
): NTSTATUS {
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const status = asKernel(() => NtQuerySecurityObject(Handle, SecurityInformation,
    SecurityDescriptor, Length, LengthNeeded, iosb));
  popFrame(frame);
  // The file system's status for a short buffer is not the one that callers of the service see.
  return status === STATUS_BUFFER_OVERFLOW ? STATUS_BUFFER_TOO_SMALL : status;
}

/** Replaces parts of a file's security descriptor. PASSIVE_LEVEL. */
export function ZwSetSecurityObject(
  Handle: number, SecurityInformation: number, SecurityDescriptor: number,
): NTSTATUS {
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const status = asKernel(() => NtSetSecurityObject(Handle, SecurityInformation,
    SecurityDescriptor, iosb));
  popFrame(frame);
  return status;
}
