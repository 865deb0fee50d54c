// Random walk: all threads that can go on are equally likely. The baseline, and the fastest
// per step where switches cost nothing; unfair to what happens late in a thread.
import { B_ORDINAL, B_SEED } from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

export class RandomWalk implements Strategy {
  readonly name = 'random';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #w: Int32Array;
  readonly #dice: Dice;

  constructor(room: StrategyRoom) {
    this.#w = room.board.words;
    this.#dice = new Dice(this.#w, room.at);
  }

  reset(): void {
    // Each schedule has a seed of its own.
  }

  begin(): boolean {
    this.#dice.seed(mixSeed(this.#w[B_SEED]!, this.#w[B_ORDINAL]!));
    return true;
  }

  next(ids: Int32Array, count: number): number {
    return ids[this.#dice.below(count)]!;
  }

  choose(n: number): number {
    return this.#dice.below(n);
  }

  end(): void {
    // Nothing is learnt.
  }
}
