// Parking: how a thread waits for a word to change. Every blocking primitive waits through here,
// so that every wait is bounded (it wakes each WAIT_SLICE_MS to ask whether it should give up) and
// a wait strategy is a value that a caller can choose.
//
//   spin           burns the processor; for waits known to be shorter than a switch
//   spin-then-park loads the word `spinLimit` times, then sleeps: the default
//   park           sleeps at once: for long waits, and when threads outnumber cores
import { WAIT_SLICE_MS } from '../mem/param.ts';
import { boot } from '../mem/boot-options.ts';
import { load, wait } from './atomics.ts';

/** How to wait: loads of the word before sleeping, and whether to sleep at all. */
export interface WaitStrategy {
  readonly name: string;
  readonly spins: number;
  readonly parks: boolean;
}

export const SPIN: WaitStrategy = { name: 'spin', spins: 1 << 20, parks: false };
export const PARK: WaitStrategy = { name: 'park', spins: 0, parks: true };
export const SPIN_THEN_PARK: WaitStrategy = {
  name: 'spin-then-park',
  spins: boot.spinLimit,
  parks: true,
};

/** Asked at every slice of a wait. It throws to end the wait (a crashed machine, a dead owner). */
export type SliceCheck = () => void;

let sliceCheck: SliceCheck = () => undefined;

/**
 * Installs what every waiter of this thread asks at each slice. The executive sets it: the check
 * throws when the machine crashed or is being shut down, which is how a blocked thread is stopped.
 */
export function onWaitSlice(check: SliceCheck): void {
  sliceCheck = check;
}

/** Runs the installed check; loops that wait without parking call it themselves now and then. */
export function checkSlice(): void {
  sliceCheck();
}

/**
 * Waits until the word is no longer `expected`, or until `milliseconds` are over.
 *
 * @param milliseconds Infinity waits as long as the slice check allows.
 * @returns the word's new value, or `expected` when the time is over.
 */
export function parkWhile(
  address: number,
  expected: number,
  milliseconds: number,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): number {
  const spins = strategy.spins;
  for (let i = 0; i <= spins; i++) {
    const value = load(address);
    if (value !== expected) return value;
  }
  let left = milliseconds;
  while (left > 0) {
    const slice = Math.min(left, WAIT_SLICE_MS);
    if (strategy.parks) {
      wait(address, expected, slice);
    } else {
      for (let i = 0; i < spins && load(address) === expected; i++);
    }
    const value = load(address);
    if (value !== expected) return value;
    left -= slice;
    sliceCheck();
  }
  return expected;
}
