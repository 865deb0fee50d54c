// Work items of minifilters over the system's work queues. A deferred item belongs to an operation
// that the filter has pended or is about to pend (5.2); a generic one to the filter or one of its
// instances (5.3). Both run once in a system thread at PASSIVE_LEVEL. A queued item keeps the
// instance from being torn down (PEND-14); a generic one holds a rundown reference on its object,
// so that unloading waits (PEND-17).
import { load } from '../../atomics-sync/atomics.ts';
import { IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { IoGetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_DRAINING_IO, FLTFL_CALLBACK_DATA_IRP_OPERATION }
  from '../constants.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE, FLT_OBJECT_FILTER,
  FLT_OBJECT_INSTANCE } from '../attach/object.ts';
import { FltpObjectDereference, FltpObjectReference, kindOf } from '../attach/object-reference.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { RULE_OWN_DATA, RULE_UNLISTED, violation } from '../violation.ts';
import { KIND_DEFERRED, KIND_GENERIC, allocateItem, attribute, checkCall, enqueue, freeItem,
  holdForWork } from './work-item-queue.ts';
import { GIVEN_WORK_ITEM, OP_GIVEN } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILTER, PFLT_INSTANCE } from '../types.ts';
import type { PITEM } from './work-item-queue.ts';
import type { Ptr } from '../../mem/pointer.ts';

export type PFLT_DEFERRED_IO_WORKITEM = Ptr<'FLT_DEFERRED_IO_WORKITEM'>;
export type PFLT_GENERIC_WORKITEM = Ptr<'FLT_GENERIC_WORKITEM'>;

/** Fault injection's say: false lets the operation count as one that cannot be posted. */
let mayPost: (ctrl: PIRP_CTRL) => boolean = () => true;

/** Sets what is asked before an operation is posted by this thread. */
export function setPostingGate(ask: (ctrl: PIRP_CTRL) => boolean): void {
  mayPost = ask;
}

const c = IRP_CTRL.bound;
const { at_State: at_FilterState } = FLT_FILTER.bound;
const { Filter } = FLT_INSTANCE.bound;

/**
 * Whether an operation may be posted to a worker now; the caller has the operation. Checked in this
 * order: kind, paging I/O, TopLevelIrp (PEND-10).
 *
 * @returns STATUS_FLT_NOT_SAFE_TO_POST_OPERATION or STATUS_SUCCESS.
 */
export function checkPostable(ctrl: PIRP_CTRL): NTSTATUS {
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0 ||
      (c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0 || IoGetTopLevelIrp() !== 0) {
    return STATUS_FLT_NOT_SAFE_TO_POST_OPERATION;
  }
  return mayPost(ctrl) ? STATUS_SUCCESS : STATUS_FLT_NOT_SAFE_TO_POST_OPERATION;
}

/**
 * Allocates a deferred I/O work item from nonpaged pool; NULL when there is no memory.
 * IRQL <= DISPATCH_LEVEL, any thread (PEND-8).
 */
export function FltAllocateDeferredIoWorkItem(): PFLT_DEFERRED_IO_WORKITEM {
  const item: number = allocateItem('FltAllocateDeferredIoWorkItem', KIND_DEFERRED);
  return item as PFLT_DEFERRED_IO_WORKITEM;
}

/**
 * Posts an operation to a system thread. IRQL <= DISPATCH_LEVEL; the caller has the operation and
 * pends it. After a failure item and operation are still the caller's (PEND-11).
 *
 * @param WorkerRoutine (FltWorkItem, Data, Context), PASSIVE_LEVEL. @param QueueType
 *   CriticalWorkQueue or DelayedWorkQueue.
 * @returns STATUS_FLT_NOT_SAFE_TO_POST_OPERATION when the operation is not IRP-based, is paging
 *   I/O, or the thread's TopLevelIrp is not NULL; STATUS_FLT_DELETING_OBJECT when
 *   Iopb.TargetInstance is being torn down, or Data is a draining callback's.
 * @see S2, 5.2, PEND-9 to PEND-15
 */
