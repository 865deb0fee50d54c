// An event count: lets a lock-free structure put a waiter to sleep without a lock, and costs the
// other side one load while nobody sleeps. The ring and the condition stand on it.
//
//   waiter                                   other side
//     key = prepareWait(at)                    makes the condition true
//     looks at the condition once more         signalWaiters(at, n)
//     true: cancelWait(at)
//     false: commitWait(at, key, ms)
//
// No wake-up is lost, by Dekker's argument: the waiter counts itself and then looks at the
// condition, the other side changes the condition and then looks at the count, and the door's
// operations have one order. So either the waiter sees the change, or the other side sees the
// waiter and moves the epoch on, after which a sleep on the old epoch does not begin.
import { atomic } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { add, load, notify } from './atomics.ts';
import { SPIN_THEN_PARK, sleepWhile, spinWhile } from './park.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

/** All zero is ready for use. */
export const EVENT_COUNT = struct('SYNC_EVENT_COUNT', {
  /** Moved on by every signal that found a sleeper. */
  epoch: atomic(),
  /** Threads between prepareWait and the end of their wait. */
  sleepers: atomic(),
});
const { at_epoch, at_sleepers } = EVENT_COUNT.bound;
type PEVENT_COUNT = Ptr<'SYNC_EVENT_COUNT'>;

/** Announces a wait; the caller looks at its condition once more, then cancels or commits. */
export function prepareWait(address: number): number {
  add(at_sleepers(address as PEVENT_COUNT), 1);
  return load(at_epoch(address as PEVENT_COUNT));
}

/** Takes the announcement back. */
export function cancelWait(address: number): void {
  add(at_sleepers(address as PEVENT_COUNT), -1);
}

/**
 * Sleeps until a signal that came after `key` was given, or until the time is over. The caller
 * looks at its condition again in both cases, and gives up only when that is false.
 *
 * @returns milliseconds left, zero or less when the time is over.
 */
export function commitWait(
  address: number,
  key: number,
  milliseconds: number,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): number {
  const epoch = at_epoch(address as PEVENT_COUNT);
  let left = milliseconds;
  try {
    spinWhile(epoch, key, strategy);
    while (left > 0 && load(epoch) === key) left = sleepWhile(epoch, key, left, strategy);
  } finally {
    cancelWait(address);
  }
  return left;
}

/** Whether somebody announced a wait. */
export function hasWaiters(address: number): boolean {
  return load(at_sleepers(address as PEVENT_COUNT)) !== 0;
}

/** Wakes up to `count` waiters after the condition was made true; returns how many slept. */
export function signalWaiters(address: number, count = 1): number {
  if (load(at_sleepers(address as PEVENT_COUNT)) === 0) return 0;
  add(at_epoch(address as PEVENT_COUNT), 1);
  return notify(at_epoch(address as PEVENT_COUNT), count);
}
