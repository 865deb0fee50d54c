// @hot  A controlled schedule over real worker threads: one thread runs, the others are parked, and
// the one that runs carries the baton. At each of its points it decides itself who goes on (there
// is no controlling thread) and hands the baton over only if that is another: a point without a
// switch touches memory plainly, a switch costs one wake-up and one sleep.
//
// Each thread of the schedule has one Baton. Nothing of it is asked about while the schedule is in
// another phase than RUN: preparing and judging a schedule are not part of it.
import * as layout from './board.ts';
import { NOBODY as nobody } from './core.ts';
import { POINT_COMPARE, POINT_FAULT, POINT_READ, POINT_START, POINT_UPDATE, POINT_WAIT, POINT_WAKE,
  POINT_CALL, POINT_YIELD } from './point.ts';
import { ScheduleOver } from './over.ts';
import type { Core } from './core.ts';
import type { RawDoor, ScheduleHook } from './point.ts';
import type { WaitResult } from '../atomics.ts';

const { B_PHASE, B_SWITCHES, B_NOW, B_THREADS, T_TOKEN, T_PARKED, T_STATE, STATE_ENDED, PHASE_RUN,
  PHASE_ABORT, NEVER, FAILURE_THROWN, B_MODE, MODE_ACCESS, MODE_QUIET, MODE_RECORD } = layout;
/** Modes in which what passes the door is no step. */
const STEPLESS = layout.MODE_QUIET | layout.MODE_COARSE;
const HEADER = layout.HEADER_WORDS;
const RECORD = layout.THREAD_WORDS;
const NOBODY = nobody;
const COMPARE = POINT_COMPARE;
const READ = POINT_READ;
const UPDATE = POINT_UPDATE;
const YIELD = POINT_YIELD;
/** Points in a row that are no steps, after which others get a turn: somebody may spin. */
const PATIENCE = 8192;
/** Points that a thread may pass while it is told to end; then it is told again. */
const LAST_POINTS = 4096;

/** One thread's hand on the baton. */
export class Baton implements ScheduleHook {
  readonly controlled = true;
  readonly me: number;
  readonly #w: Int32Array;
  readonly #token: number;
  readonly #spins: number;
  #core: Core;
  #raw: RawDoor | undefined;
  #machine: Int32Array;
  #lastPoints = 0;
  /** Told once when nobody can go on, while everybody still sleeps where he slept. */
  onDeadlock: (() => void) | undefined;
  #inARow = 0;

  /** @param spins looks at the own token before the thread parks. */
  constructor(core: Core, me: number, spins = 0) {
    this.#core = core;
    this.#w = core.words;
    this.me = me;
    this.#token = HEADER + me * RECORD + T_TOKEN;
    this.#spins = spins;
    this.#machine = new Int32Array(0);
  }

  get core(): Core {
    return this.#core;
  }

  /** Another strategy for the next schedules. */
  set core(core: Core) {
    this.#core = core;
  }

  bind(raw: RawDoor, words: Int32Array): void {
    this.#raw = raw;
    this.#machine = words;
  }

