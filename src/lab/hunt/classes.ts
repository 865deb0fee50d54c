// How much is left: schedules are counted by class (equivalent ones share one), and the share of
// classes seen once estimates the chance that the next schedule shows a new one (Good and Turing).

export class Classes {
  readonly #counts = new Map<number, number>();
  #total = 0;
  #once = 0;

  /** Counts a schedule of a class. */
  add(which: number): void {
    const before = this.#counts.get(which) ?? 0;
    this.#counts.set(which, before + 1);
    this.#total++;
    if (before === 0) this.#once++;
    else if (before === 1) this.#once--;
  }

  /** Classes seen so far. */
  get size(): number {
    return this.#counts.size;
  }

  /** The estimated chance that the next schedule is of a new class; 1 before the first. */
  get residual(): number {
    return this.#total === 0 ? 1 : this.#once / this.#total;
  }
}
