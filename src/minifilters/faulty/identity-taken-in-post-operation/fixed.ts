// The twin: the pre-write notes whose write it is; the post-write goes by that.
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_WRITE,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentProcessId,
  STATUS_ACCESS_DENIED, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('IDENTITY_DATA', { Filter: pointer('FLT_FILTER') });
/** The System process does not write here, or so its policy says. */
const SYSTEM = 4;

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (_Data, _FltObjects, Context) => {
  Context.value = PsGetCurrentProcessId();
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostWrite = PFLT_POST_OPERATION_CALLBACK('PostWrite', (Data, _FltObjects, writer) => {
  if (writer === SYSTEM) Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite, PostOperation: PostWrite },
  ],
});
