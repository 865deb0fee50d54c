// A hunt: schedules of one target until something is found, the budget is used up, or nothing is
// left to try. Before it searches it runs the first schedules twice: a scenario that does not do
// the same when the same is chosen cannot be hunted, and the report says where it differed.
import { Cell } from './cell.ts';
import { Classes } from './classes.ts';
import { shrink } from './shrink.ts';
import type { RunSchedules } from './shrink.ts';
import { signatureOf } from './signature.ts';
import { actionOf } from './action.ts';
import { writeExpected } from './outcome.ts';
import type { Canary } from '../../atomics-sync/schedule/canary.ts';
import type { CellOrders } from '../../atomics-sync/schedule/cell.ts';
import type { Outcome, ScheduleEvent } from './outcome.ts';
import type { RunReport } from './cell.ts';
import { checkStrategy } from '../../atomics-sync/schedule/strategies/make.ts';
import type { StrategySpec } from '../../atomics-sync/schedule/strategies/make.ts';
import type { Target } from './target.ts';

export interface HuntOptions {
  /** A strategy's name; see strategies/make.ts. */
  readonly strategy: string;
  readonly seed: number;
  /** Milliseconds the hunt may take, and schedules it may run. */
  readonly milliseconds: number;
  readonly schedules: number;
  /** Go on after a finding and look for others. */
  readonly all?: boolean;
  /** With `all`: the hunt is over once this one was met. */
  readonly until?: (outcome: Outcome) => boolean;
  readonly minimise?: boolean;
  /** Milliseconds that the search for fewer preemptions may take; 30 seconds if left out. */
  readonly proofMilliseconds?: number;
  /** The core that the threads are to stay on. */
  readonly core?: number;
}

/** Something that a hunt found. */
export interface Finding {
  readonly signature: string;
  /** The schedule that showed it first, or the smallest that shows it. */
  readonly outcome: Outcome;
  /** Which schedule of the hunt it was, from 1, and after how many milliseconds. */
  readonly schedule: number;
  readonly milliseconds: number;
  /** A replay did the same, event by event. */
  readonly replays: boolean;
  readonly minimal?: 'proven' | 'open';
  /** Where the two accesses of a data race were made. */
  readonly stacks?: readonly [string, string];
}

export interface HuntReport {
  readonly target: Target;
  readonly findings: readonly Finding[];
  readonly schedules: number;
  readonly milliseconds: number;
  readonly classes: number;
  /** The estimated chance that the next schedule shows something new. */
  readonly residual: number;
  readonly exhausted: boolean;
  readonly proven: boolean;
  readonly longest: number;
  /** Why the search ended before its time, after it had found something. */
  readonly stoppedBy?: Error;
}

/** What a hunt says while it runs. */
export interface HuntProgress {
  readonly schedules: number;
  readonly milliseconds: number;
  readonly classes: number;
  readonly findings: number;
  readonly residual: number;
}

/** A failing schedule as it was met, before anything was made of it. */
type Sighting = Pick<Finding, 'signature' | 'outcome' | 'schedule' | 'milliseconds'>;

/** The scenario does not do the same when the same is chosen. */
export class NotDeterministic extends Error {
  override readonly name = 'NotDeterministic';
}

/** The hunter did not find what is known to be there. */
export class NotArmed extends Error {
  override readonly name = 'NotArmed';
}

const ARMED_SCHEDULES = 300;
const SLICE_MS = 250;
const TWICE = 3;
/** Milliseconds for the search for fewer preemptions. */
export const USUAL_PROOF = 30_000;

/** Starts the threads of a target; throws before that when the strategy is not for so many. */
async function startCell(target: Target, { core, strategy }: HuntOptions): Promise<Cell> {
  checkStrategy(strategy, target.threads.length);
  return Cell.start({ ...target.cell, ...(core !== undefined && { core }) });
}

/** One hunt over one cell. */
export class Hunt {
  readonly #target: Target;
  readonly #options: HuntOptions;
  #cell: Cell;
  readonly #classes = new Classes();
  readonly #sightings: Sighting[] = [];
  #schedules = 0;
  #started = 0;
  #stopped = false;
  #longest = 0;

  private constructor(target: Target, options: HuntOptions, cell: Cell) {
    this.#target = target;
    this.#options = options;
    this.#cell = cell;
  }

  /** Starts the threads of a target. */
  static async start(target: Target, options: HuntOptions): Promise<Hunt> {
    return new Hunt(target, options, await startCell(target, options));
  }

  get cell(): Cell {
    return this.#cell;
  }

