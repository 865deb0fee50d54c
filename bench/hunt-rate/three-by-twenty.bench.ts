// Schedules per second, the reset between two of them included: three threads with twenty steps
// each, switched at every step by a random walk, and at two steps of sixty by PCT-3. Real threads run
// in one cell per core, as a hunt does; coroutines in this thread. 1e9 / ns is the rate.
import { availableParallelism } from 'node:os';
import { Cell } from '../../src/lab/hunt/cell.ts';
import { Board } from '../../src/atomics-sync/schedule/board.ts';
import { closeSchedule, openRun, openSchedule } from '../../src/atomics-sync/schedule/campaign.ts';
import { Core } from '../../src/atomics-sync/schedule/core.ts';
import { Coroutines } from '../../src/atomics-sync/schedule/coroutines.ts';
import { makeStrategy } from '../../src/atomics-sync/schedule/strategies/make.ts';
import type { BenchCase, Task } from '../case.ts';
import type { Body } from '../../src/atomics-sync/schedule/coroutines.ts';
import type { CellOrders } from '../../src/atomics-sync/schedule/cell.ts';

const THREADS = 3;
const STEPS = 20;
/** Schedules per cell and call. */
const BATCH = 200;

const cores = Math.min(2, availableParallelism());
const module = new URL('../../test/atomics-sync/schedule/words.js', import.meta.url).href;
const cells: Cell[] = [];
for (let core = 0; core < cores; core++) {
  cells.push(await Cell.start({ module, scenario: 'threeByTwenty', threads: THREADS, core }));
}

function orders(name: string, seed: number): CellOrders {
  return {
    strategy: { name }, classes: false, expected: 0,
    settings: { seed, budget: BATCH, stopOnFailure: false, timeouts: 'late' },
  };
}

function onThreads(name: string, strategy: string): Task {
  const run = (): number => {
    cells.forEach((cell, i) => cell.begin(orders(strategy, i)));
    return cells.reduce((sum, cell) => sum + cell.end().results.length, 0);
  };
  return { name, batch: BATCH * cores, run, checksum: BATCH * cores };
}

function* twenty(ops: Coroutines, me: number): Body {
  for (let i = 0; i < STEPS; i++) yield* ops.add(4 + 4 * ((i + me) & 3), 1);
}

function inOneThread(name: string, strategyName: string): Task {
  const board = Board.create({ threads: THREADS });
  const strategy = makeStrategy({ name: strategyName }, board);
  const words = new Int32Array(8);
  const core = new Core(board, strategy);
  const engine = new Coroutines(core, words);
  const bodies = Array.from({ length: THREADS }, () => twenty);
  const run = (): number => {
    openRun(board, strategy, orders(strategyName, 1).settings);
    let done = 0;
    while (openSchedule(board, strategy)) {
      words.fill(0);
      engine.run(bodies);
      closeSchedule(board, strategy);
      done++;
    }
    return done;
  };
  return { name, batch: BATCH, run, checksum: BATCH };
}

export default {
  title: `one schedule of 3 threads x 20 steps, on ${cores} cores`,
  tasks: () => [
    onThreads('random walk, real threads', 'random'),
    onThreads('pct:3, real threads', 'pct:3'),
    onThreads('round robin, real threads', 'pct:1'),
    inOneThread('random walk, coroutines', 'random'),
    inOneThread('pct:3, coroutines', 'pct:3'),
  ],
} satisfies BenchCase;
