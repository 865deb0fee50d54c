// What the kernel does for an application that dies, and when a filter is at its busiest: single
// thread, a filter that keeps reads.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPLETE, NO_CALLBACK, PENDING, ProbeMachine } from '#test/fltmgr/probe-machine.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { awaitWorstMoment } from '#src/machine/worst-moment.ts';
import { setTickCount, tickCount } from '#src/ntos/ke/time.ts';
import { IoCancelThreadIo } from '#src/ntos/io/service/cancel-thread-io.ts';
import { FltSetCancelCompletion } from '#src/fltmgr/pending/cancel.ts';
import { PFLT_COMPLETE_CANCELED_CALLBACK } from '#src/image/role.ts';
import { STATUS_CANCELLED } from '#src/ntos/status-codes.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';

let m: ProbeMachine;
let keeper: MadeFilter;
const kept: PFLT_CALLBACK_DATA[] = [];
let canBeCancelled = false;

const cancelled = PFLT_COMPLETE_CANCELED_CALLBACK('KeeperCancelled', (Data: FltCallbackData) => {
  Data.IoStatus.Status = STATUS_CANCELLED;
  FltCompletePendedPreOperation(Data.address, COMPLETE, 0);
});

beforeEach(() => {
  kept.length = 0;
  canBeCancelled = false;
  m = new ProbeMachine();
  keeper = m.filter('keeper', '100', (Data) => {
    if (canBeCancelled) FltSetCancelCompletion(Data.address, cancelled);
    kept.push(Data.address);
    return PENDING;
  });
});
afterEach(() => {
  m.end();
});

const goOn = (): void => {
  for (const data of kept.splice(0)) FltCompletePendedPreOperation(data, NO_CALLBACK, 0);
};

test('what a thread issued is cancelled and waited for when it ends', () => {
  canBeCancelled = true;
  m.read();
  expect(IoCancelThreadIo(1000)).toBe(0);
  expect(m.outcome.status).toBe(STATUS_CANCELLED);
});

test('what a driver keeps although it was cancelled is counted when the patience is over', () => {
  m.read();
  expect(IoCancelThreadIo(10)).toBe(1);
  goOn();
  expect(IoCancelThreadIo(10)).toBe(0);
});

test('a filter is torn down when it is as busy as it was seen to be, or when the time is over',
  () => {
    let looks = 0;
    const plan = new Map<number, () => void>();
    const rest = (): void => {
      setTickCount(tickCount() + 1);
      plan.get(++looks)?.();
    };
    const read = (): void => void m.read();
    // Twice one operation, once two of them at a time while it learns: it waits for two.
    plan.set(2, read).set(4, read).set(6, goOn).set(12, read).set(15, read);
    expect(awaitWorstMoment(keeper.filter, 10, rest)).toBe(true);
    expect([looks, kept.length]).toEqual([15, 2]);
    goOn();
    looks = 100;
    expect(awaitWorstMoment(keeper.filter, 10, rest)).toBe(false);
    expect(looks).toBe(120);
    // Without the second one it strikes at the end, at one.
    plan.clear();
    looks = 0;
    plan.set(2, read).set(4, read).set(6, goOn).set(12, read);
    expect(awaitWorstMoment(keeper.filter, 10, rest)).toBe(true);
    expect([looks, kept.length]).toEqual([20, 1]);
    goOn();
  });
