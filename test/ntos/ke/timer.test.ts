// Timers are signaled when they are due, once or periodically, and run their DPC (KeSetTimerEx).
// @alone: it starts its processor by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '#src/ntos/status-codes.ts';
import { KeInitializeDpc } from '#src/ntos/ke/dpc.ts';
import { Executive, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '#src/ntos/ke/thread.ts';
import { TICKS_PER_MS, advanceTickCount, systemTime, tickCount } from '#src/ntos/ke/time.ts';
import { KeCancelTimer, KeInitializeTimer, KeInitializeTimerEx, KeReadStateTimer, KeSetTimer,
  KeSetTimerEx, NotificationTimer, SynchronizationTimer, activeTimers, expireTimers,
  nextTimerTick } from '#src/ntos/ke/timer.ts';
import { KDPC, KTIMER } from '#src/ntos/ke/types.ts';

const top = pushFrame();
const MS = -TICKS_PER_MS;
let timer: number;
let dpc: number;
let runs: { context: number; irql: number; tick: number }[] = [];
const noteDpc = imageRoutine('NoteDpc', (_dpc, context) => {
  runs.push({ context: context!, irql: KeGetCurrentIrql(), tick: tickCount() });
  return 0;
});

beforeEach(() => {
  popFrame(top);
  KiStartProcessor(ROLE_BOOT);
  timer = stackAlloc(KTIMER.size);
  dpc = stackAlloc(KDPC.size);
  KeInitializeTimer(timer);
  KeInitializeDpc(dpc, noteDpc, 42);
  runs = [];
  return () => {
    KeCancelTimer(timer);
    expect(activeTimers()).toBe(0);
    KiStopProcessor();
  };
});

/** Moves the clock on and does what its interrupt does. */
function pass(milliseconds: number): number {
  return expireTimers(advanceTickCount(milliseconds));
}

describe('a timer', () => {
  test('is signaled when it is due and not before', () => {
    expect(KeSetTimer(timer, 10 * MS, 0)).toBe(false);
    expect([pass(9), KeReadStateTimer(timer)]).toEqual([0, false]);
    expect([pass(1), KeReadStateTimer(timer)]).toEqual([1, true]);
    expect(pass(100)).toBe(0);
  });

  test('is due at an absolute system time too, and at once when that has passed', () => {
    KeSetTimer(timer, systemTime() + 5 * TICKS_PER_MS, 0);
    expect(nextTimerTick()).toBe(tickCount() + 5);
    expect([pass(5), KeReadStateTimer(timer)]).toEqual([1, true]);
    KeSetTimer(timer, systemTime() - 1, 0);
    expect(KeReadStateTimer(timer)).toBe(true);
  });

  test('that is set again forgets its first due time, and says that it ran', () => {
    KeSetTimer(timer, 10 * MS, 0);
    expect(KeSetTimer(timer, 20 * MS, 0)).toBe(true);
    expect([pass(19), KeReadStateTimer(timer)]).toEqual([0, false]);
    pass(1);
    expect(KeSetTimer(timer, 10 * MS, 0)).toBe(false);
    expect(KeReadStateTimer(timer)).toBe(false);
  });

  test('that is cancelled never fires; cancelling says whether it ran', () => {
    KeSetTimer(timer, 10 * MS, dpc);
    expect(KeCancelTimer(timer)).toBe(true);
    expect(KeCancelTimer(timer)).toBe(false);
    pass(50);
    expect([KeReadStateTimer(timer), runs.length]).toEqual([false, 0]);
  });

  test('with a period fires again and again, until it is cancelled', () => {
    KeSetTimerEx(timer, 10 * MS, 5, dpc);
    expect([pass(10), pass(4), pass(1), pass(12)]).toEqual([1, 0, 1, 2]);
    expect(runs.length).toBe(4);
    KeCancelTimer(timer);
    expect(pass(100)).toBe(0);
  });

  test('F-218: runs its DPC at DISPATCH_LEVEL at each expiry', () => {
    const start = tickCount();
    KeSetTimer(timer, 3 * MS, dpc);
    pass(3);
    expect(runs).toEqual([{ context: 42, irql: 2, tick: start + 3 }]);
  });

  test('expires before one that is due later, whatever the order of setting', () => {
    const other = stackAlloc(KTIMER.size);
    const otherDpc = stackAlloc(KDPC.size);
    KeInitializeTimer(other);
    KeInitializeDpc(otherDpc, noteDpc, 43);
    KeSetTimer(timer, 8 * MS, dpc);
    KeSetTimer(other, 4 * MS, otherDpc);
    expect(pass(20)).toBe(2);
    expect(runs.map((run) => run.context)).toEqual([43, 42]);
  });
});

describe('a wait', () => {
  test('for a timer ends when it is due: time jumps for a thread that is alone', () => {
    const start = tickCount();
    KeSetTimer(timer, 250 * MS, 0);
    expect(waitForObject(timer, Executive)).toBe(STATUS_SUCCESS);
    expect(tickCount()).toBe(start + 250);
  });

  test('that times out first leaves the timer running', () => {
    KeSetTimer(timer, 250 * MS, 0);
    expect(waitForObject(timer, Executive, 100 * MS)).toBe(STATUS_TIMEOUT);
    expect(KeCancelTimer(timer)).toBe(true);
  });

  test('uses up a synchronisation timer, not a notification timer', () => {
    const signaledAfter = [SynchronizationTimer, NotificationTimer].map((type) => {
      KeInitializeTimerEx(timer, type);
      KeSetTimer(timer, 5 * MS, 0);
      expect(waitForObject(timer, Executive)).toBe(STATUS_SUCCESS);
      return KeReadStateTimer(timer);
    });
    expect(signaledAfter).toEqual([false, true]);
  });
});
