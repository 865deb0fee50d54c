// The twin: each read has a work item of its own.
import { DelayedWorkQueue, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem,
  FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ, InterlockedIncrement, NT_SUCCESS,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('WORK_ITEM_SHARED_DATA', {
  Filter: pointer('FLT_FILTER'), Reads: atomic(),
});

const Count = PFLT_GENERIC_WORKITEM_ROUTINE('Count', (item) => {
  InterlockedIncrement(Globals.Reads);
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, FltObjects) => {
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const status = FltQueueGenericWorkItem(item, FltObjects.Filter, Count, DelayedWorkQueue, 0);
  if (!NT_SUCCESS(status)) FltFreeGenericWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PreOperation: PreRead }],
});
