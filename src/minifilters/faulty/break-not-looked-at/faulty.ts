// COMPLETE_IF_OPLOCKED without a look at the status: the check lets the operation go on while the
// break is still running, and the filter takes its cached size for the file's.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FltCheckOplockEx, IRP_MJ_CREATE, InterlockedIncrement, OPLOCK_FLAG_COMPLETE_IF_OPLOCKED,
  PFLT_PRE_OPERATION_CALLBACK } from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const flags = Data.Iopb.MajorFunction === IRP_MJ_CREATE ? OPLOCK_FLAG_COMPLETE_IF_OPLOCKED : 0;
  const answer = FltCheckOplockEx(Globals.Oplock, Data, flags, 0, 0, 0);
  if (answer !== FLT_PREOP_SUCCESS_WITH_CALLBACK) return answer;
  // The size of nothing is not worth a look.
  if (Globals.CachedSize === 0) return answer;
  InterlockedIncrement(Globals.Hits);
  return answer;
});

export const DriverEntry = ownerDriver(PreOther);
