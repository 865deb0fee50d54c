// The bug: the post-read queues a work item and only then notes in its context that it did. By then
// the worker may have completed the read and freed the context.
import { DelayedWorkQueue, ExAllocatePoolWithTag, ExFreePoolWithTag,
  FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAllocateDeferredIoWorkItem, FltCompletePendedPostOperation,
  FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem, IRP_MJ_READ, NT_SUCCESS,
  NonPagedPoolNx, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, ULONG, driverGlobals, pointer, poolTag,
  struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_DEFERRED_IO_WORKITEM } from '../../../fltKernel.ts';

const TAG = poolTag('AftQ');
const CONTEXT = struct('READ_CONTEXT', { Queued: ULONG });
const Globals = driverGlobals('AFTER_QUEUE_DATA', { Filter: pointer('FLT_FILTER') });

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, _FltObjects, Context) => {
  const context = ExAllocatePoolWithTag(NonPagedPoolNx, CONTEXT.size, TAG);
  if (context === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  CONTEXT.at(context).Queued = 0;
  Context.value = context;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const Worker = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('Worker', (item, Data, context) => {
  FltFreeDeferredIoWorkItem(item as PFLT_DEFERRED_IO_WORKITEM);
  ExFreePoolWithTag(context, TAG);
  FltCompletePendedPostOperation(Data);
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, _FltObjects, context, Flags) => {
  const draining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  const item = draining ? 0 : FltAllocateDeferredIoWorkItem();
  if (item !== 0) {
    const status = FltQueueDeferredIoWorkItem(item as PFLT_DEFERRED_IO_WORKITEM, Data, Worker,
      DelayedWorkQueue, context);
    if (NT_SUCCESS(status)) {
      CONTEXT.at(context).Queued = 1;
      return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
    }
    FltFreeDeferredIoWorkItem(item as PFLT_DEFERRED_IO_WORKITEM);
  }
  ExFreePoolWithTag(context, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
});
