// What a caller says about a file: rights, sharing, disposition, options, attributes, and what
// NtCreateFile answers in IoStatus.Information. WDK names and values. Masks with bit 31 set are
// positive numbers: compare the result of `&` with zero, not with the mask.

// Rights to a file or directory. Several bits have a second name that speaks of directories.
export const FILE_READ_DATA = 0x0000_0001;
export const FILE_LIST_DIRECTORY = 0x0000_0001;
export const FILE_WRITE_DATA = 0x0000_0002;
export const FILE_ADD_FILE = 0x0000_0002;
export const FILE_APPEND_DATA = 0x0000_0004;
export const FILE_ADD_SUBDIRECTORY = 0x0000_0004;
export const FILE_CREATE_PIPE_INSTANCE = 0x0000_0004;
export const FILE_READ_EA = 0x0000_0008;
export const FILE_WRITE_EA = 0x0000_0010;
export const FILE_EXECUTE = 0x0000_0020;
export const FILE_TRAVERSE = 0x0000_0020;
export const FILE_DELETE_CHILD = 0x0000_0040;
export const FILE_READ_ATTRIBUTES = 0x0000_0080;
export const FILE_WRITE_ATTRIBUTES = 0x0000_0100;

// Rights to any object.
export const DELETE = 0x0001_0000;
export const READ_CONTROL = 0x0002_0000;
export const WRITE_DAC = 0x0004_0000;
export const WRITE_OWNER = 0x0008_0000;
export const SYNCHRONIZE = 0x0010_0000;
export const STANDARD_RIGHTS_REQUIRED = 0x000f_0000;
export const STANDARD_RIGHTS_READ = READ_CONTROL;
export const STANDARD_RIGHTS_WRITE = READ_CONTROL;
export const STANDARD_RIGHTS_EXECUTE = READ_CONTROL;
export const STANDARD_RIGHTS_ALL = 0x001f_0000;
export const SPECIFIC_RIGHTS_ALL = 0x0000_ffff;
export const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
export const MAXIMUM_ALLOWED = 0x0200_0000;
export const GENERIC_ALL = 0x1000_0000;
export const GENERIC_EXECUTE = 0x2000_0000;
export const GENERIC_WRITE = 0x4000_0000;
export const GENERIC_READ = 0x8000_0000;

export const FILE_ALL_ACCESS = 0x001f_01ff;
export const FILE_GENERIC_READ = 0x0012_0089;
export const FILE_GENERIC_WRITE = 0x0012_0116;
export const FILE_GENERIC_EXECUTE = 0x0012_00a0;

// Sharing: what others may do while the file is open.
export const FILE_SHARE_READ = 0x0000_0001;
export const FILE_SHARE_WRITE = 0x0000_0002;
export const FILE_SHARE_DELETE = 0x0000_0004;
export const FILE_SHARE_VALID_FLAGS = 0x0000_0007;

// CreateDisposition: the high byte of Create.Options.
export const FILE_SUPERSEDE = 0x0000_0000;
export const FILE_OPEN = 0x0000_0001;
export const FILE_CREATE = 0x0000_0002;
export const FILE_OPEN_IF = 0x0000_0003;
export const FILE_OVERWRITE = 0x0000_0004;
export const FILE_OVERWRITE_IF = 0x0000_0005;
export const FILE_MAXIMUM_DISPOSITION = 0x0000_0005;

// CreateOptions: the low 24 bits of Create.Options.
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
export const FILE_VALID_OPTION_FLAGS = 0x00ff_ffff;
/** What FileModeInformation may change. */
export const FILE_VALID_SET_FLAGS = 0x0000_0036;

// IoStatus.Information after a create.
export const FILE_SUPERSEDED = 0x0000_0000;
export const FILE_OPENED = 0x0000_0001;
export const FILE_CREATED = 0x0000_0002;
export const FILE_OVERWRITTEN = 0x0000_0003;
export const FILE_EXISTS = 0x0000_0004;
export const FILE_DOES_NOT_EXIST = 0x0000_0005;

