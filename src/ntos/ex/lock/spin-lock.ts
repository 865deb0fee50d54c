// EX_SPIN_LOCK: a reader-writer spin lock, held at DISPATCH_LEVEL, not recursive (KRN-17). A writer
// that waits keeps new readers out.
//
//   bit 31 held by a writer   bit 30 a writer waits   bit 29 somebody sleeps   below: readers
//
// Waiters look for a while and then sleep on the word; who makes it free wakes them all.
import { EVERYBODY, compareExchange, load, notify, store } from '../../../atomics-sync/atomics.ts';
import { parkWhile } from '../../../atomics-sync/park.ts';
import { LOCK_DROPPED, LOCK_EX_SPIN, LOCK_MADE, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE,
  MODE_SHARED, MODE_TRY, REASON_SPIN, WAIT_BEGAN, WAIT_ENDED } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { SPIN_LOCK_NOT_OWNED } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from '../../ke/irql.ts';
import { wrongLevel } from '../../ke/spin-lock-slow.ts';

const WRITER = -0x80000000;
const WRITER_WAITS = 0x40000000;
const ASLEEP = 0x20000000;
const READERS = ASLEEP - 1;

/** Makes a free lock. Any IRQL. */
export function ExInitializeSpinLock(SpinLock: number): void {
  store(SpinLock, 0);
  if (tracer !== null) tracer.event(LOCK_MADE, SpinLock, LOCK_EX_SPIN, 0, 0);
}

/** Waits until the word is another; announces the sleep first. Returns the word of now. */
function waitForChange(lock: number, seen: number, bits: number): number {
  const announced = seen | ASLEEP | bits;
  if (announced !== seen) {
    const before = compareExchange(lock, seen, announced);
    if (before !== seen) return before;
  }
  if (tracer !== null) tracer.event(WAIT_BEGAN, lock, 1, 0, REASON_SPIN);
  const word = parkWhile(lock, announced, Infinity);
  if (tracer !== null) tracer.event(WAIT_ENDED, lock, 0, 0, 0);
  return word;
}

/** Changes the word for a release and wakes the sleepers when it is theirs to take. */
function give(lock: number, take: (seen: number) => number): void {
  for (let seen = load(lock); ; ) {
    const left = take(seen);
    const isFree = (left & (WRITER | READERS)) === 0;
    // Sleepers announce themselves again; a writer that waits keeps its turn before new readers.
    const after = isFree ? left & WRITER_WAITS : left;
    const before = compareExchange(lock, seen, after);
    if (before === seen) {
      if (isFree && (seen & ASLEEP) !== 0) notify(lock, EVERYBODY);
      return;
    }
    seen = before;
  }
}

function notOwned(lock: number, how: string): never {
  return KeBugCheckEx(SPIN_LOCK_NOT_OWNED, lock, 0, 0, 0,
    `spin lock 0x${lock.toString(16)} was released ${how}, and is not held so (KRN-17)`);
}

function takeExclusive(lock: number): void {
  if (tracer !== null) tracer.event(LOCK_WANTED, lock, LOCK_EX_SPIN, MODE_EXCLUSIVE, 0);
  waitExclusive(lock);
  if (tracer !== null) tracer.event(LOCK_TAKEN, lock, LOCK_EX_SPIN, MODE_EXCLUSIVE, 0);
}

function waitExclusive(lock: number): void {
  for (let seen = load(lock); ; ) {
    if ((seen & (WRITER | READERS)) !== 0) {
      seen = waitForChange(lock, seen, WRITER_WAITS);
      continue;
    }
    const before = compareExchange(lock, seen, WRITER | (seen & ASLEEP));
    if (before === seen) return;
    seen = before;
  }
}

function takeShared(lock: number): void {
  if (tracer !== null) tracer.event(LOCK_WANTED, lock, LOCK_EX_SPIN, MODE_SHARED, 0);
  waitShared(lock);
  if (tracer !== null) tracer.event(LOCK_TAKEN, lock, LOCK_EX_SPIN, MODE_SHARED, 0);
}

function waitShared(lock: number): void {
  for (let seen = load(lock); ; ) {
    if ((seen & (WRITER | WRITER_WAITS)) !== 0) {
      seen = waitForChange(lock, seen, 0);
      continue;
    }
    const before = compareExchange(lock, seen, seen + 1);
    if (before === seen) return;
    seen = before;
  }
}

