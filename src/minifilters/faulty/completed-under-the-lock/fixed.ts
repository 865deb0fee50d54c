// The twin: it takes the operation out, releases the lock, and then completes.
import { DelayedWorkQueue, FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquirePushLockExclusive, FltAllocateGenericWorkItem,
  FltCompletePendedPreOperation, FltDeletePushLock, FltFreeGenericWorkItem, FltInitializePushLock,
  FltQueueGenericWorkItem, FltReleasePushLock, IRP_MJ_READ, NT_SUCCESS,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, STATUS_DEVICE_BUSY, atomic,
  driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const Globals = driverGlobals('SLOT_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: atomic(), Waiting: pointer('FLT_CALLBACK_DATA'),
});

const Resume = PFLT_GENERIC_WORKITEM_ROUTINE('SlotResume', (WorkItem) => {
  FltFreeGenericWorkItem(WorkItem);
  FltAcquirePushLockExclusive(Globals.Lock);
  const data = Globals.Waiting;
  Globals.Waiting = 0 as PFLT_CALLBACK_DATA;
  FltReleasePushLock(Globals.Lock);
  if (data !== 0) FltCompletePendedPreOperation(data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('SlotPreRead', (Data, FltObjects) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  FltAcquirePushLockExclusive(Globals.Lock);
  const isFree = Globals.Waiting === 0;
  const status = !isFree ? STATUS_DEVICE_BUSY
    : FltQueueGenericWorkItem(item, FltObjects.Instance, Resume, DelayedWorkQueue, 0);
  if (NT_SUCCESS(status)) Globals.Waiting = Data.address;
  FltReleasePushLock(Globals.Lock);
  if (NT_SUCCESS(status)) return FLT_PREOP_PENDING;
  FltFreeGenericWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
  ],
}, {
  begin() {
    FltInitializePushLock(Globals.Lock);
  },
  unloaded() {
    FltDeletePushLock(Globals.Lock);
  },
});
