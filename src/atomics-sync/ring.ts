// @hot  A bounded queue of 32-bit words for any number of producers and consumers (after Dmitry
// Vyukov's bounded MPMC queue). Order is that of the pushes; nobody takes a lock.
//
//   line 0  size and where the cells are       line 3  consumers asleep (event count)
//   line 1  tail: the producers' position      line 4  producers asleep (event count)
//   line 2  head: the consumers' position      then    cells: { sequence, value }
//
// A cell's sequence says whose turn it is: `position` for the producer of that position,
// `position + 1` for its consumer, `position + size` for the producer of the next round. A thread
// claims a position by one compare-exchange and hands the cell over by one store; the value itself
// is plain, since only the owner of the turn touches it.
//
// The doorbell: a push looks whether a consumer sleeps (one load) and only then wakes one, so
// that notify, 35 ns without and 10 us with a sleeper, is never called in vain. A batch is pushed
// quietly and rung for once. Waiting for words and for space is ring-wait.ts.
//
// A thread that dies between its claim and its store leaves a hole that later positions wait for:
// pops time out, and nothing is lost or doubled.
import { LONG, UCHAR, array, atomic } from '../mem/field.ts';
import { CACHE_LINE } from '../mem/param.ts';
import { i32 as sharedWords } from '../mem/memory.ts';
import { struct } from '../mem/struct.ts';
import { compareExchange, load as doorLoad, store as doorStore } from './atomics.ts';
import { EVENT_COUNT, signalWaiters } from './event-count.ts';
import type { Ptr } from '../mem/pointer.ts';

export const RING = struct(
  'SYNC_RING',
  {
    /** Cells less one; the size is a power of two. Written once. */
    mask: LONG,
    pad0: array(UCHAR, CACHE_LINE - 4),
    tail: atomic(),
    pad1: array(UCHAR, CACHE_LINE - 4),
    head: atomic(),
    pad2: array(UCHAR, CACHE_LINE - 4),
    words: EVENT_COUNT,
    pad3: array(UCHAR, CACHE_LINE - EVENT_COUNT.size),
    spaces: EVENT_COUNT,
  },
  { align: CACHE_LINE },
);

/** What a pop returns when there is nothing: the one word that cannot be pushed. */
export const RING_EMPTY = -0x80000000;
/** Cells one ring may have. */
export const RING_CELLS_MAX: number = 1 << 20;

const words = sharedWords;
const cas = compareExchange;
const load = doorLoad;
const store = doorStore;
const signal = signalWaiters;
const EMPTY = RING_EMPTY;
const { mask, set_mask, at_tail, at_head, at_words, at_spaces } = RING.bound;
const { at_words_sleepers, at_spaces_sleepers } = RING.bound;
const CELLS = RING.size;
type PRING = Ptr<'SYNC_RING'>;

/** Bytes that a ring of `cells` cells needs, on a boundary of CACHE_LINE. */
export function ringBytes(cells: number): number {
  if (!Number.isInteger(Math.log2(cells)) || cells < 2 || cells > RING_CELLS_MAX) {
    throw new RangeError(
      `a ring has a power of two from 2 to ${RING_CELLS_MAX} cells, not ${cells}`,
    );
  }
  return CELLS + 8 * cells;
}

/** Makes an empty ring at `address`; no thread may be using it. */
export function initRing(address: number, cells: number): void {
  const end = (address + ringBytes(cells)) >> 2;
  if (address % CACHE_LINE !== 0) {
    throw new RangeError(`a ring starts on a cache line, 0x${address.toString(16)} is not one`);
  }
  words.fill(0, address >> 2, end);
  set_mask(address as PRING, cells - 1);
  for (let i = 0; i < cells; i++) words[(address + CELLS + 8 * i) >> 2] = i;
  store(at_tail(address as PRING), 0);
}

function refuseEmpty(): never {
  throw new RangeError(`${EMPTY} stands for an empty ring and cannot be pushed`);
}

/**
 * Pushes without waking anybody; ringDoorbell must follow, at the latest before the caller waits.
 *
 * @returns false when the ring is full.
 */
