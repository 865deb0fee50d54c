// The twin: what has to last from pre to post is a rundown reference, which has no owner.
import { ExAcquireRundownProtection, ExInitializeRundownProtection, ExReleaseRundownProtection,
  ExWaitForRundownProtectionRelease, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_WRITE,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('WRITER_DATA', { Filter: pointer('FLT_FILTER'), Rundown: atomic() });

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('WriterPreWrite', () => {
  return ExAcquireRundownProtection(Globals.Rundown) ? FLT_PREOP_SUCCESS_WITH_CALLBACK
    : FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const PostWrite = PFLT_POST_OPERATION_CALLBACK('WriterPostWrite', () => {
  ExReleaseRundownProtection(Globals.Rundown);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite, PostOperation: PostWrite },
  ],
}, {
  begin() {
    ExInitializeRundownProtection(Globals.Rundown);
  },
  unloaded() {
    ExWaitForRundownProtectionRelease(Globals.Rundown);
  },
});
