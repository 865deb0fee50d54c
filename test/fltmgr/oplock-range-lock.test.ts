// A filter that owns oplocks and byte-range locks of a file: a lock operation is checked as any
// other, and whether locks allow a transfer is asked when its oplock check is over. One thread.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUFFER, IOSB, nameOf } from '#test/fs/support/files.ts';
import { RW, RWH, acknowledge, ask, ended, fresh, levels, request, transfer }
  from '#test/fs/support/oplocks.ts';
import { FltAllocateFileLock, FltCheckLockForReadAccess, FltCheckLockForWriteAccess,
  FltFreeFileLock, FltProcessFileLock } from '#src/fltmgr/lock/file-lock.ts';
import { FltCheckOplockEx } from '#src/fltmgr/lock/oplock.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { NtLockFile, NtUnlockFile } from '#src/ntos/io/service/nt-control.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE } from '#src/ntos/io/types.ts';
import { STATUS_FILE_LOCK_CONFLICT } from '#src/ntos/status-codes.ts';
import { CONTEXT, OPLOCK, OplockMachine, beginWrite, close, prePost, waitComplete }
  from './oplock-machine.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFILE_LOCK } from '#src/ntos/io/control-types.ts';

const PASS = 1;
const COMPLETE = 4;
let m: OplockMachine;
let lock: PFILE_LOCK;

/** What the filter does with an operation once no oplock is in its way. */
function afterOplock(data: FltCallbackData): number {
  const major = data.Iopb.MajorFunction;
  if (major === IRP_MJ_LOCK_CONTROL) return FltProcessFileLock(lock, data.address, 0);
  const may = (major !== IRP_MJ_READ || FltCheckLockForReadAccess(lock, data.address)) &&
    (major !== IRP_MJ_WRITE || FltCheckLockForWriteAccess(lock, data.address));
  if (may) return PASS;
  data.IoStatus.Status = STATUS_FILE_LOCK_CONFLICT;
  return COMPLETE;
}

beforeEach(() => {
  m = new OplockMachine();
  lock = FltAllocateFileLock(0 as never, 0 as never);
  m.check = (data) => {
    const answer = FltCheckOplockEx(OPLOCK, data.address, 0, CONTEXT, waitComplete, prePost);
    return answer === 0 ? afterOplock(data) : answer;
  };
  m.onWaitComplete = (data) => {
    FltCompletePendedPreOperation(data.address, afterOplock(data), 0);
  };
});
afterEach(() => {
  FltFreeFileLock(lock);
  m.end();
});

function beginLock(handle: number, length: number): string {
  const { event, iosb } = fresh(transfer);
  return nameOf(NtLockFile(handle, event, iosb, 0, length, 0, true, true));
}
function beginRead(handle: number): string {
  const { event, iosb } = fresh(transfer);
  return nameOf(NtReadFile(handle, event, iosb, BUFFER, 3, 0));
}
const unlock = (handle: number, length: number): string =>
  nameOf(NtUnlockFile(handle, IOSB, 0, length, 0));

test('OPL-23: a lock request breaks the oplock of another, and is granted after the answer', () => {
  const owner = m.open();
  const other = m.open();
  expect(ask(owner, RWH)).toBe('PENDING');
  expect(beginLock(other, 3)).toBe('PENDING');
  expect(m.take()).toEqual(['pre-post true', 'lock PENDING']);
  expect([ended(request), ended(transfer)]).toEqual(['SUCCESS', 'nothing yet']);
  expect(levels()).toMatch(/ ack$/);
  expect(acknowledge(owner, 0)).toBe('SUCCESS');
  expect(ended(transfer)).toBe('SUCCESS');
  expect(m.take()).toEqual(['wait-complete STATUS_SUCCESS true']);
  expect(beginWrite(owner)).toBe('FILE_LOCK_CONFLICT');
  expect(beginRead(owner)).toBe('FILE_LOCK_CONFLICT');
  expect(beginWrite(other)).toBe('SUCCESS');
  expect(unlock(other, 3)).toBe('SUCCESS');
  expect(beginWrite(owner)).toBe('SUCCESS');
  close(owner);
  close(other);
});

test('OPL-23: a transfer first breaks the oplock and waits; then locks are asked', () => {
  const [owner, locker, intruder] = [m.open(), m.open(), m.open()];
  expect(beginLock(locker, 3)).toBe('SUCCESS');
  for (const begin of [beginRead, beginWrite]) {
    expect(ask(owner, RW)).toBe('PENDING');
    m.take();
    // That the lock is in its way would be known already: the oplock breaks all the same.
    expect(begin(intruder)).toBe('PENDING');
    expect([ended(request), ended(transfer)]).toEqual(['SUCCESS', 'nothing yet']);
    // Released meanwhile, the lock is not in the way of the first one any more.
    if (begin === beginRead) expect(unlock(locker, 3)).toBe('SUCCESS');
    expect(acknowledge(owner, 0)).toBe('SUCCESS');
    expect(ended(transfer)).toBe(begin === beginRead ? 'SUCCESS' : 'FILE_LOCK_CONFLICT');
    if (begin === beginRead) expect(beginLock(locker, 3)).toBe('SUCCESS');
  }
  expect(unlock(locker, 3)).toBe('SUCCESS');
  for (const handle of [owner, locker, intruder]) close(handle);
});
