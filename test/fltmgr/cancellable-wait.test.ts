// Waits of a filter that end when the operation is cancelled or the thread is ended, and the locks
// that enter a critical region.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { i32 } from '#src/mem/memory.ts';
import { FltCancellableWaitForMultipleObjects, FltCancellableWaitForSingleObject }
  from '#src/fltmgr/pending/cancellable-wait.ts';
import { FltSetCancelCompletion } from '#src/fltmgr/pending/cancel.ts';
import { FltAcquirePushLockExclusive, FltAcquirePushLockExclusiveEx, FltAcquirePushLockShared,
  FltAcquirePushLockSharedEx, FltAcquireResourceExclusive, FltAcquireResourceShared,
  FltDeletePushLock, FltInitializePushLock, FltReleasePushLock, FltReleasePushLockEx,
  FltReleaseResource } from '#src/fltmgr/lock/locks.ts';
import { IRP_CTRL, sheetOf } from '#src/fltmgr/walk/irp-ctrl.ts';
import { KDEFERRED_ROUTINE, PFLT_COMPLETE_CANCELED_CALLBACK } from '#src/image/role.ts';
import { IoCancelIrp, IoSetCancelRoutine } from '#src/ntos/io/irp/cancel.ts';
import { KeAreApcsDisabled, KeEnterGuardedRegion, KeLeaveGuardedRegion, combinedApcDisable }
  from '#src/ntos/ke/apc.ts';
import { WaitAll, WaitAny } from '#src/ntos/ke/dispatcher-object.ts';
import { KeInitializeDpc } from '#src/ntos/ke/dpc.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { KeInitializeTimer, KeSetTimer } from '#src/ntos/ke/timer.ts';
import { KDPC, KEVENT, KTIMER, KWAIT_BLOCK } from '#src/ntos/ke/types.ts';
import { terminateThread } from '#src/ntos/ke/wait-interruption.ts';
import { ExDeleteResourceLite, ExInitializeResourceLite } from '#src/ntos/ex/lock/resource-life.ts';
import { ExIsResourceAcquiredExclusiveLite, ExIsResourceAcquiredSharedLite }
  from '#src/ntos/ex/lock/resource.ts';
import { ERESOURCE } from '#src/ntos/ex/types.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import * as st from '#src/ntos/status-codes.ts';
import { COMPLETE, ProbeMachine } from './probe-machine.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PIRP } from '#src/ntos/io/types.ts';

const MS = -10_000;
let m: ProbeMachine;
let frame: number;
let event: number;

beforeEach(() => {
  m = new ProbeMachine();
  frame = pushFrame();
  event = newEvent();
});
afterEach(() => {
  popFrame(frame);
  m.end();
});

function newEvent(signaled = false): number {
  const at = stackAlloc(KEVENT.size);
  KeInitializeEvent(at, NotificationEvent, signaled);
  return at;
}

function timeout(milliseconds: number): number {
  const at = stackAlloc(8);
  writeInt64(at, milliseconds * MS);
  return at;
}

function irpOf(data: FltCallbackData): PIRP {
  return IRP_CTRL.bound.Irp(sheetOf(data.address)) as PIRP;
}

/** Runs `act` in the pre-operation callback of a read, which is completed then. */
function inPreRead<T>(act: (data: FltCallbackData) => T): T {
  let result: T | undefined;
  m.filter('waiter', '200', (data) => {
    result = act(data);
    data.IoStatus.Status = st.STATUS_SUCCESS;
    return COMPLETE;
  });
  m.read();
  return result as T;
}

const cancels = KDEFERRED_ROUTINE('CancelsIrp', (_dpc, irp) => {
  IoCancelIrp(irp as PIRP);
});
const signals = KDEFERRED_ROUTINE('SignalsEvent', (_dpc, at) => {
  KeSetEvent(at, 0, false);
});
const ends = KDEFERRED_ROUTINE('EndsThread', () => terminateThread(currentThread));

/** Lets a routine run in 20 ms, while the thread waits. */
function soon(routine: ReturnType<typeof KDEFERRED_ROUTINE>, context: number): void {
  const [timer, dpc] = [stackAlloc(KTIMER.size), stackAlloc(KDPC.size)];
  KeInitializeTimer(timer);
  KeInitializeDpc(dpc, routine, context);
  KeSetTimer(timer, 20 * MS, dpc);
}

