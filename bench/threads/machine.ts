// A machine for a case with threads: it boots, its filters are loaded, every requestor plays the same
// steps, it shuts down. What they did becomes nanoseconds per operation of all requestors together.
import { Machine } from '../../src/machine/machine.ts';
import { newGate } from '../../src/lab/bench/steps.ts';
import { median, spread } from '../statistics.ts';
import type { ImageSpec } from '../../src/image/js-image.ts';
import type { MachineOptions } from '../../src/machine/machine.ts';
import type { Step, StepResult, StepsData } from '../../src/lab/bench/steps.ts';
import type { Figure } from '../case.ts';

const here = (file: string): string => new URL(file, import.meta.url).href;

/** So many filters that look at every operation and do nothing. */
export function benchFilters(count: number): ImageSpec[] {
  return Array.from({ length: count }, (_, i) => ({ name: `bench-${i}`,
    module: here(`../filter.js?copy=${10 + i}`), altitude: `3700${10 + i}` }));
}

/** Routines of benches that run in other threads of the machine; the last image, as no filter. */
export const routinesImage: ImageSpec =
  { name: 'bench-routines', module: here('./routines.js'), altitude: '370009' };

export interface Run {
  readonly options: MachineOptions;
  /** The module beside this one whose `play` the requestors run, without its ending. */
  readonly work: string;
  readonly steps: readonly Step[];
  readonly more?: unknown;
}

/** Runs the steps; what each requestor did. */
export async function runSteps(run: Run): Promise<StepResult[][]> {
  const { requestors = 1, images = [] } = run.options;
  const machine = await Machine.boot({ memoryBytes: 256 * 1024 * 1024, ...run.options });
  try {
    for (const [index, image] of images.entries()) {
      if (image !== routinesImage) await machine.load(index);
    }
    const told: StepsData = { gate: newGate(), steps: run.steps, more: run.more };
    const workload = { module: here(`./${run.work}.js`), routine: 'play', data: told };
    const reports = await machine.run(Array.from({ length: requestors }, () => workload));
    for (const index of [...images.keys()].toReversed()) {
      if (images[index] !== routinesImage) await machine.unload(index);
    }
    await machine.shutdown();
    return reports.map((report) => (report.result as { result: StepResult[] }).result);
  } finally {
    await machine.destroy();
  }
}

/** The steps for some rounds: each kind once per round, so that they take turns. */
export function inTurn(kinds: readonly Step[], rounds: number): Step[] {
  return Array.from({ length: rounds }, () => kinds).flat();
}

/** Nanoseconds per operation of all requestors together, for each round of a kind of step. */
export function nsPerRound(results: readonly StepResult[][], kind: Step): number[] {
  const own = results.map((list) =>
    list.filter(({ task, active }) => task === kind.task && active === kind.active));
  const rounds = own[0]?.length ?? 0;
  return Array.from({ length: rounds }, (_, round) => {
    const rate = own.reduce((sum, list) => {
      const one = list[round];
      return one === undefined ? sum : sum + one.operations / one.nanoseconds;
    }, 0);
    return 1 / rate;
  });
}

/** A figure of rounds; held against the same rounds of a yardstick where there is one. */
export function figureOf(
  name: string, task: string, ns: readonly number[],
  yardstick?: { readonly name: string; readonly ns: readonly number[] },
): Figure {
  const base = { case: name, task, ns: median(ns), spread: spread(ns), p99: Math.max(...ns),
    samples: ns.length, perSecond: Math.round(1e9 / median(ns)) };
  if (yardstick === undefined) return base;
  const ratios = ns.map((value, i) => value / (yardstick.ns[i] ?? median(yardstick.ns)));
  return { ...base, yardstick: yardstick.name, ratio: median(ratios), ratioSpread: spread(ratios) };
}
