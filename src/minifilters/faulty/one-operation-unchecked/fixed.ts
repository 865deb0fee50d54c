// The twin: all operations that break oplocks go through the same check.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FltCheckOplockEx,
  PFLT_PRE_OPERATION_CALLBACK } from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  return FltCheckOplockEx(Globals.Oplock, Data, 0, 0, 0, 0);
});

export const DriverEntry = ownerDriver(PreOther);