function releaseWriter(lock: number): void {
  if (tracer !== null) tracer.event(LOCK_DROPPED, lock, LOCK_EX_SPIN, 0, 0);
  give(lock, (seen) => {
    if ((seen & WRITER) === 0) notOwned(lock, 'exclusively');
    return seen & ~WRITER;
  });
}

function releaseReader(lock: number): void {
  if (tracer !== null) tracer.event(LOCK_DROPPED, lock, LOCK_EX_SPIN, 0, 0);
  give(lock, (seen) => {
    if ((seen & READERS) === 0) notOwned(lock, 'shared');
    return seen - 1;
  });
}

function raise(lock: number): number {
  const old = KeGetCurrentIrql();
  if (old > DISPATCH_LEVEL) wrongLevel(0x42, lock, old);
  KfRaiseIrql(DISPATCH_LEVEL);
  return old;
}

function checkReleaseLevel(lock: number): void {
  if (KeGetCurrentIrql() !== DISPATCH_LEVEL) wrongLevel(0x32, lock, KeGetCurrentIrql());
}

function checkDpcLevel(lock: number, subcode: number): void {
  if (KeGetCurrentIrql() < DISPATCH_LEVEL) wrongLevel(subcode, lock, KeGetCurrentIrql());
}

/** Acquires for writing, raises to DISPATCH_LEVEL and returns the old level. <= DISPATCH_LEVEL. */
export function ExAcquireSpinLockExclusive(SpinLock: number): number {
  const old = raise(SpinLock);
  takeExclusive(SpinLock);
  return old;
}

/** Acquires for reading, raises to DISPATCH_LEVEL and returns the old level. <= DISPATCH_LEVEL. */
export function ExAcquireSpinLockShared(SpinLock: number): number {
  const old = raise(SpinLock);
  takeShared(SpinLock);
  return old;
}

/** Releases a writer's hold and goes back to `OldIrql`. IRQL: DISPATCH_LEVEL. */
export function ExReleaseSpinLockExclusive(SpinLock: number, OldIrql: number): void {
  checkReleaseLevel(SpinLock);
  releaseWriter(SpinLock);
  KeLowerIrql(OldIrql);
}

/** Releases a reader's hold and goes back to `OldIrql`. IRQL: DISPATCH_LEVEL. */
export function ExReleaseSpinLockShared(SpinLock: number, OldIrql: number): void {
  checkReleaseLevel(SpinLock);
  releaseReader(SpinLock);
  KeLowerIrql(OldIrql);
}

/** Acquires for writing at DISPATCH_LEVEL, which stays. */
export function ExAcquireSpinLockExclusiveAtDpcLevel(SpinLock: number): void {
  checkDpcLevel(SpinLock, 0x40);
  takeExclusive(SpinLock);
}

/** Acquires for reading at DISPATCH_LEVEL, which stays. */
export function ExAcquireSpinLockSharedAtDpcLevel(SpinLock: number): void {
  checkDpcLevel(SpinLock, 0x40);
  takeShared(SpinLock);
}

/** Releases a writer's hold; the level stays. IRQL: DISPATCH_LEVEL. */
export function ExReleaseSpinLockExclusiveFromDpcLevel(SpinLock: number): void {
  checkDpcLevel(SpinLock, 0x41);
  releaseWriter(SpinLock);
}

/** Releases a reader's hold; the level stays. IRQL: DISPATCH_LEVEL. */
export function ExReleaseSpinLockSharedFromDpcLevel(SpinLock: number): void {
  checkDpcLevel(SpinLock, 0x41);
  releaseReader(SpinLock);
}

/**
 * Makes a reader the writer if there is no other reader; FALSE, still a reader, if there is.
 * IRQL: DISPATCH_LEVEL.
 */
export function ExTryConvertSharedSpinLockExclusive(SpinLock: number): boolean {
  checkDpcLevel(SpinLock, 0x40);
  for (let seen = load(SpinLock); (seen & READERS) === 1; ) {
    const before = compareExchange(SpinLock, seen, (seen & ~READERS) | WRITER);
    if (before === seen) {
      if (tracer !== null) {
        tracer.event(LOCK_DROPPED, SpinLock, LOCK_EX_SPIN, 0, 0);
        tracer.event(LOCK_TAKEN, SpinLock, LOCK_EX_SPIN, MODE_TRY, 0);
      }
      return true;
    }
    seen = before;
  }
  return false;
}
