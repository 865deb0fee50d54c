// The twin: the post-read leaves a copy of what the logger needs.
import { DelayedWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ,
  InterlockedIncrement, NT_SUCCESS, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK,
  atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('LOGGED_LATER_DATA', {
  Filter: pointer('FLT_FILTER'), Failed: atomic(),
});

const Log = PFLT_GENERIC_WORKITEM_ROUTINE('Log', (item, _FltObject, entry) => {
  if (!NT_SUCCESS(entry)) InterlockedIncrement(Globals.Failed);
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, FltObjects, _Made, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  const entry = Data.IoStatus.Status;
  if (!NT_SUCCESS(FltQueueGenericWorkItem(item, FltObjects.Filter, Log, DelayedWorkQueue, entry))) {
    FltFreeGenericWorkItem(item);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
