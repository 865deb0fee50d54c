// POS, partial order sampling (Yuan and others, 2018): each announced operation gets a random
// priority and the highest runs; then it forgets its own priority and those of all operations that
// conflict with it, so that the order of conflicting operations is drawn evenly. Operations that
// touch nothing shared run first, whatever their priority. No parameters; the best all-round
// default where switches are cheap.
import { B_ORDINAL, B_SEED } from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import { conflict } from '../point.ts';
import type { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

export class Pos implements Strategy {
  readonly name = 'pos';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #dice: Dice;
  /** A priority for each thread's operation; 0 when it has not been drawn. */
  readonly #priorities: number;

  constructor(room: StrategyRoom) {
    this.#board = room.board;
    this.#w = room.board.words;
    this.#dice = new Dice(this.#w, room.at);
    this.#priorities = room.at + 1;
  }

  reset(): void {
    // Each schedule has a seed of its own.
  }

  begin(): boolean {
    this.#dice.seed(mixSeed(this.#w[B_SEED]!, this.#w[B_ORDINAL]!));
    this.#w.fill(0, this.#priorities, this.#priorities + this.#board.threads);
    return true;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const board = this.#board;
    if (canStay && board.object(last) === 0) return last;
    for (let i = 0; i < count; i++) if (board.object(ids[i]!) === 0) return ids[i]!;
    const w = this.#w;
    const p = this.#priorities;
    let best = ids[0]!;
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      if (w[p + t] === 0) w[p + t] = (this.#dice.bits() >>> 1) | 1;
      if (w[p + t]! > w[p + best]!) best = t;
    }
    const kind = board.kind(best);
    const object = board.object(best);
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      if (conflict(kind, object, board.kind(t), board.object(t))) w[p + t] = 0;
    }
    w[p + best] = 0;
    return best;
  }

  choose(n: number): number {
    return this.#dice.below(n);
  }

  end(): void {
    // Nothing is learnt.
  }
}
