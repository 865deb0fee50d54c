// The twin: the pre-write asks for nothing more.
import { FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_WRITE, InterlockedIncrement,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('NO_POST_DATA', { Filter: pointer('FLT_FILTER'), Writes: atomic() });

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', () => {
  InterlockedIncrement(Globals.Writes);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
});
