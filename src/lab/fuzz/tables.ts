// What the numbers of fuzzed operations mean: the usual first, the strange and the illegal behind.
import { IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL, IRP_MJ_QUERY_QUOTA, IRP_MJ_SET_QUOTA,
  IRP_MJ_SYSTEM_CONTROL, IRP_MN_FLUSH_AND_PURGE, IRP_MN_FLUSH_DATA_ONLY,
  IRP_MN_FLUSH_DATA_SYNC_ONLY, IRP_MN_FLUSH_NO_SYNC, IRP_MN_KERNEL_CALL, IRP_MN_UNLOCK_ALL,
  IRP_MN_UNLOCK_ALL_BY_KEY } from '../../ntos/io/constants.ts';
import * as c from '../../ntos/io/file-constants.ts';
import * as cls from '../../ntos/io/information/information-classes.ts';
import * as io from '../../ntos/io/control-codes.ts';
import { PAGE_EXECUTE_READ, PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY }
  from '../../ntos/mm/types.ts';

const SYNC = c.FILE_SYNCHRONOUS_IO_NONALERT;
const FILE = c.FILE_NON_DIRECTORY_FILE;
const FOLDER = c.FILE_DIRECTORY_FILE;
const ALL = c.FILE_ALL_ACCESS;
const SHARE_ALL = c.FILE_SHARE_READ | c.FILE_SHARE_WRITE | c.FILE_SHARE_DELETE;
const { FILE_OPEN, FILE_OPEN_IF, FILE_CREATE, FILE_OVERWRITE, FILE_OVERWRITE_IF,
  FILE_SUPERSEDE } = c;
// Where the rooms below have no use for a name yet.
const FILE_WRITE_THROUGH = 2;
const FILE_SEQUENTIAL_ONLY = 4;
const FILE_NO_INTERMEDIATE_BUFFERING = 8;
const FILE_NO_EA_KNOWLEDGE = 0x200;
const FILE_DELETE_ON_CLOSE = 0x1000;
const FILE_OPEN_REQUIRING_OPLOCK = 0x1_0000;
const FILE_DISALLOW_EXCLUSIVE = 0x2_0000;
const FILE_RESERVE_OPFILTER = 0x10_0000;
const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
const MAXIMUM_ALLOWED = 0x0200_0000;

/** Entry `n` of a table, from the start again behind its end. */
export function entry<T>(table: readonly T[], n: number): T {
  return table[n % table.length]!;
}

/** The whole volume, and its root directory, in place of a name below the sequence's folder. */
export const VOLUME = '/';
export const ROOT = '/\\';

/** Names below the sequence's folder; the last ones are odd or impossible. */
export const names = ['a', 'b', 'd', 'd\\e', 'A', 'a:s', 'long-name-that-has-a-short-one.text',
  'none\\x', '', 'a\\b', 'a*', '.', 'a ', 'foul.exe', 'a::$DATA', 'd\\', 'a:s:$DATA', ':s', 'D\\E',
  'd:s', 'd::$INDEX_ALLOCATION', 'a:$EA', 'a:b:c:d', 'x'.repeat(255), 'x'.repeat(256), '..',
  'd\\..\\a', 'a/b', '\u00c4\u4e16', '\\a', 'LONG-N~1.TEX', 'd\\e:s', VOLUME, ROOT,
  `d\\${'deep\\'.repeat(40)}x`, 'a\0b'] as const;

