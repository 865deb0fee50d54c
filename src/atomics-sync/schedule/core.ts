// @hot  The heart of a controlled schedule, the same for every engine: it knows who can run, asks
// the strategy who goes on, records events and decisions, and lets sleepers go. It moves no thread;
// an engine does (baton.ts on real threads, coroutines.ts in one).
//
// A step is one event: the thread that the schedule chose carries out the operation that it had
// announced, and runs until it announces the next.
import * as layout from './board.ts';
import { POINT_COMPARE, POINT_READ, POINT_RESUME, POINT_START, POINT_TIMEOUT, POINT_YIELD, writes }
  from './point.ts';
import { ASTRAY as astrayAnswer, CUT as cutAnswer, defaultNext } from './strategy.ts';
import { hereStack } from './stack.ts';
import type { Board } from './board.ts';
import type { Strategy } from './strategy.ts';

const { B_THREADS, B_PHASE, B_STEPS, B_SWITCHES, B_PREEMPTIONS, B_RUNNABLE, B_LIVE, B_YIELDED,
  B_STAMP, B_NOW, B_DIGEST, B_DECISIONS, B_FAILURE, B_FAILED_THREAD, B_MAX_STEPS, B_TIME_POLICY,
  B_DIVERGED, B_EXPECTED, B_ENDED, B_YIELDS, B_IDLE_JUMPS, B_JUMPS, B_CHOICES, B_CUT, B_MODE,
  B_FIRST_MODE, B_CAPTURE, B_NEXT_FLAGS, PREEMPTED,
  MODE_QUIET } = layout;
const { T_STATE, T_KIND, T_OBJECT, T_WAIT, T_STAMP, T_DEADLINE, T_EVENTS, T_YIELDED, T_REASON,
  T_DAEMON, T_WAKER, T_SPIN_OBJECT, T_SPIN_VALUE, T_SPINS, T_IDLE } = layout;
const { STATE_RUNNABLE, STATE_BLOCKED, STATE_ENDED, REASON_WOKEN, REASON_TIME, NEVER, TIME_ANY,
  PHASE_RUN, PHASE_ABORT, FAILURE_NONE, FAILURE_DEADLOCK, FAILURE_ENDLESS,
  FAILURE_NONDETERMINISM } = layout;
const HEADER = layout.HEADER_WORDS;
const RECORD = layout.THREAD_WORDS;
const EVENT = layout.EVENT_WORDS;
const NOTED = layout.RECORDED;
const CUT = cutAnswer;
const ASTRAY = astrayAnswer;
const READ = POINT_READ;
const COMPARE = POINT_COMPARE;
const YIELD = POINT_YIELD;
const change = writes;
const whereAmI = hereStack;

/** The answer of `decide` when no thread goes on: the schedule is over, or has failed. */
export const NOBODY = -1;
/** Looks at one unchanged word after which a thread counts as waiting for another. */
const SPIN_LOOKS = 2;
/** Events without any change after which each further look counts so. */
const IDLE_LOOKS = 32;
/** Sleeps that time ended in a row, with nothing else done: nobody will ever do anything. */
const MAX_IDLE_JUMPS = 256;

/** Who can run, who goes on, and what happened: see the head of the file. */
export class Core {
  readonly board: Board;
  readonly strategy: Strategy;
  readonly words: Int32Array;
  readonly #runnable: Int32Array;
  readonly #scratch: Int32Array;
  readonly #events: number;
  readonly #expected: number;
  readonly #decisions: number;

  constructor(board: Board, strategy: Strategy) {
    this.board = board;
    this.strategy = strategy;
    this.words = board.words;
    this.#runnable = board.words.subarray(board.runnableAt, board.runnableAt + board.threads);
    this.#scratch = new Int32Array(board.threads);
    this.#events = board.eventsAt;
    this.#expected = board.expectedAt;
    this.#decisions = board.decisionsAt;
  }

  /** Makes the board ready for a schedule: every thread is about to start. */
  begin(): void {
    const w = this.words;
    const threads = w[B_THREADS]!;
    w[B_STEPS] = w[B_SWITCHES] = w[B_PREEMPTIONS] = w[B_YIELDED] = w[B_STAMP] = w[B_NOW] = 0;
    w[B_DECISIONS] = w[B_FAILURE] = w[B_DIVERGED] = w[B_ENDED] = w[B_YIELDS] = 0;
    w[B_IDLE_JUMPS] = w[B_JUMPS] = w[B_CHOICES] = w[B_CUT] = 0;
    w[B_FAILED_THREAD] = -1;
    w[B_NEXT_FLAGS] = 0;
    w[B_MODE] = w[B_FIRST_MODE]!;
    w[B_DIGEST] = 0x2545f491;
    let live = 0;
    for (let t = 0; t < threads; t++) {
      const r = HEADER + t * RECORD;
      w[r + T_STATE] = STATE_RUNNABLE;
      w[r + T_KIND] = POINT_START;
      w[r + T_OBJECT] = w[r + T_EVENTS] = w[r + T_YIELDED] = w[r + T_REASON] = 0;
      w[r + T_SPIN_OBJECT] = w[r + T_SPINS] = w[r + T_IDLE] = w[r + T_WAIT] = 0;
      if (w[r + T_DAEMON] === 0) live++;
      this.#runnable[t] = t;
    }
    w[B_RUNNABLE] = threads;
    w[B_LIVE] = live;
    w[B_PHASE] = PHASE_RUN;
  }

