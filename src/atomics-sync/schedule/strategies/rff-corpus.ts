// What reads-from fuzzing has learnt in a campaign: which pairs of a reading and a writing site it
// has seen, how often each combination of pairs came out, and the corpus: the lists of wishes whose
// schedules showed something new. A wish is a pair that the schedule should show, or should not.
// All of it lies in words of the board.
import { INITIAL, mix } from './reads-from.ts';
import { WordTable } from './word-table.ts';
import type { Dice } from '../strategy.ts';

/** Words of a wish: object, reading site, writing site, whether it is to be avoided. */
export const WISH = 4;
const MAX_WISHES = 4;
/** A list of wishes in words: how many, then the wishes, then the room of one for making it. */
export const WISHES = 1 + WISH * (MAX_WISHES + 1);

// A pair: object, reader, writer, schedule that showed it last, whether threads share it.
const PAIR = 5;
const P_READER = 1;
const P_WRITER = 2;
const P_SCHEDULE = 3;
const P_SHARED = 4;
/** An entry of the table of pairs: hash, number of the pair from 1. */
const NAME = 2;
const MAX_PAIRS = 4096;
/** A combination: hash, schedules. */
const COMBINATION = 2;
/** A member of the corpus: hash of the combination that it showed, wishes. */
const MEMBER = 1 + WISHES;
const MAX_MEMBERS = 256;
/** Members drawn of which the rarest is taken. */
const RIVALS = 3;

// Words: members so far, sum and news of this schedule, pairs so far.
const MEMBERS = 0;
const SUM = 1;
const NEWS = 2;
const PAIRS = 3;
const HEAD = 4;

export class Corpus {
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #dice: Dice;
  /** The pairs one after the other, and their numbers by hash. */
  readonly #pairs: number;
  readonly #maxPairs: number;
  readonly #names: WordTable;
  readonly #combinations: WordTable;
  readonly #members: number;
  readonly #capacity: number;

  constructor(words: Int32Array, at: number, room: number, dice: Dice) {
    this.#w = words;
    this.#at = at;
    this.#dice = dice;
    const quarter = (room - HEAD) >> 2;
    this.#pairs = at + HEAD;
    this.#maxPairs = Math.min(MAX_PAIRS, Math.floor(quarter / PAIR));
    const namesAt = this.#pairs + this.#maxPairs * PAIR;
    this.#names = new WordTable(words, namesAt, quarter, NAME);
    const combinationsAt = namesAt + this.#names.length;
    this.#combinations = new WordTable(words, combinationsAt, quarter, COMBINATION);
    this.#members = combinationsAt + this.#combinations.length;
    this.#capacity = Math.min(MAX_MEMBERS, Math.floor((at + room - this.#members) / MEMBER));
  }

  reset(): void {
    this.#w.fill(0, this.#at, this.#at + HEAD);
    this.#names.clear();
    this.#combinations.clear();
  }

  /** Before each schedule. */
  begin(): void {
    this.#w[this.#at + SUM] = this.#w[this.#at + NEWS] = 0;
  }