/** How an open goes: access, disposition, options. */
export const opens: readonly (readonly [number, number, number])[] = [
  [ALL, FILE_OPEN_IF, FILE | SYNC], [c.FILE_GENERIC_READ, FILE_OPEN, FILE | SYNC],
  [ALL, FILE_OVERWRITE_IF, FILE | SYNC], [ALL, FILE_OPEN_IF, FILE],
  [c.FILE_GENERIC_READ, FILE_OPEN_IF, FOLDER | SYNC], [c.FILE_GENERIC_READ, FILE_OPEN_IF, FOLDER],
  [ALL, FILE_CREATE, FILE | SYNC], [ALL, FILE_SUPERSEDE, FILE | SYNC],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_NO_INTERMEDIATE_BUFFERING],
  [ALL, FILE_OPEN_IF, FILE | FILE_NO_INTERMEDIATE_BUFFERING],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_DELETE_ON_CLOSE],
  [c.FILE_READ_ATTRIBUTES, FILE_OPEN, c.FILE_OPEN_REPARSE_POINT],
  [c.FILE_GENERIC_WRITE, FILE_OVERWRITE, FILE | SYNC], [0, FILE_OPEN, SYNC],
  [ALL, FILE_OPEN, FILE | FOLDER], [ALL, 77, FILE | SYNC], [ALL, FILE_OPEN, -1],
  [c.DELETE | c.SYNCHRONIZE, FILE_OPEN, SYNC], [ALL, FILE_OPEN, FOLDER | SYNC],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_WRITE_THROUGH],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_SEQUENTIAL_ONLY],
  [c.FILE_APPEND_DATA | c.SYNCHRONIZE, FILE_OPEN_IF, FILE | SYNC],
  [c.FILE_EXECUTE | c.SYNCHRONIZE, FILE_OPEN, FILE | SYNC], [MAXIMUM_ALLOWED, FILE_OPEN, SYNC],
  [ALL | ACCESS_SYSTEM_SECURITY, FILE_OPEN, SYNC], [c.FILE_READ_DATA, FILE_OPEN, SYNC],
  [ALL, FILE_OPEN_IF, SYNC | c.FILE_SYNCHRONOUS_IO_ALERT],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_NO_EA_KNOWLEDGE],
  [ALL, FILE_OPEN_IF, FILE | FILE_RESERVE_OPFILTER],
  [ALL, FILE_OPEN_IF, FILE | FILE_OPEN_REQUIRING_OPLOCK],
  [ALL, FILE_OPEN_IF, FILE | SYNC | FILE_DISALLOW_EXCLUSIVE],
  [c.FILE_GENERIC_READ, FILE_CREATE, FILE | SYNC | FILE_DELETE_ON_CLOSE],
  [ALL, FILE_SUPERSEDE, FOLDER | SYNC], [ALL, FILE_OPEN, SYNC | c.FILE_OPEN_FOR_BACKUP_INTENT],
];
export const shares = [SHARE_ALL, c.FILE_SHARE_READ, 0, 0xff] as const;
export const attributes = [0, c.FILE_ATTRIBUTE_READONLY, 6, 0x100, -1, 0] as const;

export const offsets = [0, 512, 4096, 16, 1, 65_536, 4095, 8191, 2 ** 40, -1, -2, -3,
  2 ** 31, 2 ** 52] as const;
export const lengths = [512, 4096, 16, 1, 0, 8192, 65_536, 511, 4097, 40_000] as const;
/** Of paging I/O: whole pages, and what no memory manager asks for. */
export const pagingOffsets = [0, 4096, 65_536, 512, 2 ** 40] as const;
export const pagingLengths = [4096, 8192, 512, 65_536] as const;
export const sizes = [0, 512, 4096, 1, 65_536, 100_000, 17, -1, 2 ** 45] as const;
/** Where an application's buffer lies: as told, a byte on, or at an address that is not its own. */
export const addresses = ['own', 'own', 'odd', 'null', 'kernel', 'end'] as const;

