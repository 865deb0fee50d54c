// What an IRP says: major and minor function codes, its flags, and the flags of a stack location,
// with the WDK's names and values. The pseudo majors of the Filter Manager are in the list as
// well: they are unsigned bytes counted down from 0xFF.

export const IRP_MJ_CREATE = 0x00;
export const IRP_MJ_CREATE_NAMED_PIPE = 0x01;
export const IRP_MJ_CLOSE = 0x02;
export const IRP_MJ_READ = 0x03;
export const IRP_MJ_WRITE = 0x04;
export const IRP_MJ_QUERY_INFORMATION = 0x05;
export const IRP_MJ_SET_INFORMATION = 0x06;
export const IRP_MJ_QUERY_EA = 0x07;
export const IRP_MJ_SET_EA = 0x08;
export const IRP_MJ_FLUSH_BUFFERS = 0x09;
export const IRP_MJ_QUERY_VOLUME_INFORMATION = 0x0a;
export const IRP_MJ_SET_VOLUME_INFORMATION = 0x0b;
export const IRP_MJ_DIRECTORY_CONTROL = 0x0c;
export const IRP_MJ_FILE_SYSTEM_CONTROL = 0x0d;
export const IRP_MJ_DEVICE_CONTROL = 0x0e;
export const IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f;
export const IRP_MJ_SHUTDOWN = 0x10;
export const IRP_MJ_LOCK_CONTROL = 0x11;
export const IRP_MJ_CLEANUP = 0x12;
export const IRP_MJ_CREATE_MAILSLOT = 0x13;
export const IRP_MJ_QUERY_SECURITY = 0x14;
export const IRP_MJ_SET_SECURITY = 0x15;
export const IRP_MJ_POWER = 0x16;
export const IRP_MJ_SYSTEM_CONTROL = 0x17;
export const IRP_MJ_DEVICE_CHANGE = 0x18;
export const IRP_MJ_QUERY_QUOTA = 0x19;
export const IRP_MJ_SET_QUOTA = 0x1a;
export const IRP_MJ_PNP = 0x1b;
export const IRP_MJ_MAXIMUM_FUNCTION = 0x1b;

/** Ends an array of FLT_OPERATION_REGISTRATION. */
export const IRP_MJ_OPERATION_END = 0x80;
// File-system filter callbacks (FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION).
export const IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION = 0xff;
export const IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION = 0xfe;
export const IRP_MJ_ACQUIRE_FOR_MOD_WRITE = 0xfd;
export const IRP_MJ_RELEASE_FOR_MOD_WRITE = 0xfc;
export const IRP_MJ_ACQUIRE_FOR_CC_FLUSH = 0xfb;
export const IRP_MJ_RELEASE_FOR_CC_FLUSH = 0xfa;
export const IRP_MJ_QUERY_OPEN = 0xf9;
// Fast I/O that has no IRP form of the same code.
export const IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE = 0xf3;
export const IRP_MJ_NETWORK_QUERY_OPEN = 0xf2;
export const IRP_MJ_MDL_READ = 0xf1;
export const IRP_MJ_MDL_READ_COMPLETE = 0xf0;
export const IRP_MJ_PREPARE_MDL_WRITE = 0xef;
export const IRP_MJ_MDL_WRITE_COMPLETE = 0xee;
export const IRP_MJ_VOLUME_MOUNT = 0xed;
export const IRP_MJ_VOLUME_DISMOUNT = 0xec;

// Minor functions. Reads and writes use bits; the others count.
export const IRP_MN_NORMAL = 0x00;
export const IRP_MN_DPC = 0x01;
export const IRP_MN_MDL = 0x02;
export const IRP_MN_COMPLETE = 0x04;
export const IRP_MN_COMPRESSED = 0x08;
export const IRP_MN_MDL_DPC = IRP_MN_MDL | IRP_MN_DPC;
export const IRP_MN_COMPLETE_MDL = IRP_MN_COMPLETE | IRP_MN_MDL;
export const IRP_MN_COMPLETE_MDL_DPC = IRP_MN_COMPLETE_MDL | IRP_MN_DPC;
export const IRP_MN_QUERY_DIRECTORY = 0x01;
export const IRP_MN_NOTIFY_CHANGE_DIRECTORY = 0x02;
export const IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX = 0x03;
export const IRP_MN_USER_FS_REQUEST = 0x00;
export const IRP_MN_MOUNT_VOLUME = 0x01;
export const IRP_MN_VERIFY_VOLUME = 0x02;
export const IRP_MN_LOAD_FILE_SYSTEM = 0x03;
export const IRP_MN_TRACK_LINK = 0x04;
export const IRP_MN_KERNEL_CALL = 0x04;
export const IRP_MN_LOCK = 0x01;
export const IRP_MN_UNLOCK_SINGLE = 0x02;
export const IRP_MN_UNLOCK_ALL = 0x03;
export const IRP_MN_UNLOCK_ALL_BY_KEY = 0x04;
export const IRP_MN_FLUSH_AND_PURGE = 0x01;
export const IRP_MN_FLUSH_DATA_ONLY = 0x02;
export const IRP_MN_FLUSH_NO_SYNC = 0x03;
export const IRP_MN_FLUSH_DATA_SYNC_ONLY = 0x04;
export const IRP_MN_START_DEVICE = 0x00;
export const IRP_MN_QUERY_REMOVE_DEVICE = 0x01;
export const IRP_MN_REMOVE_DEVICE = 0x02;
export const IRP_MN_CANCEL_REMOVE_DEVICE = 0x03;
export const IRP_MN_STOP_DEVICE = 0x04;
export const IRP_MN_QUERY_STOP_DEVICE = 0x05;
export const IRP_MN_CANCEL_STOP_DEVICE = 0x06;
export const IRP_MN_QUERY_DEVICE_RELATIONS = 0x07;
export const IRP_MN_QUERY_INTERFACE = 0x08;
export const IRP_MN_QUERY_CAPABILITIES = 0x09;
export const IRP_MN_SURPRISE_REMOVAL = 0x17;

