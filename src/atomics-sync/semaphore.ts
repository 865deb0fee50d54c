// A counting semaphore with a limit. Units have no owner: whoever likes may give one back.
//
// The sleepers' count keeps notify away from the common path, and no wake-up is lost: a waiter
// counts itself before it looks at the count the last time, a release adds before it looks at the
// sleepers, and every release wakes as many as it gave, so two quick releases wake two sleepers.
import { LONG, atomic } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { i32 } from '../mem/memory.ts';
import { add, compareExchange, load, notify, store } from './atomics.ts';
import { SPIN_THEN_PARK, sleepWhile, spinWhile } from './park.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

export const SEMAPHORE = struct('SYNC_SEMAPHORE', {
  count: atomic(),
  sleepers: atomic(),
  /** Written once, before the semaphore is shared. */
  limit: LONG,
});
const { at_count, at_sleepers, limit, set_limit } = SEMAPHORE.bound;
type PSEMAPHORE = Ptr<'SYNC_SEMAPHORE'>;
const MAX_COUNT = 0x7fffffff;

/** Makes a semaphore with `count` units at hand, and at most `most` ever. */
export function initSemaphore(address: number, count: number, most: number = MAX_COUNT): void {
  const whole = Number.isInteger(count) && Number.isInteger(most);
  if (!whole || count < 0 || most < 1 || count > most || most > MAX_COUNT) {
    throw new RangeError(`a semaphore of ${count} units with limit ${most} makes no sense`);
  }
  const semaphore = address as PSEMAPHORE;
  set_limit(semaphore, most);
  i32[at_sleepers(semaphore) >> 2] = 0;
  store(at_count(semaphore), count);
}

/** Takes a unit if there is one; says whether it did. */
export function tryAcquireSemaphore(address: number): boolean {
  const at = at_count(address as PSEMAPHORE);
  let count = load(at);
  while (count > 0) {
    const seen = compareExchange(at, count, count - 1);
    if (seen === count) return true;
    count = seen;
  }
  return false;
}

/**
 * Takes a unit, waiting for one.
 *
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns whether a unit was taken; false when the time is over.
 */
export function acquireSemaphore(
  address: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (tryAcquireSemaphore(address)) return true;
  if (milliseconds <= 0) return false;
  const at = at_count(address as PSEMAPHORE);
  const sleepers = at_sleepers(address as PSEMAPHORE);
  spinWhile(at, 0, strategy);
  add(sleepers, 1);
  try {
    for (let left = milliseconds; ; left = sleepWhile(at, 0, left, strategy)) {
      if (tryAcquireSemaphore(address)) return true;
      if (left <= 0) return false;
    }
  } finally {
    add(sleepers, -1);
  }
}

/**
 * Gives `units` back and wakes as many sleepers.
 *
 * @returns the count before.
 * @throws RangeError when the limit would be passed; nothing is given then.
 */
export function releaseSemaphore(address: number, units = 1): number {
  const semaphore = address as PSEMAPHORE;
  const most = limit(semaphore);
  if (!Number.isInteger(units) || units < 1) {
    throw new RangeError(`a release of ${units} units makes no sense`);
  }
  let count = load(at_count(semaphore));
  for (;;) {
    if (count > most - units) {
      const place = `0x${address.toString(16)}`;
      throw new RangeError(
        `semaphore at ${place}: ${units} units more than ${count} pass its limit of ${most}`,
      );
    }
    const seen = compareExchange(at_count(semaphore), count, count + units);
    if (seen === count) break;
    count = seen;
  }
  if (load(at_sleepers(semaphore)) !== 0) notify(at_count(semaphore), units);
  return count;
}

/** Units at hand; another thread's answer is old when it arrives. */
export function semaphoreCount(address: number): number {
  return load(at_count(address as PSEMAPHORE));
}
