// Control codes of file systems and devices. A code says by itself how its buffers are passed and
// what access the handle must have: device type, access, function, method. WDK names and numbers.
import { FILE_DEVICE_DISK, FILE_DEVICE_FILE_SYSTEM, FILE_DEVICE_MASS_STORAGE,
  FILE_DEVICE_NAMED_PIPE, FILE_DEVICE_VOLUME } from './object-constants.ts';

// The low two bits: how the buffers travel.
export const METHOD_BUFFERED = 0;
export const METHOD_IN_DIRECT = 1;
export const METHOD_OUT_DIRECT = 2;
export const METHOD_NEITHER = 3;

// Bits 14 and 15: the access the handle needs.
export const FILE_ANY_ACCESS = 0;
/** The file system checks by itself. */
export const FILE_SPECIAL_ACCESS = FILE_ANY_ACCESS;
export const FILE_READ_ACCESS = 1;
export const FILE_WRITE_ACCESS = 2;

/** Composes a control code, as the WDK's macro. */
export function CTL_CODE(
  DeviceType: number,
  Function: number,
  Method: number,
  Access: number,
): number {
  return ((DeviceType << 16) | (Access << 14) | (Function << 2) | Method) >>> 0;
}

/** The device type a code belongs to. */
export function DEVICE_TYPE_FROM_CTL_CODE(code: number): number {
  return code >>> 16;
}

/** How the buffers of a code travel (METHOD_*). */
export function METHOD_FROM_CTL_CODE(code: number): number {
  return code & 3;
}

function fsctl(id: number, method = METHOD_BUFFERED, access = FILE_ANY_ACCESS): number {
  return CTL_CODE(FILE_DEVICE_FILE_SYSTEM, id, method, access);
}
function pipe(id: number, method = METHOD_BUFFERED, access = FILE_ANY_ACCESS): number {
  return CTL_CODE(FILE_DEVICE_NAMED_PIPE, id, method, access);
}
function buffered(type: number): (id: number, access?: number) => number {
  return (id, access = FILE_ANY_ACCESS) => CTL_CODE(type, id, METHOD_BUFFERED, access);
}
const disk = buffered(FILE_DEVICE_DISK);
const storage = buffered(FILE_DEVICE_MASS_STORAGE);
const volume = buffered(FILE_DEVICE_VOLUME);
const mountDevice = buffered('M'.charCodeAt(0));

