// The machine's clock: milliseconds since boot in one shared word, written by the clock thread
// (or by a test, or by a schedule: time is virtual to everything above). NT counts 100 ns units;
// the resolution here is one millisecond.
import { add, load, store } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { i32 } from '../../mem/memory.ts';
import { schedule } from '../../atomics-sync/schedule/hook.ts';
import { KI_SYSTEM, kiSystem } from './bug-check.ts';

/** 100 ns units in a millisecond. */
export const TICKS_PER_MS = 10000;
/** The system time at boot: 2026-01-01T00:00:00Z in 100 ns since 1601. */
export const BOOT_SYSTEM_TIME = 134117856000000000;

const tick = kiSystem + (KI_SYSTEM.offsets['TickCount'] ?? 0);

/** A controlled schedule keeps the time of its machine. */
const keeper = boot.schedule?.policy === 'controlled' ? schedule : null;

/** Milliseconds since boot. Any IRQL. */
export function tickCount(): number {
  return keeper === null ? load(tick) : keeper.now();
}

/** The same by a plain look, for statistics: nothing may depend on it. Any IRQL. */
export function roughTickCount(): number {
  return keeper === null ? i32[tick >> 2]! : keeper.now();
}

/** 100 ns units since boot. Any IRQL. */
export function KeQueryInterruptTime(): number {
  return tickCount() * TICKS_PER_MS;
}

/** The system time in 100 ns units since 1601 (UTC). Any IRQL. */
export function systemTime(): number {
  return BOOT_SYSTEM_TIME + tickCount() * TICKS_PER_MS;
}

/** Sets the clock forward; the clock thread does, and a thread that is alone (inline). */
export function setTickCount(milliseconds: number): void {
  if (milliseconds > load(tick)) store(tick, milliseconds);
}

/** Moves the clock on by some milliseconds and returns the new count. */
export function advanceTickCount(milliseconds: number): number {
  return add(tick, milliseconds) + milliseconds;
}

/** NT's timeout in 100 ns (negative relative, positive absolute) as a deadline in ticks. */
export function deadlineOf(timeout: number): number {
  if (timeout <= 0) return tickCount() + Math.ceil(-timeout / TICKS_PER_MS);
  return Math.ceil((timeout - BOOT_SYSTEM_TIME) / TICKS_PER_MS);
}
