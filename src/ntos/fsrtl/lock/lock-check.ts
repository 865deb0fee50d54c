// Asking a FILE_LOCK: may this transfer go on, are there locks at all, which ones. The common
// answer, that nobody locks the stream, needs no lock: the mark FastIoIsQuestionable is raised
// before a lock request returns, and a transfer that runs at the same time may go before it.
// All IRQL <= APC_LEVEL.
import { load } from '../../../atomics-sync/atomics.ts';
import { copyBytes } from '../../../mem/memory.ts';
import { readUint64 } from '../../rtl/large-integer.ts';
import { flink } from '../../rtl/list-entry.ts';
import { FILE_LOCK, FILE_LOCK_INFO } from '../../io/control-types.ts';
import { IO_STACK_LOCATION } from '../../io/types.ts';
import { IoGetCurrentIrpStackLocation } from '../../io/irp/irp.ts';
import { LOCK_RECORD, accessCollides, grantedHead, infoOf, waitingHead } from './lock-list.ts';
import { requestorOf } from '../requestor.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { LockOwner, PLOCK_INFO, PLOCK_RECORD } from './lock-list.ts';
import type { PFILE_LOCK, PFILE_LOCK_INFO } from '../../io/control-types.ts';
import type { PFILE_OBJECT, PIRP } from '../../io/types.ts';

const f = FILE_LOCK.bound;
const s = IO_STACK_LOCATION.bound;
const { at_Info_StartingByte } = LOCK_RECORD.bound;
const infoWordAt = FILE_LOCK.offsets['LockInformation'] ?? 0;
const NONE = 0 as PFILE_LOCK_INFO;

/** The lists of a FILE_LOCK that has locks or waiting requests; NULL when it has none. */
function listsOf(lock: PFILE_LOCK): PLOCK_INFO {
  if (f.FastIoIsQuestionable(lock) === 0) return 0 as PLOCK_INFO;
  return load(lock + infoWordAt) as PLOCK_INFO;
}

function mayAccess(
  lock: PFILE_LOCK,
  owner: LockOwner,
  start: number,
  length: number,
  write: boolean,
): boolean {
  const info = listsOf(lock);
  if (info === 0) return true;
  lockStripe(info);
  const collides = accessCollides(info, owner, start, length, write);
  unlockStripe(info);
  return !collides;
}

/**
 * Whether locks allow a read without an IRP. FALSE means STATUS_FILE_LOCK_CONFLICT (LOCK-5).
 * @param StartingByte, Length addresses of LARGE_INTEGERs, bytes.
 */
export function FsRtlFastCheckLockForRead(
  FileLock: PFILE_LOCK,
  StartingByte: number,
  Length: number,
  Key: number,
  FileObject: PFILE_OBJECT,
  ProcessId: number,
): boolean {
  const owner = { file: FileObject, process: ProcessId, key: Key };
  return mayAccess(FileLock, owner, readUint64(StartingByte), readUint64(Length), false);
}

/** The same for a write, which the writer's own shared locks forbid as well. */
export function FsRtlFastCheckLockForWrite(
  FileLock: PFILE_LOCK,
  StartingByte: number,
  Length: number,
  Key: number,
  FileObject: PFILE_OBJECT,
  ProcessId: number,
): boolean {
  const owner = { file: FileObject, process: ProcessId, key: Key };
  return mayAccess(FileLock, owner, readUint64(StartingByte), readUint64(Length), true);
}

function checkIrp(lock: PFILE_LOCK, irp: PIRP, write: boolean): boolean {
  if (listsOf(lock) === 0) return true;
  const sp = IoGetCurrentIrpStackLocation(irp);
  // IRP_MJ_READ and IRP_MJ_WRITE have the same parameters.
  const owner = {
    file: s.FileObject(sp) as PFILE_OBJECT,
    process: requestorOf(irp),
    key: s.Parameters_Read_Key(sp),
  };
  const start = readUint64(s.at_Parameters_Read_ByteOffset(sp));
  return mayAccess(lock, owner, start, s.Parameters_Read_Length(sp), write);
}

/** Whether locks allow the read of an IRP; FALSE means STATUS_FILE_LOCK_CONFLICT (LOCK-5). */
export function FsRtlCheckLockForReadAccess(FileLock: PFILE_LOCK, Irp: PIRP): boolean {
  return checkIrp(FileLock, Irp, false);
}

/** Whether locks allow the write of an IRP. */
export function FsRtlCheckLockForWriteAccess(FileLock: PFILE_LOCK, Irp: PIRP): boolean {
  return checkIrp(FileLock, Irp, true);
}

/** Whether there are locks or requests that wait, so that fast I/O is questionable (LOCK-6). */
export function FsRtlAreThereCurrentFileLocks(FileLock: PFILE_LOCK): boolean {
  return f.FastIoIsQuestionable(FileLock) !== 0;
}

/** The same, or a lock request is being carried out right now. */
export function FsRtlAreThereCurrentOrInProgressFileLocks(FileLock: PFILE_LOCK): boolean {
  if (f.FastIoIsQuestionable(FileLock) !== 0) return true;
  return load(f.at_LockRequestsInProgress(FileLock)) !== 0;
}

/**
 * Whether locks allow a shared oplock (Level 2, R, RH) to be granted: no request waits, and no
 * lock begins below the allocation size (oplock fact G8).
 * @param AllocationSize address of a LARGE_INTEGER, bytes.
 */
export function FsRtlCheckLockForOplockRequest(
  FileLock: PFILE_LOCK,
  AllocationSize: number,
): boolean {
  const size = readUint64(AllocationSize);
  const info = listsOf(FileLock);
  if (info === 0 || size === 0) return true;
  lockStripe(info);
  const [granted, waiting] = [grantedHead(info), waitingHead(info)];
  let allowed = flink(waiting) === waiting;
  for (let at = flink(granted); at !== granted && allowed; at = flink(at)) {
    allowed = readUint64(at_Info_StartingByte(at as PLOCK_RECORD)) >= size;
  }
  unlockStripe(info);
  return allowed;
}

/**
 * The next lock of a FILE_LOCK, copied into the FILE_LOCK itself; NULL at the end. One caller at
 * a time. A lock that is removed between two calls may make the enumeration pass over another.
 * @param Restart TRUE begins with the first.
 */
export function FsRtlGetNextFileLock(FileLock: PFILE_LOCK, Restart: boolean): PFILE_LOCK_INFO {
  const index = Restart ? 0 : f.LastReturnedLock(FileLock);
  const info = listsOf(FileLock);
  if (info === 0) return NONE;
  lockStripe(info);
  const head = grantedHead(info);
  let at = flink(head);
  for (let i = 0; i < index && at !== head; i++) at = flink(at);
  const out = f.at_LastReturnedLockInfo(FileLock) as PFILE_LOCK_INFO;
  if (at !== head) copyBytes(out, infoOf(at as PLOCK_RECORD), FILE_LOCK_INFO.size);
  unlockStripe(info);
  if (at === head) return NONE;
  f.set_LastReturnedLock(FileLock, index + 1);
  return out;
}
