// What NtQueryInformationFile and NtSetInformationFile carry, one structure per information class,
// as on 32-bit Windows. Directory entries and volume information have files of their own and are
// exported from here as well.
//
// A structure that ends in a name declares one unit of it, as the WDK does: the length of the whole
// is the offset of the name plus the name's length in bytes, and never the size declared here.
import { BOOLEAN, LARGE_INTEGER, POINTER, UCHAR, ULONG, USHORT, array }
  from '../../../mem/field.ts';
import { group, struct, union } from '../../../mem/struct.ts';
import { ACCESS_MASK, HANDLE, ULONGLONG, WCHAR } from '../../rtl/types.ts';

export * from './directory-information.ts';
export * from './volume-information.ts';

export const FILE_BASIC_INFORMATION = struct('FILE_BASIC_INFORMATION', {
  CreationTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  LastWriteTime: LARGE_INTEGER,
  ChangeTime: LARGE_INTEGER,
  FileAttributes: ULONG,
});

export const FILE_STANDARD_INFORMATION = struct('FILE_STANDARD_INFORMATION', {
  AllocationSize: LARGE_INTEGER,
  EndOfFile: LARGE_INTEGER,
  NumberOfLinks: ULONG,
  DeletePending: BOOLEAN,
  Directory: BOOLEAN,
});

/** The same class asked for with more room: tells streams and metadata files. */
export const FILE_STANDARD_INFORMATION_EX = struct('FILE_STANDARD_INFORMATION_EX', {
  AllocationSize: LARGE_INTEGER,
  EndOfFile: LARGE_INTEGER,
  NumberOfLinks: ULONG,
  DeletePending: BOOLEAN,
  Directory: BOOLEAN,
  AlternateStream: BOOLEAN,
  MetadataAttribute: BOOLEAN,
});

export const FILE_INTERNAL_INFORMATION = struct('FILE_INTERNAL_INFORMATION', {
  IndexNumber: LARGE_INTEGER,
});
export const FILE_EA_INFORMATION = struct('FILE_EA_INFORMATION', { EaSize: ULONG });
export const FILE_ACCESS_INFORMATION = struct('FILE_ACCESS_INFORMATION', {
  AccessFlags: ACCESS_MASK,
});
export const FILE_POSITION_INFORMATION = struct('FILE_POSITION_INFORMATION', {
  CurrentByteOffset: LARGE_INTEGER,
});
export const FILE_MODE_INFORMATION = struct('FILE_MODE_INFORMATION', { Mode: ULONG });
export const FILE_ALIGNMENT_INFORMATION = struct('FILE_ALIGNMENT_INFORMATION', {
  AlignmentRequirement: ULONG,
});

/** Also FileAlternateName, FileNormalizedName and FileNetworkPhysicalName. */
export const FILE_NAME_INFORMATION = struct('FILE_NAME_INFORMATION', {
  /** In bytes. */
  FileNameLength: ULONG,
  FileName: array(WCHAR, 1),
});

export const FILE_ALL_INFORMATION = struct('FILE_ALL_INFORMATION', {
  BasicInformation: FILE_BASIC_INFORMATION,
  StandardInformation: FILE_STANDARD_INFORMATION,
  InternalInformation: FILE_INTERNAL_INFORMATION,
  EaInformation: FILE_EA_INFORMATION,
  AccessInformation: FILE_ACCESS_INFORMATION,
  PositionInformation: FILE_POSITION_INFORMATION,
  ModeInformation: FILE_MODE_INFORMATION,
  AlignmentInformation: FILE_ALIGNMENT_INFORMATION,
  NameInformation: FILE_NAME_INFORMATION,
});

export const FILE_NETWORK_OPEN_INFORMATION = struct('FILE_NETWORK_OPEN_INFORMATION', {
  CreationTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  LastWriteTime: LARGE_INTEGER,
  ChangeTime: LARGE_INTEGER,
  AllocationSize: LARGE_INTEGER,
  EndOfFile: LARGE_INTEGER,
  FileAttributes: ULONG,
});

export const FILE_ATTRIBUTE_TAG_INFORMATION = struct('FILE_ATTRIBUTE_TAG_INFORMATION', {
  FileAttributes: ULONG,
  ReparseTag: ULONG,
});

