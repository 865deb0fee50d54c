// The oracle of a schedule: which thread goes on, and every other choice. A strategy keeps its
// state in words of the board, because any thread may hold the baton when it is asked; the object
// itself exists once per thread and remembers nothing. Engines (real threads, coroutines) ask all
// strategies alike.
import type { Board } from './board.ts';

export interface Strategy {
  readonly name: string;
  /** Asked at every step, also where only one thread can run. */
  readonly seesAll: boolean;
  /** Wants to see the rest of a schedule in which a thread failed. */
  readonly goesOn: boolean;
  /** Whether `begin` says no because every schedule is known, as far as the strategy can tell. */
  readonly proves: boolean;
  /** Before the first schedule of a campaign. */
  reset(): void;
  /** Before each schedule; false when there is nothing left to try. */
  begin(): boolean;
  /**
   * Which thread goes on.
   *
   * @param ids the threads that can, in ascending order; the array is only good during the call.
   * @param count how many ids there are.
   * @param last the thread that ran last, -1 before the first step.
   * @param canStay whether `last` is among them and does not wait for others.
   * @returns one of the ids; CUT to end the schedule, because the rest is known; ASTRAY when the
   *   schedule that it repeats does not fit.
   */
  next(ids: Int32Array, count: number, last: number, canStay: boolean): number;
  /** A number from 0 to n - 1, for a thread that runs; n is at least 2. */
  choose(n: number, thread: number): number;
  /** After each schedule; the board still shows its events. */
  end(): void;
}

/** The answer of `next` that ends a schedule. */
export const CUT = -2;
/** The answer of `next` and `choose` when a repeated schedule does not fit. */
export const ASTRAY = -3;

/** A part of the board's words that belongs to one strategy. */
export interface StrategyRoom {
  readonly board: Board;
  readonly at: number;
  readonly length: number;
}

/** What a strategy does with threads if it does nothing: stay, or take the next in turn. */
export function defaultNext(
  ids: Int32Array,
  count: number,
  last: number,
  canStay: boolean,
): number {
  if (canStay) return last;
  for (let i = 0; i < count; i++) if (ids[i]! > last) return ids[i]!;
  return ids[0]!;
}

/** Mixes a campaign's seed and the number of a schedule into a seed of its own. */
export function mixSeed(seed: number, ordinal: number): number {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(ordinal + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** Random numbers whose state is one word of the board. */
export class Dice {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  seed(value: number): void {
    this.#words[this.#at] = value;
  }

  /** 32 random bits. */
  bits(): number {
    const state = (this.#words[this.#at]! + 0x6d2b79f5) | 0;
    this.#words[this.#at] = state;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return x ^ (x >>> 14);
  }

  /** A number from 0 to n - 1. */
  below(n: number): number {
    return Math.floor(((this.bits() >>> 0) / 4294967296) * n);
  }
}
