// Events, semaphores and mutexes: who is released, what the routines return, what misuse is
// (KRN-20 to KRN-22).
// @alone: it starts its processor by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { KeAreApcsDisabled } from '#src/ntos/ke/apc.ts';
import { Executive, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeClearEvent, KeInitializeEvent, KePulseEvent, KeReadStateEvent, KeResetEvent, KeSetEvent,
  NotificationEvent, SynchronizationEvent } from '#src/ntos/ke/event.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { KeInitializeMutex, KeReadStateMutex, KeReleaseMutex } from '#src/ntos/ke/mutex.ts';
import { KeInitializeSemaphore, KeReadStateSemaphore, KeReleaseSemaphore }
  from '#src/ntos/ke/semaphore.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '#src/ntos/ke/thread.ts';
import { KEVENT, KMUTANT, KSEMAPHORE } from '#src/ntos/ke/types.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { STATUS_ABANDONED, STATUS_SUCCESS, STATUS_TIMEOUT } from '#src/ntos/status-codes.ts';
import { withPuppets } from '../ex/puppets.ts';
import { bugCheckAt, bugCheckOf } from '../ex/support.ts';

const top = pushFrame();
const WAIT = 'waitForObject';

beforeEach(() => {
  initializePool();
  popFrame(top);
  KiStartProcessor(ROLE_BOOT);
  return () => KiStopProcessor();
});

const isFree = (object: number): boolean => waitForObject(object, Executive, 0) === STATUS_SUCCESS;

describe('an event', () => {
  function newEvent(type: number): number {
    const at = stackAlloc(KEVENT.size);
    KeInitializeEvent(at, type, false);
    return at;
  }

  test('KRN-20: of notification stays signaled until it is reset; the state before ' +
    'returned', () => {
    const event = newEvent(NotificationEvent);
    expect([KeSetEvent(event), KeSetEvent(event)]).toEqual([0, 1]);
    expect([isFree(event), isFree(event)]).toEqual([true, true]);
    expect([KeResetEvent(event), KeResetEvent(event)]).toEqual([1, 0]);
    KeSetEvent(event);
    KeClearEvent(event);
    expect([KeReadStateEvent(event), isFree(event)]).toEqual([0, false]);
  });

  test('KRN-20: of synchronisation lets one wait through', () => {
    const event = newEvent(SynchronizationEvent);
    KeSetEvent(event);
    expect([isFree(event), isFree(event)]).toEqual([true, false]);
  });

  test('KRN-20: of notification releases all who wait, of synchronisation one', async () => {
    for (const [type, released] of [[NotificationEvent, 2], [SynchronizationEvent, 1]] as const) {
      const event = newEvent(type);
      await withPuppets(2, async (troupe) => {
        for (const index of [0, 1]) await troupe.block(index, Executive, WAIT, event, Executive);
        KeSetEvent(event);
        await troupe.answer(0);
        if (released === 2) {
          await troupe.answer(1);
        } else {
          expect(troupe.puppets[1]!.waitsFor(Executive)).toBe(true);
          KePulseEvent(event);
          await troupe.answer(1);
        }
      });
      expect(KeReadStateEvent(event)).toBe(released - 1);
    }
  });

  test('KRN-20: above DISPATCH_LEVEL 0xC4/0x80; with Wait above APC_LEVEL too', () => {
    const event = newEvent(NotificationEvent);
    expect(bugCheckAt(3, () => KeSetEvent(event))).toEqual([0xc4, 0x80]);
    expect(bugCheckAt(2, () => KeSetEvent(event, 0, true))).toEqual([0xc4, 0x80]);
  });

  test('KRN-20: set with Wait, the level stays raised until the wait', () => {
    const [event, other] = [newEvent(NotificationEvent), newEvent(NotificationEvent)];
    KeSetEvent(event, 0, true);
    expect(KeGetCurrentIrql()).toBe(2);
    expect(waitForObject(other, Executive, -10_000)).toBe(STATUS_TIMEOUT);
    expect(KeGetCurrentIrql()).toBe(0);
  });
});

