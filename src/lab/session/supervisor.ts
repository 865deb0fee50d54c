// Watches a machine while it works: shows progress, and notices what the machine itself cannot
// report, because the thread that should is gone or never comes back. Every wait of a session goes
// through `guard`, so that none of them is for ever.
import { majorName } from '../report/format.ts';
import { SlowClock, Watchdog } from './watchdog.ts';
import type { Machine } from '../../machine/machine.ts';
import type { ThreadView } from '../../machine/host-view.ts';
import type { Progress } from '../report/progress.ts';
import type { Finding, FindingKind, ThreadRow } from '../report/run-report.ts';
import type { Stuck } from './watchdog.ts';

const LOOK_MS = 200;
/** A look that comes later says that this process does not get the processor. */
const LATE_MS = 2 * LOOK_MS;
/** Requestors get this long to load their modules. */
const START_MS = 60_000;
/** A machine that has crashed or lost a thread gets this long to let its promises settle. */
const GRACE_MS = 1500;

/** Something ended the run before its time; it says so as a finding. */
export class RunFailure extends Error {
  readonly finding: Finding;
  /** Threads that may spin: their debugger knows where. */
  readonly suspects: readonly ThreadView[];
  constructor(kind: FindingKind, text: string, suspects: readonly ThreadView[] = []) {
    super(text);
    this.name = 'RunFailure';
    this.finding = { kind, text };
    this.suspects = suspects;
  }
}

/** Threads of a machine that hangs which are not seen to wait; the clock always runs. */
function suspectsOf({ thread }: Stuck, threads: readonly ThreadView[]): readonly ThreadView[] {
  if (thread !== undefined) return [thread];
  return threads.filter(({ state, role }) => state === 'running' && role !== 'clock');
}

/** What a run is doing; a function where requestors work, which knows how far they are. */
type Phase = string | (() => string);

const nameOf = (phase: Phase): string => (typeof phase === 'string' ? phase : phase());

interface Counts {
  readonly issued: number;
  readonly completed: number;
}

/** A thread as reports show it. */
export function threadRow(
  thread: ThreadView, routines: ReadonlyMap<number, string>,
): ThreadRow {
  const { processor, irql, state, routine, major, issued, completed } = thread;
  const role = thread.role === 'boot' ? 'control' : thread.role;
  const operation = major < 0 ? '' : ` for ${majorName(major)}`;
  const where = routine === 0 ? ''
    : `in ${routines.get(routine) ?? `routine ${routine}`}${operation}`;
  return { processor, role, state, irql, where, issued, completed };
}

