// ExpWorkerThread: the loop of a system worker, and what is checked after each routine (KRN-41).
import { i32 as words } from '../../mem/memory.ts';
import { routineName, routineTable } from '../../mem/routine.ts';
import { boot } from '../../mem/boot-options.ts';
import { isCrowded, spinsOf, SPIN_THEN_PARK } from '../../atomics-sync/park.ts';
import { WAIT_SLICE_MS } from '../../mem/param.ts';
import { checkApcBalance, combinedApcDisable } from '../ke/apc.ts';
import { IRQL_NOT_LESS_OR_EQUAL, KMODE_EXCEPTION_NOT_HANDLED } from '../ke/bug-check-codes.ts';
import { KeBugCheckEx, MACHINE_STOPPING, expect, machineState, stopIfCrashed }
  from '../ke/bug-check.ts';
import { RaisedStatus } from '../ke/exception.ts';
import { KeGetCurrentIrql, KeLowerIrql, PASSIVE_LEVEL } from '../ke/irql.ts';
import { KTHREAD, THREAD_IDLE, THREAD_RUNNING, currentThread } from '../ke/prcb.ts';
import { roughTickCount } from '../ke/time.ts';
import { WORK_QUEUE_ITEM } from './types.ts';
import { QUEUES, WORK_QUEUE, countItem, depthOf, goIdle, hasItem, isNewBatch, passOn, popItem,
  queueOf, seemsToHaveItem } from './work-queue-root.ts';
import type { Queue } from './work-queue-root.ts';

const i32 = words;
const me = currentThread;
const { set_State, TopLevelIrp, set_TopLevelIrp, set_CurrentRoutine, Heartbeat, set_Heartbeat } =
  KTHREAD.bound;
const { WorkerRoutine, Parameter } = WORK_QUEUE_ITEM.bound;
type Item = Parameters<typeof WorkerRoutine>[0];
const { MaximumDepth, set_MaximumDepth, LongestWait, set_LongestWait } = WORK_QUEUE.bound;
type Routine = ReturnType<typeof WorkerRoutine>;
const noRoutine = 0 as Routine;
/** How often a worker that spins asks whether others want its core: every few looks. */
const LOOK_AROUND = 0x78;

function mark(queue: Queue, index: number, item: number): void {
  if (isNewBatch(queue, index)) {
    const depth = depthOf(queue) + 1;
    if (depth > MaximumDepth(queue)) set_MaximumDepth(queue, depth);
  }
  const waited = roughTickCount() - i32[(item + 4) >> 2]!;
  if (waited > LongestWait(queue)) set_LongestWait(queue, waited);
}

/** Runs one item. It is dequeued before its routine is called, which may free it (KRN-40). */
function runItem(queue: Queue, index: number, item: number): void {
  const routine = WorkerRoutine(item as Item);
  const parameter = Parameter(item as Item);
  i32[item >> 2] = 0;
  const apcs = combinedApcDisable();
  set_CurrentRoutine(me, routine);
  try {
    routineTable[routine]!(parameter);
  } catch (error) {
    if (!(error instanceof RaisedStatus)) throw error;
    KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, error.status, routine, 0, 0,
      `work routine ${routineName(routine)} let an exception pass: ${error.message}`);
  }
  set_CurrentRoutine(me, noRoutine);
  set_Heartbeat(me, Heartbeat(me) + 1);
  checkAfter(routine, item, apcs);
  countItem(index);
}

/** What a work routine must leave as it found it (KRN-41). */
function checkAfter(routine: number, item: number, apcs: number): void {
  const irql = KeGetCurrentIrql();
  if (irql !== PASSIVE_LEVEL) {
    KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, routine, irql, routine, item,
      `work routine ${routineName(routine)} returned at IRQL ${irql} (KRN-41)`);
  }
  checkApcBalance(apcs, routine, true);
  const irp = TopLevelIrp(me);
  if (irp === 0) return;
  set_TopLevelIrp(me, 0);
  expect(false, `work routine ${routineName(routine)} left TopLevelIrp ${irp} behind (KRN-41)`);
}

/** Runs the oldest item of the first queue that has one; false when none has. */
function runOne(queues: readonly Queue[], indices: readonly number[]): boolean {
  for (let n = 0; n < queues.length; n++) {
    const queue = queues[n]!;
    if (!seemsToHaveItem(queue)) continue;
    const item = popItem(queue);
    if (item === 0) continue;
    const index = indices[n]!;
    passOn(queue);
    mark(queue, index, item);
    runItem(queue, index, item);
    return true;
  }
  return false;
}

/** Looks for work for a short while, as long as a sleep and a wake-up would cost. */
function spinForWork(queues: readonly Queue[]): boolean {
  const shortest = SPIN_THEN_PARK.spins;
  for (let left = spinsOf(SPIN_THEN_PARK); left > 0; left -= 2 * queues.length) {
    for (let n = 0; n < queues.length; n++) if (hasItem(queues[n]!)) return true;
    if (left > shortest && (left & LOOK_AROUND) === 0 && isCrowded()) return false;
  }
  return false;
}

/** Between two items the thread may be interrupted, like any thread at PASSIVE_LEVEL. */
function takeInterrupts(): void {
  KeLowerIrql(PASSIVE_LEVEL);
}

/**
 * Serves work queues until the machine stops and they are empty: what a system worker does all its
 * life. PASSIVE_LEVEL. While nothing is queued KTHREAD.State is THREAD_IDLE.
 *
 * @param queues CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue; earlier ones first.
 * @param idleMs how long one sleep lasts at most (milliseconds) before the thread looks around.
 * @param mayLeave asked when there is no work; by default whether the machine is stopping. It
 *   should say so only when nobody is left who might queue an item.
 * @returns how many items were run.
 * @throws BugCheck when a routine broke KRN-41, MachineStopped when the machine crashed.
 */
export function runWorkQueue(
  queues: readonly number[],
  idleMs: number = WAIT_SLICE_MS,
  mayLeave: () => boolean = () => machineState() === MACHINE_STOPPING,
): number {
  const served = queues.map(queueOf);
  let count = 0;
  for (;;) {
    if (runOne(served, queues)) {
      count++;
      continue;
    }
    stopIfCrashed();
    takeInterrupts();
    if (mayLeave() && !served.some(hasItem)) return count;
    set_State(me, THREAD_IDLE);
    if (!spinForWork(served)) goIdle(served, idleMs);
    set_State(me, THREAD_RUNNING);
  }
}

/**
 * Runs every queued item, and those that they queue, in this thread: for a machine whose only
 * thread this is (boot.inline). PASSIVE_LEVEL. Returns how many items ran.
 */
export function drainWorkQueues(): number {
  if (!boot.inline) {
    throw new Error('drainWorkQueues is for a thread that is alone in its machine (boot.inline); ' +
      'on a machine with workers, runWorkQueue serves the queues');
  }
  const indices = Array.from({ length: QUEUES }, (_, index) => QUEUES - 1 - index);
  const queues = indices.map(queueOf);
  let count = 0;
  while (runOne(queues, indices)) count++;
  return count;
}