// File systems.
export const FSCTL_REQUEST_OPLOCK_LEVEL_1 = fsctl(0);
export const FSCTL_REQUEST_OPLOCK_LEVEL_2 = fsctl(1);
export const FSCTL_REQUEST_BATCH_OPLOCK = fsctl(2);
export const FSCTL_OPLOCK_BREAK_ACKNOWLEDGE = fsctl(3);
export const FSCTL_OPBATCH_ACK_CLOSE_PENDING = fsctl(4);
export const FSCTL_OPLOCK_BREAK_NOTIFY = fsctl(5);
export const FSCTL_LOCK_VOLUME = fsctl(6);
export const FSCTL_UNLOCK_VOLUME = fsctl(7);
export const FSCTL_DISMOUNT_VOLUME = fsctl(8);
export const FSCTL_IS_VOLUME_MOUNTED = fsctl(10);
export const FSCTL_IS_PATHNAME_VALID = fsctl(11);
export const FSCTL_MARK_VOLUME_DIRTY = fsctl(12);
export const FSCTL_QUERY_RETRIEVAL_POINTERS = fsctl(14, METHOD_NEITHER);
export const FSCTL_GET_COMPRESSION = fsctl(15);
export const FSCTL_SET_COMPRESSION = fsctl(
  16,
  METHOD_BUFFERED,
  FILE_READ_ACCESS | FILE_WRITE_ACCESS,
);
export const FSCTL_OPLOCK_BREAK_ACK_NO_2 = fsctl(20);
export const FSCTL_INVALIDATE_VOLUMES = fsctl(21);
export const FSCTL_QUERY_FAT_BPB = fsctl(22);
export const FSCTL_REQUEST_FILTER_OPLOCK = fsctl(23);
export const FSCTL_FILESYSTEM_GET_STATISTICS = fsctl(24);
export const FSCTL_GET_NTFS_VOLUME_DATA = fsctl(25);
export const FSCTL_GET_NTFS_FILE_RECORD = fsctl(26);
export const FSCTL_GET_VOLUME_BITMAP = fsctl(27, METHOD_NEITHER);
export const FSCTL_GET_RETRIEVAL_POINTERS = fsctl(28, METHOD_NEITHER);
export const FSCTL_MOVE_FILE = fsctl(29, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_IS_VOLUME_DIRTY = fsctl(30);
export const FSCTL_ALLOW_EXTENDED_DASD_IO = fsctl(32, METHOD_NEITHER);
export const FSCTL_FIND_FILES_BY_SID = fsctl(35, METHOD_NEITHER);
export const FSCTL_SET_OBJECT_ID = fsctl(38, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_GET_OBJECT_ID = fsctl(39);
export const FSCTL_DELETE_OBJECT_ID = fsctl(40, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_SET_REPARSE_POINT = fsctl(41, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_GET_REPARSE_POINT = fsctl(42);
export const FSCTL_SET_REPARSE_POINT_EX = fsctl(259, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_DELETE_REPARSE_POINT = fsctl(43, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_ENUM_USN_DATA = fsctl(44, METHOD_NEITHER);
export const FSCTL_SECURITY_ID_CHECK = fsctl(45, METHOD_NEITHER, FILE_READ_ACCESS);
export const FSCTL_READ_USN_JOURNAL = fsctl(46, METHOD_NEITHER);
export const FSCTL_SET_OBJECT_ID_EXTENDED = fsctl(47, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_CREATE_OR_GET_OBJECT_ID = fsctl(48);
export const FSCTL_SET_SPARSE = fsctl(49, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_SET_ZERO_DATA = fsctl(50, METHOD_BUFFERED, FILE_WRITE_ACCESS);
export const FSCTL_QUERY_ALLOCATED_RANGES = fsctl(51, METHOD_NEITHER, FILE_READ_ACCESS);
export const FSCTL_SET_ENCRYPTION = fsctl(53, METHOD_NEITHER);
export const FSCTL_ENCRYPTION_FSCTL_IO = fsctl(54, METHOD_NEITHER);
export const FSCTL_WRITE_RAW_ENCRYPTED = fsctl(55, METHOD_NEITHER, FILE_SPECIAL_ACCESS);
export const FSCTL_READ_RAW_ENCRYPTED = fsctl(56, METHOD_NEITHER, FILE_SPECIAL_ACCESS);
export const FSCTL_CREATE_USN_JOURNAL = fsctl(57, METHOD_NEITHER);
export const FSCTL_READ_FILE_USN_DATA = fsctl(58, METHOD_NEITHER);
export const FSCTL_WRITE_USN_CLOSE_RECORD = fsctl(59, METHOD_NEITHER);
export const FSCTL_EXTEND_VOLUME = fsctl(60);
export const FSCTL_QUERY_USN_JOURNAL = fsctl(61);
export const FSCTL_DELETE_USN_JOURNAL = fsctl(62);
export const FSCTL_MARK_HANDLE = fsctl(63);
export const FSCTL_SIS_COPYFILE = fsctl(64);
export const FSCTL_RECALL_FILE = fsctl(69, METHOD_NEITHER);
export const FSCTL_FILE_PREFETCH = fsctl(72, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_SHRINK_VOLUME = fsctl(108, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_SET_SHORT_NAME_BEHAVIOR = fsctl(109);
export const FSCTL_FILE_LEVEL_TRIM = fsctl(130, METHOD_BUFFERED, FILE_WRITE_ACCESS);
export const FSCTL_GET_BOOT_AREA_INFO = fsctl(140);
export const FSCTL_GET_RETRIEVAL_POINTER_BASE = fsctl(141);
export const FSCTL_SET_PERSISTENT_VOLUME_STATE = fsctl(142);
export const FSCTL_QUERY_PERSISTENT_VOLUME_STATE = fsctl(143);
export const FSCTL_REQUEST_OPLOCK = fsctl(144);
export const FSCTL_IS_CSV_FILE = fsctl(146);
export const FSCTL_QUERY_FILE_SYSTEM_RECOGNITION = fsctl(147);
export const FSCTL_OFFLOAD_READ = fsctl(153, METHOD_BUFFERED, FILE_READ_ACCESS);
export const FSCTL_OFFLOAD_WRITE = fsctl(154, METHOD_BUFFERED, FILE_WRITE_ACCESS);
export const FSCTL_SET_PURGE_FAILURE_MODE = fsctl(156);
export const FSCTL_QUERY_FILE_LAYOUT = fsctl(157, METHOD_NEITHER);
export const FSCTL_GET_INTEGRITY_INFORMATION = fsctl(159);
export const FSCTL_SET_INTEGRITY_INFORMATION = fsctl(
  160,
  METHOD_BUFFERED,
  FILE_READ_ACCESS | FILE_WRITE_ACCESS,
);
export const FSCTL_QUERY_FILE_REGIONS = fsctl(161);
export const FSCTL_SCRUB_DATA = fsctl(172);
export const FSCTL_WRITE_USN_REASON = fsctl(180);
export const FSCTL_GET_REFS_VOLUME_DATA = fsctl(182);
export const FSCTL_QUERY_STORAGE_CLASSES = fsctl(187);
export const FSCTL_QUERY_REGION_INFO = fsctl(188);
export const FSCTL_USN_TRACK_MODIFIED_RANGES = fsctl(189);
export const FSCTL_SET_EXTERNAL_BACKING = fsctl(195, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_GET_EXTERNAL_BACKING = fsctl(196);
export const FSCTL_DELETE_EXTERNAL_BACKING = fsctl(197, METHOD_BUFFERED, FILE_SPECIAL_ACCESS);
export const FSCTL_DUPLICATE_EXTENTS_TO_FILE = fsctl(209, METHOD_BUFFERED, FILE_WRITE_ACCESS);
export const FSCTL_GET_WOF_VERSION = fsctl(218);
export const FSCTL_QUERY_VOLUME_CONTAINER_STATE = fsctl(228);
export const FSCTL_MANAGE_BYPASS_IO = fsctl(274);

// Named pipes.
export const FSCTL_PIPE_ASSIGN_EVENT = pipe(0);
export const FSCTL_PIPE_DISCONNECT = pipe(1);
export const FSCTL_PIPE_LISTEN = pipe(2);
export const FSCTL_PIPE_PEEK = pipe(3, METHOD_BUFFERED, FILE_READ_ACCESS);
export const FSCTL_PIPE_QUERY_EVENT = pipe(4);
export const FSCTL_PIPE_TRANSCEIVE = pipe(5, METHOD_NEITHER, FILE_READ_ACCESS | FILE_WRITE_ACCESS);
export const FSCTL_PIPE_WAIT = pipe(6);
export const FSCTL_PIPE_IMPERSONATE = pipe(7);

// Disks, storage, volumes and what the mount manager asks a volume.
export const IOCTL_DISK_GET_DRIVE_GEOMETRY = disk(0x0);
export const IOCTL_DISK_GET_PARTITION_INFO = disk(0x1, FILE_READ_ACCESS);
export const IOCTL_DISK_VERIFY = disk(0x5);
export const IOCTL_DISK_IS_WRITABLE = disk(0x9);
export const IOCTL_DISK_GET_PARTITION_INFO_EX = disk(0x12);
export const IOCTL_DISK_GET_LENGTH_INFO = disk(0x17, FILE_READ_ACCESS);
export const IOCTL_DISK_GET_DRIVE_GEOMETRY_EX = disk(0x28);
export const IOCTL_DISK_CHECK_VERIFY = disk(0x200, FILE_READ_ACCESS);
export const IOCTL_STORAGE_CHECK_VERIFY = storage(0x200, FILE_READ_ACCESS);
export const IOCTL_STORAGE_CHECK_VERIFY2 = storage(0x200);
export const IOCTL_STORAGE_EJECT_MEDIA = storage(0x202, FILE_READ_ACCESS);
export const IOCTL_STORAGE_GET_HOTPLUG_INFO = storage(0x305);
export const IOCTL_STORAGE_GET_DEVICE_NUMBER = storage(0x420);
export const IOCTL_STORAGE_QUERY_PROPERTY = storage(0x500);
export const IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES = storage(0x501, FILE_WRITE_ACCESS);
export const IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS = volume(0x0);
export const IOCTL_VOLUME_ONLINE = volume(0x2, FILE_READ_ACCESS | FILE_WRITE_ACCESS);
export const IOCTL_VOLUME_OFFLINE = volume(0x3, FILE_READ_ACCESS | FILE_WRITE_ACCESS);
export const IOCTL_VOLUME_GET_GPT_ATTRIBUTES = volume(0xe);
export const IOCTL_MOUNTDEV_QUERY_UNIQUE_ID = mountDevice(0x0);
export const IOCTL_MOUNTDEV_QUERY_DEVICE_NAME = mountDevice(0x2);
