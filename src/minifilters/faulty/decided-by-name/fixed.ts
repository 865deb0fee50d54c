// The twin: it decides in post-create, on the file that was opened, and takes the open back.
import { FLTFL_POST_OPERATION_DRAINING, FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_OPENED,
  FLT_FILE_NAME_QUERY_DEFAULT, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_COMPLETE,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltCancelFileOpen, FltGetFileNameInformation,
  FltReleaseFileNameInformation, IRP_MJ_CREATE, InterlockedIncrement, NT_SUCCESS,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING,
  RtlPrefixUnicodeString, STATUS_ACCESS_DENIED, atomic, driverGlobals, out, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData, PFLT_FILE_NAME_INFORMATION } from '../../../fltKernel.ts';

const Secret = RTL_CONSTANT_STRING('\\Device\\HarddiskVolume1\\secret');
const HOW = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT;

const Globals = driverGlobals('DOOR_DATA', {
  Filter: pointer('FLT_FILTER'), Allowed: atomic(), Denied: atomic(),
});

/** Whether the file of a create lies below the secret folder, by its name. PASSIVE_LEVEL. */
function isSecret(Data: FltCallbackData): boolean {
  const name = out<PFLT_FILE_NAME_INFORMATION>();
  if (!NT_SUCCESS(FltGetFileNameInformation(Data, HOW, name))) return false;
  const { Name } = FLT_FILE_NAME_INFORMATION.at(name.value);
  const answer = RtlPrefixUnicodeString(Secret, Name, true);
  FltReleaseFileNameInformation(name.value);
  return answer;
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('DoorPreCreate', (Data) => {
  if (!isSecret(Data)) return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('DoorPostCreate', (Data, FltObjects, _Context,
  Flags) => {
  const isDraining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (isDraining || !NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  if (isSecret(Data)) {
    InterlockedIncrement(Globals.Denied);
    FltCancelFileOpen(FltObjects.Instance, FltObjects.FileObject);
    Data.IoStatus.Status = STATUS_ACCESS_DENIED;
    Data.IoStatus.Information = 0;
  } else {
    InterlockedIncrement(Globals.Allowed);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate, PostOperation: PostCreate },
  ],
});
