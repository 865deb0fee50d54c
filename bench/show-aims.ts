// The aims' table, with what the numbers mean below it.
import { coloursFor, table } from '../src/lab/report/table.ts';
import { TOO_NOISY, verdictOf } from './aims.ts';
import type { Outcome } from './aims.ts';

const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' as const });

function valueText({ aim, value }: Outcome): string {
  if (value === undefined || !Number.isFinite(value)) return 'not measured';
  if (aim.unit === 'bytes') return `${value.toFixed(2)} bytes`;
  if (aim.unit === 'a second') return `${Math.round(value).toLocaleString('en')}/s`;
  return `${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')}x`;
}

const reachedText = ({ reached }: Outcome): string =>
  (reached === undefined ? '' : reached ? 'yes' : 'no');

/** One row per aim; the last line says how many were reached. */
export function aimsTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { aim, figure } = outcome;
    const ns = figure?.ns;
    return [aim.what, aim.yardstick, aim.aim, valueText(outcome), reachedText(outcome),
      figure === undefined ? '' : `±${Math.round((figure.ratioSpread ?? figure.spread) * 50)} %`,
      ns === undefined ? '' : Math.round(ns).toLocaleString('en'),
      ns === undefined ? '' : Math.round(figure?.perSecond ?? 1e9 / ns).toLocaleString('en')];
  });
  const columns = [{ name: 'case' }, { name: 'against' }, { name: 'aim' }, right('reached'),
    { name: 'ok' }, right('spread'), right('ns/op'), right('op/s')];
  const problems = outcomes.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return [table(columns, rows, coloursFor(process.stdout)), ...new Set(problems), ...notes(outcomes),
    verdictOf(outcomes).text].join('\n');
}

function notes(outcomes: readonly Outcome[]): string[] {
  const noisy = outcomes.filter(({ aim, figure }) => aim.needsQuiet === true &&
    figure !== undefined && (figure.ratioSpread ?? figure.spread) > TOO_NOISY / 2);
  const list = noisy.map(({ aim }) => aim.what).join('; ');
  return [
    'op/s is of all threads together; a row for pools shows the work item beside them.',
    'Hostile completion delays one request in sixteen by up to 3 ms of virtual time, lets the disk ' +
      'overtake among eight, and ends one in four inline: p99 is that delay and the queue behind ' +
      'it, p50 a request that was not delayed.',
    ...(noisy.length === 0 ? [] : ['The rounds lie far apart (other work on the cores?), so these ' +
      `say little, and beyond ±50 % nothing: ${list}. Run them again when the machine is quiet.`]),
  ];
}
