// `fltlab stress`: filters under hostile traffic for seconds to hours, and a report.
import { Command, Option } from 'commander';
import { DEFAULT_MEMORY, MIB } from '../mem/param.ts';
import { MAX_STORAGE_THREADS } from '../fs/storage-root.ts';
import { actsOf, nameOfAct } from '../lab/stress/acts.ts';
import { planStress } from '../lab/stress/plan.ts';
import { exitCodeOf } from '../lab/report/run-report.ts';
import { jsonReport } from '../lab/report/json.ts';
import { coloursFor } from '../lab/report/table.ts';
import { textReport } from '../lab/report/text.ts';
import { resolveFilters } from './filters.ts';
import { faultWish, readCallPaths, writeCallPaths } from './fault-options.ts';
import { findingOptions, finishFindings, readBaseline, readSuppressions }
  from './finding-options.ts';
import { DAY, HOUR, UsageError, checkMachine, memorySize, onOff, seconds, wholeNumber }
  from './options.ts';
import { watchedRun, withPrice } from './run.ts';
import type { About } from './about.ts';
import type { FaultWish } from '../machine/faults/board.ts';
import { completionPolicies } from '../mem/boot-options.ts';
import type { CompletionPolicy } from '../mem/boot-options.ts';
import type { FindingOptions } from './finding-options.ts';
import type { StressPlan } from '../lab/stress/plan.ts';
import type { RunReport, RunSettings } from '../lab/report/run-report.ts';

const MAX_REQUESTORS = 16;
const MAX_SYSTEM_WORKERS = 8;
const DEFAULT_SECONDS = 60;
/** Rounds without a new call path after which systematic faults have nothing left to find. */
const CALM_ROUNDS = 16;

interface StressOptions extends FindingOptions {
  readonly preset?: string;
  readonly acts?: string;
  readonly duration?: number;
  readonly requestors: number;
  readonly systemWorkers: number;
  readonly storageThreads: number;
  readonly completion: CompletionPolicy;
  readonly seed: number;
  readonly memory: number;
  readonly faults?: FaultWish;
  readonly faultPaths?: string;
  readonly dumpDir?: string;
  readonly price?: boolean;
  readonly watchdog: number;
  readonly verifier: boolean;
  readonly json: boolean;
}

function machineOptions(command: Command): Command {
  return command
    .option('--requestors <n>', 'application threads', wholeNumber(1, MAX_REQUESTORS), 4)
    .option('--system-workers <n>', 'work-queue threads', wholeNumber(1, MAX_SYSTEM_WORKERS), 2)
    .option('--storage-threads <n>', 'threads that complete I/O',
      wholeNumber(1, MAX_STORAGE_THREADS), 1)
    .addOption(new Option('--completion <policy>', 'how storage completes')
      .choices(completionPolicies).default('hostile'))
    .addOption(new Option('--memory <size>', 'memory of the machine').argParser(memorySize)
      .default(DEFAULT_MEMORY, `${DEFAULT_MEMORY / MIB}M`))
    .addOption(new Option('--verifier <on|off>', 'hold drivers to their rules at run time')
      .argParser(onOff).default(true, 'on'))
    .option('--watchdog <seconds>', 'give up when nothing moves for so long', seconds(0.5, HOUR),
      20);
}

