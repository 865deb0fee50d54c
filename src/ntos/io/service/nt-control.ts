// Directory queries and notification, control codes, byte-range locks and section
// synchronisation: the system services that may stay pending for long.
import { i32 } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { PsGetCurrentProcess } from '../../ob/process.ts';
import { FILE_DEVICE_FILE_SYSTEM, IO_STACK_LOCATION, IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK,
  IRP_MN_NOTIFY_CHANGE_DIRECTORY, IRP_MN_QUERY_DIRECTORY, IRP_MN_UNLOCK_SINGLE, SL_EXCLUSIVE_LOCK,
  SL_FAIL_IMMEDIATELY, SL_INDEX_SPECIFIED, SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY, SL_WATCH_TREE }
  from '../types.ts';
import { FILE_LIST_DIRECTORY } from '../file-constants.ts';
import { METHOD_NEITHER } from '../control-codes.ts';
import { fastByHandle } from '../fast-io.ts';
import { BUFFER_BY_DEVICE, BUFFER_NEITHER, bufferingOfMethod, probeBuffers }
  from './request-buffers.ts';
import { NT_SUCCESS } from '../../status.ts';
import { service } from './service.ts';
import type { FastCall } from '../fast-io.ts';
import type { NTSTATUS } from '../../status.ts';

const s = IO_STACK_LOCATION.bound;
const TRUE = 1;
/** How structures are aligned in an application's memory. */
const STRUCTURES = 4;

/** NtQueryDirectoryFile. PASSIVE_LEVEL. `FileName` is a UNICODE_STRING pattern or NULL. */
export function NtQueryDirectoryFile(
  Handle: number,
  IoStatusBlock: number,
  FileInformation: number,
  Length: number,
  FileInformationClass: number,
  ReturnSingleEntry: boolean,
  FileName: number,
  RestartScan: boolean,
  FileIndex = -1,
): NTSTATUS {
  const probed = probeBuffers({ buffering: BUFFER_BY_DEVICE, output: FileInformation,
    outputLength: Length }, STRUCTURES);
  if (!NT_SUCCESS(probed)) return probed;
  return service('NtQueryDirectoryFile', {
    handle: Handle, access: FILE_LIST_DIRECTORY, major: IRP_MJ_DIRECTORY_CONTROL,
    iosb: IoStatusBlock, buffering: BUFFER_BY_DEVICE, output: FileInformation,
    outputLength: Length, alwaysWait: true,
    fill(location) {
      s.set_MinorFunction(location, IRP_MN_QUERY_DIRECTORY);
      s.set_Flags(location, (RestartScan ? SL_RESTART_SCAN : 0) |
        (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) |
        (FileIndex >= 0 ? SL_INDEX_SPECIFIED : 0));
      s.set_Parameters_QueryDirectory_Length(location, Length);
      s.set_Parameters_QueryDirectory_FileName(location, FileName as never);
      s.set_Parameters_QueryDirectory_FileInformationClass(location, FileInformationClass);
      s.set_Parameters_QueryDirectory_FileIndex(location, Math.max(FileIndex, 0));
    },
  });
}

/** NtNotifyChangeDirectoryFile. On an asynchronous file it returns STATUS_PENDING. PASSIVE. */
export function NtNotifyChangeDirectoryFile(
  Handle: number,
  Event: number,
  IoStatusBlock: number,
  Buffer: number,
  Length: number,
  CompletionFilter: number,
  WatchTree: boolean,
): NTSTATUS {
  return service('NtNotifyChangeDirectoryFile', {
    handle: Handle, access: FILE_LIST_DIRECTORY, major: IRP_MJ_DIRECTORY_CONTROL,
    iosb: IoStatusBlock, buffering: BUFFER_BY_DEVICE, output: Buffer, outputLength: Length,
    event: Event,
    fill(location) {
      s.set_MinorFunction(location, IRP_MN_NOTIFY_CHANGE_DIRECTORY);
      s.set_Flags(location, WatchTree ? SL_WATCH_TREE : 0);
      s.set_Parameters_NotifyDirectory_Length(location, Length);
      s.set_Parameters_NotifyDirectory_CompletionFilter(location, CompletionFilter);
    },
  });
}

function control(
  name: string,
  major: number,
  Handle: number,
  Event: number,
  IoStatusBlock: number,
  code: number,
  InputBuffer: number,
  InputLength: number,
  OutputBuffer: number,
  OutputLength: number,
): NTSTATUS {
  const access = (code >>> 14) & 3;
  const buffering = bufferingOfMethod[code & 3] ?? BUFFER_NEITHER;
  const probed = probeBuffers({ buffering, input: InputBuffer, inputLength: InputLength,
    output: OutputBuffer, outputLength: OutputLength });
  if (!NT_SUCCESS(probed)) return probed;
  if (major === IRP_MJ_DEVICE_CONTROL) {
    const call = { name, handle: Handle, access, event: Event, iosb: IoStatusBlock };
    const done = fastByHandle('FastIoDeviceControl', call, [TRUE, InputBuffer, InputLength,
      OutputBuffer, OutputLength, code, IoStatusBlock]);
    if (done !== undefined) return done;
  }
  return service(name, {
    handle: Handle, access, major, iosb: IoStatusBlock,
    buffering,
    input: InputBuffer, inputLength: InputLength, output: OutputBuffer,
    outputLength: OutputLength, event: Event,
    fill(location) {
      s.set_Parameters_FileSystemControl_OutputBufferLength(location, OutputLength);
      s.set_Parameters_FileSystemControl_InputBufferLength(location, InputLength);
      s.set_Parameters_FileSystemControl_FsControlCode(location, code);
      const neither = (code & 3) === METHOD_NEITHER;
      s.set_Parameters_FileSystemControl_Type3InputBuffer(location, neither ? InputBuffer : 0);
    },
  });
}

