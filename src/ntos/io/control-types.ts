// Buffers of file-system controls and of byte-range locks, as on 32-bit Windows: reparse points,
// allocated ranges, oplock requests, lock descriptions. The codes that carry them are in
// control-codes.ts.
//
// FILE_LOCK is opaque to drivers; its LockInformation is ours, and LockRequestsInProgress is
// counted by every thread that asks for a lock.
import { BOOLEAN, LARGE_INTEGER, POINTER, ROUTINE, UCHAR, ULONG, USHORT, array, atomic, pointer }
  from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import { ACCESS_MASK, GUID, WCHAR } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

const linkNames = {
  SubstituteNameOffset: USHORT,
  SubstituteNameLength: USHORT,
  PrintNameOffset: USHORT,
  PrintNameLength: USHORT,
} as const;

/** The three ways in which the data of a reparse point is read, after its eight-byte head. */
export const reparseData = {
  SymbolicLinkReparseBuffer: group({ ...linkNames, Flags: ULONG, PathBuffer: array(WCHAR, 1) }),
  MountPointReparseBuffer: group({ ...linkNames, PathBuffer: array(WCHAR, 1) }),
  GenericReparseBuffer: group({ DataBuffer: array(UCHAR, 1) }),
} as const;

export const REPARSE_DATA_BUFFER = struct('REPARSE_DATA_BUFFER', {
  ReparseTag: ULONG,
  /** Bytes behind the eight-byte head. */
  ReparseDataLength: USHORT,
  Reserved: USHORT,
  $data: union(reparseData),
});
/** Bytes before the data of a reparse point. */
export const REPARSE_DATA_BUFFER_HEADER_SIZE = 8;
export const MAXIMUM_REPARSE_DATA_BUFFER_SIZE = 16 * 1024;
export const SYMLINK_FLAG_RELATIVE = 0x0000_0001;

/** Of whoever has no tag of Microsoft's: the GUID tells whose data it is. */
export const REPARSE_GUID_DATA_BUFFER = struct('REPARSE_GUID_DATA_BUFFER', {
  ReparseTag: ULONG,
  ReparseDataLength: USHORT,
  Reserved: USHORT,
  ReparseGuid: GUID,
  GenericReparseBuffer: group({ DataBuffer: array(UCHAR, 1) }),
});
export const REPARSE_GUID_DATA_BUFFER_HEADER_SIZE = 24;

/** Input of FSCTL_SET_REPARSE_POINT_EX, in front of a buffer of either kind. */
export const REPARSE_DATA_BUFFER_EX = struct('REPARSE_DATA_BUFFER_EX', {
  Flags: ULONG,
  /** The tag that is there and is to be replaced; 0 for none. */
  ExistingReparseTag: ULONG,
  ExistingReparseGuid: GUID,
  Reserved: array(ULONG, 2),
});
/** The file may also have no tag yet. */
export const REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE = 0x0000_0001;

export const IO_REPARSE_TAG_RESERVED_ZERO = 0x0000_0000;
export const IO_REPARSE_TAG_MOUNT_POINT = 0xa000_0003;
export const IO_REPARSE_TAG_HSM = 0xc000_0004;
export const IO_REPARSE_TAG_SIS = 0x8000_0007;
export const IO_REPARSE_TAG_WIM = 0x8000_0008;
export const IO_REPARSE_TAG_DFS = 0x8000_000a;
export const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;
export const IO_REPARSE_TAG_DEDUP = 0x8000_0013;
export const IO_REPARSE_TAG_WOF = 0x8000_0017;
export const IO_REPARSE_TAG_WCI = 0x8000_0018;
export const IO_REPARSE_TAG_CLOUD = 0x9000_001a;
export const IO_REPARSE_TAG_APPEXECLINK = 0x8000_001b;
export const IO_REPARSE_TAG_LX_SYMLINK = 0xa000_001d;

export const FILE_ALLOCATED_RANGE_BUFFER = struct('FILE_ALLOCATED_RANGE_BUFFER', {
  FileOffset: LARGE_INTEGER,
  Length: LARGE_INTEGER,
});
export const FILE_ZERO_DATA_INFORMATION = struct('FILE_ZERO_DATA_INFORMATION', {
  FileOffset: LARGE_INTEGER,
  BeyondFinalZero: LARGE_INTEGER,
});
export const FILE_SET_SPARSE_BUFFER = struct('FILE_SET_SPARSE_BUFFER', { SetSparse: BOOLEAN });
export const FILE_OBJECTID_BUFFER = struct('FILE_OBJECTID_BUFFER', {
  ObjectId: array(UCHAR, 16),
  ExtendedInfo: array(UCHAR, 48),
});

export const REQUEST_OPLOCK_INPUT_BUFFER = struct('REQUEST_OPLOCK_INPUT_BUFFER', {
  StructureVersion: USHORT,
  StructureLength: USHORT,
  RequestedOplockLevel: ULONG,
  Flags: ULONG,
});
export const REQUEST_OPLOCK_OUTPUT_BUFFER = struct('REQUEST_OPLOCK_OUTPUT_BUFFER', {
  StructureVersion: USHORT,
  StructureLength: USHORT,
  OriginalOplockLevel: ULONG,
  NewOplockLevel: ULONG,
  Flags: ULONG,
  AccessMode: ACCESS_MASK,
  ShareMode: USHORT,
});
export const REQUEST_OPLOCK_CURRENT_VERSION = 1;
export const OPLOCK_LEVEL_CACHE_READ = 0x0000_0001;
export const OPLOCK_LEVEL_CACHE_HANDLE = 0x0000_0002;
export const OPLOCK_LEVEL_CACHE_WRITE = 0x0000_0004;
export const REQUEST_OPLOCK_INPUT_FLAG_REQUEST = 0x0000_0001;
export const REQUEST_OPLOCK_INPUT_FLAG_ACK = 0x0000_0002;
export const REQUEST_OPLOCK_INPUT_FLAG_COMPLETE_ACK_ON_CLOSE = 0x0000_0004;
export const REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED = 0x0000_0001;
export const REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED = 0x0000_0002;

export const FILE_LOCK_INFO = struct('FILE_LOCK_INFO', {
  StartingByte: LARGE_INTEGER,
  Length: LARGE_INTEGER,
  ExclusiveLock: BOOLEAN,
  Key: ULONG,
  FileObject: pointer('FILE_OBJECT'),
  ProcessId: POINTER,
  EndingByte: LARGE_INTEGER,
});
export type PFILE_LOCK_INFO = Ptr<'FILE_LOCK_INFO'>;

export const FILE_LOCK = struct('FILE_LOCK', {
  CompleteLockIrpRoutine: ROUTINE,
  UnlockRoutine: ROUTINE,
  FastIoIsQuestionable: BOOLEAN,
  SpareC: array(UCHAR, 3),
  LockInformation: POINTER,
  LastReturnedLockInfo: FILE_LOCK_INFO,
  LastReturnedLock: POINTER,
  LockRequestsInProgress: atomic('LONG'),
});
export type PFILE_LOCK = Ptr<'FILE_LOCK'>;
