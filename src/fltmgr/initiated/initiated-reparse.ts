// FltTagFile, FltTagFileEx and FltUntagFile: reparse points that a filter sets and takes away,
// below itself only (6.5). The file system compares what is there with what the caller expects.
import { copyBytes, fillBytes, i32, u16 } from '../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER }
  from '../../ntos/status-codes.ts';
import { FSCTL_DELETE_REPARSE_POINT, FSCTL_SET_REPARSE_POINT, FSCTL_SET_REPARSE_POINT_EX }
  from '../../ntos/io/control-codes.ts';
import { REPARSE_DATA_BUFFER_EX, REPARSE_DATA_BUFFER_HEADER_SIZE,
  REPARSE_GUID_DATA_BUFFER_HEADER_SIZE } from '../../ntos/io/control-types.ts';
import { IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MN_USER_FS_REQUEST } from '../../ntos/io/types.ts';
import { GUID } from '../../ntos/rtl/types.ts';
import { sendControl } from './initiated-control.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const x = REPARSE_DATA_BUFFER_EX.bound;
type PEX = Parameters<typeof x.Flags>[0];
const EX_HEAD = REPARSE_DATA_BUFFER_EX.size;
const TAG = poolTag('FMrp');
/** The tag's owner is Microsoft: no GUID is needed. */
const MICROSOFT_TAG = 0x8000_0000 | 0;

interface ReparsePoint {
  readonly routine: string;
  readonly instance: PFLT_INSTANCE;
  readonly file: PFILE_OBJECT;
  readonly code: number;
  readonly tag: number;
  readonly guid: number;
  readonly data: number;
  readonly length: number;
}

function isMicrosoft(tag: number): boolean {
  return (tag & MICROSOFT_TAG) !== 0;
}

/** Sends a reparse control code; `fillHead` writes what stands in front of the point's buffer. */
function send(point: ReparsePoint, before = 0, fillHead?: (at: number) => void): NTSTATUS {
  const { tag, guid, data, length } = point;
  if (!isMicrosoft(tag) && guid === 0) return STATUS_INVALID_PARAMETER;
  const head = isMicrosoft(tag) ? REPARSE_DATA_BUFFER_HEADER_SIZE
    : REPARSE_GUID_DATA_BUFFER_HEADER_SIZE;
  const size = before + head + length;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, size, TAG);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillHead?.(buffer);
  const at = buffer + before;
  i32[at >> 2] = tag;
  u16[(at + 4) >> 1] = length;
  u16[(at + 6) >> 1] = 0;
  if (!isMicrosoft(tag)) copyBytes(at + 8, guid, GUID.size);
  if (length !== 0) copyBytes(at + head, data, length);
  const { status } = sendControl({
    routine: point.routine, major: IRP_MJ_FILE_SYSTEM_CONTROL, minor: IRP_MN_USER_FS_REQUEST,
    instance: point.instance, file: point.file, code: point.code, input: buffer,
    inputLength: size, output: 0, outputLength: 0,
  });
  ExFreePoolWithTag(buffer, TAG);
  return status;
}

/**
 * Makes a file a reparse point. PASSIVE_LEVEL, opened with FILE_WRITE_DATA.
 *
 * @param Guid address of the owner's GUID, needed unless the tag is Microsoft's.
 * @param DataBuffer the owner's data; `DataBufferLength` in bytes.
 * @returns STATUS_INVALID_PARAMETER without a GUID; STATUS_IO_REPARSE_TAG_MISMATCH,
 *   STATUS_REPARSE_ATTRIBUTE_CONFLICT, STATUS_INVALID_DEVICE_REQUEST as the file system says.
 */
export function FltTagFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileTag: number, Guid: number,
  DataBuffer: number, DataBufferLength: number,
): NTSTATUS {
  return send({
    routine: 'FltTagFile', instance: InitiatingInstance, file: FileObject,
    code: FSCTL_SET_REPARSE_POINT, tag: FileTag, guid: Guid, data: DataBuffer,
    length: DataBufferLength,
  });
}

/**
 * Makes a file a reparse point, or replaces the one that it is. PASSIVE_LEVEL, opened with
 * FILE_WRITE_DATA. Parameters as FltTagFile, and:
 *
 * @param ExistingFileTag the tag that is there and is replaced; 0 for a file that has none.
 * @param ExistingGuid address of its owner's GUID, needed unless the tag is 0 or Microsoft's.
 * @param Flags REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE: the file may also have no tag.
 * @returns STATUS_IO_REPARSE_TAG_MISMATCH when another tag is there, or none;
 *   STATUS_REPARSE_ATTRIBUTE_CONFLICT when the owner is another; otherwise as FltTagFile.
 */
export function FltTagFileEx(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileTag: number, Guid: number,
  DataBuffer: number, DataBufferLength: number, ExistingFileTag: number, ExistingGuid: number,
  Flags: number,
): NTSTATUS {
  const foreign = ExistingFileTag !== 0 && !isMicrosoft(ExistingFileTag);
  if (foreign && ExistingGuid === 0) return STATUS_INVALID_PARAMETER;
  return send({
    routine: 'FltTagFileEx', instance: InitiatingInstance, file: FileObject,
    code: FSCTL_SET_REPARSE_POINT_EX, tag: FileTag, guid: Guid, data: DataBuffer,
    length: DataBufferLength,
  }, EX_HEAD, (at) => {
    const ex = at as PEX;
    fillBytes(ex, 0, EX_HEAD);
    x.set_Flags(ex, Flags);
    x.set_ExistingReparseTag(ex, ExistingFileTag);
    if (foreign) copyBytes(x.at_ExistingReparseGuid(ex), ExistingGuid, GUID.size);
  });
}

/** Makes a reparse point an ordinary file again. Parameters and statuses as FltTagFile. */
export function FltUntagFile(
  InitiatingInstance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileTag: number, Guid: number,
): NTSTATUS {
  return send({
    routine: 'FltUntagFile', instance: InitiatingInstance, file: FileObject,
    code: FSCTL_DELETE_REPARSE_POINT, tag: FileTag, guid: Guid, data: 0, length: 0,
  });
}
