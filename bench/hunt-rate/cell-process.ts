// A cell of three threads in a process of its own, and the host's side of it: so many schedules of
// a strategy are asked for, and what they took is told.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Cell } from '../../src/lab/hunt/cell.ts';
import type { CellOrders } from '../../src/atomics-sync/schedule/cell.ts';
import type { ChildProcess } from 'node:child_process';

export const THREADS = 3;
/** Schedules of one order at most. */
export const BATCH = 1000;

interface Order {
  readonly strategy: string;
  readonly seed: number;
  readonly schedules: number;
}

interface Answer {
  readonly schedules: number;
  /** What the processors spent. */
  readonly microseconds: number;
}

const here = fileURLToPath(import.meta.url);
const module = new URL('../../test/atomics-sync/schedule/words.js', import.meta.url).href;

/** What a cell is told to run. */
export function ordersOf(name: string, seed: number, budget: number): CellOrders {
  return {
    strategy: { name }, classes: false, expected: 0,
    settings: { seed, budget, stopOnFailure: false, timeouts: 'late' },
  };
}

/** A cell elsewhere. */
export class CellProcess {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;

  /** @param core where its threads are to stay. */
  constructor(core: number) {
    this.#process = fork(here, [String(core)]);
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      throw new Error(`the process of the cell ended (${signal ?? code})`);
    });
    this.#ended.catch(() => undefined);
  }

  /** Runs schedules; the first time the cell is started. */
  async run(order: Order): Promise<Answer> {
    this.#process.send(order);
    const [answer] = await Promise.race([
      once(this.#process, 'message') as Promise<[Answer]>, this.#ended]);
    return answer;
  }

  stop(): void {
    this.#process.disconnect();
  }
}

async function serve(core: number): Promise<void> {
  const cell = await Cell.start({ module, scenario: 'threeByTwenty', threads: THREADS, core,
    maxResults: BATCH });
  process.on('message', ({ strategy, seed, schedules }: Order) => {
    const used = process.cpuUsage();
    cell.begin(ordersOf(strategy, seed, schedules));
    const done = cell.end().results.length;
    const { user, system } = process.cpuUsage(used);
    process.send?.({ schedules: done, microseconds: user + system } satisfies Answer);
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === here) await serve(Number(process.argv[2]));
