// The bug: the post-read hands the read to a system thread and waits until that is done. A thread
// at DISPATCH_LEVEL cannot wait: nobody else would be scheduled on its processor.
import { DelayedWorkQueue, Executive, FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ,
  InterlockedIncrement, KEVENT, KeInitializeEvent, KeSetEvent, KeWaitForSingleObject, KernelMode,
  NT_SUCCESS, NotificationEvent, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK,
  atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('WAIT_AT_DISPATCH_DATA', {
  Filter: pointer('FLT_FILTER'), Looked: atomic(), Done: KEVENT,
});

const Look = PFLT_GENERIC_WORKITEM_ROUTINE('Look', (item) => {
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
  InterlockedIncrement(Globals.Looked);
  KeSetEvent(Globals.Done, 0, false);
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (_Data, FltObjects, _Context, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  KeInitializeEvent(Globals.Done, NotificationEvent, false);
  if (NT_SUCCESS(FltQueueGenericWorkItem(item, FltObjects.Filter, Look, DelayedWorkQueue, 0))) {
    KeWaitForSingleObject(Globals.Done, Executive, KernelMode, false, 0);
  } else {
    FltFreeGenericWorkItem(item);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
