// The dispatcher lock, and the word a thread sleeps on. Both ke/dispatcher (waits) and ke/apc
// (interrupted waits) stand on it.
import { i32 as words } from '../../mem/memory.ts';
import { notify, store } from '../../atomics-sync/atomics.ts';
import { KI_SYSTEM, kiSystem } from './bug-check.ts';
import { KTHREAD } from './prcb.ts';
import { acquireKernelLock, releaseKernelLock } from './kernel-lock.ts';
import type { PKTHREAD } from './prcb.ts';

const i32 = words;
const dispatcherLock = kiSystem + (KI_SYSTEM.offsets['DispatcherLock'] ?? 0);
const { at_WaitWord } = KTHREAD.bound;

/** KTHREAD.WaitWord: the thread runs, or its wait was satisfied. */
export const AWAKE = 0;
/** The thread hangs on its wait blocks. */
export const ASLEEP = 1;
/** The thread was woken to run kernel APCs, and will wait again. */
export const APC_WAKE = 2;

/** Takes the lock that guards every dispatcher object and every APC list. */
export function lockDispatcher(): void {
  acquireKernelLock(dispatcherLock);
}

export function unlockDispatcher(): void {
  releaseKernelLock(dispatcherLock);
}

/** Wakes a sleeping thread so that it runs its kernel APCs. The dispatcher lock is held. */
export function wakeForApc(thread: PKTHREAD): void {
  const word = at_WaitWord(thread);
  if (i32[word >> 2] !== ASLEEP) return;
  store(word, APC_WAKE);
  notify(word, 1);
}
