// Threads that fight for a lock: each adds to plain words that only the lock protects.
import { add } from '#src/atomics-sync/atomics.ts';
import { SPIN, onWaitSlice, parkWhile } from '#src/atomics-sync/park.ts';
import { i32 } from '#src/mem/memory.ts';
import { ExAcquireFastMutex, ExReleaseFastMutex, ExTryToAcquireFastMutex }
  from '#src/ntos/ex/lock/fast-mutex.ts';
import { ExInterlockedFlushSList, ExInterlockedInsertHeadList, ExInterlockedInsertTailList,
  ExInterlockedPopEntrySList, ExInterlockedPushEntrySList, ExInterlockedRemoveHeadList }
  from '#src/ntos/ex/interlocked.ts';
import { ExAcquirePushLockExclusive, ExAcquirePushLockShared, ExReleasePushLock,
  ExTryAcquirePushLockExclusive, ExTryAcquirePushLockShared } from '#src/ntos/ex/lock/push-lock.ts';
import { ExAcquireSpinLockExclusive, ExAcquireSpinLockShared, ExReleaseSpinLockExclusive,
  ExReleaseSpinLockShared, ExTryConvertSharedSpinLockExclusive }
  from '#src/ntos/ex/lock/spin-lock.ts';
import { KeAcquireInStackQueuedSpinLock, KeReleaseInStackQueuedSpinLock }
  from '#src/ntos/ke/queued-spin-lock.ts';
import { KeReleaseSpinLock, KfAcquireSpinLock } from '#src/ntos/ke/spin-lock.ts';
import { KLOCK_QUEUE_HANDLE } from '#src/ntos/ke/types.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExAcquireRundownProtection, ExReleaseRundownProtection,
  ExWaitForRundownProtectionRelease } from '#src/ntos/ex/lock/rundown.ts';
import { ExAcquireRundownProtectionCacheAware, ExReleaseRundownProtectionCacheAware,
  ExWaitForRundownProtectionReleaseCacheAware } from '#src/ntos/ex/lock/rundown-cache-aware.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExReleaseResourceLite }
  from '#src/ntos/ex/lock/resource.ts';
import type { Thread } from '#test/support/thread.ts';

/** A slice longer than a test's patience: a lost wake-up is not made good by looking around. */
function noRescue(): void {
  onWaitSlice(() => undefined, 60_000);
}

/** Adds one to both words of a counter; fails when they differ on entry. */
function enter(counter: number): void {
  const at = counter >> 2;
  if (i32[at] !== i32[at + 1]) throw new Error('somebody else is in the exclusive section');
  i32[at]! += 1;
  i32[at + 1]! += 1;
}

function look(counter: number): void {
  const at = counter >> 2;
  if (i32[at] !== i32[at + 1]) throw new Error('a writer is in beside shared owners');
}

/** Exclusive rounds with a shared one in between. */
export function resourceDuel(
  thread: Thread<{ resource: number; counter: number; rounds: number }>,
): void {
  const { resource, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    ExAcquireResourceExclusiveLite(resource, true);
    enter(counter);
    ExReleaseResourceLite(resource);
    ExAcquireResourceSharedLite(resource, true);
    look(counter);
    ExReleaseResourceLite(resource);
  }
}

/** Acquires in both ways. */
export function mutexDuel(
  thread: Thread<{ mutex: number; counter: number; rounds: number }>,
): void {
  const { mutex, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    if (n % 3 !== 0 || !ExTryToAcquireFastMutex(mutex)) ExAcquireFastMutex(mutex);
    enter(counter);
    ExReleaseFastMutex(mutex);
  }
}

interface Rundown {
  readonly ref: number;
  /** 1 while the object may be used; how many uses each of the two users has had. */
  readonly counter: number;
  readonly cacheAware: boolean;
}

/** Thread 0 takes the object away when the others have used it; they use it until refused. */
export function runDown(thread: Thread<Rundown>): number {
  noRescue();
  return thread.index === 0 ? takeAway(thread) : useUntilRefused(thread);
}

function takeAway(thread: Thread<Rundown>): number {
  const { ref, counter, cacheAware } = thread.args;
  thread.at('waits for users');
  for (const user of [4, 8]) {
    for (let uses = 0; uses < 2000; ) uses = parkWhile(counter + user, uses, Infinity, SPIN);
  }
  thread.at('runs down');
  if (cacheAware) ExWaitForRundownProtectionReleaseCacheAware(ref);
  else ExWaitForRundownProtectionRelease(ref);
  i32[counter >> 2] = 0;
  return 1;
}

