// @hot  ERESOURCE: acquiring and releasing, the path without waiters (KRN-26 to KRN-31).
//
// ActiveCount and Flag are one word, the state: how many owners, exclusively or not, whether
// somebody waits. Taking a resource is one compare-exchange of the state and releasing it another;
// recursion takes none. Who owns it is recorded by the owner itself with plain stores
// (resource-owners.ts). Once somebody waits (WAITERS in the state) every change goes through
// resource-wait.ts, under the structure's spin lock, so that a release finds the waiters.
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { compareExchange, load } from '../../../atomics-sync/atomics.ts';
import { LOCK_DROPPED, LOCK_RESOURCE, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE, MODE_SHARED,
  MODE_TRY } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { KPRCB, currentPrcb, currentThread } from '../../ke/prcb.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ke/apc.ts';
import { ERESOURCE } from '../types.ts';
import { ensureOwnerTable, ownerEntryAt } from './resource-owners.ts';
import { EXCLUSIVE, KIND_EXCLUSIVE, KIND_SHARED, KIND_STARVE, KIND_WAIT_FOR_EXCLUSIVE, WAITERS,
  acquireSlow, acquiredTooHigh, checkAcquire, checkRelease, releaseSlow, releasedTooHigh,
  sharedWhileExclusiveWaits } from './resource-wait.ts';

export { ExConvertExclusiveToSharedLite, ExDeleteResourceLite, ExGetExclusiveWaiterCount,
  ExGetSharedWaiterCount, ExInitializeResourceLite, ExReinitializeResourceLite,
  ExReleaseResourceForThreadLite, ExSetResourceOwnerPointer, ExSetResourceOwnerPointerEx,
  initializeResources } from './resource-life.ts';

const i32 = words;
const cas = compareExchange;
const look = load;
const verifying = boot.verifier;
const trace = tracer;
const me = currentThread;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;
const stateAt = ERESOURCE.offsets['ActiveCount'] ?? 12;
const ownerAt = ownerEntryAt;
const tableAt = ERESOURCE.offsets['OwnerTable'] ?? 8;
const myEntryAt = (1 + boot.processor) * 8;
const exclusive = EXCLUSIVE;
const waiters = WAITERS;
const ownedOnce = EXCLUSIVE | 1;

/** The word index of this thread's owner entry; 0 when it owns the resource in no way. */
function myEntry(resource: number): number {
  if (i32[(resource + ownerAt) >> 2] === me) return (resource + ownerAt) >> 2;
  const table = i32[(resource + tableAt) >> 2]!;
  if (table === 0) return 0;
  const entry = (table + myEntryAt) >> 2;
  return i32[entry] === me ? entry : 0;
}

/**
 * Acquires a resource for exclusive use. Recursive. Normal kernel APCs must be disabled by the
 * caller (0xC4/0x37 under the verifier, KRN-27).
 *
 * IRQL: <= APC_LEVEL. A thread that may wait, if Wait is TRUE.
 * @returns FALSE when Wait is FALSE and the resource is not to be had at once.
 * Asked by a thread that has it shared it can never be granted: 0xC4/0x1000 (KRN-28).
 */
export function ExAcquireResourceExclusiveLite(Resource: number, Wait: boolean): boolean {
  if (i32[irql]! > 1) acquiredTooHigh(Resource);
  if (verifying) checkAcquire(Resource);
  if (trace === null) return acquireExclusive(Resource, Wait);
  if (Wait) trace.event(LOCK_WANTED, Resource, LOCK_RESOURCE, MODE_EXCLUSIVE, 0);
  const taken = acquireExclusive(Resource, Wait);
  if (taken) traceTaken(Resource, MODE_EXCLUSIVE, Wait);
  return taken;
}

function traceTaken(resource: number, mode: number, wait: boolean): void {
  trace?.event(LOCK_TAKEN, resource, LOCK_RESOURCE, wait ? mode : mode | MODE_TRY, 0);
}

function acquireExclusive(Resource: number, Wait: boolean): boolean {
  const owner = (Resource + ownerAt) >> 2;
  if (i32[owner] !== me) {
    // Pairs with the release of the last owner: what it wrote under the lock is visible now.
    if (cas(Resource + stateAt, 0, ownedOnce) !== 0) {
      return acquireSlow(Resource, KIND_EXCLUSIVE, Wait);
    }
    i32[owner] = me;
    i32[owner + 1] = 1;
    return true;
  }
  if ((i32[(Resource + stateAt) >> 2]! & exclusive) === 0) {
    return acquireSlow(Resource, KIND_EXCLUSIVE, Wait);
  }
  i32[owner + 1]! += 1;
  return true;
}

/** The path that every shared acquisition takes; `kind` decides what waiters mean to it. */
function acquireShared(resource: number, kind: number, wait: boolean): boolean {
  if (i32[irql]! > 1) acquiredTooHigh(resource);
  if (verifying) checkAcquire(resource);
  if (trace === null) return takeShared(resource, kind, wait);
  if (wait) trace.event(LOCK_WANTED, resource, LOCK_RESOURCE, MODE_SHARED, 0);
  const taken = takeShared(resource, kind, wait);
  if (taken) traceTaken(resource, MODE_SHARED, wait);
  return taken;
}

