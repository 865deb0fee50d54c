// The kinds of schedule point, and what the door calls when a schedule is in control. A worker's
// entry settles the hook (policy.ts) before it loads any module of the machine.
import type { WaitResult } from '../atomics.ts';

/** A thread begins; touches nothing. */
export const POINT_START = 0;
export const POINT_READ = 1;
/** A plain store through the door: it publishes, it does not look. */
export const POINT_WRITE = 2;
/** A lock or another object is taken, or looked at and taken. */
export const POINT_ACQUIRE = 3;
export const POINT_RELEASE = 4;
/** A thread is about to sleep on a word. */
export const POINT_WAIT = 5;
/** A thread is about to wake the sleepers of a word. */
export const POINT_WAKE = 6;
/** The thread has nothing to do until another has done something. */
export const POINT_YIELD = 7;
export const POINT_END = 8;
/** A choice that is not about threads: a fault, an order, a level. */
export const POINT_FAULT = 9;
/** A woken thread goes on. */
export const POINT_RESUME = 10;
/** A sleep is over because its time is. */
export const POINT_TIMEOUT = 11;
/** A read-modify-write: add, exchange, and, or. */
export const POINT_UPDATE = 12;
/** A compare-exchange; recorded as an update when it succeeds, as a read when it fails. */
export const POINT_COMPARE = 13;
/** A routine of the kernel is called by a driver. */
export const POINT_CALL = 14;
/** Plain accesses to shared state through watched accessors. */
export const POINT_DATA_READ = 15;
export const POINT_DATA_WRITE = 16;

/** A block of memory comes into use, or goes out of it; the operand is its length. */
export const POINT_ALLOCATE = 17;
export const POINT_FREE = 18;

export type PointKind = number;

/** Names of the kinds, for reports. */
export const pointNames: readonly string[] = ['start', 'read', 'write', 'acquire', 'release',
  'wait', 'wake', 'yield', 'end', 'choice', 'resume', 'timeout', 'update', 'compare', 'call',
  'get', 'set', 'allocate', 'free'];

const bits = (...kinds: number[]): number => kinds.reduce((set, kind) => set | (1 << kind), 0);
/** Bit n of each: kind n looks at its object, changes it, or changes who sleeps on it. */
const LOOKS = bits(POINT_READ, POINT_ACQUIRE, POINT_WAIT, POINT_UPDATE, POINT_COMPARE, POINT_CALL,
  POINT_DATA_READ);
const CHANGES = bits(POINT_WRITE, POINT_ACQUIRE, POINT_RELEASE, POINT_UPDATE, POINT_COMPARE,
  POINT_CALL, POINT_DATA_WRITE);
const SLEEPERS = bits(POINT_WAIT, POINT_WAKE, POINT_TIMEOUT);

/** Whether an operation of this kind looks at the value of its object. */
export function looks(kind: PointKind): boolean {
  return ((LOOKS >> kind) & 1) !== 0;
}

/** Whether it changes the value of its object. */
export function changes(kind: PointKind): boolean {
  return ((CHANGES >> kind) & 1) !== 0;
}

/** Whether it changes who sleeps on its object. */
export function queues(kind: PointKind): boolean {
  return ((SLEEPERS >> kind) & 1) !== 0;
}

/** Whether an operation of this kind may change what other threads see. */
export function writes(kind: PointKind): boolean {
  return (((CHANGES | SLEEPERS) >> kind) & 1) !== 0;
}

/** Whether the order of two operations can matter to anybody. */
export function conflict(
  kindA: PointKind,
  objectA: number,
  kindB: PointKind,
  objectB: number,
): boolean {
  if (objectA !== objectB || objectA === 0) return false;
  const a = 1 << kindA;
  const b = 1 << kindB;
  if ((a & CHANGES) !== 0 && (b & (CHANGES | LOOKS)) !== 0) return true;
  if ((b & CHANGES) !== 0 && (a & LOOKS) !== 0) return true;
  return (a & SLEEPERS) !== 0 && (b & SLEEPERS) !== 0;
}

/** The door's own operations, without any schedule, on any shared words. */
export interface RawDoor {
  load(words: Int32Array, index: number): number;
  store(words: Int32Array, index: number, value: number): void;
  add(words: Int32Array, index: number, value: number): number;
  wait(words: Int32Array, index: number, expected: number, milliseconds: number): WaitResult;
  notify(words: Int32Array, index: number, count: number): number;
}

/** What the door calls when a schedule is there. */
export interface ScheduleHook {
  /** Whether threads run one at a time: waits need no slices then, and nobody spins. */
  readonly controlled: boolean;
  /** The door gives its operations and the words of this thread's memory when it is loaded. */
  bind(raw: RawDoor, words: Int32Array): void;
  /** The thread is about to touch a shared word; the schedule may run others first. */
  point(kind: PointKind, address: number, operand: number): void;
  /** The same for a compare-exchange, which stores `value` if the word is `expected`. */
  compare(address: number, expected: number, value: number): void;
  /** Takes the place of a sleep: returns when the schedule lets this thread go on. */
  wait(address: number, expected: number, milliseconds: number): WaitResult;
  /** Takes the place of a wake-up; returns how many threads became runnable. */
  wake(address: number, count: number): number;
  /** A driver touches shared memory plainly: recorded, and a step where somebody asked for it. */
  access(kind: PointKind, address: number): void;
  /** Records something for the rules; no other thread runs here. */
  note(kind: PointKind, address: number, operand: number): void;
  /** A number from 0 to n - 1: the schedule's choice. */
  choose(n: number): number;
  /**
   * A driver calls a routine of the kernel, or the kernel a driver; `object` is what it is about.
   */
  call(routine: number, object: number): void;
  /** Virtual milliseconds since the schedule began. */
  now(): number;
  /** Begins or ends the part of a schedule that is explored. */
  explore(on: boolean): void;
}

const slot = Symbol.for('fltlab.schedule');
type Slot = { [slot]?: ScheduleHook };

/** What was settled for this thread; null in a free run. */
export function settledHook(): ScheduleHook | null {
  return (globalThis as Slot)[slot] ?? null;
}

/** Settles this thread's hook. Must run before hook.ts, and so before the door, is loaded. */
export function settleHook(hook: ScheduleHook): void {
  const before = settledHook();
  if (before !== null && before !== hook) throw new Error('this thread has a schedule already');
  (globalThis as Slot)[slot] = hook;
}
