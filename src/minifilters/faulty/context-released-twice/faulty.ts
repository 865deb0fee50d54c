// The bug: where the create has failed the post-create releases the context and then falls through
// to where it is released for everybody.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
  FLT_STREAM_CONTEXT, FltAllocateContext, FltReleaseContext, FltSetStreamContext, IRP_MJ_CREATE,
  NT_SUCCESS, NonPagedPoolNx, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, ULONG,
  driverGlobals, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Rel2');
const STREAM = struct('STREAM', { Opens: ULONG });
const Globals = driverGlobals('RELEASED_TWICE_DATA', { Filter: pointer('FLT_FILTER') });

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PreCreate', (_Data, FltObjects, Context) => {
  const made = out();
  const status = FltAllocateContext(FltObjects.Filter, FLT_STREAM_CONTEXT, STREAM.size,
    NonPagedPoolNx, made);
  if (!NT_SUCCESS(status)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Context.value = made.value;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, FltObjects, made, Flags) => {
  const { Instance, FileObject } = FltObjects;
  if (!NT_SUCCESS(Data.IoStatus.Status)) {
    FltReleaseContext(made);
  } else if ((Flags & FLTFL_POST_OPERATION_DRAINING) === 0) {
    FltSetStreamContext(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, made, 0);
  }
  FltReleaseContext(made);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  ContextRegistration: [{ ContextType: FLT_STREAM_CONTEXT, Size: STREAM.size, PoolTag: TAG }],
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate, PostOperation: PostCreate },
  ],
});
