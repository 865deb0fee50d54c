// Schedules per second, the reset between two of them included: three threads with twenty steps
// each, switched at every step by a random walk, and at two steps of sixty by PCT-3. Real threads in
// one cell, and in one cell per core at once, each in a process of its own, as a hunt runs them;
// coroutines in this thread.
//
// Each row of real threads has a second one, "processor time": what the processors spent on a
// schedule, whoever else they worked for meanwhile. Its op/s is what cores with nothing else to do
// would come to.
import { availableParallelism } from 'node:os';
import { Board } from '../../src/atomics-sync/schedule/board.ts';
import { closeSchedule, openRun, openSchedule } from '../../src/atomics-sync/schedule/campaign.ts';
import { Core } from '../../src/atomics-sync/schedule/core.ts';
import { Coroutines } from '../../src/atomics-sync/schedule/coroutines.ts';
import { makeStrategy } from '../../src/atomics-sync/schedule/strategies/make.ts';
import { BATCH, CellProcess, THREADS, ordersOf } from './cell-process.ts';
import { median, spread } from '../statistics.ts';
import type { Figure, TopologyCase } from '../case.ts';
import type { Body } from '../../src/atomics-sync/schedule/coroutines.ts';

const STEPS = 20;
const ROUNDS = 9;
/** The last is as few switches as there can be. */
const strategies = { 'random walk': 'random', 'pct:3': 'pct:3', 'run to completion': 'pct:1' };
const cores = Math.min(2, availableParallelism());

/** One measurement: nanoseconds per schedule. */
interface Sample {
  readonly wall: number;
  readonly processor: number;
}

/** Runs so many schedules in each cell at once. */
async function sample(
  cells: readonly CellProcess[], strategy: string, batch: number,
): Promise<Sample> {
  const began = performance.now();
  const all = await Promise.all(cells.map(async (cell, seed) =>
    cell.run({ strategy, seed, schedules: batch })));
  const wall = performance.now() - began;
  const done = all.reduce((sum, { schedules }) => sum + schedules, 0);
  if (done !== batch * cells.length) throw new Error(`${done} schedules of ${strategy} were run`);
  const spent = all.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return { wall: (wall * 1e6) / done, processor: (spent * 1000) / done };
}

function* twenty(ops: Coroutines, me: number): Body {
  for (let i = 0; i < STEPS; i++) yield* ops.add(4 + 4 * ((i + me) & 3), 1);
}

/** The same as coroutines of this thread. */
function inOneThread(strategyName: string, batch: number): () => Sample {
  const board = Board.create({ threads: THREADS, maxResults: batch });
  const strategy = makeStrategy({ name: strategyName }, board);
  const words = new Int32Array(8);
  const engine = new Coroutines(new Core(board, strategy), words);
  const bodies = Array.from({ length: THREADS }, () => twenty);
  return () => {
    const began = performance.now();
    openRun(board, strategy, ordersOf(strategyName, 1, batch).settings);
    for (; openSchedule(board, strategy); closeSchedule(board, strategy)) {
      words.fill(0);
      engine.run(bodies);
    }
    const wall = ((performance.now() - began) * 1e6) / batch;
    return { wall, processor: wall };
  };
}

function row(name: string, task: string, ns: readonly number[], lanes: number): Figure {
  const middle = median(ns);
  return { case: name, task, ns: middle, spread: spread(ns), p99: Math.max(...ns),
    samples: ns.length, perSecond: Math.round((lanes * 1e9) / middle) };
}

async function startCells(): Promise<CellProcess[]> {
  const cells = Array.from({ length: cores }, (_, core) => new CellProcess(core));
  for (const cell of cells) await cell.run({ strategy: 'random', seed: 0, schedules: 5 });
  return cells;
}

async function figures(name: string): Promise<Figure[]> {
  const cells = await startCells();
  const lanes = [...new Set([1, cores])];
  const taken = new Map<string, { lanes: number; samples: Sample[] }>();
  const coroutines = Object.entries(strategies).slice(0, 2)
    .map(([what, strategy]) => [`${what}, coroutines`, inOneThread(strategy, BATCH)] as const);
  // Rounds take turns, so that a disturbance meets all of them; the first only warms up.
  const keep = (task: string, count: number, one: Sample, round: number): void => {
    const series = taken.get(task) ?? { lanes: count, samples: [] };
    if (round > 0) series.samples.push(one);
    taken.set(task, series);
  };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [what, strategy] of Object.entries(strategies)) {
      for (const count of lanes) {
        const task = `${what}, ${count === 1 ? 'one cell' : `${count} cells at once`}`;
        keep(task, count, await sample(cells.slice(0, count), strategy, BATCH), round);
      }
    }
    for (const [task, run] of coroutines) keep(task, 1, run(), round);
  }
  for (const cell of cells) cell.stop();
  return [...taken].flatMap(([task, { lanes: count, samples }]) => {
    // Wall time is of all cells together already.
    const rows = [row(name, task, samples.map(({ wall }) => wall), 1)];
    if (task.endsWith('coroutines')) return rows;
    const spent = samples.map(({ processor }) => processor);
    return [...rows, row(name, `${task}, processor time`, spent, count)];
  });
}

async function check(): Promise<void> {
  const cells = await startCells();
  for (const strategy of Object.values(strategies)) await sample(cells, strategy, 5);
  for (const cell of cells) cell.stop();
  if (!(inOneThread('random', 5)().wall > 0)) throw new Error('no schedule was run');
}

export default {
  title: `one schedule of 3 threads x 20 steps, in one cell and on ${cores} cores`, figures, check,
} satisfies TopologyCase;
