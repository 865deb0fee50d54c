// Baselines: the ratios of an earlier run, compared with those of this one. Ratios and not times,
// because machines differ; and a change counts only beyond twice the spread that was measured.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Figure } from './case.ts';

const FORMAT = 1;
/** Ratios closer than this are the same, however small their measured spread. */
const LEAST = 0.05;

interface Row {
  readonly ratio: number;
  readonly spread: number;
}

export interface Baseline {
  readonly format: number;
  readonly node: string;
  readonly machine: string;
  readonly ratios: Readonly<Record<string, Row>>;
}

const keyOf = (figure: Figure): string => `${figure.case}: ${figure.task}`;
const machineName = (): string => `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`;

/** Writes the ratios of a run. */
export function saveBaseline(file: string, figures: readonly Figure[]): void {
  const ratios: Record<string, Row> = {};
  for (const figure of figures) {
    if (figure.ratio === undefined) continue;
    ratios[keyOf(figure)] = { ratio: Number(figure.ratio.toPrecision(3)),
      spread: Number((figure.ratioSpread ?? 0).toPrecision(2)) };
  }
  const baseline: Baseline =
    { format: FORMAT, node: process.version, machine: machineName(), ratios };
  writeFileSync(file, `${JSON.stringify(baseline, null, 1)}\n`);
}

/** Reads a baseline; what is wrong with it, where it cannot be used. */
export function readBaseline(file: string): Baseline | { readonly problem: string } {
  try {
    const baseline = JSON.parse(readFileSync(file, 'utf8')) as Baseline;
    if (baseline.format !== FORMAT) {
      return { problem: `${file} is a baseline of format ${String(baseline.format)}; this bench ` +
        `reads format ${FORMAT}. Make a new one with --save` };
    }
    return baseline;
  } catch (error) {
    return { problem: `${file} cannot be read as a baseline: ${(error as Error).message}` };
  }
}

export interface Comparison {
  readonly text: string;
  /** How many ratios got worse beyond their spread. */
  readonly worse: number;
}

/** What changed against a baseline. */
export function compareWith(before: Baseline, figures: readonly Figure[]): Comparison {
  const lines: string[] = [];
  if (before.node.split('.')[0] !== process.version.split('.')[0] ||
      before.machine !== machineName()) {
    lines.push(`warning: the baseline was measured with ${before.node} on ${before.machine}; ` +
      'ratios are compared all the same');
  }
  let worse = 0;
  for (const figure of figures) {
    const row = before.ratios[keyOf(figure)];
    if (row === undefined || figure.ratio === undefined) continue;
    const change = figure.ratio / row.ratio - 1;
    const noise = 2 * Math.max(LEAST, row.spread, figure.ratioSpread ?? 0);
    if (Math.abs(change) <= noise) continue;
    if (change > 0) worse++;
    lines.push(`${keyOf(figure)}: ${row.ratio.toFixed(2)}x -> ${figure.ratio.toFixed(2)}x ` +
      `(${change > 0 ? 'slower' : 'faster'} by ${Math.abs(Math.round(change * 100))} %, ` +
      `noise ${Math.round(noise * 100)} %)`);
  }
  lines.push(`compared ${figures.length} figures: ${worse} slower`);
  return { text: lines.join('\n'), worse };
}
