// Whole topologies for benches: a machine with real threads, a preset, filters that are with
// it; what it did in a second. Progress goes nowhere: a bench prints figures only.
import { Progress } from '../src/lab/report/progress.ts';
import { runSession } from '../src/lab/session/session.ts';
import { Stop } from '../src/lab/session/stop.ts';
import { planGenerator } from '../src/lab/workload/plan-generator.ts';
import { median, spread } from './statistics.ts';
import type { ImageSpec } from '../src/image/js-image.ts';
import type { RunReport } from '../src/lab/report/run-report.ts';
import type { Figure } from './case.ts';

/** A machine and its load. */
export interface Topology {
  readonly requestors: number;
  readonly filters: number;
  readonly fileSystem: 'null-fs' | 'ramfs';
  readonly completion: string;
  readonly preset: string;
  readonly systemWorkers?: number;
  readonly verifier?: boolean;
}

const MEMORY = 512 * 1024 * 1024;
const SEED = 1;
const silent = new Progress({ write: () => true });

function images(count: number): ImageSpec[] {
  return Array.from({ length: count }, (_, i) => {
    const file = new URL(`./filter.js?copy=${10 + i}`, import.meta.url).href;
    return { name: `bench-${i}`, module: file, altitude: `3700${10 + i}` };
  });
}

/** Runs a topology for some seconds, or for so many operations. */
export async function runTopology(
  t: Topology, bound: { readonly seconds?: number; readonly operations?: number },
): Promise<RunReport> {
  const { requestors, fileSystem, preset, completion } = t;
  const plan = planGenerator(preset, { requestors, seed: SEED, fileSystem,
    ...(bound.operations !== undefined && { operations: bound.operations }),
    ...(bound.seconds !== undefined && { milliseconds: bound.seconds * 1000 }) });
  const settings = {
    workload: `preset ${preset}`, fileSystem, requestors, completion, seed: SEED,
    systemWorkers: t.systemWorkers ?? 1, storageThreads: 1, memoryBytes: MEMORY,
    verifier: t.verifier ?? false,
  };
  const report = await runSession({ settings, images: images(t.filters), ...plan },
    { progress: silent, stop: new Stop(), watchdogSeconds: 20 });
  if (report.findings.length > 0) {
    throw new Error(`${preset} on ${fileSystem}: ${report.findings[0]!.text}`);
  }
  return report;
}

/** The name of a topology in a table. */
export function topologyName(t: Topology): string {
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `${t.preset} on ${t.fileSystem}, ${many(t.filters, 'filter')}, ${many(t.requestors, 'requestor')}, ` +
    `${t.completion}${t.verifier === true ? ', verifier' : ''}`;
}

/** Measures topologies in turn, round after round; the first is what the others are held against. */
export async function measureTopologies(
  name: string, list: readonly Topology[], rounds: number, seconds: number,
): Promise<Figure[]> {
  const ns = list.map((): number[] => []);
  const p99 = list.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, t] of list.entries()) {
      const report = await runTopology(t, { seconds });
      ns[i]!.push(1e9 / report.perSecond);
      p99[i]!.push(1000 * Math.max(...report.operations.map((o) => o.latencyUs?.p99 ?? 0)));
    }
  }
  return list.map((t, i) => {
    const ratios = ns[i]!.map((value, round) => value / ns[0]![round]!);
    return { case: name, task: topologyName(t), ns: median(ns[i]!), spread: spread(ns[i]!),
      p99: median(p99[i]!), samples: rounds, perSecond: Math.round(1e9 / median(ns[i]!)),
      ...(i > 0 && { yardstick: topologyName(list[0]!), ratio: median(ratios),
        ratioSpread: spread(ratios) }) };
  });
}

/** In tiny size: the first topology does a few operations, none lost. */
export async function checkTopologies(list: readonly Topology[]): Promise<void> {
  for (const t of list.slice(0, 1)) {
    const report = await runTopology(t, { operations: 200 });
    if (report.completed !== report.issued || report.completed < 200) {
      throw new Error(`${topologyName(t)}: ${report.issued} issued, ${report.completed} came back`);
    }
  }
}
