// Thread pools of other packages, each made for one case: an empty function, run on a worker thread,
// answered to the event loop. `lanes` keeps so many of its promises in flight.
import { Worker } from 'node:worker_threads';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import workerpool from 'workerpool';
import { FixedThreadPool } from 'poolifier';

export interface Pool {
  readonly name: string;
  /** Runs the empty function once. */
  readonly run: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

const url = (file: string): string => new URL(`./${file}.js`, import.meta.url).href;
const path = (file: string): string => fileURLToPath(url(file));

function piscina(name: string, threads: number, concurrent: number): Pool {
  const pool = new Piscina({ filename: url('pool-worker'), minThreads: threads,
    maxThreads: threads, concurrentTasksPerWorker: concurrent });
  return { name, run: async () => pool.run(0), end: async () => pool.destroy() };
}

function tinypool(name: string, threads: number, concurrent: number): Pool {
  const pool = new Tinypool({ filename: url('pool-worker'), minThreads: threads,
    maxThreads: threads, concurrentTasksPerWorker: concurrent });
  return { name, run: async () => pool.run(0) as Promise<unknown>, end: async () => pool.destroy() };
}

function workerPool(name: string, threads: number, concurrent: number): Pool {
  const pool = workerpool.pool(path('workerpool-worker'), { workerType: 'thread',
    minWorkers: threads, maxWorkers: threads });
  void concurrent;
  return { name, run: async () => pool.exec('nothing', []), end: async () => pool.terminate() };
}

function poolifier(name: string, threads: number, concurrent: number): Pool {
  const pool = new FixedThreadPool(threads, path('poolifier-worker'), {
    enableTasksQueue: concurrent > 1,
    ...(concurrent > 1 && { tasksQueueOptions: { concurrency: concurrent } }),
  });
  return { name, run: async () => pool.execute(), end: async () => pool.destroy() };
}

/** No pool: one worker, a message there and one back. */
function messages(name: string): Pool {
  const worker = new Worker(path('message-worker'));
  const waiting: (() => void)[] = [];
  worker.on('message', () => waiting.shift()?.());
  return {
    name,
    run: async () => new Promise<void>((resolve) => {
      waiting.push(resolve);
      worker.postMessage(0);
    }),
    end: async () => worker.terminate(),
  };
}

/** Each pool at the settings that suit so many tasks in flight; made when it is its turn. */
export function poolsFor(inFlight: number): (() => Pool)[] {
  const kinds = { piscina, tinypool, workerpool: workerPool, poolifier };
  const made = Object.entries(kinds).flatMap(([name, make]) => {
    if (inFlight === 1) return [() => make(name, 1, 1)];
    const names = [`${name}, 1 thread, ${inFlight} a thread`, `${name}, 2 threads, ${inFlight} a thread`];
    return names.map((one, i) => () => make(one, i + 1, inFlight));
  });
  return [...made, () => messages('bare postMessage')];
}

/** A pool has so long to end (ms). */
const END_MS = 1000;

/** Ends a pool, but waits no longer than that: poolifier's destroy is not always told of its end. */
export async function endPool(pool: Pick<Pool, 'end'>, milliseconds = END_MS): Promise<void> {
  const patience = new AbortController();
  await Promise.race([pool.end(), delay(milliseconds, undefined, { signal: patience.signal })]);
  patience.abort();
}

/** Nanoseconds per task with so many in flight, round after round. */
export async function measurePool(
  pool: Pool, inFlight: number, rounds: number, milliseconds: number,
): Promise<number[]> {
  const ns: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    const end = start + milliseconds;
    let done = 0;
    const lane = async (): Promise<void> => {
      do {
        await pool.run();
        done++;
      } while (performance.now() < end);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    // The first round is for the optimiser.
    if (round >= 0) ns.push(((performance.now() - start) * 1e6) / done);
  }
  return ns;
}
