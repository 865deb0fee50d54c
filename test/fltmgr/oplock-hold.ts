// A filter that owns the oplock of the only file of its volume, and has a resource for it as OPL-21
// recommends: exclusive around oplock controls, shared around checks. Told to, it makes the mistake
// of OPL-22: it keeps the resource while it sleeps in the check for an answer, which cannot come
// without the resource. Else it does not wait while it has it.
import { ExDeleteResourceLite, ExInitializeResourceLite, FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE,
  FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquireResourceExclusive,
  FltAcquireResourceShared, FltCheckOplockEx, FltInitializeOplock, FltOplockFsctrl,
  FltRegisterFilter, FltReleaseResource, FltStartFiltering, FltUninitializeOplock,
  FltUnregisterFilter, FSCTL_REQUEST_OPLOCK, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_WRITE, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, STATUS_SUCCESS, ULONG,
  array, driverGlobals, fltRegistration, out, pointer } from '../../src/fltKernel.ts';
import { OWNER } from './oplock-owner-words.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';
import type { FltCallbackData } from '../../src/image/role.ts';

const Globals = driverGlobals('HOLD_DATA', {
  Filter: pointer('FLT_FILTER'),
  /** An ERESOURCE. */
  Resource: array(ULONG, 16),
});

function control(Data: FltCallbackData): number {
  FltAcquireResourceExclusive(Globals.Resource);
  const answer = FltOplockFsctrl(OWNER.oplock, Data, 1);
  FltReleaseResource(Globals.Resource);
  return answer;
}

function check(Data: FltCallbackData): number {
  const holds = ReadAcquire(OWNER.holds) !== 0;
  if (holds) FltAcquireResourceShared(Globals.Resource);
  const answer = FltCheckOplockEx(OWNER.oplock, Data, 0, 0, 0, 0);
  if (holds) FltReleaseResource(Globals.Resource);
  return answer === FLT_PREOP_COMPLETE ? answer : FLT_PREOP_SUCCESS_NO_CALLBACK;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('HoldPre', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const { MajorFunction, Parameters } = Data.Iopb;
  if (MajorFunction === IRP_MJ_WRITE) return check(Data);
  const isRequest = Parameters.FileSystemControl.Common.FsControlCode === FSCTL_REQUEST_OPLOCK;
  return isRequest ? control(Data) : FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('HoldUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  FltUninitializeOplock(OWNER.oplock);
  ExDeleteResourceLite(Globals.Resource);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [IRP_MJ_WRITE, IRP_MJ_FILE_SYSTEM_CONTROL].map((MajorFunction) => ({
    MajorFunction, PreOperation: Pre,
  })),
  FilterUnloadCallback: Unload,
});

/** Registers and starts. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  ExInitializeResourceLite(Globals.Resource);
  FltInitializeOplock(OWNER.oplock);
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}
