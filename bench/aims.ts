// The aims of the bench, as a table: which figure of which case is held against what. A row whose
// figure is missing is missed. Rows without an aim are printed only.
import { TOO_FEW } from './baseline.ts';
import type { Figure } from './case.ts';

export interface Aim {
  /** What is aimed at, in words. */
  readonly what: string;
  readonly yardstick: string;
  readonly aim: string;
  readonly case: string;
  /** The number that is judged; undefined when a figure is missing. */
  readonly value: (figures: readonly Figure[]) => number | undefined;
  /** Nothing where the row is only printed. */
  readonly reached?: (value: number) => boolean;
  readonly unit: 'x' | 'bytes' | 'a second';
  /** The figure whose absolute numbers are shown. */
  readonly task: (figures: readonly Figure[]) => Figure | undefined;
  /** Whether the row needs two cores that nobody else uses. */
  readonly needsQuiet?: boolean;
}

type Figures = readonly Figure[];

const named = (task: string) => (figures: Figures): Figure | undefined =>
  figures.find((figure) => figure.task === task);

const ratioOf = (task: string) => (figures: Figures): number | undefined =>
  named(task)(figures)?.ratio;

const rateOf = (task: string) => (figures: Figures): number | undefined =>
  named(task)(figures)?.perSecond;

const atMost = (limit: number) => (value: number): boolean => value <= limit;
const atLeast = (limit: number) => (value: number): boolean => value >= limit;

/** How many times slower the fastest of the pools is than a work item. */
function bestPool(inFlight: number): (figures: Figures) => number | undefined {
  return (figures) => {
    const pools = figures.filter(({ task }) =>
      task.endsWith(`, ${inFlight} in flight`) && !/^(work item|bare postMessage)/.test(task));
    if (pools.length === 0) return undefined;
    return Math.min(...pools.map(({ ratio }) => ratio ?? NaN));
  };
}

/** The throughput of a figure over that of its yardstick. */
const speedup = (task: string) => (figures: Figures): number | undefined => {
  const ratio = ratioOf(task)(figures);
  return ratio === undefined ? undefined : 1 / ratio;
};

