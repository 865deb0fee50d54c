// The disk's own words: one block per storage thread, and what all requestors share. Fixed places
// in the system block.
//
// Guards: Lock guards Intake of its thread; Held belongs to the thread alone. Wake is counted up
// by whoever hands a request over and is what an idle storage thread sleeps on. Each processor
// counts for itself, on a line of its own: one word for all would be fought for at every request.
import { ULONG, array, atomic } from '../mem/field.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../mem/param.ts';
import { i32 as words } from '../mem/memory.ts';
import { store } from '../atomics-sync/atomics.ts';
import { struct } from '../mem/struct.ts';
import { systemRoot } from '../mem/system-roots.ts';
import { LIST_ENTRY } from '../ntos/rtl/types.ts';
import { InitializeListHead } from '../ntos/rtl/list-entry.ts';
import { boot } from '../mem/boot-options.ts';
import type { Ptr } from '../mem/pointer.ts';

/** Storage threads one machine may have. */
export const MAX_STORAGE_THREADS = 8;

export const STORAGE_THREAD = struct('STORAGE_THREAD', {
  /** The processor of the thread, counted from 1; 0 while nobody claimed the block. */
  Owner: atomic(),
  Lock: atomic(),
  Wake: atomic(),
  /** 1 while the thread sleeps or is about to. */
  Idle: atomic(),
  Intake: LIST_ENTRY,
  /** Requests the thread took and has not completed yet, in the order in which they came. */
  Held: LIST_ENTRY,
  HeldCount: ULONG,
  /** State of the generator that chooses how requests end. */
  Seed: ULONG,
});
export type PSTORAGE_THREAD = Ptr<'STORAGE_THREAD'>;

/** What one processor has counted: written by its own thread only. */
const STORAGE_COUNTS = struct('STORAGE_COUNTS', {
  /** Requests that came, and those that were completed, whichever way. */
  Taken: ULONG,
  Completed: ULONG,
}, { align: CACHE_LINE });

export const STORAGE_ROOT = struct('STORAGE_ROOT', {
  /** Blocks that were claimed. */
  Threads: atomic(),
  /** Counted up with each request: which thread gets it. */
  Next: atomic(),
  /** Above 0: every request ends inline, whatever the policy says. */
  Calm: atomic(),
  /** Generators of the requestors, by processor. */
  Seeds: array(ULONG, MAX_PROCESSORS),
  Blocks: array(STORAGE_THREAD, MAX_STORAGE_THREADS),
  Counts: array(STORAGE_COUNTS, MAX_PROCESSORS),
});
export type PSTORAGE_ROOT = Ptr<'STORAGE_ROOT'>;

/** The root of this room. */
export const storageRoot = systemRoot('storage', STORAGE_ROOT.size) as PSTORAGE_ROOT;

const i32 = words;
const r = STORAGE_ROOT.bound;
const t = STORAGE_THREAD.bound;

function countsOf(processor: number): number {
  return r.at_Counts(storageRoot) + processor * STORAGE_COUNTS.size;
}

const mine = countsOf(boot.processor) >> 2;

/** Counts a request that came; before anybody else can complete it. */
export function countTaken(): void {
  i32[mine]!++;
}

/** Counts one as completed; before whoever waits for it can hear of it. */
export function countCompleted(): void {
  i32[mine + 1]!++;
}

/** Requests that came, those completed, and those on their way, all processors together. */
export function storageCounters(): { taken: number; completed: number; inFlight: number } {
  let completed = 0;
  let taken = 0;
  // In this order: what completes meanwhile must not be missing from those that came.
  for (let n = 0; n < MAX_PROCESSORS; n++) completed += i32[(countsOf(n) >> 2) + 1]!;
  for (let n = 0; n < MAX_PROCESSORS; n++) taken += i32[countsOf(n) >> 2]!;
  return { taken, completed, inFlight: taken - completed };
}

/** The block of a storage thread. */
export function blockOf(index: number): PSTORAGE_THREAD {
  return (r.at_Blocks(storageRoot) + index * STORAGE_THREAD.size) as PSTORAGE_THREAD;
}

/** The word that holds a processor's generator. */
export function seedOf(processor: number): number {
  return r.at_Seeds(storageRoot) + 4 * processor;
}

/** The next number of a generator (xorshift32): 32 bits, never 0. */
export function nextRandom(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}

/** A generator's beginning: different for every stream of the same seed, never 0. */
export function seedFor(seed: number, stream: number): number {
  const mixed = Math.imul(seed ^ Math.imul(stream + 1, 0x9e3779b1), 0x85ebca6b) >>> 0;
  return mixed === 0 ? 0x6d2b79f5 : mixed;
}

function emptyBlock(index: number): void {
  const block = blockOf(index);
  store(t.at_Owner(block), 0);
  store(t.at_Lock(block), 0);
  store(t.at_Wake(block), 0);
  store(t.at_Idle(block), 0);
  InitializeListHead(t.at_Intake(block));
  InitializeListHead(t.at_Held(block));
  t.set_HeldCount(block, 0);
  t.set_Seed(block, seedFor(boot.seed, 1000 + index));
}

/** Makes the disk idle and its generators those of the seed. Phase 1 of boot. */
export function initializeStorage(): void {
  store(r.at_Threads(storageRoot), 0);
  store(r.at_Next(storageRoot), 0);
  i32.fill(0, countsOf(0) >> 2, countsOf(MAX_PROCESSORS) >> 2);
  for (let n = 0; n < MAX_PROCESSORS; n++) store(seedOf(n), seedFor(boot.seed, n));
  for (let n = 0; n < MAX_STORAGE_THREADS; n++) emptyBlock(n);
}
