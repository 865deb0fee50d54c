// Kernel APCs and the regions that hold them off (KRN-5 to KRN-9).
// @alone: it starts its processor by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { imageRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { KeAreAllApcsDisabled, KeAreApcsDisabled, KeEnterCriticalRegion, KeEnterGuardedRegion,
  KeLeaveCriticalRegion, KeLeaveGuardedRegion, combinedApcDisable, queueSpecialApc }
  from '#src/ntos/ke/apc.ts';
import { Executive, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { KeInitializeMutex, KeReleaseMutex } from '#src/ntos/ke/mutex.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '#src/ntos/ke/thread.ts';
import { KAPC, KEVENT, KMUTANT } from '#src/ntos/ke/types.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex }
  from '#src/ntos/ex/lock/fast-mutex.ts';
import { FAST_MUTEX } from '#src/ntos/ex/types.ts';
import { checkServiceLevel } from '#src/ntos/io/service/service.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ex/support.ts';

const top = pushFrame();
const log: number[] = [];
const note = imageRoutine('NoteApc', () => log.push(KeGetCurrentIrql()));
const { KernelApcDisable, SpecialApcDisable, set_PreviousMode } = KTHREAD.bound;
let event: number;

beforeEach(() => {
  popFrame(top);
  log.length = 0;
  KiStartProcessor(ROLE_BOOT);
  event = stackAlloc(KEVENT.size);
  KeInitializeEvent(event, NotificationEvent, false);
  return () => KiStopProcessor();
});

/** Queues an APC to this thread; whether it ran. */
function interrupts(): boolean {
  const before = log.length;
  queueSpecialApc(stackAlloc(KAPC.size), currentThread, note, 0);
  return log.length > before;
}

const state = (): boolean[] => [KeAreApcsDisabled(), KeAreAllApcsDisabled()];

describe('a special kernel APC', () => {
  test('KRN-5: does not reach a thread at APC_LEVEL, whatever it waits for', () => {
    atIrql(1, () => {
      expect(interrupts()).toBe(false);
      KeSetEvent(event);
      expect(waitForObject(event, Executive)).toBe(0);
      expect(log).toEqual([]);
    });
    expect(log).toEqual([1]);
  });

  test('KRN-6: runs in a critical region, where only normal APCs are held off', () => {
    KeEnterCriticalRegion();
    expect(interrupts()).toBe(true);
    KeLeaveCriticalRegion();
  });

  test('KRN-7: waits until the last guarded region is left', () => {
    KeEnterGuardedRegion();
    KeEnterGuardedRegion();
    expect(interrupts()).toBe(false);
    KeLeaveGuardedRegion();
    expect(log).toEqual([]);
    KeLeaveGuardedRegion();
    expect(log).toEqual([1]);
  });
});

describe('regions', () => {
  test('KRN-6: a critical region nests, its count goes down', () => {
    expect(KernelApcDisable(currentThread)).toBe(0);
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    expect(KernelApcDisable(currentThread)).toBe(-2);
    KeLeaveCriticalRegion();
    expect(state()).toEqual([true, false]);
    KeLeaveCriticalRegion();
    expect(state()).toEqual([false, false]);
  });

  test('KRN-6: left when not inside: 0xC4/0x3E; above APC_LEVEL: 0xC4/0x11A, 0x11B', () => {
    expect(bugCheckOf(KeLeaveCriticalRegion)).toEqual([0xc4, 0x3e]);
    expect(bugCheckAt(2, KeEnterCriticalRegion)).toEqual([0xc4, 0x11a]);
    expect(bugCheckAt(2, KeLeaveCriticalRegion)).toEqual([0xc4, 0x11b]);
    expect(bugCheckOf(KeLeaveGuardedRegion)).toEqual([0xc4, 0x3e]);
    expect(KernelApcDisable(currentThread)).toBe(0);
  });

  test('KRN-7: which APCs are disabled, by regions and by level', () => {
    expect(state()).toEqual([false, false]);
    expect(atIrql(1, state)).toEqual([false, true]);
    KeEnterGuardedRegion();
    expect(SpecialApcDisable(currentThread)).toBe(-1);
    expect(state()).toEqual([true, true]);
    KeLeaveGuardedRegion();
  });

  test('KRN-8: a mutex is a critical region, a fast mutex is APC_LEVEL', () => {
    const mutex = stackAlloc(KMUTANT.size);
    KeInitializeMutex(mutex);
    waitForObject(mutex, Executive);
    waitForObject(mutex, Executive);
    expect(state()).toEqual([true, false]);
    KeReleaseMutex(mutex);
    expect(state()).toEqual([true, false]);
    KeReleaseMutex(mutex);
    expect(state()).toEqual([false, false]);
    const fast = stackAlloc(FAST_MUTEX.size);
    ExInitializeFastMutex(fast);
    ExAcquireFastMutex(fast);
    expect([KeGetCurrentIrql(), ...state()]).toEqual([1, false, true]);
    ExReleaseFastMutex(fast);
  });

  test('KRN-9: open on the way back to user mode is 0x01, at the end of the thread 0x20', () => {
    set_PreviousMode(currentThread, 1);
    checkServiceLevel('NtReadFile');
    KeEnterCriticalRegion();
    expect(bugCheckOf(() => checkServiceLevel('NtReadFile'))).toEqual([0x01, 0]);
    set_PreviousMode(currentThread, 0);
    // A caller in the kernel may be inside of a region.
    checkServiceLevel('NtReadFile');
    expect(combinedApcDisable()).toBe(0xffff);
    expect(bugCheckOf(KiStopProcessor)).toEqual([0x20, 0]);
    KeLeaveCriticalRegion();
  });
});
