// The driver of the failed queueing rule: an operation that is not IRP-based, is paging I/O, or
// comes while TopLevelIrp is set is not posted, and item and operation stay with the filter
// (PEND-11).
import { DelayedWorkQueue, FLT_IS_IRP_OPERATION, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocateDeferredIoWorkItem, FltAllocateGenericWorkItem, FltCompletePendedPreOperation,
  FltFreeDeferredIoWorkItem, FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem,
  FltQueueGenericWorkItem, IRP_MJ_READ, IRP_PAGING_IO, InterlockedIncrement, IoGetTopLevelIrp,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_FLT_DELETING_OBJECT, STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_SUCCESS, atomic,
  driverGlobals } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltCallbackData, FltRelatedObjects } from '../../src/fltKernel.ts';
import type { PFLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';

type Item = ReturnType<typeof FltAllocateDeferredIoWorkItem>;
const Globals = driverGlobals('QUEUEING_DATA', {
  Posted: atomic(),
  Paging: atomic(),
  Fast: atomic(),
  Recursive: atomic(),
});

function resume(data: PFLT_CALLBACK_DATA): void {
  FltCompletePendedPreOperation(data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
}

const Work = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('QueueingWork', (FltWorkItem, Data) => {
  FltFreeDeferredIoWorkItem(FltWorkItem);
  resume(Data.address);
});
const NaiveWork = PFLT_GENERIC_WORKITEM_ROUTINE('QueueingNaive', (FltWorkItem, _Object, Context) => {
  FltFreeGenericWorkItem(FltWorkItem);
  resume(Context as PFLT_CALLBACK_DATA);
});

/** The faulty twin posts whatever it is given. */
function queue(item: Item, Data: FltCallbackData, objects: FltRelatedObjects): number {
  if (!isNaive(import.meta.url)) {
    return FltQueueDeferredIoWorkItem(item, Data, Work, DelayedWorkQueue, 0);
  }
  FltFreeDeferredIoWorkItem(item);
  return FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), objects.Instance, NaiveWork,
    DelayedWorkQueue, Data.address);
}

/** Why the operation cannot be posted; 0 when it can. */
function obstacle(Data: FltCallbackData): number {
  if (!FLT_IS_IRP_OPERATION(Data)) return Globals.Fast;
  if ((Data.Iopb.IrpFlags & IRP_PAGING_IO) !== 0) return Globals.Paging;
  return IoGetTopLevelIrp() === 0 ? 0 : Globals.Recursive;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('QueueingPre', (Data, Objects) => {
  const item = FltAllocateDeferredIoWorkItem();
  const why = obstacle(Data);
  const status = queue(item, Data, Objects);
  if (why !== 0) {
    holds(status === STATUS_FLT_NOT_SAFE_TO_POST_OPERATION,
      'what cannot be posted is refused', status, why);
    InterlockedIncrement(why);
  }
  if (status === STATUS_SUCCESS) {
    InterlockedIncrement(Globals.Posted);
    return FLT_PREOP_PENDING;
  }
  holds(why !== 0 || status === STATUS_FLT_DELETING_OBJECT, 'the rest is posted', status);
  // Item and operation are still this filter's.
  FltFreeDeferredIoWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const { DriverEntry } = ruleDriver({
  name: 'Queueing',
  operations: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre }],
  finish() {
    for (const [what, count] of [['posted', Globals.Posted], ['paging', Globals.Paging],
      ['fast', Globals.Fast], ['recursive', Globals.Recursive]] as const) {
      holds(load(count) > 0, `some operations are so: ${what}`);
    }
  },
});
