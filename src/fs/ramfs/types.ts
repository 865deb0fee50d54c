// The control blocks of the RAM file system, named as NTFS names its own. What lies "on disk" is
// paged and lives as long as the file: FCB, STREAM, LCB. What stands for open streams is nonpaged
// and lives from the first open to the last close: SCB; a CCB is one open of it.
//
//   VCB ── Root ─▶ FCB ◀── Fcb ── STREAM (contents) ── Scb ─▶ SCB = FILE_OBJECT.FsContext
//                   │ ▲                                        ▲
//            Children│ │Fcb                                    │Scb
//                   ▼ │                                        │
//                   LCB (a name in a directory) ◀──── Lcb ── CCB = FILE_OBJECT.FsContext2
//
// Locks, in the order in which they are taken:
//   1  SCB.MainResource       sizes and contents of the stream; a directory's scans
//   2  SCB.PagingIoResource   contents, for paging I/O; both exclusively to take pages away
//   3  VCB.Namespace          names, links, streams, opens, share access, deletion, EAs, security
//   4  FCB.InfoLock           times, attributes and the sizes that directories show
//   5  the spin locks of frames, pools and the journal
// Nobody who holds 3 takes 1 or 2: a thread between "acquire for section" and its release holds 1
// and may still create files.
import { BOOLEAN, LARGE_INTEGER, POINTER, UCHAR, ULONG, USHORT, array, atomic, pointer }
  from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { LIST_ENTRY, WCHAR } from '../../ntos/rtl/types.ts';
import { ERESOURCE, FAST_MUTEX } from '../../ntos/ex/types.ts';
import { FSRTL_ADVANCED_FCB_HEADER, MAXIMUM_VOLUME_LABEL_CHARS, SECTION_OBJECT_POINTERS,
  SHARE_ACCESS } from '../../ntos/io/types.ts';
import { FILE_LOCK } from '../../ntos/io/control-types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** VCB.State. */
export const VCB_LOCKED = 0x1;
export const VCB_DISMOUNTED = 0x2;

const FILE_SYSTEM_NAME_CHARS = 16;

export const RAMFS_VCB = struct('RAMFS_VCB', {
  /** The file system's device for the volume; the VCB is its extension. */
  DeviceObject: pointer('DEVICE_OBJECT'),
  /** The disk device, which file objects refer to. */
  DiskDevice: pointer('DEVICE_OBJECT'),
  Namespace: ERESOURCE,
  // Guarded by Namespace.
  State: ULONG,
  /** The file object that locked the volume. */
  LockFile: POINTER,
  /** Open handles and open file objects, those of the volume itself included. */
  CleanupCount: ULONG,
  CloseCount: ULONG,
  Root: pointer('RAMFS_FCB'),
  /** What opens of the volume itself are opens of. */
  VolumeScb: pointer('RAMFS_SCB'),
  /** SCBs that are ready for use: their resources are initialised. */
  IdleScbs: pointer('RAMFS_SCB'),
  IdleScbCount: ULONG,
  // The file table: from file number to FCB.
  FileTable: POINTER,
  FileTableSize: ULONG,
  FileTableUsed: ULONG,
  FreeFileNumber: ULONG,
  FileCount: ULONG,
  DefaultSecurity: pointer('RAMFS_SECURITY'),
  // Set at mount; the label changes under Namespace.
  VolumeCreationTime: LARGE_INTEGER,
  TotalClusters: LARGE_INTEGER,
  SerialNumber: ULONG,
  SerialHigh: ULONG,
  FileSystemAttributes: ULONG,
  LabelLength: USHORT,
  NameLength: USHORT,
  Label: array(WCHAR, MAXIMUM_VOLUME_LABEL_CHARS),
  FileSystemName: array(WCHAR, FILE_SYSTEM_NAME_CHARS),
  ObjectId: array(UCHAR, 64),
  /** Page frames that the volume's files hold: counted by every writer. */
  UsedFrames: atomic(),
  /** Not 0 once somebody held an oplock on a directory: changes of entries look for it. */
  DirectoryOplocks: atomic(),
  NotifySync: POINTER,
  DirNotifyList: LIST_ENTRY,
  // The change journal; guarded by JournalLock.
  JournalLock: atomic(),
  Journal: POINTER,
  JournalId: LARGE_INTEGER,
  FirstUsn: LARGE_INTEGER,
  NextUsn: LARGE_INTEGER,
});
export type PVCB = Ptr<'RAMFS_VCB'>;

