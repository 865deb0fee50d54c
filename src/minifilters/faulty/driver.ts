// What every filter of the zoo has and no bug is about: a DriverEntry that registers and starts it,
// an unload callback that takes it away, and a teardown query that lets it be detached.
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, STATUS_SUCCESS,
  fltRegistration, out } from '../../fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER, Registration } from '../../fltKernel.ts';

/** What a filter does beside registering. */
export interface Around {
  /** Before the filter is registered: its globals. */
  readonly begin?: () => void;
  /** In the unload callback, before and after the filter is unregistered. */
  readonly unloading?: () => void;
  readonly unloaded?: () => void;
}

/**
 * The DriverEntry of a filter.
 * @param Globals the driver's globals, with a member Filter.
 * @param rows the registration; the unload callback and the teardown query have defaults.
 */
export function driver(
  Globals: { Filter: PFLT_FILTER }, rows: Registration, around: Around = {},
): (DriverObject: PDRIVER_OBJECT) => NTSTATUS {
  const Unload = PFLT_FILTER_UNLOAD_CALLBACK('Unload', () => {
    around.unloading?.();
    FltUnregisterFilter(Globals.Filter);
    around.unloaded?.();
    return STATUS_SUCCESS;
  });
  const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('QueryTeardown', () =>
    STATUS_SUCCESS);
  const Registration = fltRegistration({
    FilterUnloadCallback: Unload, InstanceQueryTeardownCallback: QueryTeardown, ...rows,
  });
  return (DriverObject) => {
    around.begin?.();
    const filter = out<PFLT_FILTER>();
    let status = FltRegisterFilter(DriverObject, Registration, filter);
    if (!NT_SUCCESS(status)) return status;
    Globals.Filter = filter.value;
    status = FltStartFiltering(Globals.Filter);
    if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
    return status;
  };
}
