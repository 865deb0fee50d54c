// ERESOURCE from its making to its end, and what is asked or changed in between: all but acquiring
// and releasing (resource.ts). Every live resource hangs on the machine's list, as in NT; its
// Address member carries a mark by which the verifier knows a live one (KRN-26).
import { atomic, ULONG } from '../../../mem/field.ts';
import { boot } from '../../../mem/boot-options.ts';
import { fillBytes, i32 as words } from '../../../mem/memory.ts';
import { isPaged } from '../../../mem/memory-map.ts';
import { struct } from '../../../mem/struct.ts';
import { systemRoot } from '../../../mem/system-roots.ts';
import { store } from '../../../atomics-sync/atomics.ts';
import { LOCK_DROPPED, LOCK_GIVEN, LOCK_MADE, LOCK_RESOURCE, LOCK_SHARED, LOCK_UNMADE }
  from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx, expect } from '../../ke/bug-check.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { currentThread } from '../../ke/prcb.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../rtl/list-entry.ts';
import { LIST_ENTRY } from '../../rtl/types.ts';
import { claimPointerEntry, entryOf, freeOwnerTable, notOwned, ownerEntryAt }
  from './resource-owners.ts';
import { EXCLUSIVE, WAITERS, convert, grantRing, leave } from './resource-wait.ts';
import { watchFrees } from '../pool/pool-misuse.ts';
import { ERESOURCE } from '../types.ts';
import type { Resource } from './resource-wait.ts';

const i32 = words;
const me = currentThread;

const RESOURCE_ROOT = struct('RESOURCE_ROOT', {
  /** Guards ListHead and Count. */
  Lock: atomic(),
  ListHead: LIST_ENTRY,
  Count: ULONG,
});
const { at_Lock, at_ListHead, Count, set_Count } = RESOURCE_ROOT.bound;
const root = systemRoot('resource', RESOURCE_ROOT.size) as Parameters<typeof at_Lock>[0];
const { at_SystemResourcesList, NumberOfExclusiveWaiters, NumberOfSharedWaiters } =
  ERESOURCE.bound;
const stateAt = ERESOURCE.offsets['ActiveCount'] ?? 12;
const markAt = ERESOURCE.offsets['Address'] ?? 48;
const lockAt = ERESOURCE.offsets['SpinLock'] ?? 52;
/** Address ^ this is what a live resource holds in its Address member. */
const MARK = 0x65524573;

const isLive = (resource: number): boolean => i32[(resource + markAt) >> 2] === (resource ^ MARK);

function violation(subcode: number, resource: number, evidence: string): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, resource, me, 0, evidence);
}

/** Makes the list of live resources empty. Processor 0, once per boot. */
export function initializeResources(): void {
  store(at_Lock(root), 0);
  InitializeListHead(at_ListHead(root));
  set_Count(root, 0);
}

/** Live resources in the machine: none is left when every driver has cleaned up. */
export function liveResources(): number {
  return Count(root);
}

function checkNew(resource: number): void {
  if ((resource & 3) !== 0) violation(0x3d, resource, 'a resource is not aligned (KRN-26)');
  if (isPaged(resource)) violation(0xe1, resource, 'a resource lies in paged memory (KRN-26)');
  if (isLive(resource)) {
    violation(0xd0, resource, 'a resource was initialised twice without being deleted (KRN-26)');
  }
}

/**
 * Makes a free resource. IRQL <= DISPATCH_LEVEL. The structure is nonpaged and must be deleted
 * before its memory is freed.
 *
 * @returns STATUS_SUCCESS. Under the verifier: not aligned 0xC4/0x3D, pageable 0xC4/0xE1, live
 *   already 0xC4/0xD0.
 */
export function ExInitializeResourceLite(Resource: number): 0 {
  if (boot.verifier) checkNew(Resource);
  fillBytes(Resource, 0, ERESOURCE.size);
  i32[(Resource + markAt) >> 2] = Resource ^ MARK;
  acquireKernelLock(at_Lock(root));
  InsertTailList(at_ListHead(root), at_SystemResourcesList(Resource as Resource));
  set_Count(root, Count(root) + 1);
  releaseKernelLock(at_Lock(root));
  if (tracer !== null) tracer.event(LOCK_MADE, Resource, LOCK_RESOURCE, 0, 0);
  return 0;
}

/** Ends a free resource. IRQL <= APC_LEVEL. One that is not initialised is 0xC4/0xD1 (KRN-26). */
export function ExDeleteResourceLite(Resource: number): 0 {
  if (!isLive(Resource)) {
    violation(0xd1, Resource, 'a resource was deleted that is not initialised, or was deleted ' +
      'before (KRN-26)');
  }
  if (tracer !== null) tracer.event(LOCK_UNMADE, Resource, LOCK_RESOURCE, 0, 0);
  expect((i32[(Resource + stateAt) >> 2]! & 0xffff) === 0,
    `resource 0x${Resource.toString(16)} was deleted while it is owned`);
  acquireKernelLock(at_Lock(root));
  RemoveEntryList(at_SystemResourcesList(Resource as Resource));
  set_Count(root, Count(root) - 1);
  releaseKernelLock(at_Lock(root));
  i32[(Resource + markAt) >> 2] = 0;
  freeOwnerTable(Resource);
  return 0;
}

