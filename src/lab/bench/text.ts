// The report of `fltlab bench` as text: what each stack adds to an operation of each kind.
import { table } from '../report/table.ts';
import { isTooFew } from './compare.ts';
import { spread } from './statistics.ts';
import type { Colours, Column } from '../report/table.ts';
import type { BenchReport, StackFigure, WorkFigure } from './types.ts';

const right = (name: string): Column => ({ name, align: 'right' });
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const signed = (value: number): string => `${value >= 0 ? '+' : ''}${whole(value)}`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
/** Figures of rounds that differ by more than this claim nothing. */
const NOISY = 0.3;

/** What a stack adds beyond the noise of both measurements; undefined when it is within. */
function addedNs(figure: WorkFigure, base: WorkFigure): number | undefined {
  const added = figure.ns - base.ns;
  const noise = spread(figure.rounds) * figure.ns + spread(base.rounds) * base.ns;
  return Math.abs(added) <= noise ? undefined : added;
}

/** What a stack adds, in words where it is no number. */
export function addedText(figure: WorkFigure, base: WorkFigure): string {
  if (figure === base) return '';
  if (isTooFew(figure) || isTooFew(base)) return 'too few rounds';
  const added = addedNs(figure, base);
  return added === undefined ? 'within noise' : signed(added);
}

function workRows(stack: StackFigure, base: StackFigure): string[][] {
  return stack.work.map((figure, i) => {
    const none = base.work[i]!;
    const isBase = stack === base;
    const p99 = (figure.percentiles['99'] ?? 0) - (none.percentiles['99'] ?? 0);
    const heap = figure.heapBytes === undefined ? '?'
      : signed(figure.heapBytes - (isBase ? 0 : none.heapBytes ?? 0));
    return [i === 0 ? stack.name : '', figure.kind, whole(figure.ns),
      addedText(figure, none),
      isBase ? whole(figure.percentiles['99'] ?? 0) : signed(p99),
      (figure.poolAllocations - (isBase ? 0 : none.poolAllocations)).toFixed(1), heap,
      `±${Math.round(spread(figure.rounds) * 50)} %`];
  });
}

function shareRows(stack: StackFigure): string[] {
  const { shares, scaling } = stack;
  return [stack.name, percent(shares.apcLevel), percent(shares.dispatchLevel),
    percent(shares.workItems), whole(shares.samples),
    scaling.map((one) => `${one.requestors}: ${whole(one.perSecond)}`).join('  ')];
}

/** The whole report. */
export function benchText(report: BenchReport, colours: Colours): string {
  const [base] = report.stacks;
  if (base === undefined) return 'nothing was measured';
  const work = [{ name: 'filters' }, { name: 'operation' }, right('ns'), right('added'),
    right('p99'), right('pool'), right('heap'), right('spread')];
  const shares = [{ name: 'filters' }, right('APC_LEVEL'), right('DISPATCH_LEVEL'),
    right('work items'), right('looks'), { name: 'reads a second, by requestors' }];
  const noisy = report.stacks.some((stack) => stack.work.some((f) => spread(f.rounds) > NOISY));
  const few = report.stacks.some((stack) => stack.work.some(isTooFew));
  return [
    `${report.fileSystem}, completion ${report.completion}, Node ${report.node}, ${report.machine}`,
    '',
    table(work, report.stacks.flatMap((stack) => workRows(stack, base)), colours),
    '',
    '  ns, p99: nanoseconds per operation; for filters, what they add to it without any. pool:',
    '  blocks of pool per operation; heap: bytes of the JavaScript heap. create opens and closes;',
    '  set-information asks first.',
    '',
    table(shares, report.stacks.map(shareRows), colours),
    ...(noisy ? ['', '  Some rounds lie far apart: the computer was busy. Small differences of ' +
      'these figures', '  mean nothing; run again when it is quiet, or give more --rounds.'] : []),
    ...(few ? ['', '  Fewer than three rounds are too few for a claim; give more --rounds.'] : []),
  ].join('\n');
}
