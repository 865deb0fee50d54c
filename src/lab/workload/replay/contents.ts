// What the plan knows about contents: which paths share them, who writes which bytes, and which
// bytes of the files that existed before are read.
// Guarantees: derived from the steps' parameters alone; every write of the program is listed under
// its class with the version that it will carry (its place in the replay, plus one).
import { splitStream } from '../../trace/volume-path.ts';
import { ContentClasses, isBare, streamPath } from '../content/classes.ts';
import type { ReplayProgram } from '../../trace/program.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { InitialFile } from '../../trace/inference/initial-state.ts';
import type { ByteRange, ContentFacts, TreeFile } from './plan-types.ts';

const CELL = 16;
/** Contents made for reading; what is beyond reads as zeros. */
const MAX_INITIAL_BYTES = 96 * 1024 * 1024;
const FILE_OPEN = 1;
/** Information classes that change more than data: sizes, names, deletion. */
const RENAMES: readonly number[] = [10, 11, 56, 65, 66, 72];

export class Contents {
  readonly #program: ReplayProgram;
  readonly #classes = new ContentClasses();
  #initialBytes = 0;

  constructor(program: ReplayProgram, steps: readonly Step[]) {
    this.#program = program;
    for (const { volume, path, streams } of program.state.files) {
      this.#classes.add(volume, path);
      for (const { name } of streams) this.#classes.add(volume, streamPath(path, name));
    }
    for (const { volume, volumePath } of program.handles) this.#classes.add(volume, volumePath);
    for (const step of steps) this.#join(step);
    for (const { volume, path, linkOf } of program.state.files) {
      if (linkOf !== undefined) this.#classes.join(volume, linkOf, path);
    }
  }

  #join(step: Step): void {
    if (step.call !== 'NtSetInformationFile' || step.targetPath === undefined) return;
    if (!RENAMES.includes(step.FileInformationClass)) return;
    const slot = this.#program.handles[step.handle];
    if (slot !== undefined) this.#classes.join(slot.volume, slot.volumePath, step.targetPath);
  }

  /** The class of the file that a step is about; 0 for none. */
  of(step: Step): number {
    if (step.call === 'NtCreateFile') {
      return isBare(step.volumePath) ? 0 : this.#classes.of(step.volume, step.volumePath);
    }
    return 'handle' in step ? this.ofSlot(step.handle) : 0;
  }

  ofSlot(slot: number): number {
    const facts = this.#program.handles[slot];
    if (facts === undefined || isBare(facts.volumePath)) return 0;
    return this.#classes.of(facts.volume, facts.volumePath);
  }

  /** Who writes what; `requestorOf` and `at` of each step, in the order of `steps`. */
  facts(
    steps: readonly { readonly step: Step; readonly at: number; readonly requestor: number }[],
    tree: readonly TreeFile[],
  ): ContentFacts {
    const writes: Record<number, number[]> = {};
    const loose = new Set<number>();
    const owners: Record<number, number> = {};
    const reshaped = new Set<number>();
    for (const { step, at, requestor } of steps) {
      const content = this.of(step);
      if (content === 0 || !changes(step)) continue;
      const owner = owners[content];
      owners[content] = owner === undefined || owner === requestor ? requestor : -1;
      if (step.call !== 'NtWriteFile') reshaped.add(content);
      if (step.call !== 'NtWriteFile' && step.call !== 'IoSynchronousPageWrite') continue;
      if (step.ByteOffset < 0) loose.add(content);
      else (writes[content] ??= []).push(step.ByteOffset, step.ByteOffset + step.Length, at + 1);
    }
    return { writes, loose: [...loose], owners, classes: this.#classes.size + 1,
      solid: this.#solid(tree, reshaped) };
  }

  /** Filled ranges of the classes that only one file has, and that keep their shape. */
  #solid(
    tree: readonly TreeFile[], reshaped: ReadonlySet<number>,
  ): Record<number, readonly ByteRange[]> {
    const solid: Record<number, readonly ByteRange[]> = {};
    const several = new Set<number>();
    const parts = tree.flatMap((file) => [file, ...file.streams]);
    for (const { content, ranges } of parts) {
      if (solid[content] !== undefined) several.add(content);
      solid[content] = ranges;
    }
    for (const content of [...reshaped, ...several]) delete solid[content];
    return solid;
  }

  /** The files of the initial state, with the ranges that are read of each. */
  tree(steps: readonly Step[]): TreeFile[] {
    const reads = new Map<number, ByteRange[]>();
    for (const step of steps) {
      if (step.call !== 'NtReadFile' && step.call !== 'IoPageRead') continue;
      if (step.ByteOffset < 0 || step.Length === 0) continue;
      const content = this.of(step);
      const range: ByteRange = [step.ByteOffset, step.ByteOffset + step.Length];
      const list = reads.get(content);
      if (list === undefined) reads.set(content, [range]);
      else list.push(range);
    }
    const merged = new Map([...reads].map(([content, list]) => [content, mergeRanges(list)]));
    return this.#program.state.files.map((facts) => this.#treeFile(facts, merged));
  }

  #treeFile(facts: InitialFile, reads: ReadonlyMap<number, readonly ByteRange[]>): TreeFile {
    const content = this.#classes.of(facts.volume, facts.path);
    const isData = facts.kind === 'file' && facts.linkOf === undefined;
    return {
      facts, content,
      ranges: isData ? this.#clip(reads.get(content) ?? [], facts.EndOfFile) : [],
      streams: facts.streams.map(({ name, EndOfFile }) => {
        const its = this.#classes.of(facts.volume, streamPath(facts.path, name));
        return { name, EndOfFile, content: its,
          ranges: this.#clip(reads.get(its) ?? [], EndOfFile) };
      }),
    };
  }

  #clip(ranges: readonly ByteRange[], end: number): ByteRange[] {
    const inside: ByteRange[] = [];
    for (const [from, to] of ranges) {
      const length = Math.min(to, end) - from;
      if (length <= 0 || this.#initialBytes + length > MAX_INITIAL_BYTES) continue;
      this.#initialBytes += length;
      inside.push([from, from + length]);
    }
    return inside;
  }

  get initialBytes(): number {
    return this.#initialBytes;
  }
}

/** Whether a step can change contents, size or existence of what it is about. */
function changes(step: Step): boolean {
  switch (step.call) {
    case 'NtWriteFile': case 'IoSynchronousPageWrite': case 'NtSetInformationFile': return true;
    case 'NtFsControlFile': return step.IoControlCode !== undefined && isDataControl(step);
    case 'NtCreateFile': return step.CreateDisposition !== FILE_OPEN
      || (step.CreateOptions & 0x1000) !== 0 || splitStream(step.volumePath).base === '';
    default: return false;
  }
}

/** FSCTL_SET_ZERO_DATA, FSCTL_FILE_LEVEL_TRIM. */
const isDataControl = ({ IoControlCode }: { readonly IoControlCode: number }): boolean =>
  IoControlCode === 0x980c8 || IoControlCode === 0x98208;

/** Ranges widened to whole cells, sorted, and joined where they touch. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges
    .map(([from, to]): ByteRange =>
      [Math.floor(from / CELL) * CELL, Math.ceil(to / CELL) * CELL])
    .toSorted((one, other) => one[0] - other[0]);
  const merged: ByteRange[] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last === undefined || last[1] < from) merged.push([from, to]);
    else merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return merged;
}
