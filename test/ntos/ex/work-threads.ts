// Producers and workers for the work queue's tests on real threads.
import { add, load, notify } from '#src/atomics-sync/atomics.ts';
import { PARK, onWaitSlice, parkWhile } from '#src/atomics-sync/park.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePool, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { ExInitializeWorkItem, ExQueueWorkItem, runWorkQueue } from '#src/ntos/ex/work-queue.ts';
import { CriticalWorkQueue, DelayedWorkQueue, NonPagedPool } from '#src/ntos/ex/types.ts';
import type { Thread } from '#test/support/thread.ts';

const TAG = poolTag('Item');
/** An item with the address of a counter behind it: counts and frees itself. */
const ITEM_BYTES = 24;
let counts = 0;

const countAndFree = kernelRoutine('test!CountAndFree', (item) => {
  ExFreePool(item ?? 0);
  add(counts, 1);
  notify(counts, 1);
  return 0;
});

function queueOne(type: number): void {
  const item = ExAllocatePoolWithTag(NonPagedPool, ITEM_BYTES, TAG);
  ExInitializeWorkItem(item, countAndFree, item);
  ExQueueWorkItem(item, type);
}

/** Threads 0 and 1 produce into two queues, 2 serves both queues, 3 only the second. */
export function mixed(thread: Thread<{ counts: number; perProducer: number }>): number {
  counts = thread.args.counts;
  const producersDone = counts + 4;
  if (thread.index < 2) {
    for (let n = 0; n < thread.args.perProducer; n++) {
      queueOne(n % 2 === 0 ? CriticalWorkQueue : DelayedWorkQueue);
    }
    add(producersDone, 1);
    return 0;
  }
  const served = thread.index === 2 ? [CriticalWorkQueue, DelayedWorkQueue] : [DelayedWorkQueue];
  return runWorkQueue(served, 50, () => load(producersDone) === 2);
}

/** Thread 0 queues one item at a time and waits until it ran; thread 1 sleeps in between. */
export function pingPong(thread: Thread<{ counts: number; rounds: number }>): number {
  counts = thread.args.counts;
  const { rounds } = thread.args;
  // A slice longer than the test's patience: a lost wake-up is not made good by looking around.
  onWaitSlice(() => undefined, 60_000);
  if (thread.index === 1) {
    return runWorkQueue([DelayedWorkQueue], 60_000, () => load(counts) >= rounds);
  }
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    queueOne(DelayedWorkQueue);
    parkWhile(counts, n, 60_000, PARK);
  }
  return rounds;
}
