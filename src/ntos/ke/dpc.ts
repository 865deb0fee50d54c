// DPCs: short routines that run at DISPATCH_LEVEL on a processor, between whatever its thread
// does below that level. One queue per processor; lowering the IRQL runs what waits (KiRetire).
import { i32 as words } from '../../mem/memory.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { routineTable } from '../../mem/routine.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveEntryList, RemoveHeadList }
  from '../rtl/list-entry.ts';
import { KDPC } from './types.ts';
import { KPRCB, currentPrcb, prcbOf } from './prcb.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from './irql.ts';
import { acquireKernelLock, releaseKernelLock } from './kernel-lock.ts';
import { onIrqlLowered } from './irql-slow.ts';
import { IRQL_UNEXPECTED_VALUE } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import type { PKPRCB } from './prcb.ts';
import type { RoutineId } from '../../mem/routine.ts';

const i32 = words;
const { at_DpcLock, at_DpcListHead, at_DpcPending, set_DpcRoutineActive, DpcRoutineActive,
  DpcsRun, set_DpcsRun } = KPRCB.bound;
const { at_DpcListEntry, set_DeferredRoutine, DeferredRoutine, set_DeferredContext,
  DeferredContext, set_SystemArgument1, SystemArgument1, set_SystemArgument2, SystemArgument2,
  set_DpcData, DpcData, set_Number, Number: dpcNumber } = KDPC.bound;
type PKDPC = Parameters<typeof DeferredRoutine>[0];
const entryOffset = KDPC.offsets['DpcListEntry'] ?? 4;

/** Makes a processor's DPC queue empty; when the processor starts. */
export function initializeDpcQueue(prcb: PKPRCB): void {
  InitializeListHead(at_DpcListHead(prcb));
  store(at_DpcLock(prcb), 0);
  store(at_DpcPending(prcb), 0);
}

/** Makes a DPC. Any IRQL. `DeferredRoutine` is called as (Dpc, DeferredContext, Arg1, Arg2). */
export function KeInitializeDpc(Dpc: number, routine: RoutineId, context: number): void {
  const p = Dpc as PKDPC;
  i32[Dpc >> 2] = 0;
  set_DeferredRoutine(p, routine);
  set_DeferredContext(p, context);
  set_DpcData(p, 0);
  set_Number(p, 0);
}

/** Chooses the processor a DPC runs on; 0 means the one that queues it. Any IRQL. */
export function KeSetTargetProcessorDpc(Dpc: number, Number: number): void {
  set_Number(Dpc as PKDPC, Number + 1);
}

/**
 * Queues a DPC; FALSE when it is queued already. Any IRQL.
 * Below DISPATCH_LEVEL on its own processor it runs before this returns, as the interrupt would.
 */
export function KeInsertQueueDpc(Dpc: number, Arg1: number, Arg2: number): boolean {
  const p = Dpc as PKDPC;
  const target = dpcNumber(p);
  const prcb = target === 0 ? currentPrcb : prcbOf(target - 1);
  acquireKernelLock(at_DpcLock(prcb));
  const queued = DpcData(p) !== 0;
  if (!queued) {
    set_DpcData(p, prcb);
    set_SystemArgument1(p, Arg1);
    set_SystemArgument2(p, Arg2);
    InsertTailList(at_DpcListHead(prcb), at_DpcListEntry(p));
    store(at_DpcPending(prcb), 1);
  }
  releaseKernelLock(at_DpcLock(prcb));
  if (prcb === currentPrcb && KeGetCurrentIrql() < DISPATCH_LEVEL) retireDpcList();
  return !queued;
}

/** Takes a DPC back; FALSE when it was not queued (it ran, or runs). Any IRQL. */
export function KeRemoveQueueDpc(Dpc: number): boolean {
  const p = Dpc as PKDPC;
  const prcb = DpcData(p) as PKPRCB;
  if (prcb === 0) return false;
  acquireKernelLock(at_DpcLock(prcb));
  const queued = DpcData(p) === prcb;
  if (queued) {
    RemoveEntryList(at_DpcListEntry(p));
    set_DpcData(p, 0);
  }
  releaseKernelLock(at_DpcLock(prcb));
  return queued;
}

/** Runs every DPC queued to this processor, at DISPATCH_LEVEL (KiRetireDpcList). */
export function retireDpcList(): void {
  if (DpcRoutineActive(currentPrcb) !== 0) return;
  const old = KfRaiseIrql(DISPATCH_LEVEL);
  set_DpcRoutineActive(currentPrcb, 1);
  while (load(at_DpcPending(currentPrcb)) !== 0) runOne();
  set_DpcRoutineActive(currentPrcb, 0);
  KeLowerIrql(old);
}

function runOne(): void {
  acquireKernelLock(at_DpcLock(currentPrcb));
  const head = at_DpcListHead(currentPrcb);
  if (IsListEmpty(head)) {
    store(at_DpcPending(currentPrcb), 0);
    releaseKernelLock(at_DpcLock(currentPrcb));
    return;
  }
  const dpc = (RemoveHeadList(head) - entryOffset) as PKDPC;
  const routine = DeferredRoutine(dpc);
  const context = DeferredContext(dpc);
  const arg1 = SystemArgument1(dpc);
  const arg2 = SystemArgument2(dpc);
  set_DpcData(dpc, 0);
  releaseKernelLock(at_DpcLock(currentPrcb));
  routineTable[routine]!(dpc, context, arg1, arg2);
  set_DpcsRun(currentPrcb, DpcsRun(currentPrcb) + 1);
  if (KeGetCurrentIrql() !== DISPATCH_LEVEL) {
    KeBugCheckEx(IRQL_UNEXPECTED_VALUE, (KeGetCurrentIrql() << 16) | (DISPATCH_LEVEL << 8), routine,
      0, 0, 'a DPC routine returned at another IRQL than DISPATCH_LEVEL (KRN-2)');
  }
}

onIrqlLowered(retireDpcList);
