// `fltlab demo`, which `npm start` runs: a recorded day of real programs through three minifilters
// on worker threads, then generated load, then a look at what lies at rest.
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { exitCodeOf, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { coloursFor } from '../lab/report/table.ts';
import { textReport } from '../lab/report/text.ts';
import { lookAtRest } from './demo/at-rest.ts';
import { demoChecks, demoText } from './demo/demo-text.ts';
import { resolveFilters } from './filters.ts';
import { UsageError } from './options.ts';
import { planRun } from './run-plan.ts';
import { Ending, defaults, watchedRun } from './run.ts';
import type { About } from './about.ts';
import type { AtRest } from './demo/at-rest.ts';
import type { DemoResult } from './demo/demo-text.ts';
import type { RunOptions } from './run-options.ts';

const traceFile = fileURLToPath(
  new URL('../../../examples/traces/developer-day.strace.gz', import.meta.url));
const filter = ['minispy', 'scanner', 'swap-buffers'];
/** The replay is cut short then: on a slow machine a part of the day is enough. */
const REPLAY_SECONDS = 35;
const LOAD_SECONDS = 5;
const options: RunOptions = { ...defaults, filter, requestors: 3 };

async function atRestOf(name: string): Promise<AtRest | undefined> {
  const [image] = await resolveFilters([name], process.cwd());
  return image && lookAtRest(image);
}

async function play(): Promise<DemoResult> {
  process.stderr.write('reading what was recorded ...\n');
  const ending = new Ending(REPLAY_SECONDS);
  const plan = await planRun({ ...options, trace: traceFile, order: 'recorded' });
  const replay = await watchedRun(plan, options.watchdog, ending);
  const trace = relative(process.cwd(), traceFile);
  if (!replay.complete || replay.interrupted) {
    return { replay, storm: undefined, atRest: undefined, trace };
  }
  process.stderr.write('the same filters under generated load ...\n');
  const load = await planRun({ ...options, preset: 'stress', duration: LOAD_SECONDS });
  const storm = await watchedRun(load, options.watchdog);
  return { replay, storm, atRest: await atRestOf('swap-buffers'), trace };
}

/** The command. */
export function demoCommand(about: About): Command {
  return new Command('demo')
    .description('Replay a recorded day of real programs through three minifilters.')
    .action(async () => {
      if (!existsSync(traceFile)) {
        throw new UsageError(`the recorded day is not there: ${traceFile}; ` +
          'it is part of the repository, in examples/traces');
      }
      const result = await play();
      const c = coloursFor(process.stdout);
      const reports = [result.replay, ...(result.storm === undefined ? [] : [result.storm])];
      // A report that is not clean is shown in full: the screen would not say why.
      for (const report of reports.filter(({ findings }) => findings.length > 0)) {
        process.stdout.write(`${textReport(report, c)}\n`);
      }
      process.stdout.write(demoText(result, c));
      const isGood = demoChecks(result).every(({ ok }) => ok);
      about.finish(Math.max(...reports.map(exitCodeOf), isGood ? 0 : EXIT_FINDINGS));
    });
}
