// @hot  FAST_MUTEX and KGUARDED_MUTEX: not recursive, held at APC_LEVEL (KRN-23 to KRN-25).
//
// Count is 1 when the mutex is free, 0 when it is held, and one less for each waiter, as on 32-bit
// Windows. Who releases a mutex with waiters hands it to one of them through the event in the
// structure. A guarded mutex is the same object since Windows 8, and its structure has the same
// words in the same places, so one implementation serves both (KRN-24).
//
// While a thread holds one no special kernel APC reaches it: it must not do I/O, which completes by
// one (KRN-25).
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { add, compareExchange } from '../../../atomics-sync/atomics.ts';
import { LOCK_DROPPED, LOCK_FAST_MUTEX, LOCK_MADE, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE,
  MODE_TRY } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { KPRCB, currentPrcb, currentThread } from '../../ke/prcb.ts';
import { KeLowerIrql } from '../../ke/irql.ts';
import { FAST_MUTEX } from '../types.ts';
import { acquireSlow, acquiredTooHigh, checkUnsafe, handOver, initializeMutex, notOwner,
  releasedAtWrongLevel } from './fast-mutex-wait.ts';

const i32 = words;
const cas = compareExchange;
const addTo = add;
const lower = KeLowerIrql;
const verifying = boot.verifier;
const trace = tracer;
const me = currentThread;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;
const ownerAt = FAST_MUTEX.offsets['Owner'] ?? 4;
const oldIrqlAt = FAST_MUTEX.offsets['OldIrql'] ?? 28;
const apcLevel = 1;

/** Makes a free mutex; the structure is nonpaged. IRQL <= DISPATCH_LEVEL. */
export function ExInitializeFastMutex(FastMutex: number): void {
  initializeMutex(FastMutex);
  if (trace !== null) trace.event(LOCK_MADE, FastMutex, LOCK_FAST_MUTEX, 0, 0);
}

function acquire(mutex: number): void {
  if (trace !== null) trace.event(LOCK_WANTED, mutex, LOCK_FAST_MUTEX, MODE_EXCLUSIVE, 0);
  // Pairs with the add of the releasing thread, which made the word 1 again.
  if (cas(mutex, 1, 0) !== 1) acquireSlow(mutex);
  i32[(mutex + ownerAt) >> 2] = me;
  if (trace !== null) trace.event(LOCK_TAKEN, mutex, LOCK_FAST_MUTEX, MODE_EXCLUSIVE, 0);
}

function release(mutex: number): void {
  if (trace !== null) trace.event(LOCK_DROPPED, mutex, LOCK_FAST_MUTEX, 0, 0);
  if (i32[(mutex + ownerAt) >> 2] !== me) notOwner(mutex);
  i32[(mutex + ownerAt) >> 2] = 0;
  if (addTo(mutex, 1) !== 0) handOver(mutex);
}

/**
 * Acquires the mutex and raises to APC_LEVEL. Waits as long as another thread holds it.
 *
 * IRQL: <= APC_LEVEL, above it 0xC4/0x33. A thread that holds it already would wait for itself:
 * 0xC4/0x1000 (KRN-23).
 */
export function ExAcquireFastMutex(FastMutex: number): void {
  const old = i32[irql]!;
  if (old > apcLevel) acquiredTooHigh(FastMutex);
  i32[irql] = apcLevel;
  acquire(FastMutex);
  i32[(FastMutex + oldIrqlAt) >> 2] = old;
}

/** Acquires the mutex if it is free; raises to APC_LEVEL only then. IRQL <= APC_LEVEL. */
export function ExTryToAcquireFastMutex(FastMutex: number): boolean {
  const old = i32[irql]!;
  if (old > apcLevel) acquiredTooHigh(FastMutex);
  if (cas(FastMutex, 1, 0) !== 1) return false;
  i32[irql] = apcLevel;
  i32[(FastMutex + ownerAt) >> 2] = me;
  i32[(FastMutex + oldIrqlAt) >> 2] = old;
  if (trace !== null) trace.event(LOCK_TAKEN, FastMutex, LOCK_FAST_MUTEX, MODE_TRY, 0);
  return true;
}

/**
 * Releases and goes back to the level before, where kernel APCs that came meanwhile are delivered.
 * IRQL: exactly APC_LEVEL, else 0xC4/0x34.
 */
export function ExReleaseFastMutex(FastMutex: number): void {
  if (i32[irql] !== apcLevel) releasedAtWrongLevel(FastMutex);
  const old = i32[(FastMutex + oldIrqlAt) >> 2]!;
  release(FastMutex);
  lower(old);
}

/**
 * Acquires without changing the level: the caller is at APC_LEVEL or in a guarded or critical
 * region (0xC4/0x39 under the verifier).
 */
export function ExAcquireFastMutexUnsafe(FastMutex: number): void {
  if (i32[irql]! > apcLevel) acquiredTooHigh(FastMutex);
  if (verifying) checkUnsafe(FastMutex, 0x39);
  acquire(FastMutex);
}

/** Releases what ExAcquireFastMutexUnsafe acquired, at the same level (0xC4/0x3A). */
export function ExReleaseFastMutexUnsafe(FastMutex: number): void {
  if (verifying) checkUnsafe(FastMutex, 0x3a);
  release(FastMutex);
}

/** Makes a free guarded mutex. IRQL <= APC_LEVEL. */
export function KeInitializeGuardedMutex(Mutex: number): void {
  ExInitializeFastMutex(Mutex);
}

/** ExAcquireFastMutex for a guarded mutex. IRQL <= APC_LEVEL. */
export function KeAcquireGuardedMutex(Mutex: number): void {
  ExAcquireFastMutex(Mutex);
}

/** ExTryToAcquireFastMutex for a guarded mutex. IRQL <= APC_LEVEL. */
export function KeTryToAcquireGuardedMutex(Mutex: number): boolean {
  return ExTryToAcquireFastMutex(Mutex);
}

/** ExReleaseFastMutex for a guarded mutex. IRQL: APC_LEVEL. */
export function KeReleaseGuardedMutex(Mutex: number): void {
  ExReleaseFastMutex(Mutex);
}

/** ExAcquireFastMutexUnsafe for a guarded mutex: the caller is in a guarded region already. */
export function KeAcquireGuardedMutexUnsafe(Mutex: number): void {
  ExAcquireFastMutexUnsafe(Mutex);
}

/** ExReleaseFastMutexUnsafe for a guarded mutex. */
export function KeReleaseGuardedMutexUnsafe(Mutex: number): void {
  ExReleaseFastMutexUnsafe(Mutex);
}
