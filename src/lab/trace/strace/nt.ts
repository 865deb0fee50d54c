// Numbers of the WDK that only the strace parser asks for (the rest is in ../wdk.ts), and the flag
// sets that make NT delete and rename as POSIX does.
// Guarantees: names as the WDK publishes them (ntifs.h, winnt.h); sets of flags have names of ours.

export const FILE_TRAVERSE = 0x20;

/** DELETE | POSIX_SEMANTICS | IGNORE_READONLY_ATTRIBUTE: unlink asks neither openers nor mode. */
export const FILE_DISPOSITION_LIKE_UNLINK = 0x1 | 0x2 | 0x10;
/** REPLACE_IF_EXISTS | POSIX_SEMANTICS | IGNORE_READONLY_ATTRIBUTE. */
export const FILE_RENAME_LIKE_POSIX = 0x1 | 0x2 | 0x40;
/** The same without REPLACE_IF_EXISTS, for RENAME_NOREPLACE. */
export const FILE_RENAME_NO_REPLACE = 0x2 | 0x40;

export const FSCTL_SET_ZERO_DATA = 0x9_80c8;
export const FSCTL_SET_REPARSE_POINT = 0x9_00a4;
export const FSCTL_GET_REPARSE_POINT = 0x9_00a8;
export const MAXIMUM_REPARSE_DATA_BUFFER_SIZE = 0x4000;

export const OWNER_SECURITY_INFORMATION = 0x1;
export const GROUP_SECURITY_INFORMATION = 0x2;
export const DACL_SECURITY_INFORMATION = 0x4;

/** IRP_NOCACHE | IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO: a page fault on a mapped file. */
export const IRP_PAGE_FAULT = 0x43;

export const PAGE_READONLY = 0x2;
export const PAGE_READWRITE = 0x4;
export const PAGE_WRITECOPY = 0x8;
export const PAGE_EXECUTE_READ = 0x20;
export const PAGE_EXECUTE_READWRITE = 0x40;
/** Bytes of a page on x86 and x64. */
export const PAGE_SIZE = 4096;
