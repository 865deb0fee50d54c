// THE DOOR: the only file that says Atomics.*. Everything that one thread does for another to see
// passes here, so a controlled schedule is a hook in one place. When no schedule is set the hook
// is a local constant null and folds away (measured-facts 4.3).
//
// Addresses are byte addresses of aligned 32-bit words in this thread's memory. All operations
// are sequentially consistent; plain accesses before a store here are visible to whoever loads
// the stored value here (that is the whole memory model the rest of the house relies on).
import { i32 as sharedWords } from '../mem/memory.ts';
import { SYNC_WORDS } from '../mem/memory-map.ts';
import { schedule } from './schedule/hook.ts';
import { POINT_READ, POINT_UPDATE, POINT_WRITE } from './schedule/point.ts';
import type { RawDoor } from './schedule/point.ts';

const words = sharedWords;
const hook = schedule;

/** Reads a word that another thread may be writing. */
export function load(address: number): number {
  if (hook !== null) hook.point(POINT_READ, address, 0);
  return Atomics.load(words, address >> 2);
}

/** Publishes a word together with every plain store before it. */
export function store(address: number, value: number): void {
  if (hook !== null) hook.point(POINT_WRITE, address, value);
  Atomics.store(words, address >> 2, value);
}

/** Adds and returns the value before. */
export function add(address: number, value: number): number {
  if (hook !== null) hook.point(POINT_UPDATE, address, value);
  return Atomics.add(words, address >> 2, value);
}

/** Replaces the word and returns the value before. */
export function exchange(address: number, value: number): number {
  if (hook !== null) hook.point(POINT_UPDATE, address, value);
  return Atomics.exchange(words, address >> 2, value);
}

/** Stores `value` if the word is `expected`; returns the value before, whichever it was. */
export function compareExchange(address: number, expected: number, value: number): number {
  if (hook !== null) hook.compare(address, expected, value);
  return Atomics.compareExchange(words, address >> 2, expected, value);
}

/** Sets bits and returns the value before. */
export function or(address: number, bits: number): number {
  if (hook !== null) hook.point(POINT_UPDATE, address, bits);
  return Atomics.or(words, address >> 2, bits);
}

/** Keeps only `bits` and returns the value before. */
export function and(address: number, bits: number): number {
  if (hook !== null) hook.point(POINT_UPDATE, address, bits);
  return Atomics.and(words, address >> 2, bits);
}

export type WaitResult = 'ok' | 'not-equal' | 'timed-out';

/** How many threads of this memory sleep in `wait`, or have left: beside the allocator's cursor. */
const SLEEPERS = (SYNC_WORDS.start + 32) >> 2;

/** How many threads sleep or have left; old when it arrives, and good for advice only. */
export function sleepers(): number {
  return Atomics.load(words, SLEEPERS);
}

/** The calling thread leaves for good: it counts as asleep from now on. */
export function sleepForEver(): void {
  Atomics.add(words, SLEEPERS, 1);
}

let beforeSleep: (() => void) | null = null;

/** Has a routine called each time before this thread sleeps: it must not sleep itself. */
export function onSleep(routine: () => void): void {
  beforeSleep = routine;
}

/**
 * Sleeps while the word is `expected`, for at most `milliseconds`. Every caller gives a bound:
 * a thread in an unbounded wait cannot be stopped by a test's timeout.
 */
export function wait(address: number, expected: number, milliseconds: number): WaitResult {
  if (hook !== null) return hook.wait(address, expected, milliseconds);
  if (beforeSleep !== null) beforeSleep();
  Atomics.add(words, SLEEPERS, 1);
  const result = Atomics.wait(words, address >> 2, expected, milliseconds);
  Atomics.sub(words, SLEEPERS, 1);
  return result;
}

/** A count for `notify` that means every sleeper. */
export const EVERYBODY = 0x7fffffff;

/** Wakes up to `count` sleepers of a word; returns how many. Costs 10 us when someone sleeps. */
export function notify(address: number, count: number): number {
  if (hook !== null) return hook.wake(address, count);
  return Atomics.notify(words, address >> 2, count);
}

// The quiet operations are for the machine's own instruments (the flight recorder, the verifier's
// tables): what they order is nobody's business but theirs, so no schedule is asked at them, and
// a schedule sees the same points whether the machine is checked or not.

/** Adds one and returns the value before; no point of a schedule. */
export function countQuiet(address: number): number {
  return Atomics.add(words, address >> 2, 1);
}

/** `compareExchange` that is no point of a schedule. */
export function exchangeQuiet(address: number, expected: number, value: number): number {
  return Atomics.compareExchange(words, address >> 2, expected, value);
}

/** `store` and a wake-up of one sleeper; no point of a schedule. */
export function storeQuiet(address: number, value: number): void {
  Atomics.store(words, address >> 2, value);
  Atomics.notify(words, address >> 2, 1);
}

/** Sleeps while the word is `expected`; no point of a schedule, so nobody else is let run. */
export function waitQuiet(address: number, expected: number, milliseconds: number): void {
  Atomics.wait(words, address >> 2, expected, milliseconds);
}

/** What a host may do to the words of a machine that it looks after but does not run (cold). */
export interface Door {
  load(address: number): number;
  store(address: number, value: number): void;
  compareExchange(address: number, expected: number, value: number): number;
  notify(address: number, count: number): number;
  /** Resolves when the word is no longer `expected` or the time is over; for an event loop. */
  waitAsync(address: number, expected: number, milliseconds: number): Promise<WaitResult>;
}

/** The door of this thread's own memory. */
export const here: Door = { load, store, compareExchange, notify, waitAsync };

/** A door into another machine's memory. No schedule is asked: the host is not scheduled. */
export function doorInto(memory: WebAssembly.Memory): Door {
  const there = new Int32Array(memory.buffer);
  return {
    load: (address) => Atomics.load(there, address >> 2),
    store: (address, value) => void Atomics.store(there, address >> 2, value),
    compareExchange: (address, expected, value) =>
      Atomics.compareExchange(there, address >> 2, expected, value),
    notify: (address, count) => Atomics.notify(there, address >> 2, count),
    waitAsync: async (address, expected, milliseconds) =>
      waitForWord(there, address >> 2, expected, milliseconds),
  };
}

/** Resolves when the word changes or the time is over: for an event loop, which may not block. */
export async function waitAsync(
  address: number,
  expected: number,
  milliseconds: number,
): Promise<WaitResult> {
  return waitForWord(words, address >> 2, expected, milliseconds);
}

/** The same for a word of any shared memory, by index. */
export async function waitForWord(
  there: Int32Array,
  index: number,
  expected: number,
  milliseconds: number,
): Promise<WaitResult> {
  const result = Atomics.waitAsync(there, index, expected, milliseconds);
  if (!result.async) return result.value;
  // A pending waitAsync does not keep the event loop alive: hold a handle while it is pending.
  const handle = setInterval(() => undefined, 1 << 30);
  try {
    return await result.value;
  } finally {
    clearInterval(handle);
  }
}

/** The door without a schedule, for whoever keeps one: words of any shared memory, by index. */
export const rawDoor: RawDoor = {
  load: (there, index) => Atomics.load(there, index),
  store: (there, index, value) => void Atomics.store(there, index, value),
  add: (there, index, value) => Atomics.add(there, index, value),
  wait: (there, index, expected, milliseconds) =>
    Atomics.wait(there, index, expected, milliseconds),
  notify: (there, index, count) => Atomics.notify(there, index, count),
};
if (hook !== null) hook.bind(rawDoor, words);
