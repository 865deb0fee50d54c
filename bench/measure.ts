// Measures the tasks of one case, round after round, with tinybench underneath (`runSync`: nothing
// here is asynchronous, and the timer around a call costs tens of nanoseconds, so a task does a
// batch of operations per call).
import { Bench } from 'tinybench';
import { median, spread } from './statistics.ts';
import type { BenchCase, Figure, Task } from './case.ts';

export interface Effort {
  readonly rounds: number;
  /** Milliseconds per task and round. */
  readonly time: number;
  readonly warmup: number;
}

/** So many calls make a task warm, however long they take, up to so many milliseconds. */
const WARM_CALLS = 2000;
const MOST_WARMUP = 3000;

export const usualEffort: Effort = { rounds: 9, time: 60, warmup: 250 };

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

function once(task: Task, time: number): Round {
  const bench = new Bench({ time, iterations: 5, warmup: false });
  bench.add(task.name, () => {
    task.run();
  });
  bench.runSync();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) {
    throw new Error(`${task.name} failed: ${String((result as { error?: unknown }).error)}`);
  }
  const perOperation = (ms: number): number => (ms * 1e6) / task.batch;
  const { p50, p99, samplesCount } = result.latency;
  return { p50: perOperation(p50), p99: perOperation(p99), samples: samplesCount };
}

/** Runs every task once and compares what it did with what it must do. */
export function checkOnce(name: string, tasks: readonly Task[]): void {
  for (const task of tasks) {
    const sum = task.run();
    if (sum !== task.checksum) {
      throw new Error(`${name}, ${task.name}: the work came to ${sum}, not to ${task.checksum}`);
    }
  }
}

/** Measures a case. The tasks take turns, so that a disturbance meets all of them. */
export function measure(name: string, benchCase: BenchCase, effort: Effort): Figure[] {
  const tasks = benchCase.tasks();
  checkOnce(name, tasks);
  for (const task of tasks) {
    const start = performance.now();
    // By calls too: on a busy machine time passes without any, and eight chains of eight filters
    // take a while to be compiled.
    for (let calls = 0; ; calls++) {
      const past = performance.now() - start;
      if (past >= effort.warmup && (calls >= WARM_CALLS || past >= MOST_WARMUP)) break;
      task.run();
    }
  }
  const rounds = new Map<string, Round[]>(tasks.map((task) => [task.name, []]));
  for (let i = 0; i < effort.rounds; i++) {
    for (const task of tasks) rounds.get(task.name)?.push(once(task, effort.time));
  }
  return tasks.map((task) => figure(name, task, rounds));
}

function figure(name: string, task: Task, rounds: ReadonlyMap<string, Round[]>): Figure {
  const own = rounds.get(task.name) ?? [];
  const ns = own.map(({ p50 }) => p50);
  const base = {
    case: name, task: task.name, ns: median(ns), spread: spread(ns),
    p99: median(own.map(({ p99 }) => p99)),
    samples: own.reduce((sum, { samples }) => sum + samples, 0),
  };
  if (task.yardstick === undefined) return base;
  const other = rounds.get(task.yardstick);
  if (other === undefined) throw new Error(`${name}: there is no task ${task.yardstick}`);
  const ratios = ns.map((value, i) => value / (other[i]?.p50 ?? NaN));
  return { ...base, yardstick: task.yardstick, ratio: median(ratios),
    ratioSpread: spread(ratios) };
}
