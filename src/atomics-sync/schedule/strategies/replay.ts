// Repeats a schedule from its decisions: at the steps that they name it does what they say, at all
// others the default. Where a decision names a thread that cannot run, or a step goes by without
// its decision being asked for, the schedule does not fit.
import { B_STEPS } from '../board.ts';
import { ASTRAY, defaultNext } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

// Words: next decision, whether a schedule was begun.
const CURSOR = 0;
const BEGUN = 1;
const COUNT = 2;
const DECISIONS = 3;

export class Replay implements Strategy {
  readonly name = 'replay';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #decisions: readonly number[];
  readonly #lenient: boolean;

  /**
   * @param decisions pairs: the step a decision comes before, and what was chosen.
   * @param lenient takes the default where a decision does not fit (shrinking), instead of ending.
   */
  constructor(room: StrategyRoom, decisions: readonly number[], lenient = false) {
    if (decisions.length + DECISIONS > room.length) {
      throw new Error(`a schedule of ${decisions.length / 2} decisions is longer than the board`);
    }
    this.#w = room.board.words;
    this.#at = room.at;
    this.#decisions = decisions;
    this.#lenient = lenient;
  }

  reset(): void {
    const w = this.#w;
    w[this.#at + BEGUN] = 0;
    w[this.#at + COUNT] = this.#decisions.length;
    w.set(this.#decisions, this.#at + DECISIONS);
  }

  begin(): boolean {
    const w = this.#w;
    w[this.#at + CURSOR] = 0;
    const begun = w[this.#at + BEGUN]!;
    w[this.#at + BEGUN] = 1;
    return begun === 0;
  }

  /** What was decided before this step; -1 when it was the default, ASTRAY when one was missed. */
  #decided(): number {
    const w = this.#w;
    const cursor = w[this.#at + CURSOR]!;
    if (cursor >= w[this.#at + COUNT]!) return -1;
    const step = w[this.#at + DECISIONS + cursor]!;
    const now = w[B_STEPS]!;
    if (step > now) return -1;
    w[this.#at + CURSOR] = cursor + 2;
    if (step < now) return this.#lenient ? this.#decided() : ASTRAY;
    return w[this.#at + DECISIONS + cursor + 1]!;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const decided = this.#decided();
    if (decided === ASTRAY) return ASTRAY;
    if (decided >= 0) {
      for (let i = 0; i < count; i++) if (ids[i] === decided) return decided;
      if (!this.#lenient) return ASTRAY;
    }
    return defaultNext(ids, count, last, canStay);
  }

  choose(n: number): number {
    const decided = this.#decided();
    if (decided < 0) return decided === ASTRAY ? ASTRAY : 0;
    if (decided < n) return decided;
    return this.#lenient ? 0 : ASTRAY;
  }

  end(): void {
    // Nothing is learnt.
  }
}
