// The WDK's numbers that recorded requests are made of: access rights, create options, information
// classes, notification filters, flags.
// Guarantees: names and values as the WDK publishes them; tables that print or parse a mask hold
// its bits in ascending order.
// Simplification: these are facts about the interface, repeated here so that reading a log needs no
// kernel; the machine declares its own for its structures.

// Access rights.
export const FILE_READ_DATA = 0x0001;
export const FILE_WRITE_DATA = 0x0002;
export const FILE_APPEND_DATA = 0x0004;
export const FILE_READ_EA = 0x0008;
export const FILE_WRITE_EA = 0x0010;
export const FILE_EXECUTE = 0x0020;
export const FILE_DELETE_CHILD = 0x0040;
export const FILE_READ_ATTRIBUTES = 0x0080;
export const FILE_WRITE_ATTRIBUTES = 0x0100;
export const DELETE = 0x0001_0000;
export const READ_CONTROL = 0x0002_0000;
export const WRITE_DAC = 0x0004_0000;
export const WRITE_OWNER = 0x0008_0000;
export const SYNCHRONIZE = 0x0010_0000;
export const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
export const MAXIMUM_ALLOWED = 0x0200_0000;
export const FILE_LIST_DIRECTORY = FILE_READ_DATA;
export const FILE_GENERIC_READ = 0x0012_0089;
export const FILE_GENERIC_WRITE = 0x0012_0116;
export const FILE_GENERIC_EXECUTE = 0x0012_00a0;
export const FILE_ALL_ACCESS = 0x001f_01ff;

// Share access.
export const FILE_SHARE_READ = 1;
export const FILE_SHARE_WRITE = 2;
export const FILE_SHARE_DELETE = 4;
export const FILE_SHARE_ALL = 7;

// Create dispositions and results.
export const FILE_SUPERSEDE = 0;
export const FILE_OPEN = 1;
export const FILE_CREATE = 2;
export const FILE_OPEN_IF = 3;
export const FILE_OVERWRITE = 4;
export const FILE_OVERWRITE_IF = 5;
export const FILE_SUPERSEDED = 0;
export const FILE_OPENED = 1;
export const FILE_CREATED = 2;
export const FILE_OVERWRITTEN = 3;

// Create options.
export const FILE_DIRECTORY_FILE = 0x0000_0001;
export const FILE_WRITE_THROUGH = 0x0000_0002;
export const FILE_SEQUENTIAL_ONLY = 0x0000_0004;
export const FILE_NO_INTERMEDIATE_BUFFERING = 0x0000_0008;
export const FILE_SYNCHRONOUS_IO_ALERT = 0x0000_0010;
export const FILE_SYNCHRONOUS_IO_NONALERT = 0x0000_0020;
export const FILE_NON_DIRECTORY_FILE = 0x0000_0040;
export const FILE_CREATE_TREE_CONNECTION = 0x0000_0080;
export const FILE_COMPLETE_IF_OPLOCKED = 0x0000_0100;
export const FILE_NO_EA_KNOWLEDGE = 0x0000_0200;
export const FILE_OPEN_REMOTE_INSTANCE = 0x0000_0400;
export const FILE_RANDOM_ACCESS = 0x0000_0800;
export const FILE_DELETE_ON_CLOSE = 0x0000_1000;
export const FILE_OPEN_BY_FILE_ID = 0x0000_2000;
export const FILE_OPEN_FOR_BACKUP_INTENT = 0x0000_4000;
export const FILE_NO_COMPRESSION = 0x0000_8000;
export const FILE_OPEN_REQUIRING_OPLOCK = 0x0001_0000;
export const FILE_DISALLOW_EXCLUSIVE = 0x0002_0000;
export const FILE_SESSION_AWARE = 0x0004_0000;
export const FILE_RESERVE_OPFILTER = 0x0010_0000;
export const FILE_OPEN_REPARSE_POINT = 0x0020_0000;
export const FILE_OPEN_NO_RECALL = 0x0040_0000;
export const FILE_OPEN_FOR_FREE_SPACE_QUERY = 0x0080_0000;

// File attributes.
export const FILE_ATTRIBUTE_READONLY = 0x1;
export const FILE_ATTRIBUTE_HIDDEN = 0x2;
export const FILE_ATTRIBUTE_SYSTEM = 0x4;
export const FILE_ATTRIBUTE_DIRECTORY = 0x10;
export const FILE_ATTRIBUTE_ARCHIVE = 0x20;
export const FILE_ATTRIBUTE_NORMAL = 0x80;
export const FILE_ATTRIBUTE_REPARSE_POINT = 0x400;

// Byte offsets that mean something else.
export const FILE_WRITE_TO_END_OF_FILE = -1;
export const FILE_USE_FILE_POINTER_POSITION = -2;

// IRP flags of reads and writes.
export const IRP_NOCACHE = 0x1;
export const IRP_PAGING_IO = 0x2;
export const IRP_SYNCHRONOUS_API = 0x4;
export const IRP_BUFFERED_IO = 0x10;
export const IRP_SYNCHRONOUS_PAGING_IO = 0x40;

// FS_FILTER_SECTION_SYNC_TYPE.
export const SyncTypeOther = 0;
export const SyncTypeCreateSection = 1;