// IRP.Flags and FLT_IO_PARAMETER_BLOCK.IrpFlags. Two values mean different things for different
// operations; the operation tells them apart.
export const IRP_NOCACHE = 0x0000_0001;
export const IRP_PAGING_IO = 0x0000_0002;
export const IRP_MOUNT_COMPLETION = 0x0000_0002;
export const IRP_SYNCHRONOUS_API = 0x0000_0004;
export const IRP_ASSOCIATED_IRP = 0x0000_0008;
export const IRP_BUFFERED_IO = 0x0000_0010;
export const IRP_DEALLOCATE_BUFFER = 0x0000_0020;
export const IRP_INPUT_OPERATION = 0x0000_0040;
export const IRP_SYNCHRONOUS_PAGING_IO = 0x0000_0040;
export const IRP_CREATE_OPERATION = 0x0000_0080;
export const IRP_READ_OPERATION = 0x0000_0100;
export const IRP_WRITE_OPERATION = 0x0000_0200;
export const IRP_CLOSE_OPERATION = 0x0000_0400;
export const IRP_DEFER_IO_COMPLETION = 0x0000_0800;
export const IRP_OB_QUERY_NAME = 0x0000_1000;
export const IRP_HOLD_DEVICE_QUEUE = 0x0000_2000;
/** The priority hint of the request plus one, 0 for none (ntos/io/service/priority.ts). */
export const IRP_PRIORITY_MASK = 0x000e_0000;
/** The value is unchecked. */
export const IRP_UM_DRIVER_INITIATED_IO = 0x0040_0000;

/** IRP.AllocationFlags. */
export const IRP_QUOTA_CHARGED = 0x01;
export const IRP_ALLOCATED_MUST_SUCCEED = 0x02;
export const IRP_ALLOCATED_FIXED_SIZE = 0x04;
export const IRP_LOOKASIDE_ALLOCATION = 0x08;

// IO_STACK_LOCATION.Control.
export const SL_PENDING_RETURNED = 0x01;
export const SL_ERROR_RETURNED = 0x02;
export const SL_INVOKE_ON_CANCEL = 0x20;
export const SL_INVOKE_ON_SUCCESS = 0x40;
export const SL_INVOKE_ON_ERROR = 0x80;

// IO_STACK_LOCATION.Flags and FLT_IO_PARAMETER_BLOCK.OperationFlags, by operation.
// Create:
export const SL_FORCE_ACCESS_CHECK = 0x01;
export const SL_OPEN_PAGING_FILE = 0x02;
export const SL_OPEN_TARGET_DIRECTORY = 0x04;
export const SL_STOP_ON_SYMLINK = 0x08;
export const SL_CASE_SENSITIVE = 0x80;
// Read and write:
export const SL_KEY_SPECIFIED = 0x01;
export const SL_OVERRIDE_VERIFY_VOLUME = 0x02;
export const SL_WRITE_THROUGH = 0x04;
export const SL_FT_SEQUENTIAL_WRITE = 0x08;
export const SL_FORCE_DIRECT_WRITE = 0x10;
export const SL_REALTIME_STREAM = 0x20;
// Directory control, extended attributes and quota:
export const SL_RESTART_SCAN = 0x01;
export const SL_RETURN_SINGLE_ENTRY = 0x02;
export const SL_INDEX_SPECIFIED = 0x04;
export const SL_RETURN_ON_DISK_ENTRIES_ONLY = 0x08;
export const SL_NO_CURSOR_UPDATE = 0x10;
// Directory notification:
export const SL_WATCH_TREE = 0x01;
// Lock control:
export const SL_FAIL_IMMEDIATELY = 0x01;
export const SL_EXCLUSIVE_LOCK = 0x02;
// Device and file-system control:
export const SL_READ_ACCESS_GRANTED = 0x01;
export const SL_WRITE_ACCESS_GRANTED = 0x04;
// Mount:
export const SL_ALLOW_RAW_MOUNT = 0x01;
