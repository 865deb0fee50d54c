// KMUTEX: recursive, owned by a thread; holding it disables normal kernel APCs (KRN-8, KRN-22).
// The signal state is 1 when free and goes down by one per acquisition. A thread that ends while it
// owns a mutex abandons it: the next owner's wait gives STATUS_ABANDONED.
import { noteReleased } from '../../atomics-sync/schedule/hook.ts';
import { i32 as words } from '../../mem/memory.ts';
import { DISPATCHER_HEADER, KMUTANT, MutantObject } from './types.ts';
import { KTHREAD, currentThread } from './prcb.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, THREAD_NOT_MUTEX_OWNER } from './bug-check-codes.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from './irql.ts';
import { announceWait } from './dispatcher.ts';
import { RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { initializeHeader, mutantsOf, readSignalState, signalObject }
  from './dispatcher-object.ts';
import { lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { LOCK_DROPPED, LOCK_MADE, LOCK_MUTEX } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';

const i32 = words;
const signalAt = DISPATCHER_HEADER.offsets['SignalState'] ?? 4;
const { OwnerThread, set_OwnerThread, set_Abandoned, at_MutantListEntry } = KMUTANT.bound;
const entryAt = KMUTANT.offsets['MutantListEntry'] ?? 16;
const { KernelApcDisable, set_KernelApcDisable } = KTHREAD.bound;
type PKMUTEX = Parameters<typeof OwnerThread>[0];

/** Makes a mutex that nobody owns. Any IRQL. `Level` is ignored, as on Windows. */
export function KeInitializeMutex(Mutex: number, _Level = 0): void {
  initializeHeader(Mutex, MutantObject, KMUTANT.size, 1);
  set_OwnerThread(Mutex as PKMUTEX, 0 as never);
  set_Abandoned(Mutex as PKMUTEX, 0);
  if (tracer !== null) tracer.event(LOCK_MADE, Mutex, LOCK_MUTEX, 0, 0);
}

/**
 * Releases one acquisition; returns 0 when the mutex is free now (WDK: the previous state).
 * IRQL <= DISPATCH_LEVEL. Only the owner may: else bug check 0x11 (KRN-22). `Wait` as in
 * KeSetEvent.
 */
export function KeReleaseMutex(Mutex: number, Wait = false): number {
  const irql = KeGetCurrentIrql();
  if (irql > DISPATCH_LEVEL) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x80, irql, Mutex, 0,
      `KeReleaseMutex at IRQL ${irql}; the highest is DISPATCH_LEVEL (KRN-22)`);
  }
  if (tracer !== null) tracer.event(LOCK_DROPPED, Mutex, LOCK_MUTEX, 0, 0);
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
    RemoveEntryList(at_MutantListEntry(Mutex as PKMUTEX));
    set_KernelApcDisable(currentThread, KernelApcDisable(currentThread) + 1);
    noteReleased(Mutex);
    signalObject(Mutex);
  }
  unlockDispatcher();
  if (Wait) announceWait();
  return before;
}

/** Gives up every mutex that this thread owns; it ends. Who gets one next is told (KRN-22). */
export function abandonMutexes(): void {
  lockDispatcher();
  const head = mutantsOf(currentThread);
  for (let entry = flink(head); entry !== head; entry = flink(head)) {
    const mutex = (entry - entryAt) as PKMUTEX;
    if (tracer !== null) tracer.event(LOCK_DROPPED, mutex, LOCK_MUTEX, 0, 0);
    RemoveEntryList(entry);
    i32[(mutex + signalAt) >> 2] = 1;
    set_OwnerThread(mutex, 0 as never);
    set_Abandoned(mutex, 1);
    set_KernelApcDisable(currentThread, KernelApcDisable(currentThread) + 1);
    noteReleased(mutex);
    signalObject(mutex);
  }
  unlockDispatcher();
}

/** 1 when the mutex is free, less when it is owned. Any IRQL on current systems. */
export function KeReadStateMutex(Mutex: number): number {
  return readSignalState(Mutex);
}