/** Information classes to query and to set; what is none of either is among them. */
export const classes = [cls.FileBasicInformation, cls.FileStandardInformation,
  cls.FileNameInformation, cls.FileAllInformation, cls.FileNetworkOpenInformation,
  cls.FileInternalInformation, cls.FileEaInformation, cls.FilePositionInformation,
  cls.FileStreamInformation, cls.FileAttributeTagInformation, cls.FileNormalizedNameInformation,
  cls.FileEndOfFileInformation, cls.FileDispositionInformation, cls.FileRenameInformation,
  cls.FileDirectoryInformation, 0, 200, -1, cls.FileModeInformation, cls.FileAccessInformation,
  cls.FileAlignmentInformation, cls.FileAlternateNameInformation, cls.FileCompressionInformation,
  cls.FileHardLinkInformation, cls.FileIdInformation, cls.FileStatInformation,
  cls.FileCaseSensitiveInformation, cls.FileIsRemoteDeviceInformation, cls.FileShortNameInformation,
  cls.FileValidDataLengthInformation, cls.FileAllocationInformation, cls.FileLinkInformation,
  cls.FileIoPriorityHintInformation, cls.FileCompletionInformation, cls.FileStandardLinkInformation,
  cls.FileDispositionInformationEx] as const;
/** Those of which two equal files on two volumes say the same. */
export const comparable: ReadonlySet<number> = new Set([cls.FileStandardInformation,
  cls.FileNameInformation, cls.FileEaInformation, cls.FilePositionInformation,
  cls.FileStreamInformation, cls.FileAttributeTagInformation, cls.FileNormalizedNameInformation,
  cls.FileModeInformation, cls.FileAccessInformation, cls.FileAlternateNameInformation,
  cls.FileCompressionInformation, cls.FileStandardLinkInformation]);
/** Classes that are asked for by name. */
export const nameClasses = [cls.FileNetworkOpenInformation, cls.FileStatInformation,
  cls.FileCaseSensitiveInformation, cls.FileStatBasicInformation,
  cls.FileBasicInformation] as const;
export const renames = [cls.FileRenameInformation, cls.FileRenameInformation,
  cls.FileLinkInformation, cls.FileRenameInformationEx, cls.FileLinkInformationEx,
  cls.FileRenameInformationBypassAccessCheck] as const;
/** Targets that are no path: streams, siblings, nothing. */
export const bareTargets = [':t', 'c', ':', '', '\\x', 'x'.repeat(300), ':s', '..'] as const;
/** FILE_RENAME_* and FILE_LINK_* bits; the bit of the plain classes is the first. */
export const renameFlags = [0, 1, 2, 3, 0x40, 0x43, -1] as const;
export const dispositions = [1, 0, 3, 0x13, 0xd, -1] as const;
export const buffers = [1024, 4096, 64, 8, 0, 3, 24, 40] as const;
export const patterns = [undefined, '*', 'a', 'd*', '?', '<.', 'none', '', '*.*', '>>', '"',
  'A'] as const;
export const directoryClasses = [cls.FileIdBothDirectoryInformation, cls.FileDirectoryInformation,
  cls.FileNamesInformation, cls.FileFullDirectoryInformation, cls.FileBothDirectoryInformation,
  cls.FileBasicInformation, 0, cls.FileIdFullDirectoryInformation,
  cls.FileIdExtdDirectoryInformation, cls.FileObjectIdInformation, cls.FileQuotaInformation,
  cls.FileReparsePointInformation] as const;
export const volumeClasses = [cls.FileFsVolumeInformation, cls.FileFsSizeInformation,
  cls.FileFsAttributeInformation, cls.FileFsFullSizeInformation, cls.FileFsDeviceInformation,
  0, 99, cls.FileFsSectorSizeInformation, cls.FileFsObjectIdInformation, cls.FileFsLabelInformation,
  cls.FileFsControlInformation, cls.FileFsFullSizeInformationEx] as const;
