// NtQueryInformationFile, NtSetInformationFile, the volume forms, EAs and security: queries and
// changes of what is known about a file. Each waits for its end, whatever the file object.
import { u8, i32 } from '../../../mem/memory.ts';
import { copyBytes } from '../../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_INFO_LENGTH_MISMATCH, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS }
  from '../../status-codes.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IRP_MJ_QUERY_EA, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_QUERY_SECURITY, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_EA, IRP_MJ_SET_INFORMATION,
  IRP_MJ_SET_SECURITY, IRP_MJ_SET_VOLUME_INFORMATION, IO_STATUS_BLOCK, SL_INDEX_SPECIFIED,
  SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY } from '../types.ts';
import { DELETE, FILE_READ_ATTRIBUTES, FILE_READ_EA, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA,
  FILE_WRITE_EA } from '../file-constants.ts';
import { FileAllocationInformation, FileBasicInformation, FileDispositionInformation,
  FileDispositionInformationEx, FileEndOfFileInformation, FileLinkInformation,
  FileIoPriorityHintInformation, FileLinkInformationEx, FileNetworkOpenInformation,
  FilePositionInformation, FileRenameInformation, FileRenameInformationEx, FileStandardInformation,
  FileValidDataLengthInformation } from '../information/information-classes.ts';
import { BUFFER_BUFFERED, BUFFER_BY_DEVICE, BUFFER_NEITHER, probeBuffers }
  from './request-buffers.ts';
import { fileByHandle, releaseFile, service } from './service.ts';
import { checkQueryLength, checkSetLength, holdsAnswer }
  from '../information/information-lengths.ts';
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { queryPriorityHint, setPriorityHint } from './nt-priority.ts';
import { fastQuery } from '../fast-io.ts';
import { closeOpenedFile } from '../object/file-object.ts';
import { openTargetDirectory } from './rename-target.ts';
import { TAG_BUFFER } from '../object/private.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { set_Status, set_Information, Status } = IO_STATUS_BLOCK.bound;
const { CurrentByteOffset } = FILE_OBJECT.bound;
const { PreviousMode } = KTHREAD.bound;
type PIOSB = Parameters<typeof set_Status>[0];

const fastClasses: Record<number, 'FastIoQueryBasicInfo' | 'FastIoQueryStandardInfo' |
  'FastIoQueryNetworkOpenInfo'> = {
  [FileBasicInformation]: 'FastIoQueryBasicInfo',
  [FileStandardInformation]: 'FastIoQueryStandardInfo',
  [FileNetworkOpenInformation]: 'FastIoQueryNetworkOpenInfo',
};

/** The access a class needs; what is not listed needs none. */
const queryAccess: Record<number, number> = {
  [FileBasicInformation]: FILE_READ_ATTRIBUTES,
  [FileNetworkOpenInformation]: FILE_READ_ATTRIBUTES,
};
const setAccess: Record<number, number> = {
  [FileBasicInformation]: FILE_WRITE_ATTRIBUTES,
  [FileRenameInformation]: DELETE,
  [FileRenameInformationEx]: DELETE,
  [FileDispositionInformation]: DELETE,
  [FileDispositionInformationEx]: DELETE,
  [FileEndOfFileInformation]: FILE_WRITE_DATA,
  [FileAllocationInformation]: FILE_WRITE_DATA,
  [FileValidDataLengthInformation]: FILE_WRITE_DATA,
};

/** Whether this thread's call comes from an application. */
function fromUser(): boolean {
  return PreviousMode(currentThread) !== 0;
}

function fastQueryByHandle(handle: number, iosb: number, buffer: number, cls: number): boolean {
  const member = fastClasses[cls];
  if (member === undefined) return false;
  const file = fileByHandle(handle, queryAccess[cls] ?? 0);
  if (file < 0) return false;
  const done = fastQuery(member, file as PFILE_OBJECT, buffer, iosb);
  releaseFile(file as PFILE_OBJECT);
  return done;
}

function queryPosition(handle: number, iosb: number, buffer: number, length: number): NTSTATUS {
  if (length < 8) return STATUS_INFO_LENGTH_MISMATCH;
  const file = fileByHandle(handle, 0);
  if (file < 0) return file as NTSTATUS;
  const at = CurrentByteOffset(file as PFILE_OBJECT);
  i32[buffer >> 2] = at % 4294967296;
  i32[(buffer + 4) >> 2] = Math.floor(at / 4294967296);
  releaseFile(file as PFILE_OBJECT);
  set_Status(iosb as PIOSB, STATUS_SUCCESS);
  set_Information(iosb as PIOSB, 8);
  return STATUS_SUCCESS;
}

/** How structures are aligned in an application's memory. */
const STRUCTURES = 4;

