// `fltlab hunt`: filters in the situations that drivers get wrong, under controlled schedules,
// until something is found or the budget is used up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Campaign } from '../lab/hunt/campaign.ts';
import { USUAL_PROOF } from '../lab/hunt/hunt.ts';
import { UnknownScenario, resolveScenarios } from '../lab/hunt/scenarios.ts';
import { checkStrategy } from '../atomics-sync/schedule/strategies/make.ts';
import { families } from '../lab/hunt/families.ts';
import { NothingToRepeat } from '../lab/hunt/near/plan.ts';
import { nearTarget } from '../lab/hunt/near/target.ts';
import { DumpError, readDump } from '../lab/dump/file.ts';
import { huntJson, huntJunit, huntSarif } from '../lab/hunt/report/json.ts';
import { huntText } from '../lab/hunt/report/text.ts';
import { scheduleText, tokenOf } from '../lab/hunt/schedule-file.ts';
import { EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERNAL } from '../lab/report/run-report.ts';
import { coloursFor } from '../lab/report/table.ts';
import { resolveFilters } from './filters.ts';
import { HOUR, UsageError, collect, onOff, seconds, wholeNumber } from './options.ts';
import type { Grain, Target } from '../lab/hunt/target.ts';
import type { HuntOutcome } from '../lab/hunt/one.ts';
import type { HuntedWith } from '../lab/hunt/schedule-file.ts';
import type { Reported } from '../lab/hunt/report/text.ts';
import type { NearTarget } from '../lab/hunt/near/target.ts';
import type { About } from './about.ts';

export const grains: readonly Grain[] = ['calls', 'accesses', 'words'];
/** Quick ones that need no parameter; a machine's calls are too many for a complete search. */
export const MACHINE_STRATEGY = 'pct:3+pos+surw+random+pct:2+delay:1-2';

/** What hunting and replaying are told about a machine. */
export interface TargetOptions {
  readonly scenario: readonly string[];
  readonly grain: Grain;
  readonly verifier: boolean;
  readonly races: boolean;
  readonly timeouts: 'late' | 'any';
  /** A crash dump, whose last operations are the scenario. */
  readonly near?: string;
}

interface HuntCommandOptions extends TargetOptions {
  readonly strategy?: string;
  readonly duration: number;
  readonly schedules: number;
  readonly seed: number;
  readonly cells: number;
  readonly all: boolean;
  readonly minimise: boolean;
  readonly proof: number;
  readonly save?: string;
  readonly json: boolean;
  readonly junit?: string;
  readonly sarif?: string;
}

/** The options that say what is hunted. */
export function targetOptions(command: Command): Command {
  return command
    .option('--scenario <name|path>', `one of ${families.map((f) => f.name).join(', ')}, or a ` +
      'module that exports scenarios; repeatable (default: all of them)', collect, [])
    .addOption(new Option('--grain <grain>', 'what is a step: calls across the boundary of a ' +
      'driver, its accesses to shared memory as well, or every word that passes the door')
      .choices(grains).default('calls'))
    .option('--verifier <on|off>', 'the checked configuration', onOff, true)
    .option('--races <on|off>', 'look for data races', onOff, true)
    .addOption(new Option('--timeouts <when>', 'whether a limited wait ends only when nobody ' +
      'else ' +
      'can run, or whenever the schedule likes').choices(['late', 'any']).default('late'))
    .option('--near <dump>', 'in place of a scenario: the last operations of a crash dump of ' +
      'fltlab stress, near the order that they had');
}

/** The dump's target; throws a UsageError where it cannot be hunted. */
export async function nearOf(
  filters: readonly string[], options: TargetOptions, dump: string,
): Promise<NearTarget> {
  if (options.scenario.length > 0) {
    throw new UsageError('--near takes its scenario from the dump: leave --scenario out');
  }
  try {
    const read = readDump(dump);
    const images = await resolveFilters(filters, process.cwd());
    return nearTarget(read, { ...options, images });
  } catch (error) {
    const isKnown = error instanceof DumpError || error instanceof NothingToRepeat;
    throw isKnown ? new UsageError(error.message) : error;
  }
}

async function targetsOf(
  filters: readonly string[], options: TargetOptions,
): Promise<readonly Target[]> {
  const images = await resolveFilters(filters, process.cwd());
  try {
    return await resolveScenarios(options.scenario, { ...options, images });
  } catch (error) {
    throw error instanceof UnknownScenario ? new UsageError(error.message) : error;
  }
}

/** How a hunt was told what it hunts, in the words of the command line. */
function huntedWith(
  filters: readonly string[], options: TargetOptions, target: Target,
): HuntedWith {
  const { grain, verifier, races, timeouts, near } = options;
  const isFamily = families.some((family) => family.name === target.name);
  const module = isFamily ? '' : (options.scenario.find((name) => /[/\\.]/.test(name)) ?? '');
  return { filters, module, grain, verifier, races, timeouts,
    ...(near !== undefined && { near }) };
}

/** The command line that repeats a schedule. */
export function replayCommand(token: string, hunted: HuntedWith): string {
  const words = ['fltlab replay', token, ...hunted.filters];
  if (hunted.module !== '') words.push(`--scenario ${hunted.module}`);
  if (hunted.near !== undefined) words.push(`--near ${hunted.near}`);
  if (hunted.grain !== 'calls') words.push(`--grain ${hunted.grain}`);
  if (!hunted.verifier) words.push('--verifier off');
  if (!hunted.races) words.push('--races off');
  if (hunted.timeouts !== 'late') words.push('--timeouts any');
  return words.join(' ');
}

