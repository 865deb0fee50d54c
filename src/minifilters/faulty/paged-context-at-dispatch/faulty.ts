// The bug: what the pre-read leaves for the post-read lies in paged pool. A read that storage
// completes from its DPC is looked at at DISPATCH_LEVEL, where paged memory may not be there.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_READ,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, PagedPool, RtlCompareUnicodeString,
  RTL_CONSTANT_STRING, RtlCopyUnicodeString, UNICODE_STRING, driverGlobals, pointer,
  poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('PgCt');
const ROOM = 64;
const SEEN = struct('SEEN', { Name: UNICODE_STRING });
const Globals = driverGlobals('PAGED_CONTEXT_DATA', { Filter: pointer('FLT_FILTER') });
const LoggedName = RTL_CONSTANT_STRING('reads');

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (_Data, _FltObjects, Context) => {
  const seen = ExAllocatePoolWithTag(PagedPool, SEEN.size + ROOM, TAG);
  if (seen === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const { Name } = SEEN.at(seen);
  Name.Buffer = (seen + SEEN.size) as typeof Name.Buffer;
  Name.MaximumLength = ROOM;
  RtlCopyUnicodeString(Name, LoggedName);
  Context.value = seen;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (_Data, _FltObjects, seen) => {
  RtlCompareUnicodeString(SEEN.at(seen).Name, LoggedName, true);
  ExFreePoolWithTag(seen, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
});
