// A fuzzed sequence: operations as small numbers, which the player makes requests of, legal and
// illegal. Plain data with one text form, so that a failing one fits on a command line.
import { Prng } from '../workload/prng.ts';

/** The kinds, by their letters in the text form; the weight is how often one is drawn. */
export const kinds = {
  open: ['o', 20], relative: ['R', 3], close: ['c', 8], read: ['r', 12], write: ['w', 12],
  begin: ['b', 4], page: ['j', 4], map: ['M', 2], resize: ['e', 4], rename: ['n', 5],
  dispose: ['d', 4], query: ['q', 8], byName: ['N', 3], set: ['s', 3], list: ['l', 4],
  flush: ['f', 2], lock: ['k', 4], unlock: ['u', 3], control: ['i', 6], oplock: ['p', 4],
  volume: ['v', 2], security: ['g', 2], attribute: ['a', 3], section: ['m', 2], watch: ['h', 3],
  cancel: ['x', 3], raw: ['z', 3], reattach: ['t', 2], starve: ['y', 1],
} as const satisfies Record<string, readonly [letter: string, weight: number]>;
export type FuzzKind = keyof typeof kinds;

/** One operation: on which handle, and three numbers that say what about it. */
export interface FuzzOperation {
  readonly kind: FuzzKind;
  readonly slot: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Handles of a sequence. */
export const SLOTS = 4;
/** Each number of an operation is below this. */
export const CHOICES = 36;
const LONGEST = 24;

const names = Object.keys(kinds) as FuzzKind[];
const total = names.reduce((sum, name) => sum + kinds[name][1], 0);
const byLetter = new Map<string, FuzzKind>(names.map((name) => [kinds[name][0], name]));

function drawKind(prng: Prng): FuzzKind {
  let left = prng.below(total);
  for (const name of names) {
    left -= kinds[name][1];
    if (left < 0) return name;
  }
  return 'open';
}

/** Small numbers are drawn more often: they are the usual ways. */
function draw(prng: Prng): number {
  return prng.chance(60) ? prng.below(4) : prng.below(CHOICES);
}

/** Kinds that say little of anything but a directory. */
const ofDirectories: ReadonlySet<FuzzKind> = new Set(['list', 'watch']);
/** In tables.ts: the name of a directory, and how one is opened, sync and async. */
const DIRECTORY_NAME = 2;
const DIRECTORY_OPENS = [4, 5, 5] as const;

/** The same for files: names, and ways that mostly work. */
const FILE_NAMES = [0, 0, 1, 3, 5] as const;
const FILE_OPENS = [0, 0, 2, 3, 8, 9, 19, 20, 26] as const;
/** Of a hundred opens: how many are whatever was drawn, and how many files that can be opened. */
const AS_DRAWN = 35;
const WORKING = 45;

/** Draws operations one after the other, mostly on what was opened before. */
class Drawer {
  readonly #prng: Prng;
  readonly #opened: number[] = [];
  readonly #directories: number[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  #one(slots: readonly number[], percent: number): number | undefined {
    const { length } = slots;
    return length > 0 && this.#prng.chance(percent) ? slots[this.#prng.below(length)] : undefined;
  }

  #slot(kind: FuzzKind): number {
    const isFree = kind === 'open' && this.#prng.chance(70);
    const found = isFree ? undefined
      : ofDirectories.has(kind) ? this.#one(this.#directories, 90) : this.#one(this.#opened, 92);
    return found ?? this.#prng.below(SLOTS);
  }

  #open(slot: number): FuzzOperation {
    const prng = this.#prng;
    const operation = { kind: 'open' as const, slot, x: draw(prng), y: draw(prng), z: draw(prng) };
    const way = prng.below(100);
    forget(this.#directories, slot);
    forget(this.#opened, slot);
    this.#opened.push(slot);
    if (way < AS_DRAWN) return operation;
    if (way < AS_DRAWN + WORKING) {
      return { ...operation, x: FILE_NAMES[prng.below(FILE_NAMES.length)]!,
        y: FILE_OPENS[prng.below(FILE_OPENS.length)]! };
    }
    this.#directories.push(slot);
    return { ...operation, x: DIRECTORY_NAME, y: DIRECTORY_OPENS[prng.below(3)]! };
  }

  next(kind: FuzzKind): FuzzOperation {
    const prng = this.#prng;
    const slot = this.#slot(kind);
    if (kind === 'open') return this.#open(slot);
    if (kind === 'close') {
      forget(this.#directories, slot);
      forget(this.#opened, slot);
    }
    return { kind, slot, x: draw(prng), y: draw(prng), z: draw(prng) };
  }
}

function forget(slots: number[], slot: number): void {
  const at = slots.indexOf(slot);
  if (at >= 0) slots.splice(at, 1);
}

/** Draws a sequence. */
export function drawSequence(prng: Prng): FuzzOperation[] {
  const length = 1 + prng.below(LONGEST);
  const drawer = new Drawer(prng);
  // A sequence that opens nothing says little.
  return Array.from({ length }, (_, n) => drawer.next(n === 0 ? 'open' : drawKind(prng)));
}

/** The sequence `index` of a seed. */
export const sequenceOf = (seed: number, index: number): FuzzOperation[] =>
  drawSequence(Prng.of(seed, index));

/** The text form: letter and four digits to the base of 36 for each operation. */
export function sequenceText(sequence: readonly FuzzOperation[]): string {
  return sequence.map(({ kind, slot, x, y, z }) =>
    kinds[kind][0] + [slot, x, y, z].map((n) => n.toString(CHOICES)).join('')).join('-');
}

/** Reads the text form; undefined when it is none. */
export function readSequence(text: string): FuzzOperation[] | undefined {
  const found: FuzzOperation[] = [];
  for (const part of text.split('-')) {
    const [, letter = '', digits = ''] = /^([a-zA-Z])([0-9a-z]{4})$/.exec(part) ?? [];
    const kind = byLetter.get(letter);
    if (kind === undefined) return undefined;
    const [slot = 0, x = 0, y = 0, z = 0] = Array.from(digits, (d) => Number.parseInt(d, CHOICES));
    found.push({ kind, slot: slot % SLOTS, x, y, z });
  }
  return found;
}
