// FltDoCompletionProcessingWhenSafe (4.4): a post-operation callback that may run at
// DISPATCH_LEVEL hands what it cannot do there to a system thread.
//
//   below DISPATCH_LEVEL         the safe callback runs now; its answer is passed on
//   else, posting possible       a worker runs it; *Ret is MORE_PROCESSING_REQUIRED, TRUE
//   else                         it does not run; *Ret is FINISHED_PROCESSING, FALSE
//
// When the posted callback returns FINISHED the worker itself resumes the completion; only when it
// returns MORE_PROCESSING_REQUIRED does the filter owe an FltCompletePendedPostOperation (POST-13).
import { POINTER, ROUTINE, ULONG, pointer, LONG } from '../../mem/field.ts';
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine, routineName, routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { CriticalWorkQueue, NonPagedPool, WORK_QUEUE_ITEM } from '../../ntos/ex/types.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ntos/ex/work-queue.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { FLTFL_CALLBACK_DATA_DRAINING_IO, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_POSTOP_MORE_PROCESSING_REQUIRED } from '../constants.ts';
import { IRP_CTRL, PHASE_POST, sheetOf } from '../walk/irp-ctrl.ts';
import { FltCompletePendedPostOperation } from './pending.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { violation } from '../violation.ts';
import { checkPostable } from './work-item.ts';
import { holdForWork, releaseWork } from './work-item-queue.ts';
import { GIVEN_SAFE_COMPLETION, OP_GIVEN } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE, PFLT_RELATED_OBJECTS } from '../types.ts';
import type { OutPtr, Ptr } from '../../mem/pointer.ts';

/** A posted safe callback. */
const FLT_SAFE_COMPLETION = struct('FLT_SAFE_COMPLETION', {
  WorkItem: WORK_QUEUE_ITEM,
  Data: pointer('FLT_CALLBACK_DATA'),
  FltObjects: pointer('FLT_RELATED_OBJECTS'),
  CompletionContext: POINTER,
  Flags: ULONG,
  Callback: ROUTINE,
  Instance: pointer('FLT_INSTANCE'),
  Filter: pointer('FLT_FILTER'),
  // Where the operation stands while it is pended: a difference means that somebody went on.
  Irp: pointer('IRP'),
  Position: LONG,
});
type PSAFE = Ptr<'FLT_SAFE_COMPLETION'>;

const s = FLT_SAFE_COMPLETION.bound;
const c = IRP_CTRL.bound;
const { set_CurrentRoutine, CurrentFilter, set_CurrentFilter } = KTHREAD.bound;
const me = currentThread;
const TAG = poolTag('FMsc');
const RULE = 18;
/** Requests wait for the completion, so it goes before what filters post to the delayed queue. */
const QUEUE = CriticalWorkQueue;