export function tryPushQuiet(address: number, value: number): boolean {
  if (value === EMPTY) refuseEmpty();
  const tail = at_tail(address as PRING);
  const cells = address + CELLS;
  const m = mask(address as PRING);
  // A guess: the cell and the compare-exchange tell whether it is right.
  let position = words[tail >> 2]!;
  for (;;) {
    const cell = cells + ((position & m) << 3);
    // Pairs with the store of tryPopQuiet, one round before.
    const behind = (load(cell) - position) | 0;
    if (behind === 0) {
      const seen = cas(tail, position, (position + 1) | 0);
      if (seen === position) {
        words[(cell + 4) >> 2] = value;
        // Pairs with the load of tryPopQuiet: hands the cell to its consumer.
        store(cell, (position + 1) | 0);
        return true;
      }
      position = seen;
    } else if (behind < 0) {
      return false;
    } else {
      position = load(tail);
    }
  }
}

/** Pops without waking a producer that waits for space; ringSpaceBell must follow. */
export function tryPopQuiet(address: number): number {
  const head = at_head(address as PRING);
  const cells = address + CELLS;
  const m = mask(address as PRING);
  let position = words[head >> 2]!;
  for (;;) {
    const cell = cells + ((position & m) << 3);
    const next = (position + 1) | 0;
    // Pairs with the store of tryPushQuiet.
    const behind = (load(cell) - next) | 0;
    if (behind === 0) {
      const seen = cas(head, position, next);
      if (seen === position) {
        const value = words[(cell + 4) >> 2] as number;
        // Pairs with the load of tryPushQuiet, one round later.
        store(cell, (next + m) | 0);
        return value;
      }
      position = seen;
    } else if (behind < 0) {
      return EMPTY;
    } else {
      position = load(head);
    }
  }
}

/** Wakes up to `count` consumers that sleep, after as many quiet pushes. */
export function ringDoorbell(address: number, count: number): void {
  // Pairs with prepareWait of a consumer: it counts itself and then looks at the cells.
  if (load(at_words_sleepers(address as PRING)) !== 0) signal(at_words(address as PRING), count);
}

/** Wakes up to `count` producers that wait for space, after as many quiet pops. */
export function ringSpaceBell(address: number, count: number): void {
  // Pairs with prepareWait of a producer: it counts itself and then looks at the cells.
  if (load(at_spaces_sleepers(address as PRING)) !== 0) signal(at_spaces(address as PRING), count);
}

/** Pushes a word and wakes a sleeping consumer; false when the ring is full. */
export function tryPush(address: number, value: number): boolean {
  if (!tryPushQuiet(address, value)) return false;
  ringDoorbell(address, 1);
  return true;
}

/** Pops a word and wakes a producer that waits for space; RING_EMPTY when there is none. */
export function tryPop(address: number): number {
  const value = tryPopQuiet(address);
  if (value !== EMPTY) ringSpaceBell(address, 1);
  return value;
}

/** Whether the next pop would find a word, as far as this thread can see. */
export function hasWord(address: number): boolean {
  const position = load(at_head(address as PRING));
  const cell = address + CELLS + ((position & mask(address as PRING)) << 3);
  return load(cell) === ((position + 1) | 0);
}

/** The word that is `index` pops away, as far as this thread can see; RING_EMPTY for none. */
export function ringPeek(address: number, index: number): number {
  const position = (load(at_head(address as PRING)) + index) | 0;
  const cell = address + CELLS + ((position & mask(address as PRING)) << 3);
  return load(cell) === ((position + 1) | 0) ? (words[(cell + 4) >> 2] as number) : EMPTY;
}

/**
 * Whether the next pop would find a word, by plain looks that no schedule sees: a hint for loops
 * that look again, properly, before they sleep.
 */
export function seemsToHaveWord(address: number): boolean {
  const position = words[at_head(address as PRING) >> 2]!;
  const cell = address + CELLS + ((position & mask(address as PRING)) << 3);
  return words[cell >> 2] === ((position + 1) | 0);
}

/** Positions that were ever pushed, and popped; they wrap. What lies between is in the ring. */
export const ringTail = (address: number): number => load(at_tail(address as PRING));
export const ringHead = (address: number): number => words[at_head(address as PRING) >> 2]!;

/** Whether the next push would find space, as far as this thread can see. */
export function hasSpace(address: number): boolean {
  const position = load(at_tail(address as PRING));
  return load(address + CELLS + ((position & mask(address as PRING)) << 3)) === position;
}

/** Words in the ring, counting those that are just being pushed or popped. */
export function ringCount(address: number): number {
  const head = load(at_head(address as PRING));
  return (load(at_tail(address as PRING)) - head) | 0;
}
