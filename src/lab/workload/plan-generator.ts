// A generator as the host plans it: who makes the files, what each requestor does, how all are told
// to stop, and what their results amount to.
// Guarantees: plain data and one shared word; nothing here runs kernel code.
import { addCounts, reportCounts } from './statistics.ts';
import { presets } from './presets.ts';
import { newStopBuffer, requestStop } from './stop-flag.ts';
import type { VolumeSpec, WorkloadSpec } from '../../machine/assignment.ts';
import type { ContentReport, OperationRow, StatusRow } from '../report/run-report.ts';
import type { GeneratorData, GeneratorResult } from './generator/data.ts';

export interface GeneratorOptions {
  readonly requestors: number;
  readonly seed: number;
  readonly fileSystem?: VolumeSpec['fileSystem'];
  /** The drive letter of the volume; C where none is said. */
  readonly letter?: string;
  /** Requests of all requestors together. */
  readonly operations?: number;
  readonly milliseconds?: number;
}

/** What the results of all requestors amount to. */
export interface GeneratorFigures {
  readonly operations: readonly OperationRow[];
  readonly statuses: readonly StatusRow[];
  readonly content: ContentReport;
  /** Statuses that the mix does not account for: each is a finding. */
  readonly unexpected: { readonly count: number; readonly examples: readonly string[] };
  /** Requests per second while the mixes ran. */
  readonly perSecond: number;
}

export interface GeneratorPlan {
  readonly volumes: readonly VolumeSpec[];
  /** Runs first, alone. */
  readonly preparation: readonly WorkloadSpec[];
  /** One per requestor. */
  readonly workloads: readonly WorkloadSpec[];
  /** Asks the requestors to end soon. */
  readonly requestStop: () => void;
  readonly figures: (results: readonly unknown[]) => GeneratorFigures;
}

const MAX_EXAMPLES = 5;

/** Requests of one requestor: an even part, the first ones one more where it does not divide. */
function partOf(operations: number, requestors: number, index: number): number {
  return Math.floor(operations / requestors) + (index < operations % requestors ? 1 : 0);
}

/**
 * Plans a generator.
 * @throws RangeError when there is no such preset.
 */
export function planGenerator(preset: string, options: GeneratorOptions): GeneratorPlan {
  if (presets[preset] === undefined) {
    throw new RangeError(`no preset is called ${preset}; there are ` +
      Object.keys(presets).join(', '));
  }
  const { requestors, seed, fileSystem = 'ramfs', letter = 'C', operations = 0 } = options;
  const stop = newStopBuffer();
  const dataOf = (index: number): GeneratorData => ({
    preset, seed, letter, fileSystem, requestors, isPrepared: true, stop,
    operations: operations > 0 ? Math.max(1, partOf(operations, requestors, index)) : 0,
    milliseconds: options.milliseconds ?? 0,
  });
  const spec = (routine: string, index: number): WorkloadSpec => ({
    module: new URL('./generator.js', import.meta.url).href, routine, data: dataOf(index),
  });
  return {
    volumes: [{ fileSystem, name: '\\Device\\HarddiskVolume1', letter }],
    preparation: [spec('prepareGenerator', 0)],
    workloads: Array.from({ length: requestors }, (_, index) => spec('generate', index)),
    requestStop: () => requestStop(stop),
    figures: (results) => figuresOf(results as GeneratorResult[]),
  };
}

function operationRows(results: readonly GeneratorResult[]): OperationRow[] {
  const reports = reportCounts(addCounts(results.map(({ counts }) => counts)));
  return Object.entries(reports).map(([major, { issued, completed, latency }]) => ({
    major, issued, completed, latencyUs: { p50: latency.p50 / 1000, p90: latency.p90 / 1000,
      p99: latency.p99 / 1000, max: latency.max / 1000 },
  }));
}

function statusRows(results: readonly GeneratorResult[]): StatusRow[] {
  const counts = new Map<string, number>();
  const reports = Object.values(reportCounts(addCounts(results.map((r) => r.counts))));
  for (const { statuses } of reports) {
    for (const [status, n] of Object.entries(statuses)) {
      counts.set(status, (counts.get(status) ?? 0) + n);
    }
  }
  return [...counts].map(([status, count]) => ({ status, count }))
    .toSorted((a, b) => b.count - a.count);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What the results of requestors amount to. */
export function figuresOf(results: readonly GeneratorResult[]): GeneratorFigures {
  const operations = operationRows(results);
  const slowest = Math.max(1, ...results.map(({ milliseconds }) => milliseconds));
  const contents = results.map(({ content }) => content);
  return {
    operations, statuses: statusRows(results),
    content: {
      bytesChecked: sum(contents.map((c) => c.bytesChecked)),
      readsChecked: sum(contents.map((c) => c.readsChecked)),
      errors: sum(contents.map((c) => c.errors)),
      examples: contents.flatMap((c) => c.examples).slice(0, MAX_EXAMPLES),
    },
    unexpected: {
      count: sum(results.map((r) => r.unexpected.count)),
      examples: results.flatMap((r) => r.unexpected.examples).slice(0, MAX_EXAMPLES),
    },
    perSecond: (sum(operations.map(({ completed }) => completed)) * 1000) / slowest,
  };
}
