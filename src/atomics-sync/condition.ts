// A condition: threads that hold a mutex wait until what it protects has changed.
//
// The waiter is counted and takes the epoch while it still holds the mutex, so a change made under
// the mutex and a signal after it cannot fall into the gap before the sleep (event-count.ts). A
// wait may end without a signal meant for this thread: callers wait in a loop over what they wait
// for, as with every condition variable.
import { EVERYBODY, load } from './atomics.ts';
import { EVENT_COUNT, commitWait, prepareWait, signalWaiters } from './event-count.ts';
import { acquireMutex, ownerOfMutex, releaseMutex } from './mutex.ts';
import { OwnershipError } from './owner.ts';
import { SPIN_THEN_PARK } from './park.ts';
import type { WaitStrategy } from './park.ts';

/** A condition is an event count; all zero is ready for use. */
export const CONDITION = EVENT_COUNT;
const EPOCH = EVENT_COUNT.offsets['epoch'] ?? 0;

/**
 * Releases the mutex, sleeps until a signal or the end of the time, takes the mutex again.
 *
 * @param mutex a mutex that `owner` holds.
 * @param milliseconds limits the sleep; taking the mutex again has no limit.
 * @returns whether there was a signal. The mutex is held in both cases.
 * @throws OwnershipError when the mutex is not held; AbandonedError when its new holder died, or
 *   what the slice check throws: the mutex is not held then.
 */
export function waitCondition(
  address: number,
  mutex: number,
  owner: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (ownerOfMutex(mutex) !== owner) {
    throw new OwnershipError('mutex', mutex, owner, 'waits for a condition without holding it');
  }
  const key = prepareWait(address);
  releaseMutex(mutex, owner);
  commitWait(address, key, milliseconds, strategy);
  const signalled = load(address + EPOCH) !== key;
  acquireMutex(mutex, owner, Infinity, strategy);
  return signalled;
}

/** Wakes one waiter; returns how many were asleep and woke. Holding the mutex is not needed. */
export function signalCondition(address: number): number {
  return signalWaiters(address, 1);
}

/** Wakes every waiter; returns how many were asleep and woke. */
export function broadcastCondition(address: number): number {
  return signalWaiters(address, EVERYBODY);
}
