// Where the verifier keeps what all threads of a machine must see: fixed places in the verifier
// block, the same in every thread, zeroed at boot. Guarded by the judge's lock unless a room says
// otherwise.
import { fillBytes, i32 } from '../mem/memory.ts';
import { VERIFIER_BLOCK, traceRing } from '../mem/memory-map.ts';
import { KIB, MAX_PROCESSORS } from '../mem/param.ts';

const sizes = {
  /** The recorder's stamp, the epoch, the judge's lock. */
  judge: 4 * KIB,
  /** Locks that each thread holds, what it waits for (held-locks.ts, waits.ts). */
  threads: MAX_PROCESSORS * 4 * KIB,
  /** Texts that were interned: stacks, sites (text-pool.ts). */
  textIndex: 128 * KIB,
  text: 768 * KIB,
  /** Locks and the orders in which they were acquired (lock-classes.ts, lock-graph.ts). */
  locks: 64 * KIB,
  edges: 384 * KIB,
  /** Who has each operation (operations.ts). */
  operations: 256 * KIB,
  /** References that drivers took (references.ts). */
  references: 16 * KIB,
  /** Streams with an oplock of a filter, mapped buffers, renames. */
  oplocks: 4 * KIB,
  mappings: 4 * KIB,
  renames: 4 * KIB,
  /** What was found (finding-log.ts). */
  findings: 756 * KIB,
} as const;

export type AreaName = keyof typeof sizes;

/** One room's place. */
export interface Area {
  readonly start: number;
  readonly end: number;
}

/** The place of a room. */
export function verifierArea(name: AreaName): Area {
  let start: number = VERIFIER_BLOCK.start;
  for (const [key, size] of Object.entries(sizes)) {
    if (key === name) return { start, end: start + size };
    start += size;
  }
  throw new Error(`the verifier keeps no ${name}`);
}

const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
if (total > VERIFIER_BLOCK.end - VERIFIER_BLOCK.start) {
  throw new Error(`the verifier needs ${total} bytes, more than its block has`);
}

/** Counts the boots of this memory: what a thread remembers of another epoch means nothing. */
export const epochWord = VERIFIER_BLOCK.start + 4;
/** Counts who reports that nothing goes on. */
export const stallWord = VERIFIER_BLOCK.start + 12;
/** One bit per image that was unloaded. */
export const unloadedWord = VERIFIER_BLOCK.start + 16;
/** The judge's lock. */
export const judgeLockWord = VERIFIER_BLOCK.start + 8;

/** Forgets everything; when the machine boots, before its first event. */
export function clearVerifier(): void {
  const epoch = i32[epochWord >> 2]!;
  fillBytes(VERIFIER_BLOCK.start, 0, VERIFIER_BLOCK.end - VERIFIER_BLOCK.start);
  i32[epochWord >> 2] = epoch + 1;
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    const { start, end } = traceRing(n);
    fillBytes(start, 0, end - start);
  }
}