export const FILE_STREAM_INFORMATION = struct('FILE_STREAM_INFORMATION', {
  NextEntryOffset: ULONG,
  StreamNameLength: ULONG,
  StreamSize: LARGE_INTEGER,
  StreamAllocationSize: LARGE_INTEGER,
  StreamName: array(WCHAR, 1),
});

/** FileRenameInformation reads the BOOLEAN, FileRenameInformationEx the Flags. */
export const FILE_RENAME_INFORMATION = struct('FILE_RENAME_INFORMATION', {
  $either: union({ ReplaceIfExists: BOOLEAN, Flags: ULONG }),
  RootDirectory: HANDLE,
  FileNameLength: ULONG,
  FileName: array(WCHAR, 1),
});
export const FILE_RENAME_REPLACE_IF_EXISTS = 0x0000_0001;
export const FILE_RENAME_POSIX_SEMANTICS = 0x0000_0002;
export const FILE_RENAME_SUPPRESS_PIN_STATE_INHERITANCE = 0x0000_0004;
export const FILE_RENAME_SUPPRESS_STORAGE_RESERVE_INHERITANCE = 0x0000_0008;
export const FILE_RENAME_NO_INCREASE_AVAILABLE_SPACE = 0x0000_0010;
export const FILE_RENAME_NO_DECREASE_AVAILABLE_SPACE = 0x0000_0020;
export const FILE_RENAME_IGNORE_READONLY_ATTRIBUTE = 0x0000_0040;

export const FILE_LINK_INFORMATION = struct('FILE_LINK_INFORMATION', {
  $either: union({ ReplaceIfExists: BOOLEAN, Flags: ULONG }),
  RootDirectory: HANDLE,
  FileNameLength: ULONG,
  FileName: array(WCHAR, 1),
});
export const FILE_LINK_REPLACE_IF_EXISTS = 0x0000_0001;
export const FILE_LINK_POSIX_SEMANTICS = 0x0000_0002;
export const FILE_LINK_IGNORE_READONLY_ATTRIBUTE = 0x0000_0040;

export const FILE_DISPOSITION_INFORMATION = struct('FILE_DISPOSITION_INFORMATION', {
  DeleteFile: BOOLEAN,
});
export const FILE_DISPOSITION_INFORMATION_EX = struct('FILE_DISPOSITION_INFORMATION_EX', {
  Flags: ULONG,
});
export const FILE_DISPOSITION_DO_NOT_DELETE = 0x0000_0000;
export const FILE_DISPOSITION_DELETE = 0x0000_0001;
export const FILE_DISPOSITION_POSIX_SEMANTICS = 0x0000_0002;
export const FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK = 0x0000_0004;
export const FILE_DISPOSITION_ON_CLOSE = 0x0000_0008;
export const FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE = 0x0000_0010;

export const FILE_END_OF_FILE_INFORMATION = struct('FILE_END_OF_FILE_INFORMATION', {
  EndOfFile: LARGE_INTEGER,
});
export const FILE_ALLOCATION_INFORMATION = struct('FILE_ALLOCATION_INFORMATION', {
  AllocationSize: LARGE_INTEGER,
});
export const FILE_VALID_DATA_LENGTH_INFORMATION = struct('FILE_VALID_DATA_LENGTH_INFORMATION', {
  ValidDataLength: LARGE_INTEGER,
});

export const FILE_ID_128 = struct('FILE_ID_128', { Identifier: array(UCHAR, 16) });
export const FILE_ID_INFORMATION = struct('FILE_ID_INFORMATION', {
  VolumeSerialNumber: ULONGLONG,
  FileId: FILE_ID_128,
});

export const FILE_OBJECTID_INFORMATION = struct('FILE_OBJECTID_INFORMATION', {
  FileReference: LARGE_INTEGER,
  ObjectId: array(UCHAR, 16),
  $either: union({
    $parts: group({
      BirthVolumeId: array(UCHAR, 16),
      BirthObjectId: array(UCHAR, 16),
      DomainId: array(UCHAR, 16),
    }),
    ExtendedInfo: array(UCHAR, 48),
  }),
});