// Reparse tags.
export const IO_REPARSE_TAG_MOUNT_POINT = 0xa000_0003;
export const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;

/** FILE_INFORMATION_CLASS by name. */
export const FileInformationClass = {
  FileDirectoryInformation: 1, FileFullDirectoryInformation: 2, FileBothDirectoryInformation: 3,
  FileBasicInformation: 4, FileStandardInformation: 5, FileInternalInformation: 6,
  FileEaInformation: 7, FileAccessInformation: 8, FileNameInformation: 9,
  FileRenameInformation: 10, FileLinkInformation: 11, FileNamesInformation: 12,
  FileDispositionInformation: 13, FilePositionInformation: 14, FileFullEaInformation: 15,
  FileModeInformation: 16, FileAlignmentInformation: 17, FileAllInformation: 18,
  FileAllocationInformation: 19, FileEndOfFileInformation: 20, FileAlternateNameInformation: 21,
  FileStreamInformation: 22, FilePipeInformation: 23, FilePipeLocalInformation: 24,
  FilePipeRemoteInformation: 25, FileMailslotQueryInformation: 26,
  FileMailslotSetInformation: 27, FileCompressionInformation: 28, FileObjectIdInformation: 29,
  FileCompletionInformation: 30, FileMoveClusterInformation: 31, FileQuotaInformation: 32,
  FileReparsePointInformation: 33, FileNetworkOpenInformation: 34,
  FileAttributeTagInformation: 35, FileTrackingInformation: 36,
  FileIdBothDirectoryInformation: 37, FileIdFullDirectoryInformation: 38,
  FileValidDataLengthInformation: 39, FileShortNameInformation: 40,
  FileIoCompletionNotificationInformation: 41, FileIoStatusBlockRangeInformation: 42,
  FileIoPriorityHintInformation: 43, FileSfioReserveInformation: 44,
  FileSfioVolumeInformation: 45, FileHardLinkInformation: 46,
  FileProcessIdsUsingFileInformation: 47, FileNormalizedNameInformation: 48,
  FileNetworkPhysicalNameInformation: 49, FileIdGlobalTxDirectoryInformation: 50,
  FileIsRemoteDeviceInformation: 51, FileUnusedInformation: 52, FileNumaNodeInformation: 53,
  FileStandardLinkInformation: 54, FileRemoteProtocolInformation: 55,
  FileRenameInformationBypassAccessCheck: 56, FileLinkInformationBypassAccessCheck: 57,
  FileVolumeNameInformation: 58, FileIdInformation: 59, FileIdExtdDirectoryInformation: 60,
  FileReplaceCompletionInformation: 61, FileHardLinkFullIdInformation: 62,
  FileIdExtdBothDirectoryInformation: 63, FileDispositionInformationEx: 64,
  FileRenameInformationEx: 65, FileRenameInformationExBypassAccessCheck: 66,
  FileDesiredStorageClassInformation: 67, FileStatInformation: 68,
  FileMemoryPartitionInformation: 69, FileStatLxInformation: 70,
  FileCaseSensitiveInformation: 71, FileLinkInformationEx: 72,
  FileLinkInformationExBypassAccessCheck: 73, FileStorageReserveIdInformation: 74,
  FileCaseSensitiveInformationForceAccessCheck: 75,
} as const;

/** FS_INFORMATION_CLASS by name. */
export const FsInformationClass = {
  FileFsVolumeInformation: 1, FileFsLabelInformation: 2, FileFsSizeInformation: 3,
  FileFsDeviceInformation: 4, FileFsAttributeInformation: 5, FileFsControlInformation: 6,
  FileFsFullSizeInformation: 7, FileFsObjectIdInformation: 8, FileFsDriverPathInformation: 9,
  FileFsVolumeFlagsInformation: 10, FileFsSectorSizeInformation: 11,
  FileFsDataCopyInformation: 12, FileFsMetadataSizeInformation: 13,
  FileFsFullSizeInformationEx: 14,
} as const;

/** True when the open takes part in share access: it may read, write or delete. */
export function sharesData(access: number): boolean {
  const mask = FILE_READ_DATA | FILE_EXECUTE | FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE;
  return (access & mask) !== 0;
}

/** IoCheckShareAccess between an open that exists and one that is asked for. */
export function shareConflict(
  first: { readonly DesiredAccess: number; readonly ShareAccess: number },
  second: { readonly DesiredAccess: number; readonly ShareAccess: number },
): boolean {
  if (!sharesData(first.DesiredAccess) || !sharesData(second.DesiredAccess)) return false;
  return forbids(first.ShareAccess, second.DesiredAccess)
    || forbids(second.ShareAccess, first.DesiredAccess);
}

function forbids(share: number, access: number): boolean {
  const reads = (access & (FILE_READ_DATA | FILE_EXECUTE)) !== 0;
  const writes = (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0;
  const deletes = (access & DELETE) !== 0;
  return (reads && (share & FILE_SHARE_READ) === 0)
    || (writes && (share & FILE_SHARE_WRITE) === 0)
    || (deletes && (share & FILE_SHARE_DELETE) === 0);
}