  /** Thread t announces what it is about to do. */
  announce(t: number, kind: number, object: number): void {
    const w = this.words;
    const r = HEADER + t * RECORD;
    w[r + T_KIND] = kind;
    w[r + T_OBJECT] = object;
    if (kind === YIELD) this.#yields(r);
    else if (kind === READ || kind === COMPARE) {
      const again = w[r + T_SPIN_OBJECT] === object && w[r + T_SPINS]! >= SPIN_LOOKS;
      if (again || w[r + T_IDLE]! >= IDLE_LOOKS) this.#yields(r);
    }
  }

  #yields(r: number): void {
    const w = this.words;
    w[B_YIELDS] = w[B_YIELDS]! + 1;
    if (w[r + T_YIELDED] !== 0) return;
    w[r + T_YIELDED] = 1;
    w[B_YIELDED] = w[B_YIELDED]! + 1;
  }

  /** Who goes on after thread `last` announced, slept or ended (-1: at the start); or NOBODY. */
  decide(last: number): number {
    const w = this.words;
    let count = w[B_RUNNABLE]!;
    if (count === 0) {
      if (!this.#letTimePass()) return NOBODY;
      count = w[B_RUNNABLE]!;
    }
    let ids = this.#runnable;
    let canStay = false;
    if (last >= 0) {
      const r = HEADER + last * RECORD;
      canStay = w[r + T_STATE] === STATE_RUNNABLE && w[r + T_YIELDED] === 0;
    }
    if (w[B_YIELDED] !== 0) {
      const willing = this.#willing(count);
      if (willing !== 0) {
        ids = this.#scratch;
        count = willing;
      }
    }
    if ((w[B_MODE]! & MODE_QUIET) !== 0) return defaultNext(ids, count, last, canStay);
    if (count === 1 && !this.strategy.seesAll) return ids[0]!;
    return this.#ask(ids, count, last, canStay);
  }

  #ask(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const w = this.words;
    const next = this.strategy.next(ids, count, last, canStay);
    if (count > 1) w[B_CHOICES] = w[B_CHOICES]! + 1;
    if (next !== last) {
      if (next === CUT) return this.#cut();
      if (next === ASTRAY) return this.#astray();
      if (canStay) {
        w[B_PREEMPTIONS] = w[B_PREEMPTIONS]! + 1;
        w[B_NEXT_FLAGS] = PREEMPTED;
      }
    }
    if (next !== defaultNext(ids, count, last, canStay)) this.#recordDecision(next);
    return next;
  }

  #cut(): number {
    this.words[B_CUT] = 1;
    this.words[B_PHASE] = PHASE_ABORT;
    return NOBODY;
  }

  #recordDecision(choice: number): void {
    const w = this.words;
    const n = w[B_DECISIONS]!;
    const at = this.#decisions + 2 * n;
    w[at] = w[B_STEPS]!;
    w[at + 1] = choice;
    w[B_DECISIONS] = n + 1;
  }

  /** The runnable threads that do not wait for others, into the scratch list. */
  #willing(count: number): number {
    const w = this.words;
    let n = 0;
    for (let i = 0; i < count; i++) {
      const t = this.#runnable[i]!;
      if (w[HEADER + t * RECORD + T_YIELDED] === 0) this.#scratch[n++] = t;
    }
    return n;
  }

  /**
   * Records that thread t carries out what it announced.
   *
   * @param kind what it turned out to be: a compare-exchange that fails is a read.
   * @param before the word before it; 0 where there is none.
   */
  execute(t: number, kind: number, object: number, before: number, operand: number): void {
    const w = this.words;
    const r = HEADER + t * RECORD;
    if (w[B_YIELDED] !== 0) this.#forgetYields();
    if ((w[B_MODE]! & MODE_QUIET) !== 0) return;
    w[r + T_EVENTS] = w[r + T_EVENTS]! + 1;
    if (kind === READ) {
      if (w[r + T_SPIN_OBJECT] === object && w[r + T_SPIN_VALUE] === before) {
        w[r + T_SPINS] = w[r + T_SPINS]! + 1;
      } else {
        w[r + T_SPIN_OBJECT] = object;
        w[r + T_SPIN_VALUE] = before;
        w[r + T_SPINS] = 0;
      }
      w[r + T_IDLE] = w[r + T_IDLE]! + 1;
    } else if (change(kind)) {
      w[r + T_SPIN_OBJECT] = w[r + T_SPINS] = w[r + T_IDLE] = 0;
      w[B_IDLE_JUMPS] = 0;
    }
    this.#record(t, kind, object, before, operand);
  }

  /** Adds an event that is no step: for the rules. */
  note(t: number, kind: number, object: number, before: number, operand: number): void {
    this.#record(t | NOTED, kind, object, before, operand);
  }

  /** Adds an event to the record of the schedule. */
  #record(t: number, kind: number, object: number, before: number, operand: number): void {
    const w = this.words;
    const step = w[B_STEPS]!;
    if (step >= w[B_MAX_STEPS]!) {
      this.fail(FAILURE_ENDLESS, t & 255);
      return;
    }
    const at = this.#events + step * EVENT;
    const who = t | (kind << 8) | w[B_NEXT_FLAGS]!;
    w[B_NEXT_FLAGS] = 0;
    w[at] = who;
    w[at + 1] = object;
    w[at + 2] = before;
    w[at + 3] = operand;
    let digest = Math.imul(w[B_DIGEST]! ^ who, 0x9e3779b1);
    digest = Math.imul((digest ^ (digest >>> 15)) + object, 0x85ebca6b);
    digest = Math.imul((digest ^ (digest >>> 13)) + before, 0xc2b2ae35);
    w[B_DIGEST] = digest ^ operand ^ (digest >>> 16);
    w[B_STEPS] = step + 1;
    if (w[B_CAPTURE] === step + 1) this.board.keepStack(0, whereAmI());
    else if (w[B_CAPTURE + 1] === step + 1) this.board.keepStack(1, whereAmI());
    if (w[B_EXPECTED] !== 0 && w[B_DIVERGED] === 0) this.#compare(step, at);
  }

  #compare(step: number, at: number): void {
    const w = this.words;
    const was = this.#expected + step * EVENT;
    const same = step < w[B_EXPECTED]! && w[at] === w[was] && w[at + 1] === w[was + 1] &&
      w[at + 2] === w[was + 2] && w[at + 3] === w[was + 3];
    if (!same) w[B_DIVERGED] = step + 1;
  }

  /** Something was done: who waited for that may run again. */
  #forgetYields(): void {
    const w = this.words;
    const threads = w[B_THREADS]!;
    for (let u = 0; u < threads; u++) w[HEADER + u * RECORD + T_YIELDED] = 0;
    w[B_YIELDED] = 0;
  }

  /** The schedule's own choice of 0 to n - 1, for a thread that runs. */
  choose(t: number, kind: number, n: number): number {
    if (n < 2 || (this.words[B_MODE]! & MODE_QUIET) !== 0) return 0;
    const value = this.strategy.choose(n, t);
    if (value < 0) {
      this.#astray();
      return 0;
    }
    if (value !== 0) this.#recordDecision(value);
    const r = HEADER + t * RECORD;
    this.words[r + T_EVENTS] = this.words[r + T_EVENTS]! + 1;
    this.#record(t, kind, 0, n, value);
    return value;
  }

  /** Thread t falls asleep on a word, until it is woken or until `deadline`. */
  sleep(t: number, object: number, deadline: number): void {
    const w = this.words;
    const r = HEADER + t * RECORD;
    w[r + T_WAIT] = object;
    w[r + T_STAMP] = w[B_STAMP]!;
    w[B_STAMP] = w[B_STAMP]! + 1;
    w[r + T_DEADLINE] = deadline;
    w[r + T_OBJECT] = object;
    w[r + T_KIND] = POINT_TIMEOUT;
    w[r + T_REASON] = 0;
    if (deadline !== NEVER && w[B_TIME_POLICY] === TIME_ANY) {
      w[r + T_REASON] = REASON_TIME;
      this.#yields(r);
      return;
    }
    w[r + T_STATE] = STATE_BLOCKED;
    this.#remove(t);
  }

  /** Thread t goes on after a sleep; whether that is because its time was over. */
  awake(t: number, before: number): boolean {
    const w = this.words;
    const r = HEADER + t * RECORD;
    const object = w[r + T_WAIT]!;
    w[r + T_WAIT] = 0;
    if (w[r + T_REASON] !== REASON_TIME) {
      this.execute(t, POINT_RESUME, object, before, w[r + T_WAKER]!);
      return false;
    }
    if (w[r + T_DEADLINE]! > w[B_NOW]!) w[B_NOW] = w[r + T_DEADLINE]!;
    this.execute(t, POINT_TIMEOUT, object, before, 0);
    return true;
  }

  /** Lets up to `count` sleepers of a word go, first come first served; returns how many. */
  wake(object: number, count: number): number {
    const w = this.words;
    const threads = w[B_THREADS]!;
    let woken = 0;
    for (; woken < count; woken++) {
      let first = -1;
      let stamp = NEVER;
      for (let t = 0; t < threads; t++) {
        const r = HEADER + t * RECORD;
        if (w[r + T_WAIT] !== object || w[r + T_KIND] !== POINT_TIMEOUT) continue;
        if (w[r + T_STAMP]! < stamp) {
          stamp = w[r + T_STAMP]!;
          first = t;
        }
      }
      if (first < 0) break;
      this.#rouse(first, REASON_WOKEN);
    }
    if (woken > 0) w[B_IDLE_JUMPS] = 0;
    return woken;
  }

  #rouse(t: number, reason: number): void {
    const w = this.words;
    const r = HEADER + t * RECORD;
    w[r + T_REASON] = reason;
    if (reason === REASON_WOKEN) {
      w[r + T_KIND] = POINT_RESUME;
      w[r + T_OBJECT] = 0;
      // The waking event has just been recorded.
      w[r + T_WAKER] = w[B_STEPS]! - 1;
    }
    if (w[r + T_YIELDED] !== 0) {
      w[r + T_YIELDED] = 0;
      w[B_YIELDED] = w[B_YIELDED]! - 1;
    }
    if (w[r + T_STATE] === STATE_RUNNABLE) return;
    w[r + T_STATE] = STATE_RUNNABLE;
    this.#insert(t);
  }

  /** Thread t has ended. */
  end(t: number): void {
    const w = this.words;
    const r = HEADER + t * RECORD;
    if (w[r + T_STATE] === STATE_RUNNABLE) this.#remove(t);
    if (w[r + T_YIELDED] !== 0) {
      w[r + T_YIELDED] = 0;
      w[B_YIELDED] = w[B_YIELDED]! - 1;
    }
    w[r + T_STATE] = STATE_ENDED;
    w[B_ENDED] = w[B_ENDED]! + 1;
    if (w[r + T_DAEMON] === 0) w[B_LIVE] = w[B_LIVE]! - 1;
  }

  /** Ends the earliest sleep that has a limit; false when there is none, or nobody to run for. */
  #letTimePass(): boolean {
    const w = this.words;
    const threads = w[B_THREADS]!;
    if (w[B_PHASE] !== PHASE_RUN) return false;
    if (w[B_LIVE] === 0) return this.#over();
    let due = NEVER;
    for (let t = 0; t < threads; t++) {
      const r = HEADER + t * RECORD;
      if (w[r + T_STATE] === STATE_BLOCKED && w[r + T_DEADLINE]! < due) due = w[r + T_DEADLINE]!;
    }
    w[B_IDLE_JUMPS] = w[B_IDLE_JUMPS]! + 1;
    if (due === NEVER || w[B_IDLE_JUMPS]! > MAX_IDLE_JUMPS) {
      this.fail(FAILURE_DEADLOCK, -1);
      return false;
    }
    w[B_JUMPS] = w[B_JUMPS]! + 1;
    w[B_NOW] = due;
    for (let t = 0; t < threads; t++) {
      const r = HEADER + t * RECORD;
      if (w[r + T_STATE] === STATE_BLOCKED && w[r + T_DEADLINE] === due) {
        this.#rouse(t, REASON_TIME);
      }
    }
    return true;
  }

  /** Everything that had to end has: daemons are sent home. */
  #over(): boolean {
    this.words[B_PHASE] = PHASE_ABORT;
    return false;
  }

  /** Ends the schedule with a finding, unless it has one. */
  fail(failure: number, thread: number): void {
    const w = this.words;
    if (w[B_FAILURE] === FAILURE_NONE) {
      w[B_FAILURE] = failure;
      w[B_FAILED_THREAD] = thread;
    }
    w[B_PHASE] = PHASE_ABORT;
  }

  /** The strategy found other choices than in the schedule that it repeats. */
  #astray(): number {
    const w = this.words;
    if (w[B_DIVERGED] === 0) w[B_DIVERGED] = w[B_STEPS]! + 1;
    this.fail(FAILURE_NONDETERMINISM, -1);
    return NOBODY;
  }

  #insert(t: number): void {
    const ids = this.#runnable;
    let i = this.words[B_RUNNABLE]!;
    this.words[B_RUNNABLE] = i + 1;
    for (; i > 0 && ids[i - 1]! > t; i--) ids[i] = ids[i - 1]!;
    ids[i] = t;
  }

  #remove(t: number): void {
    const ids = this.#runnable;
    const count = this.words[B_RUNNABLE]! - 1;
    this.words[B_RUNNABLE] = count;
    let i = 0;
    while (ids[i] !== t) i++;
    for (; i < count; i++) ids[i] = ids[i + 1]!;
  }
}
