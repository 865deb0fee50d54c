// The twin: a rundown reference is held for the queued item, and the unload waits for it.
import { DelayedWorkQueue, EX_RUNDOWN_REF, ExAcquireRundownProtection,
  ExInitializeRundownProtection, ExInitializeWorkItem, ExQueueWorkItem, ExReleaseRundownProtection,
  ExWaitForRundownProtectionRelease, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_WRITE,
  InterlockedExchange, InterlockedIncrement, PFLT_PRE_OPERATION_CALLBACK, PWORKER_THREAD_ROUTINE,
  WORK_QUEUE_ITEM, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('OWN_WORK_DATA', {
  Filter: pointer('FLT_FILTER'), Item: WORK_QUEUE_ITEM, IsQueued: atomic(), Flushed: atomic(),
  Queued: EX_RUNDOWN_REF,
});

const Flush = PWORKER_THREAD_ROUTINE('Flush', () => {
  InterlockedIncrement(Globals.Flushed);
  InterlockedExchange(Globals.IsQueued, 0);
  ExReleaseRundownProtection(Globals.Queued);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', () => {
  if (!ExAcquireRundownProtection(Globals.Queued)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  if (InterlockedExchange(Globals.IsQueued, 1) === 0) {
    ExInitializeWorkItem(Globals.Item, Flush, 0);
    ExQueueWorkItem(Globals.Item, DelayedWorkQueue);
  } else {
    ExReleaseRundownProtection(Globals.Queued);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
}, {
  begin: () => ExInitializeRundownProtection(Globals.Queued),
  unloaded: () => ExWaitForRundownProtectionRelease(Globals.Queued),
});
