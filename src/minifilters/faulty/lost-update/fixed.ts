// The twin: it adds with an interlocked routine.
import { FLT_POSTOP_FINISHED_PROCESSING, IRP_MJ_WRITE, InterlockedExchangeAdd, NT_SUCCESS,
  PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('QUOTA_DATA', { Filter: pointer('FLT_FILTER'), Bytes: atomic() });

const PostWrite = PFLT_POST_OPERATION_CALLBACK('QuotaPostWrite', (Data) => {
  const { Status, Information } = Data.IoStatus;
  if (NT_SUCCESS(Status)) InterlockedExchangeAdd(Globals.Bytes, Information);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PostOperation: PostWrite },
  ],
});
