// Something that is done once for all threads: the first caller does it, the others wait until it
// is done and see everything it wrote. If it throws, it was not done: the error goes to the caller
// who tried, and the next caller tries again.
//
//   0  not done    owner  being done    owner|WAITERS  …and somebody may sleep    DONE
import { EVERYBODY, compareExchange, exchange, load, notify } from './atomics.ts';
import { FREE, WAITERS, ownerOfWord } from './lock-word.ts';
import { AbandonedError, OwnershipError, isDead } from './owner.ts';
import { SPIN_THEN_PARK, sleepWhile, spinWhile } from './park.ts';
import type { WaitStrategy } from './park.ts';

/** A once is one aligned word; zero is "not done". */
export const ONCE_BYTES = 4;
const DONE = -1;

/** Whether it has been done; what it wrote is visible then. */
export function isDone(address: number): boolean {
  return load(address) === DONE;
}

/**
 * Does `action` unless it has been done, or waits until the thread that is at it has finished.
 *
 * @param owner the calling thread's owner id (owner.ts).
 * @param milliseconds limits the wait for another thread, not the action.
 * @returns true when it is done, whoever did it; false when the time is over.
 * @throws what the action throws; AbandonedError when the thread that was at it died;
 *   OwnershipError when the action calls for itself.
 */
export function callOnce(
  address: number,
  owner: number,
  action: () => void,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  let left = milliseconds;
  for (;;) {
    const word = load(address);
    if (word === DONE) return true;
    if (word === FREE) {
      if (compareExchange(address, FREE, owner) === FREE) return doIt(address, action);
      continue;
    }
    const doer = ownerOfWord(word);
    if (doer === owner) throw new OwnershipError('once', address, owner, 'is already at it');
    if (isDead(doer)) throw new AbandonedError('once', address, doer);
    if (left <= 0) return false;
    if ((word & WAITERS) === 0) {
      const moved = spinWhile(address, word, strategy) !== word;
      if (moved || compareExchange(address, word, word | WAITERS) !== word) continue;
    }
    left = sleepWhile(address, word | WAITERS, left, strategy);
  }
}

function doIt(address: number, action: () => void): true {
  let next = FREE;
  try {
    action();
    next = DONE;
  } finally {
    // Everybody is woken in both cases: to go on, or for one of them to try.
    if ((exchange(address, next) & WAITERS) !== 0) notify(address, EVERYBODY);
  }
  return true;
}

/** Says that a dead owner's attempt counts for nothing; the next caller does it again. */
export function resetOnce(address: number, deadOwner: number): void {
  const word = load(address);
  if (word === DONE || ownerOfWord(word) !== deadOwner) {
    throw new OwnershipError('once', address, deadOwner, 'was not at it');
  }
  exchange(address, FREE);
  notify(address, EVERYBODY);
}
