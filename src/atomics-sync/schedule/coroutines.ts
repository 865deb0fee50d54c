// A controlled schedule in one thread: each thread of the scenario is a coroutine, and a switch
// costs what resuming a generator costs. The same core, board and strategies as on real threads
// (baton.ts), so a schedule that is found here is the same list of decisions there.
//
// A body says `yield* ops.load(address)` for what it does through the door. It must not keep state
// outside the words it is given, as a thread of its own could not either.
import { B_FAILURE, B_NOW, B_PHASE, FAILURE_NONE, FAILURE_THROWN, NEVER, PHASE_ABORT, PHASE_RUN }
  from './board.ts';
import { NOBODY } from './core.ts';
import { POINT_COMPARE, POINT_FAULT, POINT_READ, POINT_START, POINT_UPDATE, POINT_WAIT,
  POINT_WAKE, POINT_WRITE, POINT_YIELD } from './point.ts';
import type { Core } from './core.ts';
import type { WaitResult } from '../atomics.ts';

/** A thread's work: it yields whenever another goes on. */
export type Body = Generator<void, void, void>;
/** An operation of the door. */
export type Operation<T> = Generator<void, T, void>;

/** Runs schedules of coroutines over a core. */
export class Coroutines {
  readonly #core: Core;
  readonly #words: Int32Array;
  #me = 0;
  #next: number = NOBODY;

  /** @param words what addresses of the scenario mean: byte addresses of 32-bit words. */
  constructor(core: Core, words: Int32Array) {
    this.#core = core;
    this.#words = words;
  }

  /** Runs one schedule of these threads to its end; the board says what happened. */
  run(bodies: readonly ((ops: Coroutines, me: number) => Body)[]): void {
    const core = this.#core;
    const w = core.words;
    core.begin();
    const threads = bodies.map((body, me) => body(this, me));
    const started = bodies.map(() => false);
    const over = bodies.map(() => false);
    let next = core.decide(-1);
    while (next !== NOBODY) {
      const me = next;
      this.#me = me;
      if (started[me] !== true) {
        started[me] = true;
        core.execute(me, POINT_START, 0, 0, 0);
      }
      over[me] = this.#resume(threads[me]!);
      if (over[me] === true) {
        core.end(me);
        this.#next = w[B_PHASE] === PHASE_RUN ? core.decide(me) : NOBODY;
      }
      next = w[B_PHASE] === PHASE_RUN ? this.#next : NOBODY;
    }
    w[B_PHASE] = PHASE_ABORT;
    threads.forEach((thread, t) => {
      if (over[t] === true) return;
      thread.return();
      core.end(t);
    });
  }

  /** Lets a coroutine go on; whether it has ended. */
  #resume(thread: Body): boolean {
    try {
      return thread.next().done === true;
    } catch (error) {
      const core = this.#core;
      const w = core.words;
      if (w[B_FAILURE] === FAILURE_NONE) core.board.setText((error as Error).message);
      core.fail(FAILURE_THROWN, this.#me);
      if (core.strategy.goesOn) w[B_PHASE] = PHASE_RUN;
      return true;
    }
  }

  /** Announces; whether another goes on first, so that the coroutine has to yield. */
  #point(kind: number, address: number): boolean {
    const core = this.#core;
    const me = this.#me;
    core.announce(me, kind, address);
    const next = core.decide(me);
    this.#next = next;
    return next !== me;
  }

  #peek(address: number): number {
    return this.#words[address >> 2]!;
  }

  *load(address: number): Operation<number> {
    if (this.#point(POINT_READ, address)) yield;
    const before = this.#peek(address);
    this.#core.execute(this.#me, POINT_READ, address, before, 0);
    return before;
  }

  *store(address: number, value: number): Operation<void> {
    if (this.#point(POINT_WRITE, address)) yield;
    this.#core.execute(this.#me, POINT_WRITE, address, this.#peek(address), value);
    this.#words[address >> 2] = value;
  }

  *add(address: number, value: number): Operation<number> {
    if (this.#point(POINT_UPDATE, address)) yield;
    const before = this.#peek(address);
    this.#core.execute(this.#me, POINT_UPDATE, address, before, value);
    this.#words[address >> 2] = before + value;
    return before;
  }

  *exchange(address: number, value: number): Operation<number> {
    if (this.#point(POINT_UPDATE, address)) yield;
    const before = this.#peek(address);
    this.#core.execute(this.#me, POINT_UPDATE, address, before, value);
    this.#words[address >> 2] = value;
    return before;
  }

  *compareExchange(address: number, expected: number, value: number): Operation<number> {
    if (this.#point(POINT_COMPARE, address)) yield;
    const before = this.#peek(address);
    const kind = before === expected ? POINT_UPDATE : POINT_READ;
    this.#core.execute(this.#me, kind, address, before, value);
    if (before === expected) this.#words[address >> 2] = value;
    return before;
  }

  *wait(address: number, expected: number, milliseconds = Infinity): Operation<WaitResult> {
    if (this.#point(POINT_WAIT, address)) yield;
    const core = this.#core;
    const me = this.#me;
    const w = core.words;
    const before = this.#peek(address);
    const kind = before === expected && milliseconds > 0 ? POINT_WAIT : POINT_READ;
    core.execute(me, kind, address, before, expected);
    if (kind === POINT_READ) return before === expected ? 'timed-out' : 'not-equal';
    const due = w[B_NOW]! + Math.ceil(milliseconds);
    core.sleep(me, address, due < NEVER ? due : NEVER);
    const next = core.decide(me);
    if (next !== me) {
      this.#next = next;
      yield;
    }
    return core.awake(me, this.#peek(address)) ? 'timed-out' : 'ok';
  }

  *notify(address: number, count: number): Operation<number> {
    if (this.#point(POINT_WAKE, address)) yield;
    this.#core.execute(this.#me, POINT_WAKE, address, this.#peek(address), count);
    return this.#core.wake(address, count);
  }

  /** Says that the thread waits for others. */
  *pause(): Operation<void> {
    if (this.#point(POINT_YIELD, 0)) yield;
    this.#core.execute(this.#me, POINT_YIELD, 0, 0, 0);
  }

  choose(n: number): number {
    return this.#core.choose(this.#me, POINT_FAULT, n);
  }
}
