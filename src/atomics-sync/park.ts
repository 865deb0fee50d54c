// Parking: how a thread waits for a word to change. Every blocking primitive waits through here,
// so that every wait is bounded (it wakes each slice to ask whether it should give up) and a wait
// strategy is a value that a caller can choose.
//
//   spin           burns the processor; for waits known to be shorter than a switch
//   spin-then-park loads the word `spinLimit` times, then sleeps: the default; longer while no
//                  more threads are awake than there are cores (`boot.cores`)
//   park           sleeps at once: for long waits, and when threads outnumber cores
//
// No clock is read here (a replay would not read the same), so time is counted: a slice that was
// slept through counts in full, a wake-up that ended it early counts the least it can have taken.
// A time limit is therefore never early; with many idle wake-ups it is late.
//
// Under a controlled schedule nobody spins, which would only be more points of the same state, and
// nobody is rescued by a slice: a sleep that nothing ends is the schedule's finding.
import { SPIN_LIMIT_BUSY, SPIN_LIMIT_IDLE, WAIT_SLICE_MS } from '../mem/param.ts';
import { boot } from '../mem/boot-options.ts';
import { load, sleepers, wait } from './atomics.ts';
import { controlled } from './schedule/hook.ts';

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

/** Loads of a contended word in a millisecond (performance.md B1: five nanoseconds each). */
const LOADS_PER_MS = 200_000;
/** The least time between a sleep and its wake-up (performance.md B2). */
const WAKE_UP_MS = 0.01;
/** The least time of a wait that found the word changed already (performance.md B1). */
const NOT_EQUAL_MS = 0.0001;

/** Asked at every slice of a wait. It throws to end the wait (a crashed machine, a dead owner). */
export type SliceCheck = () => void;

let sliceCheck: SliceCheck = () => undefined;
let sliceMs = WAIT_SLICE_MS;

/**
 * Installs what every waiter of this thread asks at each slice. The executive sets it: the check
 * throws when the machine crashed or is being shut down, which is how a blocked thread is stopped.
 *
 * @param milliseconds how long a slice is. A test that must not be rescued from a lost wake-up
 *   makes it longer than its own patience.
 */
export function onWaitSlice(check: SliceCheck, milliseconds: number = WAIT_SLICE_MS): void {
  sliceCheck = check;
  sliceMs = milliseconds;
}

/** Runs the installed check; loops that wait without parking call it themselves now and then. */
export function checkSlice(): void {
  sliceCheck();
}

const cores = boot.cores ?? 0;
const threads = boot.processors;

/**
 * Whether a thread that spins keeps another one from a core: a spinner then burns the time slice of
 * the thread that it waits for (performance.md B2). True where nobody counts cores.
 */
export function isCrowded(): boolean {
  return threads - sleepers() > cores;
}

/**
 * How long this thread spins when nobody else of the machine wants its core: less after spins that
 * were in vain (the other side may not run, whatever we count), more after others.
 */
let reach = SPIN_LIMIT_IDLE;
const LEAST_REACH = SPIN_LIMIT_IDLE >> 2;

/** How many looks a strategy allows before it sleeps; none under a controlled schedule. */
export function spinsOf(strategy: WaitStrategy): number {
  if (controlled) return 0;
  if (!strategy.parks || strategy.spins === 0 || isCrowded()) return strategy.spins;
  return Math.max(strategy.spins, reach);
}

/** Looks at the word until it is no longer `expected` or the strategy's spins are used up. */
export function spinWhile(address: number, expected: number, strategy: WaitStrategy): number {
  // Often there is nothing to wait for; a schedule has its one point here.
  const first = load(address);
  if (first !== expected || controlled) return first;
  for (let left = spinsOf(strategy); left > 0; left -= SPIN_LIMIT_BUSY) {
    for (let i = Math.min(left, SPIN_LIMIT_BUSY); i > 0; i--) {
      const value = load(address);
      if (value !== expected) {
        reach = Math.min(reach << 1, SPIN_LIMIT_IDLE);
        return value;
      }
    }
    // What was a short wait when it began has become a long one when others want the core.
    if (left > strategy.spins && isCrowded()) break;
  }
  reach = Math.max(reach >> 1, LEAST_REACH);
  return load(address);
}

/**
 * Sleeps while the word is `expected`, for one slice at most, and runs the slice check if the
 * slice went by. The caller looks at its condition again whatever the reason of the return, and
 * gives up only when it is still false and nothing is left.
 *
 * @param left milliseconds the caller has; Infinity waits as long as the slice check allows.
 * @returns milliseconds left, zero or less when the time is over.
 */
export function sleepWhile(
  address: number,
  expected: number,
  left: number,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): number {
  const slice = controlled ? left : Math.min(left, sliceMs);
  if (strategy.parks || controlled) {
    const result = wait(address, expected, slice);
    if (result === 'ok') return left - WAKE_UP_MS;
    if (result === 'not-equal') return left - NOT_EQUAL_MS;
  } else {
    const loads = slice * LOADS_PER_MS;
    for (let i = 1; i <= loads; i++) {
      if (load(address) !== expected) return left - i / LOADS_PER_MS;
    }
  }
  sliceCheck();
  return left - slice;
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
  let value = spinWhile(address, expected, strategy);
  let left = milliseconds;
  while (value === expected && left > 0) {
    left = sleepWhile(address, expected, left, strategy);
    value = load(address);
  }
  return value;
}
