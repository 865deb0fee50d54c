// What a hunt says at its end, for people: one line for each scenario, then what was found, with
// the schedule in columns, where it happened, and the command that repeats it.
import { columns } from './columns.ts';
import { count, counted } from '../../report/format.ts';
import type { Colours } from '../../report/table.ts';
import type { Finding, HuntReport } from '../hunt.ts';

/** A hunt with what its findings are called outside. */
export interface Reported {
  readonly report: HuntReport;
  readonly routines: ReadonlyMap<number, string>;
  /** A token and the command that replays it, for each finding. */
  readonly tokens: readonly { readonly token: string; readonly command: string }[];
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

function verdict(report: HuntReport, colours: Colours): string {
  if (report.findings.length > 0) {
    return colours.red(counted(report.findings.length, 'finding'));
  }
  if (report.proven) {
    return colours.green(`complete: ${counted(report.classes, 'class', 'classes')}, no failure`);
  }
  return colours.green('no failure');
}

/** What is left, where that can be said. */
function left(report: HuntReport): string {
  if (report.proven || report.findings.length > 0) return '';
  if (report.exhausted) return ', nothing left to try within the bounds';
  return `, ${count(report.classes)} classes, chance of a new one ` +
    `${(100 * report.residual).toFixed(report.residual < 0.01 ? 3 : 0)} %`;
}

function headline(report: HuntReport, colours: Colours): string {
  const rate = report.milliseconds === 0 ? 0 : (1000 * report.schedules) / report.milliseconds;
  return `${report.target.name}: ${verdict(report, colours)}; ` +
    `${counted(report.schedules, 'schedule')} in ${seconds(report.milliseconds)} ` +
    `(${count(Math.round(rate))}/s)${left(report)}`;
}

function sleepersOf(finding: Finding, threads: readonly string[]): string[] {
  if (finding.outcome.failure !== 'deadlock') return [];
  return finding.outcome.sleepers.map(({ thread, label, limited }) =>
    `  ${threads[thread] ?? thread} sleeps on ${label}${limited ? ', for a limited time' : ''}`);
}

const titles: Readonly<Record<string, string>> = {
  deadlock: 'deadlock: nobody can go on',
  endless: 'endless: the schedule did not end within its steps; somebody waits for what never ' +
    'comes',
  nondeterminism: 'not deterministic: the scenario did something else when the same was chosen',
};

function titleOf({ outcome }: Finding): string {
  const [first = ''] = outcome.text.split('\n');
  return titles[outcome.failure] ?? first;
}

function size(finding: Finding): string {
  const { preemptions, steps } = finding.outcome;
  const proof = finding.minimal === 'proven'
    ? preemptions === 0 ? '' : '; no failure with fewer preemptions'
    : finding.minimal === 'open' ? '; fewer preemptions were looked for in vain' : '';
  return `${counted(preemptions, 'preemption')}, ${counted(steps, 'event')}${proof}`;
}

function indented(text: string, by: string): string {
  return text.split('\n').map((line) => by + line).join('\n');
}

function findingText(
  finding: Finding, index: number, reported: Reported, colours: Colours,
): string {
  const { target } = reported.report;
  const { token, command } = reported.tokens[index]!;
  const [first = '', ...rest] = finding.outcome.text.split('\n');
  // A deadlock's text is what the verifier says of it, where it could say more.
  const isDeadlock = finding.outcome.failure === 'deadlock' && first !== '';
  const more = titles[finding.outcome.failure] === undefined ? rest : isDeadlock ? [first] : [];
  const lines = [
    colours.bold(titleOf(finding)),
    ...more.map((line) => `  ${line.trim()}`),
    ...sleepersOf(finding, target.threads),
    ...(finding.stacks ?? []).flatMap((stack, i) =>
      [`  the ${i === 0 ? 'first' : 'second'} access:`, indented(stack, '    ')]),
    `  schedule ${count(finding.schedule)} after ${seconds(finding.milliseconds)}; ` +
      `${size(finding)}`,
    finding.replays ? `  replay: ${command}`
      : '  a replay did something else: the scenario is not deterministic',
    finding.replays ? `  token:  ${token}` : '',
    '',
    columns(finding.outcome, target.threads, reported.routines),
  ];
  return lines.filter((line, i) => line !== '' || i === lines.length - 2).join('\n');
}

/** The report of several hunts. */
export function huntText(all: readonly Reported[], colours: Colours): string {
  const parts = all.map((reported) => headline(reported.report, colours));
  const details = all.flatMap((reported) => reported.report.findings.map((finding, i) =>
    `\n${findingText(finding, i, reported, colours)}`));
  return `${[...parts, ...details].join('\n')}\n`;
}