function reported(
  outcome: Extract<HuntOutcome, { report: unknown }>, filters: readonly string[],
  options: HuntCommandOptions,
): Reported {
  const { report, routines } = outcome;
  const hunted = huntedWith(filters, options, report.target);
  const tokens = report.findings.map((finding) => {
    const token = tokenOf(report.target, finding.outcome);
    return { token, command: replayCommand(token, hunted) };
  });
  return { report, routines, tokens };
}

function save(
  folder: string, all: readonly Reported[], filters: readonly string[],
  options: HuntCommandOptions,
): void {
  mkdirSync(folder, { recursive: true });
  for (const { report } of all) {
    report.findings.forEach((finding, i) => {
      const file = join(folder, `${report.target.name}-${i + 1}.schedule`);
      const hunted = huntedWith(filters, options, report.target);
      writeFileSync(file, scheduleText(report.target, finding, hunted));
      process.stderr.write(`saved ${file}\n`);
    });
  }
}

async function hunt(
  filters: readonly string[], options: HuntCommandOptions, about: About,
): Promise<void> {
  const near =
    options.near === undefined ? undefined : await nearOf(filters, options, options.near);
  if (near !== undefined && near.leftOut.length > 0) {
    process.stderr.write(`left out of the dump's operations: ${near.leftOut.join(', ')}\n`);
  }
  const targets = near === undefined ? await targetsOf(filters, options) : [near.target];
  const hasMachine = targets.some((target) => !target.canProve);
  const strategy = options.strategy ?? near?.strategy ??
    (hasMachine ? MACHINE_STRATEGY : 'portfolio');
  checkStrategy(strategy);
  const campaign = new Campaign(targets, {
    strategy, seed: options.seed, milliseconds: options.duration * 1000,
    schedules: options.schedules, all: options.all, minimise: options.minimise,
    proofMilliseconds: options.proof * 1000,
  }, options.cells);
  const onSignal = (): void => campaign.interrupt();
  process.once('SIGINT', onSignal);
  const isTerminal = process.stderr.isTTY === true && !options.json;
  const outcomes = await campaign.run({
    progress(target, p) {
      if (!isTerminal) return;
      const rate = Math.round((1000 * p.schedules) / Math.max(1, p.milliseconds));
      process.stderr.write(`\r\u001b[K${target.name}: ${p.schedules} schedules, ${rate}/s, ` +
        `${p.classes} classes, ${p.findings} findings`);
    },
    ended() {
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  });
  process.off('SIGINT', onSignal);
  finish(outcomes, filters, options, about);
}

function finish(
  outcomes: readonly HuntOutcome[], filters: readonly string[], options: HuntCommandOptions,
  about: About,
): void {
  const all: Reported[] = [];
  let failed = false;
  for (const outcome of outcomes) {
    if ('report' in outcome) all.push(reported(outcome, filters, options));
    const error = 'report' in outcome ? outcome.report.stoppedBy : outcome.error;
    if (error === undefined) continue;
    const { name } = 'report' in outcome ? outcome.report.target : outcome.target;
    failed = true;
    process.stderr.write(`error: ${name}: ${error.message}\n`);
  }
  process.stdout.write(options.json ? huntJson(all, about.version)
    : huntText(all, coloursFor(process.stdout)));
  if (options.junit !== undefined) writeFileSync(options.junit, huntJunit(all));
  if (options.sarif !== undefined) writeFileSync(options.sarif, huntSarif(all, about.version));
  if (options.save !== undefined) save(options.save, all, filters, options);
  const found = all.some(({ report }) => report.findings.length > 0);
  about.finish(found ? EXIT_FINDINGS : failed ? EXIT_INTERNAL : EXIT_CLEAN);
}

/** The command. */
export function huntCommand(about: About): Command {
  const command = new Command('hunt')
    .description('Search the interleavings of filters for one that fails, and say how to repeat ' +
      'it.')
    .argument('[filter...]', 'built-in filters or modules, as NAME or PATH, with @altitude');
  targetOptions(command)
    .option('--strategy <name>', 'how schedules are chosen: random, pct:DEPTH, pos, surw, ' +
      'rff, delay:BOUND, preemption:BOUND, dfs, dpor, or several with + (default: a mix)')
    .option('--duration <seconds>', 'for each scenario', seconds(0.1, 24 * HOUR), 10)
    .option('--schedules <n>', 'for each scenario at most', wholeNumber(1, 1e9), 1e9)
    .option('--seed <n>', 'every choice comes from it', wholeNumber(0, 2 ** 31 - 1), 1)
    .option('--cells <n>', 'scenarios hunted at a time, each on a core of its own',
      wholeNumber(1, 64), Math.min(availableParallelism(), 8))
    .option('--all', 'go on after a finding', false)
    .option('--no-minimise', 'report the schedule as it was found')
    .option('--proof <seconds>', 'for looking whether fewer preemptions do as well',
      seconds(0.1, 24 * HOUR), USUAL_PROOF / 1000)
    .option('--save <folder>', 'keep failing schedules as files')
    .option('--json', 'the report as JSON', false)
    .option('--junit <file>', 'write JUnit XML')
    .option('--sarif <file>', 'write SARIF 2.1.0 with thread flows')
    .addHelpText('after', '\nExit codes: 0 nothing found, 1 findings, 2 usage, 3 a scenario that ' +
      'cannot be hunted.\n\nExamples:\n' +
      '  fltlab hunt ./my-filter.js\n' +
      '  fltlab hunt ./my-filter.js --scenario unload-during-io --duration 60 --all\n' +
      '  fltlab hunt --scenario ./my-scenarios.js --strategy dpor\n' +
      '  fltlab hunt ./my-filter.js --near dumps/fltlab-seed-7-4711.dump\n')
    .action(async (filters: string[], options: HuntCommandOptions) =>
      hunt(filters, options, about));
  return command;
}
