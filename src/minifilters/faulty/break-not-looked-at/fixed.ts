// The twin: while the break is running, the cached size is not used.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FltCheckOplockEx, IRP_MJ_CREATE, InterlockedIncrement, OPLOCK_FLAG_COMPLETE_IF_OPLOCKED,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_OPLOCK_BREAK_IN_PROGRESS } from '../../../fltKernel.ts';
import { Globals, ownerDriver } from '../oplock-owner.ts';

const PreOther = PFLT_PRE_OPERATION_CALLBACK('OwnerPreOther', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const flags = Data.Iopb.MajorFunction === IRP_MJ_CREATE ? OPLOCK_FLAG_COMPLETE_IF_OPLOCKED : 0;
  const answer = FltCheckOplockEx(Globals.Oplock, Data, flags, 0, 0, 0);
  const { Status } = Data.IoStatus;
  const isBreaking = Status === STATUS_OPLOCK_BREAK_IN_PROGRESS;
  if (answer !== FLT_PREOP_SUCCESS_WITH_CALLBACK || isBreaking) return answer;
  // The size of nothing is not worth a look.
  if (Globals.CachedSize === 0) return answer;
  InterlockedIncrement(Globals.Hits);
  return answer;
});

export const DriverEntry = ownerDriver(PreOther);
