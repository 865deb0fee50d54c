// The thread that runs the vectors of a file: it has a machine's memory to itself, so that the host
// survives whatever a vector does. It is told the vectors, and posts one result after the other.
import { Worker, parentPort, workerData } from 'node:worker_threads';
import { handOn } from '../../atomics-sync/index.ts';
import { judgeVector } from './judge.ts';
import type { Sleeper } from './judge.ts';
import type { SleepingCheck } from './sleeper-thread.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { Vector } from './vector.ts';

const sleeper: Sleeper = async (oplock, irp) => {
  const check: SleepingCheck = { oplock, irp };
  const worker = new Worker(new URL('./sleeper-thread.js', import.meta.url), {
    workerData: { ...handOn({ processor: 1, threads: 2 }), check }, execArgv: [],
  });
  try {
    return await new Promise<NTSTATUS>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread that slept in a check died')));
    });
  } finally {
    await worker.terminate();
  }
};

/** Says that the thread is ready: from now on each vector has its time. */
parentPort?.postMessage('ready');
for (const vector of (workerData as { vectors: readonly Vector[] }).vectors) {
  parentPort?.postMessage(await judgeVector(vector, sleeper));
}
