// A driver that asks to be loaded when it has unregistered its filter and is about to go; the
// statuses that it got lie in its globals.
import { FltLoadFilter, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, RTL_CONSTANT_STRING, STATUS_SUCCESS, ULONG, driverGlobals,
  fltRegistration, out, pointer } from '../../src/fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';

const Globals = driverGlobals('LAST_WORDS_DATA', { Filter: pointer('FLT_FILTER'), Answer: ULONG });
const ownName = RTL_CONSTANT_STRING('last-words');

/** What FltLoadFilter said in the unload callback. */
export const answered = (): number => Globals.Answer | 0;

const registration = fltRegistration({
  OperationRegistration: [],
  FilterUnloadCallback: PFLT_FILTER_UNLOAD_CALLBACK('LastWordsUnload', () => {
    FltUnregisterFilter(Globals.Filter);
    Globals.Answer = FltLoadFilter(ownName);
    return STATUS_SUCCESS;
  }),
});

export function DriverEntry(driver: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(driver, registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(Globals.Filter);
}
