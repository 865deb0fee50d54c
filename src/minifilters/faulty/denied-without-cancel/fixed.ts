// The twin: the open is taken back before it is failed.
import { FILE_OBJECT, FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FltCancelFileOpen, IRP_MJ_CREATE, InterlockedIncrement, NT_SUCCESS,
  PFLT_POST_OPERATION_CALLBACK, STATUS_ACCESS_DENIED, STATUS_REPARSE, atomic, driverGlobals,
  pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('DENY_DATA', { Filter: pointer('FLT_FILTER'), Denied: atomic() });

const PostCreate = PFLT_POST_OPERATION_CALLBACK('DenyPostCreate', (Data, FltObjects, _Context,
  Flags) => {
  if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
  const { FileObject } = FltObjects;
  const isOpened = NT_SUCCESS(Data.IoStatus.Status) && Data.IoStatus.Status !== STATUS_REPARSE;
  if (!isOpened || FILE_OBJECT.at(FileObject).WriteAccess === 0) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  FltCancelFileOpen(FltObjects.Instance, FileObject);
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  Data.IoStatus.Information = 0;
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
  ],
});
