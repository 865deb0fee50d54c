// Bounded depth-first search. It repeats the schedule with one choice changed, the deepest first,
// and spends at most so much on leaving the default schedule:
//
//   preemption  1 for leaving a thread that could go on
//   delay       1 for each thread passed over in turn
//   dfs         nothing costs anything: every schedule there is
//
// The bound rises when everything within it was tried; each schedule is counted at its own cost.
// A choice that is not about threads costs 1 if it is not the default. The scenario must do the
// same when the same is chosen; where it does not, the search says so.
import { B_DIGEST, B_DIVERGED, B_FAILURE, B_STEPS, FAILURE_NONDETERMINISM, FAILURE_NONE }
  from '../board.ts';
import { defaultNext, ASTRAY } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

export type BoundedKind = 'preemption' | 'delay' | 'dfs';

// Words: depth of this schedule, length of the prefix to repeat, bound, whether the bound cut
// anything off, cost of this schedule, schedules whose cost is the bound, begun; then the stack.
const DEPTH = 0;
const PREFIX = 1;
const BOUND = 2;
const CUT_OFF = 3;
const COST = 4;
const DISTINCT = 5;
const BEGUN = 6;
const STACK = 8;
/**
 * Per choice: how many there were, which was taken, the cost of leaving the default, cost before,
 * the digest of what had happened.
 */
const ENTRY = 5;

export class Bounded implements Strategy {
  readonly name: string;
  readonly seesAll = false;
  readonly goesOn = false;
  readonly #kind: BoundedKind;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #room: number;
  readonly #maxBound: number;
  readonly #firstBound: number;

  /** @param maxBound the search ends when everything within it was tried. */
  constructor(room: StrategyRoom, kind: BoundedKind, firstBound = 0, maxBound = 64) {
    this.name = kind === 'dfs' ? kind : `${kind}:${firstBound}-${maxBound}`;
    this.#kind = kind;
    this.#w = room.board.words;
    this.#at = room.at;
    this.#room = Math.floor((room.length - STACK) / ENTRY);
    this.#firstBound = firstBound;
    this.#maxBound = kind === 'dfs' ? firstBound : maxBound;
  }

  /** The bound that is being searched. */
  get bound(): number {
    return this.#w[this.#at + BOUND]!;
  }

  /** Schedules so far whose cost was the bound: none of them is counted twice. */
  get distinct(): number {
    return this.#w[this.#at + DISTINCT]!;
  }

  get proves(): boolean {
    return this.#w[this.#at + CUT_OFF] === 0;
  }

  reset(): void {
    this.#w.fill(0, this.#at, this.#at + STACK);
    this.#w[this.#at + BOUND] = this.#firstBound;
  }

  begin(): boolean {
    const w = this.#w;
    const at = this.#at;
    if (w[at + BEGUN] === 0) {
      w[at + BEGUN] = 1;
      w[at + PREFIX] = 0;
    } else if (!this.#backtrack()) {
      if (w[at + CUT_OFF] === 0 || w[at + BOUND]! >= this.#maxBound) return false;
      w[at + BOUND] = w[at + BOUND]! + 1;
      w[at + CUT_OFF] = 0;
      w[at + PREFIX] = 0;
    }
    w[at + DEPTH] = 0;
    w[at + COST] = 0;
    return true;
  }

  /** Changes the deepest choice that has an alternative within the bound. */
  #backtrack(): boolean {
    const w = this.#w;
    for (let d = w[this.#at + DEPTH]! - 1; d >= 0; d--) {
      const e = this.#at + STACK + d * ENTRY;
      const taken = w[e + 1]! + 1;
      if (taken >= w[e]!) continue;
      if (w[e + 3]! + this.#cost(w[e + 2]!, taken) > w[this.#at + BOUND]!) {
        w[this.#at + CUT_OFF] = 1;
        continue;
      }
      w[e + 1] = taken;
      w[this.#at + PREFIX] = d + 1;
      return true;
    }
    return false;
  }

  #cost(price: number, taken: number): number {
    if (taken === 0 || this.#kind === 'dfs') return 0;
    return this.#kind === 'delay' ? price * taken : price;
  }

  /** The number of the option to take among `count`; ASTRAY when there were others before. */
  #take(count: number, price: number): number {
    const w = this.#w;
    const d = w[this.#at + DEPTH]!;
    if (d >= this.#room) return 0;
    const e = this.#at + STACK + d * ENTRY;
    w[this.#at + DEPTH] = d + 1;
    if (d >= w[this.#at + PREFIX]!) {
      w[e] = count;
      w[e + 1] = 0;
      w[e + 2] = price;
      w[e + 3] = w[this.#at + COST]!;
      w[e + 4] = w[B_DIGEST]!;
      return 0;
    }
    if (w[e] !== count || w[e + 2] !== price || w[e + 4] !== w[B_DIGEST]) return ASTRAY;
    const taken = w[e + 1]!;
    w[this.#at + COST] = w[e + 3]! + this.#cost(price, taken);
    return taken;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    // The options in turn: the default first, then those after it, round to the beginning.
    const price = canStay || this.#kind === 'delay' ? 1 : 0;
    const taken = this.#take(count, price);
    if (taken === ASTRAY) return ASTRAY;
    const first = defaultNext(ids, count, last, canStay);
    let i = 0;
    while (ids[i] !== first) i++;
    return ids[(i + taken) % count]!;
  }

  choose(n: number): number {
    // One word of price for all alternatives: a fault is a fault.
    return this.#take(n, 1);
  }

  end(): void {
    const w = this.#w;
    // It ended before everything that was to be repeated had come.
    if (w[this.#at + DEPTH]! < w[this.#at + PREFIX]! && w[B_FAILURE] === FAILURE_NONE) {
      w[B_FAILURE] = FAILURE_NONDETERMINISM;
      w[B_DIVERGED] = w[B_STEPS]! + 1;
    }
    if (w[this.#at + COST] === w[this.#at + BOUND]) {
      w[this.#at + DISTINCT] = w[this.#at + DISTINCT]! + 1;
    }
  }
}