export const eaNames = ['', 'FUZZ', 'NONE', 'a*b', 'X'.repeat(200)] as const;
export const controls = [io.FSCTL_GET_REPARSE_POINT, io.FSCTL_SET_SPARSE,
  io.FSCTL_QUERY_ALLOCATED_RANGES, io.FSCTL_SET_ZERO_DATA, io.FSCTL_QUERY_USN_JOURNAL,
  io.FSCTL_READ_FILE_USN_DATA, io.FSCTL_CREATE_OR_GET_OBJECT_ID, io.FSCTL_SET_REPARSE_POINT,
  io.FSCTL_GET_RETRIEVAL_POINTERS, io.FSCTL_SET_COMPRESSION, io.FSCTL_DELETE_REPARSE_POINT,
  0, 0x90fff, io.FSCTL_GET_COMPRESSION, io.FSCTL_GET_OBJECT_ID, io.FSCTL_SET_OBJECT_ID,
  io.FSCTL_DELETE_OBJECT_ID, io.FSCTL_READ_USN_JOURNAL, io.FSCTL_ENUM_USN_DATA,
  io.FSCTL_WRITE_USN_CLOSE_RECORD, io.FSCTL_IS_PATHNAME_VALID, io.FSCTL_IS_VOLUME_MOUNTED,
  io.FSCTL_IS_VOLUME_DIRTY, io.FSCTL_LOCK_VOLUME, io.FSCTL_UNLOCK_VOLUME,
  io.FSCTL_ALLOW_EXTENDED_DASD_IO, io.FSCTL_GET_NTFS_VOLUME_DATA, io.FSCTL_SET_ENCRYPTION,
  io.FSCTL_OFFLOAD_READ, io.FSCTL_FILE_LEVEL_TRIM, io.FSCTL_GET_EXTERNAL_BACKING,
  io.FSCTL_PIPE_PEEK, io.IOCTL_DISK_GET_LENGTH_INFO, io.IOCTL_STORAGE_CHECK_VERIFY,
  io.IOCTL_MOUNTDEV_QUERY_UNIQUE_ID, 0xffff_ffff] as const;
export const oplocks = [io.FSCTL_REQUEST_OPLOCK_LEVEL_1, io.FSCTL_REQUEST_OPLOCK_LEVEL_2,
  io.FSCTL_REQUEST_BATCH_OPLOCK, io.FSCTL_REQUEST_FILTER_OPLOCK, io.FSCTL_REQUEST_OPLOCK,
  io.FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, io.FSCTL_OPLOCK_BREAK_ACK_NO_2,
  io.FSCTL_OPLOCK_BREAK_NOTIFY, io.FSCTL_OPBATCH_ACK_CLOSE_PENDING] as const;
/** OPLOCK_LEVEL_CACHE_*: read, handle, write. */
export const oplockLevels = [1, 3, 7, 5, 0, 2, 0xff] as const;
export const protections = [PAGE_READONLY, PAGE_READWRITE, PAGE_EXECUTE_READ, PAGE_WRITECOPY,
  PAGE_NOACCESS, 0, -1] as const;
/** Requests that no service makes so: major and minor function. */
export const raws: readonly (readonly [number, number])[] = [
  [IRP_MJ_LOCK_CONTROL, IRP_MN_UNLOCK_ALL], [IRP_MJ_LOCK_CONTROL, IRP_MN_UNLOCK_ALL_BY_KEY],
  [IRP_MJ_FLUSH_BUFFERS, IRP_MN_FLUSH_DATA_ONLY], [IRP_MJ_QUERY_QUOTA, 0],
  [IRP_MJ_FLUSH_BUFFERS, IRP_MN_FLUSH_AND_PURGE], [IRP_MJ_FLUSH_BUFFERS, IRP_MN_FLUSH_NO_SYNC],
  [IRP_MJ_FLUSH_BUFFERS, IRP_MN_FLUSH_DATA_SYNC_ONLY], [IRP_MJ_SET_QUOTA, 0],
  [IRP_MJ_INTERNAL_DEVICE_CONTROL, 0], [IRP_MJ_SYSTEM_CONTROL, 0],
  [IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MN_KERNEL_CALL], [IRP_MJ_FILE_SYSTEM_CONTROL, 77],
  [IRP_MJ_DIRECTORY_CONTROL, 0], [IRP_MJ_DIRECTORY_CONTROL, 77], [IRP_MJ_LOCK_CONTROL, 0],
  [IRP_MJ_LOCK_CONTROL, 77], [IRP_MJ_FLUSH_BUFFERS, 77],
];
