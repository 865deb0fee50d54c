// FILE_LOCK itself: made, unmade, and its lists, which the first lock request makes.
// All IRQL <= APC_LEVEL.
import { compareExchange, load } from '../../../atomics-sync/atomics.ts';
import { fillBytes, i32 as words } from '../../../mem/memory.ts';
import { flink } from '../../rtl/list-entry.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { FILE_LOCK } from '../../io/control-types.ts';
import { STATUS_RANGE_NOT_LOCKED } from '../../status-codes.ts';
import { createLockInfo, freeLockInfo, freeRecord, grantedHead, unlink, waitingHead }
  from './lock-list.ts';
import { withdrawWaiters } from './lock-waiters.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { PFILE_LOCK } from '../../io/control-types.ts';
import type { PLOCK_INFO, PLOCK_RECORD } from './lock-list.ts';

const i32 = words;
const f = FILE_LOCK.bound;
const TAG = poolTag('FLfl');
const infoWordAt = FILE_LOCK.offsets['LockInformation'] ?? 0;

/**
 * Makes a FILE_LOCK without locks. IRQL <= APC_LEVEL.
 *
 * @param CompleteLockIrpRoutine 0, or called as (Context, Irp) instead of completing the IRP: it
 *   completes it, and a failing return takes the lock away that was just granted (LOCK-4).
 * @param UnlockRoutine 0, or called as (Context, FILE_LOCK_INFO) for each lock that is removed.
 */
export function FsRtlInitializeFileLock(
  FileLock: PFILE_LOCK,
  CompleteLockIrpRoutine: number,
  UnlockRoutine: number,
): void {
  fillBytes(FileLock, 0, FILE_LOCK.size);
  f.set_CompleteLockIrpRoutine(FileLock, CompleteLockIrpRoutine as never);
  f.set_UnlockRoutine(FileLock, UnlockRoutine as never);
}

/** FsRtlInitializeFileLock over memory of the package; NULL when there is none. */
export function FsRtlAllocateFileLock(
  CompleteLockIrpRoutine: number,
  UnlockRoutine: number,
): PFILE_LOCK {
  const lock = ExAllocatePoolWithTag(NonPagedPool, FILE_LOCK.size, TAG) as PFILE_LOCK;
  if (lock !== 0) FsRtlInitializeFileLock(lock, CompleteLockIrpRoutine, UnlockRoutine);
  return lock;
}

/** Uninitialises and frees what FsRtlAllocateFileLock made. */
export function FsRtlFreeFileLock(FileLock: PFILE_LOCK): void {
  FsRtlUninitializeFileLock(FileLock);
  ExFreePoolWithTag(FileLock, TAG);
}

/** The lists of a FILE_LOCK; NULL while nobody ever locked. */
export function infoOfLock(lock: PFILE_LOCK): PLOCK_INFO {
  return load(lock + infoWordAt) as PLOCK_INFO;
}

/** The lists of a FILE_LOCK, made by whoever comes first; NULL when there is no memory. */
export function needInfo(lock: PFILE_LOCK): PLOCK_INFO {
  const there = infoOfLock(lock);
  if (there !== 0) return there;
  const fresh = createLockInfo();
  if (fresh === 0) return fresh;
  const before = compareExchange(lock + infoWordAt, 0, fresh);
  if (before === 0) return fresh;
  freeLockInfo(fresh);
  return before as PLOCK_INFO;
}

/** Brings the mark up to date that lets transfers skip the checks; the stripe is held. */
export function refreshQuestionable(lock: PFILE_LOCK, info: PLOCK_INFO): void {
  const [granted, waiting] = [grantedHead(info), waitingHead(info)];
  const empty = flink(granted) === granted && flink(waiting) === waiting;
  f.set_FastIoIsQuestionable(lock, empty ? 0 : 1);
}

/** Takes the granted locks that `goes` names out of the list; the stripe is held. */
export function takeOut(info: PLOCK_INFO, goes: (record: PLOCK_RECORD) => boolean): PLOCK_RECORD[] {
  const out: PLOCK_RECORD[] = [];
  const head = grantedHead(info);
  for (let at = flink(head); at !== head; ) {
    const record = at as PLOCK_RECORD;
    at = flink(at);
    if (!goes(record)) continue;
    unlink(record);
    out.push(record);
  }
  return out;
}

/** Removes every lock; requests that wait end with STATUS_RANGE_NOT_LOCKED. <= APC_LEVEL. */
export function FsRtlUninitializeFileLock(FileLock: PFILE_LOCK): void {
  const info = infoOfLock(FileLock);
  if (info === 0) return;
  withdrawWaiters(info, STATUS_RANGE_NOT_LOCKED, () => true);
  lockStripe(info);
  const removed = takeOut(info, () => true);
  i32[(FileLock + infoWordAt) >> 2] = 0;
  f.set_FastIoIsQuestionable(FileLock, 0);
  unlockStripe(info);
  for (const record of removed) freeRecord(record);
  freeLockInfo(info);
}
