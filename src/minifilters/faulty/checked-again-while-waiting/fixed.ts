// The twin: the routine lets the operation go on; nothing is checked there.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltCheckOplockEx, FltCompletePendedPreOperation, NT_SUCCESS,
  PFLTOPLOCK_WAIT_COMPLETE_ROUTINE, PFLT_PRE_OPERATION_CALLBACK } from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const WaitComplete = PFLTOPLOCK_WAIT_COMPLETE_ROUTINE('OwnerWaitComplete', (Data) => {
  const failed = !NT_SUCCESS(Data.IoStatus.Status);
  const answer = failed ? FLT_PREOP_COMPLETE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
  FltCompletePendedPreOperation(Data, answer, 0);
});

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  return FltCheckOplockEx(Globals.Oplock, Data, 0, 0, WaitComplete, 0);
});

export const DriverEntry = ownerDriver(PreOther);
