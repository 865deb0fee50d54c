// Lock taken in pre, released in post: the post-operation callback of a write runs in any thread,
// so the resource is released by a thread that does not own it.
import { ERESOURCE, ExDeleteResourceLite, ExInitializeResourceLite,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAcquireResourceShared,
  FltReleaseResource, IRP_MJ_WRITE, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  ULONG, array, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('WRITER_DATA', {
  Filter: pointer('FLT_FILTER'), Resource: array(ULONG, ERESOURCE.size / 4),
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('WriterPreWrite', () => {
  FltAcquireResourceShared(Globals.Resource);
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostWrite = PFLT_POST_OPERATION_CALLBACK('WriterPostWrite', () => {
  FltReleaseResource(Globals.Resource);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite, PostOperation: PostWrite },
  ],
}, {
  begin() {
    ExInitializeResourceLite(Globals.Resource);
  },
  unloaded() {
    ExDeleteResourceLite(Globals.Resource);
  },
});
