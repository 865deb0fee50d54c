// `fltlab run`: a trace or a preset through filters, and a report.
import { Command, Option } from 'commander';
import { DEFAULT_MEMORY, MIB } from '../mem/param.ts';
import { MAX_STORAGE_THREADS } from '../fs/storage-root.ts';
import { exitCodeOf } from '../lab/report/run-report.ts';
import { jsonReport } from '../lab/report/json.ts';
import { Progress } from '../lab/report/progress.ts';
import { coloursFor } from '../lab/report/table.ts';
import { textReport } from '../lab/report/text.ts';
import { DAY, HOUR, UsageError, checkMachine, collect, memorySize, onOff, seconds, wholeNumber }
  from './options.ts';
import { presets } from '../lab/workload/presets.ts';
import { findingOptions, finishFindings, readBaseline } from './finding-options.ts';
import { orders } from './run-options.ts';
import { planRun } from './run-plan.ts';
import { measurePrice } from '../lab/session/price.ts';
import { runSession } from '../lab/session/session.ts';
import { Stop } from '../lab/session/stop.ts';
import { stopOnSignals } from './signals.ts';
import { completionPolicies } from '../mem/boot-options.ts';
import type { RunReport } from '../lab/report/run-report.ts';
import type { RunOptions } from './run-options.ts';
import type { About } from './about.ts';
import type { SessionOptions, SessionPlan } from '../lab/session/session.ts';

const MAX_REQUESTORS = 24;
const MAX_SYSTEM_WORKERS = 16;

/** What an option is when it is not given. */
export const defaults = {
  filter: [], requestors: 2, systemWorkers: 1, storageThreads: 1, completion: 'hostile',
  fileSystem: 'ramfs', seed: 1, memory: DEFAULT_MEMORY, watchdog: 20, verifier: true,
  lenient: false, json: false,
} as const satisfies Partial<RunOptions>;

function workloadOptions(command: Command): Command {
  return command
    .option('--trace <file>', 'replay a recorded log: Process Monitor CSV, strace or fio iolog; ' +
      '.gz too')
    .option('--preset <name>', 'generate traffic of a recorded mix of operations')
    .addOption(new Option('--order <order>', 'replay: the recorded global order; each recorded ' +
      'thread in its own; or as fast as possible (default: recorded)').choices(orders))
    .option('--filter <name|path[@altitude]>', 'attach a built-in filter or a module; repeatable',
      collect, defaults.filter)
    .addOption(new Option('--file-system <name>', 'what lies under the filters')
      .choices(['ramfs', 'null-fs']).default(defaults.fileSystem))
    .option('--duration <seconds>', 'go on for so long (a trace: again and again, with --order ' +
      'asap)',
      seconds(0.1, DAY))
    .option('--operations <n>', 'preset: end after so many operations', wholeNumber(1, 1e9))
    .option('--lenient', 'leave out what is broken in a log instead of stopping at it', false);
}

function machineOptions(command: Command): Command {
  return command
    .option('--requestors <n>', 'application threads', wholeNumber(1, MAX_REQUESTORS),
      defaults.requestors)
    .option('--system-workers <n>', 'work-queue threads', wholeNumber(1, MAX_SYSTEM_WORKERS),
      defaults.systemWorkers)
    .option('--storage-threads <n>', 'threads that complete I/O',
      wholeNumber(1, MAX_STORAGE_THREADS), defaults.storageThreads)
    .addOption(new Option('--completion <policy>', 'how storage completes: at once, in its ' +
      'thread ' +
      'at PASSIVE_LEVEL, at DISPATCH_LEVEL, late and out of order, or all of it mixed')
      .choices(completionPolicies).default(defaults.completion))
    .option('--seed <n>', 'every choice the machine makes comes from it',
      wholeNumber(0, 2 ** 32 - 1), defaults.seed)
    .addOption(new Option('--memory <size>', 'memory of the machine').argParser(memorySize)
      .default(defaults.memory, `${defaults.memory / MIB}M`))
    .option('--attach-storm <ms>', 'detach and attach all filters every so many milliseconds',
      wholeNumber(1, 60_000))
    .option('--records <file>', 'write what minispy records to a CSV file while the machine runs')
    .addOption(new Option('--verifier <on|off>', 'hold drivers to their rules at run time; off ' +
      'for measurements').argParser(onOff).default(defaults.verifier, 'on'))
    .option('--watchdog <seconds>', 'give up when nothing moves for so long', seconds(0.5, HOUR),
      defaults.watchdog)
    .option('--price', 'measure what the verifier costs, too')
    .option('--json', 'print the report as one JSON document', false);
}