/** FCB.Flags. */
export const FCB_DIRECTORY = 0x1;
export const FCB_ROOT = 0x2;
/** No name leads to the file any more; it goes with its last open. */
export const FCB_DELETED = 0x4;

export const RAMFS_FCB = struct('RAMFS_FCB', {
  Vcb: pointer('RAMFS_VCB'),
  Flags: ULONG,
  /** Sequence number << 48 | file number, as NTFS composes it. */
  FileId: LARGE_INTEGER,
  // Guarded by InfoLock.
  InfoLock: atomic(),
  FileAttributes: ULONG,
  CreationTime: LARGE_INTEGER,
  LastAccessTime: LARGE_INTEGER,
  LastWriteTime: LARGE_INTEGER,
  ChangeTime: LARGE_INTEGER,
  /** The journal's newest record of the file. */
  Usn: LARGE_INTEGER,
  /** Reasons the journal has recorded since the file was last closed. */
  UsnReasons: ULONG,
  // Guarded by the volume's namespace resource.
  /** Names that lead here. */
  LinkCount: ULONG,
  Links: LIST_ENTRY,
  Streams: LIST_ENTRY,
  /** The unnamed data stream of a file, the index of a directory. */
  DataStream: pointer('RAMFS_STREAM'),
  /** Open handles, by whichever name or stream. */
  CleanupCount: ULONG,
  /** SCBs that stand for its streams, and links that lie or lay in it: they point here. */
  UseCount: ULONG,
  EaBuffer: POINTER,
  EaLength: ULONG,
  /** What FileEaInformation answers: the size in packed form. */
  EaSize: ULONG,
  Security: pointer('RAMFS_SECURITY'),
  ReparseBuffer: POINTER,
  ReparseTag: ULONG,
  /** 64 bytes, FILE_OBJECTID_BUFFER, or NULL. */
  ObjectId: POINTER,
  /** A directory's names in upper-case order: pointers to LCBs. */
  Children: POINTER,
  ChildCount: ULONG,
  ChildCapacity: ULONG,
});
export type PFCB = Ptr<'RAMFS_FCB'>;

export const RAMFS_STREAM = struct('RAMFS_STREAM', {
  ListEntry: LIST_ENTRY,
  Fcb: pointer('RAMFS_FCB'),
  /** The SCB while the stream is open. Guarded by the namespace resource. */
  Scb: pointer('RAMFS_SCB'),
  // The page tree: see content/page-tree.ts. PageCount follows PageRoot.
  PageRoot: atomic(),
  PageCount: atomic(),
  // Guarded by the FCB's InfoLock while the stream is open: what directories show.
  EndOfFile: LARGE_INTEGER,
  AllocationSize: LARGE_INTEGER,
  ValidDataLength: LARGE_INTEGER,
  /** In bytes; 0 for the unnamed stream. The name lies behind the structure, upper case too. */
  NameLength: ULONG,
});
export type PSTREAM = Ptr<'RAMFS_STREAM'>;

/** LCB.Flags. */
export const LCB_DELETE_PENDING = 0x1;
/** The name goes as soon as the handle that said so is closed: POSIX semantics. */
export const LCB_POSIX_DELETE = 0x2;
/** The name is gone; handles that were opened by it remain. */
export const LCB_UNLINKED = 0x4;

export const RAMFS_LCB = struct('RAMFS_LCB', {
  ListEntry: LIST_ENTRY,
  Fcb: pointer('RAMFS_FCB'),
  /** The directory; NULL for the root's own link. */
  Parent: pointer('RAMFS_FCB'),
  Flags: ULONG,
  /** Handles opened by this name. */
  CleanupCount: ULONG,
  /** CCBs, and one while the name is in its directory. */
  ReferenceCount: ULONG,
  /** In bytes. */
  NameLength: ULONG,
  /** The name, and behind it the same in upper case. */
  NameBuffer: POINTER,
});
export type PLCB = Ptr<'RAMFS_LCB'>;

