// Hunts one program: schedules until its bug shows, for several seeds; and what one passing schedule
// says of deadlocks. A failure that is not the bug of the program is a defect of this benchmark, and
// thrown.
import { Cell } from '#src/lab/hunt/cell.ts';
import { lockRings, lockSteps } from '#src/lab/hunt/lock-order.ts';
import type { Outcome } from '#src/lab/hunt/outcome.ts';
import type { CellOrders } from '#src/atomics-sync/schedule/cell.ts';
import type { Program } from './catalogue.ts';

/** What a series of hunts with one strategy gave. */
export interface Series {
  /** Schedules up to the first that failed, for each seed that found it. */
  readonly found: readonly number[];
  readonly tried: number;
  /** The time ended before the seeds or the schedules did. */
  readonly isCut: boolean;
}

export interface SeriesOptions {
  readonly seeds: number;
  /** Schedules of one hunt. */
  readonly limit: number;
  readonly milliseconds: number;
  /** Hunts in a row without the bug after which the series ends. */
  readonly misses: number;
}

/** Strategies that do the same whatever the seed. */
const isSystematic = (strategy: string): boolean => /^(delay|preemption|dfs|dpor)/.test(strategy);

const STEPS = 4096;

/** Starts the threads of a program. */
export async function startProgram(program: Program, limit: number, core?: number): Promise<Cell> {
  const { module, scenario, play } = program;
  return Cell.start({
    module, scenario, threads: play.threads, maxResults: limit, maxSteps: STEPS,
    patienceMs: 60_000, ...(core !== undefined && { core }),
  });
}

function orders(name: string, seed: number, budget: number): CellOrders {
  const settings = { seed, budget, stopOnFailure: true, timeouts: 'late' } as const;
  return { strategy: { name }, settings, classes: false, expected: 0 };
}

function checkBug({ row, bug }: Program, { failure, text }: Outcome): void {
  const isBug = bug === 'deadlock' ? failure === 'deadlock'
    : bug === 'claim' ? text.startsWith('broken: ') : text.startsWith('OwnershipError: ');
  if (!isBug) throw new Error(`${row} failed, but not by its bug: ${failure}: ${text}`);
}

/** Hunts the program with a strategy, seed after seed. */
export async function series(
  cell: Cell, program: Program, strategy: string, options: SeriesOptions,
): Promise<Series> {
  const found: number[] = [];
  const end = performance.now() + options.milliseconds;
  let tried = 0;
  let misses = 0;
  const seeds = isSystematic(strategy) ? 1 : options.seeds;
  for (; tried < seeds && misses < options.misses && performance.now() < end; tried++) {
    const timer = setTimeout(() => cell.pause(), Math.max(1, end - performance.now()));
    const { failures, last, results } =
      await cell.run(orders(strategy, tried + 1, options.limit));
    clearTimeout(timer);
    if (failures === 0) misses++;
    else {
      misses = 0;
      checkBug(program, last);
      found.push(results.length);
    }
  }
  return { found, tried, isCut: performance.now() >= end };
}

/** Deadlocks that a schedule without one shows: how many rings; undefined when none passes. */
export async function predicted(cell: Cell, program: Program): Promise<number | undefined> {
  const { failures, last } = await cell.run(orders('round-robin', 1, 1));
  if (failures > 0) return undefined;
  const isLock = (address: number): boolean =>
    (program.locks ?? []).includes(program.play.label(address).replace(/\[.*/, ''));
  return lockRings(lockSteps(last.events, isLock)).length;
}

/** The number in the middle. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