/** Version 2 and later: the protocol-specific part is 64 bytes. */
export const FILE_REMOTE_PROTOCOL_INFORMATION = struct('FILE_REMOTE_PROTOCOL_INFORMATION', {
  StructureVersion: USHORT,
  StructureSize: USHORT,
  Protocol: ULONG,
  ProtocolMajorVersion: USHORT,
  ProtocolMinorVersion: USHORT,
  ProtocolRevision: USHORT,
  Reserved: USHORT,
  Flags: ULONG,
  GenericReserved: group({ Reserved: array(ULONG, 8) }),
  ProtocolSpecific: union({ Reserved: array(ULONG, 16) }),
});

export const FILE_COMPRESSION_INFORMATION = struct('FILE_COMPRESSION_INFORMATION', {
  CompressedFileSize: LARGE_INTEGER,
  CompressionFormat: USHORT,
  CompressionUnitShift: UCHAR,
  ChunkShift: UCHAR,
  ClusterShift: UCHAR,
  Reserved: array(UCHAR, 3),
});

export const FILE_LINK_ENTRY_INFORMATION = struct('FILE_LINK_ENTRY_INFORMATION', {
  NextEntryOffset: ULONG,
  ParentFileId: LARGE_INTEGER,
  /** In UTF-16 units, unlike every other length here. */
  FileNameLength: ULONG,
  FileName: array(WCHAR, 1),
});
/** FileHardLinkInformation. */
export const FILE_LINKS_INFORMATION = struct('FILE_LINKS_INFORMATION', {
  BytesNeeded: ULONG,
  EntriesReturned: ULONG,
  Entry: FILE_LINK_ENTRY_INFORMATION,
});
export const FILE_STANDARD_LINK_INFORMATION = struct('FILE_STANDARD_LINK_INFORMATION', {
  NumberOfAccessibleLinks: ULONG,
  TotalNumberOfLinks: ULONG,
  DeletePending: BOOLEAN,
  Directory: BOOLEAN,
});

export const FILE_STAT_INFORMATION = struct('FILE_STAT_INFORMATION', {
  FileId: LARGE_INTEGER,
  CreationTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  LastWriteTime: LARGE_INTEGER,
  ChangeTime: LARGE_INTEGER,
  AllocationSize: LARGE_INTEGER,
  EndOfFile: LARGE_INTEGER,
  FileAttributes: ULONG,
  ReparseTag: ULONG,
  NumberOfLinks: ULONG,
  EffectiveAccess: ACCESS_MASK,
});
export const FILE_CASE_SENSITIVE_INFORMATION = struct('FILE_CASE_SENSITIVE_INFORMATION', {
  Flags: ULONG,
});
export const FILE_IS_REMOTE_DEVICE_INFORMATION = struct('FILE_IS_REMOTE_DEVICE_INFORMATION', {
  IsRemote: BOOLEAN,
});
export const FILE_VOLUME_NAME_INFORMATION = struct('FILE_VOLUME_NAME_INFORMATION', {
  DeviceNameLength: ULONG,
  DeviceName: array(WCHAR, 1),
});
export const FILE_COMPLETION_INFORMATION = struct('FILE_COMPLETION_INFORMATION', {
  Port: HANDLE,
  Key: POINTER,
});
export const FILE_IO_PRIORITY_HINT_INFORMATION = struct('FILE_IO_PRIORITY_HINT_INFORMATION', {
  PriorityHint: ULONG,
});
export const FILE_IO_COMPLETION_NOTIFICATION_INFORMATION = struct(
  'FILE_IO_COMPLETION_NOTIFICATION_INFORMATION',
  { Flags: ULONG },
);

export const FILE_FULL_EA_INFORMATION = struct('FILE_FULL_EA_INFORMATION', {
  NextEntryOffset: ULONG,
  Flags: UCHAR,
  /** In bytes, without the terminating zero that follows the name. */
  EaNameLength: UCHAR,
  EaValueLength: USHORT,
  EaName: array(UCHAR, 1),
});
export const FILE_GET_EA_INFORMATION = struct('FILE_GET_EA_INFORMATION', {
  NextEntryOffset: ULONG,
  EaNameLength: UCHAR,
  EaName: array(UCHAR, 1),
});