  /** The schedule showed a pair. */
  saw(object: number, reader: number, writer: number, isOther: boolean, schedule: number): void {
    const w = this.#w;
    const key = mix(reader, writer);
    const name = this.#names.reach(key);
    if (name < 0 || (w[name + 1] === 0 && w[this.#at + PAIRS]! >= this.#maxPairs)) return;
    if (w[name + 1] === 0) w[name + 1] = this.#add(object, reader, writer);
    const pair = this.#pair(w[name + 1]! - 1);
    if (isOther) w[pair + P_SHARED] = 1;
    if (w[pair + P_SCHEDULE] === schedule) return;
    w[pair + P_SCHEDULE] = schedule;
    w[this.#at + SUM] = (w[this.#at + SUM]! + mix(key, 1)) | 0;
  }

  #pair(i: number): number {
    return this.#pairs + i * PAIR;
  }

  /** Keeps a pair that was not seen before; its number from 1. */
  #add(object: number, reader: number, writer: number): number {
    const w = this.#w;
    const count = w[this.#at + PAIRS]!;
    const pair = this.#pair(count);
    w[pair] = object;
    w[pair + P_READER] = reader;
    w[pair + P_WRITER] = writer;
    w[pair + P_SCHEDULE] = w[pair + P_SHARED] = 0;
    w[this.#at + PAIRS] = count + 1;
    w[this.#at + NEWS] = w[this.#at + NEWS]! + 1;
    return count + 1;
  }

  /**
   * After a schedule: keeps its wishes when it showed a pair or a combination for the first time.
   */
  keep(wishes: number): void {
    const w = this.#w;
    const sum = w[this.#at + SUM]!;
    const e = this.#combinations.reach(sum);
    const times = e < 0 ? 2 : w[e + 1]! + 1;
    if (e >= 0) w[e + 1] = times;
    if ((times > 1 && w[this.#at + NEWS] === 0) || this.#capacity === 0) return;
    const known = w[this.#at + MEMBERS]!;
    w[this.#at + MEMBERS] = known + 1;
    const slot = known < this.#capacity ? known : this.#dice.below(this.#capacity);
    const to = this.#members + slot * MEMBER;
    w[to] = sum;
    w.copyWithin(to + 1, wishes, wishes + WISHES);
  }

  #times(member: number): number {
    const e = this.#combinations.find(this.#w[this.#members + member * MEMBER]!);
    return e < 0 ? 1 : this.#w[e + 1]!;
  }

  /** Writes the next schedule's wishes: those of a member whose combination is rare, mutated. */
  draw(wishes: number): void {
    const w = this.#w;
    const dice = this.#dice;
    const count = Math.min(w[this.#at + MEMBERS]!, this.#capacity);
    w[wishes] = 0;
    if (count === 0) return;
    let best = dice.below(count);
    for (let i = 1; i < RIVALS; i++) {
      const other = dice.below(count);
      if (this.#times(other) < this.#times(best)) best = other;
    }
    const from = this.#members + best * MEMBER + 1;
    w.copyWithin(wishes, from, from + WISHES);
    do this.#mutate(wishes); while (dice.below(2) === 0);
  }

  #mutate(wishes: number): void {
    const w = this.#w;
    const dice = this.#dice;
    const count = w[wishes]!;
    const what = count === 0 ? 0 : dice.below(6);
    const chosen = wishes + 1 + WISH * dice.below(Math.max(1, count));
    if (what < 4) {
      this.#wishFor(wishes);
    } else if (what === 4) {
      w[chosen + 3] = w[chosen + 3]! ^ 1;
    } else {
      const last = wishes + 1 + WISH * (count - 1);
      w.copyWithin(chosen, last, last + WISH);
      w[wishes] = count - 1;
    }
  }

  /**
   * Adds a wish; it takes the place of one about the same reader, or of any where all are taken.
   */
  #wishFor(wishes: number): void {
    const w = this.#w;
    const count = w[wishes]!;
    const spare = wishes + 1 + WISH * MAX_WISHES;
    if (!this.#wish(spare, this.#dice.below(4) === 0)) return;
    let place = count < MAX_WISHES ? count : this.#dice.below(MAX_WISHES);
    for (let i = 0; i < count; i++) {
      if (w[wishes + 2 + WISH * i] === w[spare + 1]) place = i;
    }
    w.copyWithin(wishes + 1 + WISH * place, spare, spare + WISH);
    if (place === count) w[wishes] = count + 1;
  }

  /** A new wish: that a reader sees the writer of a pair, of another pair, or nobody. */
  #wish(to: number, isNegative: boolean): boolean {
    const first = this.#drawPair(0);
    if (first < 0) return false;
    const w = this.#w;
    const object = w[first]!;
    const what = this.#dice.below(4);
    const second = what < 2 ? first : this.#drawPair(object);
    w[to] = object;
    w[to + 1] = w[first + P_READER]!;
    w[to + 2] = what === 3 || second < 0 ? INITIAL : w[second + P_WRITER]!;
    w[to + 3] = isNegative ? 1 : 0;
    return true;
  }

  /** A pair of an object; of any that threads share, for 0. -1 where there is none. */
  #drawPair(object: number): number {
    const w = this.#w;
    const count = w[this.#at + PAIRS]!;
    if (count === 0) return -1;
    const from = this.#dice.below(count);
    for (let i = 0; i < count; i++) {
      const pair = this.#pair((from + i) % count);
      if (object === 0 ? w[pair + P_SHARED] !== 0 : w[pair] === object) return pair;
    }
    return -1;
  }
}