function useUntilRefused(thread: Thread<Rundown>): number {
  const { ref, counter, cacheAware } = thread.args;
  const acquire = cacheAware ? ExAcquireRundownProtectionCacheAware : ExAcquireRundownProtection;
  const release = cacheAware ? ExReleaseRundownProtectionCacheAware : ExReleaseRundownProtection;
  for (let used = 0; ; used++) {
    thread.at('uses', used);
    if (!acquire(ref)) return used;
    for (let n = 0; n < 20; n++) {
      if (i32[counter >> 2] !== 1) throw new Error('a protected object went away under its user');
    }
    release(ref);
    add(counter + 4 * thread.index, 1);
  }
}

/** What a duel of threads is about: a lock, and words that it protects. */
interface Duel {
  readonly lock: number;
  readonly counter: number;
  readonly rounds: number;
}

/** Exclusive rounds with shared ones in between, in both ways of getting in. */
export function pushLockDuel(thread: Thread<Duel>): void {
  const { lock, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    if (n % 3 !== 0 || !ExTryAcquirePushLockExclusive(lock)) ExAcquirePushLockExclusive(lock);
    enter(counter);
    ExReleasePushLock(lock);
    if (n % 2 !== 0 || !ExTryAcquirePushLockShared(lock)) ExAcquirePushLockShared(lock);
    look(counter);
    ExReleasePushLock(lock);
  }
}

/** The same with a reader-writer spin lock. */
export function readerWriterDuel(thread: Thread<Duel>): void {
  const { lock, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    const old = ExAcquireSpinLockExclusive(lock);
    enter(counter);
    ExReleaseSpinLockExclusive(lock, old);
    const irql = ExAcquireSpinLockShared(lock);
    look(counter);
    if (ExTryConvertSharedSpinLockExclusive(lock)) ExReleaseSpinLockExclusive(lock, irql);
    else ExReleaseSpinLockShared(lock, irql);
  }
}

/** A spin lock, by the plain routines. */
export function spinLockDuel(thread: Thread<Duel>): void {
  const { lock, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    const old = KfAcquireSpinLock(lock);
    enter(counter);
    KeReleaseSpinLock(lock, old);
  }
}

/** A spin lock, by the in-stack queued routines. */
export function queuedSpinLockDuel(thread: Thread<Duel>): void {
  const { lock, counter, rounds } = thread.args;
  noRescue();
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    const frame = pushFrame();
    const handle = stackAlloc(KLOCK_QUEUE_HANDLE.size);
    KeAcquireInStackQueuedSpinLock(lock, handle);
    enter(counter);
    KeReleaseInStackQueuedSpinLock(handle);
    popFrame(frame);
  }
}

/** Pops an entry, pushes it back, now and then takes them all; counts what it has taken. */
export function sequencedList(thread: Thread<Duel>): number {
  const { lock: list, rounds } = thread.args;
  let taken = 0;
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    const all = n % 1000 === 999;
    let next = all ? ExInterlockedFlushSList(list) : ExInterlockedPopEntrySList(list);
    while (next !== 0) {
      const following = all ? i32[next >> 2]! : 0;
      // Nobody else may have the entry: its second word is ours while we have it.
      if (i32[(next + 4) >> 2] !== 0) throw new Error('an entry was given out twice');
      i32[(next + 4) >> 2] = thread.owner;
      taken++;
      i32[(next + 4) >> 2] = 0;
      ExInterlockedPushEntrySList(list, next);
      next = following;
    }
  }
  return taken;
}

/** Moves entries of a locked list from its head to its tail. */
export function lockedList(thread: Thread<Duel>): number {
  const { lock, counter: head, rounds } = thread.args;
  let moved = 0;
  for (let n = 0; n < rounds; n++) {
    const entry = ExInterlockedRemoveHeadList(head, lock);
    if (entry === 0) continue;
    moved++;
    if (n % 2 === 0) ExInterlockedInsertTailList(head, entry, lock);
    else ExInterlockedInsertHeadList(head, entry, lock);
  }
  return moved;
}
