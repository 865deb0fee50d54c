// The bug: the post-read does not look whether it is called to drain. It then locks a buffer into
// which nothing has been read, and works with an instance that is going away.
import { FLT_POSTOP_FINISHED_PROCESSING, FltLockUserBuffer, IRP_MJ_READ, InterlockedExchangeAdd,
  MmGetSystemAddressForMdlSafe, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals,
  pointer, u8 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('DRAINING_IGNORED_DATA', {
  Filter: pointer('FLT_FILTER'), Sum: atomic(),
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data) => {
  if (!NT_SUCCESS(FltLockUserBuffer(Data))) return FLT_POSTOP_FINISHED_PROCESSING;
  const buffer = MmGetSystemAddressForMdlSafe(Data.Iopb.Parameters.Read.MdlAddress);
  for (let n = 0; n < Data.IoStatus.Information; n++) {
    InterlockedExchangeAdd(Globals.Sum, u8[buffer + n] ?? 0);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
