// The demo's result: one screen that a person takes in at a glance.
import { bytes, count, counted, duration, percent, shortMajor } from '../../lab/report/format.ts';
import { table } from '../../lab/report/table.ts';
import type { FilterRow, RunReport } from '../../lab/report/run-report.ts';
import type { Colours } from '../../lab/report/table.ts';
import type { AtRest } from './at-rest.ts';

/** Everything that the demo found out. */
export interface DemoResult {
  /** The recorded day, in the recorded order. */
  readonly replay: RunReport;
  /** Generated load, all threads at once. */
  readonly storm: RunReport | undefined;
  readonly atRest: AtRest | undefined;
  readonly trace: string;
}

/** Fewer than this would be worth a look. */
const GOOD_FIDELITY = 0.99;
const SHOWN_OPERATIONS = 5;

interface Check {
  readonly ok: boolean;
  readonly claim: string;
  readonly evidence: string;
}

const sameCount = ({ issued, completed }: RunReport): boolean => issued === completed;

function lossCheck(r: RunReport): Check {
  return { ok: sameCount(r) && r.complete && r.issued > 0, claim: 'nothing was lost',
    evidence: `${count(r.issued)} operations issued, ${count(r.completed)} came back, each once` };
}

function answerCheck({ fidelity = 0, replay }: RunReport): Check {
  const scored = replay?.scored ?? 0;
  if (scored === 0) {
    return { ok: false, claim: 'answers are right',
      evidence: 'the replay had no time to begin; try again when the machine is less busy' };
  }
  return { ok: fidelity >= GOOD_FIDELITY, claim: 'answers are right',
    evidence: `${percent(fidelity)} of ${count(scored)} results are the recorded ` +
      `ones` };
}

function contentCheck({ content }: RunReport): Check {
  const { errors = 1, readsChecked = 0, bytesChecked = 0 } = content ?? {};
  const wrong = errors === 0 ? '' : `, ${count(errors)} wrong`;
  return { ok: errors === 0 && readsChecked > 0, claim: 'contents are right',
    evidence: `${count(readsChecked)} reads (${bytes(bytesChecked)}) compared with what was ` +
      `written${wrong}` };
}

const SHOWN_BYTES = 8;

/** The first bytes of a file in hexadecimal. */
function hex(text: string): string {
  const shown = [...text].slice(0, SHOWN_BYTES)
    .map((c) => c.charCodeAt(0).toString(16).padStart(2, '0'));
  return `${shown.join(' ')} …`;
}

function restCheck({ written, readBack, atRest }: AtRest): Check {
  return { ok: readBack === written && atRest !== written, claim: 'disguised at rest',
    evidence: `what reads "${readBack}" lies in the file as ${hex(atRest)}` };
}

function loadCheck(r: RunReport): Check {
  const errors = r.content?.errors ?? 0;
  const outcome = r.findings.length === 0 ? 'all came back right' : 'not all came back right';
  return { ok: r.findings.length === 0 && errors === 0, claim: 'holds under load',
    evidence: `${count(r.completed)} operations of ${r.settings.requestors} threads at once in ` +
      `${r.seconds.toFixed(0)} s: ${outcome}` };
}

function leftCheck(reports: readonly RunReport[]): Check {
  const left = reports.flatMap((r) => r.left ?? []);
  const isKnown = reports.every((r) => r.left !== undefined);
  return { ok: isKnown && left.length === 0, claim: 'nothing is left',
    evidence: left.length === 0 && isKnown
      ? '0 pool bytes, 0 contexts, 0 IRPs, 0 callback data after unload'
      : `after unload: ${left.map((row) => `${row.count} ${row.kind}`).join(', ') || 'unknown'}` };
}

/** What the demo claims, with the evidence. */
export function demoChecks({ replay, storm, atRest }: DemoResult): Check[] {
  return [
    lossCheck(replay), answerCheck(replay), contentCheck(replay),
    ...(atRest === undefined ? [] : [restCheck(atRest)]),
    ...(storm === undefined ? [] : [loadCheck(storm)]),
    leftCheck([replay, ...(storm === undefined ? [] : [storm])]),
  ];
}

const roles: Readonly<Record<string, string>> = {
  'minispy': 'recorded every operation',
  'scanner': 'pended opens, read the files in a worker, decided',
  'swap-buffers': 'disguised writes, undid it for reads',
};

function filterRow(row: FilterRow): string[] {
  const post = row.post[0] + row.post[1] + row.post[2];
  return [row.name, roles[row.name] ?? '', count(row.pre[0] + row.pre[1] + row.pre[2]),
    count(post), count(row.post[2]), count(row.postElsewhere), count(row.pended)];
}

function filterTable({ filters }: RunReport, c: Colours): string {
  const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' });
  return table([{ name: 'filter' }, { name: 'what it did' }, right('pre-ops'), right('post-ops'),
    right('at DISPATCH_LEVEL'), right('in another thread'), right('pended')],
  filters.map(filterRow), c);
}

function speed({ operations, perSecond }: RunReport): string {
  const shown = operations.toSorted((a, b) => b.issued - a.issued).slice(0, SHOWN_OPERATIONS)
    .map((row) => `${shortMajor(row.major)} ${duration(row.latencyUs?.p50 ?? 0)}`);
  return `  ${count(perSecond)} operations/s; half of them took at most: ${shown.join(', ')}`;
}

function nextSteps(trace: string): string {
  return [
    '  npx fltlab filters                                      the built-in minifilters',
    '  npx fltlab run --preset stress --filter scanner         generated load instead of a log',
    '  npx fltlab run --preset win10-desktop --filter minispy --attach-storm 50',
    '                                                          attach and detach while I/O flows',
    `  npx fltlab run --trace ${trace} --order asap`,
    '                                                          the same log, threads running free',
    '  npx fltlab run --preset read --filter ./my-filter.js    your own (see README)',
  ].join('\n');
}

/** The whole screen, with a line feed at its end. */
export function demoText(result: DemoResult, c: Colours): string {
  const { replay } = result;
  const { requestors, systemWorkers, storageThreads } = replay.settings;
  const checks = demoChecks(result).map(({ ok, claim, evidence }) =>
    `  ${ok ? c.green('✔') : c.red('✘')} ${c.bold(claim.padEnd(20))} ` +
    (ok ? evidence : c.red(evidence)));
  const sections = [
    `${c.bold('A developer\'s day (git, npm, sqlite3, file tools) through three minifilters')}\n` +
      `  ${count(replay.replay?.events ?? replay.issued)} recorded requests, replayed by ` +
      `${counted(requestors, 'requestor')} with ${counted(systemWorkers, 'system worker')} and ` +
      `${counted(storageThreads, 'storage thread')};\n` +
      '  the storage completes now at once, now late, in another thread or at DISPATCH_LEVEL.',
    checks.join('\n'), filterTable(replay, c), speed(replay),
    `${c.bold('Go on with')}\n${nextSteps(result.trace)}`,
  ];
  return `\n${sections.join('\n\n')}\n`;
}