function takeShared(resource: number, kind: number, wait: boolean): boolean {
  const mine = myEntry(resource);
  if (mine !== 0) {
    if (kind === KIND_WAIT_FOR_EXCLUSIVE && sharedWhileExclusiveWaits(resource)) {
      return acquireSlow(resource, kind, wait);
    }
    i32[mine + 1]! += 1;
    return true;
  }
  const state = cas(resource + stateAt, 0, 1);
  if (state === 0) {
    const owner = (resource + ownerAt) >> 2;
    i32[owner] = me;
    i32[owner + 1] = 1;
    return true;
  }
  return joinOwners(resource, kind, wait, state);
}

/** Others have it shared already: one more, recorded in the table. */
function joinOwners(resource: number, kind: number, wait: boolean, first: number): boolean {
  let state = first;
  ensureOwnerTable(resource);
  while ((state & (exclusive | waiters)) === 0 && (state & 0xffff) !== 0) {
    const seen = cas(resource + stateAt, state, state + 1);
    if (seen === state) {
      const entry = (i32[(resource + tableAt) >> 2]! + myEntryAt) >> 2;
      i32[entry] = me;
      i32[entry + 1] = 1;
      return true;
    }
    state = seen;
  }
  return acquireSlow(resource, kind, wait);
}

/**
 * Acquires a resource for shared use, exclusively when the caller has it so; recursive. New shared
 * owners wait behind an exclusive waiter, present ones do not (table of KRN-27).
 * IRQL: <= APC_LEVEL, normal kernel APCs disabled. FALSE only when Wait is FALSE.
 */
export function ExAcquireResourceSharedLite(Resource: number, Wait: boolean): boolean {
  return acquireShared(Resource, KIND_SHARED, Wait);
}

/** ExAcquireResourceSharedLite that overtakes exclusive waiters. */
export function ExAcquireSharedStarveExclusive(Resource: number, Wait: boolean): boolean {
  return acquireShared(Resource, KIND_STARVE, Wait);
}

/** ExAcquireResourceSharedLite that waits behind exclusive waiters even for a present owner. */
export function ExAcquireSharedWaitForExclusive(Resource: number, Wait: boolean): boolean {
  return acquireShared(Resource, KIND_WAIT_FOR_EXCLUSIVE, Wait);
}

/**
 * Releases one acquisition of this thread. IRQL <= DISPATCH_LEVEL.
 * A thread that owns nothing: bug check 0xE3 (KRN-30).
 */
export function ExReleaseResourceLite(Resource: number): void {
  if (i32[irql]! > 2) releasedTooHigh(Resource);
  if (verifying) checkRelease(Resource);
  if (trace !== null) trace.event(LOCK_DROPPED, Resource, LOCK_RESOURCE, 0, 0);
  const mine = myEntry(Resource);
  if (mine === 0) {
    releaseSlow(Resource, me);
    return;
  }
  const left = i32[mine + 1]! - 1;
  i32[mine + 1] = left;
  if (left !== 0) return;
  // The entry is emptied first: the next owner of a free resource writes it again.
  i32[mine] = 0;
  const at = Resource + stateAt;
  let state = i32[at >> 2]! & (exclusive | 0xffff);
  for (;;) {
    // Pairs with the acquiring compare-exchange; WAITERS in the word makes it fail.
    const seen = cas(at, state, state === ownedOnce ? 0 : state - 1);
    if (seen === state) return;
    if ((seen & waiters) !== 0) break;
    state = seen;
  }
  releaseSlow(Resource, 0);
}

/** Whether this thread has the resource exclusively. IRQL <= DISPATCH_LEVEL. */
export function ExIsResourceAcquiredExclusiveLite(Resource: number): boolean {
  return i32[(Resource + ownerAt) >> 2] === me && (look(Resource + stateAt) & exclusive) !== 0;
}

/** How often this thread has the resource, shared or exclusively; 0 for not at all (KRN-31). */
export function ExIsResourceAcquiredSharedLite(Resource: number): number {
  const mine = myEntry(Resource);
  return mine === 0 ? 0 : i32[mine + 1]!;
}

/** Enters a critical region and acquires; the resource, as NT returns it. IRQL <= APC_LEVEL. */
export function ExEnterCriticalRegionAndAcquireResourceExclusive(Resource: number): number {
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(Resource, true);
  return Resource;
}

/** ExEnterCriticalRegionAndAcquireResourceExclusive for shared use. */
export function ExEnterCriticalRegionAndAcquireResourceShared(Resource: number): number {
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(Resource, true);
  return Resource;
}

/** Releases and leaves the critical region. IRQL <= APC_LEVEL. */
export function ExReleaseResourceAndLeaveCriticalRegion(Resource: number): void {
  ExReleaseResourceLite(Resource);
  KeLeaveCriticalRegion();
}