export function FltQueueDeferredIoWorkItem(
  FltWorkItem: PFLT_DEFERRED_IO_WORKITEM,
  Data: PFLT_CALLBACK_DATA,
  WorkerRoutine: RoutineId,
  QueueType: number,
  Context: number,
): NTSTATUS {
  const name = 'FltQueueDeferredIoWorkItem';
  const item = FltWorkItem as number as PITEM;
  checkCall(name, item, KIND_DEFERRED, QueueType);
  if (isOwnData(Data)) {
    violation(RULE_OWN_DATA, Data, `${name}: the callback data was allocated by the filter; only ` +
      'an operation that the Filter Manager delivered can be posted (5.2)');
  }
  const ctrl = sheetOf(Data);
  const postable = checkPostable(ctrl);
  if (!NT_SUCCESS(postable)) return postable;
  const instance = c.Iopb_TargetInstance(ctrl) as PFLT_INSTANCE;
  const draining = (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DRAINING_IO) !== 0;
  if (draining || !holdForWork(instance)) return STATUS_FLT_DELETING_OBJECT;
  attribute(item, Filter(instance));
  if (tracer !== null) tracer.event(OP_GIVEN, Data, GIVEN_WORK_ITEM, item, 0);
  enqueue(name, item, Data, instance, WorkerRoutine, Context, QueueType);
  return STATUS_SUCCESS;
}

/** Frees a deferred work item that is not queued. IRQL <= DISPATCH_LEVEL (PEND-8, PEND-15). */
export function FltFreeDeferredIoWorkItem(FltWorkItem: PFLT_DEFERRED_IO_WORKITEM): void {
  freeItem('FltFreeDeferredIoWorkItem', FltWorkItem as number as PITEM, KIND_DEFERRED);
}

/** Allocates a generic work item; NULL when there is no memory. IRQL <= DISPATCH (PEND-16). */
export function FltAllocateGenericWorkItem(): PFLT_GENERIC_WORKITEM {
  const item: number = allocateItem('FltAllocateGenericWorkItem', KIND_GENERIC);
  return item as PFLT_GENERIC_WORKITEM;
}

/** Takes the references that a generic item holds; false when the object is going away. */
function holdObject(object: number, instance: PFLT_INSTANCE, filter: PFLT_FILTER): boolean {
  if (!NT_SUCCESS(FltpObjectReference(object))) return false;
  const going = instance === 0
    ? load(at_FilterState(filter)) === FILTER_UNLOADING
    : !holdForWork(instance);
  if (going) FltpObjectDereference(object);
  return !going;
}

/**
 * Queues work that belongs to no operation. IRQL <= DISPATCH_LEVEL, any thread.
 *
 * @param FltObject the filter or one of its instances; it is kept until the routine has returned.
 * @param WorkerRoutine (FltWorkItem, FltObject, Context) in a system thread at PASSIVE_LEVEL.
 * @returns STATUS_FLT_DELETING_OBJECT when the filter unloads or the instance is torn down.
 * @see PEND-17
 */
export function FltQueueGenericWorkItem(
  FltWorkItem: PFLT_GENERIC_WORKITEM,
  FltObject: number,
  WorkerRoutine: RoutineId,
  QueueType: number,
  Context: number,
): NTSTATUS {
  const name = 'FltQueueGenericWorkItem';
  const item = FltWorkItem as number as PITEM;
  checkCall(name, item, KIND_GENERIC, QueueType);
  const kind = kindOf(FltObject);
  if (kind !== FLT_OBJECT_FILTER && kind !== FLT_OBJECT_INSTANCE) {
    violation(RULE_UNLISTED, FltObject, `${name}: FltObject is neither a filter nor an instance ` +
      `(PEND-17)`);
  }
  const instance = (kind === FLT_OBJECT_INSTANCE ? FltObject : 0) as PFLT_INSTANCE;
  const filter = instance === 0 ? (FltObject as PFLT_FILTER) : Filter(instance);
  if (!holdObject(FltObject, instance, filter)) return STATUS_FLT_DELETING_OBJECT;
  attribute(item, filter);
  enqueue(name, item, FltObject, instance, WorkerRoutine, Context, QueueType);
  return STATUS_SUCCESS;
}

/** Frees a generic work item that is not queued. IRQL <= DISPATCH_LEVEL (PEND-16). */
export function FltFreeGenericWorkItem(FltWorkItem: PFLT_GENERIC_WORKITEM): void {
  freeItem('FltFreeGenericWorkItem', FltWorkItem as number as PITEM, KIND_GENERIC);
}
