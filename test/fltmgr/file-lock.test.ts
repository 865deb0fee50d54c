// A filter that keeps byte-range locks of its own: what applications see of them, as IRPs and as
// fast I/O, what the filter's routines see, and what becomes of requests that wait.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FilteredVolume } from './filtered-volume.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { fastIoEntry } from '#src/ntos/io/fast-io.ts';
import { IoGetRelatedDeviceObject } from '#src/ntos/io/object/device.ts';
import { routineTable } from '#src/mem/routine.ts';
import { i32, fillBytes } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { FltAllocateFileLock, FltCheckLockForReadAccess, FltCheckLockForWriteAccess,
  FltFreeFileLock, FltInitializeFileLock, FltProcessFileLock, FltUninitializeFileLock }
  from '#src/fltmgr/lock/file-lock.ts';
import { PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE, PUNLOCK_ROUTINE } from '#src/image/role.ts';
import { FILE_LOCK, FILE_LOCK_INFO } from '#src/ntos/io/control-types.ts';
import { FILE_OPEN_IF } from '#src/ntos/io/file-constants.ts';
import { IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE } from '#src/ntos/io/types.ts';
import { NtCancelIoFileEx } from '#src/ntos/io/service/nt-cancel.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtLockFile, NtUnlockFile } from '#src/ntos/io/service/nt-control.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import * as st from '#src/ntos/status-codes.ts';
import { open } from '#test/support/open-file.ts';
import { readAt, writeAt } from '#test/support/ramfs-volume.ts';
import { FLT_IS_FASTIO_OPERATION } from '#src/fltmgr/data.ts';
import { APC_LEVEL } from '#src/ntos/ke/irql.ts';
import { bugCheckAt } from '../ntos/ex/support.ts';
import type { RoutineId } from '#src/mem/routine.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { PFILE_LOCK } from '#src/ntos/io/control-types.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';

const COMPLETE = 4;
const PENDING = 2;
const DISALLOW_FASTIO = 3;
const CONTEXT = 0x1234;
const IOSBS = USER.start + 0x10000;
const SHARE_ALL = 7;
let v: FilteredVolume;
let lock: PFILE_LOCK;
let answers: number[];
let handles: number[];
let said: string[];
/** Whether the filter answers fast I/O; refused, locks come as IRPs. */
let takesFast: boolean;
/** What the filter's completion routine answers. */
let verdict: (minor: number) => NTSTATUS;

const completed = PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE('LockCompleted', (context, data) => {
  said.push(`complete ${context.toString(16)} ${data.Iopb.MinorFunction} ` +
    `${data.IoStatus.Status >>> 0}`);
  return verdict(data.Iopb.MinorFunction);
});
const unlocked = PUNLOCK_ROUTINE('Unlocked', (context, info) => {
  const { StartingByte, Length } = FILE_LOCK_INFO.at(info);
  said.push(`unlock ${context.toString(16)} ${StartingByte}+${Length}`);
});

beforeEach(() => {
  v = new FilteredVolume();
  lock = FltAllocateFileLock(completed, unlocked);
  [answers, handles, said] = [[], [], []];
  verdict = () => st.STATUS_SUCCESS;
  takesFast = false;
  v.filter('locker', '250', IRP_MJ_LOCK_CONTROL, (data) => {
    if (!takesFast && FLT_IS_FASTIO_OPERATION(data.address)) return DISALLOW_FASTIO;
    const answer = FltProcessFileLock(lock, data.address, CONTEXT);
    answers.push(answer);
    return answer;
  });
});
afterEach(() => {
  setAllocationGate(null);
  for (const handle of handles) NtClose(handle);
  FltFreeFileLock(lock);
  v.end();
});

function file(synchronous = true): number {
  const { handle } = open('C:\\f', {
    disposition: FILE_OPEN_IF, shareAccess: SHARE_ALL, ...(synchronous ? {} : { options: 0 }),
  });
  handles.push(handle);
  return handle;
}

function iosbOf(index: number): number {
  return IOSBS + 64 * index;
}

interface Range {
  readonly wait?: boolean;
  readonly shared?: boolean;
  readonly key?: number;
  /** Which status block. */
  readonly iosb?: number;
}

function lockIt(handle: number, offset: number, length: number, more: Range = {}): number {
  const iosb = iosbOf(more.iosb ?? 0);
  i32[iosb >> 2] = st.STATUS_PENDING;
  return NtLockFile(handle, 0, iosb, offset, length, more.key ?? 0, !more.wait, !more.shared);
}

