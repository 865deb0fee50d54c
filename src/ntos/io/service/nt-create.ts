// NtCreateFile, NtOpenFile, NtClose and the fast query of attributes by name.
import { ObpCloseHandle } from '../../ob/handle.ts';
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { i32 } from '../../../mem/memory.ts';
import { NT_SUCCESS } from '../../status.ts';
import { IopCreateFile, handleFor } from './create-file.ts';
import { OBJECT_ATTRIBUTES } from '../../rtl/types.ts';
import { readUnicode } from '../../rtl/unicode-string.ts';
import { IO_STATUS_BLOCK } from '../types.ts';
import { FILE_OPEN } from '../file-constants.ts';
import { checkServiceLevel, fileByHandle, releaseFile } from './service.ts';
import type { NTSTATUS } from '../../status.ts';
import type { CreateRequest } from './create-file.ts';
import type { PFILE_OBJECT } from '../types.ts';

const { ObjectName, RootDirectory, SecurityDescriptor } = OBJECT_ATTRIBUTES.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
type POA = Parameters<typeof ObjectName>[0];
const { PreviousMode } = KTHREAD.bound;
const UserMode = 1;

/**
 * Creates or opens a file from plain values: what NtCreateFile does after probing its parameters.
 * PASSIVE_LEVEL. The handle is returned through `handleOut`, the result through `iosb`.
 */
export function createFile(handleOut: number, iosb: number, request: CreateRequest): NTSTATUS {
  checkServiceLevel('NtCreateFile');
  const result = IopCreateFile(request);
  set_Status(iosb as PIOSB, result.status);
  set_Information(iosb as PIOSB, result.information);
  if (NT_SUCCESS(result.status)) {
    i32[handleOut >> 2] = handleFor(result, request.attributes ?? 0);
  }
  return result.status;
}

/**
 * NtCreateFile: opens or creates a file. PASSIVE_LEVEL, the thread of the application.
 *
 * @param FileHandle where the handle goes. @param ObjectAttributes the name and the root handle.
 * @param AllocationSize in bytes, 0 for none.
 * @see NtCreateFile of the WDK; statuses are those of IRP_MJ_CREATE.
 */
export function NtCreateFile(
  FileHandle: number,
  DesiredAccess: number,
  ObjectAttributes: number,
  IoStatusBlock: number,
  AllocationSize: number,
  FileAttributes: number,
  ShareAccess: number,
  CreateDisposition: number,
  CreateOptions: number,
  EaBuffer = 0,
  EaLength = 0,
): NTSTATUS {
  const attributes = ObjectAttributes as POA;
  const rootHandle = RootDirectory(attributes);
  const root = rootHandle === 0 ? 0 : fileByHandle(rootHandle, 0);
  if (root < 0) return root as NTSTATUS;
  const status = createFile(FileHandle, IoStatusBlock, {
    path: readUnicode(ObjectName(attributes)),
    root: root as PFILE_OBJECT,
    desiredAccess: DesiredAccess,
    allocationSize: AllocationSize,
    fileAttributes: FileAttributes,
    shareAccess: ShareAccess,
    disposition: CreateDisposition,
    options: CreateOptions,
    eaBuffer: EaBuffer,
    eaLength: EaLength,
    mode: UserMode,
    security: SecurityDescriptor(attributes),
  });
  if (root > 0) releaseFile(root as PFILE_OBJECT);
  return status;
}

/** NtOpenFile: NtCreateFile for a file that exists. PASSIVE_LEVEL. */
export function NtOpenFile(
  FileHandle: number,
  DesiredAccess: number,
  ObjectAttributes: number,
  IoStatusBlock: number,
  ShareAccess: number,
  OpenOptions: number,
): NTSTATUS {
  return NtCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, 0, 0,
    ShareAccess, FILE_OPEN, OpenOptions);
}

/**
 * NtClose: gives a handle back; the last one of a file sends IRP_MJ_CLEANUP, the last reference
 * IRP_MJ_CLOSE. PASSIVE_LEVEL. STATUS_INVALID_HANDLE for a handle that is not open.
 */
export function NtClose(Handle: number): NTSTATUS {
  checkServiceLevel('NtClose');
  return ObpCloseHandle(Handle, PreviousMode(currentThread));
}
