// null-filter: the smallest minifilter there is. It registers, attaches to every volume and asks
// for no operation, so nothing passes through it. Copy it to begin; measure with it what merely
// being attached costs.
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, STATUS_SUCCESS,
  driverGlobals, fltRegistration, out, pointer } from '../fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../fltKernel.ts';

/** In the load-order group FSFilter Activity Monitor. */
export const altitude = '370020';
export const description = 'attaches to every volume and sees nothing';

// What DriverEntry finds out and the unload callback needs. It lies in the machine's memory: a
// JavaScript variable would be seen by the thread that wrote it only.
const Globals = driverGlobals('NULL_FILTER_DATA', { Filter: pointer('FLT_FILTER') });

const NullUnload = PFLT_FILTER_UNLOAD_CALLBACK('NullUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

// Without this callback a manual detach would be refused (STATUS_FLT_DO_NOT_DETACH).
const NullQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'NullQueryTeardown',
  () => STATUS_SUCCESS,
);

// A constant table, read once by FltRegisterFilter. What is left out is NULL.
const FilterRegistration = fltRegistration({
  FilterUnloadCallback: NullUnload,
  InstanceQueryTeardownCallback: NullQueryTeardown,
});

/** Called once, in one thread, when the driver is loaded. PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  let status = FltRegisterFilter(DriverObject, FilterRegistration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;

  status = FltStartFiltering(Globals.Filter);
  // A driver whose DriverEntry fails is not asked to unload: it cleans up itself (LC-14).
  if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
  return status;
}
