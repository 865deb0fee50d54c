// The bug: the filter has one work item for all reads. A second read queues it while it is still
// queued for the first.
import { DelayedWorkQueue, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem,
  FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ, InterlockedIncrement,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, POINTER, atomic, driverGlobals,
  pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('WORK_ITEM_SHARED_DATA', {
  Filter: pointer('FLT_FILTER'), Reads: atomic(), Item: POINTER,
});

const Count = PFLT_GENERIC_WORKITEM_ROUTINE('Count', () => {
  InterlockedIncrement(Globals.Reads);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, FltObjects) => {
  const item = Globals.Item as PFLT_GENERIC_WORKITEM;
  FltQueueGenericWorkItem(item, FltObjects.Filter, Count, DelayedWorkQueue, 0);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PreOperation: PreRead }],
}, {
  begin: () => {
    Globals.Item = FltAllocateGenericWorkItem();
  },
  unloaded: () => FltFreeGenericWorkItem(Globals.Item as PFLT_GENERIC_WORKITEM),
});
