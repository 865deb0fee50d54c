// An event: a flag that threads wait for. A notification event stays set until it is reset and
// lets everybody pass; a synchronization event lets one thread pass and is clear again. Setting an
// event that is set changes nothing, so two quick sets of a synchronization event may be one.
//
// It is the plain counterpart of a KEVENT, for threads outside the dispatcher's rules (ke/event).
import { LONG, atomic } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { i32 } from '../mem/memory.ts';
import { EVERYBODY, add, compareExchange, exchange, load, notify, store } from './atomics.ts';
import { SPIN_THEN_PARK, sleepWhile, spinWhile } from './park.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

export const EVENT = struct('SYNC_EVENT', {
  /** 1 while the event is set. */
  state: atomic(),
  sleepers: atomic(),
  /** Written once: how many pass when the event is set. */
  kind: LONG,
});
const { at_state, at_sleepers, kind, set_kind } = EVENT.bound;
type PEVENT = Ptr<'SYNC_EVENT'>;
const CLEAR = 0;
const SET = 1;

/** Everybody passes while it is set. */
export const NOTIFICATION = 0;
/** One passes, and the event is clear again. */
export const SYNCHRONIZATION = 1;

/** Makes an event of one of the two kinds. */
export function initEvent(address: number, which: 0 | 1, isSet = false): void {
  const event = address as PEVENT;
  set_kind(event, which);
  i32[at_sleepers(event) >> 2] = 0;
  store(at_state(event), isSet ? SET : CLEAR);
}

/** Passes if the event is set, without waiting. */
export function tryWaitEvent(address: number): boolean {
  const event = address as PEVENT;
  if (kind(event) === NOTIFICATION) return load(at_state(event)) === SET;
  return load(at_state(event)) === SET && compareExchange(at_state(event), SET, CLEAR) === SET;
}

/**
 * Waits until the event is set.
 *
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns whether the caller passed; false when the time is over.
 */
export function waitEvent(
  address: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (tryWaitEvent(address)) return true;
  if (milliseconds <= 0) return false;
  const state = at_state(address as PEVENT);
  const sleepers = at_sleepers(address as PEVENT);
  spinWhile(state, CLEAR, strategy);
  add(sleepers, 1);
  try {
    for (let left = milliseconds; ; left = sleepWhile(state, CLEAR, left, strategy)) {
      if (tryWaitEvent(address)) return true;
      if (left <= 0) return false;
    }
  } finally {
    add(sleepers, -1);
  }
}

/** Sets the event and wakes whoever may pass now; returns whether it was set before. */
export function setEvent(address: number): boolean {
  const event = address as PEVENT;
  const before = exchange(at_state(event), SET);
  if (load(at_sleepers(event)) !== 0) {
    notify(at_state(event), kind(event) === NOTIFICATION ? EVERYBODY : 1);
  }
  return before === SET;
}

/** Clears the event; returns whether it was set. */
export function resetEvent(address: number): boolean {
  return exchange(at_state(address as PEVENT), CLEAR) === SET;
}
