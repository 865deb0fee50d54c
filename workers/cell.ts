// Where a thread of a cell begins: it settles its memory and its hand on the baton before anything
// that binds them is loaded, loads the scenario, says that it is there, and plays.
import { parentPort, workerData } from 'node:worker_threads';
import { settleBoot } from '../src/mem/birth.ts';
import { settleSchedule } from '../src/atomics-sync/schedule/policy.ts';
import type { BootOptions } from '../src/mem/boot-options.ts';
import type { Play } from '../src/atomics-sync/schedule/scenario.ts';

/** Told to a thread of a cell. */
export interface CellTold {
  readonly boot: BootOptions;
  /** File URL of the module of the scenario, and which of its exports it is. */
  readonly module: string;
  readonly scenario: string;
}

/** Said once, when the thread is there or cannot be. */
export type CellReady = { readonly ok: true } | { readonly ok: false; readonly message: string };

async function arrive(told: CellTold): Promise<() => void> {
  settleBoot(told.boot);
  const baton = told.boot.schedule && settleSchedule(told.boot.schedule);
  if (baton === undefined) throw new Error('a thread of a cell needs a controlled schedule');
  const { CellThread } = await import('../src/atomics-sync/schedule/cell.ts');
  await import('../src/atomics-sync/atomics.ts');
  const module = (await import(told.module)) as Record<string, Play | undefined>;
  const play = module[told.scenario];
  if (play === undefined) throw new Error(`${told.module} exports no ${told.scenario}`);
  const thread = new CellThread(baton, play);
  return () => thread.live();
}

const say = (ready: CellReady): void => parentPort?.postMessage(ready, []);
try {
  const live = await arrive(workerData as CellTold);
  say({ ok: true });
  live();
} catch (error) {
  say({ ok: false, message: (error as Error).stack ?? String(error) });
}