/**
 * NtQueryInformationFile. PASSIVE_LEVEL. Lengths in bytes.
 * @returns the file system's statuses; for applications STATUS_INFO_LENGTH_MISMATCH before it is
 *   asked.
 */
export function NtQueryInformationFile(
  Handle: number,
  IoStatusBlock: number,
  FileInformation: number,
  Length: number,
  FileInformationClass: number,
): NTSTATUS {
  if (fromUser()) {
    const fits = checkQueryLength(FileInformationClass, Length);
    if (!NT_SUCCESS(fits)) return fits;
  }
  const probed = probeBuffers({ buffering: BUFFER_BUFFERED, output: FileInformation,
    outputLength: Length }, STRUCTURES);
  if (!NT_SUCCESS(probed)) return probed;
  if (FileInformationClass === FilePositionInformation) {
    return queryPosition(Handle, IoStatusBlock, FileInformation, Length);
  }
  if (FileInformationClass === FileIoPriorityHintInformation) {
    return queryPriorityHint(Handle, IoStatusBlock, FileInformation, Length);
  }
  if (holdsAnswer(FileInformationClass, Length) &&
      fastQueryByHandle(Handle, IoStatusBlock, FileInformation, FileInformationClass)) {
    return Status(IoStatusBlock as PIOSB);
  }
  return service('NtQueryInformationFile', {
    handle: Handle, access: queryAccess[FileInformationClass] ?? 0,
    major: IRP_MJ_QUERY_INFORMATION, iosb: IoStatusBlock, buffering: BUFFER_BUFFERED,
    output: FileInformation, outputLength: Length, alwaysWait: true,
    fill(location) {
      s.set_Parameters_QueryFile_Length(location, Length);
      s.set_Parameters_QueryFile_FileInformationClass(location, FileInformationClass);
    },
  });
}

const renames: readonly number[] = [FileRenameInformation, FileRenameInformationEx,
  FileLinkInformation, FileLinkInformationEx];

/** NtSetInformationFile. PASSIVE_LEVEL. A rename opens the target's directory first, as NT does. */
export function NtSetInformationFile(
  Handle: number,
  IoStatusBlock: number,
  FileInformation: number,
  Length: number,
  FileInformationClass: number,
): NTSTATUS {
  if (fromUser()) {
    const fits = checkSetLength(FileInformationClass, Length);
    if (!NT_SUCCESS(fits)) return fits;
  }
  const probed = probeBuffers({ buffering: BUFFER_BUFFERED, input: FileInformation,
    inputLength: Length }, STRUCTURES);
  if (!NT_SUCCESS(probed)) return probed;
  if (FileInformationClass === FileIoPriorityHintInformation) {
    return setPriorityHint(Handle, IoStatusBlock, FileInformation, Length);
  }
  let target: PFILE_OBJECT = 0 as PFILE_OBJECT;
  if (renames.includes(FileInformationClass)) {
    const opened = openTargetDirectory(Handle, FileInformation, Length);
    if (opened < 0) return opened as NTSTATUS;
    target = opened as PFILE_OBJECT;
  }
  const status = service('NtSetInformationFile', {
    handle: Handle, access: setAccess[FileInformationClass] ?? 0, major: IRP_MJ_SET_INFORMATION,
    iosb: IoStatusBlock, buffering: BUFFER_BUFFERED, input: FileInformation, inputLength: Length,
    alwaysWait: true,
    fill(location) {
      s.set_Parameters_SetFile_Length(location, Length);
      s.set_Parameters_SetFile_FileInformationClass(location, FileInformationClass);
      s.set_Parameters_SetFile_FileObject(location, target);
      s.set_Parameters_SetFile_ReplaceIfExists(location, Length > 0 ? u8[FileInformation]! & 1 : 0);
    },
  });
  if (target !== 0) closeOpenedFile(target);
  return status;
}

/** NtQueryVolumeInformationFile. PASSIVE_LEVEL. */
export function NtQueryVolumeInformationFile(
  Handle: number,
  IoStatusBlock: number,
  FsInformation: number,
  Length: number,
  FsInformationClass: number,
): NTSTATUS {
  return service('NtQueryVolumeInformationFile', {
    handle: Handle, access: 0, major: IRP_MJ_QUERY_VOLUME_INFORMATION, iosb: IoStatusBlock,
    buffering: BUFFER_BUFFERED, output: FsInformation, outputLength: Length, alwaysWait: true,
    fill(location) {
      s.set_Parameters_QueryVolume_Length(location, Length);
      s.set_Parameters_QueryVolume_FsInformationClass(location, FsInformationClass);
    },
  });
}

