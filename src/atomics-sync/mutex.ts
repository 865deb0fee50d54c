// @hot  A mutex: one word, three states (free, held, held with sleepers), unfair, its owner
// recorded in it. For sections of any length; a wait may be limited.
//
// The states and why no wake-up is lost are lock-word.ts. Not recursive: taking it twice is
// reported, not waited for.
import { compareExchange, load } from './atomics.ts';
import { FREE as freeWord, ownerOfWord, releaseSlow, takeSlow } from './lock-word.ts';
import { SPIN_THEN_PARK } from './park.ts';
import type { WaitStrategy } from './park.ts';

const cas = compareExchange;
const FREE = freeWord;

/** A mutex is one aligned word; zero is free. */
export const MUTEX_BYTES = 4;

/**
 * Takes the mutex, waiting if another owner holds it.
 *
 * @param owner the calling thread's owner id (owner.ts).
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns whether the mutex is held now; false when the time is over.
 * @throws AbandonedError when the holder has died, OwnershipError when the caller holds it.
 */
export function acquireMutex(
  address: number,
  owner: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  // Pairs with the compare-exchange of releaseMutex: what the last holder wrote is visible here.
  if (cas(address, FREE, owner) === FREE) return true;
  return takeSlow('mutex', address, owner, milliseconds, strategy);
}

/** Takes the mutex if it is free; says whether it did. */
export function tryAcquireMutex(address: number, owner: number): boolean {
  return cas(address, FREE, owner) === FREE;
}

/** Releases the mutex. Throws OwnershipError when `owner` does not hold it. */
export function releaseMutex(address: number, owner: number): void {
  // Fails when a sleeper marked the word, or when the caller is not the holder.
  if (cas(address, owner, FREE) !== owner) releaseSlow('mutex', address, owner);
}

/** Who holds the mutex: 0 when nobody does. Another thread's answer is old when it arrives. */
export function ownerOfMutex(address: number): number {
  return ownerOfWord(load(address));
}
