// The twin: it asks for the name when it needs it.
import { FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, FltGetFileNameInformation,
  FltReleaseFileNameInformation, IRP_MJ_WRITE, InterlockedIncrement, NT_SUCCESS,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, RtlPrefixUnicodeString, STATUS_ACCESS_DENIED,
  atomic, driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData, PFLT_FILE_NAME_INFORMATION } from '../../../fltKernel.ts';

const Secret = RTL_CONSTANT_STRING('\\Device\\HarddiskVolume1\\secret');
const HOW = FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT;

const Globals = driverGlobals('NAME_DATA', { Filter: pointer('FLT_FILTER'), Denied: atomic() });

/** Whether the file of an operation lies below the secret folder. PASSIVE_LEVEL. */
function isSecret(Data: FltCallbackData): boolean {
  const name = out();
  if (!NT_SUCCESS(FltGetFileNameInformation(Data, HOW, name))) return false;
  const information = FLT_FILE_NAME_INFORMATION.at(name.value as PFLT_FILE_NAME_INFORMATION);
  const answer = RtlPrefixUnicodeString(Secret, information.Name, true);
  FltReleaseFileNameInformation(name.value as PFLT_FILE_NAME_INFORMATION);
  return answer;
}

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('NamePreWrite', (Data) => {
  if (!isSecret(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite },
  ],
});