function checkCall(Data: PFLT_CALLBACK_DATA, flags: number): void {
  const name = 'FltDoCompletionProcessingWhenSafe';
  const ctrl = sheetOf(Data);
  if (isOwnData(Data)) violation(RULE, Data, `${name}: the callback data is the filter's own ` +
    `(POST-15)`);
  const data = c.Data_Flags(ctrl);
  const drains = (flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (drains || (data & FLTFL_CALLBACK_DATA_DRAINING_IO) !== 0) {
    violation(RULE, Data, `${name} in a draining callback; only cleaning up is allowed there ` +
      `(POST-9)`);
  }
  if ((data & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0) {
    violation(RULE, Data, `${name} for an operation that is not IRP-based (POST-15)`);
  }
  if (c.Phase(ctrl) !== PHASE_POST) {
    violation(RULE, Data, `${name} outside of a post-operation callback (POST-15)`);
  }
}

/** Queues the callback; false when the operation cannot be posted (POST-15). */
function post(
  ctrl: PIRP_CTRL,
  objects: PFLT_RELATED_OBJECTS,
  context: number,
  flags: number,
  callback: RoutineId,
): boolean {
  if (!NT_SUCCESS(checkPostable(ctrl))) return false;
  const instance = c.Related_Instance(ctrl) as PFLT_INSTANCE;
  if (!holdForWork(instance)) return false;
  const item = ExAllocatePoolWithTag(NonPagedPool, FLT_SAFE_COMPLETION.size, TAG) as PSAFE;
  if (item === 0) {
    releaseWork(instance);
    return false;
  }
  s.set_Data(item, c.at_Data(ctrl));
  s.set_FltObjects(item, objects);
  s.set_CompletionContext(item, context);
  s.set_Flags(item, flags);
  s.set_Callback(item, callback);
  s.set_Instance(item, instance);
  s.set_Filter(item, c.Related_Filter(ctrl));
  s.set_Irp(item, c.Irp(ctrl));
  s.set_Position(item, c.Position(ctrl));
  if (tracer !== null) tracer.event(OP_GIVEN, c.at_Data(ctrl), GIVEN_SAFE_COMPLETION, item, 0);
  ExInitializeWorkItem(item, safeRoutine, item);
  ExQueueWorkItem(item, QUEUE);
  return true;
}

/** Whether the operation stands where it was pended: nobody has resumed it (POST-13). */
function isStillPended(item: PSAFE): boolean {
  const ctrl = sheetOf(s.Data(item));
  return c.Phase(ctrl) === PHASE_POST && c.Irp(ctrl) === s.Irp(item) &&
    c.Position(ctrl) === s.Position(item);
}

function checkAnswer(data: PFLT_CALLBACK_DATA, callback: RoutineId, status: number): void {
  if (status === FLT_POSTOP_FINISHED_PROCESSING) return;
  if (status === FLT_POSTOP_MORE_PROCESSING_REQUIRED) return;
  violation(2, data, `${routineName(callback)} answered post-op status ${status} from a safe ` +
    `callback`);
}

function resumedTwice(data: PFLT_CALLBACK_DATA, callback: RoutineId): never {
  return violation(32, data, `${routineName(callback)} returned FINISHED_PROCESSING from a ` +
    `posted safe ` +
    'callback, but the operation was resumed already: FltCompletePendedPostOperation is owed ' +
      'only ' +
    'after MORE_PROCESSING_REQUIRED (POST-13)');
}

/** The worker's side: runs the safe callback and resumes the completion. */
function runSafe(item: PSAFE): void {
  const data = s.Data(item);
  const instance = s.Instance(item) as PFLT_INSTANCE;
  const callback = s.Callback(item);
  const outer = CurrentFilter(me);
  set_CurrentFilter(me, s.Filter(item));
  set_CurrentRoutine(me, callback);
  const status = routineTable[callback]!(data, s.FltObjects(item), s.CompletionContext(item),
    s.Flags(item));
  set_CurrentFilter(me, outer);
  const stands = isStillPended(item);
  ExFreePoolWithTag(item, TAG);
  // From here on the instance is held by the pended operation itself.
  releaseWork(instance);
  checkAnswer(data, callback, status);
  if (status !== FLT_POSTOP_FINISHED_PROCESSING) return;
  if (!stands) resumedTwice(data, callback);
  FltCompletePendedPostOperation(data);
}

const safeRoutine = kernelRoutine('FltpSafePostRoutine', (item) => {
  runSafe(item as PSAFE);
  return 0;
});

/**
 * Runs the rest of a post-operation callback where it may touch paged data and block: now, when the
 * IRQL is below DISPATCH_LEVEL, else in a system thread. Any IRQL, only from a post-operation
 * callback of an IRP-based operation, never while draining. The caller returns
 * *RetPostOperationStatus, whatever the answer (POST-12).
 *
 * @param SafePostCallback a post-operation callback; it gets the four values given here.
 * @param RetPostOperationStatus address of the word that gets what the caller must return.
 * @returns FALSE when the callback neither ran nor will: paging I/O, TopLevelIrp not NULL, the
 *   instance is being torn down, no memory. CompletionContext is then the caller's to clean up
 *   (POST-16).
 * @see 4.4, POST-12 to POST-17
 */
export function FltDoCompletionProcessingWhenSafe(
  Data: PFLT_CALLBACK_DATA,
  FltObjects: PFLT_RELATED_OBJECTS,
  CompletionContext: number,
  Flags: number,
  SafePostCallback: RoutineId,
  RetPostOperationStatus: OutPtr,
): boolean {
  checkCall(Data, Flags);
  const ret = RetPostOperationStatus >> 2;
  if (KeGetCurrentIrql() < DISPATCH_LEVEL) {
    i32[ret] = routineTable[SafePostCallback]!(Data, FltObjects, CompletionContext, Flags);
    return true;
  }
  const posted = post(sheetOf(Data), FltObjects, CompletionContext, Flags, SafePostCallback);
  i32[ret] = posted ? FLT_POSTOP_MORE_PROCESSING_REQUIRED : FLT_POSTOP_FINISHED_PROCESSING;
  return posted;
}
