// The bug: the filter queues a work item of the executive, which holds no reference to anything.
// The unload does not wait for it: its routine is called when the driver is gone.
import { DelayedWorkQueue, ExInitializeWorkItem, ExQueueWorkItem, FLT_PREOP_SUCCESS_NO_CALLBACK,
  IRP_MJ_WRITE, InterlockedExchange, InterlockedIncrement, PFLT_PRE_OPERATION_CALLBACK,
  PWORKER_THREAD_ROUTINE, WORK_QUEUE_ITEM, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('OWN_WORK_DATA', {
  Filter: pointer('FLT_FILTER'), Item: WORK_QUEUE_ITEM, IsQueued: atomic(), Flushed: atomic(),
});

const Flush = PWORKER_THREAD_ROUTINE('Flush', () => {
  InterlockedIncrement(Globals.Flushed);
  InterlockedExchange(Globals.IsQueued, 0);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', () => {
  if (InterlockedExchange(Globals.IsQueued, 1) === 0) {
    ExInitializeWorkItem(Globals.Item, Flush, 0);
    ExQueueWorkItem(Globals.Item, DelayedWorkQueue);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
});