/** What no single option shows. */
function checkTogether(options: RunOptions): void {
  if ((options.trace === undefined) === (options.preset === undefined)) {
    throw new UsageError('give either --trace FILE or --preset NAME: what shall run?');
  }
  checkMachine(options);
  if (options.attachStorm !== undefined && options.filter.length === 0) {
    throw new UsageError('--attach-storm needs at least one --filter to attach and detach');
  }
  if (options.records !== undefined && !options.filter.some((name) => /^minispy(@|$)/.test(name))) {
    throw new UsageError('--records needs --filter minispy: it is minispy that records');
  }
  if (options.preset !== undefined) checkPreset(options);
  else checkTrace(options);
}

function checkPreset({ order, lenient }: RunOptions): void {
  if (order !== undefined) throw new UsageError('--order is for --trace; a preset has no order');
  if (lenient) throw new UsageError('--lenient is for --trace; a preset has no broken rows');
}

function checkTrace({ order, duration, operations, fileSystem }: RunOptions): void {
  if (operations !== undefined) {
    throw new UsageError('--operations is for --preset; a trace is replayed as a whole');
  }
  if (duration !== undefined && order !== 'asap') {
    throw new UsageError('--duration replays a trace again and again, which only --order asap can');
  }
  if (fileSystem !== 'ramfs') {
    throw new UsageError('a trace needs --file-system ramfs: null-fs keeps no files');
  }
}

/** A limit on a whole run, counted from when it is made. */
export class Ending {
  readonly #at: number;

  constructor(secondsFromNow: number) {
    this.#at = performance.now() + secondsFromNow * 1000;
  }

  /** Requests the stop when the time is over; returns how to take that back. */
  arm(stop: Stop): () => void {
    const timer = setTimeout(() => stop.request(), Math.max(0, this.#at - performance.now()));
    return () => clearTimeout(timer);
  }
}

/** Runs a plan; watches for Ctrl-C, and for its ending, meanwhile. */
export async function watchedRun(
  plan: SessionPlan, watchdogSeconds: number, ending?: Ending, dump?: SessionOptions['dump'],
): Promise<RunReport> {
  const progress = new Progress(process.stderr);
  const stop = new Stop();
  const restore = stopOnSignals(stop, progress);
  const disarm = ending?.arm(stop);
  try {
    return await runSession(plan,
      { progress, stop, watchdogSeconds, ...(dump !== undefined && { dump }) });
  } finally {
    disarm?.();
    restore();
  }
}

function helpText(): string {
  const list = Object.values(presets)
    .map(({ name, description }) => `  ${name.padEnd(14)} ${description}`);
  return `
Presets:
${list.join('\n')}

Exit codes: 0 clean, 1 findings, 2 usage, 3 the run could not go on (a filter that spins, a thread
that died, an error of fltlab's own), 4 unsupported routine.

Examples:
  fltlab run --preset win10-desktop --filter scanner --duration 10
  fltlab run --trace procmon.csv --filter minispy --filter ./my-filter.js@325000.5
  fltlab run --trace app.strace.gz --order asap --requestors 4 --attach-storm 50 --json
  fltlab run --preset build --filter ./my-filter.js --baseline known.json --fail-on new \\
    --suppress rules.txt --sarif out.sarif --junit out.xml`;
}

/** Adds what the verifier costs to a report, when that was asked for. */
export async function withPrice(
  report: RunReport, plan: SessionPlan, preset: string | undefined, isWanted: boolean | undefined,
): Promise<RunReport> {
  if (isWanted !== true) return report;
  const price = await measurePrice({ settings: plan.settings, images: plan.images, preset,
    progress: new Progress(process.stderr) });
  return price === undefined ? report : { ...report, price };
}

/** The command. */
export function runCommand(about: About): Command {
  const command = new Command('run')
    .description('Run a trace or a preset through filters, and report what happened.');
  findingOptions(machineOptions(workloadOptions(command))).addHelpText('after', helpText());
  return command.action(async (options: RunOptions) => {
    checkTogether(options);
    const baseline = readBaseline(options);
    const plan = await planRun(options);
    const ran = await withPrice(await watchedRun(plan, options.watchdog), plan, options.preset,
      options.price);
    const report = finishFindings(ran, options, baseline, about.version);
    process.stdout.write(options.json ? jsonReport(report, about.version)
      : textReport(report, coloursFor(process.stdout)));
    about.finish(exitCodeOf(report));
  });
}
