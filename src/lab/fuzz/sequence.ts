// A fuzzed sequence: operations as small numbers, which the player makes requests of, legal and
// illegal. Plain data with one text form, so that a failing one fits on a command line.
import { Prng } from '../workload/prng.ts';

/** The kinds, by their letters in the text form; the weight is how often one is drawn. */
export const kinds = {
  open: ['o', 20], close: ['c', 8], read: ['r', 14], write: ['w', 14], resize: ['e', 4],
  rename: ['n', 4], dispose: ['d', 4], query: ['q', 8], set: ['s', 3], list: ['l', 3],
  flush: ['f', 2], lock: ['k', 3], unlock: ['u', 2], control: ['i', 4], oplock: ['p', 3],
  volume: ['v', 2], security: ['g', 2], attribute: ['a', 2], section: ['m', 2], watch: ['h', 2],
  cancel: ['x', 2], reattach: ['t', 1],
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

/** Draws a sequence. */
export function drawSequence(prng: Prng): FuzzOperation[] {
  const length = 1 + prng.below(LONGEST);
  return Array.from({ length }, (_, n) => ({
    // A sequence that opens nothing says little.
    kind: n === 0 ? 'open' : drawKind(prng), slot: prng.below(n === 0 ? 1 : SLOTS),
    x: draw(prng), y: draw(prng), z: draw(prng),
  }));
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
    const [, letter = '', digits = ''] = /^([a-z])([0-9a-z]{4})$/.exec(part) ?? [];
    const kind = byLetter.get(letter);
    if (kind === undefined) return undefined;
    const [slot = 0, x = 0, y = 0, z = 0] = Array.from(digits, (d) => Number.parseInt(d, CHOICES));
    found.push({ kind, slot: slot % SLOTS, x, y, z });
  }
  return found;
}
