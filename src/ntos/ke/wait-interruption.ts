// What ends a wait before its object is signaled (KRN-10): an alert, a user APC, the end of the
// thread, and for FltCancellableWaitFor* the cancellation of an IRP. Whether a wait listens is said
// by the wait itself:
//
//   alertable, user mode     alerts, user APCs (delivered), the end of the thread
//   alertable, kernel mode   alerts, user APCs (not delivered), the end of the thread
//   not alertable, user      the end of the thread
//   not alertable, kernel    nothing
//
// Everything here is guarded by the dispatcher lock.
import { isOnStack } from '../../mem/memory-map.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { routineTable } from '../../mem/routine.ts';
import { InitializeListHead, InsertTailList, RemoveHeadList, flink } from '../rtl/list-entry.ts';
import { STATUS_ALERTED, STATUS_THREAD_IS_TERMINATING, STATUS_USER_APC } from '../status-codes.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { KAPC } from './types.ts';
import { KTHREAD, currentThread } from './prcb.ts';
import { ASLEEP, lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { wakeWaiter } from './dispatcher-object.ts';
import type { NTSTATUS } from '../status.ts';
import type { PKTHREAD } from './prcb.ts';
import type { RoutineId } from '../../mem/routine.ts';

const { at_WaitWord, WaitFlags, Alerted, set_Alerted, Terminating, set_Terminating,
  WaitCancelled, set_WaitCancelled, at_UserApcListHead, UserApcPending,
  set_UserApcPending } = KTHREAD.bound;
const { at_ApcListEntry, set_NormalRoutine, NormalRoutine, set_NormalContext, NormalContext,
  set_SystemArgument1, SystemArgument1, set_SystemArgument2, SystemArgument2 } = KAPC.bound;
type PKAPC = Parameters<typeof NormalRoutine>[0];
const entryAt = KAPC.offsets['ApcListEntry'] ?? 0;

export const KernelMode = 0;
export const UserMode = 1;
/** KTHREAD.WaitFlags: the wait is alertable. */
export const WAIT_ALERTABLE = 1;
/** The wait is made for user mode. */
export const WAIT_USER = 2;
/** The end of the thread and cancelWait end the wait, each with a status of its own. */
export const WAIT_CANCELLABLE = 4;
const ALERTED_KERNEL = 1;
const ALERTED_USER = 2;

/** The bits of a wait as KeWaitForSingleObject is told them. */
export function waitFlags(mode: number, alertable: boolean): number {
  return (alertable ? WAIT_ALERTABLE : 0) | (mode === UserMode ? WAIT_USER : 0);
}

/**
 * A wait of user mode may not be for an object on a kernel stack: the stack may be paged out
 * meanwhile (0xC4/0x123).
 */
export function checkUserWait(object: number, mode: number): void {
  if (mode !== UserMode || !isOnStack(object)) return;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x123, currentThread, object, 0,
    'a wait in UserMode for an object on a kernel stack; wait in KernelMode, or put the object ' +
      'into nonpaged pool (KRN-10)');
}

function userApcs(thread: PKTHREAD): number {
  const head = at_UserApcListHead(thread);
  if (flink(head) === 0) InitializeListHead(head);
  return head;
}

/** An alert that ends a wait with these flags; it is used up. */
function takeAlert(thread: PKTHREAD, flags: number): boolean {
  const heard = ALERTED_KERNEL | (flags & WAIT_USER ? ALERTED_USER : 0);
  const alerted = Alerted(thread);
  if ((alerted & heard) === 0) return false;
  set_Alerted(thread, alerted & ~heard);
  return true;
}

/**
 * The status with which a wait of the thread ends now, or 0 when nothing interrupts it. The
 * dispatcher lock is held.
 */
