// The twin: the post-read locks the caller's buffer when that is safe, at once or in a system
// thread.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FltDoCompletionProcessingWhenSafe, FltLockUserBuffer, IRP_MJ_READ, InterlockedExchangeAdd,
  MmGetSystemAddressForMdlSafe, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals,
  out, pointer, u8 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData } from '../../../fltKernel.ts';

const Globals = driverGlobals('BUFFER_LOCKED_DATA', {
  Filter: pointer('FLT_FILTER'), Sum: atomic(),
});

/** Adds up what was read. */
function look(Data: FltCallbackData): void {
  const status = FltLockUserBuffer(Data);
  if (!NT_SUCCESS(status)) return;
  const buffer = MmGetSystemAddressForMdlSafe(Data.Iopb.Parameters.Read.MdlAddress);
  for (let n = 0; n < Data.IoStatus.Information; n++) {
    InterlockedExchangeAdd(Globals.Sum, u8[buffer + n] ?? 0);
  }
}

const WhenSafe = PFLT_POST_OPERATION_CALLBACK('WhenSafe', (Data) => {
  look(Data);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, FltObjects, context, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  const answer = out();
  const isDone =
    FltDoCompletionProcessingWhenSafe(Data, FltObjects, context, Flags, WhenSafe, answer);
  return isDone ? answer.value : FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