export class Supervisor {
  readonly #machine: Machine;
  readonly #progress: Progress;
  readonly #watchdog: Watchdog;
  /** Names the driver of a routine. */
  readonly #driverOf: (routine: number) => string;
  readonly #start = performance.now();
  #phase: Phase = '';
  #still: string | undefined;
  /** When the wait began; and whether it still is for the requestors' threads to start. */
  #since = 0;
  #isStarting = false;
  /** What each processor's thread had counted when it was last seen: threads leave. */
  readonly #counts = new Map<number, Counts>();
  #lastLook: { readonly at: number; readonly completed: number } | undefined;
  #perSecond = 0;
  #brokeAt: number | undefined;
  #fail: ((failure: RunFailure) => void) | undefined;
  readonly #clock = new SlowClock(performance.now(), LATE_MS);
  /** The time of the last look, by the slow clock. */
  #now = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    machine: Machine, progress: Progress, watchdogMs: number,
    driverOf: (routine: number) => string,
  ) {
    this.#machine = machine;
    this.#progress = progress;
    this.#watchdog = new Watchdog(watchdogMs);
    this.#driverOf = driverOf;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /**
   * Waits for `work` as long as the machine is alive.
   * @param phase what progress calls it, or who knows.
   * @param still what it means, in this phase, when nothing moves.
   */
  async guard<T>(phase: Phase, work: Promise<T>, still?: string): Promise<T> {
    this.#phase = phase;
    this.#still = still;
    this.#since = performance.now();
    this.#isStarting = typeof phase === 'function';
    this.#watchdog.reset(this.#now);
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    try {
      return await Promise.race([work, failed]);
    } finally {
      this.#fail = undefined;
      // A promise that lost the race may still reject; nobody is left to hear it.
      work.catch(() => undefined);
      failed.catch(() => undefined);
    }
  }

  /** Operations of all requestors that ever were. */
  counts(): Counts {
    const sum = { issued: 0, completed: 0 };
    this.#count(this.#machine.view.threads());
    for (const { issued, completed } of this.#counts.values()) {
      sum.issued += issued;
      sum.completed += completed;
    }
    return sum;
  }

  #count(threads: readonly ThreadView[]): void {
    for (const { processor, issued, completed } of threads) {
      this.#counts.set(processor, { issued, completed });
    }
  }

  /** Every thread, as reports show it. */
  threads(): ThreadRow[] {
    return this.#machine.view.threads().map((t) => threadRow(t, this.#machine.routines));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#progress.clear();
  }

  #look(): void {
    const now = performance.now();
    this.#now = this.#clock.look(now);
    const threads = this.#machine.view.threads();
    this.#show(now, threads);
    if (this.#fail === undefined) return;
    const failure = this.#broken(now, threads) ?? this.#stuck(now, threads);
    if (failure !== undefined) this.#fail(failure);
  }

  #show(now: number, threads: readonly ThreadView[]): void {
    const { issued, completed } = this.counts();
    const last = this.#lastLook;
    if (last !== undefined && now > last.at) {
      const rate = Math.max(0, completed - last.completed) / ((now - last.at) / 1000);
      this.#perSecond = this.#perSecond * 0.7 + rate * 0.3;
    }
    this.#lastLook = { at: now, completed };
    this.#progress.show({
      phase: nameOf(this.#phase), seconds: (now - this.#start) / 1000, issued, completed,
      perSecond: this.#perSecond,
      threads: threads.map((t) => threadRow(t, this.#machine.routines)),
    });
  }

  /** A crash or a death, when the machine had its time to say so itself. */
  #broken(now: number, threads: readonly ThreadView[]): RunFailure | undefined {
    const crash = this.#machine.crash();
    const dead = threads.find(({ state }) => state === 'dead');
    if (crash === undefined && dead === undefined) return undefined;
    this.#brokeAt ??= now;
    if (now - this.#brokeAt < GRACE_MS) return undefined;
    if (crash !== undefined) return new RunFailure('bug-check', crash.message);
    return this.death('its worker ended');
  }

  /** The death of a thread, if one died; `why` is what is known of the cause. */
  death(why: string): RunFailure | undefined {
    const dead = this.#machine.view.threads().find(({ state }) => state === 'dead');
    if (dead === undefined) return undefined;
    const { routine, role, processor, major } = dead;
    const name = this.#machine.routines.get(routine) ?? `routine ${routine}`;
    const operation = major < 0 ? '' : ` for an ${majorName(major)}`;
    const where =
      routine === 0 ? '' : ` in ${this.#driverOf(routine)}'s routine ${name}${operation}`;
    const thread = role === '' ? 'a thread that had not begun' : `the ${role} thread`;
    return new RunFailure('worker-died',
      `${thread} of processor ${processor} died${where}: ${why}`);
  }

  #stuck(now: number, threads: readonly ThreadView[]): RunFailure | undefined {
    if (this.#brokeAt !== undefined) return undefined;
    this.#isStarting &&= threads.every(({ role }) => role !== 'requestor');
    // A thread that loads its modules is no thread of the machine yet.
    if (this.#isStarting && now - this.#since < START_MS) {
      this.#watchdog.reset(this.#now);
      return undefined;
    }
    const { user, system } = process.cpuUsage();
    const stuck = this.#watchdog.look(this.#now, threads, (user + system) / 1000);
    return stuck &&
      new RunFailure('watchdog', this.#describe(stuck), suspectsOf(stuck, threads));
  }

  #describe({ thread, forMs }: Stuck): string {
    const time = `${(forMs / 1000).toFixed(1)} s`;
    if (thread === undefined) {
      const meaning = this.#still ?? `nothing has moved while the run was ` +
        `${nameOf(this.#phase)}: a ` +
        'deadlock, or a wait that nobody ends; where every thread is stands below';
      return `${meaning} (for ${time})`;
    }
    const { routines } = this.#machine;
    const routine = routines.get(thread.routine) ?? `routine ${thread.routine}`;
    const major = majorName(thread.major);
    return `${this.#driverOf(thread.routine)}'s routine ${routine} has been running ` +
      `for ${time}${major === '' ? '' : ` for an ${major}`} on the ${thread.role} thread of ` +
      `processor ${thread.processor} at IRQL ${thread.irql}; it seems to loop`;
  }
}
