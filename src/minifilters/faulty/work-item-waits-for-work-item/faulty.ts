// Worker-pool exhaustion: the work routine of a read hands a part to another work item and waits
// for it; once every worker does that, nobody is left to run the other items.
import { DelayedWorkQueue, Executive, FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateDeferredIoWorkItem,
  FltAllocateGenericWorkItem, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ,
  InterlockedIncrement, KEVENT, KeInitializeEvent, KeSetEvent, KeWaitForSingleObject, KernelMode,
  NT_SUCCESS, NotificationEvent, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GENERIC_WORKITEM_ROUTINE,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, localBytes, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_DEFERRED_IO_WORKITEM, PFLT_INSTANCE } from '../../../fltKernel.ts';

const Globals = driverGlobals('PARTS_DATA', { Filter: pointer('FLT_FILTER'), Parts: atomic() });

const Part = PFLT_GENERIC_WORKITEM_ROUTINE('PartRoutine', (WorkItem, _FltObject, Context) => {
  InterlockedIncrement(Globals.Parts);
  FltFreeGenericWorkItem(WorkItem);
  KeSetEvent(Context, 0, false);
});

/** Waits until another worker has done its part. PASSIVE_LEVEL. */
function doPart(Instance: PFLT_INSTANCE): void {
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return;
  const done = localBytes(KEVENT.size);
  KeInitializeEvent(done, NotificationEvent, false);
  const status = FltQueueGenericWorkItem(item, Instance, Part, DelayedWorkQueue, done);
  if (NT_SUCCESS(status)) KeWaitForSingleObject(done, Executive, KernelMode, false, 0);
  else FltFreeGenericWorkItem(item);
}

const ReadRoutine = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('PartsRead', (WorkItem, Data) => {
  doPart(Data.Iopb.TargetInstance);
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
