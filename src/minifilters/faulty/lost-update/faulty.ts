// Lost update: the bytes written are added up by plain reading and writing, on several processors
// at once.
import { FLT_POSTOP_FINISHED_PROCESSING, IRP_MJ_WRITE, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK,
  ULONG, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('QUOTA_DATA', { Filter: pointer('FLT_FILTER'), Bytes: ULONG });

const PostWrite = PFLT_POST_OPERATION_CALLBACK('QuotaPostWrite', (Data) => {
  if (NT_SUCCESS(Data.IoStatus.Status)) Globals.Bytes += Data.IoStatus.Information;
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PostOperation: PostWrite },
  ],
});
