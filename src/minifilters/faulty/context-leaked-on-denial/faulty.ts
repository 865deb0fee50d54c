// The bug: the pre-create allocates what the post-create will need, and forgets it where it denies
// the create.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FILE_DIRECTORY_FILE,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_CREATE, NonPagedPoolNx, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_ACCESS_DENIED, ULONG, driverGlobals, pointer, poolTag,
  struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Deny');
const OPEN = struct('OPEN', { Options: ULONG });
const Globals = driverGlobals('DENIAL_LEAK_DATA', { Filter: pointer('FLT_FILTER') });

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PreCreate', (Data, _FltObjects, Context) => {
  const open = ExAllocatePoolWithTag(NonPagedPoolNx, OPEN.size, TAG);
  if (open === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  OPEN.at(open).Options = Data.Iopb.Parameters.Create.Options;
  if (OPEN.at(open).Options & FILE_DIRECTORY_FILE) {
    Data.IoStatus.Status = STATUS_ACCESS_DENIED;
    return FLT_PREOP_COMPLETE;
  }
  Context.value = open;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (_Data, _FltObjects, open) => {
  ExFreePoolWithTag(open, TAG);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate, PostOperation: PostCreate },
  ],
});
