// Every limit in the machine, each with a sentence of meaning. Imports nothing.
// What happens at a limit is tested where the limit is used.

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** The size of a page: the unit of MDLs, of page files and of the never mapped page at 0. */
export const PAGE_SIZE = 4096;
/** The size of a sector of every emulated disk: the unit of non-cached I/O. */
export const SECTOR_SIZE = 512;
/** Contended words are put this far apart, so that two processors never share a line. */
export const CACHE_LINE = 64;
/** Pool blocks are multiples of this; 8 is what 32-bit Windows guarantees. */
export const POOL_ALIGNMENT = 8;

/** Worker threads one machine may have: each owns one virtual processor. */
export const MAX_PROCESSORS = 32;
/** Owners of locks one memory can tell apart: every processor, and as many threads of the host. */
export const MAX_OWNERS = 63;
/**
 * Threads one KeWaitForMultipleObjects may wait on without an array of its own
 * (THREAD_WAIT_OBJECTS).
 */
export const THREAD_WAIT_OBJECTS = 3;
/** Objects one KeWaitForMultipleObjects may wait on with an array (MAXIMUM_WAIT_OBJECTS). */
export const MAXIMUM_WAIT_OBJECTS = 64;
/** Stack locations an IRP may have: devices on top of each other, plus the sender's own. */
export const MAX_STACK_LOCATIONS = 16;
/** Instances on one volume; a taller stack is refused with STATUS_INSUFFICIENT_RESOURCES. */
export const MAX_INSTANCES_PER_VOLUME = 32;
/** Operations that pass the Filter Manager at one time; more are refused for lack of memory. */
export const MAX_OPERATIONS_IN_FLIGHT = 2048;
/** Instances of all filters on all volumes at one time. */
export const MAX_INSTANCES = 128;
/** Driver images a machine can map: one megabyte of address space each. */
export const MAX_IMAGES = 16;
/** Routine ids kept for one image: a window in the routine table, as a C image's table window. */
export const ROUTINES_PER_IMAGE = 1024;
/** The first routine id of image 0; below it is room for a C image's kernel imports. */
export const FIRST_IMAGE_ROUTINE = 4096;
/** Where the kernel's own routines begin, and how many ids their names are hashed over. */
export const FIRST_KERNEL_ROUTINE = 1 << 15;
export const KERNEL_ROUTINES = 1 << 19;
/** Shadow stack of one thread for C-shaped locals, in bytes. */
export const STACK_SIZE = 64 * KIB;
/** Kernel stack of a thread (bytes), as 64-bit Windows has it; the verifier charges against it. */
export const STACK_BUDGET = 24 * KIB;
/** What a driver routine and the kernel around it take of that, besides locals with an address. */
export const STACK_PER_ROUTINE = 1536;
/**
 * Accesses to memory that a driver may make at DISPATCH_LEVEL before it leaves the level: some ten
 * milliseconds of a processor. Converting a buffer of a megabyte byte by byte stays below it.
 */
export const WORK_AT_DISPATCH = 4_000_000;
/** Longest UNICODE_STRING in bytes, as MAXUSHORT demands. */
export const MAX_UNICODE_BYTES = 0xfffe;
/** Longest file-name component in UTF-16 units, as NTFS. */
export const MAX_COMPONENT_CHARS = 255;
/** Longest path from the root in UTF-16 units. */
export const MAX_PATH_CHARS = 32767;
/** Handles one machine can have open at a time. */
export const MAX_HANDLES = 1 << 16;

/** A wait wakes this often (ms) to see whether the machine crashed or the lock's owner died. */
export const WAIT_SLICE_MS = 50;
/** Loads of a word before a waiter parks, when there are no more runnable threads than cores. */
export const SPIN_LIMIT_IDLE = 2000;
/** The same when threads outnumber cores: a spinner would burn the owner's time slice. */
export const SPIN_LIMIT_BUSY = 100;

/** Bounds of the host's memory option, in bytes. */
export const MIN_MEMORY = 64 * MIB;
export const MAX_MEMORY = 2048 * MIB - 64 * KIB;
export const DEFAULT_MEMORY = 512 * MIB;
