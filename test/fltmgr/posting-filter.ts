// The upper driver of the worker thread test: posts every read and write to a worker, which sends
// it on, and queues work when it is unloaded already. Its twin (`?naive`) sends operations on in
// their own thread and queues the last work where nothing protects it.
import { DelayedWorkQueue, ExInitializeWorkItem, ExQueueWorkItem, FLT_IS_IRP_OPERATION,
  FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateDeferredIoWorkItem,
  FltAllocateGenericWorkItem, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ,
  IRP_MJ_WRITE, InterlockedIncrement, KeDelayExecutionThread, KernelMode, NT_SUCCESS,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK,
  PWORKER_THREAD_ROUTINE, WORK_QUEUE_ITEM, array, atomic, driverGlobals,
  localBytes }
  from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { writeInt64 } from '../../src/ntos/rtl/large-integer.ts';
import { holds, isNaive, ruleDriver } from '../fifteen-rules/rule-driver.ts';

const ITEMS = 6;
const Globals = driverGlobals('POSTING_DATA', {
  Posted: atomic(), Done: atomic(), Items: array(WORK_QUEUE_ITEM, ITEMS),
});
const isTwin = isNaive(import.meta.url);

const Resume = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('PostingResume', (FltWorkItem, Data) => {
  FltFreeDeferredIoWorkItem(FltWorkItem);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
});

const Pre = PFLT_PRE_OPERATION_CALLBACK('PostingPre', (Data) => {
  if (isTwin || !FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const item = FltAllocateDeferredIoWorkItem();
  if (NT_SUCCESS(FltQueueDeferredIoWorkItem(item, Data, Resume, DelayedWorkQueue, 0))) {
    InterlockedIncrement(Globals.Posted);
    return FLT_PREOP_PENDING;
  }
  FltFreeDeferredIoWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

/** Takes its time: whoever does not wait for it is gone before. */
function workSlowly(): void {
  const interval = localBytes(8);
  writeInt64(interval, -20_000);
  KeDelayExecutionThread(KernelMode, false, interval);
  InterlockedIncrement(Globals.Done);
}
const LastWork = PFLT_GENERIC_WORKITEM_ROUTINE('PostingLastWork', (FltWorkItem) => {
  FltFreeGenericWorkItem(FltWorkItem);
  workSlowly();
});
const NakedWork = PWORKER_THREAD_ROUTINE('PostingNakedWork', workSlowly);

const driver = ruleDriver({
  name: 'Posting',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre })),
  finish() {
    holds(isTwin || load(Globals.Posted) > 0, 'some operations were posted');
    for (let n = 0; n < ITEMS; n++) {
      if (isTwin) {
        const item = Globals.Items + n * WORK_QUEUE_ITEM.size;
        ExInitializeWorkItem(item, NakedWork, 0);
        ExQueueWorkItem(item, DelayedWorkQueue);
        continue;
      }
      const item = FltAllocateGenericWorkItem();
      holds(NT_SUCCESS(FltQueueGenericWorkItem(item, driver.filter(), LastWork, DelayedWorkQueue, 0)),
        'a work item can be queued for a filter');
    }
  },
  afterwards() {
    holds(load(Globals.Done) === ITEMS, 'unload waits for queued work', load(Globals.Done), ITEMS);
  },
});
export const { DriverEntry } = driver;
