// What the numbers of fuzzed operations mean: the usual first, the strange and the illegal behind.
import * as c from '../../ntos/io/file-constants.ts';
import * as cls from '../../ntos/io/information/information-classes.ts';
import * as io from '../../ntos/io/control-codes.ts';

const SYNC = c.FILE_SYNCHRONOUS_IO_NONALERT;
const FILE = c.FILE_NON_DIRECTORY_FILE;
const ALL = c.FILE_ALL_ACCESS;
const SHARE_ALL = c.FILE_SHARE_READ | c.FILE_SHARE_WRITE | c.FILE_SHARE_DELETE;
const FILE_NO_INTERMEDIATE_BUFFERING = 8;
const FILE_DELETE_ON_CLOSE = 0x1000;

/** Entry `n` of a table, from the start again behind its end. */
export function entry<T>(table: readonly T[], n: number): T {
  return table[n % table.length]!;
}

/** Names below the sequence's folder; the last ones are odd or impossible. */
export const names = ['a', 'b', 'd', 'd\\e', 'A', 'a:s', 'long-name-that-has-a-short-one.text',
  'none\\x', '', 'a\\b', 'a*', '.', 'a ', 'foul.exe', 'a::$DATA', 'd\\'] as const;

/** How an open goes: access, disposition, options. */
export const opens: readonly (readonly [number, number, number])[] = [
  [ALL, c.FILE_OPEN_IF, FILE | SYNC], [c.FILE_GENERIC_READ, c.FILE_OPEN, FILE | SYNC],
  [ALL, c.FILE_OVERWRITE_IF, FILE | SYNC], [ALL, c.FILE_OPEN_IF, FILE],
  [c.FILE_GENERIC_READ, c.FILE_OPEN_IF, c.FILE_DIRECTORY_FILE | SYNC],
  [ALL, c.FILE_CREATE, FILE | SYNC], [ALL, c.FILE_SUPERSEDE, FILE | SYNC],
  [ALL, c.FILE_OPEN_IF, FILE | SYNC | FILE_NO_INTERMEDIATE_BUFFERING],
  [ALL, c.FILE_OPEN_IF, FILE | SYNC | FILE_DELETE_ON_CLOSE],
  [c.FILE_READ_ATTRIBUTES, c.FILE_OPEN, c.FILE_OPEN_REPARSE_POINT],
  [c.FILE_GENERIC_WRITE, c.FILE_OVERWRITE, FILE | SYNC], [0, c.FILE_OPEN, SYNC],
  [ALL, c.FILE_OPEN, FILE | c.FILE_DIRECTORY_FILE], [ALL, 77, FILE | SYNC], [ALL, c.FILE_OPEN, -1],
  [c.DELETE | c.SYNCHRONIZE, c.FILE_OPEN, SYNC],
];
export const shares = [SHARE_ALL, c.FILE_SHARE_READ, 0, 0xff] as const;

export const offsets = [0, 512, 4096, 16, 1, 65_536, 4095, 8191, 2 ** 40, -1, -2, -3] as const;
export const lengths = [512, 4096, 16, 1, 0, 8192, 65_536, 511, 4097, 40_000] as const;
export const sizes = [0, 512, 4096, 1, 65_536, 100_000, 17, -1, 2 ** 45] as const;

/** Information classes to query and to set; what is none of either is among them. */
export const classes = [cls.FileBasicInformation, cls.FileStandardInformation,
  cls.FileNameInformation, cls.FileAllInformation, cls.FileNetworkOpenInformation,
  cls.FileInternalInformation, cls.FileEaInformation, cls.FilePositionInformation,
  cls.FileStreamInformation, cls.FileAttributeTagInformation, cls.FileNormalizedNameInformation,
  cls.FileEndOfFileInformation, cls.FileDispositionInformation, cls.FileRenameInformation,
  cls.FileDirectoryInformation, 0, 200, -1] as const;
export const buffers = [1024, 4096, 64, 8, 0, 3, 24, 40] as const;
export const patterns = [undefined, '*', 'a', 'd*', '?', '<.', 'none', ''] as const;
export const directoryClasses = [cls.FileIdBothDirectoryInformation, cls.FileDirectoryInformation,
  cls.FileNamesInformation, cls.FileFullDirectoryInformation, cls.FileBothDirectoryInformation,
  cls.FileBasicInformation, 0] as const;
export const volumeClasses = [cls.FileFsVolumeInformation, cls.FileFsSizeInformation,
  cls.FileFsAttributeInformation, cls.FileFsFullSizeInformation, cls.FileFsDeviceInformation,
  0, 99] as const;
export const controls = [io.FSCTL_GET_REPARSE_POINT, io.FSCTL_SET_SPARSE,
  io.FSCTL_QUERY_ALLOCATED_RANGES, io.FSCTL_SET_ZERO_DATA, io.FSCTL_QUERY_USN_JOURNAL,
  io.FSCTL_READ_FILE_USN_DATA, io.FSCTL_CREATE_OR_GET_OBJECT_ID, io.FSCTL_SET_REPARSE_POINT,
  io.FSCTL_GET_RETRIEVAL_POINTERS, io.FSCTL_SET_COMPRESSION, io.FSCTL_DELETE_REPARSE_POINT,
  0, 0x90fff] as const;
export const oplocks = [io.FSCTL_REQUEST_OPLOCK_LEVEL_1, io.FSCTL_REQUEST_OPLOCK_LEVEL_2,
  io.FSCTL_REQUEST_BATCH_OPLOCK, io.FSCTL_REQUEST_FILTER_OPLOCK,
  io.FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, io.FSCTL_OPLOCK_BREAK_ACK_NO_2,
  io.FSCTL_OPLOCK_BREAK_NOTIFY] as const;
