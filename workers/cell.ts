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
  /** Given to the export when it is a function that makes the play. */
  readonly data?: unknown;
}

/** Said once, when the thread is there or cannot be. */
export type CellReady =
  | { readonly ok: true; readonly routines: readonly (readonly [number, string])[] }
  | { readonly ok: false; readonly message: string };

type Made = Play | ((data: unknown) => Promise<Play>) | undefined;

async function arrive(told: CellTold): Promise<{ play: Play; live: () => void }> {
  settleBoot(told.boot);
  const baton = told.boot.schedule && settleSchedule(told.boot.schedule);
  if (baton === undefined) throw new Error('a thread of a cell needs a controlled schedule');
  const { CellThread } = await import('../src/atomics-sync/schedule/cell.ts');
  await import('../src/atomics-sync/atomics.ts');
  const module = (await import(told.module)) as Record<string, Made>;
  const made = module[told.scenario];
  const play = typeof made === 'function' ? await made(told.data) : made;
  if (play === undefined) throw new Error(`${told.module} exports no ${told.scenario}`);
  const thread = new CellThread(baton, play);
  return { play, live: () => thread.live() };
}

const say = (ready: CellReady): void => parentPort?.postMessage(ready, []);
try {
  const { play, live } = await arrive(workerData as CellTold);
  say({ ok: true, routines: play.routines?.() ?? [] });
  live();
} catch (error) {
  say({ ok: false, message: (error as Error).stack ?? String(error) });
}
