// @hot  KSPIN_LOCK: held at DISPATCH_LEVEL, unfair, not recursive (KRN-13 to KRN-15).
//
// The word holds the owner, processor + 1, and whether somebody sleeps (atomics-sync/spin): a
// waiter looks for a while and then parks, because the host may pre-empt a holder for a whole time
// slice. Queued spin locks, which are FIFO, are in queued-spin-lock.ts; one lock is used with one
// of the two families only (KRN-16).
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { releaseSpin, tryAcquireSpin } from '../../atomics-sync/spin.ts';
import { LOCK_DROPPED, LOCK_MADE, LOCK_SPIN, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE, MODE_TRY }
  from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { KeLowerIrql } from './irql.ts';
import { KPRCB, currentPrcb } from './prcb.ts';
import { acquireContended, checkStorage, notOwned, wrongLevel } from './spin-lock-slow.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;
const owner = boot.processor + 1;
const verifying = boot.verifier;
const trace = tracer;
const tryAcquire = tryAcquireSpin;
const releaseWord = releaseSpin;
const lower = KeLowerIrql;
const look = load;
const put = store;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;
const ownerMask = 0x7fffffff;
const dispatch = 2;

/** Makes a free spin lock. Any IRQL; the lock is nonpaged. */
export function KeInitializeSpinLock(SpinLock: number): void {
  put(SpinLock, 0);
  if (trace !== null) trace.event(LOCK_MADE, SpinLock, LOCK_SPIN, 0, 0);
}

function acquire(lock: number): void {
  if (verifying) checkStorage(lock);
  if (trace !== null) trace.event(LOCK_WANTED, lock, LOCK_SPIN, MODE_EXCLUSIVE, 0);
  if (!tryAcquire(lock, owner)) acquireContended(lock, owner);
  if (trace !== null) trace.event(LOCK_TAKEN, lock, LOCK_SPIN, MODE_EXCLUSIVE, 0);
}

function release(lock: number): void {
  if (trace !== null) trace.event(LOCK_DROPPED, lock, LOCK_SPIN, 0, 0);
  // A plain read tells reliably whether this processor holds it: only it writes its number there.
  if ((i32[lock >> 2]! & ownerMask) !== owner) notOwned(lock);
  releaseWord(lock, owner);
}

/**
 * Acquires the lock, raises to DISPATCH_LEVEL and returns the level before.
 * IRQL: <= DISPATCH_LEVEL, above it 0xC4/0x42; a lock held by this processor is 0x0F (KRN-15).
 */
export function KfAcquireSpinLock(SpinLock: number): number {
  const old = i32[irql]!;
  if (old > dispatch) wrongLevel(0x42, SpinLock, old);
  i32[irql] = dispatch;
  acquire(SpinLock);
  return old;
}

/** KfAcquireSpinLock under its other name. */
export function KeAcquireSpinLockRaiseToDpc(SpinLock: number): number {
  return KfAcquireSpinLock(SpinLock);
}

/** KfAcquireSpinLock that writes the old level (a KIRQL, one byte) to `OldIrql`. */
export function KeAcquireSpinLock(SpinLock: number, OldIrql: OutPtr): void {
  u8[OldIrql] = KfAcquireSpinLock(SpinLock);
}

/**
 * Releases the lock and goes back to the level that acquiring returned.
 * IRQL: exactly DISPATCH_LEVEL (0xC4/0x32); by a processor that does not hold it 0x10 (KRN-15).
 */
export function KeReleaseSpinLock(SpinLock: number, NewIrql: number): void {
  if (i32[irql] !== dispatch) wrongLevel(0x32, SpinLock, i32[irql]!);
  release(SpinLock);
  lower(NewIrql);
}

/** Acquires at a level of DISPATCH_LEVEL or above, which stays (0xC4/0x40, KRN-14). */
export function KeAcquireSpinLockAtDpcLevel(SpinLock: number): void {
  if (i32[irql]! < dispatch) wrongLevel(0x40, SpinLock, i32[irql]!);
  acquire(SpinLock);
}

/** Releases what KeAcquireSpinLockAtDpcLevel acquired (0xC4/0x41, KRN-14). */
export function KeReleaseSpinLockFromDpcLevel(SpinLock: number): void {
  if (i32[irql]! < dispatch) wrongLevel(0x41, SpinLock, i32[irql]!);
  release(SpinLock);
}

/** Acquires the lock if it is free. IRQL >= DISPATCH_LEVEL, which stays. */
export function KeTryToAcquireSpinLockAtDpcLevel(SpinLock: number): boolean {
  if (i32[irql]! < dispatch) wrongLevel(0x40, SpinLock, i32[irql]!);
  if (verifying) checkStorage(SpinLock);
  const taken = tryAcquire(SpinLock, owner);
  if (trace !== null && taken) trace.event(LOCK_TAKEN, SpinLock, LOCK_SPIN, MODE_TRY, 0);
  return taken;
}

/** Whether the lock is free; old when it arrives. Any IRQL. */
export function KeTestSpinLock(SpinLock: number): boolean {
  return look(SpinLock) === 0;
}
