// The lists behind a FILE_LOCK: locks that are granted and requests that wait, oldest first, and
// when two of them collide. Guarded by the stripe of the LOCK_INFO.
//
// An exclusive lock shuts out everybody else, and its owner from a second exclusive lock; a shared
// lock shuts out every writer, its owner too, and every exclusive lock. The owner is the file
// object together with process and key. A lock of no bytes collides only with a lock that covers
// the byte before and the byte behind it; at offset 0 with nothing (MS-FSA 2.1.4.10).
// Simplifications: lists are searched from the front, where NT keeps a tree, and offsets beyond
// 2^53 are compared as doubles, that is to within 2048 bytes.
import { LARGE_INTEGER, POINTER, ROUTINE } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { fillBytes, i32 as words, u32 as unsigned } from '../../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { FILE_LOCK_INFO } from '../../io/control-types.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../rtl/list-entry.ts';
import { readUint64, writeInt64 } from '../../rtl/large-integer.ts';
import { LIST_ENTRY } from '../../rtl/types.ts';
import type { PFILE_LOCK_INFO } from '../../io/control-types.ts';
import type { PFILE_OBJECT } from '../../io/types.ts';
import type { Ptr } from '../../../mem/pointer.ts';

const i32 = words;
const u32 = unsigned;

/** FILE_LOCK.LockInformation: made by the first lock request, freed with the FILE_LOCK. */
export const LOCK_INFO = struct('LOCK_INFO', {
  Granted: LIST_ENTRY,
  Waiting: LIST_ENTRY,
  Reserved: LARGE_INTEGER,
});
export type PLOCK_INFO = Ptr<'LOCK_INFO'>;

/** One lock, granted or waited for. */
export const LOCK_RECORD = struct('LOCK_RECORD', {
  Link: LIST_ENTRY,
  /** The request that asked for the lock, when there is an IRP. */
  Irp: POINTER,
  /** How its IRP is completed: FILE_LOCK.CompleteLockIrpRoutine and what it gets. */
  CompleteRoutine: ROUTINE,
  Context: POINTER,
  Info: FILE_LOCK_INFO,
});
export type PLOCK_RECORD = Ptr<'LOCK_RECORD'>;

const { at_Granted, at_Waiting } = LOCK_INFO.bound;
const r = LOCK_RECORD.bound;
const TAG_INFO = poolTag('FLli');
const TAG_RECORD = poolTag('FLlk');
const TWO_TO_64 = 18446744073709551616;
/** The largest double below 2^64: how an end behind it is shown. */
const LAST = 18446744073709549568;

/** Who locks or transfers: file object, process and key. */
export interface LockOwner {
  readonly file: PFILE_OBJECT;
  readonly process: number;
  readonly key: number;
}

/** Makes empty lists; NULL when there is no memory. */
export function createLockInfo(): PLOCK_INFO {
  const info = ExAllocatePoolWithTag(NonPagedPool, LOCK_INFO.size, TAG_INFO) as PLOCK_INFO;
  if (info === 0) return info;
  InitializeListHead(at_Granted(info));
  InitializeListHead(at_Waiting(info));
  return info;
}

/** Frees empty lists. */
export function freeLockInfo(info: PLOCK_INFO): void {
  ExFreePoolWithTag(info, TAG_INFO);
}

/** The head of the granted locks. */
export const grantedHead: (info: PLOCK_INFO) => number = at_Granted;
/** The head of the requests that wait. */
export const waitingHead: (info: PLOCK_INFO) => number = at_Waiting;

/**
 * Makes a record of a request; NULL when there is no memory.
 * @param offset, length addresses of the 64-bit values, copied word for word.
 */
export function createRecord(
  owner: LockOwner,
  offset: number,
  length: number,
  exclusive: boolean,
): PLOCK_RECORD {
  const at = ExAllocatePoolWithTag(NonPagedPool, LOCK_RECORD.size, TAG_RECORD) as PLOCK_RECORD;
  if (at === 0) return at;
  fillBytes(at, 0, LOCK_RECORD.size);
  InitializeListHead(at);
  copyWords(r.at_Info_StartingByte(at), offset);
  copyWords(r.at_Info_Length(at), length);
  r.set_Info_ExclusiveLock(at, exclusive ? 1 : 0);
  r.set_Info_Key(at, owner.key);
  r.set_Info_FileObject(at, owner.file);
  r.set_Info_ProcessId(at, owner.process);
  const end = readUint64(offset) + readUint64(length) - 1;
  writeInt64(r.at_Info_EndingByte(at), end > LAST ? LAST : end);
  return at;
}

