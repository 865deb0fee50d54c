// A small seeded generator of numbers (splitmix32): all that a workload chooses comes from one word
// of state, so a seed and a requestor's index tell the whole run of choices.
// Guarantees: the same state gives the same numbers on every machine.

const GOLDEN = 0x9e3779b9;

/** Mixes a word: every input bit reaches every output bit. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

export class Prng {
  /** The state: give it to another Prng to go on from here. */
  state: number;

  constructor(state: number) {
    this.state = state >>> 0;
  }

  /** A generator of its own for part `index` of what `seed` decides. */
  static of(seed: number, index: number): Prng {
    return new Prng(mix(seed + Math.imul(index + 1, GOLDEN)));
  }

  /** A 32-bit unsigned number. */
  next(): number {
    this.state = (this.state + GOLDEN) >>> 0;
    return mix(this.state);
  }

  /** A number from 0 up to 1, without 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.fraction() * 100 < percent;
  }

  /** One of several things. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
