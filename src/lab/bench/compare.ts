// An earlier report of `fltlab bench` against this one. Ratios are compared, a stack's operation to
// the same operation without filters, because computers differ; and a change counts only when it is
// larger than what was asked for and than twice the spread that was measured.
import { spread } from './statistics.ts';
import { BENCH_FORMAT } from './types.ts';
import type { BenchReport, StackFigure, WorkFigure } from './types.ts';

export interface Regression {
  readonly stack: string;
  readonly kind: string;
  readonly before: number;
  readonly now: number;
}

export interface Comparison {
  readonly regressions: readonly Regression[];
  readonly compared: number;
  /** What makes the comparison weaker than it looks. */
  readonly warnings: readonly string[];
}

/** Reads a report; a sentence where it is none. */
export function parseReport(text: string): BenchReport | string {
  let report: Partial<BenchReport>;
  try {
    report = JSON.parse(text) as Partial<BenchReport>;
  } catch (error) {
    return `it is no JSON (${(error as Error).message}); make one with fltlab bench --json`;
  }
  if (typeof report !== 'object' || report === null || !Array.isArray(report.stacks)) {
    return 'it is no report of fltlab bench; make one with fltlab bench --json';
  }
  if (report.format !== BENCH_FORMAT) {
    return `it is of format ${String(report.format)}; this fltlab reads format ${BENCH_FORMAT}. ` +
      'Make a new one with fltlab bench --json';
  }
  return report as BenchReport;
}

const ratios = (figure: WorkFigure, base: WorkFigure): number => figure.ns / base.ns;

/** Rounds below which a figure claims nothing. */
const TOO_FEW_ROUNDS = 3;

/** Whether a figure was measured too seldom for a claim. */
export const isTooFew = (figure: WorkFigure): boolean => figure.rounds.length < TOO_FEW_ROUNDS;

function workOf(stack: StackFigure | undefined, kind: string): WorkFigure | undefined {
  return stack?.work.find((figure) => figure.kind === kind);
}

/**
 * Compares. @param maxRegress how much a ratio may grow, as a fraction.
 */
export function compareReports(
  before: BenchReport, now: BenchReport, maxRegress: number,
): Comparison {
  const regressions: Regression[] = [];
  const warnings: string[] = [];
  let compared = 0;
  let few = 0;
  if (before.machine !== now.machine || before.node.split('.')[0] !== now.node.split('.')[0]) {
    warnings.push(`the base was measured with Node ${before.node} on ${before.machine}, this ` +
      `with ${now.node} on ${now.machine}: ratios are compared all the same`);
  }
  if (before.fileSystem !== now.fileSystem || before.completion !== now.completion) {
    warnings.push(`the base was measured on ${before.fileSystem}, ${before.completion}; this on ` +
      `${now.fileSystem}, ${now.completion}: other work was measured`);
  }
  for (const stack of now.stacks.slice(1)) {
    const old = before.stacks.find(({ name }) => name === stack.name);
    if (old === undefined) warnings.push(`the base has no ${stack.name}`);
    for (const figure of stack.work) {
      const rows = [figure, workOf(now.stacks[0], figure.kind), workOf(old, figure.kind),
        workOf(before.stacks[0], figure.kind)];
      const [own, none, then, noneThen] = rows;
      if (!own || !none || !then || !noneThen) continue;
      if ([own, none, then, noneThen].some(isTooFew)) {
        few++;
        continue;
      }
      compared++;
      const ratio = ratios(own, none);
      const was = ratios(then, noneThen);
      const noise = 2 * Math.max(...[own, none, then, noneThen].map((f) => spread(f.rounds)));
      if (ratio / was - 1 <= Math.max(maxRegress, noise)) continue;
      regressions.push({ stack: stack.name, kind: figure.kind, before: was, now: ratio });
    }
  }
  if (few > 0) {
    warnings.push(`${few} figures have fewer than three rounds, too few for a claim: give more ` +
      '--rounds, here or for the base');
  }
  return { regressions, compared, warnings };
}

/** The comparison in words. */
export function comparisonText(comparison: Comparison): string {
  return [
    ...comparison.warnings.map((warning) => `warning: ${warning}`),
    ...comparison.regressions.map(({ stack, kind, before, now }) =>
      `slower: ${stack}, ${kind}: ${before.toFixed(2)}x -> ${now.toFixed(2)}x of the same ` +
      `without filters (+${Math.round((now / before - 1) * 100)} %)`),
    `compared ${comparison.compared} figures: ${comparison.regressions.length} slower`,
  ].join('\n');
}
