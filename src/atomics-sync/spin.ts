// @hot  A spin lock: one word, unfair, its owner recorded in it. For sections of a few dozen
// instructions that never wait.
//
// A waiter looks at the word as often as the boot options allow and then sleeps, because the
// holder may have been pre-empted for a whole time slice of the host: "spins at DISPATCH_LEVEL"
// cannot be real where threads outnumber cores. What IRQL means for spin locks is ke/spin-lock.
import { compareExchange, load } from './atomics.ts';
import { FREE as freeWord, ownerOfWord, releaseSlow, takeSlow } from './lock-word.ts';
import { SPIN_THEN_PARK } from './park.ts';

const cas = compareExchange;
const FREE = freeWord;
const strategy = SPIN_THEN_PARK;

/** A spin lock is one aligned word; zero is free. */
export const SPIN_BYTES = 4;

/**
 * Takes the lock; comes back only when it is held. Not recursive.
 *
 * @param owner the calling thread's owner id (owner.ts).
 * @throws AbandonedError when the holder has died, OwnershipError when the caller holds it.
 */
export function acquireSpin(address: number, owner: number): void {
  // Pairs with the compare-exchange of releaseSpin: what the last holder wrote is visible here.
  if (cas(address, FREE, owner) !== FREE) {
    takeSlow('spin lock', address, owner, Infinity, strategy);
  }
}

/** Takes the lock if it is free; says whether it did. */
export function tryAcquireSpin(address: number, owner: number): boolean {
  return cas(address, FREE, owner) === FREE;
}

/** Releases the lock. Throws OwnershipError when `owner` does not hold it. */
export function releaseSpin(address: number, owner: number): void {
  // Fails when a sleeper marked the word, or when the caller is not the holder.
  if (cas(address, owner, FREE) !== owner) releaseSlow('spin lock', address, owner);
}

/** Who holds the lock: 0 when nobody does. Another thread's answer is old when it arrives. */
export function ownerOfSpin(address: number): number {
  return ownerOfWord(load(address));
}
