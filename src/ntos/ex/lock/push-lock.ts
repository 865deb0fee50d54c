// @hot  EX_PUSH_LOCK: a shared and exclusive lock in one word, not fair to exclusive waiters
// (KRN-33 to KRN-36).
//
//   bit 0 held exclusively   bit 1 somebody waits   from bit 4 on: how many hold it shared
//
// One compare-exchange takes it, one gives it up. Waiters queue elsewhere (push-lock-wait.ts), as
// NT keeps them on their stacks. Who asks for a lock that is free, but has waiters, gets it before
// them if it asks exclusively; shared requests stop behind a waiter, also those of a thread that
// has the lock shared already: recursion is unsafe. The lock does not know its owner.
//
// The caller disables normal kernel APCs (0xC4/0xEA, 0xEB under the verifier); FltAcquirePushLock
// does so itself.
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { compareExchange, load, store } from '../../../atomics-sync/atomics.ts';
import { LOCK_DROPPED, LOCK_MADE, LOCK_PUSH, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE, MODE_SHARED,
  MODE_TRY } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { KPRCB, currentPrcb } from '../../ke/prcb.ts';
import { EXCLUSIVE, SHARE, WAITING, acquireExclusiveSlow, acquireSharedSlow, acquiredTooHigh,
  checkAcquire, checkRelease, releaseSlow } from './push-lock-wait.ts';

const i32 = words;
const cas = compareExchange;
const look = load;
const put = store;
const verifying = boot.verifier;
const trace = tracer;
const exclusive = EXCLUSIVE;
const waiting = WAITING;
const share = SHARE;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;

/** Makes a free push lock. IRQL <= APC_LEVEL. The word may be paged. */
export function ExInitializePushLock(PushLock: number): void {
  put(PushLock, 0);
  if (trace !== null) trace.event(LOCK_MADE, PushLock, LOCK_PUSH, 0, 0);
}

/**
 * Acquires the lock exclusively. By a thread that holds it in any mode it hangs (KRN-34).
 * IRQL: <= APC_LEVEL (0x192), normal kernel APCs disabled.
 */
export function ExAcquirePushLockExclusive(PushLock: number): void {
  if (i32[irql]! > 1) acquiredTooHigh(PushLock);
  if (trace !== null) trace.event(LOCK_WANTED, PushLock, LOCK_PUSH, MODE_EXCLUSIVE, 0);
  if (verifying) checkAcquire(PushLock);
  // Pairs with the compare-exchange of the last release.
  if (cas(PushLock, 0, exclusive) !== 0) acquireExclusiveSlow(PushLock);
  if (trace !== null) trace.event(LOCK_TAKEN, PushLock, LOCK_PUSH, MODE_EXCLUSIVE, 0);
}

/**
 * Acquires the lock shared; waits when somebody waits for it, even if this thread has it shared.
 * IRQL: <= APC_LEVEL (0x192), normal kernel APCs disabled.
 */
export function ExAcquirePushLockShared(PushLock: number): void {
  if (i32[irql]! > 1) acquiredTooHigh(PushLock);
  if (trace !== null) trace.event(LOCK_WANTED, PushLock, LOCK_PUSH, MODE_SHARED, 0);
  if (verifying) checkAcquire(PushLock);
  takeShared(PushLock);
  if (trace !== null) trace.event(LOCK_TAKEN, PushLock, LOCK_PUSH, MODE_SHARED, 0);
}

function takeShared(lock: number): void {
  let seen = i32[lock >> 2]! & ~(exclusive | waiting);
  while ((seen & (exclusive | waiting)) === 0) {
    // Pairs with the compare-exchange of an exclusive release.
    const before = cas(lock, seen, seen + share);
    if (before === seen) return;
    seen = before;
  }
  acquireSharedSlow(lock);
}

