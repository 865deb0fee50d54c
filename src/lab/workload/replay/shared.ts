// What the requestors of a replay share: words in the user region, as application processes share a
// section. The first page holds the turn, the barrier and an event per requestor; the handle slots
// follow.
// Guarantees: waits here let the thread's APCs in, end when the machine crashes, and never need a
// slot or turn that only a later step of the same requestor could give.
import { add, compareExchange, load, notify, store, wait, EVERYBODY }
  from '../../../atomics-sync/atomics.ts';
import { fillBytes, i32 } from '../../../mem/memory.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { KEVENT } from '../../../ntos/ke/types.ts';
import { KeInitializeEvent, KeSetEvent, SynchronizationEvent } from '../../../ntos/ke/event.ts';
import { UserRequest, waitForObject } from '../../../ntos/ke/dispatcher.ts';
import { KTHREAD, THREAD_WAITING } from '../../../ntos/ke/prcb.ts';
import { deliverApcsIfPossible } from '../../../ntos/ke/apc.ts';
import { stopIfCrashed } from '../../../ntos/ke/bug-check.ts';
import { SHARED_START } from '../user/arena.ts';
import { STATUS_TIMEOUT } from '../../../ntos/status-codes.ts';
import type { StopFlag } from '../stop-flag.ts';
import type { PKTHREAD } from '../../../ntos/ke/prcb.ts';

const TURN = SHARED_START;
const ARRIVED = SHARED_START + 4;
const PHASE = SHARED_START + 8;
const STOP = SHARED_START + 12;
const OVERTAKEN = SHARED_START + 16;
/** The KTHREAD that has the turn, while it executes a step. */
const HOLDER = SHARED_START + 20;
const EVENTS = SHARED_START + 64;
const EVENT_STRIDE = 32;
const SLOTS = SHARED_START + PAGE_SIZE;
const SLOT_BYTES = 16;
const MILLISECOND = 10_000;
/** A wait looks around this often: at its APCs and whether the machine lives. */
const LOOK_MS = 5;
/** The same while waiting for the turn. */
const TURN_LOOK_MS = 50;

/** States of a slot. */
export const SLOT_EMPTY = 0;
export const SLOT_OPEN = 1;
export const SLOT_FAILED = 2;
export const SLOT_CLOSED = 3;

const { State } = KTHREAD.bound;
const eventOf = (requestor: number): number => EVENTS + requestor * EVENT_STRIDE;

/** Makes the shared words ready; once, before the requestors start. */
export function initializeShared(requestors: number, slots: number): void {
  fillBytes(SHARED_START, 0, PAGE_SIZE + slots * SLOT_BYTES);
  for (let i = 0; i < requestors; i++) {
    KeInitializeEvent(eventOf(i), SynchronizationEvent, false);
  }
  if (KEVENT.size > EVENT_STRIDE) throw new Error('an event outgrew its place in the shared page');
}

/** The word of a handle slot: 0 handle, 1 file object, 2 state, 3 requests done. */
function slotWord(slot: number, word: number): number {
  return SLOTS + slot * SLOT_BYTES + word * 4;
}

export const slotHandle = (slot: number): number => i32[slotWord(slot, 0) >> 2]!;
export const slotFile = (slot: number): number => i32[slotWord(slot, 1) >> 2]!;
export const slotState = (slot: number): number => load(slotWord(slot, 2));

/** Publishes what an open gave, or that it failed. */
export function fillSlot(slot: number, handle: number, file: number, state: number): void {
  i32[slotWord(slot, 0) >> 2] = handle;
  i32[slotWord(slot, 1) >> 2] = file;
  store(slotWord(slot, 2), state);
  notify(slotWord(slot, 2), EVERYBODY);
}

/** Counts one more request on a slot as done. */
export function countRequest(slot: number): void {
  add(slotWord(slot, 3), 1);
  notify(slotWord(slot, 3), EVERYBODY);
}

/** Empties all slots for another round; while everybody is at the barrier. */
export function clearSlots(slots: number): void {
  fillBytes(SLOTS, 0, slots * SLOT_BYTES);
}

