// Latency under hostile completion at half of the peak rate: what a request has to wait when another
// before it was completed late. Percentiles of an HDR histogram, counted from when each request was
// due (corrected for coordinated omission), and for comparison from when it was issued.
//
//   requestor --non-cached 4 KiB reads, one every 2/peak--> 1 filter --> ramfs --> hostile storage
import { Machine } from '../../src/machine/machine.ts';
import { benchFilters } from '../threads/machine.ts';
import { median, spread } from '../statistics.ts';
import type { Figure, TopologyCase } from '../case.ts';
import type { LatencyData, LatencyRound } from '../threads/latency.ts';

async function rounds(told: LatencyData, filters: number): Promise<LatencyRound[]> {
  const machine =
    await Machine.boot({ completion: 'hostile', images: benchFilters(filters), requestors: 1 });
  try {
    for (let i = 0; i < filters; i++) await machine.load(i);
    const module = new URL('../threads/latency.js', import.meta.url).href;
    const [report] = await machine.run([{ module, routine: 'play', data: told }]);
    for (let i = 0; i < filters; i++) await machine.unload(i);
    await machine.shutdown();
    return (report!.result as { result: LatencyRound[] }).result;
  } finally {
    await machine.destroy();
  }
}

async function figures(name: string): Promise<Figure[]> {
  const all = await rounds({ rounds: 5, milliseconds: 600, share: 0.5 }, 1);
  const us = (pick: (round: LatencyRound) => number): number[] =>
    all.map((round) => pick(round) * 1000);
  const row = (task: string, ns: number[], to?: { name: string; ns: number[] }): Figure => {
    const base = { case: name, task, ns: median(ns), spread: spread(ns), p99: Math.max(...ns),
      samples: all.reduce((sum, round) => sum + round.operations, 0) };
    if (to === undefined) return base;
    const ratios = ns.map((value, i) => value / to.ns[i]!);
    return { ...base, yardstick: to.name, ratio: median(ratios), ratioSpread: spread(ratios) };
  };
  const p50 = { name: 'p50', ns: us((r) => r.corrected.p50) };
  return [
    row('back to back', all.map((r) => r.peakNs)),
    row('p50', p50.ns),
    row('p99', us((r) => r.corrected.p99), p50),
    row('p99.9', us((r) => r.corrected.p999), p50),
    row('p99 from the issue', us((r) => r.naive.p99), p50),
  ];
}

async function check(): Promise<void> {
  const [round] = await rounds({ rounds: 1, milliseconds: 20, share: 0.5 }, 0);
  if (round === undefined || round.operations < 1 || !(round.corrected.p99 > 0)) {
    throw new Error('no request was measured');
  }
}

export default {
  title: 'latency at half of the peak rate, hostile completion', figures, check,
} satisfies TopologyCase;