/** Acquires the lock exclusively if nobody has it. IRQL <= APC_LEVEL. */
export function ExTryAcquirePushLockExclusive(PushLock: number): boolean {
  if (i32[irql]! > 1) acquiredTooHigh(PushLock);
  const seen = look(PushLock) & waiting;
  if (cas(PushLock, seen, seen | exclusive) !== seen) return false;
  if (verifying) checkAcquire(PushLock);
  if (trace !== null) trace.event(LOCK_TAKEN, PushLock, LOCK_PUSH, MODE_TRY, 0);
  return true;
}

/** Acquires the lock shared if that needs no wait. IRQL <= APC_LEVEL. */
export function ExTryAcquirePushLockShared(PushLock: number): boolean {
  if (i32[irql]! > 1) acquiredTooHigh(PushLock);
  let seen = look(PushLock);
  while ((seen & (exclusive | waiting)) === 0) {
    const before = cas(PushLock, seen, seen + share);
    if (before === seen) {
      if (verifying) checkAcquire(PushLock);
      if (trace !== null) trace.event(LOCK_TAKEN, PushLock, LOCK_PUSH, MODE_SHARED | MODE_TRY, 0);
      return true;
    }
    seen = before;
  }
  return false;
}

/** Releases an exclusive hold. IRQL <= APC_LEVEL. A lock that is not held so: 0x162. */
export function ExReleasePushLockExclusive(PushLock: number): void {
  if (trace !== null) trace.event(LOCK_DROPPED, PushLock, LOCK_PUSH, MODE_EXCLUSIVE, 0);
  if (verifying) checkRelease(PushLock);
  if (cas(PushLock, exclusive, 0) !== exclusive) releaseSlow(PushLock, true);
}

/** Releases a shared hold. IRQL <= APC_LEVEL. A lock that is not held so: 0x162. */
export function ExReleasePushLockShared(PushLock: number): void {
  if (trace !== null) trace.event(LOCK_DROPPED, PushLock, LOCK_PUSH, MODE_SHARED, 0);
  if (verifying) checkRelease(PushLock);
  let seen = i32[PushLock >> 2]! & ~(exclusive | waiting);
  while ((seen & (exclusive | waiting)) === 0 && seen >= share) {
    const before = cas(PushLock, seen, seen - share);
    if (before === seen) return;
    seen = before;
  }
  releaseSlow(PushLock, false);
}

/** Releases the lock in whichever way it is held. IRQL <= APC_LEVEL. */
export function ExReleasePushLock(PushLock: number): void {
  if ((i32[PushLock >> 2]! & exclusive) !== 0) ExReleasePushLockExclusive(PushLock);
  else ExReleasePushLockShared(PushLock);
}

/** The form with flags; FLT_PUSH_LOCK_* boost flags have no effect here (KRN-36). */
export function ExAcquirePushLockExclusiveEx(PushLock: number, _Flags: number): void {
  ExAcquirePushLockExclusive(PushLock);
}

/** ExAcquirePushLockShared with flags, which have no effect here. */
export function ExAcquirePushLockSharedEx(PushLock: number, _Flags: number): void {
  ExAcquirePushLockShared(PushLock);
}

/** ExReleasePushLockExclusive with flags, which have no effect here. */
export function ExReleasePushLockExclusiveEx(PushLock: number, _Flags: number): void {
  ExReleasePushLockExclusive(PushLock);
}

/** ExReleasePushLockShared with flags, which have no effect here. */
export function ExReleasePushLockSharedEx(PushLock: number, _Flags: number): void {
  ExReleasePushLockShared(PushLock);
}

/** ExReleasePushLock with flags, which have no effect here. */
export function ExReleasePushLockEx(PushLock: number, _Flags: number): void {
  ExReleasePushLock(PushLock);
}

/** Whether anybody holds the lock or waits for it; old when it arrives. Any IRQL. */
export function isPushLockInUse(PushLock: number): boolean {
  return look(PushLock) !== 0;
}
