// What both filters share: two push locks, the scavenger's work item, and the registration.
import { DelayedWorkQueue, FltAcquirePushLockExclusive, FltAllocateGenericWorkItem,
  FltDeletePushLock, FltFreeGenericWorkItem, FltInitializePushLock, FltQueueGenericWorkItem,
  FltRegisterFilter, FltReleasePushLock, FltStartFiltering, FltUnregisterFilter, IRP_MJ_CLEANUP,
  IRP_MJ_READ, NT_SUCCESS, FLT_PREOP_SUCCESS_NO_CALLBACK, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, ULONG, atomic,
  driverGlobals, fltRegistration, out, pointer } from '../../../fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../../fltKernel.ts';

export const Globals = driverGlobals('CACHE_DATA', {
  Filter: pointer('FLT_FILTER'), StreamLock: atomic(), ListLock: atomic(), Entries: ULONG,
});

/** Takes two locks in the order given, changes what they guard, and releases them. */
export function withBoth(first: number, second: number, change: () => void): void {
  FltAcquirePushLockExclusive(first);
  FltAcquirePushLockExclusive(second);
  change();
  FltReleasePushLock(second);
  FltReleasePushLock(first);
}

const PreRead = PFLT_PRE_OPERATION_CALLBACK('CachePreRead', () => {
  withBoth(Globals.StreamLock, Globals.ListLock, () => {
    Globals.Entries++;
  });
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('CacheUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  FltDeletePushLock(Globals.StreamLock);
  FltDeletePushLock(Globals.ListLock);
  return STATUS_SUCCESS;
});

/** Registers the filter; every cleanup begins a run of the scavenger in a system worker. */
export function makeDriverEntry(
  scavenge: () => void,
): (DriverObject: PDRIVER_OBJECT) => NTSTATUS {
  const Scavenger = PFLT_GENERIC_WORKITEM_ROUTINE('CacheScavenger', (WorkItem) => {
    scavenge();
    FltFreeGenericWorkItem(WorkItem);
  });
  const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('CachePreCleanup', (_Data, FltObjects) => {
    const item = FltAllocateGenericWorkItem();
    if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
    const status = FltQueueGenericWorkItem(item, FltObjects.Instance, Scavenger,
      DelayedWorkQueue, 0);
    if (!NT_SUCCESS(status)) FltFreeGenericWorkItem(item);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  });
  const Registration = fltRegistration({
    OperationRegistration: [
      { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
      { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
    ],
    FilterUnloadCallback: Unload,
  });
  return (DriverObject) => {
    FltInitializePushLock(Globals.StreamLock);
    FltInitializePushLock(Globals.ListLock);
    const filter = out<PFLT_FILTER>();
    const status = FltRegisterFilter(DriverObject, Registration, filter);
    if (!NT_SUCCESS(status)) return status;
    Globals.Filter = filter.value;
    return FltStartFiltering(filter.value);
  };
}
