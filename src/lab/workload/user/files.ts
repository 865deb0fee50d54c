// The system services on files in the words of a workload: plain values in, a status out. What a
// service needs in memory (names, structures) is put into the requestor's own buffers.
// Guarantees: one request per call, counted once under its major function.
import { i32 } from '../../../mem/memory.ts';
import { createFile, NtClose } from '../../../ntos/io/service/nt-create.ts';
import { NtFlushBuffersFile, NtReadFile, NtWriteFile }
  from '../../../ntos/io/service/nt-read-write.ts';
import { NtQueryInformationFile, NtQuerySecurityObject, NtQueryVolumeInformationFile,
  NtSetInformationFile, NtSetSecurityObject, NtSetVolumeInformationFile }
  from '../../../ntos/io/service/nt-information.ts';
import { NtUnlockFile } from '../../../ntos/io/service/nt-control.ts';
import { FILE_OPEN, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_ALERT, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../../ntos/io/file-constants.ts';
import * as mj from '../../../ntos/io/constants.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { User, UserFile } from '../user.ts';

const SYNCHRONOUS = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/** What an open asks for; what is not said is FILE_OPEN with everything shared. */
export interface OpenRequest {
  /** With the drive letter or the device name. */
  readonly path: string;
  readonly DesiredAccess: number;
  readonly AllocationSize?: number;
  readonly FileAttributes?: number;
  readonly ShareAccess?: number;
  readonly CreateDisposition?: number;
  readonly CreateOptions?: number;
}

/** What came of an open. */
export interface OpenResult extends UserFile {
  readonly status: NTSTATUS;
  /** FILE_OPENED and so on. */
  readonly information: number;
}

/** NtCreateFile. */
export function openFile(user: User, request: OpenRequest): OpenResult {
  const out = user.arena.take(4);
  i32[out >> 2] = 0;
  const options = request.CreateOptions ?? 0;
  const status = user.call(mj.IRP_MJ_CREATE, undefined, (iosb) => createFile(out, iosb, {
    path: request.path, desiredAccess: request.DesiredAccess,
    allocationSize: request.AllocationSize ?? 0, fileAttributes: request.FileAttributes ?? 0,
    shareAccess: request.ShareAccess ?? SHARE_ALL,
    disposition: request.CreateDisposition ?? FILE_OPEN, options, mode: user.mode,
  }));
  const handle = NT_SUCCESS(status) ? i32[out >> 2]! : 0;
  user.arena.give(out);
  return { status, handle, asynchronous: (options & SYNCHRONOUS) === 0,
    information: user.information };
}

/** NtClose: counted as a cleanup. */
export function closeFile(user: User, file: UserFile): NTSTATUS {
  return user.call(mj.IRP_MJ_CLEANUP, undefined, () => NtClose(file.handle));
}

/** NtReadFile; the bytes read are `user.information`. */
export function readFile(
  user: User, file: UserFile, buffer: number, length: number, offset: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_READ, file, (iosb, event) =>
    NtReadFile(file.handle, event, iosb, buffer, length, offset));
}

/** NtWriteFile. */
export function writeFile(
  user: User, file: UserFile, buffer: number, length: number, offset: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_WRITE, file, (iosb, event) =>
    NtWriteFile(file.handle, event, iosb, buffer, length, offset));
}

/** NtFlushBuffersFile. */
export function flushFile(user: User, file: UserFile): NTSTATUS {
  return user.call(mj.IRP_MJ_FLUSH_BUFFERS, file, (iosb) =>
    NtFlushBuffersFile(file.handle, iosb));
}

/** NtQueryInformationFile into `buffer`. */
export function queryFile(
  user: User, file: UserFile, cls: number, buffer: number, length: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_QUERY_INFORMATION, file, (iosb) =>
    NtQueryInformationFile(file.handle, iosb, buffer, length, cls));
}

/** NtSetInformationFile from `buffer`. */
export function setFile(
  user: User, file: UserFile, cls: number, buffer: number, length: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_SET_INFORMATION, file, (iosb) =>
    NtSetInformationFile(file.handle, iosb, buffer, length, cls));
}

/** NtQueryVolumeInformationFile. */
export function queryVolume(
  user: User, file: UserFile, cls: number, buffer: number, length: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_QUERY_VOLUME_INFORMATION, file, (iosb) =>
    NtQueryVolumeInformationFile(file.handle, iosb, buffer, length, cls));
}

/** NtSetVolumeInformationFile. */
export function setVolume(
  user: User, file: UserFile, cls: number, buffer: number, length: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_SET_VOLUME_INFORMATION, file, (iosb) =>
    NtSetVolumeInformationFile(file.handle, iosb, buffer, length, cls));
}

/** NtQuerySecurityObject. */
export function querySecurity(
  user: User, file: UserFile, information: number, buffer: number, length: number,
): NTSTATUS {
  const needed = user.arena.take(4);
  const status = user.call(mj.IRP_MJ_QUERY_SECURITY, file, (iosb) =>
    NtQuerySecurityObject(file.handle, information, buffer, length, needed, iosb));
  user.arena.give(needed);
  return status;
}

/** NtSetSecurityObject. */
export function setSecurity(
  user: User, file: UserFile, information: number, descriptor: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_SET_SECURITY, file, (iosb) =>
    NtSetSecurityObject(file.handle, information, descriptor, iosb));
}

/** NtUnlockFile. */
export function unlockFile(
  user: User, file: UserFile, offset: number, length: number, key: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_LOCK_CONTROL, file, (iosb) =>
    NtUnlockFile(file.handle, iosb, offset, length, key));
}
