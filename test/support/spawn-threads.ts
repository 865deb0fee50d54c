// Runs a routine on real worker threads that share the test thread's memory.
//
// A runner's timeout cannot stop a thread that sleeps in a wait. So the test thread never blocks,
// and a watchdog terminates the workers when a run takes too long and fails with where each was.
import { Worker } from 'node:worker_threads';
import { handOn } from '#src/atomics-sync/index.ts';
import { Places } from './thread.ts';
import type { Ended, Told } from './thread.ts';

/** What to run: an exported function of a built module (`#test/….ts`), on how many threads. */
export interface Job {
  readonly module: string;
  readonly routine: string;
  readonly threads: number;
  /** Given to every thread; plain data. */
  readonly args?: unknown;
  /** The watchdog's patience. */
  readonly boundMs?: number;
  /** Loads before a waiter sleeps; found from the number of threads if left out. */
  readonly spinLimit?: number;
}

/** Threads at work. */
export interface Running<T> {
  /** What each routine returned, by index; undefined for a thread that the test terminated. */
  readonly results: Promise<(T | undefined)[]>;
  /** Ends one thread as a crash would, wherever it is. */
  terminate(index: number): Promise<void>;
}

const BOUND_MS = 20_000;
const entry = new URL('./thread-entry.js', import.meta.url);

function startWorker(job: Job, index: number, places: SharedArrayBuffer): Worker {
  const { module, routine, threads, args } = job;
  const told: Told = { module, routine, index, threads, args, places };
  const spin = job.spinLimit === undefined ? {} : { spinLimit: job.spinLimit };
  const memory = handOn({ processor: index + 1, threads, ...spin });
  return new Worker(entry, { workerData: { ...memory, told }, execArgv: [] });
}

/** Starts the threads; the caller awaits `results`. */
export function startThreads<T>(job: Job): Running<T> {
  const places = new Places(job.threads);
  const indices = Array.from({ length: job.threads }, (_, index) => index);
  const workers = indices.map((index) => startWorker(job, index, places.buffer));
  const killed = new Set<number>();
  const where = (): string =>
    indices.map((index) => `\n  thread ${index}: ${places.read(index)}`).join('');

  const ends = workers.map(
    (worker, index) =>
      new Promise<T | undefined>((resolve, reject) => {
        worker.once('message', (ended: Ended) => {
          if (ended.ok) resolve(ended.value as T);
          else reject(new Error(`thread ${index} of ${job.routine} threw: ${ended.message}`));
        });
        worker.once('error', reject);
        worker.once('exit', () => {
          if (killed.has(index)) resolve(undefined);
          else reject(new Error(`thread ${index} of ${job.routine} died${where()}`));
        });
      }),
  );
  const bound = job.boundMs ?? BOUND_MS;
  let watchdog: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    watchdog = setTimeout(
      () => reject(new Error(`${job.routine} did not end within ${bound} ms:${where()}`)),
      bound,
    );
  });
  const finish = async (): Promise<(T | undefined)[]> => {
    try {
      return await Promise.race([Promise.all(ends), tooLong]);
    } finally {
      clearTimeout(watchdog);
      await Promise.all(workers.map(async (worker) => worker.terminate()));
    }
  };
  return {
    results: finish(),
    async terminate(index) {
      killed.add(index);
      await workers[index]?.terminate();
    },
  };
}

/** Runs the routine on all threads to its end, and gives what each returned. */
export async function spawnThreads<T = unknown>(job: Job): Promise<T[]> {
  return (await startThreads<T>(job).results) as T[];
}

/** Lets the event loop turn until something that threads do has come true. */
export async function until(what: string, isTrue: () => boolean, boundMs = 20_000): Promise<void> {
  let over = false;
  const timer = setTimeout(() => (over = true), boundMs);
  while (!isTrue()) {
    if (over) throw new Error(`${what}: did not come true within ${boundMs} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  clearTimeout(timer);
}
