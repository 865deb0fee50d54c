// The twin: the buffer is locked in the application's context, and the worker uses its mapping.
import { DelayedWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_IS_IRP_OPERATION,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPostOperation, FltFreeDeferredIoWorkItem, FltLockUserBuffer,
  FltQueueDeferredIoWorkItem, IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY,
  InterlockedIncrement, MmGetSystemAddressForMdlSafe, NT_SUCCESS,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  atomic, driverGlobals, pointer, u32 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_DEFERRED_IO_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('LISTING_DATA', { Filter: pointer('FLT_FILTER'), Edited: atomic() });

const Edit = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('ListingEdit', (WorkItem, Data) => {
  const mdl = Data.Iopb.Parameters.DirectoryControl.QueryDirectory.MdlAddress;
  const listing = mdl === 0 ? 0 : MmGetSystemAddressForMdlSafe(mdl, 16);
  if (listing !== 0) {
    // The FileIndex of the first entry.
    u32[(listing >> 2) + 1] = 0;
    InterlockedIncrement(Globals.Edited);
  }
  FltFreeDeferredIoWorkItem(WorkItem as PFLT_DEFERRED_IO_WORKITEM);
  FltCompletePendedPostOperation(Data);
});

const PreDirectory = PFLT_PRE_OPERATION_CALLBACK('ListingPreDirectory', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  if (Data.Iopb.MinorFunction !== IRP_MN_QUERY_DIRECTORY) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  if (!NT_SUCCESS(FltLockUserBuffer(Data))) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostDirectory = PFLT_POST_OPERATION_CALLBACK('ListingPostDirectory', (Data, _FltObjects,
  _Context, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING || !NT_SUCCESS(Data.IoStatus.Status)) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  const status = FltQueueDeferredIoWorkItem(item, Data, Edit, DelayedWorkQueue, 0);
  if (NT_SUCCESS(status)) return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
  FltFreeDeferredIoWorkItem(item);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    {
      MajorFunction: IRP_MJ_DIRECTORY_CONTROL,
      PreOperation: PreDirectory,
      PostOperation: PostDirectory,
    },
  ],
});
