// `fltlab demo`, which is what `npm start` runs: the project's own recording of git, npm and sqlite3
// goes through an activity monitor, a scanner and an encrypting filter, on worker threads that
// complete I/O late, out of order and at DISPATCH_LEVEL; then what happened, at a glance.
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import colours from 'picocolors';
import { exitCodeOf } from '../lab/report/run-report.ts';
import { defaults, watchedRun } from './run.ts';
import { planRun } from './run-plan.ts';
import type { FilterRow, RunReport } from '../lab/report/run-report.ts';
import type { About } from './about.ts';

const trace = new URL('../../../examples/traces/developer-day.strace.gz', import.meta.url);
const filters = ['minispy', 'scanner', 'swap-buffers'];

const what: Readonly<Record<string, string>> = {
  minispy: 'recorded every operation',
  scanner: 'read what was opened, before it was used',
  'swap-buffers': 'disguised what lies in the files, through swapped buffers',
};

function sum(counts: readonly number[]): number {
  return counts.reduce((total, n) => total + n, 0);
}

function filterLine(row: FilterRow): string {
  const calls = sum(row.pre) + sum(row.post);
  const high = row.post[2];
  return `  ${colours.bold(row.name.padEnd(13))} ${what[row.name] ?? ''}\n` +
    `                ${calls.toLocaleString('en')} callbacks, ${high.toLocaleString('en')} of them ` +
    `at DISPATCH_LEVEL, ${row.postElsewhere.toLocaleString('en')} in another thread`;
}

/** The report of the demo: what a person wants to know, and what to try next. */
function atAGlance(report: RunReport): string {
  const { replay, content } = report;
  const issued = sum(report.operations.map((row) => row.issued));
  const completed = sum(report.operations.map((row) => row.completed));
  const ok = exitCodeOf(report) === 0;
  const lines = [
    colours.bold('A developer\'s day, through three minifilters'),
    '',
    `  ${issued.toLocaleString('en')} operations of git, npm and sqlite3 were issued by ` +
      `${report.settings.requestors} threads; ${completed.toLocaleString('en')} came back.`,
  ];
  if (replay !== undefined) {
    const percent = (100 * (report.fidelity ?? 0)).toFixed(2);
    lines.push(`  ${percent} % of ${replay.scored.toLocaleString('en')} answers are the recorded ones.`);
  }
  if (content !== undefined) {
    lines.push(`  ${content.readsChecked.toLocaleString('en')} reads were compared with what was written: ` +
      `${content.errors === 0 ? 'all right' : `${content.errors} wrong`}.`);
  }
  lines.push('', ...report.filters.map(filterLine), '');
  lines.push(ok
    ? colours.green('  Nothing lost, nothing left behind: every buffer, context and IRP was given back.')
    : colours.red(`  Findings:\n${report.findings.map((f) => `    ${f.kind}: ${f.text}`).join('\n')}`));
  lines.push('', '  Next:',
    '    npx fltlab filters                                   what else is built in',
    '    npx fltlab run --preset stress --filter ctx          generated load, for ten seconds',
    '    npx fltlab run --trace LOG.csv --filter ./yours.js   your log, your filter', '');
  return lines.join('\n');
}

/** The command. */
export function demoCommand(about: About): Command {
  return new Command('demo')
    .description('Replay a recorded developer\'s day through three minifilters (npm start).')
    .action(async () => {
      const plan = await planRun({ ...defaults, trace: fileURLToPath(trace), order: 'asap',
        requestors: 3, filter: filters });
      const report = await watchedRun(plan, defaults.watchdog);
      process.stdout.write(atAGlance(report));
      about.finish(exitCodeOf(report));
    });
}
