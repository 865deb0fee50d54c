// The bug: the post-create references its instance and drops the reference only where the create
// has succeeded. The unload waits for ever for the rest.
import { FLT_POSTOP_FINISHED_PROCESSING, FltObjectDereference, FltObjectReference, IRP_MJ_CREATE,
  InterlockedIncrement, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('REFERENCE_LEAKED_DATA', {
  Filter: pointer('FLT_FILTER'), Opens: atomic(),
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, FltObjects) => {
  if (!NT_SUCCESS(FltObjectReference(FltObjects.Instance))) return FLT_POSTOP_FINISHED_PROCESSING;
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  InterlockedIncrement(Globals.Opens);
  FltObjectDereference(FltObjects.Instance);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate }],
});