/** Makes a live resource free again, whoever owned it. IRQL <= DISPATCH_LEVEL. */
export function ExReinitializeResourceLite(Resource: number): 0 {
  if (!isLive(Resource)) violation(0xd1, Resource, 'a resource was reinitialised that is none');
  freeOwnerTable(Resource);
  const start = Resource + LIST_ENTRY.size;
  fillBytes(start, 0, markAt - LIST_ENTRY.size);
  store(Resource + lockAt, 0);
  return 0;
}

/**
 * Turns this thread's exclusive ownership into a shared one and lets shared waiters in at once
 * (KRN-29). IRQL <= DISPATCH_LEVEL. A thread that has it not exclusively: bug check 0xE3.
 */
export function ExConvertExclusiveToSharedLite(Resource: number): void {
  const owned = i32[(Resource + ownerEntryAt) >> 2] === me;
  if (!owned || (i32[(Resource + stateAt) >> 2]! & EXCLUSIVE) === 0) notOwned(Resource, me);
  acquireKernelLock(Resource + lockAt);
  const ring = convert(Resource as Resource);
  releaseKernelLock(Resource + lockAt);
  if (tracer !== null) tracer.event(LOCK_SHARED, Resource, LOCK_RESOURCE, 0, 0);
  grantRing(ring);
}

/**
 * Releases one acquisition on behalf of another thread, or of the pointer that
 * ExSetResourceOwnerPointer gave. IRQL <= DISPATCH_LEVEL. That one owns nothing: 0xE3 (KRN-30).
 */
export function ExReleaseResourceForThreadLite(Resource: number, ResourceThreadId: number): void {
  if (tracer !== null) tracer.event(LOCK_DROPPED, Resource, LOCK_RESOURCE, 0, ResourceThreadId);
  acquireKernelLock(Resource + lockAt);
  const entry = entryOf(Resource, ResourceThreadId);
  const left = entry === 0 ? -1 : i32[(entry + 4) >> 2]! - 1;
  let ring = 0;
  if (left >= 0) i32[(entry + 4) >> 2] = left;
  if (left === 0) {
    i32[entry >> 2] = 0;
    ring = leave(Resource as Resource);
  }
  releaseKernelLock(Resource + lockAt);
  if (left < 0) notOwned(Resource, ResourceThreadId);
  grantRing(ring);
}

/**
 * Makes `OwnerPointer`, whose two low bits are set, the owner in place of this thread; any thread
 * may then release in its name (KRN-30). IRQL <= DISPATCH_LEVEL.
 */
export function ExSetResourceOwnerPointer(Resource: number, OwnerPointer: number): void {
  expect((OwnerPointer & 3) === 3,
    'ExSetResourceOwnerPointer: the two low bits of OwnerPointer must be set');
  acquireKernelLock(Resource + lockAt);
  const mine = entryOf(Resource, me);
  if (mine === Resource + ownerEntryAt) i32[mine >> 2] = OwnerPointer;
  else if (mine !== 0) moveToPointer(Resource as Resource, mine, OwnerPointer);
  releaseKernelLock(Resource + lockAt);
  if (mine === 0) notOwned(Resource, me);
  if (tracer !== null) tracer.event(LOCK_GIVEN, Resource, LOCK_RESOURCE, OwnerPointer, 0);
}

function moveToPointer(r: Resource, mine: number, owner: number): void {
  const entry = claimPointerEntry(r, owner);
  const before = i32[(entry + 4) >> 2]!;
  i32[(entry + 4) >> 2] = before + i32[(mine + 4) >> 2]!;
  i32[mine >> 2] = 0;
  i32[(mine + 4) >> 2] = 0;
  // Two owners have become one; the other one is still there, so nobody can be waiting for us.
  if (before > 0) leave(r);
}

/** ExSetResourceOwnerPointer; the flag FLAG_OWNER_POINTER_IS_THREAD makes no difference here. */
export function ExSetResourceOwnerPointerEx(
  Resource: number,
  OwnerPointer: number,
  _Flags: number,
): void {
  ExSetResourceOwnerPointer(Resource, OwnerPointer);
}

/** Threads that wait for exclusive use; old when it arrives. IRQL <= DISPATCH_LEVEL (KRN-31). */
export function ExGetExclusiveWaiterCount(Resource: number): number {
  return NumberOfExclusiveWaiters(Resource as Resource);
}

/** Threads that wait for shared use; old when it arrives. IRQL <= DISPATCH_LEVEL (KRN-31). */
export function ExGetSharedWaiterCount(Resource: number): number {
  return NumberOfSharedWaiters(Resource as Resource);
}

/** The resource's state in words, for reports: how many owners, how, and whether somebody waits. */
export function describeResource(Resource: number): string {
  const state = i32[(Resource + stateAt) >> 2]!;
  const how = (state & EXCLUSIVE) === 0 ? 'shared' : 'exclusive';
  const count = state & 0xffff;
  const waiting = (state & WAITERS) === 0 ? '' : ', with waiters';
  return count === 0 ? 'free' : `${how}, ${count} owner(s)${waiting}`;
}

/** A live resource inside of a range of memory; 0 when there is none. */
export function liveResourceIn(start: number, end: number): number {
  for (let at = (start + 3) & ~3; at + ERESOURCE.size <= end; at += 4) {
    if (isLive(at) && flink(at) !== 0) return at;
  }
  return 0;
}

watchFrees((block, bytes) => {
  const resource = liveResourceIn(block, block + bytes);
  if (resource !== 0) {
    violation(0xd2, resource, 'pool was freed that contains a live resource; delete it first ' +
      '(KRN-26)');
  }
});
