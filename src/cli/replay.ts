// `fltlab replay`: repeats one schedule, from a token or a file, and says whether it still fails.
// Step by step it is compared with what was recorded; where it leaves that, the report says at
// which step and what was there instead.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { decodeSchedule, looksLikeCode } from '../atomics-sync/schedule/trace-code.ts';
import { buildId } from '../lab/hunt/build.ts';
import { Hunt } from '../lab/hunt/hunt.ts';
import { UnknownScenario, resolveScenarios } from '../lab/hunt/scenarios.ts';
import { columns } from '../lab/hunt/report/columns.ts';
import { eventsOf, readScheduleFile } from '../lab/hunt/schedule-file.ts';
import { writeExpected } from '../lab/hunt/outcome.ts';
import { EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE } from '../lab/report/run-report.ts';
import { resolveFilters } from './filters.ts';
import { nearOf, targetOptions } from './hunt.ts';
import { UsageError } from './options.ts';
import type { About } from './about.ts';
import type { Grain, Target } from '../lab/hunt/target.ts';
import type { Outcome, ScheduleEvent } from '../lab/hunt/outcome.ts';
import type { ScheduleCode } from '../atomics-sync/schedule/trace-code.ts';
import type { TargetOptions } from './hunt.ts';

/** What is repeated, and on what. */
interface Recorded {
  readonly code: ScheduleCode;
  readonly events: readonly ScheduleEvent[];
  readonly filters: readonly string[];
  readonly options: TargetOptions;
}

function fromText(text: string, filters: readonly string[], options: TargetOptions): Recorded {
  try {
    if (looksLikeCode(text) && !existsSync(text)) {
      return { code: decodeSchedule(text), events: [], filters, options };
    }
    const file = readScheduleFile(text);
    const { hunted } = file;
    const asHunted: TargetOptions = {
      scenario: hunted.near !== undefined ? []
        : hunted.module === '' ? [file.scenario] : [hunted.module],
      grain: hunted.grain as Grain, verifier: hunted.verifier, races: hunted.races,
      timeouts: hunted.timeouts, ...(hunted.near !== undefined && { near: hunted.near }),
    };
    return {
      code: decodeSchedule(file.token), events: eventsOf(file), options: asHunted,
      filters: filters.length > 0 ? filters : hunted.filters,
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function targetsOf({ code, filters, options }: Recorded): Promise<readonly Target[]> {
  if (options.near !== undefined) return [(await nearOf(filters, options, options.near)).target];
  const images = await resolveFilters(filters, process.cwd());
  const names = options.scenario.length > 0 ? options.scenario : [code.scenario];
  try {
    return await resolveScenarios(names, { ...options, images });
  } catch (error) {
    throw error instanceof UnknownScenario ? new UsageError(error.message) : error;
  }
}

async function targetOf(recorded: Recorded): Promise<Target> {
  const { code } = recorded;
  const targets = await targetsOf(recorded);
  const target = targets.find((t) => t.name === code.scenario);
  if (target === undefined) {
    throw new UsageError(`the token is of the scenario ${code.scenario}; give the module that ` +
      'exports it with --scenario PATH');
  }
  if (target.threads.length !== code.threads) {
    throw new UsageError(`the schedule is of ${code.threads} threads, ${code.scenario} has ` +
      `${target.threads.length} now: it no longer fits`);
  }
  return target;
}

/** Where a replay left what was recorded; undefined when it did not. */
function departure(
  { code, events }: Recorded, outcome: Outcome, say: (event: ScheduleEvent) => string,
): string | undefined {
  const at = outcome.divergedAt;
  if (at >= 0) {
    const was = events[at] === undefined ? 'another thread to go on' : say(events[at]);
    const is = outcome.events[at] === undefined ? 'nothing more' : say(outcome.events[at]);
    return `it leaves the recorded schedule at step ${at}: recorded was ${was}, now it is ${is}`;
  }
  if (outcome.steps !== code.steps) {
    return `it has ${outcome.steps} events, ${code.steps} were recorded`;
  }
  return outcome.digest === code.digest ? undefined : 'its events differ from those recorded';
}

async function replay(recorded: Recorded, about: About): Promise<void> {
  const { code } = recorded;
  const now = buildId();
  if (code.build !== now) {
    process.stderr.write(`note: the schedule is of build ${code.build}, this is ${now}; ` +
      'it may no longer fit\n');
  }
  const target = await targetOf(recorded);
  const hunt = await Hunt.start(target, {
    strategy: 'replay', seed: 1, milliseconds: 60_000, schedules: 1,
  });
  try {
    const expected = writeExpected(hunt.cell.board, recorded.events);
    const strategy = { name: 'replay', decisions: code.decisions };
    const { last } = await hunt.run(strategy, 1, expected);
    tell(recorded, last, hunt, target, about);
  } finally {
    await hunt.stop();
  }
}

function tell(
  recorded: Recorded, outcome: Outcome, hunt: Hunt, target: Target, about: About,
): void {
  const left = departure(recorded, outcome, (event) => hunt.describe(event, outcome.labels));
  const failed = outcome.failure !== 'none' && outcome.failure !== 'nondeterminism';
  const lines = [
    failed ? `it fails: ${outcome.failure}` : 'it does not fail',
    outcome.text,
    left === undefined ? `the same ${outcome.steps} events, digest ` +
      `${(outcome.digest >>> 0).toString(16)}` : left,
    '', columns(outcome, target.threads, hunt.cell.routines),
  ];
  process.stdout.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
  about.finish(failed ? EXIT_FINDINGS : left === undefined ? EXIT_CLEAN : EXIT_USAGE);
}

/** The command. */
export function replayCommand(about: About): Command {
  const command = new Command('replay')
    .description('Repeat one schedule, and say whether it still fails.')
    .argument('<token|file>', 'what a hunt printed, or a .schedule file that it saved')
    .argument('[filter...]', 'the filters of the hunt; a file knows them');
  targetOptions(command)
    .addHelpText('after', '\nExit codes: 0 it does not fail, 1 it fails, 2 it no longer fits.\n')
    .action(async (text: string, filters: string[], options: TargetOptions) =>
      replay(fromText(text, filters, options), about));
  return command;
}
