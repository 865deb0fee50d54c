// Stays with a thread until it cannot go on, then takes the next in order of ids: the schedule that
// all others are described against. It has one schedule.
import { defaultNext } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

export class RoundRobin implements Strategy {
  readonly name = 'round-robin';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #w: Int32Array;
  readonly #at: number;

  constructor(room: StrategyRoom) {
    this.#w = room.board.words;
    this.#at = room.at;
  }

  reset(): void {
    this.#w[this.#at] = 0;
  }

  begin(): boolean {
    const begun = this.#w[this.#at]!;
    this.#w[this.#at] = begun + 1;
    return begun === 0;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    return defaultNext(ids, count, last, canStay);
  }

  choose(): number {
    return 0;
  }

  end(): void {
    // Nothing is learnt.
  }
}
