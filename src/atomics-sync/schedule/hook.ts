// The hook of this thread, bound when the module is loaded. In the free policy, which is the
// default, it is null and every check of it folds away (measured-facts 4.3).
import { POINT_ACQUIRE, POINT_ALLOCATE, POINT_FREE, POINT_RELEASE, POINT_YIELD, settledHook }
  from './point.ts';
import type { ScheduleHook } from './point.ts';

/** The hook of this thread: null unless a schedule was settled before the machine was loaded. */
export const schedule: ScheduleHook | null = settledHook();

/** Whether a schedule runs the threads one at a time. */
export const controlled: boolean = schedule !== null && schedule.controlled;

const hook = schedule;

/** The schedule's choice of 0 to n - 1; null when nobody runs the threads one at a time. */
export const chooseAmong: ((n: number) => number) | null =
  schedule !== null && schedule.controlled ? (n) => schedule.choose(n) : null;

/** How long somebody sleeps who only looks around now and then: until woken, when controlled. */
export function untilWoken(milliseconds: number): number {
  return controlled ? Infinity : milliseconds;
}

/** Says that this thread waits for others without sleeping. Nothing in a free run. */
export function yieldPoint(): void {
  if (hook !== null) hook.point(POINT_YIELD, 0, 0);
}

/** Says that what was done before is seen by whoever says noteAcquired of the same object later. */
export function noteReleased(object: number): void {
  if (hook !== null) hook.note(POINT_RELEASE, object, 0);
}

export function noteAcquired(object: number): void {
  if (hook !== null) hook.note(POINT_ACQUIRE, object, 0);
}

/** Says that a block of memory is somebody's from now on. */
export function noteAllocated(block: number, bytes: number): void {
  if (hook !== null) hook.note(POINT_ALLOCATE, block, bytes);
}

/** Says that a block of memory is nobody's from now on. */
export function noteFreed(block: number, bytes: number): void {
  if (hook !== null) hook.note(POINT_FREE, block, bytes);
}
