// Byte-range locks as fast I/O (IRP_MJ_LOCK_CONTROL). Here the parameters ProcessId,
// FailImmediately and ExclusiveLock mean something; an IRP has the last two in its flags (OP-12).
import { kernelRoutine } from '../../mem/routine.ts';
import { IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK, IRP_MN_UNLOCK_ALL, IRP_MN_UNLOCK_ALL_BY_KEY,
  IRP_MN_UNLOCK_SINGLE } from '../../ntos/io/types.ts';
import { readInt64, writeInt64 } from '../../ntos/rtl/large-integer.ts';
import { fastCall } from './fast-call.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const c = IRP_CTRL.bound;

function fillRange(ctrl: PIRP_CTRL, offsetAt: number, lengthAt: number, process: number,
  key: number): void {
  c.set_Iopb_Parameters_LockControl_Length(ctrl, lengthAt as never);
  c.set_Iopb_Parameters_LockControl_Key(ctrl, key);
  c.set_Iopb_Parameters_LockControl_ByteOffset(ctrl, readInt64(offsetAt));
  c.set_Iopb_Parameters_LockControl_ProcessId(ctrl, process as never);
}

/** The first five arguments of the entries that name a range. */
function range(ctrl: PIRP_CTRL, offsetAt: number): number[] {
  writeInt64(offsetAt, c.Iopb_Parameters_LockControl_ByteOffset(ctrl));
  return [c.Iopb_TargetFileObject(ctrl), offsetAt, c.Iopb_Parameters_LockControl_Length(ctrl),
    c.Iopb_Parameters_LockControl_ProcessId(ctrl), c.Iopb_Parameters_LockControl_Key(ctrl)];
}

function lock(args: number[]): number {
  const [file = 0, offsetAt = 0, lengthAt = 0, process = 0, key = 0, fail = 0, exclusive = 0,
    iosb = 0, device = 0] = args;
  return fastCall({
    member: 'FastIoLock', major: IRP_MJ_LOCK_CONTROL, minor: IRP_MN_LOCK, file, device, iosb,
    args: args.slice(0, 8),
    fill(ctrl) {
      fillRange(ctrl, offsetAt, lengthAt, process, key);
      c.set_Iopb_Parameters_LockControl_FailImmediately(ctrl, fail);
      c.set_Iopb_Parameters_LockControl_ExclusiveLock(ctrl, exclusive);
    },
    lower: (ctrl) => [...range(ctrl, offsetAt),
      c.Iopb_Parameters_LockControl_FailImmediately(ctrl),
      c.Iopb_Parameters_LockControl_ExclusiveLock(ctrl), iosb],
  });
}

function unlockSingle(args: number[]): number {
  const [file = 0, offsetAt = 0, lengthAt = 0, process = 0, key = 0, iosb = 0, device = 0] = args;
  return fastCall({
    member: 'FastIoUnlockSingle', major: IRP_MJ_LOCK_CONTROL, minor: IRP_MN_UNLOCK_SINGLE, file,
    device, iosb, args: args.slice(0, 6),
    fill: (ctrl) => fillRange(ctrl, offsetAt, lengthAt, process, key),
    lower: (ctrl) => [...range(ctrl, offsetAt), iosb],
  });
}

function unlockAll(args: number[]): number {
  const [file = 0, process = 0, iosb = 0, device = 0] = args;
  return fastCall({
    member: 'FastIoUnlockAll', major: IRP_MJ_LOCK_CONTROL, minor: IRP_MN_UNLOCK_ALL, file, device,
    iosb, args: args.slice(0, 3),
    fill: (ctrl) => c.set_Iopb_Parameters_LockControl_ProcessId(ctrl, process as never),
    lower: (ctrl) => [c.Iopb_TargetFileObject(ctrl),
      c.Iopb_Parameters_LockControl_ProcessId(ctrl), iosb],
  });
}

function unlockAllByKey(args: number[]): number {
  const [file = 0, process = 0, key = 0, iosb = 0, device = 0] = args;
  return fastCall({
    member: 'FastIoUnlockAllByKey', major: IRP_MJ_LOCK_CONTROL, minor: IRP_MN_UNLOCK_ALL_BY_KEY,
    file, device, iosb, args: args.slice(0, 4),
    fill(ctrl) {
      c.set_Iopb_Parameters_LockControl_ProcessId(ctrl, process as never);
      c.set_Iopb_Parameters_LockControl_Key(ctrl, key);
    },
    lower: (ctrl) => [c.Iopb_TargetFileObject(ctrl),
      c.Iopb_Parameters_LockControl_ProcessId(ctrl), c.Iopb_Parameters_LockControl_Key(ctrl),
      iosb],
  });
}

export const fastLockRoutines: Readonly<Record<string, number>> = {
  FastIoLock: kernelRoutine('FltpFastIoLock', (...a) => lock(a)),
  FastIoUnlockSingle: kernelRoutine('FltpFastIoUnlockSingle', (...a) => unlockSingle(a)),
  FastIoUnlockAll: kernelRoutine('FltpFastIoUnlockAll', (...a) => unlockAll(a)),
  FastIoUnlockAllByKey: kernelRoutine('FltpFastIoUnlockAllByKey', (...a) => unlockAllByKey(a)),
};
