// Waits: levels, timeouts, several objects, and what ends a wait early (KRN-4, KRN-10 to KRN-12).
// @alone: it starts its processor by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { load, notify, store } from '#src/atomics-sync/atomics.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { queueSpecialApc } from '#src/ntos/ke/apc.ts';
import { WaitAll, WaitAny } from '#src/ntos/ke/dispatcher-object.ts';
import { Executive, UserRequest, waitForObject, waitForObjects } from '#src/ntos/ke/dispatcher.ts';
import { KeInitializeDpc, KeInsertQueueDpc } from '#src/ntos/ke/dpc.ts';
import { KeInitializeEvent, KePulseEvent, KeReadStateEvent, KeSetEvent, NotificationEvent,
  SynchronizationEvent } from '#src/ntos/ke/event.ts';
import { KeLowerIrql } from '#src/ntos/ke/irql.ts';
import { KPRCB, currentPrcb, currentThread } from '#src/ntos/ke/prcb.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT, delayExecution }
  from '#src/ntos/ke/thread.ts';
import { systemTime, tickCount } from '#src/ntos/ke/time.ts';
import { KAPC, KDPC, KEVENT, KWAIT_BLOCK } from '#src/ntos/ke/types.ts';
import { KeAlertThread, KernelMode, UserMode, WAIT_ALERTABLE, WAIT_USER, checkUserWait,
  deliverUserApcs, queueUserApc, terminateThread } from '#src/ntos/ke/wait-interruption.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { STATUS_ALERTED, STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_USER_APC }
  from '#src/ntos/status-codes.ts';
import { until } from '#test/support/spawn-threads.ts';
import { holdUp } from '../ex/puppet.ts';
import { withPuppets } from '../ex/puppets.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ex/support.ts';

const top = pushFrame();
const MS = -10_000;
let event: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  KiStartProcessor(ROLE_BOOT);
  event = newEvent();
  return () => KiStopProcessor();
});

function newEvent(type = NotificationEvent, signaled = false): number {
  const at = stackAlloc(KEVENT.size);
  KeInitializeEvent(at, type, signaled);
  return at;
}

describe('a wait at a level', () => {
  test('KRN-4: at DISPATCH_LEVEL may only test: 0xC4/0x121, 0x122; above it 0x120', () => {
    expect(atIrql(2, () => waitForObject(event, Executive, 0))).toBe(STATUS_TIMEOUT);
    expect(bugCheckAt(2, () => waitForObject(event, Executive))).toEqual([0xc4, 0x121]);
    expect(bugCheckAt(2, () => waitForObject(event, Executive, MS))).toEqual([0xc4, 0x122]);
    expect(bugCheckAt(3, () => waitForObject(event, Executive))).toEqual([0xc4, 0x120]);
  });

  test('KRN-4: in a DPC routine is 0xB8', () => {
    let code: number[] = [];
    const waits = imageRoutine('Waits', () => {
      code = bugCheckOf(() => waitForObject(event, Executive));
      return 0;
    });
    const dpc = stackAlloc(KDPC.size);
    KeInitializeDpc(dpc, waits, 0);
    KeInsertQueueDpc(dpc, 0, 0);
    expect(code[0]).toBe(0xb8);
    KPRCB.bound.set_DpcRoutineActive(currentPrcb, 0);
    KeLowerIrql(0);
  });
});

describe('a timeout', () => {
  test('KRN-11: 0 tests, negative is relative, positive absolute, in 100 ns', () => {
    expect(waitForObject(event, Executive, 0)).toBe(STATUS_TIMEOUT);
    const start = tickCount();
    expect(waitForObject(event, Executive, 5 * MS)).toBe(STATUS_TIMEOUT);
    expect(tickCount() - start).toBe(5);
    const at = systemTime() + 70_000;
    expect(waitForObject(event, Executive, at)).toBe(STATUS_TIMEOUT);
    expect(systemTime()).toBe(at);
    expect(delayExecution(3 * MS)).toBe(STATUS_SUCCESS);
    expect(() => waitForObject(event, Executive)).toThrow(/would never end/);
    KeSetEvent(event);
    expect(waitForObject(event, Executive, 0)).toBe(STATUS_SUCCESS);
  });
});

