// PCT(d), probabilistic concurrency testing (Burckhardt and others, 2010): threads get random
// priorities and the highest runs; at d - 1 random steps the one that runs drops below all others.
// A bug of depth d is found by each schedule with a probability of at least 1 / (n k^(d-1)) for n
// threads and k steps. Few switches, so it is fast on real threads.
//
// Only steps with a choice count. k is the longest schedule of the campaign so far. A thread that
// waits for others drops below all, which makes spin loops end.
import { B_CHOICES, B_LONGEST, B_ORDINAL, B_SEED, HEADER_WORDS, THREAD_WORDS, T_YIELDED }
  from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

/** The steps of a schedule before any was seen. */
const FIRST_GUESS = 16;

// Words: dice, steps of this schedule, lowest priority so far, d - 1 change steps, priorities.
const STEP = 1;
const LOWEST = 2;
const CHANGES = 3;

export class Pct implements Strategy {
  readonly name: string;
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #dice: Dice;
  readonly #changes: number;
  readonly #priorities: number;
  readonly #threads: number;

  constructor(room: StrategyRoom, depth = 3) {
    this.name = `pct:${depth}`;
    this.#w = room.board.words;
    this.#at = room.at;
    this.#dice = new Dice(this.#w, room.at);
    this.#changes = depth - 1;
    this.#priorities = room.at + CHANGES + this.#changes;
    this.#threads = room.board.threads;
  }

  reset(): void {
    this.#w[B_LONGEST] = 0;
  }

  begin(): boolean {
    const w = this.#w;
    const dice = this.#dice;
    dice.seed(mixSeed(w[B_SEED]!, w[B_ORDINAL]!));
    w[this.#at + STEP] = 0;
    w[this.#at + LOWEST] = 0;
    const steps = w[B_LONGEST] === 0 ? FIRST_GUESS : w[B_LONGEST]!;
    for (let i = 0; i < this.#changes; i++) w[this.#at + CHANGES + i] = 1 + dice.below(steps);
    const p = this.#priorities;
    for (let t = 0; t < this.#threads; t++) {
      const other = dice.below(t + 1);
      w[p + t] = w[p + other]!;
      w[p + other] = t + 1;
    }
    return true;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const w = this.#w;
    const yields = last >= 0 && !canStay && w[HEADER_WORDS + last * THREAD_WORDS + T_YIELDED] !== 0;
    if (yields) this.#drop(last);
    const step = w[this.#at + STEP]! + 1;
    w[this.#at + STEP] = step;
    let best = this.#highest(ids, count);
    for (let i = 0; i < this.#changes; i++) {
      if (w[this.#at + CHANGES + i] !== step) continue;
      this.#drop(best);
      best = this.#highest(ids, count);
    }
    return best;
  }

  #drop(thread: number): void {
    const lowest = this.#w[this.#at + LOWEST]! - 1;
    this.#w[this.#at + LOWEST] = lowest;
    this.#w[this.#priorities + thread] = lowest;
  }

  #highest(ids: Int32Array, count: number): number {
    const w = this.#w;
    const p = this.#priorities;
    let best = ids[0]!;
    for (let i = 1; i < count; i++) if (w[p + ids[i]!]! > w[p + best]!) best = ids[i]!;
    return best;
  }

  choose(n: number): number {
    return this.#dice.below(n);
  }

  end(): void {
    const w = this.#w;
    if (w[B_CHOICES]! > w[B_LONGEST]!) w[B_LONGEST] = w[B_CHOICES]!;
  }
}
