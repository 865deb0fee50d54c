// FLT_PREOP_SYNCHRONIZE on asynchronous I/O: overlapped reads become blocking ones.
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SYNCHRONIZE, IRP_MJ_READ, InterlockedIncrement,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('SYNC_DATA', { Filter: pointer('FLT_FILTER'), Reads: atomic() });

const PreRead = PFLT_PRE_OPERATION_CALLBACK('SyncPreRead', () => FLT_PREOP_SYNCHRONIZE);

const PostRead = PFLT_POST_OPERATION_CALLBACK('SyncPostRead', () => {
  InterlockedIncrement(Globals.Reads);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
});
