// Threads that fight for a lock: each adds to plain words that only the lock protects.
import { add } from '#src/atomics-sync/atomics.ts';
import { SPIN, onWaitSlice, parkWhile } from '#src/atomics-sync/park.ts';
import { i32 } from '#src/mem/memory.ts';
import { ExAcquireFastMutex, ExReleaseFastMutex, ExTryToAcquireFastMutex }
  from '#src/ntos/ex/fast-mutex.ts';
import { ExAcquireRundownProtection, ExReleaseRundownProtection,
  ExWaitForRundownProtectionRelease } from '#src/ntos/ex/rundown.ts';
import { ExAcquireRundownProtectionCacheAware, ExReleaseRundownProtectionCacheAware,
  ExWaitForRundownProtectionReleaseCacheAware } from '#src/ntos/ex/rundown-cache-aware.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExReleaseResourceLite }
  from '#src/ntos/ex/resource.ts';
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
