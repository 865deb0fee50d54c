// What NtQueryVolumeInformationFile and NtSetVolumeInformationFile carry, as on 32-bit Windows,
// with the flags a file system describes itself by.
import { BOOLEAN, LARGE_INTEGER, LONG, UCHAR, ULONG, array } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { ULONGLONG, WCHAR } from '../../rtl/types.ts';

export const FILE_FS_VOLUME_INFORMATION = struct('FILE_FS_VOLUME_INFORMATION', {
  VolumeCreationTime: LARGE_INTEGER,
  VolumeSerialNumber: ULONG,
  /** In bytes. */
  VolumeLabelLength: ULONG,
  SupportsObjects: BOOLEAN,
  VolumeLabel: array(WCHAR, 1),
});

export const FILE_FS_LABEL_INFORMATION = struct('FILE_FS_LABEL_INFORMATION', {
  VolumeLabelLength: ULONG,
  VolumeLabel: array(WCHAR, 1),
});

export const FILE_FS_SIZE_INFORMATION = struct('FILE_FS_SIZE_INFORMATION', {
  TotalAllocationUnits: LARGE_INTEGER,
  AvailableAllocationUnits: LARGE_INTEGER,
  SectorsPerAllocationUnit: ULONG,
  BytesPerSector: ULONG,
});

export const FILE_FS_FULL_SIZE_INFORMATION = struct('FILE_FS_FULL_SIZE_INFORMATION', {
  TotalAllocationUnits: LARGE_INTEGER,
  CallerAvailableAllocationUnits: LARGE_INTEGER,
  ActualAvailableAllocationUnits: LARGE_INTEGER,
  SectorsPerAllocationUnit: ULONG,
  BytesPerSector: ULONG,
});

export const FILE_FS_FULL_SIZE_INFORMATION_EX = struct('FILE_FS_FULL_SIZE_INFORMATION_EX', {
  ActualTotalAllocationUnits: ULONGLONG,
  ActualAvailableAllocationUnits: ULONGLONG,
  ActualPoolUnavailableAllocationUnits: ULONGLONG,
  CallerTotalAllocationUnits: ULONGLONG,
  CallerAvailableAllocationUnits: ULONGLONG,
  CallerPoolUnavailableAllocationUnits: ULONGLONG,
  UsedAllocationUnits: ULONGLONG,
  TotalReservedAllocationUnits: ULONGLONG,
  VolumeStorageReserveAllocationUnits: ULONGLONG,
  AvailableCommittedAllocationUnits: ULONGLONG,
  PoolAvailableAllocationUnits: ULONGLONG,
  SectorsPerAllocationUnit: ULONG,
  BytesPerSector: ULONG,
});

export const FILE_FS_DEVICE_INFORMATION = struct('FILE_FS_DEVICE_INFORMATION', {
  DeviceType: ULONG,
  Characteristics: ULONG,
});

export const FILE_FS_ATTRIBUTE_INFORMATION = struct('FILE_FS_ATTRIBUTE_INFORMATION', {
  FileSystemAttributes: ULONG,
  MaximumComponentNameLength: LONG,
  FileSystemNameLength: ULONG,
  FileSystemName: array(WCHAR, 1),
});

export const FILE_FS_OBJECTID_INFORMATION = struct('FILE_FS_OBJECTID_INFORMATION', {
  ObjectId: array(UCHAR, 16),
  ExtendedInfo: array(UCHAR, 48),
});

export const FILE_FS_SECTOR_SIZE_INFORMATION = struct('FILE_FS_SECTOR_SIZE_INFORMATION', {
  LogicalBytesPerSector: ULONG,
  PhysicalBytesPerSectorForAtomicity: ULONG,
  PhysicalBytesPerSectorForPerformance: ULONG,
  FileSystemEffectivePhysicalBytesPerSectorForAtomicity: ULONG,
  Flags: ULONG,
  ByteOffsetForSectorAlignment: ULONG,
  ByteOffsetForPartitionAlignment: ULONG,
});
export const SSINFO_FLAGS_ALIGNED_DEVICE = 0x0000_0001;
export const SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE = 0x0000_0002;
export const SSINFO_FLAGS_NO_SEEK_PENALTY = 0x0000_0004;
export const SSINFO_FLAGS_TRIM_ENABLED = 0x0000_0008;

export const FILE_FS_CONTROL_INFORMATION = struct('FILE_FS_CONTROL_INFORMATION', {
  FreeSpaceStartFiltering: LARGE_INTEGER,
  FreeSpaceThreshold: LARGE_INTEGER,
  FreeSpaceStopFiltering: LARGE_INTEGER,
  DefaultQuotaThreshold: LARGE_INTEGER,
  DefaultQuotaLimit: LARGE_INTEGER,
  FileSystemControlFlags: ULONG,
});

// FILE_FS_ATTRIBUTE_INFORMATION.FileSystemAttributes.
export const FILE_CASE_SENSITIVE_SEARCH = 0x0000_0001;
export const FILE_CASE_PRESERVED_NAMES = 0x0000_0002;
export const FILE_UNICODE_ON_DISK = 0x0000_0004;
export const FILE_PERSISTENT_ACLS = 0x0000_0008;
export const FILE_FILE_COMPRESSION = 0x0000_0010;
export const FILE_VOLUME_QUOTAS = 0x0000_0020;
export const FILE_SUPPORTS_SPARSE_FILES = 0x0000_0040;
export const FILE_SUPPORTS_REPARSE_POINTS = 0x0000_0080;
export const FILE_SUPPORTS_REMOTE_STORAGE = 0x0000_0100;
export const FILE_RETURNS_CLEANUP_RESULT_INFO = 0x0000_0200;
export const FILE_SUPPORTS_POSIX_UNLINK_RENAME = 0x0000_0400;
export const FILE_VOLUME_IS_COMPRESSED = 0x0000_8000;
export const FILE_SUPPORTS_OBJECT_IDS = 0x0001_0000;
export const FILE_SUPPORTS_ENCRYPTION = 0x0002_0000;
export const FILE_NAMED_STREAMS = 0x0004_0000;
export const FILE_READ_ONLY_VOLUME = 0x0008_0000;
export const FILE_SEQUENTIAL_WRITE_ONCE = 0x0010_0000;
export const FILE_SUPPORTS_TRANSACTIONS = 0x0020_0000;
export const FILE_SUPPORTS_HARD_LINKS = 0x0040_0000;
export const FILE_SUPPORTS_EXTENDED_ATTRIBUTES = 0x0080_0000;
export const FILE_SUPPORTS_OPEN_BY_FILE_ID = 0x0100_0000;
export const FILE_SUPPORTS_USN_JOURNAL = 0x0200_0000;