describe('a semaphore', () => {
  let semaphore: number;
  beforeEach(() => {
    semaphore = stackAlloc(KSEMAPHORE.size);
    KeInitializeSemaphore(semaphore, 1, 3);
  });

  test('KRN-21: lets as many through as it counts; a release returns the count before', () => {
    expect([isFree(semaphore), isFree(semaphore)]).toEqual([true, false]);
    expect([KeReleaseSemaphore(semaphore, 0, 2), KeReleaseSemaphore(semaphore, 0, 1)])
      .toEqual([0, 2]);
    expect([1, 2, 3, 4].map(() => isFree(semaphore))).toEqual([true, true, true, false]);
  });

  test('KRN-21: over its limit keeps its count and raises STATUS_SEMAPHORE_LIMIT_EXCEEDED', () => {
    expect(() => KeReleaseSemaphore(semaphore, 0, 3)).toThrow(/SEMAPHORE_LIMIT_EXCEEDED/);
    expect(() => KeReleaseSemaphore(semaphore, 0, 0)).toThrow(/SEMAPHORE_LIMIT_EXCEEDED/);
    expect(KeReadStateSemaphore(semaphore)).toBe(1);
  });

  test('KRN-21: may be released by any thread', async () => {
    expect(isFree(semaphore)).toBe(true);
    await withPuppets(2, async (troupe) => {
      await troupe.block(0, Executive, WAIT, semaphore, Executive);
      await troupe.ask(1, 'releaseSemaphore', semaphore, 1);
      expect(await troupe.answer(0)).toBe(0);
    });
  });
});

describe('a mutex', () => {
  let mutex: number;
  beforeEach(() => {
    mutex = stackAlloc(KMUTANT.size);
    KeInitializeMutex(mutex);
  });

  test('KRN-22: is its owner\'s again and again, and free after as many releases', () => {
    expect(KeReadStateMutex(mutex)).toBe(1);
    expect([isFree(mutex), isFree(mutex)]).toEqual([true, true]);
    expect(KeAreApcsDisabled()).toBe(true);
    expect([KeReadStateMutex(mutex), KeReleaseMutex(mutex), KeReleaseMutex(mutex)])
      .toEqual([-1, -1, 0]);
    expect([KeReadStateMutex(mutex), KeAreApcsDisabled()]).toEqual([1, false]);
  });

  test('KRN-22: released by another is 0x11; above DISPATCH_LEVEL 0xC4/0x80', async () => {
    expect(bugCheckOf(() => KeReleaseMutex(mutex))[0]).toBe(0x11);
    isFree(mutex);
    await withPuppets(1, async (troupe) => {
      expect(await troupe.ask(0, 'KeReleaseMutex', mutex)).toBe(0x10000 + 0x11);
    });
    expect(bugCheckAt(3, () => KeReleaseMutex(mutex))).toEqual([0xc4, 0x80]);
    KeReleaseMutex(mutex);
  });

  test('KRN-22: acquired too often raises STATUS_MUTANT_LIMIT_EXCEEDED', () => {
    isFree(mutex);
    i32[(mutex + 4) >> 2] = -0x8000_0000;
    expect(() => isFree(mutex)).toThrow(/MUTANT_LIMIT_EXCEEDED/);
    i32[(mutex + 4) >> 2] = 0;
    KeReleaseMutex(mutex);
  });

  test('KRN-22: whose owner ended is abandoned: the next wait gives STATUS_ABANDONED', async () => {
    isFree(mutex);
    await withPuppets(1, async (troupe) => {
      await troupe.block(0, Executive, WAIT, mutex, Executive);
      KiStopProcessor();
      KiStartProcessor(ROLE_BOOT);
      expect(await troupe.answer(0)).toBe(STATUS_ABANDONED);
      await troupe.ask(0, 'KeReleaseMutex', mutex);
    });
    expect(isFree(mutex)).toBe(true);
    KeReleaseMutex(mutex);
  });
});
