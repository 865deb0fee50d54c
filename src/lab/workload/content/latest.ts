// Which version each cell must have, for files that only one requestor changes: it then knows what
// it wrote last, and a read that shows anything older found a lost write.
// Guarantees: a cell is known only while nothing but whole-cell writes of this requestor touched it
// since; whatever shortens, replaces or deletes a file makes it unknown again.
import { CELL_BYTES } from './cells.ts';

/** Cells remembered per file: a log may write gigabytes. */
const MAX_CELLS = 1 << 16;

export class Latest {
  readonly #files = new Map<number, Map<number, number>>();

  /** A write of [offset, offset + length) succeeded. */
  wrote(file: number, offset: number, length: number, version: number): void {
    let cells = this.#files.get(file);
    if (cells === undefined) {
      cells = new Map();
      this.#files.set(file, cells);
    }
    const end = offset + length;
    for (let cell = Math.floor(offset / CELL_BYTES); cell * CELL_BYTES < end; cell++) {
      const isWhole = cell * CELL_BYTES >= offset && (cell + 1) * CELL_BYTES <= end;
      if (isWhole && (cells.size < MAX_CELLS || cells.has(cell))) cells.set(cell, version);
      else cells.delete(cell);
    }
  }

  /** Something else than a write changed the file. */
  forget(file: number): void {
    this.#files.delete(file);
  }

  forgetAll(): void {
    this.#files.clear();
  }

  /** The version that the cell must have; undefined when it is not known. */
  of(file: number, cell: number): number | undefined {
    return this.#files.get(file)?.get(cell);
  }
}
