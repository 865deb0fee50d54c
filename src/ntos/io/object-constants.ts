// What the objects of the I/O manager say about themselves: types, flags of file, device, volume
// and memory-descriptor objects, device types and characteristics. WDK names and values.

// The Type member with which every I/O object begins.
export const IO_TYPE_ADAPTER = 0x01;
export const IO_TYPE_CONTROLLER = 0x02;
export const IO_TYPE_DEVICE = 0x03;
export const IO_TYPE_DRIVER = 0x04;
export const IO_TYPE_FILE = 0x05;
export const IO_TYPE_IRP = 0x06;
export const IO_TYPE_MASTER_ADAPTER = 0x07;
export const IO_TYPE_OPEN_PACKET = 0x08;
export const IO_TYPE_TIMER = 0x09;
export const IO_TYPE_VPB = 0x0a;
export const IO_TYPE_ERROR_LOG = 0x0b;
export const IO_TYPE_ERROR_MESSAGE = 0x0c;
export const IO_TYPE_DEVICE_OBJECT_EXTENSION = 0x0d;
/** IO_CSQ.Type and IO_CSQ_IRP_CONTEXT.Type. */
export const IO_TYPE_CSQ_IRP_CONTEXT = 1;
export const IO_TYPE_CSQ = 2;
export const IO_TYPE_CSQ_EX = 3;

// FILE_OBJECT.Flags.
export const FO_FILE_OPEN = 0x0000_0001;
export const FO_SYNCHRONOUS_IO = 0x0000_0002;
export const FO_ALERTABLE_IO = 0x0000_0004;
export const FO_NO_INTERMEDIATE_BUFFERING = 0x0000_0008;
export const FO_WRITE_THROUGH = 0x0000_0010;
export const FO_SEQUENTIAL_ONLY = 0x0000_0020;
export const FO_CACHE_SUPPORTED = 0x0000_0040;
export const FO_NAMED_PIPE = 0x0000_0080;
export const FO_STREAM_FILE = 0x0000_0100;
export const FO_MAILSLOT = 0x0000_0200;
export const FO_GENERATE_AUDIT_ON_CLOSE = 0x0000_0400;
export const FO_QUEUE_IRP_TO_THREAD = 0x0000_0400;
export const FO_DIRECT_DEVICE_OPEN = 0x0000_0800;
export const FO_FILE_MODIFIED = 0x0000_1000;
export const FO_FILE_SIZE_CHANGED = 0x0000_2000;
export const FO_CLEANUP_COMPLETE = 0x0000_4000;
export const FO_TEMPORARY_FILE = 0x0000_8000;
export const FO_DELETE_ON_CLOSE = 0x0001_0000;
export const FO_OPENED_CASE_SENSITIVE = 0x0002_0000;
export const FO_HANDLE_CREATED = 0x0004_0000;
export const FO_FILE_FAST_IO_READ = 0x0008_0000;
export const FO_RANDOM_ACCESS = 0x0010_0000;
export const FO_FILE_OPEN_CANCELLED = 0x0020_0000;
export const FO_VOLUME_OPEN = 0x0040_0000;
export const FO_BYPASS_IO_ENABLED = 0x0080_0000;
export const FO_REMOTE_ORIGIN = 0x0100_0000;
/** Only during a create; afterwards the bit is FO_SKIP_COMPLETION_PORT. */
export const FO_DISALLOW_EXCLUSIVE = 0x0200_0000;
export const FO_SKIP_COMPLETION_PORT = 0x0200_0000;
export const FO_SKIP_SET_EVENT = 0x0400_0000;
export const FO_SKIP_SET_FAST_IO = 0x0800_0000;

// DEVICE_OBJECT.Flags.
export const DO_VERIFY_VOLUME = 0x0000_0002;
export const DO_BUFFERED_IO = 0x0000_0004;
export const DO_EXCLUSIVE = 0x0000_0008;
export const DO_DIRECT_IO = 0x0000_0010;
export const DO_MAP_IO_BUFFER = 0x0000_0020;
export const DO_DEVICE_HAS_NAME = 0x0000_0040;
export const DO_DEVICE_INITIALIZING = 0x0000_0080;
export const DO_SYSTEM_BOOT_PARTITION = 0x0000_0100;
export const DO_LONG_TERM_REQUESTS = 0x0000_0200;
export const DO_NEVER_LAST_DEVICE = 0x0000_0400;
export const DO_SHUTDOWN_REGISTERED = 0x0000_0800;
export const DO_BUS_ENUMERATED_DEVICE = 0x0000_1000;
export const DO_POWER_PAGABLE = 0x0000_2000;
export const DO_LOW_PRIORITY_FILESYSTEM = 0x0001_0000;
export const DO_SUPPORTS_TRANSACTIONS = 0x0004_0000;
export const DO_FORCE_NEITHER_IO = 0x0008_0000;
export const DO_VOLUME_DEVICE_OBJECT = 0x0010_0000;
export const DO_DISALLOW_EXECUTE = 0x0080_0000;

// VPB.Flags.
export const VPB_MOUNTED = 0x0001;
export const VPB_LOCKED = 0x0002;
export const VPB_PERSISTENT = 0x0004;
export const VPB_REMOVE_PENDING = 0x0008;
export const VPB_RAW_MOUNT = 0x0010;
export const VPB_DIRECT_WRITES_ALLOWED = 0x0020;

