// Byte-range locks (FILE_LOCK): the package that file systems and filters call for
// IRP_MJ_LOCK_CONTROL, for fast I/O locks and before each transfer (LOCK-1 to LOCK-6).
//
// A request that must wait keeps its IRP here with a cancel routine. Whenever locks go, requests
// that wait are looked at in the order in which they came, and each that can be granted is (FIFO
// per range). IRPs are completed and routines called with no lock held.
//
// Reference: ntifs/fsrtl*lock* of the WDK; MS-FSA 2.1.5.8 and 2.1.5.9. All <= APC_LEVEL.
import { add } from '../../../atomics-sync/atomics.ts';
import { routineTable } from '../../../mem/routine.ts';
import { readUint64 } from '../../rtl/large-integer.ts';
import { FILE_LOCK } from '../../io/control-types.ts';
import { IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP_MN_LOCK, IRP_MN_UNLOCK_ALL,
  IRP_MN_UNLOCK_ALL_BY_KEY, IRP_MN_UNLOCK_SINGLE, SL_EXCLUSIVE_LOCK, SL_FAIL_IMMEDIATELY }
  from '../../io/types.ts';
import { IoGetCurrentIrpStackLocation } from '../../io/irp/irp.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_LOCK_RANGE, STATUS_LOCK_NOT_GRANTED, STATUS_PENDING, STATUS_RANGE_NOT_LOCKED,
  STATUS_SUCCESS } from '../../status-codes.ts';
import { infoOfLock, needInfo, refreshQuestionable, takeOut } from './file-lock.ts';
import { LOCK_RECORD, createRecord, findExact, freeRecord, grant, infoOf, isRangeTooLong,
  lockCollides, unlink } from './lock-list.ts';
import { completeLockIrp, grantWaiters, queueWaiter, undoGrant, withdrawWaiters }
  from './lock-waiters.ts';
import { requestorOf } from '../requestor.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { LockOwner, PLOCK_INFO, PLOCK_RECORD } from './lock-list.ts';
import type { RoutineId } from '../../../mem/routine.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_LOCK } from '../../io/control-types.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../io/types.ts';

export { FsRtlAllocateFileLock, FsRtlFreeFileLock, FsRtlInitializeFileLock,
  FsRtlUninitializeFileLock } from './file-lock.ts';
export { FsRtlAreThereCurrentFileLocks, FsRtlAreThereCurrentOrInProgressFileLocks,
  FsRtlCheckLockForOplockRequest, FsRtlCheckLockForReadAccess, FsRtlCheckLockForWriteAccess,
  FsRtlFastCheckLockForRead, FsRtlFastCheckLockForWrite, FsRtlGetNextFileLock }
  from './lock-check.ts';

const f = FILE_LOCK.bound;
const s = IO_STACK_LOCATION.bound;
const r = LOCK_RECORD.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const NO_IRP = 0 as PIRP;

/** Tells the file system of removed locks, frees them, and lets waiting requests in. */
function afterUnlock(
  lock: PFILE_LOCK,
  info: PLOCK_INFO,
  removed: readonly PLOCK_RECORD[],
  context: number,
): void {
  const routine = f.UnlockRoutine(lock);
  for (const record of removed) {
    if (routine !== 0) routineTable[routine]!(context, infoOf(record));
    freeRecord(record);
  }
  grantWaiters(info);
  lockStripe(info);
  refreshQuestionable(lock, info);
  unlockStripe(info);
}

/** What is asked of a FILE_LOCK; the Filter Manager's face of the package asks it, too. */
export interface LockRequest {
  readonly owner: LockOwner;
  /** Addresses of the 64-bit values. */
  readonly offset: number;
  readonly length: number;
  readonly exclusive: boolean;
  readonly failImmediately: boolean;
  readonly context: number;
  /** The routine that completes the IRP of a request that waited; else the FILE_LOCK's. */
  readonly complete?: RoutineId;
}

/** The record of this thread's newest lock request: a register between two calls. */
let made = 0 as PLOCK_RECORD;

/** Grants the made record, or queues it when it has an IRP that may wait. */
function grantOrQueue(lock: PFILE_LOCK, info: PLOCK_INFO, request: LockRequest): NTSTATUS {
  const { owner, offset, length, exclusive } = request;
  lockStripe(info);
  let status: NTSTATUS = STATUS_SUCCESS;
  if (lockCollides(info, owner, readUint64(offset), readUint64(length), exclusive)) {
    const waits = r.Irp(made) !== 0 && !request.failImmediately;
    status = waits ? queueWaiter(info, made) : STATUS_LOCK_NOT_GRANTED;
  } else {
    grant(info, made);
  }
  refreshQuestionable(lock, info);
  unlockStripe(info);
  return status;
}

