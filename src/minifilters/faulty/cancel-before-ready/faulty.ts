// Cancel routine visible too early: the routine is set before the entry that it looks for is
// stored; a cancellation between the two finds nothing and leaves the operation to nobody.
import { DelayedWorkQueue, ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_IS_IRP_OPERATION,
  FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocateDeferredIoWorkItem, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltQueueDeferredIoWorkItem, FltSetCancelCompletion, IRP_MJ_READ, InterlockedExchange,
  NT_SUCCESS, NonPagedPool, PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_CANCELLED, ULONG, atomic, driverGlobals, pointer, poolTag,
  struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData, PFLT_DEFERRED_IO_WORKITEM } from '../../../fltKernel.ts';

const TAG = poolTag('Wait');
const ENTRY = struct('WAIT_ENTRY', { WorkItem: ULONG });

const Globals = driverGlobals('WAIT_DATA', { Filter: pointer('FLT_FILTER'), Entry: atomic() });

/** Ends the waiting read, if it is still there; whoever takes the entry does. */
function end(Data: FltCallbackData): void {
  const entry = InterlockedExchange(Globals.Entry, 0);
  if (entry === 0) return;
  FltFreeDeferredIoWorkItem(ENTRY.at(entry).WorkItem as PFLT_DEFERRED_IO_WORKITEM);
  ExFreePoolWithTag(entry, TAG);
  Data.IoStatus.Status = STATUS_CANCELLED;
  FltCompletePendedPreOperation(Data, FLT_PREOP_COMPLETE, 0);
}

const Canceled = PFLT_COMPLETE_CANCELED_CALLBACK('WaitCanceled', (Data) => end(Data));

/** The read waits here until somebody cancels it. PASSIVE_LEVEL. */
const Park = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('WaitPark', (WorkItem, Data, entry) => {
  ENTRY.at(entry).WorkItem = WorkItem;
  const status = FltSetCancelCompletion(Data, Canceled);
  InterlockedExchange(Globals.Entry, entry);
  if (!NT_SUCCESS(status)) end(Data);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('WaitPreRead', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const entry = ExAllocatePoolWithTag(NonPagedPool, ENTRY.size, TAG);
  if (entry === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const item = FltAllocateDeferredIoWorkItem();
  if (item !== 0) {
    const status = FltQueueDeferredIoWorkItem(item, Data, Park, DelayedWorkQueue, entry);
    if (NT_SUCCESS(status)) return FLT_PREOP_PENDING;
    FltFreeDeferredIoWorkItem(item);
  }
  ExFreePoolWithTag(entry, TAG);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
  ],
});
