// @hot  Lookaside lists: entries of one size, kept by the processors between uses (KRN-49).
//
// The three kinds (NPAGED_LOOKASIDE_LIST, PAGED_LOOKASIDE_LIST, LOOKASIDE_LIST_EX) begin alike and
// share their code; an entry keeps its old contents. See lookaside-list.ts for the caches.
import { i32 as words } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { struct } from '../../mem/struct.ts';
import { POINTER, ROUTINE, ULONG, USHORT, array } from '../../mem/field.ts';
import { KeGetCurrentIrql } from '../ke/irql.ts';
import { raiseStatus } from '../ke/exception.ts';
import { LIST_ENTRY, SLIST_HEADER } from '../rtl/types.ts';
import { STATUS_INVALID_PARAMETER_4, STATUS_INVALID_PARAMETER_5 } from '../status-codes.ts';
import { NonPagedPool, POOL_RAISE_IF_ALLOCATION_FAILURE, PagedPool, GENERAL_LOOKASIDE }
  from './types.ts';
import { CACHE_DEPTH, LOOKASIDE_CACHE, allocateSlow, deleteList, flushList, freeSlow,
  initializeList } from './lookaside-list.ts';
import { allocatedTooHigh, freedTooHigh } from './pool/pool-misuse.ts';
import type { NTSTATUS } from '../status.ts';
import type { RoutineId } from '../../mem/routine.ts';

/** LOOKASIDE_LIST_EX: the fields of GENERAL_LOOKASIDE without its cache-line padding. */
export const LOOKASIDE_LIST_EX = struct('LOOKASIDE_LIST_EX', {
  ListHead: SLIST_HEADER,
  Depth: USHORT,
  MaximumDepth: USHORT,
  Counts: array(ULONG, 4),
  Type: ULONG,
  Tag: ULONG,
  Size: ULONG,
  AllocateEx: ROUTINE,
  FreeEx: ROUTINE,
  ListEntry: LIST_ENTRY,
  Last: array(ULONG, 2),
  Future: array(POINTER, 2),
});

/** Flags of ExInitializeLookasideListEx: raise, or fail, when there is no memory. */
export const EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL = 1;
export const EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE = 2;

const i32 = words;
const verifying = boot.verifier;
const depth = CACHE_DEPTH;
const futureAt = GENERAL_LOOKASIDE.offsets['Future'] ?? 64;
const typeAt = GENERAL_LOOKASIDE.offsets['Type'] ?? 28;
const sizeAt = GENERAL_LOOKASIDE.offsets['Size'] ?? 36;
const mine = boot.processor * LOOKASIDE_CACHE.size;
const drainWord = (LOOKASIDE_CACHE.offsets['Drain'] ?? 24) >> 2;

/** The pool's level rule holds for entries too; a cached one would slip through. */
function checkLevel(list: number, entry: number): void {
  const irql = KeGetCurrentIrql();
  const kind = i32[(list + typeAt) >> 2]! & 1;
  if (irql <= 2 - kind) return;
  if (entry === 0) allocatedTooHigh(irql, kind, i32[(list + sizeAt) >> 2]!);
  freedTooHigh(irql, kind, entry);
}

/** Takes an entry from this processor's cache, or from the list's Allocate routine. */
function take(list: number): number {
  if (verifying) checkLevel(list, 0);
  const cache = (i32[(list + futureAt) >> 2]! + mine) >> 2;
  i32[cache + 2]! += 1;
  const entry = i32[cache]!;
  if (entry === 0 || i32[cache + drainWord] !== 0) return allocateSlow(list);
  i32[cache] = i32[entry >> 2]!;
  i32[cache + 1]! -= 1;
  return entry;
}

/** Puts an entry into this processor's cache, or gives it to the list's Free routine. */
function giveBack(list: number, entry: number): void {
  if (verifying) checkLevel(list, entry);
  const cache = (i32[(list + futureAt) >> 2]! + mine) >> 2;
  i32[cache + 4]! += 1;
  if (i32[cache + 1]! >= depth) {
    freeSlow(list, entry);
    return;
  }
  i32[entry >> 2] = i32[cache]!;
  i32[cache] = entry;
  i32[cache + 1]! += 1;
}

function initializeOld(
  list: number,
  allocate: number,
  free: number,
  poolType: number,
  size: number,
  tag: number,
): void {
  const shape = { allocate: allocate as RoutineId, free: free as RoutineId, poolType, size, tag };
  const status = initializeList(list, shape);
  if (status < 0) raiseStatus(status, 'the initialisation of a lookaside list');
}