/**
 * Locks a range. With an IRP, a request that must wait is queued: STATUS_PENDING (the IRP belongs
 * to the package then) or STATUS_CANCELLED. Otherwise STATUS_LOCK_NOT_GRANTED.
 */
export function lockRange(lock: PFILE_LOCK, request: LockRequest, irp: PIRP): NTSTATUS {
  if (isRangeTooLong(request.offset, request.length)) return STATUS_INVALID_LOCK_RANGE;
  const info = needInfo(lock);
  if (info === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const record = createRecord(request.owner, request.offset, request.length, request.exclusive);
  if (record === 0) return STATUS_INSUFFICIENT_RESOURCES;
  r.set_Irp(record, irp);
  r.set_CompleteRoutine(record, request.complete ?? f.CompleteLockIrpRoutine(lock));
  r.set_Context(record, request.context);
  made = record;
  const progress = f.at_LockRequestsInProgress(lock);
  add(progress, 1);
  const status = grantOrQueue(lock, info, request);
  add(progress, -1);
  if (!NT_SUCCESS(status)) freeRecord(record);
  return status;
}

/**
 * Locks a range without an IRP (fast I/O). IRQL <= APC_LEVEL.
 *
 * @param FileOffset, Length addresses of LARGE_INTEGERs, bytes.
 * @param ProcessId the owner's EPROCESS.
 * @param Iosb gets the status when the result is TRUE.
 * @returns FALSE when the request has to wait, and so must come as an IRP (LOCK-2).
 */
export function FsRtlFastLock(
  FileLock: PFILE_LOCK,
  FileObject: PFILE_OBJECT,
  FileOffset: number,
  Length: number,
  ProcessId: number,
  Key: number,
  FailImmediately: boolean,
  ExclusiveLock: boolean,
  Iosb: number,
  Context: number,
  _AlreadySynchronized: boolean,
): boolean {
  const status = lockRange(FileLock, {
    owner: { file: FileObject, process: ProcessId, key: Key },
    offset: FileOffset,
    length: Length,
    exclusive: ExclusiveLock,
    failImmediately: FailImmediately,
    context: Context,
  }, NO_IRP);
  if (status === STATUS_LOCK_NOT_GRANTED && !FailImmediately) return false;
  set_Status(Iosb as PIOSB, status);
  set_Information(Iosb as PIOSB, 0);
  return true;
}

/**
 * Removes one lock of exactly this range and owner, an exclusive one first. IRQL <= APC_LEVEL.
 * STATUS_RANGE_NOT_LOCKED when there is none.
 */
export function FsRtlFastUnlockSingle(
  FileLock: PFILE_LOCK,
  FileObject: PFILE_OBJECT,
  FileOffset: number,
  Length: number,
  ProcessId: number,
  Key: number,
  Context: number,
  _AlreadySynchronized: boolean,
): NTSTATUS {
  if (isRangeTooLong(FileOffset, Length)) return STATUS_INVALID_LOCK_RANGE;
  const info = infoOfLock(FileLock);
  if (info === 0) return STATUS_RANGE_NOT_LOCKED;
  const owner = { file: FileObject, process: ProcessId, key: Key };
  lockStripe(info);
  const record = findExact(info, owner, FileOffset, Length);
  if (record !== 0) unlink(record);
  unlockStripe(info);
  if (record === 0) return STATUS_RANGE_NOT_LOCKED;
  afterUnlock(FileLock, info, [record], Context);
  return STATUS_SUCCESS;
}

function unlockAll(
  lock: PFILE_LOCK,
  context: number,
  mine: (record: PLOCK_RECORD) => boolean,
): NTSTATUS {
  const info = infoOfLock(lock);
  if (info === 0) return STATUS_RANGE_NOT_LOCKED;
  withdrawWaiters(info, STATUS_RANGE_NOT_LOCKED, mine);
  lockStripe(info);
  const removed = takeOut(info, mine);
  unlockStripe(info);
  afterUnlock(lock, info, removed, context);
  return STATUS_SUCCESS;
}

/**
 * Removes the locks of a file object and process; 0 for the process means any, for the cleanup of
 * the last handle. Its requests that wait end with STATUS_RANGE_NOT_LOCKED. IRQL <= APC_LEVEL.
 */
export function FsRtlFastUnlockAll(
  FileLock: PFILE_LOCK,
  FileObject: PFILE_OBJECT,
  ProcessId: number,
  Context: number,
): NTSTATUS {
  return unlockAll(FileLock, Context, (record) =>
    r.Info_FileObject(record) === FileObject &&
    (ProcessId === 0 || r.Info_ProcessId(record) === ProcessId));
}

/** FsRtlFastUnlockAll for the locks that were taken with one key. IRQL <= APC_LEVEL. */
export function FsRtlFastUnlockAllByKey(
  FileLock: PFILE_LOCK,
  FileObject: PFILE_OBJECT,
  ProcessId: number,
  Key: number,
  Context: number,
): NTSTATUS {
  return unlockAll(FileLock, Context, (record) =>
    r.Info_FileObject(record) === FileObject && r.Info_Key(record) === Key >>> 0 &&
    (ProcessId === 0 || r.Info_ProcessId(record) === ProcessId));
}

/** The record of the lock that this thread's last lockRange granted; valid right after it. */
export function grantedRecord(): PLOCK_RECORD {
  return made;
}

/** Takes a lock back whose completion routine failed, and lets others in. */
export function takeBack(lock: PFILE_LOCK, record: PLOCK_RECORD, irp: PIRP): void {
  const info = infoOfLock(lock);
  if (info === 0) return;
  undoGrant(info, record, irp);
  grantWaiters(info);
}

function processLock(
  lock: PFILE_LOCK,
  irp: PIRP,
  context: number,
  sp: PIO_STACK_LOCATION,
  owner: LockOwner,
): NTSTATUS {
  const flags = s.Flags(sp);
  const status = lockRange(lock, {
    owner,
    offset: s.at_Parameters_LockControl_ByteOffset(sp),
    length: s.Parameters_LockControl_Length(sp),
    exclusive: (flags & SL_EXCLUSIVE_LOCK) !== 0,
    failImmediately: (flags & SL_FAIL_IMMEDIATELY) !== 0,
    context,
  }, irp);
  if (status === STATUS_PENDING) return status;
  const record = grantedRecord();
  const final = completeLockIrp(f.CompleteLockIrpRoutine(lock), context, irp, status);
  // A request that was cancelled while it was queued is marked pending.
  if (status === STATUS_CANCELLED) return STATUS_PENDING;
  if (NT_SUCCESS(status) && !NT_SUCCESS(final)) takeBack(lock, record, irp);
  return final;
}

/**
 * Carries out an IRP_MJ_LOCK_CONTROL. IRQL <= APC_LEVEL. The IRP belongs to the package from here
 * on: it is completed, now or when its lock is granted, and must not be touched again.
 *
 * @param Context handed to the routines of the FILE_LOCK.
 * @returns STATUS_PENDING, STATUS_SUCCESS, STATUS_LOCK_NOT_GRANTED, STATUS_RANGE_NOT_LOCKED,
 *   STATUS_INVALID_LOCK_RANGE, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST.
 * @see LOCK-2, LOCK-3.
 */
export function FsRtlProcessFileLock(
  FileLock: PFILE_LOCK,
  Irp: PIRP,
  Context: number,
): NTSTATUS {
  const sp = IoGetCurrentIrpStackLocation(Irp);
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const process = requestorOf(Irp);
  const key = s.Parameters_LockControl_Key(sp);
  let status: NTSTATUS;
  switch (s.MinorFunction(sp)) {
    case IRP_MN_LOCK:
      return processLock(FileLock, Irp, Context, sp, { file, process, key });
    case IRP_MN_UNLOCK_SINGLE:
      status = FsRtlFastUnlockSingle(FileLock, file, s.at_Parameters_LockControl_ByteOffset(sp),
        s.Parameters_LockControl_Length(sp), process, key, Context, false);
      break;
    case IRP_MN_UNLOCK_ALL:
      status = FsRtlFastUnlockAll(FileLock, file, process, Context);
      break;
    case IRP_MN_UNLOCK_ALL_BY_KEY:
      status = FsRtlFastUnlockAllByKey(FileLock, file, process, key, Context);
      break;
    default:
      status = STATUS_INVALID_DEVICE_REQUEST;
  }
  return completeLockIrp(f.CompleteLockIrpRoutine(FileLock), Context, Irp, status);
}
