// Threads that fight for a lock: each adds to plain words that only the lock protects.
import { onWaitSlice } from '#src/atomics-sync/park.ts';
import { i32 } from '#src/mem/memory.ts';
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
