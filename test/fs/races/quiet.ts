// Whether nothing can move any more: every player sleeps with nothing to be delivered to it, the
// conductor has nothing to deliver, and the system's workers have nothing to do. Threads go to
// sleep and are woken under the dispatcher lock,
// so what is seen under it is one instant.
import { load } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { ASLEEP, lockDispatcher, unlockDispatcher } from '#src/ntos/ke/dispatcher-lock.ts';
import { deliverApcsIfPossible } from '#src/ntos/ke/apc.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, currentThread, forEachProcessor, prcbOf, threadOf }
  from '#src/ntos/ke/prcb.ts';
import { ROLE_SYSTEM_WORKER } from '#src/ntos/ke/thread.ts';
import { workQueueStatistics } from '#src/ntos/ex/work-queue.ts';
import { RACE_STAGE, stage } from './stage.ts';
import type { PKTHREAD } from '#src/ntos/ke/prcb.ts';

const { at_WaitWord, at_ApcPending, State } = KTHREAD.bound;
const PATIENCE_TURNS = 200_000;
const TURNS_WITHOUT_SLEEP = 50;
const SLEEP_MS = 0.1;

/** CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue. */
const queues = [0, 1, 2];

function workersIdle(): boolean {
  let idle = true;
  forEachProcessor((n) => {
    if (KPRCB.bound.Role(prcbOf(n)) !== ROLE_SYSTEM_WORKER) return;
    if (State(threadOf(n)) !== THREAD_IDLE) idle = false;
  });
  return idle;
}

function isAsleep(thread: PKTHREAD): boolean {
  return load(at_WaitWord(thread)) === ASLEEP && load(at_ApcPending(thread)) === 0;
}

function itemsRun(): number {
  return queues.reduce((sum, queue) => sum + workQueueStatistics(queue).run, 0);
}

function isQuiet(players: readonly PKTHREAD[]): boolean {
  lockDispatcher();
  const before = itemsRun();
  const quiet = load(at_ApcPending(currentThread)) === 0 && players.every(isAsleep) && workersIdle() && queues.every((queue) => workQueueStatistics(queue).waiting === 0) &&
    workersIdle() && itemsRun() === before;
  unlockDispatcher();
  return quiet;
}

/** Waits until nothing moves. False when something moves for ever. */
export function untilQuiet(players: readonly PKTHREAD[]): boolean {
  const nothing = RACE_STAGE.bound.at_Nothing(stage);
  for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
    deliverApcsIfPossible();
    if (isQuiet(players)) return true;
    if (turn > TURNS_WITHOUT_SLEEP) parkWhile(nothing, 0, SLEEP_MS);
  }
  return false;
}
