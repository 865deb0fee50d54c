// The bug: the name of a file is released only where it is one that the filter looks for.
import { FLTFL_POST_OPERATION_DRAINING, FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_OPENED,
  FLT_FILE_NAME_QUERY_DEFAULT, FLT_POSTOP_FINISHED_PROCESSING, FltGetFileNameInformation,
  FltReleaseFileNameInformation, IRP_MJ_CREATE, InterlockedIncrement, NT_SUCCESS,
  PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_FILE_NAME_INFORMATION } from '../../../fltKernel.ts';

const Globals = driverGlobals('NAME_LEAKED_DATA', {
  Filter: pointer('FLT_FILTER'), Long: atomic(),
});
const LONG_NAME = 128;

const PostCreate = PFLT_POST_OPERATION_CALLBACK('PostCreate', (Data, _FltObjects, _C, Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING || !NT_SUCCESS(Data.IoStatus.Status)) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const name = out<PFLT_FILE_NAME_INFORMATION>();
  const options = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT;
  if (!NT_SUCCESS(FltGetFileNameInformation(Data, options, name))) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  if (FLT_FILE_NAME_INFORMATION.at(name.value).Name.Length > LONG_NAME) {
    InterlockedIncrement(Globals.Long);
    FltReleaseFileNameInformation(name.value);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate }],
});
