// The bug: the pre-read gives its stream-handle context to a work item and releases it right away.
// The context goes with the last handle, perhaps before the work item has run.
import { DelayedWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_STREAMHANDLE_CONTEXT,
  FltAllocateContext, FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltGetStreamHandleContext,
  FltQueueGenericWorkItem, FltReleaseContext, FltSetStreamHandleContext, IRP_MJ_CREATE, IRP_MJ_READ,
  NT_SUCCESS, NonPagedPoolNx, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, ULONG, driverGlobals, out, pointer, poolTag, struct }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const TAG = poolTag('Late');
const HANDLE = struct('HANDLE', { Reads: ULONG });
const Globals = driverGlobals('NO_REFERENCE_DATA', { Filter: pointer('FLT_FILTER') });

const Count = PFLT_GENERIC_WORKITEM_ROUTINE('Count', (item, _FltObject, context) => {
  const handle = HANDLE.at(context);
  handle.Reads = handle.Reads + 1;
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, FltObjects, _Made, Flags) => {
  const { Filter, Instance, FileObject } = FltObjects;
  if (Flags & FLTFL_POST_OPERATION_DRAINING || !NT_SUCCESS(Data.IoStatus.Status)) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const made = out();
  const status =
    FltAllocateContext(Filter, FLT_STREAMHANDLE_CONTEXT, HANDLE.size, NonPagedPoolNx, made);
  if (!NT_SUCCESS(status)) return FLT_POSTOP_FINISHED_PROCESSING;
  HANDLE.at(made.value).Reads = 0;
  FltSetStreamHandleContext(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, made.value, 0);
  FltReleaseContext(made.value);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, FltObjects) => {
  const { Filter, Instance, FileObject } = FltObjects;
  const found = out();
  if (!NT_SUCCESS(FltGetStreamHandleContext(Instance, FileObject, found))) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const item = FltAllocateGenericWorkItem();
  const isQueued = item !== 0 && NT_SUCCESS(
    FltQueueGenericWorkItem(item, Filter, Count, DelayedWorkQueue, found.value));
  if (!isQueued && item !== 0) FltFreeGenericWorkItem(item);
  FltReleaseContext(found.value);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  ContextRegistration: [
    { ContextType: FLT_STREAMHANDLE_CONTEXT, Size: HANDLE.size, PoolTag: TAG },
  ],
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
  ],
});
