// The smallest failing sequence: operations are left out in ever smaller pieces, then what is left
// is made plain, number by number. Every try is a machine of its own, so tries are bounded.
import type { FuzzOperation } from './sequence.ts';

type Sequence = readonly FuzzOperation[];
/** Whether a sequence fails in the same way. */
export type Fails = (sequence: Sequence) => boolean;

const numbers = ['slot', 'x', 'y', 'z'] as const;

class Shrinker {
  readonly #fails: Fails;
  #left: number;
  best: Sequence;

  constructor(sequence: Sequence, fails: Fails, tries: number) {
    this.best = sequence;
    this.#fails = fails;
    this.#left = tries;
  }

  #try(candidate: Sequence): boolean {
    if (candidate.length === 0 || this.#left-- <= 0 || !this.#fails(candidate)) return false;
    this.best = candidate;
    return true;
  }

  /** Leaves out pieces of a length; whether any went. */
  #leaveOut(length: number): boolean {
    let went = false;
    for (let at = 0; at + length <= this.best.length;) {
      const without = [...this.best.slice(0, at), ...this.best.slice(at + length)];
      if (this.#try(without)) went = true;
      else at++;
    }
    return went;
  }

  /** Makes numbers 0, or smaller; whether any became so. */
  #simplify(): boolean {
    let went = false;
    for (let at = 0; at < this.best.length; at++) {
      for (const name of numbers) {
        for (const value of [0, 1, 2]) {
          if (value >= this.best[at]![name]) break;
          const changed = this.best.map((operation, n) =>
            (n === at ? { ...operation, [name]: value } : operation));
          if (!this.#try(changed)) continue;
          went = true;
          break;
        }
      }
    }
    return went;
  }

  run(): void {
    for (let length = Math.ceil(this.best.length / 2); length >= 1;) {
      const went = this.#leaveOut(length);
      if (!went || length > this.best.length) length = length === 1 ? 0 : Math.ceil(length / 2);
    }
    if (this.#simplify()) this.#leaveOut(1);
  }
}

/** Shrinks a failing sequence in at most so many tries. */
export function shrink(sequence: Sequence, fails: Fails, tries: number): Sequence {
  const shrinker = new Shrinker(sequence, fails, tries);
  shrinker.run();
  return shrinker.best;
}