// MDL.MdlFlags.
export const MDL_MAPPED_TO_SYSTEM_VA = 0x0001;
export const MDL_PAGES_LOCKED = 0x0002;
export const MDL_SOURCE_IS_NONPAGED_POOL = 0x0004;
export const MDL_ALLOCATED_FIXED_SIZE = 0x0008;
export const MDL_PARTIAL = 0x0010;
export const MDL_PARTIAL_HAS_BEEN_MAPPED = 0x0020;
export const MDL_IO_PAGE_READ = 0x0040;
export const MDL_WRITE_OPERATION = 0x0080;
export const MDL_PARENT_MAPPED_SYSTEM_VA = 0x0100;
export const MDL_FREE_EXTRA_PTES = 0x0200;
export const MDL_DESCRIBES_AWE = 0x0400;
export const MDL_IO_SPACE = 0x0800;
export const MDL_NETWORK_HEADER = 0x1000;
export const MDL_MAPPING_CAN_FAIL = 0x2000;
export const MDL_ALLOCATED_MUST_SUCCEED = 0x4000;
export const MDL_INTERNAL = 0x8000;

// DEVICE_OBJECT.DeviceType, and the high half of a control code.
export const FILE_DEVICE_CD_ROM = 0x02;
export const FILE_DEVICE_CD_ROM_FILE_SYSTEM = 0x03;
export const FILE_DEVICE_CONTROLLER = 0x04;
export const FILE_DEVICE_DFS = 0x06;
export const FILE_DEVICE_DISK = 0x07;
export const FILE_DEVICE_DISK_FILE_SYSTEM = 0x08;
export const FILE_DEVICE_FILE_SYSTEM = 0x09;
export const FILE_DEVICE_MAILSLOT = 0x0c;
export const FILE_DEVICE_NAMED_PIPE = 0x11;
export const FILE_DEVICE_NETWORK = 0x12;
export const FILE_DEVICE_NETWORK_FILE_SYSTEM = 0x14;
export const FILE_DEVICE_NULL = 0x15;
export const FILE_DEVICE_TAPE = 0x1f;
export const FILE_DEVICE_TAPE_FILE_SYSTEM = 0x20;
export const FILE_DEVICE_UNKNOWN = 0x22;
export const FILE_DEVICE_VIRTUAL_DISK = 0x24;
export const FILE_DEVICE_NETWORK_REDIRECTOR = 0x28;
export const FILE_DEVICE_MASS_STORAGE = 0x2d;
export const FILE_DEVICE_DVD = 0x33;
export const FILE_DEVICE_VOLUME = 0x56;
export const FILE_DEVICE_MOUNT_MANAGER = 0x6d;

// DEVICE_OBJECT.Characteristics.
export const FILE_REMOVABLE_MEDIA = 0x0000_0001;
export const FILE_READ_ONLY_DEVICE = 0x0000_0002;
export const FILE_FLOPPY_DISKETTE = 0x0000_0004;
export const FILE_WRITE_ONCE_MEDIA = 0x0000_0008;
export const FILE_REMOTE_DEVICE = 0x0000_0010;
export const FILE_DEVICE_IS_MOUNTED = 0x0000_0020;
export const FILE_VIRTUAL_VOLUME = 0x0000_0040;
export const FILE_AUTOGENERATED_DEVICE_NAME = 0x0000_0080;
export const FILE_DEVICE_SECURE_OPEN = 0x0000_0100;
export const FILE_CHARACTERISTIC_PNP_DEVICE = 0x0000_0800;
export const FILE_CHARACTERISTIC_TS_DEVICE = 0x0000_1000;
export const FILE_CHARACTERISTIC_WEBDAV_DEVICE = 0x0000_2000;
export const FILE_DEVICE_ALLOW_APPCONTAINER_TRAVERSAL = 0x0002_0000;
export const FILE_PORTABLE_DEVICE = 0x0004_0000;

// DEVICE_OBJECT.AlignmentRequirement: the alignment of a buffer, less one.
export const FILE_BYTE_ALIGNMENT = 0x0000;
export const FILE_WORD_ALIGNMENT = 0x0001;
export const FILE_LONG_ALIGNMENT = 0x0003;
export const FILE_QUAD_ALIGNMENT = 0x0007;
export const FILE_512_BYTE_ALIGNMENT = 0x01ff;

// What IoCompleteRequest adds to the priority of whoever waits.
export const IO_NO_INCREMENT = 0;
export const IO_DISK_INCREMENT = 1;

/** A driver's completion routine answers this, or STATUS_MORE_PROCESSING_REQUIRED. */
export const ContinueCompletion = 0;

// IoCreateFile's Options.
export const IO_FORCE_ACCESS_CHECK = 0x0001;
export const IO_NO_PARAMETER_CHECKING = 0x0100;
export const IO_OPEN_TARGET_DIRECTORY = 0x0004;
export const IO_STOP_ON_SYMLINK = 0x0008;
export const IO_IGNORE_SHARE_ACCESS_CHECK = 0x0800;

// IO_PRIORITY_HINT: how urgent an operation is to whoever schedules the disk.
export const IoPriorityVeryLow = 0;
export const IoPriorityLow = 1;
export const IoPriorityNormal = 2;
export const IoPriorityHigh = 3;
export const IoPriorityCritical = 4;
export const MaxIoPriorityTypes = 5;