/**
 * NtFsControlFile. STATUS_PENDING on an asynchronous file (an oplock that was granted). PASSIVE.
 */
export function NtFsControlFile(
  Handle: number, Event: number, IoStatusBlock: number, FsControlCode: number,
  InputBuffer: number, InputBufferLength: number, OutputBuffer: number, OutputBufferLength: number,
): NTSTATUS {
  return control('NtFsControlFile', IRP_MJ_FILE_SYSTEM_CONTROL, Handle, Event, IoStatusBlock,
    FsControlCode, InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength);
}

/** NtDeviceIoControlFile; file-system codes go to NtFsControlFile as on Windows. PASSIVE. */
export function NtDeviceIoControlFile(
  Handle: number, Event: number, IoStatusBlock: number, IoControlCode: number,
  InputBuffer: number, InputBufferLength: number, OutputBuffer: number, OutputBufferLength: number,
): NTSTATUS {
  const major = IoControlCode >>> 16 === FILE_DEVICE_FILE_SYSTEM
    ? IRP_MJ_FILE_SYSTEM_CONTROL : IRP_MJ_DEVICE_CONTROL;
  return control('NtDeviceIoControlFile', major, Handle, Event, IoStatusBlock, IoControlCode,
    InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength);
}

function storeLarge(at: number, value: number): void {
  i32[at >> 2] = value % 4294967296;
  i32[(at + 4) >> 2] = Math.floor(value / 4294967296);
}

/**
 * NtLockFile. PASSIVE_LEVEL. Offsets and lengths in bytes.
 * The length is reached by pointer while the request waits, so it lies behind the status block:
 * `IoStatusBlock` must have 8 spare bytes after it.
 */
export function NtLockFile(
  Handle: number, Event: number, IoStatusBlock: number, ByteOffset: number, Length: number,
  Key: number, FailImmediately: boolean, ExclusiveLock: boolean,
): NTSTATUS {
  const done = fastRange('FastIoLock', { name: 'NtLockFile', handle: Handle, access: 0,
    event: Event, iosb: IoStatusBlock }, ByteOffset, Length, [Key, Number(FailImmediately),
    Number(ExclusiveLock)]);
  if (done !== undefined) return done;
  return lockControl('NtLockFile', IRP_MN_LOCK, Handle, Event, IoStatusBlock, ByteOffset, Length,
    Key, (FailImmediately ? SL_FAIL_IMMEDIATELY : 0) | (ExclusiveLock ? SL_EXCLUSIVE_LOCK : 0));
}

/** NtUnlockFile. PASSIVE_LEVEL. STATUS_RANGE_NOT_LOCKED when there is no such lock. */
export function NtUnlockFile(
  Handle: number, IoStatusBlock: number, ByteOffset: number, Length: number, Key: number,
): NTSTATUS {
  const done = fastRange('FastIoUnlockSingle', { name: 'NtUnlockFile', handle: Handle,
    access: 0, event: 0, iosb: IoStatusBlock }, ByteOffset, Length, [Key]);
  if (done !== undefined) return done;
  return lockControl('NtUnlockFile', IRP_MN_UNLOCK_SINGLE, Handle, 0, IoStatusBlock, ByteOffset,
    Length, Key, 0);
}

/** A range goes to the fast entries by pointers, and with the process that asks. */
function fastRange(
  member: string, call: FastCall, offset: number, length: number, rest: readonly number[],
): NTSTATUS | undefined {
  const frame = pushFrame();
  const offsetAt = stackAlloc(8);
  const lengthAt = stackAlloc(8);
  storeLarge(offsetAt, offset);
  storeLarge(lengthAt, length);
  const done = fastByHandle(member, call,
    [offsetAt, lengthAt, PsGetCurrentProcess(), ...rest, call.iosb]);
  popFrame(frame);
  return done;
}

function lockControl(
  name: string, minor: number, handle: number, event: number, iosb: number, offset: number,
  length: number, key: number, flags: number,
): NTSTATUS {
  const at = iosb + 8;
  storeLarge(at, length);
  return service(name, {
    handle, access: 0, major: IRP_MJ_LOCK_CONTROL, iosb, buffering: BUFFER_NEITHER, event,
    alwaysWait: event === 0,
    fill(location) {
      s.set_MinorFunction(location, minor);
      s.set_Flags(location, flags);
      s.set_Parameters_LockControl_Length(location, at as never);
      s.set_Parameters_LockControl_Key(location, key);
      s.set_Parameters_LockControl_ByteOffset(location, offset);
    },
  });
}
