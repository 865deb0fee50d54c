// What the lookaside lists of all kinds share: the caches of the processors, the chain of active
// lists, and what happens when a cache is empty, full or given up. lookaside.ts is the WDK's face.
//
// NT keeps free entries on one SLIST per list (and per processor for its own lists). Here each
// processor has a cache of its own, a line in nonpaged pool that only its thread touches, so that
// taking and returning an entry has no atomic; the driver's structure keeps the address of the
// caches in Future[0]. Its ListHead stays empty and its counts are summed by lookasideCounts.
// Under the verifier nothing is cached: each entry goes to the pool, whose checks then see it.
import { i32 as words } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../mem/param.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { fillBytes } from '../../mem/memory.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../status-codes.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { ULONG } from '../../mem/field.ts';
import { EX_ROOT, exRoot } from './executive-root.ts';
import { GENERAL_LOOKASIDE, NonPagedPoolCacheAligned } from './types.ts';
import { ExAllocatePoolWithTag, ExFreePool, poolTag } from './pool/pool.ts';
import { watchFrees } from './pool/pool-misuse.ts';
import type { NTSTATUS } from '../status.ts';
import type { RoutineId } from '../../mem/routine.ts';

const i32 = words;

/** One processor's free entries of one list; written by that processor only, but for Drain. */
export const LOOKASIDE_CACHE = struct('LOOKASIDE_CACHE', {
  Head: ULONG,
  Count: ULONG,
  Allocates: ULONG,
  AllocateMisses: ULONG,
  Frees: ULONG,
  FreeMisses: ULONG,
  /** Another processor asks the owner to give its entries up, at its next allocation. */
  Drain: ULONG,
}, { align: CACHE_LINE });

/** Entries one processor keeps per list; the rest goes back to the pool. */
export const CACHE_DEPTH = boot.verifier ? 0 : 32;
const TAG = poolTag('Look');
/** Without the padding at the end, which a LOOKASIDE_LIST_EX does not have. */
const USED_BYTES = 72;

const { Type, set_Type, Tag, set_Tag, Size, set_Size, set_Depth, set_MaximumDepth, Allocate,
  set_Allocate, Free, set_Free, at_ListEntry, at_Future } = GENERAL_LOOKASIDE.bound;
type General = Parameters<typeof Type>[0];
const cacheAt = LOOKASIDE_CACHE.bound;
type Cache = Parameters<typeof cacheAt.Head>[0];
const entryOffset = GENERAL_LOOKASIDE.offsets['ListEntry'] ?? 0;
const head = EX_ROOT.bound.at_LookasideListHead(exRoot);
const lock = EX_ROOT.bound.at_LookasideLock(exRoot);

const fromPool = kernelRoutine('ExAllocatePoolWithTag', (type, bytes, tag) =>
  ExAllocatePoolWithTag(type ?? 0, bytes ?? 0, tag ?? 0));
const toPool = kernelRoutine('ExFreePool', (block) => {
  ExFreePool(block ?? 0);
  return 0;
});

/** Makes the chain of active lists empty. Processor 0, once per boot. */
export function initializeLookasideLists(): void {
  store(lock, 0);
  InitializeListHead(head);
}

/** The cache of one processor. */
export function cacheOf(list: number, processor: number = boot.processor): Cache {
  return (i32[at_Future(list as General) >> 2]! + processor * LOOKASIDE_CACHE.size) as Cache;
}

/** Calls `visit` with the active lists until it returns true; whether it did. */
function someList(visit: (list: number) => boolean): boolean {
  acquireKernelLock(lock);
  let found = false;
  for (let entry = flink(head); entry !== head && !found; entry = flink(entry)) {
    found = visit(entry - entryOffset);
  }
  releaseKernelLock(lock);
  return found;
}

/** What a list is made of. */
export interface LookasideShape {
  readonly allocate: RoutineId;
  readonly free: RoutineId;
  readonly poolType: number;
  readonly size: number;
  readonly tag: number;
}