export function interruptionOf(thread: PKTHREAD, flags: number): NTSTATUS | 0 {
  const ends = Terminating(thread) !== 0;
  if ((flags & WAIT_CANCELLABLE) !== 0) {
    const cancelled = WaitCancelled(thread) as NTSTATUS;
    if (cancelled !== 0) {
      set_WaitCancelled(thread, 0);
      return cancelled;
    }
    if (ends) return STATUS_THREAD_IS_TERMINATING;
  }
  if ((flags & WAIT_ALERTABLE) !== 0) {
    if (takeAlert(thread, flags)) return STATUS_ALERTED;
    const head = userApcs(thread);
    if (flink(head) !== head) {
      if (flags & WAIT_USER) set_UserApcPending(thread, 1);
      return STATUS_USER_APC;
    }
    if (ends) return STATUS_USER_APC;
  }
  return ends && (flags & WAIT_USER) !== 0 ? STATUS_USER_APC : 0;
}

/** Wakes the thread when what happened to it ends its wait. The dispatcher lock is held. */
function interrupt(thread: PKTHREAD): void {
  if (load(at_WaitWord(thread)) !== ASLEEP) return;
  const status = interruptionOf(thread, WaitFlags(thread));
  if (status !== 0) wakeWaiter(thread, status);
}

/**
 * Alerts a thread: its alertable wait, or its next one, ends with STATUS_ALERTED. An alert from
 * user mode ends waits of user mode only. Returns whether the thread had been alerted already.
 * IRQL <= DISPATCH_LEVEL.
 */
export function KeAlertThread(Thread: PKTHREAD, AlertMode: number): boolean {
  lockDispatcher();
  const bit = AlertMode === UserMode ? ALERTED_USER : ALERTED_KERNEL;
  const before = (Alerted(Thread) & bit) !== 0;
  set_Alerted(Thread, Alerted(Thread) | bit);
  interrupt(Thread);
  unlockDispatcher();
  return before;
}

/**
 * Queues a user APC: an alertable wait of the thread ends with STATUS_USER_APC. It runs when the
 * thread is in user mode again after an alertable wait of user mode. IRQL <= DISPATCH_LEVEL.
 *
 * @param apc a KAPC, the caller's until its routine runs.
 * @param routine called as (context, argument1, argument2) at PASSIVE_LEVEL.
 */
export function queueUserApc(
  apc: number, thread: PKTHREAD, routine: RoutineId, context: number, argument1 = 0, argument2 = 0,
): void {
  const p = apc as PKAPC;
  set_NormalRoutine(p, routine);
  set_NormalContext(p, context);
  set_SystemArgument1(p, argument1);
  set_SystemArgument2(p, argument2);
  lockDispatcher();
  InsertTailList(userApcs(thread), at_ApcListEntry(p));
  interrupt(thread);
  unlockDispatcher();
}

/** The thread is to end: waits of user mode, alertable ones and cancellable ones end. */
export function terminateThread(thread: PKTHREAD): void {
  lockDispatcher();
  set_Terminating(thread, 1);
  interrupt(thread);
  unlockDispatcher();
}

/**
 * Ends the cancellable wait that the thread is in with a status of failure, or the next one when it
 * is in none. Whoever lets a wait be cancelled calls forgetCancelledWait afterwards.
 */
export function cancelWait(thread: PKTHREAD, status: NTSTATUS): void {
  lockDispatcher();
  set_WaitCancelled(thread, status);
  interrupt(thread);
  unlockDispatcher();
}

/** Takes back what cancelWait asked for and no wait of this thread has heard. */
export function forgetCancelledWait(): void {
  lockDispatcher();
  set_WaitCancelled(currentThread, 0);
  unlockDispatcher();
}

/**
 * Runs the user APCs for which a wait of this thread has ended; called where the thread is back in
 * user mode, at PASSIVE_LEVEL. Returns how many ran.
 */
export function deliverUserApcs(): number {
  let count = 0;
  while (UserApcPending(currentThread) !== 0) {
    lockDispatcher();
    const head = userApcs(currentThread);
    const isEmpty = flink(head) === head;
    if (isEmpty) set_UserApcPending(currentThread, 0);
    const apc = (isEmpty ? 0 : RemoveHeadList(head) - entryAt) as PKAPC;
    unlockDispatcher();
    if (isEmpty) break;
    count++;
    routineTable[NormalRoutine(apc)]!(NormalContext(apc), SystemArgument1(apc),
      SystemArgument2(apc));
  }
  return count;
}