/** Asks without waiting: the file is asynchronous. */
function ask(handle: number, offset: number, length: number, iosb: number): number {
  const at = iosbOf(iosb);
  fillBytes(at, 0, 64);
  i32[at >> 2] = st.STATUS_PENDING;
  const event = USER.start + 0x20000;
  fillBytes(event, 0, 16);
  i32[(event + 8) >> 2] = event + 8;
  i32[(event + 12) >> 2] = event + 8;
  return NtLockFile(handle, event, at, offset, length, 0, false, true);
}

function statusOf(iosb: number): number {
  return i32[iosbOf(iosb) >> 2]!;
}

function unlock(handle: number, offset: number, length: number, key = 0): number {
  return NtUnlockFile(handle, iosbOf(9), offset, length, key);
}

describe('LOCK-2: processing', () => {
  test('LOCK-2: LOCK-3: locks are granted, refused and given back; the file system sees nothing',
    () => {
      const [a, b] = [file(), file()];
      expect(lockIt(a, 0, 100)).toBe(st.STATUS_SUCCESS);
      expect(lockIt(b, 50, 100)).toBe(st.STATUS_LOCK_NOT_GRANTED);
      expect(unlock(b, 0, 100)).toBe(st.STATUS_RANGE_NOT_LOCKED);
      expect(unlock(a, 0, 100)).toBe(st.STATUS_SUCCESS);
      expect(lockIt(b, 50, 100)).toBe(st.STATUS_SUCCESS);
      expect(answers).toEqual([COMPLETE, COMPLETE, COMPLETE, COMPLETE, COMPLETE]);
      // Below the filter nobody knows of the lock: a write through the file system is allowed.
      expect(writeAt(a, 60, new Uint8Array(8))).toBe('STATUS_SUCCESS');
    });

  test('LOCK-2: an IRP waits, oldest first, and is completed by whoever unlocks', () => {
    const holder = file();
    const [first, second] = [file(false), file(false)];
    expect(lockIt(holder, 0, 10)).toBe(st.STATUS_SUCCESS);
    expect(ask(first, 5, 1, 1)).toBe(st.STATUS_PENDING);
    expect(ask(second, 5, 1, 2)).toBe(st.STATUS_PENDING);
    expect(answers.slice(1)).toEqual([PENDING, PENDING]);
    expect([statusOf(1), statusOf(2)]).toEqual([st.STATUS_PENDING, st.STATUS_PENDING]);
    unlock(holder, 0, 10);
    expect([statusOf(1), statusOf(2)]).toEqual([st.STATUS_SUCCESS, st.STATUS_PENDING]);
    expect(NtUnlockFile(first, iosbOf(9), 5, 1, 0)).toBe(st.STATUS_SUCCESS);
    expect(statusOf(2)).toBe(st.STATUS_SUCCESS);
  });

  test('LOCK-2: a request that waits can be cancelled', () => {
    const [holder, waiter] = [file(), file(false)];
    lockIt(holder, 0, 10);
    expect(ask(waiter, 0, 10, 1)).toBe(st.STATUS_PENDING);
    expect(NtCancelIoFileEx(waiter, iosbOf(1))).toBe(st.STATUS_SUCCESS);
    expect(statusOf(1)).toBe(st.STATUS_CANCELLED);
    unlock(holder, 0, 10);
    expect(lockIt(holder, 0, 10)).toBe(st.STATUS_SUCCESS);
  });

  test('LOCK-2: a range beyond the last byte, and no memory', () => {
    const a = file();
    expect(lockIt(a, -1, 100_000)).toBe(st.STATUS_INVALID_LOCK_RANGE);
    setAllocationGate((pool, size, tag) => tag !== 0x6b6c4c46);
    const status = lockIt(a, 0, 10);
    setAllocationGate(null);
    expect(status).toBe(st.STATUS_INSUFFICIENT_RESOURCES);
  });

  test('LOCK-2: not for other operations, and not above APC_LEVEL', () => {
    const a = file();
    let crash: [number, number] | undefined;
    v.filter('asker', '260', IRP_MJ_WRITE, (data) => {
      crash = bugCheckAt(APC_LEVEL, () => FltProcessFileLock(lock, data.address, 0));
      return 1;
    });
    writeAt(a, 0, new Uint8Array(4));
    expect(crash?.[0]).toBe(0xc4);
    expect(bugCheckAt(2, () => FltInitializeFileLock(lock))[0]).toBe(0xc4);
  });
});

