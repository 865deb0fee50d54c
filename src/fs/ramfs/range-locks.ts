// Byte-range locks of a stream, kept by the FsRtl package. The package completes lock requests
// through the routine below, so that they end by the storage's policy like every other request.
// The head of the SCB says whether fast I/O is possible: while somebody holds a range, each
// transfer must be looked at.
import { kernelRoutine } from '../../mem/routine.ts';
import { FsRtlAreThereCurrentFileLocks, FsRtlCheckLockForReadAccess, FsRtlCheckLockForWriteAccess,
  FsRtlFastUnlockAll, FsRtlInitializeFileLock, FsRtlProcessFileLock, FsRtlUninitializeFileLock }
  from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FastIoIsNotPossible, FastIoIsPossible, FastIoIsQuestionable }
  from '../../ntos/fsrtl/filter-context.ts';
import { IoGetCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { FSRTL_ADVANCED_FCB_HEADER, IO_STACK_LOCATION, IRP, IRP_MN_LOCK }
  from '../../ntos/io/types.ts';
import { STATUS_PENDING, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { add } from '../../atomics-sync/atomics.ts';
import { FsCompleteRequest } from '../storage.ts';
import { RAMFS_SCB } from './types.ts';
import { shareMain, unlockMain } from './locks.ts';
import { checkOplock, grantsOf, mayGoOn, oplockAllowsFastIo } from './oplock.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PFILE_OBJECT, PFSRTL_ADVANCED_FCB_HEADER, PIRP } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const { at_FileLock, at_Header, at_LocksComing } = RAMFS_SCB.bound;
const { set_IsFastIoPossible, AllocationSize } = FSRTL_ADVANCED_FCB_HEADER.bound;
const { MinorFunction, Parameters_LockControl_ByteOffset } = IO_STACK_LOCATION.bound;
const { IoStatus_Status, IoStatus_Information } = IRP.bound;

const completeLockIrp = kernelRoutine('RamfsCompleteLockIrp', (_context, irp) =>
  FsCompleteRequest(irp as PIRP, IoStatus_Status(irp as PIRP), IoStatus_Information(irp as PIRP)));

/** The FILE_LOCK of a stream. */
export function fileLockOf(scb: PSCB): PFILE_LOCK {
  return at_FileLock(scb) as PFILE_LOCK;
}

/** Makes the locks of a fresh SCB ready. */
export function initializeLocksOf(scb: PSCB): void {
  FsRtlInitializeFileLock(fileLockOf(scb), completeLockIrp, 0);
}

/** Frees what the package keeps for an SCB that goes. */
export function uninitializeLocksOf(scb: PSCB): void {
  FsRtlUninitializeFileLock(fileLockOf(scb));
}

/** Brings the head up to date after locks or the oplock changed. */
export function refreshFastIo(scb: PSCB): void {
  const header = at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  const locked = FsRtlAreThereCurrentFileLocks(fileLockOf(scb));
  if (!oplockAllowsFastIo(scb)) set_IsFastIoPossible(header, FastIoIsNotPossible);
  else set_IsFastIoPossible(header, locked ? FastIoIsQuestionable : FastIoIsPossible);
}

/** Whether an IRP asks for a lock that oplocks see: not one behind what is allocated. */
function concernsOplocks(scb: PSCB, irp: PIRP): boolean {
  const location = IoGetCurrentIrpStackLocation(irp);
  return MinorFunction(location) === IRP_MN_LOCK && Parameters_LockControl_ByteOffset(location) <
    AllocationSize(at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER);
}

/**
 * Announces a lock that oplocks let pass: until `lockHasCome` no shared oplock is granted. FALSE
 * when one was granted since the check.
 *
 * @param passed what the check passed the lock with; see mayGoOn.
 */
export function lockIsComing(scb: PSCB, passed: number): boolean {
  shareMain(scb);
  const may = mayGoOn(scb, passed);
  if (may) add(at_LocksComing(scb), 1);
  unlockMain(scb);
  return may;
}

/** The announced lock is granted, queued or refused. */
export function lockHasCome(scb: PSCB): void {
  add(at_LocksComing(scb), -1);
}

/** Asks for the lock to be let pass; STATUS_SUCCESS when it is, and is announced. */
function announceLock(scb: PSCB, irp: PIRP): NTSTATUS {
  for (;;) {
    const grants = grantsOf(scb);
    const status = checkOplock(scb, irp);
    if (status !== STATUS_SUCCESS || lockIsComing(scb, grants)) return status;
  }
}

/** IRP_MJ_LOCK_CONTROL. The IRP is the package's from here on; the dispatch returns the result. */
export function processLock(scb: PSCB, irp: PIRP): NTSTATUS {
  const announces = concernsOplocks(scb, irp);
  const broken = announces ? announceLock(scb, irp) : STATUS_SUCCESS;
  if (broken === STATUS_PENDING) return broken;
  if (broken < 0) return FsCompleteRequest(irp, broken, 0);
  const status = FsRtlProcessFileLock(fileLockOf(scb), irp, scb);
  if (announces) lockHasCome(scb);
  refreshFastIo(scb);
  return status;
}

/** The last handle of a file object goes, and its locks with it. */
export function unlockAllRanges(scb: PSCB, file: PFILE_OBJECT): void {
  FsRtlFastUnlockAll(fileLockOf(scb), file, 0, 0);
  refreshFastIo(scb);
}

/** Whether locks of others allow the read that the IRP asks for. */
export function locksAllowRead(scb: PSCB, irp: PIRP): boolean {
  return FsRtlCheckLockForReadAccess(fileLockOf(scb), irp);
}

/** Whether locks of others allow the write that the IRP asks for. */
export function locksAllowWrite(scb: PSCB, irp: PIRP): boolean {
  return FsRtlCheckLockForWriteAccess(fileLockOf(scb), irp);
}
