// The bug: once a file is blocked the filter denies everything that is asked of it, its cleanup
// too. A cleanup cannot fail: the file system would never learn that the handle is gone.
import { FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CLEANUP, IRP_MJ_WRITE,
  InterlockedExchange, PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, STATUS_ACCESS_DENIED, atomic,
  driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const LONGEST = 4;
const Globals = driverGlobals('CLEANUP_FAILED_DATA', {
  Filter: pointer('FLT_FILTER'), IsBlocked: atomic(),
});

const PreAny = PFLT_PRE_OPERATION_CALLBACK('PreAny', (Data) => {
  const { MajorFunction, Parameters } = Data.Iopb;
  if (MajorFunction === IRP_MJ_WRITE && Parameters.Write.Length > LONGEST) {
    InterlockedExchange(Globals.IsBlocked, 1);
  }
  if (ReadAcquire(Globals.IsBlocked) === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreAny },
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreAny },
  ],
});
