// ExInitializeWorkItem and ExQueueWorkItem: work for the system's own threads, run at PASSIVE_LEVEL
// in the system process. There are few threads: a routine that waits for another item of its own
// queue can deadlock the queue (KRN-39).
//
// NT has a queue per priority; ours are Critical, Delayed and HyperCritical, and every other type
// is taken for the nearest of them. Queueing never fails (work-queue-root.ts). Filters use
// FltQueueGenericWorkItem instead, which protects them against unload (KRN-42).
import { i32 as words } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { isPaged } from '../../mem/memory-map.ts';
import { exchange } from '../../atomics-sync/atomics.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, INVALID_WORK_QUEUE_ITEM, WORKER_INVALID }
  from '../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../ke/irql.ts';
import { roughTickCount } from '../ke/time.ts';
import { watchFrees } from './pool/pool-misuse.ts';
import { CriticalWorkQueue, CustomPriorityWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue,
  MaximumWorkQueue, WORK_QUEUE_ITEM } from './types.ts';
import { QUEUED, WORK_QUEUE, depthOf, haveWorkQueues, itemsRun, pushItem, queueOf,
  queuedItemIn } from './work-queue-root.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { Queue } from './work-queue-root.ts';

export { initializeWorkQueues } from './work-queue-root.ts';
export { drainWorkQueues, runWorkQueue } from './worker-thread.ts';

const i32 = words;
const { WorkerRoutine, set_WorkerRoutine, set_Parameter } = WORK_QUEUE_ITEM.bound;
type Item = Parameters<typeof WorkerRoutine>[0];

/** The base priority of each WORK_QUEUE_TYPE; from 14 on items count as hypercritical. */
const priorities = [13, 12, 15, 8, 7, 18, 14];

function queueOfPriority(priority: number): number {
  if (priority > 13) return HyperCriticalWorkQueue;
  return priority === 13 ? CriticalWorkQueue : DelayedWorkQueue;
}

const queueOfType = [
  ...priorities.map(queueOfPriority),
  ...Array.from({ length: CustomPriorityWorkQueue - MaximumWorkQueue }, () => -1),
  ...Array.from({ length: 32 }, (_, priority) => queueOfPriority(priority)),
];

function invalid(subcode: number, item: number, detail: number, evidence: string): never {
  return KeBugCheckEx(WORKER_INVALID, subcode, item, detail, 0, evidence);
}

/**
 * Makes a work item. Any IRQL. The caller keeps the memory, nonpaged, until the routine runs;
 * inside of the routine the item may be freed or queued again.
 *
 * @param Routine called as (Parameter) in a system thread at PASSIVE_LEVEL.
 */
export function ExInitializeWorkItem(Item: number, Routine: RoutineId, Parameter: number): void {
  const item = Item as Item;
  i32[Item >> 2] = 0;
  i32[(Item + 4) >> 2] = 0;
  set_WorkerRoutine(item, Routine);
  set_Parameter(item, Parameter);
}

/**
 * Queues an item; it runs once. IRQL <= DISPATCH_LEVEL, any thread. Never fails.
 *
 * A queued item queued again is 0x96, under the verifier 0xE4/1; before the queues exist 0xE4/5, a
 * type that is none 0xE4/6, no routine 0xE4/7 (KRN-40); in paged memory 0xC4/0x131 (verifier).
 */
export function ExQueueWorkItem(Item: number, QueueType: number): void {
  const index = queueOfType[QueueType] ?? -1;
  if (index < 0) invalid(6, Item, QueueType, `${QueueType} is no WORK_QUEUE_TYPE (KRN-40)`);
  if (WorkerRoutine(Item as Item) === 0) {
    invalid(7, Item, 0, 'a work item without a routine was queued (KRN-40)');
  }
  if (KeGetCurrentIrql() > DISPATCH_LEVEL) checkLevel(Item);
  if (boot.verifier && isPaged(Item)) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x131, Item, 0, 0,
      'a work item lies in paged memory; its list links are used at DISPATCH_LEVEL (KRN-40)');
  }
  if (!haveWorkQueues()) {
    invalid(5, Item, QueueType, 'a work item was queued before the queues exist (KRN-40)');
  }
  // An exchange, so that two threads that queue one item at once do not both get through.
  if (exchange(Item, QUEUED) !== 0) queuedTwice(Item, index);
  i32[(Item + 4) >> 2] = roughTickCount();
  pushItem(queueOf(index), Item);
}

function checkLevel(item: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xe5, KeGetCurrentIrql(), item, 0,
    `ExQueueWorkItem at IRQL ${KeGetCurrentIrql()}; the highest is DISPATCH_LEVEL`);
}

function queuedTwice(item: number, index: number): never {
  const evidence = 'a work item was queued that is queued already, or was never initialised by ' +
    'ExInitializeWorkItem (KRN-40)';
  if (boot.verifier) return invalid(1, item, index, evidence);
  return KeBugCheckEx(INVALID_WORK_QUEUE_ITEM, queueOf(index), queueOf(index), queueOf(index), item,
    evidence);
}

/** What a queue has done and has to do. */
export interface WorkQueueStatistics {
  readonly waiting: number;
  readonly run: number;
  /** Items that did not fit the ring and went to the list behind it. */
  readonly overflowed: number;
  readonly deepest: number;
  readonly longestWaitMs: number;
}

/** Statistics of CriticalWorkQueue, DelayedWorkQueue or HyperCriticalWorkQueue; read racily. */
export function workQueueStatistics(queueType: number): WorkQueueStatistics {
  const queue: Queue = queueOf(queueType);
  return {
    waiting: depthOf(queue),
    run: itemsRun(queueType),
    overflowed: WORK_QUEUE.bound.Overflowed(queue),
    deepest: WORK_QUEUE.bound.MaximumDepth(queue),
    longestWaitMs: WORK_QUEUE.bound.LongestWait(queue),
  };
}

watchFrees((block, bytes) => {
  const item = haveWorkQueues() ? queuedItemIn(block, block + bytes) : 0;
  if (item === 0) return;
  KeBugCheckEx(WORKER_INVALID, 0, item, block, block + bytes,
    'pool was freed that contains a work item which is still queued (KRN-40)');
});
