// The twin: the context is nonpaged, and it is looked at when that is safe: at once, or in a system
// thread.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FltDoCompletionProcessingWhenSafe, IRP_MJ_READ, PFLT_POST_OPERATION_CALLBACK,
  NonPagedPoolNx, PFLT_PRE_OPERATION_CALLBACK, RtlCompareUnicodeString, RTL_CONSTANT_STRING,
  RtlCopyUnicodeString, UNICODE_STRING, driverGlobals, out, pointer, poolTag,
  struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('PgCt');
const ROOM = 64;
const SEEN = struct('SEEN', { Name: UNICODE_STRING });
const Globals = driverGlobals('PAGED_CONTEXT_DATA', { Filter: pointer('FLT_FILTER') });
const LoggedName = RTL_CONSTANT_STRING('reads');

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, _FltObjects, Context) => {
  const seen = ExAllocatePoolWithTag(NonPagedPoolNx, SEEN.size + ROOM, TAG);
  if (seen === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const { Name } = SEEN.at(seen);
  Name.Buffer = (seen + SEEN.size) as typeof Name.Buffer;
  Name.MaximumLength = ROOM;
  RtlCopyUnicodeString(Name, LoggedName);
  Context.value = seen;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const WhenSafe = PFLT_POST_OPERATION_CALLBACK('WhenSafe', (_Data, _FltObjects, seen) => {
  RtlCompareUnicodeString(SEEN.at(seen).Name, LoggedName, true);
  ExFreePoolWithTag(seen, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, FltObjects, seen, Flags) => {
  const answer = out();
  const draining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (!draining &&
    FltDoCompletionProcessingWhenSafe(Data, FltObjects, seen, Flags, WhenSafe, answer)) {
    return answer.value;
  }
  ExFreePoolWithTag(seen, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
});