/**
 * Makes a list of entries of nonpaged pool. IRQL <= DISPATCH_LEVEL; the structure is nonpaged.
 *
 * @param Allocate called as (PoolType, Size, Tag) when no entry is kept; 0 for pool.
 * @param Free called as (Entry) when enough entries are kept; 0 for pool.
 * @param Flags POOL_NX_ALLOCATION, POOL_RAISE_IF_ALLOCATION_FAILURE; joined with the pool type.
 * @param Depth reserved, as in the WDK.
 * Initialising an active list is 0xC4/0xCA (KRN-49). Simplification: raises
 * STATUS_INSUFFICIENT_RESOURCES when there is no pool for the caches.
 */
export function ExInitializeNPagedLookasideList(
  Lookaside: number,
  Allocate: number,
  Free: number,
  Flags: number,
  Size: number,
  Tag: number,
  _Depth = 0,
): void {
  initializeOld(Lookaside, Allocate, Free, NonPagedPool | Flags, Size, Tag);
}

/** ExInitializeNPagedLookasideList for entries of paged pool. IRQL <= APC_LEVEL. */
export function ExInitializePagedLookasideList(
  Lookaside: number,
  Allocate: number,
  Free: number,
  Flags: number,
  Size: number,
  Tag: number,
  _Depth = 0,
): void {
  initializeOld(Lookaside, Allocate, Free, PagedPool | Flags, Size, Tag);
}

/**
 * Makes a LOOKASIDE_LIST_EX. IRQL <= DISPATCH_LEVEL.
 *
 * @param Allocate called as (PoolType, Size, Tag, Lookaside); 0 for pool.
 * @param Free called as (Entry, Lookaside); 0 for pool.
 * @param Flags one of EX_LOOKASIDE_LIST_EX_FLAGS_*, or 0.
 * @returns STATUS_INVALID_PARAMETER_4 or _5 for a bad pool type or flags,
 *   STATUS_INSUFFICIENT_RESOURCES without memory.
 */
export function ExInitializeLookasideListEx(
  Lookaside: number,
  Allocate: number,
  Free: number,
  PoolType: number,
  Flags: number,
  Size: number,
  Tag: number,
  _Depth = 0,
): NTSTATUS {
  if (PoolType < 0 || PoolType >= 1024) return STATUS_INVALID_PARAMETER_4;
  if (Flags < 0 || Flags > EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE) {
    return STATUS_INVALID_PARAMETER_5;
  }
  const raise = Flags === EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL
    ? POOL_RAISE_IF_ALLOCATION_FAILURE
    : 0;
  return initializeList(Lookaside, {
    allocate: Allocate as RoutineId,
    free: Free as RoutineId,
    poolType: PoolType | raise,
    size: Size,
    tag: Tag,
  });
}

/**
 * An entry with old contents; NULL when there is none and no memory. IRQL <= DISPATCH_LEVEL, for
 * entries of paged pool <= APC_LEVEL. Any thread.
 */
export function ExAllocateFromNPagedLookasideList(Lookaside: number): number {
  return take(Lookaside);
}

/** ExAllocateFromNPagedLookasideList for a paged list. IRQL <= APC_LEVEL. */
export function ExAllocateFromPagedLookasideList(Lookaside: number): number {
  return take(Lookaside);
}

/** ExAllocateFromNPagedLookasideList for a LOOKASIDE_LIST_EX. */
export function ExAllocateFromLookasideListEx(Lookaside: number): number {
  return take(Lookaside);
}

/** Gives an entry back. IRQL as for taking one. Any thread. */
export function ExFreeToNPagedLookasideList(Lookaside: number, Entry: number): void {
  giveBack(Lookaside, Entry);
}

/** Gives an entry back to a paged list. IRQL <= APC_LEVEL. */
export function ExFreeToPagedLookasideList(Lookaside: number, Entry: number): void {
  giveBack(Lookaside, Entry);
}

/** Gives an entry back to a LOOKASIDE_LIST_EX. */
export function ExFreeToLookasideListEx(Lookaside: number, Entry: number): void {
  giveBack(Lookaside, Entry);
}

/** Frees every kept entry and ends the list; 0xC4/0xCB when it is not active. <= DISPATCH_LEVEL. */
export function ExDeleteNPagedLookasideList(Lookaside: number): void {
  deleteList(Lookaside);
}

/** ExDeleteNPagedLookasideList for a paged list. IRQL <= APC_LEVEL. */
export function ExDeletePagedLookasideList(Lookaside: number): void {
  deleteList(Lookaside);
}

/** ExDeleteNPagedLookasideList for a LOOKASIDE_LIST_EX. */
export function ExDeleteLookasideListEx(Lookaside: number): void {
  deleteList(Lookaside);
}

/**
 * Frees the entries that this processor keeps now; the others free theirs when they next allocate
 * from the list. IRQL <= DISPATCH_LEVEL.
 */
export function ExFlushLookasideListEx(Lookaside: number): void {
  flushList(Lookaside);
}
