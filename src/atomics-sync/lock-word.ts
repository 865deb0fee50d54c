// The word of a lock with one owner, and the slow half of taking and releasing it. spin.ts and
// mutex.ts are the fast halves: one compare-exchange to take, one to release.
//
//      0              free
//      owner          held, nobody sleeps
//      owner|WAITERS  held, somebody may sleep; the release wakes one
//
// No wake-up is lost: a thread sleeps only on a word that carries WAITERS, and sets the bit itself
// before. A release clears the word and wakes one sleeper; that sleeper takes the lock with the bit
// set again, since others may still sleep, or finds another holder and sets the bit once more.
// Even a thread that gives up sets it before it leaves: it may be the one that was woken.
//
// The lock is unfair: a running thread may overtake a woken one. Fair hand-over makes convoys as
// soon as threads outnumber cores (performance.md B7), which is why there is no ticket lock here.
import { compareExchange, exchange, load, notify } from './atomics.ts';
import { AbandonedError, OwnershipError, isDead } from './owner.ts';
import { sleepWhile, spinsOf } from './park.ts';
import type { WaitStrategy } from './park.ts';

export const FREE = 0;
/** Somebody may sleep on the word. */
export const WAITERS: number = 1 << 31;
const OWNER = 0x7fffffff;

/** The owner in a lock's word, 0 when it is free. */
export function ownerOfWord(word: number): number {
  return word & OWNER;
}

/** Fails when waiting for the holder of `word` can never end. */
function checkHolder(primitive: string, address: number, word: number, owner: number): void {
  const holder = word & OWNER;
  if (holder === owner) {
    throw new OwnershipError(primitive, address, owner, 'already holds it and would wait for ever');
  }
  if (isDead(holder)) throw new AbandonedError(primitive, address, holder);
}

/**
 * Takes a lock that was not free at the first try.
 *
 * @returns whether the lock was taken; false when `milliseconds` are over.
 * @throws AbandonedError when the holder is dead, OwnershipError when it is the caller.
 */
export function takeSlow(
  primitive: string,
  address: number,
  owner: number,
  milliseconds: number,
  strategy: WaitStrategy,
): boolean {
  for (let i = milliseconds > 0 ? spinsOf(strategy) : 0; i > 0; i--) {
    if (load(address) === FREE && compareExchange(address, FREE, owner) === FREE) return true;
  }
  let left = milliseconds;
  for (;;) {
    const word = load(address);
    if (word === FREE) {
      if (compareExchange(address, FREE, owner | WAITERS) === FREE) return true;
      continue;
    }
    const announced = milliseconds > 0 ? word | WAITERS : word;
    if (word !== announced && compareExchange(address, word, announced) !== word) continue;
    checkHolder(primitive, address, word, owner);
    if (left <= 0) return false;
    left = sleepWhile(address, announced, left, strategy);
  }
}

/** Releases a lock that somebody may sleep on; refuses when the caller does not hold it. */
export function releaseSlow(primitive: string, address: number, owner: number): void {
  const holder = load(address) & OWNER;
  if (holder !== owner) {
    const what = holder === 0 ? 'releases it while it is free' : `releases what ${holder} holds`;
    throw new OwnershipError(primitive, address, owner, what);
  }
  exchange(address, FREE);
  notify(address, 1);
}
