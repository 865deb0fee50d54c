// What lies in memory for an oplock: the state of one stream, who holds what, who waits. All of it
// nonpaged, all of it guarded by the stripe of the FSRTL_OPLOCK.
//
//   FSRTL_OPLOCK ── Exclusive ─▶ HOLDER    Level 1, Batch, Filter, RW or RWH; at most one
//        │
//        ├── Shared ──▶ HOLDER …          Level 2, R and RH that are granted
//        ├── Breaking ▶ HOLDER …          RH that were told to give up, and have not answered
//        └── Waiters ─▶ WAITER …          operations that wait for an answer
import { POINTER, ROUTINE, ULONG, array, atomic, pointer } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { KEVENT } from '../../ke/types.ts';
import { OPLOCK_LEVEL_CACHE_HANDLE, OPLOCK_LEVEL_CACHE_READ, OPLOCK_LEVEL_CACHE_WRITE }
  from '../../io/control-types.ts';
import { LIST_ENTRY } from '../../rtl/types.ts';
import { NTSTATUS_FIELD } from '../../status.ts';
import type { Ptr } from '../../../mem/pointer.ts';

/** Caching rights: the granular types are sums of these. */
export const R = OPLOCK_LEVEL_CACHE_READ;
export const H = OPLOCK_LEVEL_CACHE_HANDLE;
export const W = OPLOCK_LEVEL_CACHE_WRITE;
export const RH = R | H;
export const RW = R | W;
export const RWH = R | W | H;

// The legacy types have codes above the granular ones.
export const LEVEL_2 = 0x10;
export const LEVEL_1 = 0x20;
export const BATCH = 0x40;
export const FILTER = 0x80;
export const LEGACY = LEVEL_2 | LEVEL_1 | BATCH | FILTER;
export const NONE = 0;
/** A legacy break that was told as Level 2 and has become None meanwhile. */
export const TWO_THEN_NONE = 0x100;

// Flags of the check routines, and of FsRtlOplockFsctrlEx.
export const OPLOCK_FLAG_COMPLETE_IF_OPLOCKED = 0x0000_0001;
export const OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY = 0x0000_0002;
export const OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK = 0x0000_0004;
export const OPLOCK_FLAG_IGNORE_OPLOCK_KEYS = 0x0000_0008;
export const OPLOCK_FLAG_PARENT_OBJECT = 0x0000_0010;
export const OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE = 0x0000_0020;
export const OPLOCK_FLAG_REMOVING_FILE_OR_LINK = 0x0000_0040;
export const OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH = 0x0000_0001;

/** IoStatus.Information of a legacy request that ends, and of a create beside a batch break. */
export const FILE_OPLOCK_BROKEN_TO_LEVEL_2 = 7;
export const FILE_OPLOCK_BROKEN_TO_NONE = 8;
export const FILE_OPBATCH_BREAK_UNDERWAY = 9;
export const REQUEST_OPLOCK_OUTPUT_FLAG_WRITABLE_SECTION_PRESENT = 0x0000_0004;

/**
 * Whom an oplock or an operation belongs to: the file object, or its target key when it has one.
 * Two are the same when all words are.
 */
export const OPLOCK_OWNER = struct('OPLOCK_OWNER', {
  /** 0 when there is a key. */
  File: POINTER,
  Key: array(ULONG, 4),
});

/** HOLDER.State. */
export const HOLDER_GRANTED = 0;
/** Its request was completed with a lower level; the answer is outstanding. */
export const HOLDER_BREAKING = 1;
/** In no list; its cancel routine is on its way and frees it. */
export const HOLDER_GONE = 2;

export const OPLOCK_HOLDER = struct('OPLOCK_HOLDER', {
  Link: LIST_ENTRY,
  Oplock: POINTER,
  /** The request that pends while the oplock is granted. */
  Irp: POINTER,
  File: POINTER,
  Type: ULONG,
  State: ULONG,
  /** What the holder was told it may keep, and what that has become meanwhile. */
  Offered: ULONG,
  BreakTo: ULONG,
  /** The break is answered by closing the handle: FSCTL_OPBATCH_ACK_CLOSE_PENDING. */
  ClosePending: ULONG,
  Owner: OPLOCK_OWNER,
});
export type PHOLDER = Ptr<'OPLOCK_HOLDER'>;

/** WAITER.Kind: an operation with a completion routine, a thread, FSCTL_OPLOCK_BREAK_NOTIFY. */
export const WAITER_ROUTINE = 0;
export const WAITER_THREAD = 1;
export const WAITER_NOTIFY = 2;

export const OPLOCK_WAITER = struct('OPLOCK_WAITER', {
  Link: LIST_ENTRY,
  Oplock: POINTER,
  Irp: POINTER,
  Kind: ULONG,
  /** It waits for answers of RH holders too, since it takes away H. */
  NeedsHandle: ULONG,
  /** Oplocks with its own key hold it up as well. */
  IgnoresKeys: ULONG,
  /** The file object of a create that atomic creates hold up, else 0. */
  CreateFile: POINTER,
  CompletionRoutine: ROUTINE,
  Context: POINTER,
  Status: NTSTATUS_FIELD,
  Event: KEVENT,
  Owner: OPLOCK_OWNER,
});
export type PWAITER = Ptr<'OPLOCK_WAITER'>;

export const FSRTL_OPLOCK = struct('FSRTL_OPLOCK', {
  Exclusive: pointer('OPLOCK_HOLDER'),
  Shared: LIST_ENTRY,
  Breaking: LIST_ENTRY,
  Waiters: LIST_ENTRY,
  /** The file object of an atomic create that has not asked for its oplock yet. */
  AtomicFile: POINTER,
  /** Requests whose end is decided, and whose holders may not know yet. */
  Untold: atomic(),
  /** How often something was granted: whoever was let pass sees that the answer is old. */
  Grants: atomic(),
});
export type POPLOCK = Ptr<'FSRTL_OPLOCK'>;

