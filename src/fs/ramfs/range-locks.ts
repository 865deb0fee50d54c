// Byte-range locks of a stream, kept by the FsRtl package. The package completes lock requests
// through the routine below, so that they end by the storage's policy like every other request.
// The head of the SCB says whether fast I/O is possible: while somebody holds a range, each
// transfer must be looked at.
import { kernelRoutine } from '../../mem/routine.ts';
import { FsRtlAreThereCurrentFileLocks, FsRtlCheckLockForReadAccess, FsRtlCheckLockForWriteAccess,
  FsRtlFastUnlockAll, FsRtlInitializeFileLock, FsRtlProcessFileLock, FsRtlUninitializeFileLock }
  from '../../ntos/fsrtl/byte-range-lock.ts';
import { FastIoIsNotPossible, FastIoIsPossible, FastIoIsQuestionable }
  from '../../ntos/fsrtl/filter-context.ts';
import { FSRTL_ADVANCED_FCB_HEADER, IRP } from '../../ntos/io/types.ts';
import { FsCompleteRequest } from '../storage.ts';
import { RAMFS_SCB } from './types.ts';
import { oplockAllowsFastIo } from './oplock.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PFILE_OBJECT, PFSRTL_ADVANCED_FCB_HEADER, PIRP } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const { at_FileLock, at_Header } = RAMFS_SCB.bound;
const { set_IsFastIoPossible } = FSRTL_ADVANCED_FCB_HEADER.bound;
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

/** IRP_MJ_LOCK_CONTROL. The IRP is the package's from here on; the dispatch returns the result. */
export function processLock(scb: PSCB, irp: PIRP): NTSTATUS {
  const status = FsRtlProcessFileLock(fileLockOf(scb), irp, scb);
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