/** NtSetVolumeInformationFile. PASSIVE_LEVEL. */
export function NtSetVolumeInformationFile(
  Handle: number,
  IoStatusBlock: number,
  FsInformation: number,
  Length: number,
  FsInformationClass: number,
): NTSTATUS {
  return service('NtSetVolumeInformationFile', {
    handle: Handle, access: FILE_WRITE_DATA, major: IRP_MJ_SET_VOLUME_INFORMATION,
    iosb: IoStatusBlock, buffering: BUFFER_BUFFERED, input: FsInformation, inputLength: Length,
    alwaysWait: true,
    fill(location) {
      s.set_Parameters_SetVolume_Length(location, Length);
      s.set_Parameters_SetVolume_FsInformationClass(location, FsInformationClass);
    },
  });
}

function scanFlags(restart: boolean, single: boolean, indexed: boolean): number {
  return (restart ? SL_RESTART_SCAN : 0) | (single ? SL_RETURN_SINGLE_ENTRY : 0) |
    (indexed ? SL_INDEX_SPECIFIED : 0);
}

/** NtQueryEaFile. PASSIVE_LEVEL. `EaIndex` 0 means none; the list is captured as NT does. */
export function NtQueryEaFile(
  Handle: number,
  IoStatusBlock: number,
  Buffer: number,
  Length: number,
  ReturnSingleEntry: boolean,
  EaList = 0,
  EaListLength = 0,
  EaIndex = 0,
  RestartScan = false,
): NTSTATUS {
  const list =
    EaListLength === 0 ? 0 : ExAllocatePoolWithTag(NonPagedPool, EaListLength, TAG_BUFFER);
  if (EaListLength !== 0 && list === 0) return STATUS_INSUFFICIENT_RESOURCES;
  if (list !== 0) copyBytes(list, EaList, EaListLength);
  const status = service('NtQueryEaFile', {
    handle: Handle, access: FILE_READ_EA, major: IRP_MJ_QUERY_EA, iosb: IoStatusBlock,
    buffering: BUFFER_BY_DEVICE, output: Buffer, outputLength: Length, alwaysWait: true,
    fill(location) {
      s.set_Parameters_QueryEa_Length(location, Length);
      s.set_Parameters_QueryEa_EaList(location, list);
      s.set_Parameters_QueryEa_EaListLength(location, EaListLength);
      s.set_Parameters_QueryEa_EaIndex(location, EaIndex);
      s.set_Flags(location, scanFlags(RestartScan, ReturnSingleEntry, EaIndex !== 0));
    },
  });
  if (list !== 0) ExFreePoolWithTag(list, TAG_BUFFER);
  return status;
}

/** NtSetEaFile. PASSIVE_LEVEL. */
export function NtSetEaFile(
  Handle: number, IoStatusBlock: number, Buffer: number, Length: number,
): NTSTATUS {
  return service('NtSetEaFile', {
    handle: Handle, access: FILE_WRITE_EA, major: IRP_MJ_SET_EA, iosb: IoStatusBlock,
    buffering: BUFFER_BY_DEVICE, input: Buffer, inputLength: Length, alwaysWait: true,
    fill: (location) => s.set_Parameters_SetEa_Length(location, Length),
  });
}

/** NtQuerySecurityObject for a file. `LengthNeeded` is where the needed length goes. PASSIVE. */
export function NtQuerySecurityObject(
  Handle: number,
  SecurityInformation: number,
  SecurityDescriptor: number,
  Length: number,
  LengthNeeded: number,
  IoStatusBlock: number,
): NTSTATUS {
  const status = service('NtQuerySecurityObject', {
    handle: Handle, access: 0, major: IRP_MJ_QUERY_SECURITY, iosb: IoStatusBlock,
    buffering: BUFFER_NEITHER, output: SecurityDescriptor, alwaysWait: true,
    fill(location) {
      s.set_Parameters_QuerySecurity_SecurityInformation(location, SecurityInformation);
      s.set_Parameters_QuerySecurity_Length(location, Length);
    },
  });
  if (LengthNeeded !== 0) {
    i32[LengthNeeded >> 2] = NT_SUCCESS(status) || status < 0 ? informationOf(IoStatusBlock) : 0;
  }
  return status;
}

function informationOf(iosb: number): number {
  return IO_STATUS_BLOCK.bound.Information(iosb as PIOSB);
}

/** NtSetSecurityObject for a file. PASSIVE_LEVEL. */
export function NtSetSecurityObject(
  Handle: number, SecurityInformation: number, SecurityDescriptor: number, IoStatusBlock: number,
): NTSTATUS {
  return service('NtSetSecurityObject', {
    handle: Handle, access: 0, major: IRP_MJ_SET_SECURITY, iosb: IoStatusBlock,
    buffering: BUFFER_NEITHER, alwaysWait: true,
    fill(location: PIO_STACK_LOCATION) {
      s.set_Parameters_SetSecurity_SecurityInformation(location, SecurityInformation);
      s.set_Parameters_SetSecurity_SecurityDescriptor(location, SecurityDescriptor);
    },
  });
}
