// The twin: the work routine does that part itself.
import { DelayedWorkQueue, FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateDeferredIoWorkItem, FltCompletePendedPreOperation,
  FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem, IRP_MJ_READ, InterlockedIncrement,
  NT_SUCCESS, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, atomic,
  driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_DEFERRED_IO_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('PARTS_DATA', { Filter: pointer('FLT_FILTER'), Parts: atomic() });

function doPart(): void {
  InterlockedIncrement(Globals.Parts);
}

const ReadRoutine = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('PartsRead', (WorkItem, Data) => {
  doPart();
  FltFreeDeferredIoWorkItem(WorkItem as PFLT_DEFERRED_IO_WORKITEM);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PartsPreRead', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const status = FltQueueDeferredIoWorkItem(item, Data, ReadRoutine, DelayedWorkQueue, 0);
  if (NT_SUCCESS(status)) return FLT_PREOP_PENDING;
  FltFreeDeferredIoWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
  ],
});