function stressOptions(command: Command): Command {
  return command
    .option('--duration <seconds>', `go on for so long (${DEFAULT_SECONDS}; with --faults ` +
      'systematic until no new call path is found)', seconds(1, DAY))
    .option('--seed <n>', 'every choice comes from it', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--preset <name>', 'one mix of operations instead of all by turns')
    .option('--acts <list>', 'only these mixes and storms, by turns')
    .addOption(new Option('--faults <list>', 'what fails on purpose: none, random, systematic, ' +
      'storage, queueing, all; random:600 fails 600 in 10000').argParser(faultWish))
    .option('--fault-paths <file>', 'call paths of allocations that have failed, kept between ' +
      'runs (--faults systematic)')
    .option('--dump-dir <folder>', 'leave a crash dump there when something is found')
    .option('--price', 'measure what the verifier costs, too')
    .option('--json', 'print the report as one JSON document', false);
}

function checkTogether(options: StressOptions): void {
  checkMachine(options);
  if (options.faultPaths !== undefined && options.faults?.systematic !== true) {
    throw new UsageError('--fault-paths is for --faults systematic, which fails each call path ' +
      'of an allocation once');
  }
  if (options.acts !== undefined && options.preset !== undefined) {
    throw new UsageError('--preset chooses one mix beside all storms, --acts says everything ' +
      'that is played: give one of them');
  }
}

function settingsOf(options: StressOptions): RunSettings {
  const suppressions = readSuppressions(options);
  const { preset, duration, failOn } = options;
  return {
    workload: `stress, ${options.acts ??
      (preset === undefined ? 'all mixes by turns' : `mix ${preset}`)}`,
    fileSystem: 'ramfs', requestors: options.requestors, systemWorkers: options.systemWorkers,
    storageThreads: options.storageThreads, completion: options.completion, seed: options.seed,
    memoryBytes: options.memory, verifier: options.verifier, attachStormMs: 20,
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(failOn !== undefined && { failOn }),
    ...(suppressions.length > 0 && { suppressions }),
  };
}

function planned(options: StressOptions): StressPlan {
  const { requestors, seed, preset, faults, faultPaths, duration } = options;
  const acts = options.acts?.split(',').map((name) => name.trim());
  const endless = faults?.systematic === true && duration === undefined;
  const milliseconds = (duration ?? DEFAULT_SECONDS) * 1000;
  try {
    return planStress({ requestors, seed, ...(preset !== undefined && { preset }),
      ...(acts !== undefined && { acts }),
      ...(faults !== undefined && { faults }),
      ...(faultPaths !== undefined && { known: readCallPaths(faultPaths) }),
      ...(endless ? { calmRounds: CALM_ROUNDS } : { milliseconds }) });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new UsageError(`--${acts === undefined ? 'preset' : 'acts'}: ${error.message}`);
    }
    throw error;
  }
}

/** Keeps the call paths; a file that cannot be written is a finding. */
function keepPaths(report: RunReport, plan: StressPlan, path: string | undefined): RunReport {
  const failure = path === undefined ? undefined : writeCallPaths(path, plan.failures());
  if (failure === undefined) return report;
  return { ...report, findings: [...report.findings, { kind: 'internal', text: failure }] };
}

async function stressed(
  names: readonly string[], options: StressOptions, version: string,
): Promise<RunReport> {
  checkTogether(options);
  const plan = planned(options);
  const images = await resolveFilters(names, process.cwd());
  const whole = { ...plan, settings: settingsOf(options), images };
  const ran = await watchedRun(whole, options.watchdog, undefined,
    options.dumpDir === undefined ? undefined : { folder: options.dumpDir, version });
  const report = await withPrice(ran, whole, options.preset, options.price);
  return keepPaths(report, plan, options.faultPaths);
}

function helpText(): string {
  const acts = [...new Set(actsOf(undefined).map(nameOfAct))].join(', ');
  return `
By turns: ${acts};
meanwhile filters are attached and detached, unloaded and loaded again. Between two rounds
everything is closed and counted.

Exit codes: 0 clean, 1 findings, 2 usage, 3 the run could not go on (a filter that spins, a thread
that died, an error of fltlab's own), 4 unsupported routine.

Examples:
  fltlab stress ./my-filter.js --duration 600
  fltlab stress scanner minispy --faults all --seed 7
  fltlab stress ./my-filter.js --faults systematic --fault-paths paths.txt`;
}

/** The command. */
export function stressCommand(about: About): Command {
  const command = new Command('stress')
    .description('Put filters under hostile traffic with every checker on, and report.')
    .argument('<filter...>', 'built-in filters, or modules: name|path[@altitude]');
  findingOptions(machineOptions(stressOptions(command))).addHelpText('after', helpText());
  return command.action(async (names: readonly string[], options: StressOptions) => {
    const baseline = readBaseline(options);
    const ran = await stressed(names, options, about.version);
    const report = finishFindings(ran, options, baseline, about.version);
    process.stdout.write(options.json ? jsonReport(report, about.version)
      : textReport(report, coloursFor(process.stdout)));
    about.finish(exitCodeOf(report));
  });
}
