// The thread in which a check sleeps: it shares the memory of the thread that runs the vector,
// makes one check without a wait routine, and posts the status that came back.
import { parentPort, workerData } from 'node:worker_threads';
import { FsRtlCheckOplock } from '../../ntos/fsrtl/oplock/oplock.ts';
import './run.ts';
import type { PIRP } from '../../ntos/io/types.ts';

/** What the thread is told beside its memory. */
export interface SleepingCheck {
  readonly oplock: number;
  readonly irp: number;
}

const { oplock, irp } = (workerData as { check: SleepingCheck }).check;
parentPort?.postMessage(FsRtlCheckOplock(oplock, irp as PIRP, 0, 0, 0));
