// Operation coverage gap: deletion is denied for FileDispositionInformation, and the newer class
// that does the same is let by.
import { FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, FileDispositionInformation,
  IRP_MJ_SET_INFORMATION, InterlockedIncrement, PFLT_PRE_OPERATION_CALLBACK, STATUS_ACCESS_DENIED,
  atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('KEEP_DATA', { Filter: pointer('FLT_FILTER'), Denied: atomic() });

const PreSetInformation = PFLT_PRE_OPERATION_CALLBACK('KeepPreSetInformation', (Data) => {
  const { FileInformationClass } = Data.Iopb.Parameters.SetFileInformation;
  if (FileInformationClass !== FileDispositionInformation) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_SET_INFORMATION, PreOperation: PreSetInformation },
  ],
});
