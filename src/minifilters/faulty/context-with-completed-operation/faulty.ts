// The bug: the pre-write makes the completion context before it decides. Where it denies the write
// there is no post-write, and nobody frees the context.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_WRITE,
  NonPagedPoolNx, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, STATUS_ACCESS_DENIED,
  ULONG, driverGlobals, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('CtxD');
const LONGEST = 4;
const SEEN = struct('SEEN', { Length: ULONG });
const Globals = driverGlobals('CONTEXT_DENIED_DATA', { Filter: pointer('FLT_FILTER') });

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (Data, _FltObjects, Context) => {
  const { Length } = Data.Iopb.Parameters.Write;
  const seen = ExAllocatePoolWithTag(NonPagedPoolNx, SEEN.size, TAG);
  if (seen === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  SEEN.at(seen).Length = Length;
  Context.value = seen;
  if (Length > LONGEST) {
    Data.IoStatus.Status = STATUS_ACCESS_DENIED;
    return FLT_PREOP_COMPLETE;
  }
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostWrite = PFLT_POST_OPERATION_CALLBACK('PostWrite', (_Data, _FltObjects, seen) => {
  ExFreePoolWithTag(seen, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite, PostOperation: PostWrite },
  ],
});
