// Entries of a directory, one structure per information class of a query, and what a change
// notification tells; as on 32-bit Windows. Entries follow each other at NextEntryOffset, each on
// an 8-byte boundary; the last one has NextEntryOffset 0.
import { CHAR, LARGE_INTEGER, ULONG, UCHAR, array } from '../../../mem/field.ts';
import { struct, union } from '../../../mem/struct.ts';
import { WCHAR } from '../../rtl/types.ts';

const head = {
  NextEntryOffset: ULONG,
  FileIndex: ULONG,
  CreationTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  LastWriteTime: LARGE_INTEGER,
  ChangeTime: LARGE_INTEGER,
  EndOfFile: LARGE_INTEGER,
  AllocationSize: LARGE_INTEGER,
  FileAttributes: ULONG,
  /** In bytes. */
  FileNameLength: ULONG,
} as const;

/** Longest 8.3 name in UTF-16 units. */
export const SHORT_NAME_CHARS = 12;
const shortName = { ShortNameLength: CHAR, ShortName: array(WCHAR, SHORT_NAME_CHARS) } as const;
const name = { FileName: array(WCHAR, 1) } as const;

export const FILE_DIRECTORY_INFORMATION = struct('FILE_DIRECTORY_INFORMATION', {
  ...head,
  ...name,
});

export const FILE_FULL_DIR_INFORMATION = struct('FILE_FULL_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  ...name,
});

export const FILE_ID_FULL_DIR_INFORMATION = struct('FILE_ID_FULL_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  FileId: LARGE_INTEGER,
  ...name,
});

export const FILE_BOTH_DIR_INFORMATION = struct('FILE_BOTH_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  ...shortName,
  ...name,
});

export const FILE_ID_BOTH_DIR_INFORMATION = struct('FILE_ID_BOTH_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  ...shortName,
  FileId: LARGE_INTEGER,
  ...name,
});

export const FILE_ID_EXTD_DIR_INFORMATION = struct('FILE_ID_EXTD_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  ReparsePointTag: ULONG,
  /** A FILE_ID_128. */
  FileId: array(UCHAR, 16),
  ...name,
});

export const FILE_ID_EXTD_BOTH_DIR_INFORMATION = struct('FILE_ID_EXTD_BOTH_DIR_INFORMATION', {
  ...head,
  EaSize: ULONG,
  ReparsePointTag: ULONG,
  FileId: array(UCHAR, 16),
  ...shortName,
  ...name,
});

export const FILE_NAMES_INFORMATION = struct('FILE_NAMES_INFORMATION', {
  NextEntryOffset: ULONG,
  FileIndex: ULONG,
  FileNameLength: ULONG,
  ...name,
});

export const FILE_NOTIFY_INFORMATION = struct('FILE_NOTIFY_INFORMATION', {
  NextEntryOffset: ULONG,
  Action: ULONG,
  FileNameLength: ULONG,
  ...name,
});

export const FILE_NOTIFY_EXTENDED_INFORMATION = struct('FILE_NOTIFY_EXTENDED_INFORMATION', {
  NextEntryOffset: ULONG,
  Action: ULONG,
  CreationTime: LARGE_INTEGER,
  LastModificationTime: LARGE_INTEGER,
  LastChangeTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  AllocatedLength: LARGE_INTEGER,
  FileSize: LARGE_INTEGER,
  FileAttributes: ULONG,
  $tag: union({ ReparsePointTag: ULONG, EaSize: ULONG }),
  FileId: LARGE_INTEGER,
  ParentFileId: LARGE_INTEGER,
  FileNameLength: ULONG,
  ...name,
});
