// The oplock is checked again in the routine that ends the wait: the package may call it before the
// first check has returned, with its own locks held.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FltCheckOplockEx,
  FltCompletePendedPreOperation, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE, PFLT_PRE_OPERATION_CALLBACK }
  from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const WaitComplete = PFLTOPLOCK_WAIT_COMPLETE_ROUTINE('OwnerWaitComplete', (Data) => {
  const answer = FltCheckOplockEx(Globals.Oplock, Data, 0, 0, 0, 0);
  FltCompletePendedPreOperation(Data, answer, 0);
});

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  return FltCheckOplockEx(Globals.Oplock, Data, 0, 0, WaitComplete, 0);
});

export const DriverEntry = ownerDriver(PreOther);