/** Waits until `ready`, or until the time is over; looks at the word when it may have changed. */
function waitUntil(word: number, ready: (value: number) => boolean, limitMs: number): boolean {
  let left = limitMs;
  for (;;) {
    const value = load(word);
    if (ready(value)) return true;
    if (left <= 0) return false;
    deliverApcsIfPossible();
    stopIfCrashed();
    if (wait(word, value, LOOK_MS) === 'timed-out') left -= LOOK_MS;
  }
}

/** Waits for another requestor to have opened the slot; false when it does not come. */
export function waitForOpen(slot: number, limitMs: number): boolean {
  return waitUntil(slotWord(slot, 2), (state) => state !== SLOT_EMPTY, limitMs);
}

/** Waits until so many requests on the slot are done. */
export function waitForRequests(slot: number, requests: number, limitMs: number): boolean {
  return waitUntil(slotWord(slot, 3), (done) => done >= requests, limitMs);
}

/** Waits until all requestors have come here. */
export function barrier(requestors: number): void {
  if (requestors === 1) return;
  const phase = load(PHASE);
  if (add(ARRIVED, 1) + 1 === requestors) {
    store(ARRIVED, 0);
    store(PHASE, phase + 1);
    notify(PHASE, EVERYBODY);
    return;
  }
  waitUntil(PHASE, (now) => now !== phase, Infinity);
}

/** Said by the first requestor between two barriers, read by all. */
export const sayStop = (): void => store(STOP, 1);
export const isStopped = (): boolean => load(STOP) !== 0;

/** Steps that others did not wait for. */
export const overtaken = (): number => load(OVERTAKEN);

/** The turn of the recorded order: one step of all requestors at a time. */
export class Turn {
  readonly #me: number;
  readonly #thread: PKTHREAD;
  readonly #owners: Uint8Array;
  readonly #patienceMs: number;
  readonly #stop: StopFlag;

  constructor(
    me: number, thread: PKTHREAD, owners: Uint8Array, patienceMs: number, stop: StopFlag,
  ) {
    this.#me = me;
    this.#thread = thread;
    this.#owners = owners;
    this.#patienceMs = patienceMs;
    this.#stop = stop;
  }

  /** Waits for the turn of a place; a place that was overtaken may go at once. */
  take(at: number): void {
    let seen = load(TURN);
    let waited = 0;
    while (seen < at && !this.#stop.isRequested) {
      const status = waitForObject(eventOf(this.#me), UserRequest, -TURN_LOOK_MS * MILLISECOND);
      const now = load(TURN);
      waited = now !== seen ? 0 : waited + (status === STATUS_TIMEOUT ? TURN_LOOK_MS : 0);
      if (waited >= this.#patienceMs && now < at) {
        this.#overtake(now);
        waited = 0;
      }
      seen = load(TURN);
    }
    store(HOLDER, this.#thread);
  }

  /** Gives the turn on, unless others went on without it. */
  pass(at: number): void {
    store(HOLDER, 0);
    if (compareExchange(TURN, at, at + 1) === at) this.#wake(at + 1);
  }

  #wake(at: number): void {
    const next = this.#owners[at];
    if (next !== undefined && next !== this.#me) KeSetEvent(eventOf(next), 0, false);
    if (next === undefined) this.#wakeAll();
  }

  #wakeAll(): void {
    for (const requestor of new Set(this.#owners)) KeSetEvent(eventOf(requestor), 0, false);
  }

  /** The step at `at` blocks: all that its requestor would do next is left to it for later. */
  #overtake(at: number): void {
    const holder = load(HOLDER) as PKTHREAD;
    if (holder === 0 || State(holder) !== THREAD_WAITING) return;
    const blocked = this.#owners[at];
    let next = at + 1;
    while (next < this.#owners.length && this.#owners[next] === blocked) next++;
    if (compareExchange(TURN, at, next) !== at) return;
    add(OVERTAKEN, next - at);
    if (this.#owners[next] === this.#me) return;
    this.#wake(next);
  }
}
