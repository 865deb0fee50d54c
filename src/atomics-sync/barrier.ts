// A barrier for a fixed number of threads, reusable at once: the last to arrive opens it, and the
// next phase begins. One word holds the phase and how many have arrived, so that a thread whose
// time is over can take its arrival back in one step, and nobody is counted twice.
//
//   31 … 8  phase    7 … 0  arrived
//
// Threads sleep on that word. Arrivals change it without waking anybody; only the last one wakes.
import { LONG, atomic } from '../mem/field.ts';
import { MAX_OWNERS } from '../mem/param.ts';
import { struct } from '../mem/struct.ts';
import { EVERYBODY, compareExchange, load, notify, store } from './atomics.ts';
import { SPIN_THEN_PARK, sleepWhile, spinsOf } from './park.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

export const BARRIER = struct('SYNC_BARRIER', {
  state: atomic(),
  /** Written once: how many arrivals open the barrier. */
  parties: LONG,
});
const { at_state, parties, set_parties } = BARRIER.bound;
type PBARRIER = Ptr<'SYNC_BARRIER'>;
const PHASE = 1 << 8;
const ARRIVED = PHASE - 1;

/** `last` for the one thread that opened the barrier; it may do what is done once in a phase. */
export type Arrival = 'last' | 'passed' | 'timed-out';

/** Makes a barrier for `count` threads. */
export function initBarrier(address: number, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MAX_OWNERS) {
    throw new RangeError(`a barrier is for 1..${MAX_OWNERS} threads, not ${count}`);
  }
  set_parties(address as PBARRIER, count);
  store(at_state(address as PBARRIER), 0);
}

/** Counts the caller in; returns the state it left, which is a new phase if it was the last. */
function arrive(at: number, needed: number): { phase: number; last: boolean } {
  let state = load(at);
  for (;;) {
    const last = (state & ARRIVED) + 1 === needed;
    const phase = state & ~ARRIVED;
    const seen = compareExchange(at, state, last ? (phase + PHASE) | 0 : state + 1);
    if (seen === state) return { phase, last };
    state = seen;
  }
}

/** Takes an arrival back, unless the phase is over meanwhile; says whether it did. */
function withdraw(at: number, phase: number): boolean {
  let state = load(at);
  while ((state & ~ARRIVED) === phase) {
    const seen = compareExchange(at, state, state - 1);
    if (seen === state) return true;
    state = seen;
  }
  return false;
}

/**
 * Arrives, and waits for the others.
 *
 * @param milliseconds how long to wait at most. A thread whose time is over has not arrived: the
 *   others go on waiting for it.
 */
export function arriveBarrier(
  address: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): Arrival {
  const at = at_state(address as PBARRIER);
  const { phase, last } = arrive(at, parties(address as PBARRIER));
  if (last) {
    if (parties(address as PBARRIER) > 1) notify(at, EVERYBODY);
    return 'last';
  }
  let passed = false;
  try {
    let left = milliseconds;
    let state = load(at);
    for (let i = left > 0 ? spinsOf(strategy) : 0; i > 0 && (state & ~ARRIVED) === phase; i--) {
      state = load(at);
    }
    while (left > 0 && (state & ~ARRIVED) === phase) {
      left = sleepWhile(at, state, left, strategy);
      state = load(at);
    }
    passed = (state & ~ARRIVED) !== phase;
  } finally {
    passed ||= !withdraw(at, phase);
  }
  return passed ? 'passed' : 'timed-out';
}