  get raw(): RawDoor {
    if (this.#raw === undefined) throw new Error('the door has not been loaded in this thread yet');
    return this.#raw;
  }

  point(kind: number, address: number, operand: number): void {
    if (this.#w[B_PHASE] !== PHASE_RUN) {
      this.#outside();
      return;
    }
    if ((this.#w[B_MODE]! & STEPLESS) !== 0 && kind !== YIELD) {
      this.#noStep(kind, address, operand);
      return;
    }
    const core = this.#core;
    const me = this.me;
    core.announce(me, kind, address);
    const next = core.decide(me);
    if (next !== me) this.#handOver(next);
    core.execute(me, kind, address, this.#peek(address), operand);
    if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  compare(address: number, expected: number, value: number): void {
    if (this.#w[B_PHASE] !== PHASE_RUN) {
      this.#outside();
      return;
    }
    if ((this.#w[B_MODE]! & STEPLESS) !== 0) {
      this.#noStep(this.#peek(address) === expected ? UPDATE : READ, address, value);
      return;
    }
    const core = this.#core;
    const me = this.me;
    core.announce(me, COMPARE, address);
    const next = core.decide(me);
    if (next !== me) this.#handOver(next);
    const before = this.#peek(address);
    core.execute(me, before === expected ? UPDATE : READ, address, before, value);
    if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  wait(address: number, expected: number, milliseconds: number): WaitResult {
    const w = this.#w;
    if (w[B_PHASE] !== PHASE_RUN) {
      if (w[B_PHASE] === PHASE_ABORT) throw new ScheduleOver();
      return this.raw.wait(this.#machine, address >> 2, expected, milliseconds);
    }
    const core = this.#core;
    if ((w[B_MODE]! & STEPLESS) === 0) {
      core.announce(this.me, POINT_WAIT, address);
      const next = core.decide(this.me);
      if (next !== this.me) this.#handOver(next);
    }
    const before = this.#peek(address);
    // A wait that finds another value is a look at the word and nothing else.
    const kind = before === expected && milliseconds > 0 ? POINT_WAIT : READ;
    core.execute(this.me, kind, address, before, expected);
    if (w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
    if (kind === READ) return before === expected ? 'timed-out' : 'not-equal';
    const due = w[B_NOW]! + Math.ceil(milliseconds);
    core.sleep(this.me, address, due < NEVER ? due : NEVER);
    this.#handOver(core.decide(this.me));
    const timedOut = core.awake(this.me, this.#peek(address));
    if (w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
    return timedOut ? 'timed-out' : 'ok';
  }

  wake(address: number, count: number): number {
    if (this.#w[B_PHASE] !== PHASE_RUN) {
      if (this.#w[B_PHASE] === PHASE_ABORT) return 0;
      return this.raw.notify(this.#machine, address >> 2, count);
    }
    if ((this.#w[B_MODE]! & STEPLESS) === 0) this.point(POINT_WAKE, address, count);
    else this.#core.execute(this.me, POINT_WAKE, address, this.#peek(address), count);
    return this.#core.wake(address, count);
  }

  access(kind: number, address: number): void {
    const w = this.#w;
    if (w[B_PHASE] !== PHASE_RUN || (w[B_MODE]! & (MODE_QUIET | MODE_RECORD)) !== MODE_RECORD) {
      return;
    }
    if ((w[B_MODE]! & MODE_ACCESS) === 0 && !this.#core.board.isWatched(address)) {
      this.#core.note(this.me, kind, address, this.#peek(address & ~3), 0);
    } else {
      const core = this.#core;
      core.announce(this.me, kind, address);
      const next = core.decide(this.me);
      if (next !== this.me) this.#handOver(next);
      core.execute(this.me, kind, address, this.#peek(address & ~3), 0);
    }
    if (w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  note(kind: number, address: number, operand: number): void {
    const w = this.#w;
    if (w[B_PHASE] !== PHASE_RUN || (w[B_MODE]! & (MODE_QUIET | MODE_RECORD)) !== MODE_RECORD) {
      return;
    }
    this.#core.note(this.me, kind, address, 0, operand);
    if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  choose(n: number): number {
    if (this.#w[B_PHASE] !== PHASE_RUN) return 0;
    const value = this.#core.choose(this.me, POINT_FAULT, n);
    if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
    return value;
  }

  call(routine: number, object: number): void {
    const w = this.#w;
    if (w[B_PHASE] !== PHASE_RUN) {
      this.#outside();
      return;
    }
    if ((w[B_MODE]! & MODE_QUIET) !== 0) return;
    this.#inARow = 0;
    const core = this.#core;
    core.announce(this.me, POINT_CALL, object);
    const next = core.decide(this.me);
    if (next !== this.me) this.#handOver(next);
    core.execute(this.me, POINT_CALL, object, 0, routine);
    if (w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  now(): number {
    return this.#w[B_NOW]!;
  }

  explore(on: boolean): void {
    const w = this.#w;
    w[B_MODE] = on ? w[B_MODE]! & ~MODE_QUIET : w[B_MODE]! | MODE_QUIET;
  }

  /** A point that is no step. Whoever passes very many of them waits for somebody, perhaps. */
  #noStep(kind: number, address: number, operand: number): void {
    const mode = this.#w[B_MODE]!;
    if ((mode & MODE_RECORD) !== 0 && (mode & MODE_QUIET) === 0) {
      this.#core.note(this.me, kind, address, this.#peek(address), operand);
      if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
    }
    this.#inARow++;
    if (this.#inARow < PATIENCE) return;
    this.#inARow = 0;
    this.point(YIELD, 0, 0);
  }

  #peek(address: number): number {
    return address === 0 ? 0 : this.#machine[address >> 2]! | 0;
  }

  #outside(): void {
    if (this.#w[B_PHASE] !== PHASE_ABORT) return;
    this.#lastPoints++;
    if (this.#lastPoints % LAST_POINTS === 0) throw new ScheduleOver();
  }

  /** Gives the baton to another and comes back when it is this thread's again. */
  #handOver(next: number): void {
    if (next !== this.me) {
      if (next === NOBODY) {
        this.#explain();
        throw new ScheduleOver();
      }
      this.pass(next);
      this.await();
    }
    if (this.#w[B_PHASE] !== PHASE_RUN) throw new ScheduleOver();
  }

  /** Gives the baton to thread t. The caller touches nothing of the board afterwards. */
  pass(t: number): void {
    const w = this.#w;
    const raw = this.raw;
    const token = HEADER + t * RECORD + T_TOKEN;
    w[B_SWITCHES] = w[B_SWITCHES]! + 1;
    // Pairs with the load in await: everything written on the board is visible to t.
    raw.store(w, token, 1);
    if (raw.load(w, token - T_TOKEN + T_PARKED) !== 0) raw.notify(w, token, 1);
  }

  /** Waits for the baton; returns the phase in which it came. */
  await(): number {
    const w = this.#w;
    const raw = this.raw;
    const token = this.#token;
    for (let i = this.#spins; i > 0 && raw.load(w, token) === 0; i--);
    if (raw.load(w, token) === 0) {
      // Pairs with the load in pass: the token is seen here, or the parked flag there.
      raw.store(w, token - T_TOKEN + T_PARKED, 1);
      // No limit: a timer for each sleep is a tenth of a switch. A debugger, and whoever ends the
      // thread, wake it by themselves.
      while (raw.load(w, token) === 0) raw.wait(w, token, 0, Infinity);
      w[token - T_TOKEN + T_PARKED] = 0;
    }
    w[token] = 0;
    return w[B_PHASE]!;
  }

  /** The thread's first step: it has the baton and begins. */
  start(): void {
    this.#lastPoints = 0;
    this.#inARow = 0;
    this.#core.execute(this.me, POINT_START, 0, 0, 0);
  }

  /** The thread threw: the schedule has a finding. */
  failed(text: string): void {
    const w = this.#w;
    const board = this.#core.board;
    if (w[layout.B_FAILURE] === layout.FAILURE_NONE) board.setText(text);
    const phase = w[B_PHASE]!;
    this.#core.fail(FAILURE_THROWN, this.me);
    if (this.#core.strategy.goesOn && phase === PHASE_RUN) w[B_PHASE] = PHASE_RUN;
  }

  /** The thread has ended its part. Returns true when it was the last: it leads to the next. */
  leave(): boolean {
    const w = this.#w;
    this.#core.end(this.me);
    const wasRunning = w[B_PHASE] === PHASE_RUN;
    let next = wasRunning ? this.#core.decide(this.me) : NOBODY;
    if (wasRunning && next === NOBODY) this.#explain();
    if (next === NOBODY) next = this.#unfinished();
    if (next === NOBODY) return true;
    this.pass(next);
    return false;
  }

  /** Only the thread that finds that nobody can go on comes here, and once. */
  #explain(): void {
    if (this.#w[layout.B_FAILURE] === layout.FAILURE_DEADLOCK) this.onDeadlock?.();
  }

  #unfinished(): number {
    const w = this.#w;
    for (let t = 0; t < w[B_THREADS]!; t++) {
      if (w[HEADER + t * RECORD + T_STATE] !== STATE_ENDED) return t;
    }
    return NOBODY;
  }
}
