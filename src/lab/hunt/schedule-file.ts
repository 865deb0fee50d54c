// A failing schedule as a file (`*.schedule`): the token, what was hunted, and every event, so that
// a replay can say at which step it leaves what was recorded and what was there instead. CI keeps
// such files and replays them first.
import { readFileSync } from 'node:fs';
import { encodeSchedule } from '../../atomics-sync/schedule/trace-code.ts';
import { buildId } from './build.ts';
import type { Finding } from './hunt.ts';
import type { Outcome, ScheduleEvent } from './outcome.ts';
import type { Target } from './target.ts';

const FORMAT = 1;

/** What a file says. */
export interface ScheduleFile {
  readonly format: typeof FORMAT;
  readonly token: string;
  readonly scenario: string;
  /** What the hunt was told, so that the same can be set up again. */
  readonly hunted: HuntedWith;
  readonly signature: string;
  readonly threads: readonly string[];
  /** Thread, kind, 1 for a step + 2 for a preemption, object, word before, operand. */
  readonly events: readonly (readonly number[])[];
}

/** How a target was made, in the words of the command line. */
export interface HuntedWith {
  readonly filters: readonly string[];
  /** A module of scenarios; empty for a built-in family. */
  readonly module: string;
  readonly grain: string;
  readonly verifier: boolean;
  readonly races: boolean;
  readonly timeouts: 'late' | 'any';
  /** The crash dump that the scenario was made from. */
  readonly near?: string;
}

/** The token of a schedule of a target. */
export function tokenOf(target: Target, outcome: Outcome): string {
  return encodeSchedule({
    build: buildId(), scenario: target.name, threads: target.threads.length,
    anyTime: target.timeouts === 'any', steps: outcome.steps, digest: outcome.digest,
    decisions: outcome.decisions,
  });
}

/** The text of a finding's file. */
export function scheduleText(target: Target, finding: Finding, hunted: HuntedWith): string {
  const { outcome, signature } = finding;
  const file: ScheduleFile = {
    format: FORMAT, token: tokenOf(target, outcome), scenario: target.name, hunted, signature,
    threads: target.threads,
    events: outcome.events.map((e) =>
      [e.thread, e.kind, (e.isStep ? 1 : 0) | (e.preempts ? 2 : 0), e.object, e.before, e.operand]),
  };
  const { events, ...head } = file;
  const rows = events.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
  const opening = JSON.stringify(head, null, 1).slice(0, -2);
  return `${opening},\n "events": [\n${rows}\n ]\n}\n`;
}

/** Reads a schedule's file; throws an Error that says what is wrong with it. */
export function readScheduleFile(path: string): ScheduleFile {
  let file: Partial<ScheduleFile>;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Partial<ScheduleFile>;
  } catch (error) {
    throw new Error(`${path} is no schedule: ${(error as Error).message}`, { cause: error });
  }
  if (file.format !== FORMAT) {
    throw new Error(`${path} has format ${String(file.format)}, this fltlab reads ${FORMAT}`);
  }
  if (typeof file.token !== 'string' || !Array.isArray(file.events)) {
    throw new Error(`${path} has no token or no events; was it cut short?`);
  }
  return file as ScheduleFile;
}

/** The events of a file. */
export function eventsOf(file: ScheduleFile): ScheduleEvent[] {
  return file.events.map(([thread = 0, kind = 0, step = 0, object = 0, before = 0, operand = 0]) =>
    ({ thread, kind, object, before, operand, isStep: (step & 1) !== 0,
      preempts: (step & 2) !== 0 }));
}
