// The structures that system services take, laid out in a requestor's buffers from plain values.
// Guarantees: each routine returns the bytes it laid out; what a value does not say is zero.
import { fillBytes, i32, u16, u32, u8 } from '../../../mem/memory.ts';
import { writeInt64 } from '../../../ntos/rtl/large-integer.ts';
import { writeUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import { FILE_ALLOCATION_INFORMATION, FILE_BASIC_INFORMATION, FILE_DISPOSITION_INFORMATION,
  FILE_DISPOSITION_INFORMATION_EX, FILE_END_OF_FILE_INFORMATION, FILE_FULL_EA_INFORMATION,
  FILE_GET_EA_INFORMATION, FILE_MODE_INFORMATION, FILE_POSITION_INFORMATION,
  FILE_RENAME_INFORMATION, FILE_VALID_DATA_LENGTH_INFORMATION }
  from '../../../ntos/io/information/file-information.ts';
import { IO_REPARSE_TAG_MOUNT_POINT, IO_REPARSE_TAG_SYMLINK }
  from '../../../ntos/io/control-types.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import type { InformationFields } from '../../trace/event.ts';

const GET_NAME_AT = FILE_GET_EA_INFORMATION.offsets['EaName'] ?? 5;
const FULL_NAME_AT = FILE_FULL_EA_INFORMATION.offsets['EaName'] ?? 8;
const RENAME_NAME_AT = FILE_RENAME_INFORMATION.offsets['FileName'] ?? 12;
/** Of a set whose structure nothing here knows: as long as most fixed classes. */
const UNKNOWN_BYTES = 64;

function putText(at: number, text: string): void {
  for (let i = 0; i < text.length; i++) u8[at + i] = text.charCodeAt(i);
  u8[at + text.length] = 0;
}

/** FILE_GET_EA_INFORMATION for one name. */
export function putGetEa(at: number, name: string): number {
  const length = GET_NAME_AT + name.length + 1;
  fillBytes(at, 0, length);
  u8[at + 4] = name.length;
  putText(at + GET_NAME_AT, name);
  return length;
}

/** Bytes that one EA takes in a list. */
export const eaBytes = (name: string, value: number): number =>
  FULL_NAME_AT + name.length + 1 + value;

/** FILE_FULL_EA_INFORMATION for one name with a value of so many bytes. */
export function putFullEa(at: number, name: string, value: number): number {
  const length = eaBytes(name, value);
  fillBytes(at, 0, length);
  u8[at + 5] = name.length;
  u16[(at + 6) >> 1] = value;
  putText(at + FULL_NAME_AT, name);
  fillBytes(at + FULL_NAME_AT + name.length + 1, 0x45, value);
  return length;
}

/** FILE_RENAME_INFORMATION and FILE_LINK_INFORMATION: one layout. */
export function putRename(at: number, target: string, flags: number): number {
  const r = FILE_RENAME_INFORMATION.bound;
  const p = at as Parameters<typeof r.Flags>[0];
  fillBytes(at, 0, FILE_RENAME_INFORMATION.size);
  r.set_Flags(p, flags);
  const bytes = writeUtf16(at + RENAME_NAME_AT, target);
  r.set_FileNameLength(p, bytes);
  // The system takes no less than the structure, however short the name is.
  return Math.max(RENAME_NAME_AT + bytes, FILE_RENAME_INFORMATION.size);
}

/** Bytes that `putRename` and `putReparse` may need for a name. */
export const nameRoom = (name: string): number => 64 + 4 * name.length;

/** REPARSE_DATA_BUFFER: a link to `target`, or for other tags sixteen bytes of data. */
export function putReparse(at: number, tag: number, target: string): number {
  const isMicrosoft = tag >>> 31 === 1;
  const isLink = tag >>> 0 === IO_REPARSE_TAG_SYMLINK || tag >>> 0 === IO_REPARSE_TAG_MOUNT_POINT;
  const head = isMicrosoft ? 8 : 24;
  const fixed = tag >>> 0 === IO_REPARSE_TAG_SYMLINK ? 12 : 8;
  const data = isLink ? fixed + target.length * 4 : 16;
  fillBytes(at, isLink ? 0 : 0x52, head + data);
  u32[at >> 2] = tag;
  u16[(at + 4) >> 1] = data;
  u16[(at + 6) >> 1] = 0;
  if (!isLink) return head + data;
  const bytes = target.length * 2;
  u16[(at + 10) >> 1] = bytes;
  u16[(at + 12) >> 1] = bytes;
  u16[(at + 14) >> 1] = bytes;
  writeUtf16(at + head + fixed, target);
  writeUtf16(at + head + fixed + bytes, target);
  return head + data;
}

/** FILE_BASIC_INFORMATION; a time or attributes that are not said stay as they are. */
export function putBasic(at: number, fields: InformationFields): number {
  const size = FILE_BASIC_INFORMATION.size;
  fillBytes(at, 0, size);
  writeInt64(at, fields.CreationTime ?? 0);
  writeInt64(at + 8, fields.LastAccessTime ?? 0);
  writeInt64(at + 16, fields.LastWriteTime ?? 0);
  writeInt64(at + 24, fields.ChangeTime ?? 0);
  i32[(at + 32) >> 2] = fields.FileAttributes ?? 0;
  return size;
}

function putLarge(at: number, size: number, value: number | undefined): number {
  fillBytes(at, 0, size);
  writeInt64(at, value ?? 0);
  return size;
}

function putWord(at: number, size: number, value: number): number {
  fillBytes(at, 0, Math.max(4, size));
  i32[at >> 2] = value;
  return size;
}

/** The structure of a set-information request that carries no name. */
export function putInformation(at: number, fileClass: number, fields: InformationFields): number {
  switch (fileClass) {
    case cls.FileBasicInformation:
      return putBasic(at, fields);
    case cls.FileDispositionInformation:
      return putWord(at, FILE_DISPOSITION_INFORMATION.size, fields.DeleteFile === true ? 1 : 0);
    case cls.FileDispositionInformationEx:
      return putWord(at, FILE_DISPOSITION_INFORMATION_EX.size, fields.Flags ?? 0);
    case cls.FilePositionInformation:
      return putLarge(at, FILE_POSITION_INFORMATION.size, fields.CurrentByteOffset);
    case cls.FileModeInformation:
      return putWord(at, FILE_MODE_INFORMATION.size, fields.Mode ?? 0);
    case cls.FileAllocationInformation:
      return putLarge(at, FILE_ALLOCATION_INFORMATION.size, fields.AllocationSize);
    case cls.FileEndOfFileInformation:
      return putLarge(at, FILE_END_OF_FILE_INFORMATION.size, fields.EndOfFile);
    case cls.FileValidDataLengthInformation:
      return putLarge(at, FILE_VALID_DATA_LENGTH_INFORMATION.size, fields.ValidDataLength);
    default:
      return putWord(at, UNKNOWN_BYTES, fields.Flags ?? 0);
  }
}
