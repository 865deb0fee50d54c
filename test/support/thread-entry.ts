// Where a worker thread of a test begins: it loads the named module, which binds the memory that
// was handed on, runs the named routine, and posts what it returned or threw.
import { parentPort, workerData } from 'node:worker_threads';
import { Places } from './thread.ts';
import type { Ended, Thread, Told } from './thread.ts';

type Routine = (thread: Thread) => unknown;

async function run(told: Told): Promise<Ended> {
  const at = new Places(told.places).writer(told.index);
  try {
    at('load');
    const loaded = (await import(told.module)) as Record<string, Routine | undefined>;
    const routine = loaded[told.routine];
    if (routine === undefined) throw new Error(`${told.module} exports no ${told.routine}`);
    at('begin');
    const { index, threads, args } = told;
    return { ok: true, value: await routine({ index, threads, owner: index + 1, args, at }) };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, message };
  }
}

const ended = await run((workerData as { told: Told }).told);
parentPort?.postMessage(ended, []);
