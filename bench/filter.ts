// A filter that looks at every operation and does nothing, for stacks of several: its module is
// loaded once per copy (`filter.js?copy=2`), and each copy names its globals after itself.
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltRegisterFilter,
  FltStartFiltering, FltUnregisterFilter, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE,
  IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_QUERY_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_INFORMATION,
  IRP_MJ_WRITE, NT_SUCCESS, PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, driverGlobals,
  fltRegistration, out, pointer } from '../src/fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../src/fltKernel.ts';

const copy = new URL(import.meta.url).searchParams.get('copy') ?? '0';
export const altitude = `3700${copy.padStart(2, '0')}`;

const Globals = driverGlobals(`BENCH_FILTER_${copy}`, { Filter: pointer('FLT_FILTER') });

const Pre = PFLT_PRE_OPERATION_CALLBACK(`BenchPre${copy}`, () => FLT_PREOP_SUCCESS_WITH_CALLBACK);
const Post = PFLT_POST_OPERATION_CALLBACK(`BenchPost${copy}`,
  () => FLT_POSTOP_FINISHED_PROCESSING);
const QueryTeardown =
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(`BenchQuery${copy}`, () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK(`BenchUnload${copy}`, () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [IRP_MJ_CREATE, IRP_MJ_CLOSE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_CLEANUP,
    IRP_MJ_QUERY_INFORMATION, IRP_MJ_SET_INFORMATION, IRP_MJ_DIRECTORY_CONTROL]
    .map((MajorFunction) => ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
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
