// The twin: the status is looked at, and without a name nothing is compared.
import { FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_OPENED, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_POSTOP_FINISHED_PROCESSING, FltGetFileNameInformation, FltReleaseFileNameInformation,
  IRP_MJ_CLEANUP, InterlockedIncrement, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, atomic,
  driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_FILE_NAME_INFORMATION } from '../../../fltKernel.ts';

const Globals = driverGlobals('NAME_AFTER_CLEANUP_DATA', {
  Filter: pointer('FLT_FILTER'), Long: atomic(),
});
const LONG_NAME = 64;

const PostCleanup = PFLT_POST_OPERATION_CALLBACK('PostCleanup', (Data) => {
  const name = out<PFLT_FILE_NAME_INFORMATION>();
  const status =
    FltGetFileNameInformation(Data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT, name);
  if (!NT_SUCCESS(status)) return FLT_POSTOP_FINISHED_PROCESSING;
  const { Name } = FLT_FILE_NAME_INFORMATION.at(name.value);
  if (Name.Length > LONG_NAME) InterlockedIncrement(Globals.Long);
  FltReleaseFileNameInformation(name.value);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CLEANUP, PostOperation: PostCleanup }],
});
