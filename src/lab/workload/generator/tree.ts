// The files of a generator as a requestor knows them: a directory tree of its own, in which it
// knows every byte, and files that all requestors share, in which any right cell may lie.
//
//     X:\gen\shared\s0 ...          X:\gen\r<requestor>\d<directory>\f<number>
//
// Guarantees: the tree as it is at first follows from preset, seed and requestor alone, so whoever
// makes the files and whoever uses them need not talk.
import { FRAMES } from '../../../mem/memory-map.ts';
import { CELL_BYTES } from '../content/cells.ts';
import { Prng } from '../prng.ts';
import { zipf } from '../zipf.ts';
import type { Preset } from '../presets.ts';
import type { Weighted } from '../zipf.ts';
import type { GeneratorData } from './data.ts';

/** The write that made the initial contents. */
export const INITIAL_WRITE = 1;
/** Percent of the page frames that files of generators may fill. */
const FRAMES_PERCENT = 40;
const SHARED_IDS = 0x7f00_0000;
/** Streams of numbers beside those of the requestors' choices. */
const SIZES_STREAM = 1000;

/** A file that a generator uses. */
export interface LabFile {
  /** Written into each of its cells. */
  readonly id: number;
  path: string;
  exists: boolean;
  /** Bytes; of a shared file only what it was at first. */
  size: number;
  readonly isShared: boolean;
  /** By cell: the write that it holds, 0 for none; empty for shared files. */
  writeIds: Uint32Array;
}

/** Rounds up to whole cells. */
export const wholeCells = (bytes: number): number => Math.ceil(bytes / CELL_BYTES) * CELL_BYTES;

function sizeOfNew(preset: Preset, prng: Prng): number {
  const { meanFileBytes, maxFileBytes } = preset;
  if (meanFileBytes === maxFileBytes) return maxFileBytes;
  const bytes = -Math.log(1 - prng.fraction()) * meanFileBytes;
  return wholeCells(Math.min(maxFileBytes, Math.max(CELL_BYTES, bytes)));
}

/** Own files of one requestor: as many as the preset has, and as memory can hold. */
function fileCount(preset: Preset, requestors: number, budget: number): number {
  const fair = Math.max(1, Math.floor(preset.files / requestors));
  return Math.max(1, Math.min(fair, Math.floor(budget / 2 / preset.meanFileBytes)));
}

export class Tree {
  readonly root: string;
  readonly own: string;
  readonly directories: readonly string[];
  /** Directories made on the way, all empty. */
  readonly extra: string[] = [];
  /** Files that a step looked at, and names that it made, since they were last forgotten. */
  readonly touched = new Set<LabFile>();
  readonly named: string[] = [];
  readonly files: readonly LabFile[];
  readonly shared: readonly LabFile[];
  /** Bytes that own files may have together. */
  readonly budget: number;
  readonly preset: Preset;
  readonly #prng: Prng;
  readonly #choice: Weighted;
  #used = 0;
  #names = 0;

  constructor(preset: Preset, data: GeneratorData, requestor: number) {
    this.preset = preset;
    this.#prng = Prng.of(data.seed, SIZES_STREAM + requestor);
    this.root = `${data.letter}:\\${data.folder ?? 'gen'}`;
    this.own = `${this.root}\\r${requestor}`;
    this.directories = Array.from({ length: preset.directories }, (_, n) => `${this.own}\\d${n}`);
    const frames = FRAMES.end - FRAMES.start;
    this.budget = Math.floor((frames * FRAMES_PERCENT) / 100 / data.requestors);
    const count = fileCount(preset, data.requestors, this.budget);
    this.files = Array.from({ length: count }, (_, n) => this.#initialFile(n, requestor));
    this.shared = Array.from({ length: preset.sharedFiles }, (_, n): LabFile => ({
      id: SHARED_IDS + n, path: `${this.root}\\shared\\s${n}`, exists: true,
      size: wholeCells(preset.meanFileBytes), isShared: true, writeIds: new Uint32Array(0),
    }));
    this.#choice = zipf(count, preset.skew);
    this.named.length = 0;
  }

  /** A fifth of the names is free at first. */
  #initialFile(n: number, requestor: number): LabFile {
    const exists = n % 5 !== 4;
    const file: LabFile = { id: ((requestor + 1) << 16) + n + 1, path: this.newName(n), exists,
      size: 0, isShared: false, writeIds: new Uint32Array(0) };
    const size = sizeOfNew(this.preset, this.#prng);
    if (exists) this.wrote(file, 0, size, INITIAL_WRITE);
    return file;
  }

  /** A name that no file ever had. */
  newName(near = this.#names): string {
    const name = `${this.directories[near % this.directories.length]}\\f${this.#names++}`;
    this.named.push(name);
    return name;
  }

  /** A size for a new file. */
  newSize(prng: Prng): number {
    return sizeOfNew(this.preset, prng);
  }

  /** A file by the preset's unevenness, whether it exists or not. */
  choose(prng: Prng): LabFile {
    return this.touch(this.files[this.#choice.choose(prng)]!);
  }

  /** Notes that a step has to do with a file. */
  touch(file: LabFile): LabFile {
    if (!file.isShared) this.touched.add(file);
    return file;
  }

  /** A file that exists (or does not); undefined when there is none. */
  find(prng: Prng, exists: boolean): LabFile | undefined {
    const first = this.#choice.choose(prng);
    for (let i = 0; i < this.files.length; i++) {
      const file = this.files[(first + i) % this.files.length]!;
      if (file.exists === exists) return this.touch(file);
    }
    return undefined;
  }

  /** Whether a file may grow to so many bytes. */
  hasRoom(file: LabFile, size: number): boolean {
    return size <= this.preset.maxFileBytes && this.#used + size - file.size <= this.budget;
  }

  /** [offset, offset + bytes) is of write `writeId` now. */
  wrote(file: LabFile, offset: number, bytes: number, writeId: number): void {
    if (file.isShared) return;
    if (offset + bytes > file.size) this.resized(file, offset + bytes);
    file.writeIds.fill(writeId, offset / CELL_BYTES, (offset + bytes) / CELL_BYTES);
  }

  /** The file has another size now: what was cut off is gone, what was added is zero. */
  resized(file: LabFile, size: number): void {
    if (file.isShared) return;
    const cells = size / CELL_BYTES;
    if (cells > file.writeIds.length) {
      const grown = new Uint32Array(Math.max(cells, file.writeIds.length * 2));
      grown.set(file.writeIds);
      file.writeIds = grown;
    }
    file.writeIds.fill(0, cells);
    this.#used += size - file.size;
    file.size = size;
  }
}
