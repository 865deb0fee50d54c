// The system services that carry more than a buffer (names, lists, locks), those that may go on
// after their call, and the requests of the memory manager.
// Guarantees: one request per call, counted once; what `start...` issues is told to `done` when it
// ends. Simplification: FastIoQueryOpen is not tried; attributes by name are asked for by an open,
// a query and a close, which is what the I/O manager does when fast I/O refuses.
import { u8 } from '../../../mem/memory.ts';
import { NtDeviceIoControlFile, NtFsControlFile, NtLockFile, NtNotifyChangeDirectoryFile,
  NtQueryDirectoryFile } from '../../../ntos/io/service/nt-control.ts';
import { NtQueryEaFile, NtSetEaFile } from '../../../ntos/io/service/nt-information.ts';
import { NtCancelIoFileEx } from '../../../ntos/io/service/nt-cancel.ts';
import { IoPageRead, IoSynchronousPageWrite } from '../../../ntos/io/service/paging-io.ts';
import { FileNetworkOpenInformation } from '../../../ntos/io/information/information-classes.ts';
import { FILE_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_SYNCHRONOUS_IO_NONALERT, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { BUFFER_NEITHER } from '../../../ntos/io/service/request-buffers.ts';
import { fileByHandle, releaseFile, requestOn } from '../../../ntos/io/service/service.ts';
import { FILE_DEVICE_FILE_SYSTEM, IO_STACK_LOCATION } from '../../../ntos/io/types.ts';
import { UNICODE_STRING } from '../../../ntos/rtl/types.ts';
import { setUnicode, writeUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import * as mj from '../../../ntos/io/constants.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { closeFile, openFile, queryFile } from './files.ts';
import { putGetEa } from './structures.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { PendingRequest, User, UserFile } from '../user.ts';

const s = IO_STACK_LOCATION.bound;
type Done = PendingRequest['done'];
type Started = ReturnType<User['start']>;

export interface DirectoryRequest {
  readonly FileInformationClass: number;
  /** The pattern; undefined for none. */
  readonly FileName: string | undefined;
  readonly RestartScan: boolean;
  readonly ReturnSingleEntry: boolean;
}

/** NtQueryDirectoryFile into `buffer`. */
export function queryDirectory(
  user: User, file: UserFile, request: DirectoryRequest, buffer: number, length: number,
): NTSTATUS {
  const name = request.FileName;
  const text = name === undefined ? 0 : user.arena.take(name.length * 2);
  const string = name === undefined ? 0 : user.arena.take(UNICODE_STRING.size);
  if (name !== undefined) {
    const bytes = writeUtf16(text, name);
    setUnicode(string, text, bytes, bytes);
  }
  const status = user.call(mj.IRP_MJ_DIRECTORY_CONTROL, file, (iosb) =>
    NtQueryDirectoryFile(file.handle, iosb, buffer, length, request.FileInformationClass,
      request.ReturnSingleEntry, string, request.RestartScan));
  if (string !== 0) {
    user.arena.give(string);
    user.arena.give(text);
  }
  return status;
}

/** NtQueryEaFile for one name, or with '' for all; into `buffer`. */
export function queryEa(
  user: User, file: UserFile, name: string, buffer: number, length: number,
): NTSTATUS {
  const list = name === '' ? 0 : user.arena.take(8 + name.length);
  const listLength = name === '' ? 0 : putGetEa(list, name);
  const status = user.call(mj.IRP_MJ_QUERY_EA, file, (iosb) =>
    NtQueryEaFile(file.handle, iosb, buffer, length, false, list, listLength, 0, true));
  if (list !== 0) user.arena.give(list);
  return status;
}

/** NtSetEaFile from `buffer`. */
export function setEa(user: User, file: UserFile, buffer: number, length: number): NTSTATUS {
  return user.call(mj.IRP_MJ_SET_EA, file, (iosb) =>
    NtSetEaFile(file.handle, iosb, buffer, length));
}

export interface ControlRequest {
  readonly code: number;
  readonly input: number;
  readonly inputLength: number;
  readonly output: number;
  readonly outputLength: number;
}

function controlMajor(code: number): number {
  return code >>> 16 === FILE_DEVICE_FILE_SYSTEM
    ? mj.IRP_MJ_FILE_SYSTEM_CONTROL : mj.IRP_MJ_DEVICE_CONTROL;
}

function issueControl(
  file: UserFile, r: ControlRequest, isDevice: boolean, event: number, iosb: number,
): NTSTATUS {
  const service = isDevice ? NtDeviceIoControlFile : NtFsControlFile;
  return service(file.handle, event, iosb, r.code, r.input, r.inputLength, r.output,
    r.outputLength);
}

/** NtFsControlFile or NtDeviceIoControlFile, waited for. */
export function control(
  user: User, file: UserFile, request: ControlRequest, isDevice = false,
): NTSTATUS {
  return user.call(controlMajor(request.code), file, (iosb, event) =>
    issueControl(file, request, isDevice, event, iosb));
}

/** NtFsControlFile that may go on: an oplock request ends when the oplock breaks. */
export function startControl(
  user: User, file: UserFile, request: ControlRequest, blocks: readonly number[], done: Done,
): Started {
  return user.start(controlMajor(request.code), (iosb, event) =>
    issueControl(file, request, false, event, iosb), blocks, done);
}

/** NtNotifyChangeDirectoryFile; goes on until something changes. */
export function startNotify(
  user: User, file: UserFile,
  request: { readonly CompletionFilter: number; readonly WatchTree: boolean;
    readonly buffer: number; readonly length: number },
  done: Done,
): Started {
  return user.start(mj.IRP_MJ_DIRECTORY_CONTROL, (iosb, event) =>
    NtNotifyChangeDirectoryFile(file.handle, event, iosb, request.buffer, request.length,
      request.CompletionFilter, request.WatchTree), [request.buffer], done);
}

export interface LockRequest {
  readonly ByteOffset: number;
  readonly Length: number;
  readonly Key: number;
  readonly FailImmediately: boolean;
  readonly ExclusiveLock: boolean;
}

function issueLock(file: UserFile, r: LockRequest, event: number, iosb: number): NTSTATUS {
  return NtLockFile(file.handle, event, iosb, r.ByteOffset, r.Length, r.Key, r.FailImmediately,
    r.ExclusiveLock);
}

/** NtLockFile, waited for. */
export function lockFile(user: User, file: UserFile, request: LockRequest): NTSTATUS {
  return user.call(mj.IRP_MJ_LOCK_CONTROL, file, (iosb, event) =>
    issueLock(file, request, event, iosb));
}

/** NtLockFile that may go on until the range is free. */
export function startLock(user: User, file: UserFile, request: LockRequest, done: Done): Started {
  return user.start(mj.IRP_MJ_LOCK_CONTROL, (iosb, event) =>
    issueLock(file, request, event, iosb), [], done);
}

/** Gives up all ranges of this process on the file, or those with one key; an IRP of its own. */
export function unlockAll(user: User, file: UserFile, key: number | undefined): NTSTATUS {
  return user.call(mj.IRP_MJ_LOCK_CONTROL, file, (iosb) => {
    const fileObject = fileByHandle(file.handle, 0);
    if (fileObject < 0) return fileObject as NTSTATUS;
    const status = requestOn(fileObject as PFILE_OBJECT, {
      handle: file.handle, access: 0, major: mj.IRP_MJ_LOCK_CONTROL, iosb,
      buffering: BUFFER_NEITHER, alwaysWait: true,
      fill(location) {
        s.set_MinorFunction(location,
          key === undefined ? mj.IRP_MN_UNLOCK_ALL : mj.IRP_MN_UNLOCK_ALL_BY_KEY);
        s.set_Parameters_LockControl_Key(location, key ?? 0);
      },
    });
    releaseFile(fileObject as PFILE_OBJECT);
    return status;
  });
}

/** NtCancelIoFileEx for a pending request: no request of its own. */
export function cancelRequest(file: UserFile, request: PendingRequest): NTSTATUS {
  return NtCancelIoFileEx(file.handle, request.iosb);
}

/** A page fault's read on a file object; it always ends before it returns. */
export function pageRead(
  user: User, file: PFILE_OBJECT, buffer: number, length: number, offset: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_READ, undefined, (iosb) =>
    IoPageRead(file, buffer, length, offset, iosb));
}

/** The write-back of pages on a file object. */
export function pageWrite(
  user: User, file: PFILE_OBJECT, buffer: number, length: number, offset: number,
): NTSTATUS {
  return user.call(mj.IRP_MJ_WRITE, undefined, (iosb) =>
    IoSynchronousPageWrite(file, buffer, length, offset, iosb));
}

/** NtQueryFullAttributesFile as three requests; the status of the first that fails. */
export function queryAttributes(user: User, path: string): NTSTATUS {
  const opened = openFile(user, { path, DesiredAccess: FILE_READ_ATTRIBUTES | SYNCHRONIZE,
    CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT });
  if (!NT_SUCCESS(opened.status)) return opened.status;
  const buffer = user.arena.take(64);
  u8.fill(0, buffer, buffer + 56);
  const status = queryFile(user, opened, FileNetworkOpenInformation, buffer, 56);
  user.arena.give(buffer);
  closeFile(user, opened);
  return status;
}