  async stop(): Promise<void> {
    await this.#cell.stop();
  }

  /** Ends the search after the present schedule. */
  interrupt(): void {
    this.#stopped = true;
    this.#cell.pause();
  }

  #orders(
    strategy: StrategySpec, budget: number, more: Partial<CellOrders> = {}, stopOnFailure = true,
  ): CellOrders {
    const { mode, timeouts } = this.#target;
    const settings = { seed: this.#options.seed, budget, stopOnFailure, timeouts, mode };
    return { strategy, settings, classes: false, expected: 0, ...more };
  }

  /** Runs schedules with a strategy from its beginning, or goes on with the one of the last run. */
  async run(
    strategy: StrategySpec, budget: number, expected = 0, more = false,
  ): Promise<RunReport> {
    return this.#cell.run(this.#orders(strategy, budget, { expected, more }));
  }

  /** Runs the first schedule of a strategy with a seed of its own. */
  async runSeeded(strategy: StrategySpec, seed: number): Promise<RunReport> {
    const orders = this.#orders(strategy, 1);
    return this.#cell.run({ ...orders, settings: { ...orders.settings, seed } });
  }

  /** Repeats a schedule and compares it event by event. */
  async replay(outcome: Outcome): Promise<Outcome> {
    const expected = writeExpected(this.#cell.board, outcome.events);
    const report = await this.run({ name: 'replay', decisions: outcome.decisions }, 1, expected);
    return report.last;
  }

  /** Runs the first schedules twice; throws NotDeterministic with where they differed. */
  async checkTwice(): Promise<void> {
    const strategy = { name: 'pct:3' };
    for (let i = 1; i <= TWICE; i++) {
      const orders = this.#orders(strategy, 1);
      const settings = { ...orders.settings, seed: this.#options.seed + i };
      const first = await this.#cell.run({ ...orders, settings });
      const expected = writeExpected(this.#cell.board, first.last.events);
      const second = await this.#cell.run({ ...orders, settings, expected });
      const at = second.last.divergedAt;
      if (at >= 0 || second.last.steps !== first.last.steps) {
        throw new NotDeterministic(this.#difference(first.last, second.last, at));
      }
    }
  }

  /**
   * Hides bugs that everybody knows in the same engine; throws NotArmed when the strategy does not
   * find them.
   */
  async checkArmed(): Promise<void> {
    const { strategy } = this.#options;
    const expected: (readonly [Canary, string])[] = [['update', 'check'], ['deadlock', 'deadlock']];
    if (this.#target.cell.watch === true) expected.push(['access', 'rule']);
    if (this.#target.threads.length < 2) return;
    for (const [canary, failure] of expected) {
      const orders = this.#orders({ name: strategy }, ARMED_SCHEDULES, { canary });
      const { last } = await this.#cell.run(orders);
      if (last.failure === failure) continue;
      throw new NotArmed(`the hunt is not armed: the ${canary} canary in ${this.#target.name} ` +
        `was ` +
        `not found by ${strategy} in ${ARMED_SCHEDULES} schedules; nothing that it says can be ` +
        'believed');
    }
  }

  #difference(first: Outcome, second: Outcome, at: number): string {
    const step = at >= 0 ? at : Math.min(first.steps, second.steps);
    const say = (event: ScheduleEvent | undefined): string =>
      event === undefined ? 'nothing more' : this.describe(event, second.labels);
    return `the scenario ${this.#target.name} did something else when the same was chosen: at ` +
      `step ` +
      `${step} first ${say(first.events[step])}, then ${say(second.events[step])}; time, ` +
      'randomness and JavaScript variables that outlive a schedule are the usual causes';
  }

  /** A search that repeats a part of a schedule met something else there. */
  #astray({ divergedAt, events, labels }: Outcome): string {
    const before = events[divergedAt - 1];
    const where = before === undefined ? 'at the first step' :
      `at step ${divergedAt}, after ${this.describe(before, labels)},`;
    return `the scenario ${this.#target.name} is not deterministic: ${where} it is no longer the ` +
      'schedule that the search repeats; time, randomness and JavaScript variables that outlive ' +
      'a schedule are the usual causes';
  }

  /** An event in a few words. */
  describe(event: ScheduleEvent, labels: Readonly<Record<number, string>> = {}): string {
    return describeEvent(event, this.#target.threads, this.#cell.routines, labels);
  }

  /**
   * Searches. What was found before something went wrong is reported with it; with nothing found,
   * OutOfSight or NotDeterministic is thrown.
   */
  async search(onProgress?: (progress: HuntProgress) => void): Promise<HuntReport> {
    this.#started = performance.now();
    let report: RunReport | undefined;
    let stoppedBy: Error | undefined;
    try {
      report = await this.#explore(onProgress);
    } catch (error) {
      if (this.#sightings.length === 0) throw error;
      stoppedBy = error as Error;
      // Its threads are lost; what they found is confirmed by others.
      await this.#cell.stop();
      this.#cell = await startCell(this.#target, this.#options);
    }
    const progress = this.#progress();
    const findings: Finding[] = [];
    for (const sighting of this.#sightings) findings.push(await this.#confirm(sighting));
    return { ...progress, target: this.#target, findings, longest: this.#longest,
      exhausted: report?.exhausted === true,
      proven: report?.proven === true && this.#target.canProve,
      ...(stoppedBy !== undefined && { stoppedBy }) };
  }

  async #explore(onProgress?: (progress: HuntProgress) => void): Promise<RunReport> {
    const { strategy, schedules } = this.#options;
    for (let more = false; ; more = true) {
      const budget = Math.min(schedules - this.#schedules, this.#cell.board.maxResults);
      const timer = setTimeout(() => this.#cell.pause(), Math.min(SLICE_MS, this.#left()));
      const report = await this.#cell.run(this.#orders({ name: strategy }, budget,
        { classes: true, more })).finally(() => clearTimeout(timer));
      this.#count(report);
      if (report.last.failure === 'nondeterminism') {
        throw new NotDeterministic(this.#astray(report.last));
      }
      if (report.failures > 0) {
        this.#note(report.last);
        if (this.#options.all !== true || this.#options.until?.(report.last) === true) {
          return report;
        }
      }
      onProgress?.(this.#progress());
      if (report.exhausted || this.#stopped || this.#left() <= 0) return report;
      if (this.#schedules >= schedules) return report;
    }
  }

  #left(): number {
    return Math.max(0, this.#options.milliseconds - (performance.now() - this.#started));
  }

  #count(report: RunReport): void {
    this.#schedules += report.results.length;
    for (const result of report.results) {
      this.#classes.add(result.class);
      if (result.steps > this.#longest) this.#longest = result.steps;
    }
  }

  #progress(): HuntProgress {
    return {
      schedules: this.#schedules, milliseconds: performance.now() - this.#started,
      classes: this.#classes.size, findings: this.#sightings.length,
      residual: this.#classes.residual,
    };
  }

  #note(outcome: Outcome): void {
    const signature = signatureOf(outcome);
    if (this.#sightings.some((s) => s.signature === signature)) return;
    const milliseconds = performance.now() - this.#started;
    this.#sightings.push({ signature, outcome, schedule: this.#schedules, milliseconds });
  }

  /** Confirms a finding by a replay, and makes it small if that is wanted. */
  async #confirm(sighting: Sighting): Promise<Finding> {
    const { outcome } = sighting;
    const again = await this.replay(outcome);
    const replays = again.divergedAt < 0 && again.digest === outcome.digest;
    if (!replays || this.#options.minimise !== true) {
      return { ...sighting, replays, ...(await this.#withStacks(outcome)) };
    }
    const run: RunSchedules = async (strategy, budget, more) => this.run(strategy, budget, 0, more);
    const { proofMilliseconds = USUAL_PROOF } = this.#options;
    const small = await shrink(run, outcome, { proof: Infinity, proofMilliseconds });
    const { minimal } = small;
    return { ...sighting, replays, minimal, ...(await this.#withStacks(small.outcome)) };
  }

  /** A data race is run once more, for where its two accesses are made. */
  async #withStacks(outcome: Outcome): Promise<Pick<Finding, 'outcome' | 'stacks'>> {
    const steps = [...outcome.text.matchAll(/at step (\d+)/g)].map((m) => Number(m[1]));
    if (outcome.failure !== 'rule' || steps.length !== 2) return { outcome };
    this.#cell.board.askStacks(steps[0]!, steps[1]!);
    await this.replay(outcome);
    const { stacks } = this.#cell.board;
    this.#cell.board.askStacks(-1, -1);
    return { outcome, stacks };
  }
}

/** An event in a few words. */
export function describeEvent(
  event: ScheduleEvent, threads: readonly string[], routines: ReadonlyMap<number, string>,
  labels: Readonly<Record<number, string>> = {},
): string {
  return `${threads[event.thread] ?? event.thread}: ${actionOf(event, routines, labels)}`;
}
