// SURW, selectively uniform random walk (Zhao and others, 2025): picks one shared object for each
// schedule and draws the order of the operations on it evenly among all possible orders, by how
// many each thread has left to do; everything else goes by random priorities. The counts are learnt
// from the first schedules. Strong where a few words decide, also with many threads; one of the
// objects is "all of them", which is the plain uniform random walk.
import { B_ORDINAL, B_SEED, B_STEPS, EVENT_WORDS } from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import type { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

// Words: dice, objects known, this schedule's object, the thread meant to be next on it, schedules
// learnt from; then per thread: operations left, priority; then the table.
const OBJECTS = 1;
const TARGET = 2;
const MEANT = 3;
const LEARNT = 4;
const LEFT = 5;
const MAX_OBJECTS = 24;
const LEARN_FROM = 4;
const ALL = -1;

export class Surw implements Strategy {
  readonly name = 'surw';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #dice: Dice;
  readonly #threads: number;
  readonly #left: number;
  readonly #priority: number;
  readonly #table: number;
  readonly #row: number;

  constructor(room: StrategyRoom) {
    this.#board = room.board;
    this.#w = room.board.words;
    this.#at = room.at;
    this.#threads = room.board.threads;
    this.#dice = new Dice(this.#w, room.at);
    this.#left = room.at + LEFT;
    this.#priority = this.#left + this.#threads;
    this.#table = this.#priority + this.#threads;
    this.#row = 1 + this.#threads;
    if (this.#table + (MAX_OBJECTS + 1) * this.#row > room.at + room.length) {
      throw new Error(`surw needs more words than the board keeps for ${this.#threads} threads`);
    }
  }

  reset(): void {
    this.#w.fill(0, this.#at, this.#table);
  }

  begin(): boolean {
    const w = this.#w;
    this.#dice.seed(mixSeed(w[B_SEED]!, w[B_ORDINAL]!));
    w.fill(0, this.#priority, this.#priority + this.#threads);
    const known = w[this.#at + OBJECTS]!;
    // Row 0 counts all shared operations.
    const row = known === 0 ? 0 : this.#dice.below(known + 1);
    const from = this.#table + row * this.#row;
    w[this.#at + TARGET] = known === 0 ? 0 : row === 0 ? ALL : w[from]!;
    for (let t = 0; t < this.#threads; t++) w[this.#left + t] = known === 0 ? 0 : w[from + 1 + t]!;
    w[this.#at + MEANT] = -1;
    return true;
  }

  #isTarget(thread: number): boolean {
    const target = this.#w[this.#at + TARGET]!;
    const object = this.#board.object(thread);
    return target === ALL ? object !== 0 : object === target && target !== 0;
  }

  /** Draws who is meant to be next on the object, by what each has left. */
  #mean(ids: Int32Array, count: number): number {
    const w = this.#w;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.max(1, w[this.#left + ids[i]!]!);
    let drawn = this.#dice.below(sum);
    for (let i = 0; i < count; i++) {
      drawn -= Math.max(1, w[this.#left + ids[i]!]!);
      if (drawn < 0) return ids[i]!;
    }
    return ids[0]!;
  }

  next(ids: Int32Array, count: number): number {
    const w = this.#w;
    if (w[this.#at + TARGET] === 0) return ids[this.#dice.below(count)]!;
    if (w[this.#at + MEANT]! < 0) w[this.#at + MEANT] = this.#mean(ids, count);
    let best = this.#best(ids, count);
    if (best < 0) {
      // Everybody is about to touch the object and the one that was meant is not here.
      w[this.#at + MEANT] = this.#mean(ids, count);
      best = this.#best(ids, count);
      if (best < 0) best = ids[0]!;
    }
    w[this.#priority + best] = 0;
    if (this.#isTarget(best)) {
      w[this.#left + best] = Math.max(0, w[this.#left + best]! - 1);
      w[this.#at + MEANT] = -1;
    }
    return best;
  }

  /** The highest priority among those who may go on; -1 when nobody may. */
  #best(ids: Int32Array, count: number): number {
    const w = this.#w;
    const meant = w[this.#at + MEANT]!;
    let best = -1;
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      if (t !== meant && this.#isTarget(t)) continue;
      if (w[this.#priority + t] === 0) w[this.#priority + t] = (this.#dice.bits() >>> 1) | 1;
      if (best < 0 || w[this.#priority + t]! > w[this.#priority + best]!) best = t;
    }
    return best;
  }

  choose(n: number): number {
    return this.#dice.below(n);
  }

  end(): void {
    const w = this.#w;
    if (w[this.#at + LEARNT]! >= LEARN_FROM) return;
    w[this.#at + LEARNT] = w[this.#at + LEARNT]! + 1;
    const counts = new Map<number, Int32Array>();
    for (let step = 0; step < w[B_STEPS]!; step++) {
      const at = this.#board.eventsAt + step * EVENT_WORDS;
      const object = w[at + 1]!;
      if (object === 0) continue;
      const row = counts.get(object) ?? new Int32Array(this.#threads);
      row[w[at]! & 255]!++;
      counts.set(object, row);
    }
    this.#learn(counts);
  }

  #learn(counts: ReadonlyMap<number, Int32Array>): void {
    const w = this.#w;
    const shared = [...counts].filter(([, row]) => row.filter((n) => n > 0).length > 1);
    shared.sort(([a], [b]) => a - b);
    const all = new Int32Array(this.#threads);
    for (const [, row] of shared) for (let t = 0; t < this.#threads; t++) all[t]! += row[t]!;
    const kept = shared.slice(0, MAX_OBJECTS);
    const rows: (readonly [number, Int32Array])[] = [[ALL, all], ...kept];
    rows.forEach(([object, row], i) => {
      w[this.#table + i * this.#row] = object;
      w.set(row, this.#table + i * this.#row + 1);
    });
    w[this.#at + OBJECTS] = kept.length;
  }
}
