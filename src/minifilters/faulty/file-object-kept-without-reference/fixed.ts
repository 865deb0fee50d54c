// The twin: a file in the list is referenced until the worker has looked at it.
import { DelayedWorkQueue, FILE_OBJECT, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem,
  FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_WRITE, InterlockedCompareExchange,
  InterlockedExchange, InterlockedIncrement, NT_SUCCESS, ObDereferenceObject, ObReferenceObject,
  PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFILE_OBJECT, PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('DIRTY_FILE_DATA', {
  Filter: pointer('FLT_FILTER'), Kept: atomic(),
  /** The list: the one file that was written, or NULL. */
  Dirty: atomic(),
});

const LookAtDirty = PFLT_GENERIC_WORKITEM_ROUTINE('LookAtDirty', (item) => {
  const file = InterlockedExchange(Globals.Dirty, 0) as PFILE_OBJECT;
  if (FILE_OBJECT.at(file).DeletePending === 0) InterlockedIncrement(Globals.Kept);
  ObDereferenceObject(file);
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (_Data, FltObjects) => {
  const { Instance, FileObject } = FltObjects;
  if (InterlockedCompareExchange(Globals.Dirty, FileObject, 0) !== 0) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  ObReferenceObject(FileObject);
  const item = FltAllocateGenericWorkItem();
  const isQueued = item !== 0 &&
    NT_SUCCESS(FltQueueGenericWorkItem(item, Instance, LookAtDirty, DelayedWorkQueue, 0));
  if (isQueued) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedExchange(Globals.Dirty, 0);
  ObDereferenceObject(FileObject);
  if (item !== 0) FltFreeGenericWorkItem(item);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
});