describe('PEND-32: cancellable waits', () => {
  test('PEND-32: end with the cancellation of the operation', () => {
    expect(inPreRead((data) => {
      soon(cancels, irpOf(data));
      return FltCancellableWaitForSingleObject(event, 0, data.address);
    })).toBe(st.STATUS_CANCELLED);
  });

  test('PEND-32: an operation that is cancelled already is not waited for', () => {
    expect(inPreRead((data) => {
      IoCancelIrp(irpOf(data));
      return FltCancellableWaitForSingleObject(event, 0, data.address);
    })).toBe(st.STATUS_CANCELLED);
  });

  test('PEND-32: end with their object, their time, their thread; the operation is left alone',
    () => {
      const results = inPreRead((data) => {
        soon(signals, event);
        const signaled = FltCancellableWaitForSingleObject(event, 0, data.address);
        const late = FltCancellableWaitForSingleObject(newEvent(), timeout(5), data.address);
        soon(ends, 0);
        const ended = FltCancellableWaitForSingleObject(newEvent(), 0, data.address);
        KTHREAD.bound.set_Terminating(currentThread, 0);
        return [signaled, late, ended, IoCancelIrp(irpOf(data))];
      });
      expect(results).toEqual([st.STATUS_SUCCESS, st.STATUS_TIMEOUT, st.STATUS_THREAD_IS_TERMINATING,
        false]);
    });

  test('PEND-32: a cancellation that nobody heard ends no later wait', () => {
    const results = inPreRead((data) => {
      soon(cancels, irpOf(data));
      const first = FltCancellableWaitForSingleObject(newEvent(true), 0, data.address);
      const cancelled = FltCancellableWaitForSingleObject(newEvent(), 0, data.address);
      return [first, cancelled, FltCancellableWaitForSingleObject(newEvent(), timeout(5), 0 as never)];
    });
    expect(results).toEqual([st.STATUS_SUCCESS, st.STATUS_CANCELLED, st.STATUS_TIMEOUT]);
  });

  test('PEND-32: several objects: which one, all of them, and how many', () => {
    const three = [newEvent(), newEvent(true), newEvent(true)];
    const array = stackAlloc(4 * 65);
    three.forEach((at, i) => (i32[(array >> 2) + i] = at));
    const waitAny = FltCancellableWaitForMultipleObjects(3, array, WaitAny, 0, 0, 0 as never);
    expect(waitAny).toBe(st.STATUS_WAIT_0 + 1);
    soon(signals, three[0]!);
    expect(FltCancellableWaitForMultipleObjects(3, array, WaitAll, 0, 0, 0 as never))
      .toBe(st.STATUS_SUCCESS);
    const blocks = stackAlloc(KWAIT_BLOCK.size * 65);
    for (let i = 0; i < 65; i++) i32[(array >> 2) + i] = three[1]!;
    const wait = (count: number, room: number): number =>
      FltCancellableWaitForMultipleObjects(count, array, WaitAny, 0, room, 0 as never);
    expect(wait(64, blocks)).toBe(st.STATUS_WAIT_0);
    expect(bugCheckOf(() => wait(4, 0))[0]).toBe(0x0c);
    expect(bugCheckOf(() => wait(65, blocks))[0]).toBe(0x0c);
  });

  test('PEND-32: levels: PASSIVE with an operation, APC without; not in a guarded region', () => {
    const crashes = inPreRead((data) => {
      const at = (irql: number, address: number): number[] =>
        bugCheckAt(irql, () =>
          FltCancellableWaitForSingleObject(event, timeout(1), address as never));
      KeEnterGuardedRegion();
      const guarded = bugCheckOf(() => FltCancellableWaitForSingleObject(event, 0, data.address));
      KeLeaveGuardedRegion();
      return [at(1, data.address), at(2, 0), guarded].map(([code]) => code);
    });
    expect(crashes).toEqual([0xc4, 0xc4, 0xc4]);
  });

  test('PEND-32: an operation with a cancel routine is not the caller\'s to wait on', () => {
    const routine = PFLT_COMPLETE_CANCELED_CALLBACK('NeverCalled', () => undefined);
    expect(inPreRead((data) => {
      FltSetCancelCompletion(data.address, routine);
      const crash = bugCheckOf(() => FltCancellableWaitForSingleObject(event, 0, data.address));
      IoSetCancelRoutine(irpOf(data), 0);
      return crash[0];
    })).toBe(0xc4);
  });
});

describe('KRN-32: resources with their critical region', () => {
  test('KRN-32: FltAcquireResource enters one, FltReleaseResource leaves it', () => {
    const resource = stackAlloc(ERESOURCE.size);
    ExInitializeResourceLite(resource);
    const before = combinedApcDisable();
    FltAcquireResourceExclusive(resource);
    expect([KeAreApcsDisabled(), ExIsResourceAcquiredExclusiveLite(resource)]).toEqual([true, true]);
    FltAcquireResourceShared(resource);
    FltReleaseResource(resource);
    FltReleaseResource(resource);
    FltAcquireResourceShared(resource);
    expect(ExIsResourceAcquiredSharedLite(resource)).toBe(1);
    expect(ExIsResourceAcquiredExclusiveLite(resource)).toBe(false);
    FltReleaseResource(resource);
    expect(combinedApcDisable()).toBe(before);
    expect(bugCheckAt(2, () => FltAcquireResourceShared(resource))[0]).toBe(0xc4);
    ExDeleteResourceLite(resource);
  });
});

describe('KRN-33: push locks with their critical region', () => {
  test('KRN-33: KRN-36: acquired, released, deleted; flags other than boosting are refused', () => {
    const lock = stackAlloc(8);
    FltInitializePushLock(lock);
    const before = combinedApcDisable();
    FltAcquirePushLockShared(lock);
    FltAcquirePushLockSharedEx(lock, 2);
    expect(KeAreApcsDisabled()).toBe(true);
    expect(bugCheckOf(() => FltDeletePushLock(lock))[0]).toBe(0xc4);
    FltReleasePushLockEx(lock, 2);
    FltReleasePushLock(lock);
    FltAcquirePushLockExclusive(lock);
    FltReleasePushLock(lock);
    FltAcquirePushLockExclusiveEx(lock, 1);
    FltReleasePushLock(lock);
    expect(combinedApcDisable()).toBe(before);
    expect(bugCheckOf(() => FltAcquirePushLockExclusiveEx(lock, 8))[0]).toBe(0xc4);
    expect(bugCheckAt(2, () => FltInitializePushLock(lock))[0]).toBe(0xc4);
    FltDeletePushLock(lock);
  });
});
