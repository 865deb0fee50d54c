// Waiting at a ring: for a word to pop, for space to push.
//
// A waiter looks at the cell whose turn is next before it sleeps, without touching the positions.
// Before it sleeps it is counted and looks once more (event-count.ts), so no doorbell is missed.
//
// One case needs more. A producer that has claimed its position, but not stored yet, hides later
// words; their doorbells wake consumers that find nothing and sleep again. When it stores at last
// it rings for one word. So a consumer that slept and finds yet another word behind its own passes
// the bell on; producers waiting for space do the same.
import { cancelWait, commitWait, hasWaiters, prepareWait, signalWaiters } from './event-count.ts';
import { PARK, SPIN, SPIN_THEN_PARK, spinsOf } from './park.ts';
import { RING, RING_EMPTY, hasSpace, hasWord, tryPop, tryPush } from './ring.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

const { at_words, at_spaces } = RING.bound;

/** How to sleep after the spins were spent on the cells. */
function sleeping(strategy: WaitStrategy): WaitStrategy {
  return strategy.parks ? PARK : SPIN;
}

/**
 * Pops a word, waiting for one.
 *
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns the word, or RING_EMPTY when the time is over.
 */
export function pop(
  address: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): number {
  let value = tryPop(address);
  if (value !== RING_EMPTY || milliseconds <= 0) return value;
  for (let i = spinsOf(strategy); i > 0; i--) {
    if (!hasWord(address)) continue;
    value = tryPop(address);
    if (value !== RING_EMPTY) return value;
  }
  const bell = at_words(address as Ptr<'SYNC_RING'>);
  let slept = false;
  for (let left = milliseconds; ; slept = true) {
    const key = prepareWait(bell);
    value = tryPop(address);
    if (value !== RING_EMPTY || left <= 0) {
      cancelWait(bell);
      if (slept && hasWaiters(bell) && hasWord(address)) signalWaiters(bell, 1);
      return value;
    }
    left = commitWait(bell, key, left, sleeping(strategy));
  }
}

/**
 * Pushes a word, waiting for space.
 *
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns false when the time is over; the word was not pushed then.
 */
export function push(
  address: number,
  value: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (tryPush(address, value)) return true;
  if (milliseconds <= 0) return false;
  for (let i = spinsOf(strategy); i > 0; i--) {
    if (hasSpace(address) && tryPush(address, value)) return true;
  }
  const bell = at_spaces(address as Ptr<'SYNC_RING'>);
  let slept = false;
  for (let left = milliseconds; ; slept = true) {
    const key = prepareWait(bell);
    const pushed = tryPush(address, value);
    if (pushed || left <= 0) {
      cancelWait(bell);
      if (slept && hasWaiters(bell) && hasSpace(address)) signalWaiters(bell, 1);
      return pushed;
    }
    left = commitWait(bell, key, left, sleeping(strategy));
  }
}
