// KMUTEX: recursive, owned by a thread; holding it disables normal kernel APCs (KRN-8, KRN-22).
// The signal state is 1 when free and goes down by one per acquisition.
import { i32 as words } from '../../mem/memory.ts';
import { DISPATCHER_HEADER, KMUTANT, MutantObject } from './types.ts';
import { KTHREAD, currentThread } from './prcb.ts';
import { THREAD_NOT_MUTEX_OWNER } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { initializeHeader, readSignalState, signalObject } from './dispatcher.ts';
import { lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';

const i32 = words;
const signalAt = DISPATCHER_HEADER.offsets['SignalState'] ?? 4;
const { OwnerThread, set_OwnerThread, set_Abandoned } = KMUTANT.bound;
const { KernelApcDisable, set_KernelApcDisable } = KTHREAD.bound;
type PKMUTEX = Parameters<typeof OwnerThread>[0];

/** Makes a mutex that nobody owns. Any IRQL. `Level` is ignored, as on Windows. */
export function KeInitializeMutex(Mutex: number, _Level = 0): void {
  initializeHeader(Mutex, MutantObject, KMUTANT.size, 1);
  set_OwnerThread(Mutex as PKMUTEX, 0 as never);
  set_Abandoned(Mutex as PKMUTEX, 0);
}

/**
 * Releases one acquisition; returns 0 when the mutex is free now (WDK: the previous state).
 * IRQL <= DISPATCH_LEVEL. Only the owner may: else bug check 0x11 (KRN-22).
 */
export function KeReleaseMutex(Mutex: number, _Wait = false): number {
  lockDispatcher();
  const owner = OwnerThread(Mutex as PKMUTEX);
  if (owner !== currentThread) {
    unlockDispatcher();
    KeBugCheckEx(THREAD_NOT_MUTEX_OWNER, currentThread, owner, Mutex, 0,
      'KeReleaseMutex by a thread that does not own the mutex (KRN-22)');
  }
  const at = (Mutex + signalAt) >> 2;
  const before = i32[at]!;
  i32[at] = before + 1;
  if (before === 0) {
    set_OwnerThread(Mutex as PKMUTEX, 0 as never);
    set_KernelApcDisable(currentThread, KernelApcDisable(currentThread) + 1);
    signalObject(Mutex);
  }
  unlockDispatcher();
  return before;
}

/** 1 when the mutex is free, less when it is owned. Any IRQL on current systems. */
export function KeReadStateMutex(Mutex: number): number {
  return readSignalState(Mutex);
}
