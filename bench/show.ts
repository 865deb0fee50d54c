// Figures as a table.
import { coloursFor, table } from '../src/lab/report/table.ts';
import type { Figure } from './case.ts';

const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' as const });

const ns = (value: number): string =>
  (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
const plusMinus = (spread: number): string => `±${Math.max(1, Math.round(spread * 50))} %`;

/** One row per task. */
export function figureTable(figures: readonly Figure[]): string {
  const columns = [{ name: 'case' }, { name: 'task' }, right('ns/op'), right('spread'),
    right('p99'), right('op/s'), right('ratio'), { name: 'to' }];
  return table(columns, figures.map((f) => [f.case, f.task, ns(f.ns), plusMinus(f.spread),
    ns(f.p99), f.perSecond?.toLocaleString('en') ?? '', f.ratio === undefined ? '' : `${f.ratio.toFixed(2)}x`, f.yardstick ?? '']),
  coloursFor(process.stdout));
}
