// The bug: the post-create allocates a stream context and returns where it cannot be set. The
// reference of the allocation is never released.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_STREAM_CONTEXT, FltAllocateContext, FltReleaseContext,
  FltSetStreamContext, IRP_MJ_CREATE, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, PagedPool, ULONG,
  driverGlobals, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('NoSt');
const STREAM = struct('STREAM', { Opens: ULONG });
const Globals = driverGlobals('NOT_SET_DATA', { Filter: pointer('FLT_FILTER') });

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, FltObjects, _Made, Flags) => {
  const { Filter, Instance, FileObject } = FltObjects;
  if (Flags & FLTFL_POST_OPERATION_DRAINING || !NT_SUCCESS(Data.IoStatus.Status)) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const made = out();
  const size = STREAM.size;
  if (!NT_SUCCESS(FltAllocateContext(Filter, FLT_STREAM_CONTEXT, size, PagedPool, made))) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  STREAM.at(made.value).Opens = 1;
  const status =
    FltSetStreamContext(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, made.value, 0);
  if (!NT_SUCCESS(status)) return FLT_POSTOP_FINISHED_PROCESSING;
  FltReleaseContext(made.value);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  ContextRegistration: [{ ContextType: FLT_STREAM_CONTEXT, Size: STREAM.size, PoolTag: TAG }],
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate }],
});
