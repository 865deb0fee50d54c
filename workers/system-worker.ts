// A system worker thread: it takes work items from the queues and runs them at PASSIVE_LEVEL
// until the machine stops (ExpWorkerThread).
import { CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue }
  from '../src/ntos/ex/types.ts';
import { runWorkQueue } from '../src/ntos/ex/work-queue.ts';

/** Runs work items; returns how many. */
export function playSystemWorker(): unknown {
  return runWorkQueue([CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue]);
}