/** Makes a list active; 0xC4/0xCA when it is (KRN-49). Fails when there is no pool. */
export function initializeList(list: number, shape: LookasideShape): NTSTATUS {
  if (someList((active) => active === list)) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xca, list, 0, 0,
      'a lookaside list was initialised that is active; delete it first (KRN-49)');
  }
  const bytes = MAX_PROCESSORS * LOOKASIDE_CACHE.size;
  const caches = ExAllocatePoolWithTag(NonPagedPoolCacheAligned, bytes, TAG);
  if (caches === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillBytes(caches, 0, bytes);
  const p = list as General;
  fillBytes(list, 0, USED_BYTES);
  set_Allocate(p, shape.allocate === 0 ? fromPool : shape.allocate);
  set_Free(p, shape.free === 0 ? toPool : shape.free);
  set_Type(p, shape.poolType);
  set_Size(p, Math.max(shape.size, 8));
  set_Tag(p, shape.tag);
  set_Depth(p, CACHE_DEPTH);
  set_MaximumDepth(p, CACHE_DEPTH);
  i32[at_Future(p) >> 2] = caches;
  acquireKernelLock(lock);
  InsertTailList(head, at_ListEntry(p));
  releaseKernelLock(lock);
  return STATUS_SUCCESS;
}

/** The driver's or the default Allocate routine. */
export function allocateEntry(list: number): number {
  const p = list as General;
  const routine = Allocate(p);
  if (routine === fromPool) return ExAllocatePoolWithTag(Type(p), Size(p), Tag(p));
  return routineTable[routine]!(Type(p), Size(p), Tag(p), list);
}

/** The driver's or the default Free routine. */
export function freeEntry(list: number, entry: number): void {
  const routine = Free(list as General);
  if (routine === toPool) ExFreePool(entry);
  else routineTable[routine]!(entry, list);
}

/** The cache of this processor is empty, or asked to be. */
export function allocateSlow(list: number): number {
  const cache = cacheOf(list);
  if (cacheAt.Drain(cache) !== 0) drainCache(list, cache);
  cacheAt.set_AllocateMisses(cache, cacheAt.AllocateMisses(cache) + 1);
  return allocateEntry(list);
}

/** The cache of this processor is full. */
export function freeSlow(list: number, entry: number): void {
  const cache = cacheOf(list);
  cacheAt.set_FreeMisses(cache, cacheAt.FreeMisses(cache) + 1);
  freeEntry(list, entry);
}

function drainCache(list: number, cache: Cache): void {
  cacheAt.set_Drain(cache, 0);
  let entry = cacheAt.Head(cache);
  cacheAt.set_Head(cache, 0);
  cacheAt.set_Count(cache, 0);
  while (entry !== 0) {
    const next = i32[entry >> 2]!;
    freeEntry(list, entry);
    entry = next;
  }
}

/** Gives up this processor's entries at once and asks the other processors to do so. */
export function flushList(list: number): void {
  drainCache(list, cacheOf(list));
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    if (n !== boot.processor) cacheAt.set_Drain(cacheOf(list, n), 1);
  }
}

/** Frees every entry and ends the list. Nobody may use it meanwhile, as in NT. */
export function deleteList(list: number): void {
  if (!someList((active) => active === list)) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xcb, list, 0, 0,
      'a lookaside list was deleted that is not active: never initialised, or deleted before ' +
        '(KRN-49)');
  }
  for (let n = 0; n < MAX_PROCESSORS; n++) drainCache(list, cacheOf(list, n));
  acquireKernelLock(lock);
  RemoveEntryList(at_ListEntry(list as General));
  releaseKernelLock(lock);
  ExFreePool(i32[at_Future(list as General) >> 2]!);
  i32[at_Future(list as General) >> 2] = 0;
}

/** How often a list was used, and how often its cache could not serve; summed over processors. */
export interface LookasideCounts {
  readonly allocates: number;
  readonly allocateMisses: number;
  readonly frees: number;
  readonly freeMisses: number;
}

export function lookasideCounts(list: number): LookasideCounts {
  const sum = { allocates: 0, allocateMisses: 0, frees: 0, freeMisses: 0 };
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    const cache = cacheOf(list, n);
    sum.allocates += cacheAt.Allocates(cache);
    sum.allocateMisses += cacheAt.AllocateMisses(cache);
    sum.frees += cacheAt.Frees(cache);
    sum.freeMisses += cacheAt.FreeMisses(cache);
  }
  return sum;
}

/** An active list inside of a range: an image about to be unloaded asks (0xCE); 0 when none. */
export function activeLookasideIn(start: number, end: number): number {
  let found = 0;
  someList((list) => {
    if (list >= start && list < end) found = list;
    return found !== 0;
  });
  return found;
}

watchFrees((block, bytes) => {
  const list = activeLookasideIn(block, block + bytes);
  if (list === 0) return;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xcc, list, block, bytes,
    'pool was freed that contains an active lookaside list; delete the list first (KRN-49)');
});
