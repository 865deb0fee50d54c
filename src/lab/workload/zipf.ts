// Heavy-tailed choice: item i is chosen in proportion to 1 / (i + 1)^exponent, as files are in real
// use, a few very often and most of them hardly ever. Also the choice by given weights.
import type { Prng } from './prng.ts';

/** Chooses an index in proportion to its weight. */
export class Weighted {
  /** Sums of the weights up to and with each index. */
  readonly #sums: Float64Array;

  constructor(weights: readonly number[]) {
    this.#sums = new Float64Array(weights.length);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i] ?? 0;
      this.#sums[i] = sum;
    }
    if (!(sum > 0)) throw new Error('nothing can be chosen: all weights are zero');
  }

  choose(prng: Prng): number {
    const sums = this.#sums;
    const wanted = prng.fraction() * sums[sums.length - 1]!;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * A heavy-tailed choice among `count` items.
 * @param exponent 0 makes all equal; 1 is Zipf's law.
 */
export function zipf(count: number, exponent: number): Weighted {
  return new Weighted(Array.from({ length: count }, (_, i) => (i + 1) ** -exponent));
}
