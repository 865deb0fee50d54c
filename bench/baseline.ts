// Baselines: the ratios of an earlier run, compared with those of this one. Ratios and not times,
// because machines differ; and a change counts only beyond twice the spread that was measured.
// The committed ones are a file per shelf.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpus } from 'node:os';
import type { Figure } from './case.ts';

const FORMAT = 1;
/** Ratios closer than this are the same, however small their measured spread. */
const LEAST = 0.05;
/** Figures of fewer samples claim nothing. */
export const TOO_FEW = 3;
export const BASELINES = join('bench', 'baselines');

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

/** Writes the ratios of a run, and those to keep from before. */
export function saveBaseline(
  file: string, figures: readonly Figure[], keep: Baseline['ratios'] = {},
): void {
  const ratios: Record<string, Row> = { ...keep };
  for (const figure of figures) {
    if (figure.ratio === undefined) continue;
    ratios[keyOf(figure)] = { ratio: Number(figure.ratio.toPrecision(3)),
      spread: Number((figure.ratioSpread ?? 0).toPrecision(2)) };
  }
  const baseline: Baseline =
    { format: FORMAT, node: process.version, machine: machineName(), ratios };
  writeFileSync(file, `${JSON.stringify(baseline, null, 1)}\n`);
}

const shelfOf = (name: string): string => name.slice(0, name.indexOf('/'));
const shelvesOf = (names: readonly string[]): string[] => [...new Set(names.map(shelfOf))];
const fileOf = (folder: string, shelf: string): string => join(folder, `${shelf}.json`);

/** The ratios of a shelf's file that a run of other cases of the shelf leaves as they are. */
function keptOf(file: string, figures: readonly Figure[]): Baseline['ratios'] {
  const before = existsSync(file) ? readBaseline(file) : undefined;
  if (before === undefined || 'problem' in before || strangeness(before).length > 0) return {};
  const cases = new Set(figures.map((figure) => figure.case));
  return Object.fromEntries(Object.entries(before.ratios)
    .filter(([key]) => !cases.has(key.slice(0, key.indexOf(':')))));
}

/** Writes the ratios of a run, each shelf's into its own file; which files those are. */
export function saveShelves(folder: string, figures: readonly Figure[]): string[] {
  mkdirSync(folder, { recursive: true });
  return shelvesOf(figures.map((figure) => figure.case)).map((shelf) => {
    const file = fileOf(folder, shelf);
    const own = figures.filter((figure) => shelfOf(figure.case) === shelf);
    saveBaseline(file, own, keptOf(file, own));
    return file;
  });
}

/** The files of these cases' shelves, those that there are. */
export function shelfFiles(folder: string, cases: readonly string[]): string[] {
  return shelvesOf(cases).map((shelf) => fileOf(folder, shelf)).filter((file) => existsSync(file));
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

/** A sentence where a baseline comes from elsewhere. */
function strangeness(before: Baseline): string[] {
  if (before.node.split('.')[0] === process.version.split('.')[0] &&
      before.machine === machineName()) {
    return [];
  }
  return [`warning: the baseline was measured with ${before.node} on ${before.machine}; ` +
    'ratios are compared all the same'];
}

/** What changed against baselines, of which each has the cases that the others lack. */
export function compareWith(
  baselines: readonly Baseline[], figures: readonly Figure[],
): Comparison {
  const lines = [...new Set(baselines.flatMap(strangeness))];
  const ratios = Object.assign({}, ...baselines.map((one) => one.ratios)) as Baseline['ratios'];
  let worse = 0;
  let compared = 0;
  for (const figure of figures) {
    if (figure.ratio === undefined) continue;
    const row = ratios[keyOf(figure)];
    if (row === undefined) {
      lines.push(`${keyOf(figure)}: the baseline lacks it`);
      continue;
    }
    if (figure.samples < TOO_FEW) {
      lines.push(`${keyOf(figure)}: ${figure.samples} samples are too few for a claim`);
      continue;
    }
    compared++;
    const change = figure.ratio / row.ratio - 1;
    const noise = 2 * Math.max(LEAST, row.spread, figure.ratioSpread ?? 0);
    if (Math.abs(change) <= noise) continue;
    if (change > 0) worse++;
    lines.push(`${keyOf(figure)}: ${row.ratio.toFixed(2)}x -> ${figure.ratio.toFixed(2)}x ` +
      `(${change > 0 ? 'slower' : 'faster'} by ${Math.abs(Math.round(change * 100))} %, ` +
      `noise ${Math.round(noise * 100)} %)`);
  }
  lines.push(`compared ${compared} figures: ${worse} slower`);
  return { text: lines.join('\n'), worse };
}
