// PENDING of an oplock check taken for an end: the state of the operation is freed on every answer,
// and the routine that ends the wait still uses it.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE,
  FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltCheckOplockEx,
  FltCompletePendedPreOperation, NT_SUCCESS, NonPagedPool, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE,
  PFLT_PRE_OPERATION_CALLBACK, ULONG, poolTag, struct } from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const TAG = poolTag('Wait');
const STATE = struct('OWNER_STATE', { Waits: ULONG });

const WaitComplete = PFLTOPLOCK_WAIT_COMPLETE_ROUTINE('OwnerWaitComplete', (Data, state) => {
  STATE.at(state).Waits++;
  const failed = !NT_SUCCESS(Data.IoStatus.Status);
  const answer = failed ? FLT_PREOP_COMPLETE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
  FltCompletePendedPreOperation(Data, answer, 0);
});

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const state = ExAllocatePoolWithTag(NonPagedPool, STATE.size, TAG);
  if (state === 0) return FltCheckOplockEx(Globals.Oplock, Data, 0, 0, 0, 0);
  STATE.at(state).Waits = 0;
  const answer = FltCheckOplockEx(Globals.Oplock, Data, 0, state, WaitComplete, 0);
  // Whatever the answer is, the operation does not wait any more.
  ExFreePoolWithTag(state, TAG);
  return answer;
});

export const DriverEntry = ownerDriver(PreOther);
