// A filter that counts writes, wrongly: it reads and stores the count without a lock.
import { FLT_PREOP_SUCCESS_NO_CALLBACK, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_WRITE, NT_SUCCESS, PFLT_FILTER_UNLOAD_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_SUCCESS, ULONG, driverGlobals, fltRegistration, out, pointer } from '#src/fltKernel.ts';
import type { PDRIVER_OBJECT } from '#src/fltKernel.ts';

export const altitude = '370101';
const Globals = driverGlobals('RACY_COUNTER', { Filter: pointer('FLT_FILTER'), Writes: ULONG });

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('RacyPreWrite', () => {
  Globals.Writes = Globals.Writes + 1;
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('RacyUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
  FilterUnloadCallback: Unload,
});

export function DriverEntry(DriverObject: PDRIVER_OBJECT): number {
  const filter = out();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value as typeof Globals.Filter;
  return FltStartFiltering(Globals.Filter);
}
