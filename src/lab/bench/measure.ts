// Measures stacks of filters, the host's side: a machine for each stack and turn, so that what
// disturbs the computer meets all stacks alike; what the requestors found becomes figures.
// Guarantees: every machine is shut down or destroyed; a filter that fails to load is an error.
import { build } from 'hdr-histogram-js';
import { Machine } from '../../machine/machine.ts';
import { newGate } from './steps.ts';
import { median } from './statistics.ts';
import { sampleShares, sumShares } from './shares.ts';
import { workKinds } from './types.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { CompletionPolicy } from '../../mem/boot-options.ts';
import type { Step, StepsData } from './steps.ts';
import type { ScalingFigure, StackFigure, TimeShares, WorkFigure, WorkKind } from './types.ts';
import type { WorkOptions, WorkResult } from './work.ts';

export interface Stack {
  readonly name: string;
  readonly images: readonly ImageSpec[];
}

export interface BenchOptions {
  readonly fileSystem: 'ramfs' | 'null-fs';
  readonly completion: CompletionPolicy;
  /** How many requestors read at once, in rising order; the first is 1. */
  readonly requestors: readonly number[];
  readonly rounds: number;
  /** Of one kind of work in one round. */
  readonly milliseconds: number;
  readonly latencies: number;
  readonly memoryBytes?: number;
}

interface Round {
  readonly results: readonly WorkResult[];
  readonly shares: TimeShares;
}

const PERCENTILES = [1, 10, 25, 50, 75, 90, 95, 99, 99.9];
const MAX_NS = 10_000_000_000;

/** Batches that make a requestor warm; fewer where a step is shorter than the usual ones. */
const USUAL_MS = 100;
const WARM_BATCHES = 100;

function stepsOf(options: BenchOptions): Step[] {
  const { milliseconds, requestors } = options;
  const warm = Math.round(WARM_BATCHES * Math.min(1, milliseconds / USUAL_MS));
  return [
    ...workKinds.map((task) => ({ task, active: 1, milliseconds, warm })),
    ...requestors.slice(1).map((active) => ({ task: 'read', active, milliseconds, warm })),
  ];
}

/** Boots a machine with a stack, lets the requestors work, and shuts it down. */
async function runStack(stack: Stack, options: BenchOptions): Promise<Round> {
  const count = Math.max(...options.requestors);
  const { fileSystem, completion } = options;
  const machine = await Machine.boot({ requestors: count, completion, images: stack.images,
    volumes: [{ fileSystem, name: '\\Device\\HarddiskVolume1', letter: 'C' }],
    ...(options.memoryBytes !== undefined && { memoryBytes: options.memoryBytes }) });
  try {
    for (const index of stack.images.keys()) await machine.load(index);
    const more: WorkOptions = { letter: 'C', latencies: options.latencies };
    const told: StepsData = { gate: newGate(), steps: stepsOf(options), more };
    const module = new URL('./work.js', import.meta.url).href;
    const sampling = sampleShares(machine.view);
    const reports = await machine.run(
      Array.from({ length: count }, () => ({ module, routine: 'benchWork', data: told })));
    const shares = sampling.end();
    for (const index of [...stack.images.keys()].toReversed()) await machine.unload(index, true);
    await machine.shutdown();
    return { shares,
      results: reports.map((report) => (report.result as { result: WorkResult }).result) };
  } finally {
    await machine.destroy();
  }
}

/** Nanoseconds per operation of one requestor that is alone, in the median batch. */
function aloneNs(round: Round, task: string): number {
  const steps = round.results[0]?.steps ?? [];
  return steps.find((one) => one.task === task && one.active === 1)?.medianNs ?? Number.NaN;
}

/** Nanoseconds per operation of all requestors together in the steps of one kind. */
function nsOf(round: Round, task: string, active: number): number {
  let rate = 0;
  for (const { steps } of round.results) {
    const step = steps.find((one) => one.task === task && one.active === active);
    if (step !== undefined) rate += step.operations / step.nanoseconds;
  }
  return 1 / rate;
}

function percentilesOf(latencies: readonly number[]): Record<string, number> {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: MAX_NS,
    numberOfSignificantValueDigits: 3 });
  for (const ns of latencies) histogram.recordValue(Math.min(MAX_NS, Math.max(1, ns)));
  return Object.fromEntries(
    PERCENTILES.map((percent) => [String(percent), histogram.getValueAtPercentile(percent)]));
}

function workFigure(kind: WorkKind, rounds: readonly Round[]): WorkFigure {
  const ns = rounds.map((round) => aloneNs(round, kind));
  const costs = rounds.flatMap((round) => round.results[0]?.costs[kind] ?? []);
  const heap = costs.flatMap(({ heapBytes }) => heapBytes ?? []);
  return {
    kind, ns: median(ns), rounds: ns,
    percentiles: percentilesOf(costs.flatMap(({ latencies }) => latencies)),
    poolAllocations: median(costs.map(({ poolAllocations }) => poolAllocations)),
    heapBytes: heap.length === 0 ? undefined : median(heap),
  };
}

function scalingFigures(rounds: readonly Round[], options: BenchOptions): ScalingFigure[] {
  return options.requestors.map((requestors) => ({ requestors,
    perSecond: 1e9 / median(rounds.map((round) => nsOf(round, 'read', requestors))) }));
}

/**
 * Measures stacks in turn, round after round.
 * @param told called before each machine, for progress.
 */
export async function measureStacks(
  stacks: readonly Stack[], options: BenchOptions, told: (what: string) => void,
): Promise<StackFigure[]> {
  const rounds = stacks.map((): Round[] => []);
  for (let round = 0; round < options.rounds; round++) {
    // The last first: with everything in it, it soonest shows a filter that does not load.
    for (const [i, stack] of [...stacks.entries()].toReversed()) {
      told(`round ${round + 1} of ${options.rounds}: ${stack.name}`);
      rounds[i]!.push(await runStack(stack, options));
    }
  }
  return stacks.map(({ name, images }, i) => ({
    name, filters: images.map((image) => image.name),
    work: workKinds.map((kind) => workFigure(kind, rounds[i]!)),
    scaling: scalingFigures(rounds[i]!, options),
    shares: sumShares(rounds[i]!.map(({ shares }) => shares)),
  }));
}
