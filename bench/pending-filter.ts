// A filter that pends reads and lets a system worker go on with them: before the file system where
// a read begins at PENDS_PRE, after it where it begins at PENDS_POST; others it only looks at.
import { DelayedWorkQueue, FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED,
  FLT_PREOP_DISALLOW_FASTIO, FLT_IS_FASTIO_OPERATION, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPostOperation, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltQueueDeferredIoWorkItem, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_READ, NT_SUCCESS, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, driverGlobals, fltRegistration, out, pointer }
  from '../src/fltKernel.ts';
import type { FltCallbackData, NTSTATUS, PDRIVER_OBJECT, PFLT_DEFERRED_IO_WORKITEM, PFLT_FILTER }
  from '../src/fltKernel.ts';

export const altitude = '370050';
/** Offsets in the file at which a read is pended. */
export const PENDS_PRE = 4096;
export const PENDS_POST = 8192;

const Globals = driverGlobals('BENCH_PENDING_FILTER', { Filter: pointer('FLT_FILTER') });

const GoDown = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('BenchGoDown', (Item, Data) => {
  FltFreeDeferredIoWorkItem(Item as PFLT_DEFERRED_IO_WORKITEM);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0 as never);
});

const GoUp = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('BenchGoUp', (Item, Data) => {
  FltFreeDeferredIoWorkItem(Item as PFLT_DEFERRED_IO_WORKITEM);
  FltCompletePendedPostOperation(Data);
});

/** Hands an operation to a worker; false when it cannot be. */
function pend(Data: FltCallbackData, routine: typeof GoDown): boolean {
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return false;
  if (NT_SUCCESS(FltQueueDeferredIoWorkItem(item, Data, routine, DelayedWorkQueue, 0))) return true;
  FltFreeDeferredIoWorkItem(item);
  return false;
}

const PreRead = PFLT_PRE_OPERATION_CALLBACK('BenchPendPre', (Data) => {
  if (FLT_IS_FASTIO_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const at = Data.Iopb.Parameters.Read.ByteOffset;
  if (at === PENDS_PRE && pend(Data, GoDown)) return FLT_PREOP_PENDING;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('BenchPendPost', (Data) => {
  const at = Data.Iopb.Parameters.Read.ByteOffset;
  if (at === PENDS_POST && pend(Data, GoUp)) return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const QueryTeardown =
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('BenchPendQuery', () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('BenchPendUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration:
    [{ MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead }],
  FilterUnloadCallback: Unload,
  InstanceQueryTeardownCallback: QueryTeardown,
});

export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  let status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  status = FltStartFiltering(Globals.Filter);
  if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
  return status;
}