describe('LOCK-2: fast I/O', () => {
  function fast(handle: number, offset: number, length: number, failImmediately: boolean): boolean {
  takesFast = true;
    const object = fileByHandle(handle, 0) as PFILE_OBJECT;
    const device = IoGetRelatedDeviceObject(object);
    const [at, size, iosb] = [IOSBS + 0x1000, IOSBS + 0x1008, iosbOf(3)];
    writeInt64(at, offset);
    writeInt64(size, length);
    const done = routineTable[fastIoEntry(device, 'FastIoLock')]!(object, at, size, 0x4000, 0,
      failImmediately ? 1 : 0, 1, iosb, device);
    releaseFile(object);
    return done !== 0;
  }

  test('LOCK-2: LOCK-4: is decided at once or not at all; the completion routine is not called',
    () => {
      const [a, b] = [file(), file()];
      expect(fast(a, 0, 10, false)).toBe(true);
      expect(statusOf(3)).toBe(st.STATUS_SUCCESS);
      expect(fast(b, 0, 10, true)).toBe(true);
      expect(statusOf(3)).toBe(st.STATUS_LOCK_NOT_GRANTED);
      expect(fast(b, 0, 10, false)).toBe(false);
      expect(answers).toEqual([COMPLETE, COMPLETE, DISALLOW_FASTIO]);
      expect(said).toEqual([]);
    });
});

describe('LOCK-4: the routines of the filter', () => {
  test('LOCK-4: hear of every IRP that ends, and of every lock that goes', () => {
    const a = file();
    lockIt(a, 0, 10);
    lockIt(a, 5, 10);
    unlock(a, 0, 10);
    expect(said).toEqual([
      'complete 1234 1 0', `complete 1234 1 ${st.STATUS_LOCK_NOT_GRANTED >>> 0}`,
      'unlock 1234 0+10', 'complete 1234 2 0',
    ]);
  });

  test('LOCK-4: a failing answer takes the lock away again', () => {
    const [a, b] = [file(), file()];
    verdict = () => st.STATUS_ACCESS_DENIED;
    expect(lockIt(a, 0, 10)).toBe(st.STATUS_ACCESS_DENIED);
    verdict = () => st.STATUS_SUCCESS;
    expect(lockIt(b, 0, 10)).toBe(st.STATUS_SUCCESS);
  });

  test('LOCK-4: also that of a request that waited; the next one gets in', () => {
    const holder = file();
    const [first, second] = [file(false), file(false)];
    lockIt(holder, 0, 10);
    ask(first, 0, 10, 1);
    ask(second, 0, 10, 2);
    let asked = 0;
    verdict = (minor) => (minor === 1 && asked++ === 0 ? st.STATUS_ACCESS_DENIED
      : st.STATUS_SUCCESS);
    unlock(holder, 0, 10);
    expect([statusOf(1), statusOf(2)]).toEqual([st.STATUS_ACCESS_DENIED, st.STATUS_SUCCESS]);
  });
});

describe('LOCK-5: access', () => {
  test('LOCK-5: reads of others meet exclusive locks, writes meet every lock', () => {
    const [a, b] = [file(), file()];
    writeAt(a, 0, new Uint8Array(64));
    const seen: string[] = [];
    v.filter('reads', '240', IRP_MJ_READ, (data) => {
      seen.push(`r${Number(FltCheckLockForReadAccess(lock, data.address))}`);
      return 1;
    });
    v.filter('writes', '241', IRP_MJ_WRITE, (data) => {
      seen.push(`w${Number(FltCheckLockForWriteAccess(lock, data.address))}`);
      return 1;
    });
    const look = (handle: number, at: number): string => {
      seen.length = 0;
      readAt(handle, at, 4);
      writeAt(handle, at, new Uint8Array(4));
      return seen.join(' ');
    };
    lockIt(a, 0, 16);
    lockIt(a, 16, 16, { shared: true });
    expect([look(a, 0), look(b, 0)]).toEqual(['r1 w1', 'r0 w0']);
    expect([look(a, 16), look(b, 16)]).toEqual(['r1 w0', 'r1 w0']);
    expect([look(a, 32), look(b, 32)]).toEqual(['r1 w1', 'r1 w1']);
  });
});

describe('LOCK-1: the life of a FILE_LOCK', () => {
  test('LOCK-1: uninitialising ends what waits; it can be initialised again, without ' +
    'routines', () => {
    const [holder, waiter] = [file(), file(false)];
    lockIt(holder, 0, 10);
    ask(waiter, 0, 10, 1);
    FltUninitializeFileLock(lock);
    expect(statusOf(1)).toBe(st.STATUS_RANGE_NOT_LOCKED);
    FltInitializeFileLock(lock);
    said.length = 0;
    expect(lockIt(waiter, 0, 10)).toBe(st.STATUS_SUCCESS);
    expect(said).toEqual([]);
    expect(FILE_LOCK.at(lock).FastIoIsQuestionable).toBe(1);
  });

  test('LOCK-1: without memory there is none', () => {
    setAllocationGate(() => false);
    expect(FltAllocateFileLock(0 as RoutineId, 0 as RoutineId)).toBe(0);
    setAllocationGate(null);
  });
});
