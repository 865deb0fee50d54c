// The twin: who finds that another context was set meanwhile adopts that one.
import { CTL_CODE, FILE_DEVICE_FILE_SYSTEM, FILE_OBJECT, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_STREAM_CONTEXT, FltAllocateContext, FltGetStreamContext,
  FltReleaseContext, FltSetStreamContext, IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL,
  InterlockedIncrement, METHOD_BUFFERED, NT_SUCCESS, NonPagedPoolNx, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, RtlZeroMemory, STATUS_FLT_CONTEXT_ALREADY_DEFINED,
  atomic, driverGlobals, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltRelatedObjects } from '../../../fltKernel.ts';

const TAG = poolTag('Lost');
const STREAM = struct('STREAM', { Opens: atomic() });
const Globals = driverGlobals('LOST_RACE_DATA', { Filter: pointer('FLT_FILTER') });
/** CTL_CODE of a code of our own: how often was the file opened for reading? */
const FSCTL_QUERY_OPENS = CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 0x900, METHOD_BUFFERED, 0);

/** The stream's context with a reference of the caller's; NULL without memory. */
function getOrMake(FltObjects: FltRelatedObjects): number {
  const { Filter, Instance, FileObject } = FltObjects;
  const found = out();
  if (NT_SUCCESS(FltGetStreamContext(Instance, FileObject, found))) return found.value;
  const made = out();
  const size = STREAM.size;
  if (!NT_SUCCESS(FltAllocateContext(Filter, FLT_STREAM_CONTEXT, size, NonPagedPoolNx, made))) {
    return 0;
  }
  RtlZeroMemory(made.value, size);
  const old = out();
  const keep = FLT_SET_CONTEXT_KEEP_IF_EXISTS;
  const status = FltSetStreamContext(Instance, FileObject, keep, made.value, old);
  if (status !== STATUS_FLT_CONTEXT_ALREADY_DEFINED) return made.value;
  FltReleaseContext(made.value);
  return old.value;
}

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, FltObjects, _Made, Flags) => {
  const isOpen = NT_SUCCESS(Data.IoStatus.Status) && (Flags & FLTFL_POST_OPERATION_DRAINING) === 0;
  if (!isOpen || FILE_OBJECT.at(FltObjects.FileObject).ReadAccess === 0) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const context = getOrMake(FltObjects);
  if (context === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  InterlockedIncrement(STREAM.at(context).Opens);
  FltReleaseContext(context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PreControl = PFLT_PRE_OPERATION_CALLBACK('PreControl', (Data, FltObjects) => {
  const { FsControlCode } = Data.Iopb.Parameters.FileSystemControl.Common;
  if (FsControlCode !== FSCTL_QUERY_OPENS) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const found = out();
  const status = FltGetStreamContext(FltObjects.Instance, FltObjects.FileObject, found);
  Data.IoStatus.Status = status;
  if (!NT_SUCCESS(status)) return FLT_PREOP_COMPLETE;
  Data.IoStatus.Information = ReadAcquire(STREAM.at(found.value).Opens);
  FltReleaseContext(found.value);
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  ContextRegistration: [{ ContextType: FLT_STREAM_CONTEXT, Size: STREAM.size, PoolTag: TAG }],
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_FILE_SYSTEM_CONTROL, PreOperation: PreControl },
  ],
});
