// A scenario over words: what each of a few threads does to shared words through the door, what
// holds before, and what must hold after. It runs on real threads under a schedule (cell.ts); its
// module is loaded by each of them, so nothing of it may live in a JavaScript variable.
//
//   export const scenario = wordScenario({
//     name: 'lost-update', words: { count: 1 },
//     threads: [bump, bump],
//     check: (at) => { if (load(at.count) !== 2) throw new Error('an update was lost'); },
//   });
import { i32 } from '../../mem/memory.ts';
import { USER } from '../../mem/memory-map.ts';
import type { Board } from './board.ts';

/** Where each named group of words begins. */
export type Addresses<W> = { readonly [K in keyof W]: number };

/** What a thread of a scenario does; `me` is its number, and `me + 1` its owner id. */
export type WordThread<W> = (at: Addresses<W>, me: number) => void;

export interface WordScenario<W extends Record<string, number> = Record<string, number>> {
  readonly name: string;
  /** Groups of shared words by name, and how many words each has. Zero before each schedule. */
  readonly words: W;
  readonly threads: readonly WordThread<W>[];
  /** Writes what holds before. Not scheduled. */
  readonly prepare?: (at: Addresses<W>) => void;
  /** Throws when something is wrong after all threads have ended. Not scheduled. */
  readonly check?: (at: Addresses<W>) => void;
}

/** A scenario as an engine plays it. */
export interface Play {
  readonly name: string;
  readonly threads: number;
  prepare(): void;
  body(thread: number): void;
  check(): void;
  /** Why nobody can go on, in words; asked while everybody still sleeps. */
  deadlock?(): string | undefined;
  /** A word's name, for reports. */
  label(address: number): string;
  /** Looks at the record of a schedule that ended well; what it found, in words. */
  rule?(board: Board): string | undefined;
  /** Names of the routines that calls are recorded under. */
  routines?(): readonly (readonly [number, string])[];
}

/** Words of scenarios lie here: no other room of a machine uses the place. */
const FIRST = USER.start + 4096;
const GROUP_ALIGNMENT = 16;

/** Lays a scenario's words out. */
export function wordScenario<const W extends Record<string, number>>(s: WordScenario<W>): Play {
  const at: Record<string, number> = {};
  let end = FIRST;
  for (const [name, count] of Object.entries(s.words)) {
    at[name] = end;
    end += Math.ceil((4 * count) / GROUP_ALIGNMENT) * GROUP_ALIGNMENT;
  }
  const addresses = at as Addresses<W>;
  return {
    name: s.name,
    threads: s.threads.length,
    prepare() {
      i32.fill(0, FIRST >> 2, end >> 2);
      s.prepare?.(addresses);
    },
    body(thread) {
      s.threads[thread]!(addresses, thread);
    },
    check() {
      s.check?.(addresses);
    },
    label: (address) => labelOf(s.words, at, address),
  };
}

function labelOf(
  words: Record<string, number>,
  at: Record<string, number>,
  address: number,
): string {
  for (const [name, count] of Object.entries(words)) {
    const index = (address - (at[name] ?? 0)) / 4;
    if (index < 0 || index >= count) continue;
    return count === 1 ? name : `${name}[${Math.floor(index)}]`;
  }
  return `0x${address.toString(16)}`;
}
