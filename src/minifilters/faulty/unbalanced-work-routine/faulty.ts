// Work routine returns in a bad state: without memory it leaves inside of the critical region that
// it entered.
import { DelayedWorkQueue, ExAllocatePoolWithTag, ExFreePoolWithTag,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem, FltFreeGenericWorkItem,
  FltQueueGenericWorkItem, IRP_MJ_CLEANUP, InterlockedIncrement, KeEnterCriticalRegion,
  KeLeaveCriticalRegion, NT_SUCCESS, NonPagedPool, PFLT_GENERIC_WORKITEM_ROUTINE,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer, poolTag } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Work');
const Globals = driverGlobals('WORK_DATA', { Filter: pointer('FLT_FILTER'), Runs: atomic() });

const Work = PFLT_GENERIC_WORKITEM_ROUTINE('WorkRoutine', (WorkItem) => {
  FltFreeGenericWorkItem(WorkItem);
  KeEnterCriticalRegion();
  const buffer = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
  if (buffer === 0) return;
  InterlockedIncrement(Globals.Runs);
  ExFreePoolWithTag(buffer, TAG);
  KeLeaveCriticalRegion();
});

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('WorkPreCleanup', (_Data, FltObjects) => {
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const status = FltQueueGenericWorkItem(item, FltObjects.Instance, Work, DelayedWorkQueue, 0);
  if (!NT_SUCCESS(status)) FltFreeGenericWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
  ],
});
