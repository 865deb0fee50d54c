// The bug: the pre-write asks to be called when the write is done, and no post-operation callback
// is registered for writes.
import { FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_WRITE, InterlockedIncrement,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('NO_POST_DATA', { Filter: pointer('FLT_FILTER'), Writes: atomic() });

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', () => {
  InterlockedIncrement(Globals.Writes);
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
});
