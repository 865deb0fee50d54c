// The bug: the post-read hands every read to a work item and does not ask whether that worked. Fast
// I/O cannot be handed on: the read is kept, and nobody has it.
import { DelayedWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_POSTOP_MORE_PROCESSING_REQUIRED, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPostOperation, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem,
  IRP_MJ_READ, InterlockedIncrement, PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
  PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_DEFERRED_IO_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('REFUSED_QUEUEING_DATA', {
  Filter: pointer('FLT_FILTER'), Looked: atomic(),
});

const Look = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('Look', (item, Data) => {
  FltFreeDeferredIoWorkItem(item as PFLT_DEFERRED_IO_WORKITEM);
  InterlockedIncrement(Globals.Looked);
  FltCompletePendedPostOperation(Data);
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, _FltObjects, _Context, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  FltQueueDeferredIoWorkItem(item, Data, Look, DelayedWorkQueue, 0);
  return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
