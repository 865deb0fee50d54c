// One work item of a minifilter, whatever its kind: its memory, whose it is, the way into the
// system's work queue and out of it. The routines that filters call are in work-item.ts.
//
// From queueing until the routine has returned the item holds the instance: FLT_INSTANCE.WorkItems
// is counted before the state is looked at, and a teardown sets the state before it looks at the
// count, so one of the two sees the other (PEND-14).
import { POINTER, ROUTINE, ULONG, atomic, pointer } from '../../mem/field.ts';
import { fillBytes } from '../../mem/memory.ts';
import { kernelRoutine, routineName, routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { add, compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { CriticalWorkQueue, DelayedWorkQueue, NonPagedPool, WORK_QUEUE_ITEM }
  from '../../ntos/ex/types.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ntos/ex/work-queue.ts';
import { combinedApcDisable } from '../../ntos/ke/apc.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { FltpObjectDereference } from '../attach/object-reference.ts';
import { FLT_FILTER, FLT_INSTANCE, INSTANCE_DETACHING, INSTANCE_FREE,
  INSTANCE_STATE_MASK } from '../attach/object.ts';
import { ringBell } from './pending.ts';
import { RULE_UNLISTED, RULE_WORK_ITEM, checkIrql, violation } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILTER, PFLT_INSTANCE } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** FLT_WORKITEM.Kind: 'Fdio' and 'Fgen'. */
export const KIND_DEFERRED = 0x6f69_6446;
export const KIND_GENERIC = 0x6e65_6746;
const ITEM_IDLE = 1;
/** From queueing until its routine is entered. */
const ITEM_QUEUED = 2;

/** Opaque to drivers; one layout for both kinds. */
export const FLT_WORKITEM = struct('FLT_WORKITEM', {
  WorkItem: WORK_QUEUE_ITEM,
  Kind: ULONG,
  State: atomic(),
  /** The filter whose WorkItemCount has the item in it; NULL while that is not known. */
  Filter: pointer('FLT_FILTER'),
  /** Whose WorkItems has it while it is queued or runs. */
  Instance: pointer('FLT_INSTANCE'),
  /** The callback data, or the filter or instance. */
  Subject: POINTER,
  Routine: ROUTINE,
  Context: POINTER,
});
export type PITEM = Ptr<'FLT_WORKITEM'>;

const w = FLT_WORKITEM.bound;
const c = IRP_CTRL.bound;
const { at_WorkItemCount } = FLT_FILTER.bound;
const { at_WorkItems, at_State } = FLT_INSTANCE.bound;
const { CurrentData, CurrentFilter, set_CurrentFilter, set_CurrentRoutine } = KTHREAD.bound;
const me = currentThread;
const TAG = poolTag('FMwi');

/** Counts a piece of work of an instance; false when the instance is being torn down. */
export function holdForWork(instance: PFLT_INSTANCE): boolean {
  add(at_WorkItems(instance), 1);
  // Pairs with the teardown's load of the count after its store of the state.
  const state = load(at_State(instance)) & INSTANCE_STATE_MASK;
  if (state !== INSTANCE_DETACHING && state !== INSTANCE_FREE) return true;
  releaseWork(instance);
  return false;
}

/** The work is done, or was not begun. */
export function releaseWork(instance: PFLT_INSTANCE): void {
  add(at_WorkItems(instance), -1);
  ringBell(instance);
}

/** The filter whose code this thread runs, as far as the thread knows; 0 otherwise. */
export function runningFilter(): PFLT_FILTER {
  const data = CurrentData(me) as PFLT_CALLBACK_DATA;
  if (data !== 0) return c.Related_Filter(sheetOf(data)) as PFLT_FILTER;
  return CurrentFilter(me) as PFLT_FILTER;
}

/** Says whose item it is, for the report at unload. */
export function attribute(item: PITEM, filter: PFLT_FILTER): void {
  const before = w.Filter(item);
  if (before === filter) return;
  if (before !== 0) add(at_WorkItemCount(before), -1);
  if (filter !== 0) add(at_WorkItemCount(filter), 1);
  w.set_Filter(item, filter);
}

/** Allocates an item; NULL when there is no memory. `routine` names the caller for reports. */
export function allocateItem(routine: string, kind: number): PITEM {
  checkIrql(routine, DISPATCH_LEVEL);
  const item = ExAllocatePoolWithTag(NonPagedPool, FLT_WORKITEM.size, TAG) as PITEM;
  if (item === 0) return item;
  fillBytes(item, 0, FLT_WORKITEM.size);
  w.set_Kind(item, kind);
  store(w.at_State(item), ITEM_IDLE);
  attribute(item, runningFilter());
  return item;
}

/** Frees an item that is not queued. */
export function freeItem(routine: string, item: PITEM, kind: number): void {
  checkIrql(routine, DISPATCH_LEVEL);
  checkKind(routine, item, kind);
  if (load(w.at_State(item)) !== ITEM_IDLE) {
    violation(RULE_WORK_ITEM, item, `${routine}: the work item is still queued (PEND-15)`);
  }
  attribute(item, 0 as PFLT_FILTER);
  w.set_Kind(item, 0);
  ExFreePoolWithTag(item, TAG);
}

function checkKind(routine: string, item: PITEM, kind: number): void {
  if (w.Kind(item) === kind) return;
  violation(RULE_WORK_ITEM, item, `${routine}: not a work item of this kind, or freed already`);
}

/** What is wrong with the call whatever the operation is: level, item, queue. */
export function checkCall(routine: string, item: PITEM, kind: number, queueType: number): void {
  checkIrql(routine, DISPATCH_LEVEL);
  checkKind(routine, item, kind);
  if (load(w.at_State(item)) !== ITEM_IDLE) queuedTwice(routine, item);
  if (boot.verifier && queueType !== CriticalWorkQueue && queueType !== DelayedWorkQueue) {
    violation(RULE_UNLISTED, item, `${routine}: queue type ${queueType}; filters use ` +
      'CriticalWorkQueue (0) or DelayedWorkQueue (1), the others are the system\'s (PEND-9)');
  }
}

function queuedTwice(routine: string, item: PITEM): never {
  return violation(RULE_WORK_ITEM, item, `${routine}: the work item is queued already; it may be ` +
    'queued again once its routine runs (PEND-15)');
}

/** Queues a checked item. From here on it may run, and be freed, at any moment. */
export function enqueue(
  routine: string,
  item: PITEM,
  subject: number,
  instance: PFLT_INSTANCE,
  worker: RoutineId,
  context: number,
  queueType: number,
): void {
  // Two threads that queue one item at once: one of them is told.
  if (compareExchange(w.at_State(item), ITEM_IDLE, ITEM_QUEUED) !== ITEM_IDLE) {
    queuedTwice(routine, item);
  }
  w.set_Subject(item, subject);
  w.set_Instance(item, instance);
  w.set_Routine(item, worker);
  w.set_Context(item, context);
  ExInitializeWorkItem(item, workerRoutine, item);
  ExQueueWorkItem(item, queueType);
}

/** The system thread's side: calls the filter's routine, then lets go of what the item held. */
function runItem(item: PITEM): void {
  const routine = w.Routine(item);
  const subject = w.Subject(item);
  const instance = w.Instance(item) as PFLT_INSTANCE;
  const generic = w.Kind(item) === KIND_GENERIC;
  const apcs = combinedApcDisable();
  const outer = CurrentFilter(me);
  set_CurrentFilter(me, w.Filter(item));
  set_CurrentRoutine(me, routine);
  const context = w.Context(item);
  // From here on the item is the routine's: it may queue it again or free it.
  store(w.at_State(item), ITEM_IDLE);
  routineTable[routine]!(item, subject, context);
  set_CurrentFilter(me, outer);
  if (KeGetCurrentIrql() !== PASSIVE_LEVEL || combinedApcDisable() !== apcs) {
    violation(29, routine, `work routine ${routineName(routine)} returned at another IRQL, or ` +
      `with ` +
      'another APC disable count, than it was called with (KRN-2)');
  }
  if (generic) FltpObjectDereference(subject);
  if (instance !== 0) releaseWork(instance);
}

const workerRoutine = kernelRoutine('FltpWorkItemRoutine', (item) => {
  runItem(item as PITEM);
  return 0;
});