export const aims: readonly Aim[] = [
  {
    what: 'one operation, 3 filters with pre and post, null-fs', yardstick: 'by hand',
    aim: '<= 3x', case: 'micro/callback-walk-3', value: ratioOf('3 filters'),
    task: named('3 filters'), reached: atMost(3), unit: 'x',
  },
  {
    what: 'the same, 8 majors mixed, 8 filters', yardstick: 'by hand', aim: '<= 4x',
    case: 'micro/callback-walk-mixed', value: ratioOf('8 filters'), task: named('8 filters'),
    reached: atMost(4), unit: 'x',
  },
  {
    what: '4 KiB cached read, 3 filters, ramfs', yardstick: 'the copy and the first case',
    aim: '<= 2x', case: 'micro/cached-read', value: ratioOf('IRP, 3 filters, ramfs'),
    task: named('IRP, 3 filters, ramfs'), reached: atMost(2), unit: 'x',
  },
  {
    what: 'callback walk, 8 filters', yardstick: 'tapable hooks doing the same', aim: '< 1x',
    case: 'peers/callback-walk', value: ratioOf('Filter Manager'),
    task: named('Filter Manager'), reached: (value) => value < 1, unit: 'x',
  },
  {
    what: 'work item, one in flight', yardstick: 'piscina.run takes', aim: '>= 50x longer',
    case: 'peers/work-item', value: ratioOf('piscina, 1 in flight'),
    task: named('work item, 1 in flight'), reached: atLeast(50), unit: 'x', needsQuiet: true,
  },
  {
    what: 'work item, 64 in flight', yardstick: 'the best pool takes', aim: '>= 30x longer',
    case: 'peers/work-item', value: bestPool(64), task: named('work item, 64 in flight'),
    reached: atLeast(30), unit: 'x', needsQuiet: true,
  },
  {
    what: 'completion on another thread, one in flight', yardstick: 'bare ping-pong',
    aim: '<= 4x', case: 'throughput/other-thread', value: ratioOf('one request in flight'),
    task: named('one request in flight'), reached: atMost(4), unit: 'x', needsQuiet: true,
  },
  {
    what: '2 requestors, distinct files', yardstick: '1 requestor', aim: '>= 1.8x as many',
    case: 'throughput/distinct-files', value: speedup('2 requestors'),
    task: named('2 requestors'), reached: atLeast(1.8), unit: 'x', needsQuiet: true,
  },
  {
    what: '8 requestors on 2 cores', yardstick: '2 requestors', aim: '>= 0.8x as many',
    case: 'throughput/distinct-files', value: speedup('8 requestors'),
    task: named('8 requestors'), reached: atLeast(0.8), unit: 'x', needsQuiet: true,
  },
  {
    what: 'p99 latency, hostile completion, half of the peak', yardstick: 'p50', aim: 'printed',
    case: 'throughput/hostile-latency', value: ratioOf('p99'), task: named('p99'), unit: 'x',
  },
  {
    what: 'heap per operation, 10 million operations', yardstick: '-', aim: '0 bytes',
    case: 'micro/heap', unit: 'bytes', reached: (value) => value < 0.05,
    value: (figures) => named('one operation, 3 filters')(figures)?.bytesPerOperation,
    task: named('one operation, 3 filters'),
  },
  {
    what: 'schedules of 3 threads x 20 steps, random walk, 2 cells', yardstick: '-',
    aim: '>= 6,000/s', case: 'hunt-rate/three-by-twenty', unit: 'a second', needsQuiet: true,
    value: rateOf('random walk, 2 cells at once'), task: named('random walk, 2 cells at once'),
    reached: atLeast(6000),
  },
  {
    what: 'the same, PCT-3', yardstick: '-', aim: '>= 60,000/s', needsQuiet: true,
    case: 'hunt-rate/three-by-twenty', unit: 'a second', value: rateOf('pct:3, 2 cells at once'),
    task: named('pct:3, 2 cells at once'), reached: atLeast(60_000),
  },
  {
    what: 'verifier on', yardstick: 'off', aim: '<= 8x', case: 'throughput/verifier', unit: 'x',
    value: (figures) => figures[1]?.ratio, task: (figures) => figures[1], reached: atMost(8),
  },
];

/** What a row came to. */
export interface Outcome {
  readonly aim: Aim;
  readonly value: number | undefined;
  /** Undefined where the row is printed only. */
  readonly reached: boolean | undefined;
  readonly figure: Figure | undefined;
  /** Why there is no figure. */
  readonly problem?: string;
}

/** Rounds of which half lie further apart than this claim nothing about threads. */
export const TOO_NOISY = 1;

/** Judges a row by the figures of its case. */
export function judge(aim: Aim, figures: readonly Figure[], problem?: string): Outcome {
  const value = aim.value(figures);
  const figure = aim.task(figures);
  const isNoisy = aim.needsQuiet === true && (figure?.ratioSpread ?? figure?.spread ?? 0) > TOO_NOISY;
  const isFew = figure !== undefined && figure.samples < TOO_FEW;
  const isNumber = value !== undefined && Number.isFinite(value) && !isNoisy && !isFew;
  return { aim, value, figure,
    reached: aim.reached === undefined ? undefined : isNumber && aim.reached(value),
    ...(isFew && { problem: `${aim.what}: ${figure.samples} samples are too few for a claim` }),
    ...(problem !== undefined && { problem }) };
}

/** The last line of the table. */
export function verdictOf(outcomes: readonly Outcome[]): { text: string; isMissed: boolean } {
  const judged = outcomes.filter(({ reached }) => reached !== undefined);
  const reached = judged.filter((outcome) => outcome.reached === true);
  return { text: `aims: ${reached.length} of ${judged.length}`,
    isMissed: reached.length < judged.length };
}
