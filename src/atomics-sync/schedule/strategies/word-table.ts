// @hot  A hash table in words of the board, for strategies that learn: open addressing, a few looks
// at most, no deletion. When there is no room near a key's place the key is not kept; whoever
// learns from samples can do without one of them.

/** Looks at neighbouring places before a key is given up. */
const LOOKS = 12;

export class WordTable {
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #mask: number;
  readonly #width: number;
  readonly length: number;

  /**
   * @param at where the table lies.
   * @param room words it may take; it takes the largest power of two of entries that fits.
   * @param width words of an entry: the key, and what belongs to it.
   */
  constructor(words: Int32Array, at: number, room: number, width: number) {
    const entries = 1 << (31 - Math.clz32(Math.max(1, Math.floor(room / width))));
    this.#w = words;
    this.#at = at;
    this.#mask = entries - 1;
    this.#width = width;
    this.length = entries * width;
  }

  clear(): void {
    this.#w.fill(0, this.#at, this.#at + this.length);
  }

  /** Where the entry of a key lies, made if it was not there; -1 when there is no room for it. */
  reach(key: number): number {
    const w = this.#w;
    const wanted = key === 0 ? 1 : key;
    let i = Math.imul(wanted ^ (wanted >>> 15), 0x9e3779b1) >>> 7;
    for (let looks = LOOKS; looks > 0; looks--, i++) {
      const at = this.#at + (i & this.#mask) * this.#width;
      if (w[at] === wanted) return at;
      if (w[at] !== 0) continue;
      w[at] = wanted;
      return at;
    }
    return -1;
  }

  /** Where the entry of a key lies; -1 when it is not there. */
  find(key: number): number {
    const w = this.#w;
    const wanted = key === 0 ? 1 : key;
    let i = Math.imul(wanted ^ (wanted >>> 15), 0x9e3779b1) >>> 7;
    for (let looks = LOOKS; looks > 0; looks--, i++) {
      const at = this.#at + (i & this.#mask) * this.#width;
      if (w[at] === wanted) return at;
      if (w[at] === 0) return -1;
    }
    return -1;
  }
}