/** Frees a record that is in no list. */
export function freeRecord(record: PLOCK_RECORD): void {
  ExFreePoolWithTag(record, TAG_RECORD);
}

function copyWords(to: number, from: number): void {
  i32[to >> 2] = i32[from >> 2]!;
  i32[(to + 4) >> 2] = i32[(from + 4) >> 2]!;
}

/** Whether a range reaches beyond the last offset there is (STATUS_INVALID_LOCK_RANGE). */
export function isRangeTooLong(offset: number, length: number): boolean {
  return readUint64(offset) + readUint64(length) > TWO_TO_64;
}

/** Whether a lock belongs to an owner; each part of it counts. */
export function isOwner(record: PLOCK_RECORD, owner: LockOwner): boolean {
  return (
    r.Info_FileObject(record) === owner.file &&
    r.Info_ProcessId(record) === owner.process &&
    r.Info_Key(record) === owner.key >>> 0
  );
}

function overlaps(record: PLOCK_RECORD, start: number, length: number): boolean {
  const lockStart = readUint64(r.at_Info_StartingByte(record));
  const lockLength = readUint64(r.at_Info_Length(record));
  if ((start === 0 && length === 0) || (lockStart === 0 && lockLength === 0)) return false;
  return start <= lockStart + lockLength - 1 && start + length - 1 >= lockStart;
}

/** Whether a lock cannot be granted beside those that are. */
export function lockCollides(
  info: PLOCK_INFO,
  owner: LockOwner,
  start: number,
  length: number,
  exclusive: boolean,
): boolean {
  const head = at_Granted(info);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const record = at as PLOCK_RECORD;
    const lockExclusive = r.Info_ExclusiveLock(record) !== 0;
    if (!lockExclusive && !exclusive) continue;
    if (!overlaps(record, start, length)) continue;
    if (exclusive || !isOwner(record, owner)) return true;
  }
  return false;
}

/** Whether a read (or a write) of a range must fail with STATUS_FILE_LOCK_CONFLICT (LOCK-5). */
export function accessCollides(
  info: PLOCK_INFO,
  owner: LockOwner,
  start: number,
  length: number,
  write: boolean,
): boolean {
  if (length === 0) return false;
  const head = at_Granted(info);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const record = at as PLOCK_RECORD;
    const lockExclusive = r.Info_ExclusiveLock(record) !== 0;
    if (!lockExclusive && !write) continue;
    if (!overlaps(record, start, length)) continue;
    if (!lockExclusive || !isOwner(record, owner)) return true;
  }
  return false;
}

/** Whether a waiting request can be granted now. */
export function canGrant(info: PLOCK_INFO, record: PLOCK_RECORD): boolean {
  const owner = {
    file: r.Info_FileObject(record) as PFILE_OBJECT,
    process: r.Info_ProcessId(record),
    key: r.Info_Key(record),
  };
  const start = readUint64(r.at_Info_StartingByte(record));
  const length = readUint64(r.at_Info_Length(record));
  return !lockCollides(info, owner, start, length, r.Info_ExclusiveLock(record) !== 0);
}

/** Puts a record at the end of the granted locks. */
export function grant(info: PLOCK_INFO, record: PLOCK_RECORD): void {
  InsertTailList(at_Granted(info), record);
}

/** Takes a record out of whichever list it is in; it then is a list of its own. */
export function unlink(record: PLOCK_RECORD): void {
  RemoveEntryList(record);
  InitializeListHead(record);
}

function hasRange(record: PLOCK_RECORD, offset: number, length: number): boolean {
  const start = r.at_Info_StartingByte(record) >> 2;
  const size = r.at_Info_Length(record) >> 2;
  return (
    u32[start] === u32[offset >> 2] && u32[start + 1] === u32[(offset >> 2) + 1] &&
    u32[size] === u32[length >> 2] && u32[size + 1] === u32[(length >> 2) + 1]
  );
}

/** The lock that an unlock of exactly this range means: an exclusive one first; NULL for none. */
export function findExact(
  info: PLOCK_INFO,
  owner: LockOwner,
  offset: number,
  length: number,
): PLOCK_RECORD {
  const head = at_Granted(info);
  let found = 0 as PLOCK_RECORD;
  for (let at = flink(head); at !== head; at = flink(at)) {
    const record = at as PLOCK_RECORD;
    if (!isOwner(record, owner) || !hasRange(record, offset, length)) continue;
    if (r.Info_ExclusiveLock(record) !== 0) return record;
    if (found === 0) found = record;
  }
  return found;
}

/** The address of a record's published part, as unlock routines and enumerations see it. */
export function infoOf(record: PLOCK_RECORD): PFILE_LOCK_INFO {
  return r.at_Info(record) as PFILE_LOCK_INFO;
}
