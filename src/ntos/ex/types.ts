// The executive's published locks, lists and work items, laid out as on 32-bit Windows, so that a
// driver can keep them in its own memory.
//
// Guards: every field of an ERESOURCE lies under its SpinLock; Owner and OldIrql of a fast mutex
// belong to whoever holds it. ERESOURCE owner counts share their word with boost bits in NT; we
// have no boosting, so the whole word is the count.
import { LONG, POINTER, ROUTINE, SHORT, ULONG, USHORT, array, atomic, pointer }
  from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import { KEVENT, KGATE, KSPIN_LOCK } from '../ke/types.ts';
import { LIST_ENTRY, SLIST_HEADER } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** A push lock as a member: one word. */
export const EX_PUSH_LOCK = atomic('EX_PUSH_LOCK');
/** A reader-writer spin lock as a member: one word. */
export const EX_SPIN_LOCK = atomic('EX_SPIN_LOCK');

export const EX_RUNDOWN_REF = struct('EX_RUNDOWN_REF', {
  $either: union({ Count: atomic('ULONG_PTR'), Ptr: atomic('PVOID') }),
});
export type PEX_RUNDOWN_REF = Ptr<'EX_RUNDOWN_REF'>;

export const FAST_MUTEX = struct('FAST_MUTEX', {
  /** 1 when free. */
  Count: atomic('LONG'),
  Owner: pointer('KTHREAD'),
  Contention: ULONG,
  Event: KEVENT,
  OldIrql: ULONG,
});
export type PFAST_MUTEX = Ptr<'FAST_MUTEX'>;

export const KGUARDED_MUTEX = struct('KGUARDED_MUTEX', {
  Count: atomic('LONG'),
  Owner: pointer('KTHREAD'),
  Contention: ULONG,
  Gate: KGATE,
  $apcs: union({
    $each: group({ KernelApcDisable: SHORT, SpecialApcDisable: SHORT }),
    CombinedApcDisable: ULONG,
  }),
});
export type PKGUARDED_MUTEX = Ptr<'KGUARDED_MUTEX'>;

export const OWNER_ENTRY = struct('OWNER_ENTRY', {
  OwnerThread: ULONG,
  $count: union({ OwnerCount: LONG, TableSize: ULONG }),
});
export type POWNER_ENTRY = Ptr<'OWNER_ENTRY'>;

/** ERESOURCE.Flag. */
export const ResourceNeverExclusive = 0x0010;
export const ResourceReleaseByOtherThread = 0x0020;
export const ResourceOwnedExclusive = 0x0080;

export const ERESOURCE = struct('ERESOURCE', {
  SystemResourcesList: LIST_ENTRY,
  // Guarded by SpinLock.
  OwnerTable: pointer('OWNER_ENTRY'),
  ActiveCount: SHORT,
  Flag: USHORT,
  SharedWaiters: pointer('KSEMAPHORE'),
  ExclusiveWaiters: pointer('KEVENT'),
  OwnerEntry: OWNER_ENTRY,
  ActiveEntries: ULONG,
  ContentionCount: ULONG,
  NumberOfSharedWaiters: ULONG,
  NumberOfExclusiveWaiters: ULONG,
  $trace: union({ Address: POINTER, CreatorBackTraceIndex: ULONG }),
  SpinLock: KSPIN_LOCK,
});
export type PERESOURCE = Ptr<'ERESOURCE'>;

export const WORK_QUEUE_ITEM = struct('WORK_QUEUE_ITEM', {
  List: LIST_ENTRY,
  WorkerRoutine: ROUTINE,
  Parameter: POINTER,
});
export type PWORK_QUEUE_ITEM = Ptr<'WORK_QUEUE_ITEM'>;

