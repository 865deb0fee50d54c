// Source-DPOR with sleep sets (Abdulla and others, 2014): runs one schedule of each class of
// equivalent ones, and hardly any twice. Where two operations of a schedule raced, the other order
// is tried; where an order is known to lead to what was seen, the schedule is cut.
//
// When it has nothing left, every behaviour of the scenario was seen: that is a proof, as far as
// the scenario is deterministic and no sleep ended by time alone. Where threads spin, it is a proof
// for fair schedules.
//
// The backtrack set takes an initial of the events that have to come first, not the racing thread
// itself; the textbook's variant loses behaviours together with sleep sets.
import { B_DIGEST, B_DIVERGED, B_FAILURE, B_JUMPS, B_STEPS, EVENT_WORDS, FAILURE_ENDLESS,
  FAILURE_NONDETERMINISM, FAILURE_NONE } from '../board.ts';
import { Order } from '../order.ts';
import { conflict } from '../point.ts';
import { ASTRAY, CUT, defaultNext } from '../strategy.ts';
import type { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

// Words: begun, length of the prefix to repeat, last choice of this schedule, incomplete; entries.
const BEGUN = 0;
const PREFIX = 1;
const LAST = 2;
const INCOMPLETE = 3;
/** Schedules that were cut because everything that could run was known. */
const CUTS = 4;
const ENTRIES = 8;
const ENTRY = 7;
// An entry belongs to a step. Sets are bit masks of threads.
const E_ENABLED = 0;
const E_BACKTRACK = 1;
const E_DONE = 2;
const E_SLEEP = 3;
const E_CHOSEN = 4;
/** 0: no choice at this step; 1: of a thread; n: among n values. */
const E_KIND = 5;
/** The digest of what had happened: it has to be the same when the prefix is repeated. */
const E_DIGEST = 6;
const OF_THREAD = 1;
const MAX_THREADS = 32;

export class Dpor implements Strategy {
  readonly name = 'dpor';
  readonly seesAll = true;
  readonly goesOn = true;
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #room: number;
  readonly #order: Order;

  constructor(room: StrategyRoom) {
    if (room.board.threads > MAX_THREADS) {
      throw new RangeError(`dpor is for at most ${MAX_THREADS} threads, here are ` +
        `${room.board.threads}; use pct or pos`);
    }
    this.#board = room.board;
    this.#w = room.board.words;
    this.#at = room.at;
    this.#room = Math.floor((room.length - ENTRIES) / ENTRY);
    this.#order = new Order(room.board.threads);
  }

  get proves(): boolean {
    return this.#w[this.#at + INCOMPLETE] === 0;
  }

  /** Schedules that were cut short. */
  get cuts(): number {
    return this.#w[this.#at + CUTS]!;
  }

  #entry(step: number): number {
    return this.#at + ENTRIES + step * ENTRY;
  }

  reset(): void {
    this.#w.fill(0, this.#at, this.#at + ENTRIES);
  }

  begin(): boolean {
    const w = this.#w;
    if (w[this.#at + BEGUN] === 0) {
      w[this.#at + BEGUN] = 1;
      w[this.#at + PREFIX] = 0;
    } else if (!this.#backtrack()) return false;
    w[this.#at + LAST] = -1;
    return true;
  }

  /** Finds the deepest step with something left to try; the schedule up to there is repeated. */
  #backtrack(): boolean {
    const w = this.#w;
    for (let d = w[this.#at + LAST]!; d >= 0; d--) {
      const e = this.#entry(d);
      const kind = w[e + E_KIND]!;
      if (kind === OF_THREAD) {
        w[e + E_DONE] = w[e + E_DONE]! | (1 << w[e + E_CHOSEN]!);
        const left = w[e + E_BACKTRACK]! & ~w[e + E_DONE]! & ~w[e + E_SLEEP]!;
        if (left === 0) continue;
        w[e + E_CHOSEN] = 31 - Math.clz32(left & -left);
      } else {
        if (kind === 0 || w[e + E_CHOSEN]! + 1 >= kind) continue;
        w[e + E_CHOSEN] = w[e + E_CHOSEN]! + 1;
      }
      w[this.#at + PREFIX] = d + 1;
      return true;
    }
    return false;
  }

  /** The entry of this step; the steps since the last choice were none. */
  #reach(): number {
    const w = this.#w;
    const step = w[B_STEPS]!;
    if (step >= this.#room) return -1;
    for (let d = w[this.#at + LAST]! + 1; d < step; d++) w[this.#entry(d) + E_KIND] = 0;
    return step;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const w = this.#w;
    const step = this.#reach();
    if (step < 0) return CUT;
    let enabled = 0;
    for (let i = 0; i < count; i++) enabled |= 1 << ids[i]!;
    const e = this.#entry(step);
    if (step < w[this.#at + PREFIX]!) {
      w[this.#at + LAST] = step;
      const fits = w[e + E_KIND] === OF_THREAD && w[e + E_ENABLED] === enabled;
      return fits && w[e + E_DIGEST] === w[B_DIGEST] ? w[e + E_CHOSEN]! : ASTRAY;
    }
    const sleep = this.#sleepers(step);
    w[this.#at + LAST] = step;
    w[e + E_KIND] = OF_THREAD;
    w[e + E_ENABLED] = enabled;
    w[e + E_SLEEP] = sleep;
    w[e + E_DONE] = 0;
    w[e + E_DIGEST] = w[B_DIGEST]!;
    let chosen = defaultNext(ids, count, last, canStay);
    const awake = enabled & ~sleep;
    if (awake === 0) {
      w[this.#at + LAST] = step - 1;
      w[this.#at + CUTS] = w[this.#at + CUTS]! + 1;
      return CUT;
    }
    if (((awake >> chosen) & 1) === 0) chosen = 31 - Math.clz32(awake & -awake);
    w[e + E_BACKTRACK] = 1 << chosen;
    w[e + E_CHOSEN] = chosen;
    return chosen;
  }

  /**
   * Who sleeps at this step: whoever slept or was tried at the last choice, and was not touched.
   */
  #sleepers(step: number): number {
    const w = this.#w;
    let p = w[this.#at + LAST]!;
    while (p >= 0 && w[this.#entry(p) + E_KIND] !== OF_THREAD) p--;
    if (p < 0) return 0;
    const e = this.#entry(p);
    let asleep = (w[e + E_SLEEP]! | w[e + E_DONE]!) & ~(1 << w[e + E_CHOSEN]!);
    const board = this.#board;
    for (let rest = asleep; rest !== 0; rest &= rest - 1) {
      const q = 31 - Math.clz32(rest & -rest);
      for (let d = p; d < step; d++) {
        const at = board.eventsAt + d * EVENT_WORDS;
        if (!conflict((w[at]! >>> 8) & 255, w[at + 1]!, board.kind(q), board.object(q))) continue;
        asleep &= ~(1 << q);
        break;
      }
    }
    return asleep;
  }

  choose(n: number): number {
    const w = this.#w;
    const step = this.#reach();
    if (step < 0) return 0;
    const e = this.#entry(step);
    w[this.#at + LAST] = step;
    if (step < w[this.#at + PREFIX]!) return w[e + E_KIND] === n ? w[e + E_CHOSEN]! : ASTRAY;
    w[e + E_KIND] = n;
    w[e + E_CHOSEN] = 0;
    return 0;
  }

  end(): void {
    const w = this.#w;
    // It ended before everything that was to be repeated had come.
    if (w[this.#at + LAST]! + 1 < w[this.#at + PREFIX]! && w[B_FAILURE] === FAILURE_NONE) {
      w[B_FAILURE] = FAILURE_NONDETERMINISM;
      w[B_DIVERGED] = w[B_STEPS]! + 1;
    }
    const failure = w[B_FAILURE]!;
    const lost = failure === FAILURE_ENDLESS || failure === FAILURE_NONDETERMINISM;
    if (lost || w[B_JUMPS] !== 0) w[this.#at + INCOMPLETE] = 1;
    // What was recorded after the last choice belongs to it.
    for (let d = w[this.#at + LAST]! + 1; d < w[B_STEPS]! && d < this.#room; d++) {
      w[this.#entry(d) + E_KIND] = 0;
    }
    this.#order.run(this.#board, (i, j) => this.#race(i, j));
  }

  /** Events i and j raced: what has to come first for the other order is tried before i. */
  #race(i: number, j: number): void {
    const w = this.#w;
    let d = i;
    while (d >= 0 && w[this.#entry(d) + E_KIND] !== OF_THREAD) d--;
    if (d < 0) return;
    const e = this.#entry(d);
    const initials = this.#initials(d, j);
    const known = w[e + E_BACKTRACK]! | w[e + E_SLEEP]! | w[e + E_DONE]!;
    if ((known & initials) !== 0) return;
    const possible = initials & w[e + E_ENABLED]!;
    const racing = 1 << this.#order.thread[j]!;
    let more = w[e + E_ENABLED]!;
    if ((possible & racing) !== 0) more = racing;
    else if (possible !== 0) more = possible & -possible;
    w[e + E_BACKTRACK] = w[e + E_BACKTRACK]! | more;
  }

  /**
   * Threads that may come first among what follows step d, is not caused by it, and ends with j.
   */
  #initials(d: number, j: number): number {
    const order = this.#order;
    const first = new Int32Array(order.threads).fill(-1);
    for (let k = d + 1; k < j; k++) {
      const t = order.thread[k]!;
      if (first[t]! < 0 && !order.before(d, k)) first[t] = k;
    }
    const own = order.thread[j]!;
    // What j itself waits for is in the list; the race says that i does not come before the rest.
    if (first[own]! < 0) first[own] = j;
    let initials = 0;
    for (let q = 0; q < order.threads; q++) {
      const f = first[q]!;
      if (f < 0) continue;
      let isFirst = true;
      for (let u = 0; u < order.threads && isFirst; u++) {
        if (u !== q && first[u]! >= 0 && order.before(first[u]!, f)) {
          isFirst = false;
        }
      }
      if (isFirst) initials |= 1 << q;
    }
    return initials;
  }
}