/** SCB.State. */
export const SCB_VOLUME = 0x1;
export const SCB_DIRECTORY = 0x2;
/** A named stream whose deletion waits for its last handle. */
export const SCB_DELETE_PENDING = 0x4;
export const SCB_STREAM_DELETED = 0x8;

/** NodeTypeCode of an SCB's header. */
export const RAMFS_NTC_SCB = 0x0705;

export const RAMFS_SCB = struct('RAMFS_SCB', {
  /** AllocationSize, FileSize and ValidDataLength are guarded by MainResource. */
  Header: FSRTL_ADVANCED_FCB_HEADER,
  Vcb: pointer('RAMFS_VCB'),
  Fcb: pointer('RAMFS_FCB'),
  Stream: pointer('RAMFS_STREAM'),
  /** Sizes changed since directories were told. Guarded by MainResource. */
  SizeChanged: ULONG,
  // Guarded by the volume's namespace resource.
  State: ULONG,
  CleanupCount: ULONG,
  CloseCount: ULONG,
  NextIdle: pointer('RAMFS_SCB'),
  /** Range locks on their way that oplocks let pass: no shared oplock is granted beside them. */
  LocksComing: atomic(),
  /** The CCBs of a directory's opens: whose watches end when it is deleted. */
  Ccbs: LIST_ENTRY,
  ShareAccess: SHARE_ACCESS,
  SectionObjectPointers: SECTION_OBJECT_POINTERS,
  FileLock: FILE_LOCK,
  FastMutex: FAST_MUTEX,
  MainResource: ERESOURCE,
  PagingIoResource: ERESOURCE,
});
export type PSCB = Ptr<'RAMFS_SCB'>;

/** CCB.Flags. */
export const CCB_DELETE_ON_CLOSE = 0x01;
/** The handle set POSIX deletion: the name goes when it is closed. */
export const CCB_POSIX_DELETE = 0x02;
export const CCB_OPEN_BY_ID = 0x04;
/** CCB.TimesSet: the user set these times, so that writing does not change them behind his back. */
export const SET_LAST_WRITE = 0x1;
export const SET_CHANGE = 0x2;
/** CCB.Did: what was done through the handle; told when it is closed. */
export const DID_WRITE = 0x1;
export const DID_CHANGE_SIZE = 0x2;

export const RAMFS_CCB = struct('RAMFS_CCB', {
  ListEntry: LIST_ENTRY,
  Scb: pointer('RAMFS_SCB'),
  /** The file object that the open is; NULL until the create has succeeded. */
  File: pointer('FILE_OBJECT'),
  /** The name the file was opened by; NULL for the volume and for opens by id. */
  Lcb: pointer('RAMFS_LCB'),
  /** Guarded by the namespace resource. */
  Flags: ULONG,
  GrantedAccess: ULONG,
  /** Guarded by the FCB's InfoLock. */
  TimesSet: ULONG,
  /** Guarded by the SCB's MainResource. */
  Did: ULONG,
  // A directory scan; guarded by the SCB's MainResource.
  /** The pattern in upper case, then room for the name that was returned last. */
  ScanBuffer: POINTER,
  PatternLength: USHORT,
  LastNameLength: USHORT,
  ScanStarted: BOOLEAN,
  PatternIsAll: BOOLEAN,
  PatternIsExact: BOOLEAN,
  /** How many of "." and ".." the scan has passed. */
  DotsPassed: UCHAR,
  /** Where the next query for EAs begins: an offset in the FCB's EA buffer. */
  NextEa: ULONG,
});
export type PCCB = Ptr<'RAMFS_CCB'>;

/** A security descriptor in self-relative form, shared by the files that have the same. */
export const RAMFS_SECURITY = struct('RAMFS_SECURITY', {
  /** Guarded by the namespace resource. */
  ReferenceCount: ULONG,
  Length: ULONG,
});
export type PSECURITY = Ptr<'RAMFS_SECURITY'>;
