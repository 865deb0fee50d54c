// What a log tells about one file's size before the log began.
// Guarantees: sizes that the log itself brings about (writes, set end of file, overwrite) never
// count as the initial size. While the file may only have grown by a known amount, later evidence
// still says something about the start: current size = max(initial, highest byte written).
// Simplification: growth that the log does not show (mapped views, another machine) looks like a
// contradiction; the larger size is kept, so that the recorded reads find their bytes.

/** How the current size relates to the initial one. */
type Current =
  | { readonly is: 'grown'; readonly to: number }
  | { readonly is: 'known'; readonly size: number }
  | { readonly is: 'lost' };

export class SizeEvidence {
  #exact: number | undefined;
  #atLeast = 0;
  #atMost = Number.POSITIVE_INFINITY;
  #current: Current = { is: 'grown', to: 0 };

  /** A query printed the size. */
  sawExact(size: number): void {
    if (this.#current.is !== 'grown') return;
    const { to } = this.#current;
    if (size > to || to === 0) this.#exact ??= size;
    else if (size === to) this.#atMost = Math.min(this.#atMost, size);
    if (this.#exact !== undefined && size > this.#exact) this.sawAtLeast(size);
  }

  /** A read returned bytes up to here. */
  sawAtLeast(end: number): void {
    if (this.#current.is !== 'grown') return;
    if (end > this.#current.to) this.#atLeast = Math.max(this.#atLeast, end);
  }

  /** A read at this offset met the end of the file. */
  sawEndAt(offset: number): void {
    if (this.#current.is !== 'grown') return;
    this.#atMost = Math.min(this.#atMost, offset);
  }

  /** A write ended here. */
  wrote(end: number): void {
    if (this.#current.is === 'grown') {
      this.#current = { is: 'grown', to: Math.max(this.#current.to, end) };
    } else if (this.#current.is === 'known') {
      this.#current = { is: 'known', size: Math.max(this.#current.size, end) };
    }
  }

  /** The end of the file was set, or the file was overwritten (0). */
  setEnd(size: number): void {
    this.#current = { is: 'known', size };
  }

  /** The allocation was set: a smaller one than the size cuts the file. */
  setAllocation(size: number): void {
    const known = this.#current.is === 'known' ? this.#current.size : undefined;
    if (known !== undefined) this.setEnd(Math.min(known, size));
    else if (size < this.initial) this.#current = { is: 'lost' };
  }

  /** Written or cut in a way that the log gives no numbers for. */
  lose(): void {
    this.#current = { is: 'lost' };
  }

  /** True when the log tells anything about the initial size. */
  get isKnown(): boolean {
    return this.#exact !== undefined || this.#atLeast > 0 || Number.isFinite(this.#atMost);
  }

  /** The size to start with: as printed, else where reads met the end, else what reads need. */
  get initial(): number {
    const upper = Number.isFinite(this.#atMost) ? this.#atMost : this.#atLeast;
    return Math.max(this.#exact ?? upper, this.#atLeast);
  }
}