describe('several objects', () => {
  test('KRN-11: any: the index of the first; all: none is taken before all are there', () => {
    const [a, b] = [newEvent(SynchronizationEvent), newEvent(SynchronizationEvent, true)];
    expect(waitForObjects([a, b], WaitAll, Executive, 0)).toBe(STATUS_TIMEOUT);
    expect(KeReadStateEvent(b)).toBe(1);
    expect(waitForObjects([a, b], WaitAny, Executive, 0)).toBe(1);
    expect(KeReadStateEvent(b)).toBe(0);
    KeSetEvent(a);
    KeSetEvent(b);
    expect(waitForObjects([a, b], WaitAll, Executive, 0)).toBe(STATUS_SUCCESS);
    expect([a, b].map(KeReadStateEvent)).toEqual([0, 0]);
  });

  test('KRN-12: three without wait blocks, 64 with; one more is 0x0C', () => {
    const blocks = stackAlloc(KWAIT_BLOCK.size * 64);
    const many = (count: number): number[] => Array.from({ length: count }, () => event);
    const wait = (count: number, room = 0): number =>
      waitForObjects(many(count), WaitAny, Executive, 0, room);
    expect([wait(3), wait(64, blocks)]).toEqual([STATUS_TIMEOUT, STATUS_TIMEOUT]);
    expect(bugCheckOf(() => wait(4))[0]).toBe(0x0c);
    expect(bugCheckOf(() => wait(65, blocks))[0]).toBe(0x0c);
  });
});

const KINDS = [
  { alertable: true, mode: UserMode, apc: true, delivered: true, ends: true, alert: true },
  { alertable: true, mode: KernelMode, apc: true, delivered: false, ends: true, alert: true },
  { alertable: false, mode: UserMode, apc: false, delivered: false, ends: true, alert: false },
  { alertable: false, mode: KernelMode, apc: false, delivered: false, ends: false, alert: false },
];

describe.each(KINDS)('KRN-10: a wait, alertable $alertable, in mode $mode', (kind) => {
  const flags = (kind.alertable ? WAIT_ALERTABLE : 0) | (kind.mode === UserMode ? WAIT_USER : 0);
  const wait = (): number => waitForObject(event, UserRequest, 5 * MS, flags);
  let ran = 0;
  const userApc = imageRoutine('UserApc', (context) => (ran = context!));

  test('and a user APC', () => {
    ran = 0;
    queueUserApc(stackAlloc(KAPC.size), currentThread, userApc, 77);
    expect(wait()).toBe(kind.apc ? STATUS_USER_APC : STATUS_TIMEOUT);
    expect(ran).toBe(0);
    expect(deliverUserApcs()).toBe(kind.delivered ? 1 : 0);
    expect(ran).toBe(kind.delivered ? 77 : 0);
  });

  test('and an alert', () => {
    expect(KeAlertThread(currentThread, KernelMode)).toBe(false);
    expect(KeAlertThread(currentThread, KernelMode)).toBe(true);
    expect(wait()).toBe(kind.alert ? STATUS_ALERTED : STATUS_TIMEOUT);
    expect(wait()).toBe(STATUS_TIMEOUT);
  });

  test('and the end of the thread', () => {
    terminateThread(currentThread);
    expect(wait()).toBe(kind.ends ? STATUS_USER_APC : STATUS_TIMEOUT);
  });
});

describe('a wait that is interrupted', () => {
  test('KRN-10: of user mode hears alerts of user mode, one of kernel mode does not', () => {
    KeAlertThread(currentThread, UserMode);
    expect(waitForObject(event, UserRequest, MS, WAIT_ALERTABLE)).toBe(STATUS_TIMEOUT);
    expect(waitForObject(event, UserRequest, MS, WAIT_ALERTABLE | WAIT_USER)).toBe(STATUS_ALERTED);
  });

  test('KRN-10: of user mode is not for an object on a kernel stack: 0xC4/0x123', () => {
    expect(bugCheckOf(() => checkUserWait(event, UserMode))).toEqual([0xc4, 0x123]);
    checkUserWait(event, KernelMode);
  });

  test('KRN-10: a kernel APC runs meanwhile, and a pulse is missed', async () => {
    await withPuppets(1, async (troupe) => {
      const thread = troupe.puppets[0]!.thread as typeof currentThread;
      const words = stackAlloc(8);
      await troupe.ask(0, 'takeApcs', 0);
      await troupe.block(0, Executive, 'waitForObject', event, Executive);
      queueSpecialApc(stackAlloc(KAPC.size), thread, holdUp, words);
      await until('the APC runs', () => load(words) === 1);
      KePulseEvent(event);
      store(words + 4, 1);
      notify(words + 4, 1);
      await until('it waits again', () => troupe.puppets[0]!.waitsFor(Executive));
      expect(troupe.isDone(0)).toBe(false);
      KeSetEvent(event);
      expect(await troupe.answer(0)).toBe(0);
    });
  });

  test('KRN-10: an alert wakes a thread that sleeps', async () => {
    await withPuppets(1, async (troupe) => {
      const thread = troupe.puppets[0]!.thread as typeof currentThread;
      await troupe.block(0, UserRequest, 'waitAlertable', event);
      KeAlertThread(thread, KernelMode);
      expect(await troupe.answer(0)).toBe(STATUS_ALERTED);
      await troupe.block(0, UserRequest, 'waitAlertable', event);
      terminateThread(thread);
      expect(await troupe.answer(0)).toBe(STATUS_USER_APC);
    });
  });
});