// FileAttributes.
export const FILE_ATTRIBUTE_READONLY = 0x0000_0001;
export const FILE_ATTRIBUTE_HIDDEN = 0x0000_0002;
export const FILE_ATTRIBUTE_SYSTEM = 0x0000_0004;
export const FILE_ATTRIBUTE_DIRECTORY = 0x0000_0010;
export const FILE_ATTRIBUTE_ARCHIVE = 0x0000_0020;
export const FILE_ATTRIBUTE_DEVICE = 0x0000_0040;
export const FILE_ATTRIBUTE_NORMAL = 0x0000_0080;
export const FILE_ATTRIBUTE_TEMPORARY = 0x0000_0100;
export const FILE_ATTRIBUTE_SPARSE_FILE = 0x0000_0200;
export const FILE_ATTRIBUTE_REPARSE_POINT = 0x0000_0400;
export const FILE_ATTRIBUTE_COMPRESSED = 0x0000_0800;
export const FILE_ATTRIBUTE_OFFLINE = 0x0000_1000;
export const FILE_ATTRIBUTE_NOT_CONTENT_INDEXED = 0x0000_2000;
export const FILE_ATTRIBUTE_ENCRYPTED = 0x0000_4000;
export const FILE_ATTRIBUTE_INTEGRITY_STREAM = 0x0000_8000;
export const FILE_ATTRIBUTE_VIRTUAL = 0x0001_0000;
export const FILE_ATTRIBUTE_NO_SCRUB_DATA = 0x0002_0000;
export const FILE_ATTRIBUTE_RECALL_ON_OPEN = 0x0004_0000;
export const FILE_ATTRIBUTE_PINNED = 0x0008_0000;
export const FILE_ATTRIBUTE_UNPINNED = 0x0010_0000;
export const FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS = 0x0040_0000;

// ByteOffset.LowPart with HighPart -1: no offset but a place.
export const FILE_USE_FILE_POINTER_POSITION = 0xffff_fffe;
export const FILE_WRITE_TO_END_OF_FILE = 0xffff_ffff;

// NotifyDirectory.CompletionFilter: which changes are told.
export const FILE_NOTIFY_CHANGE_FILE_NAME = 0x0000_0001;
export const FILE_NOTIFY_CHANGE_DIR_NAME = 0x0000_0002;
export const FILE_NOTIFY_CHANGE_NAME = 0x0000_0003;
export const FILE_NOTIFY_CHANGE_ATTRIBUTES = 0x0000_0004;
export const FILE_NOTIFY_CHANGE_SIZE = 0x0000_0008;
export const FILE_NOTIFY_CHANGE_LAST_WRITE = 0x0000_0010;
export const FILE_NOTIFY_CHANGE_LAST_ACCESS = 0x0000_0020;
export const FILE_NOTIFY_CHANGE_CREATION = 0x0000_0040;
export const FILE_NOTIFY_CHANGE_EA = 0x0000_0080;
export const FILE_NOTIFY_CHANGE_SECURITY = 0x0000_0100;
export const FILE_NOTIFY_CHANGE_STREAM_NAME = 0x0000_0200;
export const FILE_NOTIFY_CHANGE_STREAM_SIZE = 0x0000_0400;
export const FILE_NOTIFY_CHANGE_STREAM_WRITE = 0x0000_0800;
export const FILE_NOTIFY_VALID_MASK = 0x0000_0fff;

// FILE_NOTIFY_INFORMATION.Action: what happened.
export const FILE_ACTION_ADDED = 0x0000_0001;
export const FILE_ACTION_REMOVED = 0x0000_0002;
export const FILE_ACTION_MODIFIED = 0x0000_0003;
export const FILE_ACTION_RENAMED_OLD_NAME = 0x0000_0004;
export const FILE_ACTION_RENAMED_NEW_NAME = 0x0000_0005;
export const FILE_ACTION_ADDED_STREAM = 0x0000_0006;
export const FILE_ACTION_REMOVED_STREAM = 0x0000_0007;
export const FILE_ACTION_MODIFIED_STREAM = 0x0000_0008;
export const FILE_ACTION_REMOVED_BY_DELETE = 0x0000_0009;

// SECURITY_INFORMATION: which parts of a security descriptor.
export const OWNER_SECURITY_INFORMATION = 0x0000_0001;
export const GROUP_SECURITY_INFORMATION = 0x0000_0002;
export const DACL_SECURITY_INFORMATION = 0x0000_0004;
export const SACL_SECURITY_INFORMATION = 0x0000_0008;
export const LABEL_SECURITY_INFORMATION = 0x0000_0010;
export const UNPROTECTED_SACL_SECURITY_INFORMATION = 0x1000_0000;
export const UNPROTECTED_DACL_SECURITY_INFORMATION = 0x2000_0000;
export const PROTECTED_SACL_SECURITY_INFORMATION = 0x4000_0000;
export const PROTECTED_DACL_SECURITY_INFORMATION = 0x8000_0000;

/** FILE_FULL_EA_INFORMATION.Flags: whoever does not know the attribute may not open the file. */
export const FILE_NEED_EA = 0x80;
