// In-stack queued spin locks: first come, first served (KRN-16). The lock's word is the last handle
// of the queue; each handle knows the next, and its holder hands the lock to it. As with every fair
// lock, threads beyond the number of cores make a convoy of it (performance.md B7).
//
// KLOCK_QUEUE_HANDLE.LockQueue.Lock: the lock's address, with WAIT or OWNER in its low bits.
import { i32 as words, u8 } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { MAX_PROCESSORS, STACK_SIZE } from '../../mem/param.ts';
import { stackOf } from '../../mem/memory-map.ts';
import { compareExchange, exchange, load, notify, store } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { LOCK_DROPPED, LOCK_QUEUED_SPIN, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE, REASON_SPIN,
  WAIT_BEGAN, WAIT_ENDED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from './irql.ts';
import { alreadyOwned, checkStorage, notOwned, wrongFamily, wrongLevel } from './spin-lock-slow.ts';
import { KLOCK_QUEUE_HANDLE } from './types.ts';

const i32 = words;
const WAIT = 1;
const OWNER = 2;
const nextAt = KLOCK_QUEUE_HANDLE.offsets['LockQueue'] ?? 0;
const lockAt = nextAt + 4;
const oldIrqlAt = KLOCK_QUEUE_HANDLE.offsets['OldIrql'] ?? 8;
const myStack = stackOf(boot.processor);

function acquire(lock: number, handle: number): void {
  if (boot.verifier) checkStorage(lock);
  if (tracer !== null) tracer.event(LOCK_WANTED, lock, LOCK_QUEUED_SPIN, MODE_EXCLUSIVE, 0);
  enqueue(lock, handle);
  if (tracer !== null) tracer.event(LOCK_TAKEN, lock, LOCK_QUEUED_SPIN, MODE_EXCLUSIVE, 0);
}

/** Comes back when the handle owns the lock. */
function enqueue(lock: number, handle: number): void {
  i32[(handle + nextAt) >> 2] = 0;
  i32[(handle + lockAt) >> 2] = lock | WAIT;
  const last = exchange(lock, handle);
  if (last === 0) {
    i32[(handle + lockAt) >> 2] = lock | OWNER;
    return;
  }
  if (last > 0 && last <= MAX_PROCESSORS) wrongFamily(lock, 0x1008);
  // The last handle of the queue on our own stack: we hold the lock already, or wait for it.
  if (last >= myStack && last < myStack + STACK_SIZE) alreadyOwned(lock);
  // Pairs with the load of the releasing thread, which waits for this link.
  store(last + nextAt, handle);
  notify(last + nextAt, 1);
  if (tracer !== null) tracer.event(WAIT_BEGAN, lock, 1, 0, REASON_SPIN);
  parkWhile(handle + lockAt, lock | WAIT, Infinity);
  if (tracer !== null) tracer.event(WAIT_ENDED, lock, 0, 0, 0);
}

function release(handle: number): void {
  const word = i32[(handle + lockAt) >> 2]!;
  const lock = word & ~(WAIT | OWNER);
  if (tracer !== null) tracer.event(LOCK_DROPPED, lock, LOCK_QUEUED_SPIN, 0, 0);
  if ((word & OWNER) === 0) notOwned(lock);
  i32[(handle + lockAt) >> 2] = 0;
  let next = load(handle + nextAt);
  if (next === 0) {
    if (compareExchange(lock, handle, 0) === handle) return;
    next = parkWhile(handle + nextAt, 0, Infinity);
  }
  // Pairs with the park of the next waiter; its handle is not touched after it may run.
  store(next + lockAt, lock | OWNER);
  notify(next + lockAt, 1);
}

/**
 * Acquires the lock behind everybody who came before and raises to DISPATCH_LEVEL.
 *
 * @param LockHandle room for a KLOCK_QUEUE_HANDLE on the caller's stack, until the release.
 * IRQL: <= DISPATCH_LEVEL (0xC4/0x42). Recursion is 0x0F, a lock that is used with the plain
 * routines too 0xC4/0x1008 (KRN-16).
 */
export function KeAcquireInStackQueuedSpinLock(SpinLock: number, LockHandle: number): void {
  const old = KeGetCurrentIrql();
  if (old > DISPATCH_LEVEL) wrongLevel(0x42, SpinLock, old);
  KfRaiseIrql(DISPATCH_LEVEL);
  u8[LockHandle + oldIrqlAt] = old;
  acquire(SpinLock, LockHandle);
}

/** Releases, hands the lock to the next, and goes back to the saved level. IRQL: DISPATCH_LEVEL. */
export function KeReleaseInStackQueuedSpinLock(LockHandle: number): void {
  const irql = KeGetCurrentIrql();
  if (irql !== DISPATCH_LEVEL) wrongLevel(0x36, i32[(LockHandle + lockAt) >> 2]! & ~3, irql);
  release(LockHandle);
  KeLowerIrql(u8[LockHandle + oldIrqlAt]!);
}

/** KeAcquireInStackQueuedSpinLock at DISPATCH_LEVEL or above, which stays (0xC4/0x40). */
export function KeAcquireInStackQueuedSpinLockAtDpcLevel(
  SpinLock: number,
  LockHandle: number,
): void {
  if (KeGetCurrentIrql() < DISPATCH_LEVEL) wrongLevel(0x40, SpinLock, KeGetCurrentIrql());
  u8[LockHandle + oldIrqlAt] = KeGetCurrentIrql();
  acquire(SpinLock, LockHandle);
}

/** Releases what the AtDpcLevel form acquired; the level stays (0xC4/0x41). */
export function KeReleaseInStackQueuedSpinLockFromDpcLevel(LockHandle: number): void {
  const irql = KeGetCurrentIrql();
  if (irql < DISPATCH_LEVEL) wrongLevel(0x41, i32[(LockHandle + lockAt) >> 2]! & ~3, irql);
  release(LockHandle);
}