/** WORK_QUEUE_TYPE: in brackets the base priority of the threads that serve it. */
export const CriticalWorkQueue = 0; // (13)
export const DelayedWorkQueue = 1; // (12)
export const HyperCriticalWorkQueue = 2; // (15), reserved for the system
export const NormalWorkQueue = 3; // (8)
export const BackgroundWorkQueue = 4; // (7)
export const RealTimeWorkQueue = 5; // (18)
export const SuperCriticalWorkQueue = 6; // (14)
export const MaximumWorkQueue = 7;
/** Added to a priority: a queue of that priority. */
export const CustomPriorityWorkQueue = 32;

/** POOL_TYPE, the older way of saying which pool. */
export const NonPagedPool = 0;
export const NonPagedPoolExecute = NonPagedPool;
export const PagedPool = 1;
export const NonPagedPoolMustSucceed = 2;
export const NonPagedPoolCacheAligned = 4;
export const PagedPoolCacheAligned = 5;
export const NonPagedPoolNx = 512;
export const NonPagedPoolNxCacheAligned = NonPagedPoolNx + 4;
/** Or-ed into a POOL_TYPE. */
export const POOL_QUOTA_FAIL_INSTEAD_OF_RAISE = 0x0000_0008;
export const POOL_RAISE_IF_ALLOCATION_FAILURE = 0x0000_0010;
export const POOL_COLD_ALLOCATION = 0x0000_0100;
export const POOL_ZERO_ALLOCATION = 0x0000_0400;

/** POOL_FLAGS of ExAllocatePool2. */
export const POOL_FLAG_USE_QUOTA = 0x001;
export const POOL_FLAG_UNINITIALIZED = 0x002;
export const POOL_FLAG_SESSION = 0x004;
export const POOL_FLAG_CACHE_ALIGNED = 0x008;
export const POOL_FLAG_RAISE_ON_FAILURE = 0x020;
export const POOL_FLAG_NON_PAGED = 0x040;
export const POOL_FLAG_NON_PAGED_EXECUTE = 0x080;
export const POOL_FLAG_PAGED = 0x100;

/** Where x86 Windows puts the parts of a lookaside list apart: its cache line. */
const LOOKASIDE_ALIGN = 64;

/** The counts are of many threads at once, and exact, hence atomic. */
export const GENERAL_LOOKASIDE = struct(
  'GENERAL_LOOKASIDE',
  {
    ListHead: SLIST_HEADER,
    Depth: USHORT,
    MaximumDepth: USHORT,
    TotalAllocates: atomic('ULONG'),
    $allocates: union({ AllocateMisses: atomic('ULONG'), AllocateHits: atomic('ULONG') }),
    TotalFrees: atomic('ULONG'),
    $frees: union({ FreeMisses: atomic('ULONG'), FreeHits: atomic('ULONG') }),
    Type: ULONG,
    Tag: ULONG,
    Size: ULONG,
    $allocate: union({ Allocate: ROUTINE, AllocateEx: ROUTINE }),
    $free: union({ Free: ROUTINE, FreeEx: ROUTINE }),
    ListEntry: LIST_ENTRY,
    LastTotalAllocates: ULONG,
    $last: union({ LastAllocateMisses: ULONG, LastAllocateHits: ULONG }),
    Future: array(ULONG, 2),
  },
  { align: LOOKASIDE_ALIGN },
);
export type PGENERAL_LOOKASIDE = Ptr<'GENERAL_LOOKASIDE'>;

export const NPAGED_LOOKASIDE_LIST = struct('NPAGED_LOOKASIDE_LIST', {
  L: GENERAL_LOOKASIDE,
  Lock__ObsoleteButDoNotDelete: KSPIN_LOCK,
}, { pack: LOOKASIDE_ALIGN });
export type PNPAGED_LOOKASIDE_LIST = Ptr<'NPAGED_LOOKASIDE_LIST'>;

export const PAGED_LOOKASIDE_LIST = struct('PAGED_LOOKASIDE_LIST', {
  L: GENERAL_LOOKASIDE,
  Lock__ObsoleteButDoNotDelete: FAST_MUTEX,
}, { pack: LOOKASIDE_ALIGN });
export type PPAGED_LOOKASIDE_LIST = Ptr<'PAGED_LOOKASIDE_LIST'>;
