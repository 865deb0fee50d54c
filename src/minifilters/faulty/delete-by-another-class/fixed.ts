// The twin: a table of what is harmless; every other class is denied.
import { FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, FileAllocationInformation,
  FileBasicInformation, FileEndOfFileInformation, FilePositionInformation,
  FileValidDataLengthInformation, IRP_MJ_SET_INFORMATION, InterlockedIncrement,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_ACCESS_DENIED, atomic, driverGlobals, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const harmless: ReadonlySet<number> = new Set([FileBasicInformation, FileEndOfFileInformation,
  FilePositionInformation, FileAllocationInformation, FileValidDataLengthInformation]);

const Globals = driverGlobals('KEEP_DATA', { Filter: pointer('FLT_FILTER'), Denied: atomic() });

const PreSetInformation = PFLT_PRE_OPERATION_CALLBACK('KeepPreSetInformation', (Data) => {
  const { FileInformationClass } = Data.Iopb.Parameters.SetFileInformation;
  if (harmless.has(FileInformationClass)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_SET_INFORMATION, PreOperation: PreSetInformation },
  ],
});
