// The bug: the pre-read holds every read for a scan, fast I/O included. Fast I/O has no IRP that
// could be completed later.
import { DelayedWorkQueue, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocateGenericWorkItem, FltCompletePendedPreOperation, FltFreeGenericWorkItem,
  FltQueueGenericWorkItem, IRP_MJ_READ, InterlockedIncrement, NT_SUCCESS,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_CALLBACK_DATA, PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('FAST_IO_PENDED_DATA', {
  Filter: pointer('FLT_FILTER'), Scanned: atomic(),
});

const Scan = PFLT_GENERIC_WORKITEM_ROUTINE('Scan', (item, _FltObject, held) => {
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
  InterlockedIncrement(Globals.Scanned);
  FltCompletePendedPreOperation(held as PFLT_CALLBACK_DATA, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (Data, FltObjects) => {
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const status = FltQueueGenericWorkItem(item, FltObjects.Filter, Scan, DelayedWorkQueue,
    Data.address);
  if (NT_SUCCESS(status)) return FLT_PREOP_PENDING;
  FltFreeGenericWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PreOperation: PreRead }],
});
