// The bug: the unload callback leaves tearing down the globals to a work item and returns. The next
// load builds them while, or before, the work item tears them down.
import { DelayedWorkQueue, ExInitializeWorkItem, ExQueueWorkItem, FILE_OBJECT,
  FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CREATE, InterlockedIncrement, PFLT_PRE_OPERATION_CALLBACK,
  PWORKER_THREAD_ROUTINE, ULONG, WORK_QUEUE_ITEM, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('OVERLAP_DATA', {
  Filter: pointer('FLT_FILTER'), MaxPath: ULONG, Long: atomic(), Item: WORK_QUEUE_ITEM,
});

const TearDown = PWORKER_THREAD_ROUTINE('TearDown', () => {
  Globals.MaxPath = 0;
});

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PreCreate', (_Data, FltObjects) => {
  const { FileName } = FILE_OBJECT.at(FltObjects.FileObject);
  if (FileName.Length > Globals.MaxPath) InterlockedIncrement(Globals.Long);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate }],
}, {
  begin: () => {
    Globals.MaxPath = 128;
  },
  unloaded: () => {
    ExInitializeWorkItem(Globals.Item, TearDown, 0);
    ExQueueWorkItem(Globals.Item, DelayedWorkQueue);
  },
});
