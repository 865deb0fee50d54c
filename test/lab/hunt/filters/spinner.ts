// A filter that waits for a plain JavaScript variable, which nobody can change while it waits.
import { FLT_PREOP_SUCCESS_NO_CALLBACK, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_WRITE, NT_SUCCESS, PFLT_FILTER_UNLOAD_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_SUCCESS, driverGlobals, fltRegistration, out, pointer } from '#src/fltKernel.ts';
import type { PDRIVER_OBJECT } from '#src/fltKernel.ts';

export const altitude = '370102';
const Globals = driverGlobals('SPINNER', { Filter: pointer('FLT_FILTER') });

function waitForNobody(): void {
  for (let left = 1; left > 0; left = (left + 2) & 0xffff);
}

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('SpinnerPreWrite', () => {
  waitForNobody();
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('SpinnerUnload', () => {
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
