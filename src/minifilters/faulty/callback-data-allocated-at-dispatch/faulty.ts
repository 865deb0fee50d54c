// The bug: the post-write begins an operation of its own where it stands. At DISPATCH_LEVEL
// callback data cannot be allocated.
import { FLTFL_POST_OPERATION_DRAINING, FLT_CALLBACK_DATA, FLT_POSTOP_FINISHED_PROCESSING,
  FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_WRITE, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, driverGlobals, out, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFILE_OBJECT, PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../../../fltKernel.ts';

const Globals = driverGlobals('OWN_FLUSH_DATA', { Filter: pointer('FLT_FILTER') });

/** Flushes the file below this filter. */
function flush(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): void {
  const made = out<PFLT_CALLBACK_DATA>();
  if (!NT_SUCCESS(FltAllocateCallbackData(Instance, FileObject, made))) return;
  FLT_CALLBACK_DATA.at(made.value).Iopb.MajorFunction = IRP_MJ_FLUSH_BUFFERS;
  FltPerformSynchronousIo(made.value);
  FltFreeCallbackData(made.value);
}

const PostWrite = PFLT_POST_OPERATION_CALLBACK('PostWrite', (_Data, FltObjects, _C, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  flush(FltObjects.Instance, FltObjects.FileObject);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PostOperation: PostWrite }],
});
