// Kernel APCs: work that must run in a particular thread. The I/O manager finishes an operation
// in its originator's thread by a special kernel APC, which is why a thread that blocks at
// APC_LEVEL or in a guarded region waits for I/O for ever (KRN-5, KRN-25, IO-6).
import { load, store } from '../../atomics-sync/atomics.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveHeadList }
  from '../rtl/list-entry.ts';
import { routineTable } from '../../mem/routine.ts';
import { APC_INDEX_MISMATCH, DRIVER_VERIFIER_DETECTED_VIOLATION } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { KAPC } from './types.ts';
import { KTHREAD, currentThread } from './prcb.ts';
import { APC_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from './irql.ts';
import { onApcsAllowed } from './irql-slow.ts';
import { lockDispatcher, unlockDispatcher, wakeForApc } from './dispatcher-lock.ts';
import type { PKTHREAD } from './prcb.ts';
import type { RoutineId } from '../../mem/routine.ts';

const { KernelApcDisable, set_KernelApcDisable, SpecialApcDisable, set_SpecialApcDisable,
  at_ApcListHead, at_ApcPending } = KTHREAD.bound;
const { at_ApcListEntry, KernelRoutine, set_KernelRoutine, set_SystemArgument1, SystemArgument1 } =
  KAPC.bound;
type PKAPC = Parameters<typeof KernelRoutine>[0];
const entryOffset = KAPC.offsets['ApcListEntry'] ?? 0;
const me = currentThread;

/** Makes the APC list of a thread empty; at the start of its life. */
export function initializeApcs(thread: PKTHREAD): void {
  InitializeListHead(at_ApcListHead(thread));
  store(at_ApcPending(thread), 0);
}

/**
 * Queues a special kernel APC to a thread and wakes it if it sleeps where APCs are allowed.
 *
 * IRQL: <= DISPATCH_LEVEL, any thread. The KAPC is the caller's until its routine has run.
 * @param routine called as (apc, argument) in the target thread at APC_LEVEL.
 */
export function queueSpecialApc(
  apc: number,
  thread: PKTHREAD,
  routine: RoutineId,
  argument: number,
): void {
  const p = apc as PKAPC;
  set_KernelRoutine(p, routine);
  set_SystemArgument1(p, argument);
  lockDispatcher();
  InsertTailList(at_ApcListHead(thread), at_ApcListEntry(p));
  store(at_ApcPending(thread), 1);
  wakeForApc(thread);
  unlockDispatcher();
  if (thread === me && mayDeliverApcs()) deliverApcs();
}

/** Whether special kernel APCs may interrupt this thread now. */
export function mayDeliverApcs(): boolean {
  return KeGetCurrentIrql() < APC_LEVEL && SpecialApcDisable(me) === 0;
}

/** Runs the APCs queued to this thread, each at APC_LEVEL. */
export function deliverApcs(): void {
  for (;;) {
    lockDispatcher();
    const head = at_ApcListHead(me);
    if (IsListEmpty(head)) {
      store(at_ApcPending(me), 0);
      unlockDispatcher();
      return;
    }
    const apc = (RemoveHeadList(head) - entryOffset) as PKAPC;
    unlockDispatcher();
    const old = KfRaiseIrql(APC_LEVEL);
    routineTable[KernelRoutine(apc)]!(apc, SystemArgument1(apc));
    KeLowerIrql(old);
  }
}

/**
 * Runs pending APCs if this thread may be interrupted; called where NT would take the interrupt.
 */
export function deliverApcsIfPossible(): void {
  if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) deliverApcs();
}

function checkLevel(subcode: number, routine: string): void {
  const irql = KeGetCurrentIrql();
  if (irql > APC_LEVEL) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, irql, 0, 0,
      `${routine} at IRQL ${irql}; the highest is APC_LEVEL (KRN-6)`);
  }
}

/** Disables normal kernel APCs for this thread; nests. IRQL <= APC_LEVEL (KRN-6). */
export function KeEnterCriticalRegion(): void {
  checkLevel(0x11a, 'KeEnterCriticalRegion');
  set_KernelApcDisable(me, KernelApcDisable(me) - 1);
}

/** Undoes one KeEnterCriticalRegion; outside of one it is 0xC4/0x3E. */
export function KeLeaveCriticalRegion(): void {
  checkLevel(0x11b, 'KeLeaveCriticalRegion');
  const count = KernelApcDisable(me);
  if (count >= 0) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3e, me, count, 0,
      'KeLeaveCriticalRegion outside of a critical region (KRN-6)');
  }
  set_KernelApcDisable(me, count + 1);
}

/** Disables all kernel APCs, I/O completion included; nests. IRQL <= APC_LEVEL (KRN-7). */
export function KeEnterGuardedRegion(): void {
  checkLevel(0x11a, 'KeEnterGuardedRegion');
  set_SpecialApcDisable(me, SpecialApcDisable(me) - 1);
}

/** Undoes one KeEnterGuardedRegion and runs what waited for it. */
export function KeLeaveGuardedRegion(): void {
  checkLevel(0x11b, 'KeLeaveGuardedRegion');
  const count = SpecialApcDisable(me);
  if (count >= 0) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3e, me, count, 1,
      'KeLeaveGuardedRegion outside of a guarded region (KRN-7)');
  }
  set_SpecialApcDisable(me, count + 1);
  deliverApcsIfPossible();
}

/** Whether normal kernel APCs are disabled for this thread. Any IRQL. */
export function KeAreApcsDisabled(): boolean {
  return KernelApcDisable(me) !== 0 || SpecialApcDisable(me) !== 0;
}

/** Whether all kernel APCs are disabled, by a guarded region or by IRQL. Any IRQL. */
export function KeAreAllApcsDisabled(): boolean {
  return SpecialApcDisable(me) !== 0 || KeGetCurrentIrql() >= APC_LEVEL;
}

/** Ends the machine when a routine left the disable counts other than it found them (KRN-9). */
export function checkApcBalance(combinedBefore: number, routine: number, isWorker: boolean): void {
  const now = combinedApcDisable();
  if (now === combinedBefore) return;
  KeBugCheckEx(APC_INDEX_MISMATCH, routine, 0, now, isWorker ? 1 : 0,
    'a routine returned with another APC disable count than it was entered with; a critical or ' +
      'guarded region was not left, or left twice (KRN-9)');
}

/** SpecialApcDisable << 16 | KernelApcDisable, as bug check 0x01 shows it. */
export function combinedApcDisable(): number {
  return (SpecialApcDisable(me) << 16) | (KernelApcDisable(me) & 0xffff);
}

onApcsAllowed(deliverApcsIfPossible);
