// Fast I/O for byte-range locks: granted or refused without an IRP. A lock that would have to wait
// is FALSE and comes as an IRP.
import { kernelRoutine } from '../../mem/routine.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ntos/ke/apc.ts';
import { FsRtlFastLock, FsRtlFastUnlockAll, FsRtlFastUnlockAllByKey, FsRtlFastUnlockSingle }
  from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FILE_OBJECT, IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME, VCB_DISMOUNTED } from './types.ts';
import { PASSED_AS_FAST_IO, oplockAllowsFastIo } from './oplock.ts';
import { fileLockOf, lockHasCome, lockIsComing, refreshFastIo } from './range-locks.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const b = RAMFS_SCB.bound;
const { FsContext } = FILE_OBJECT.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const { State: volumeState } = RAMFS_VCB.bound;
const FALSE = 0;
const TRUE = 1;

function lockable(file: number): PSCB {
  const scb = FsContext(file as PFILE_OBJECT) as PSCB;
  if (scb === 0 || b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return 0 as PSCB;
  if (volumeState(b.Vcb(scb)) & VCB_DISMOUNTED) return 0 as PSCB;
  return oplockAllowsFastIo(scb) ? scb : (0 as PSCB);
}

function lock(
  file: number, offset: number, length: number, process: number, key: number,
  failImmediately: number, exclusive: number, iosb: number,
): number {
  const scb = lockable(file);
  if (scb === 0) return FALSE;
  KeEnterCriticalRegion();
  let done = lockIsComing(scb, PASSED_AS_FAST_IO);
  if (done) {
    done = FsRtlFastLock(fileLockOf(scb), file as PFILE_OBJECT, offset, length, process, key,
      failImmediately !== 0, exclusive !== 0, iosb, scb, false);
    lockHasCome(scb);
    refreshFastIo(scb);
  }
  KeLeaveCriticalRegion();
  return done ? TRUE : FALSE;
}

/** Runs an unlock and stores what came of it. */
function unlock(file: number, iosb: number, run: (scb: PSCB) => NTSTATUS): number {
  const scb = lockable(file);
  if (scb === 0) return FALSE;
  KeEnterCriticalRegion();
  set_Status(iosb as PIOSB, run(scb));
  set_Information(iosb as PIOSB, 0);
  refreshFastIo(scb);
  KeLeaveCriticalRegion();
  return TRUE;
}

function unlockSingle(
  file: number, offset: number, length: number, process: number, key: number, iosb: number,
): number {
  return unlock(file, iosb, (scb) => FsRtlFastUnlockSingle(fileLockOf(scb), file as PFILE_OBJECT,
    offset, length, process, key, scb, false));
}

function unlockAll(file: number, process: number, iosb: number): number {
  return unlock(file, iosb, (scb) =>
    FsRtlFastUnlockAll(fileLockOf(scb), file as PFILE_OBJECT, process, scb));
}

function unlockAllByKey(file: number, process: number, key: number, iosb: number): number {
  return unlock(file, iosb, (scb) =>
    FsRtlFastUnlockAllByKey(fileLockOf(scb), file as PFILE_OBJECT, process, key, scb));
}

/** The fast routines by the member of FAST_IO_DISPATCH they go into. */
export const fastLockRoutines: Readonly<Record<string, RoutineId>> = {
  FastIoLock: kernelRoutine('RamfsFastIoLock', lock),
  FastIoUnlockSingle: kernelRoutine('RamfsFastIoUnlockSingle', unlockSingle),
  FastIoUnlockAll: kernelRoutine('RamfsFastIoUnlockAll', unlockAll),
  FastIoUnlockAllByKey: kernelRoutine('RamfsFastIoUnlockAllByKey', unlockAllByKey),
};

