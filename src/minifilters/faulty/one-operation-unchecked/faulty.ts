// An oplock check is missing: setting information, such as the end of the file, goes by the oplock
// that the filter has granted, and its holder goes on with a stale cache.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltCheckOplockEx, IRP_MJ_SET_INFORMATION, PFLT_PRE_OPERATION_CALLBACK } from
  '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  if (Data.Iopb.MajorFunction === IRP_MJ_SET_INFORMATION) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  return FltCheckOplockEx(Globals.Oplock, Data, 0, 0, 0, 0);
});

export const DriverEntry = ownerDriver(PreOther);
