// The twin: a draining post-read leaves at once.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING, FltLockUserBuffer,
  IRP_MJ_READ, InterlockedExchangeAdd, MmGetSystemAddressForMdlSafe, NT_SUCCESS,
  PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, pointer, u8 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('DRAINING_IGNORED_DATA', {
  Filter: pointer('FLT_FILTER'), Sum: atomic(),
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, _FltObjects, _Context, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
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
