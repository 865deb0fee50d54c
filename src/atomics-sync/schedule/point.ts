// The kinds of schedule point, and the hook that a controlled schedule sets. In the free policy,
// which is the default, the hook is null and the door's checks fold away. A later engine settles
// it through the boot options, before any module of the machine is loaded.
import type { WaitResult } from '../atomics.ts';

export const POINT_START = 0;
export const POINT_READ = 1;
export const POINT_WRITE = 2;
export const POINT_ACQUIRE = 3;
export const POINT_RELEASE = 4;
export const POINT_WAIT = 5;
export const POINT_WAKE = 6;
export const POINT_YIELD = 7;
export const POINT_END = 8;
export const POINT_FAULT = 9;

export type PointKind = number;

/** What the door calls when a schedule is in control. */
export interface ScheduleHook {
  /** The thread is about to touch a shared word; the schedule may run others first. */
  point(kind: PointKind, address: number): void;
  /** Takes the place of a sleep: returns when the schedule lets this thread go on. */
  wait(kind: PointKind, address: number, expected: number, milliseconds: number): WaitResult;
  /** Takes the place of a wake-up; returns how many threads became runnable. */
  wake(kind: PointKind, address: number, count: number): number;
}

const slot = Symbol.for('fltlab.schedule');

/** The hook of this thread: null unless a schedule was settled before the machine was loaded. */
export const schedule: ScheduleHook | null =
  (globalThis as { [slot]?: ScheduleHook })[slot] ?? null;
