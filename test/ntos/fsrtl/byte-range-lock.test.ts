// Byte-range locks: who may lock, read and write what, and what becomes of requests that wait.
// @alone: its requests are of its own making, without an executive.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '#src/mem/memory-map.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { FILE_LOCK, FILE_LOCK_INFO } from '#src/ntos/io/control-types.ts';
import { IofCompleteRequest } from '#src/ntos/io/irp/completion.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MN_LOCK,
  IRP_MN_UNLOCK_ALL, IRP_MN_UNLOCK_ALL_BY_KEY, IRP_MN_UNLOCK_SINGLE, SL_EXCLUSIVE_LOCK,
  SL_FAIL_IMMEDIATELY } from '#src/ntos/io/types.ts';
import { FsRtlAreThereCurrentFileLocks, FsRtlCheckLockForOplockRequest,
  FsRtlCheckLockForReadAccess, FsRtlCheckLockForWriteAccess, FsRtlFastCheckLockForRead,
  FsRtlFastCheckLockForWrite, FsRtlFastLock, FsRtlFastUnlockAll, FsRtlFastUnlockSingle,
  FsRtlGetNextFileLock, FsRtlInitializeFileLock, FsRtlProcessFileLock, FsRtlUninitializeFileLock }
  from '#src/ntos/fsrtl/lock/byte-range-lock.ts';
import { STATUS_CANCELLED, STATUS_INVALID_LOCK_RANGE, STATUS_LOCK_NOT_GRANTED, STATUS_PENDING,
  STATUS_RANGE_NOT_LOCKED, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { freshPackages, makeFile, makeIrp, takeCompleted, writeLarge } from './irps.ts';
import type { LockThreadResult } from './lock-threads.ts';
import type { PFILE_LOCK } from '#src/ntos/io/control-types.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

const lock = USER.start as PFILE_LOCK;
const offsetAt = USER.start + 256;
const lengthAt = USER.start + 264;
const iosb = USER.start + 272;
const PROCESS = 0x1000;
const EXCLUSIVE = SL_EXCLUSIVE_LOCK;
const NOW = SL_FAIL_IMMEDIATELY;
let A: PFILE_OBJECT;
let B: PFILE_OBJECT;

beforeEach(() => {
  freshPackages();
  FsRtlInitializeFileLock(lock, 0, 0);
  [A, B] = [makeFile(), makeFile()];
});

function request(
  file: PFILE_OBJECT,
  minor: number,
  offset: number,
  length: number,
  flags = 0,
  key = 0,
): { status: number; irp: PIRP } {
  writeLarge(lengthAt, length);
  const irp = makeIrp(IRP_MJ_LOCK_CONTROL, minor, file, (sp) => {
    const view = IO_STACK_LOCATION.at(sp);
    view.Flags = flags;
    view.Parameters.LockControl.Length = lengthAt as never;
    view.Parameters.LockControl.Key = key;
    view.Parameters.LockControl.ByteOffset = offset;
  });
  return { status: FsRtlProcessFileLock(lock, irp, 0), irp };
}

function lockIt(file: PFILE_OBJECT, offset: number, length: number, flags = 0, key = 0): number {
  return request(file, IRP_MN_LOCK, offset, length, flags | NOW, key).status;
}

/** A lock without an IRP, of one byte. */
function lockFast(file: PFILE_OBJECT, offset: number): void {
  writeLarge(offsetAt, offset);
  writeLarge(lengthAt, 1);
  FsRtlFastLock(lock, file, offsetAt, lengthAt, PROCESS, 0, true, true, iosb, 0, false);
}

function unlock(file: PFILE_OBJECT, offset: number, length: number, key = 0): number {
  return request(file, IRP_MN_UNLOCK_SINGLE, offset, length, 0, key).status;
}

function access(major: number, file: PFILE_OBJECT, offset: number, length: number): boolean {
  const irp = makeIrp(major, 0, file, (sp) => {
    IO_STACK_LOCATION.at(sp).Parameters.Read.Length = length;
    IO_STACK_LOCATION.at(sp).Parameters.Read.ByteOffset = offset;
  });
  return major === IRP_MJ_READ
    ? FsRtlCheckLockForReadAccess(lock, irp)
    : FsRtlCheckLockForWriteAccess(lock, irp);
}

describe('a lock', () => {
  test('that is exclusive shuts out everybody else, and its owner from a second one', () => {
    expect(lockIt(A, 100, 50, EXCLUSIVE)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 149, 1)).toBe(STATUS_LOCK_NOT_GRANTED);
    expect(lockIt(B, 150, 1)).toBe(STATUS_SUCCESS);
    expect(lockIt(A, 120, 1, EXCLUSIVE)).toBe(STATUS_LOCK_NOT_GRANTED);
    expect(lockIt(A, 120, 1)).toBe(STATUS_SUCCESS);
    expect(lockIt(A, 120, 1, EXCLUSIVE, 7)).toBe(STATUS_LOCK_NOT_GRANTED);
  });

  test('that is shared lets others share and nobody write', () => {
    expect(lockIt(A, 0, 100)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 50, 100)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 99, 1, EXCLUSIVE)).toBe(STATUS_LOCK_NOT_GRANTED);
    expect(access(IRP_MJ_READ, B, 0, 10)).toBe(true);
    expect(access(IRP_MJ_WRITE, B, 0, 10)).toBe(false);
    expect(access(IRP_MJ_WRITE, A, 0, 10)).toBe(false);
    expect(access(IRP_MJ_WRITE, A, 150, 10)).toBe(true);
  });

  test('that is exclusive allows transfers of its owner alone: file, process and key', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    expect(access(IRP_MJ_WRITE, A, 0, 100)).toBe(true);
    expect(access(IRP_MJ_READ, B, 99, 1)).toBe(false);
    expect(access(IRP_MJ_READ, B, 100, 1)).toBe(true);
    expect(access(IRP_MJ_READ, B, 50, 0)).toBe(true);
    writeLarge(offsetAt, 0);
    writeLarge(lengthAt, 10);
    expect(FsRtlFastCheckLockForRead(lock, offsetAt, lengthAt, 1, A, PROCESS)).toBe(false);
    expect(FsRtlFastCheckLockForWrite(lock, offsetAt, lengthAt, 0, A, PROCESS)).toBe(false);
  });

  test('is removed by an unlock of exactly its range and owner', () => {
    lockIt(A, 0, 100, EXCLUSIVE, 3);
    expect(unlock(A, 0, 99, 3)).toBe(STATUS_RANGE_NOT_LOCKED);
    expect(unlock(A, 0, 100, 4)).toBe(STATUS_RANGE_NOT_LOCKED);
    expect(unlock(B, 0, 100, 3)).toBe(STATUS_RANGE_NOT_LOCKED);
    expect(FsRtlAreThereCurrentFileLocks(lock)).toBe(true);
    expect(unlock(A, 0, 100, 3)).toBe(STATUS_SUCCESS);
    expect(FsRtlAreThereCurrentFileLocks(lock)).toBe(false);
  });

  test('that is exclusive goes first when its owner has a shared one on the same range', () => {
    lockIt(A, 0, 10, EXCLUSIVE);
    lockIt(A, 0, 10);
    expect(unlock(A, 0, 10)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 0, 10)).toBe(STATUS_SUCCESS);
    expect(unlock(A, 0, 10)).toBe(STATUS_SUCCESS);
    expect(unlock(A, 0, 10)).toBe(STATUS_RANGE_NOT_LOCKED);
  });

  test('of no bytes collides only inside of another, and at the start with nothing', () => {
    lockIt(A, 10, 10, EXCLUSIVE);
    expect(lockIt(B, 10, 0, EXCLUSIVE)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 15, 0, EXCLUSIVE)).toBe(STATUS_LOCK_NOT_GRANTED);
    lockIt(A, 0, 5, EXCLUSIVE);
    expect(lockIt(B, 0, 0, EXCLUSIVE)).toBe(STATUS_SUCCESS);
  });

  test('may reach to the last offset there is, and no further', () => {
    expect(lockIt(A, 2 ** 63, 2 ** 63, EXCLUSIVE)).toBe(STATUS_SUCCESS);
    expect(lockIt(B, 2 ** 63 + 4096, 2 ** 63)).toBe(STATUS_INVALID_LOCK_RANGE);
    expect(lockIt(B, 2 ** 40, 4096)).toBe(STATUS_SUCCESS);
    expect(unlock(A, 2 ** 63, 2 ** 63)).toBe(STATUS_SUCCESS);
  });
});

describe('a request that must wait', () => {
  test('is granted when the lock in its way goes, and requests are granted in order', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    takeCompleted();
    const first = request(B, IRP_MN_LOCK, 0, 10, EXCLUSIVE);
    const second = request(B, IRP_MN_LOCK, 5, 10, EXCLUSIVE, 2);
    const third = request(B, IRP_MN_LOCK, 50, 1, EXCLUSIVE);
    expect([first.status, second.status, third.status]).toEqual(Array(3).fill(STATUS_PENDING));
    const unlocking = request(A, IRP_MN_UNLOCK_SINGLE, 0, 100);
    expect(takeCompleted().map((c) => [c.irp, c.status])).toEqual([
      [first.irp, 'STATUS_SUCCESS'],
      [third.irp, 'STATUS_SUCCESS'],
      [unlocking.irp, 'STATUS_SUCCESS'],
    ]);
    request(B, IRP_MN_UNLOCK_SINGLE, 0, 10);
    expect(takeCompleted()[0]).toMatchObject({ irp: second.irp, status: 'STATUS_SUCCESS' });
  });

  test('ends with STATUS_CANCELLED when it is cancelled, and never gets the lock', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    const waiting = request(B, IRP_MN_LOCK, 0, 10, EXCLUSIVE);
    takeCompleted();
    expect(IoCancelIrp(waiting.irp)).toBe(true);
    expect(takeCompleted()).toEqual([
      { irp: waiting.irp, status: 'STATUS_CANCELLED', information: 0 }]);
    unlock(A, 0, 100);
    expect(FsRtlAreThereCurrentFileLocks(lock)).toBe(false);
  });

  test('that was cancelled before it came is not queued', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    takeCompleted();
    writeLarge(lengthAt, 1);
    const irp = makeIrp(IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK, B, (sp, at) => {
      IO_STACK_LOCATION.at(sp).Parameters.LockControl.Length = lengthAt as never;
      IRP.at(at).Cancel = 1;
    });
    expect(FsRtlProcessFileLock(lock, irp, 0)).toBe(STATUS_PENDING);
    expect(takeCompleted()[0]?.status).toBe('STATUS_CANCELLED');
  });

  test('of a file object that lets go of everything ends, as does everything at the end', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    lockIt(B, 200, 1, EXCLUSIVE);
    const mine = request(B, IRP_MN_LOCK, 0, 10);
    const other = request(A, IRP_MN_LOCK, 200, 1);
    takeCompleted();
    expect(FsRtlFastUnlockAll(lock, B, 0, 0)).toBe(STATUS_SUCCESS);
    expect(takeCompleted().map((c) => [c.irp, c.status])).toEqual([
      [mine.irp, 'STATUS_RANGE_NOT_LOCKED'], [other.irp, 'STATUS_SUCCESS']]);
    const last = request(B, IRP_MN_LOCK, 0, 10);
    FsRtlUninitializeFileLock(lock);
    expect(takeCompleted().map((c) => c.irp)).toEqual([last.irp]);
  });

  test('without an IRP is not decided here', () => {
    lockIt(A, 0, 100, EXCLUSIVE);
    writeLarge(offsetAt, 0);
    writeLarge(lengthAt, 10);
    const fast = (now: boolean): boolean =>
      FsRtlFastLock(lock, B, offsetAt, lengthAt, PROCESS, 0, now, true, iosb, 0, false);
    expect(fast(false)).toBe(false);
    expect(fast(true)).toBe(true);
    unlock(A, 0, 100);
    expect(fast(false)).toBe(true);
    const single = FsRtlFastUnlockSingle(lock, B, offsetAt, lengthAt, PROCESS, 0, 0, false);
    expect(single).toBe(STATUS_SUCCESS);
  });
});

function send(minor: number, file: PFILE_OBJECT, offset: number, key = 0): number {
  writeLarge(lengthAt, 1);
  const irp = makeIrp(IRP_MJ_LOCK_CONTROL, minor, file, (sp) => {
    const view = IO_STACK_LOCATION.at(sp);
    view.Flags = EXCLUSIVE;
    view.Parameters.LockControl.Length = lengthAt as never;
    view.Parameters.LockControl.ByteOffset = offset;
    view.Parameters.LockControl.Key = key;
  });
  return FsRtlProcessFileLock(lock, irp, 42);
}

describe('the routines of a file system', () => {
  const unlocked: number[] = [];
  let answer: number = STATUS_SUCCESS;
  const complete = kernelRoutine('TestCompleteLock', (context, irp) => {
    expect(context).toBe(42);
    IofCompleteRequest(irp as PIRP, 0);
    return answer;
  });
  const removed = kernelRoutine('TestUnlock', (_context, info) =>
    unlocked.push(FILE_LOCK_INFO.at(info!).StartingByte));
  test('complete the IRPs, and a failing one gives the lock back', () => {
    FsRtlInitializeFileLock(lock, complete, removed);
    answer = STATUS_CANCELLED;
    expect(send(IRP_MN_LOCK, A, 0)).toBe(STATUS_CANCELLED);
    expect(FsRtlGetNextFileLock(lock, true)).toBe(0);
    answer = STATUS_SUCCESS;
    expect(send(IRP_MN_LOCK, A, 0)).toBe(STATUS_SUCCESS);
    expect(send(IRP_MN_LOCK, B, 0)).toBe(STATUS_PENDING);
    answer = STATUS_CANCELLED;
    send(IRP_MN_UNLOCK_ALL, A, 0);
    expect(FsRtlGetNextFileLock(lock, true)).toBe(0);
  });

  test('may free a lock that was granted with theirs and whose request is still to be completed',
    () => {
      const order: number[] = [];
      // Completing the first, its owner closes the second's file, and a new lock takes the memory.
      const complete2 = kernelRoutine('TestCompleteAndClose', (_context, irp) => {
        order.push(irp!);
        if (order.length === 1) {
          FsRtlFastUnlockAll(lock, B, 0, 0);
          lockFast(A, 900);
          lockFast(A, 901);
        }
        IofCompleteRequest(irp as PIRP, 0);
        return STATUS_SUCCESS;
      });
      FsRtlInitializeFileLock(lock, 0, 0);
      lockIt(A, 0, 100, EXCLUSIVE);
      FILE_LOCK.at(lock).CompleteLockIrpRoutine = complete2 as never;
      const first = request(A, IRP_MN_LOCK, 0, 10, 0, 2);
      const second = request(B, IRP_MN_LOCK, 20, 10, 0);
      takeCompleted();
      FILE_LOCK.at(lock).CompleteLockIrpRoutine = 0 as never;
      unlock(A, 0, 100);
      expect(order).toEqual([first.irp, second.irp]);
      FsRtlUninitializeFileLock(lock);
    });

  test('hear of each lock that goes, by key or all', () => {
    FsRtlInitializeFileLock(lock, complete, removed);
    answer = STATUS_SUCCESS;
    const taken = [[1, 7], [2, 8], [3, 7]] as const;
    for (const [offset, key] of taken) send(IRP_MN_LOCK, A, offset, key);
    unlocked.length = 0;
    expect(send(IRP_MN_UNLOCK_ALL_BY_KEY, A, 0, 7)).toBe(STATUS_SUCCESS);
    expect(unlocked).toEqual([1, 3]);
    expect(send(IRP_MN_UNLOCK_ALL, A, 0)).toBe(STATUS_SUCCESS);
    expect(unlocked).toEqual([1, 3, 2]);
  });
});

/** Every lock that is held. */
function locks(): ReturnType<typeof FILE_LOCK_INFO.at>[] {
  const held: ReturnType<typeof FILE_LOCK_INFO.at>[] = [];
  let at = FsRtlGetNextFileLock(lock, true);
  while (at !== 0) {
    const { StartingByte, EndingByte, Length, ExclusiveLock, Key, FileObject } =
      FILE_LOCK_INFO.at(at);
    held.push({ StartingByte, EndingByte, Length, ExclusiveLock, Key, FileObject } as never);
    at = FsRtlGetNextFileLock(lock, false);
  }
  return held;
}

test('the locks of a file can be listed', () => {
  lockIt(A, 5, 10, EXCLUSIVE, 9);
  lockIt(B, 100, 1);
  const list = locks().map((i) => [i.StartingByte, i.Length, i.EndingByte, i.ExclusiveLock, i.Key]);
  expect(list).toEqual([[5, 10, 14, 1, 9], [100, 1, 100, 0, 0]]);
});

function allowed(size: number): boolean {
  return FsRtlCheckLockForOplockRequest(lock, writeLarge(offsetAt, size));
}

test('locks forbid a shared oplock when they begin below the allocation size or wait', () => {
  lockIt(A, 4096, 1, EXCLUSIVE);
  expect([allowed(0), allowed(4096), allowed(4097)]).toEqual([true, true, false]);
  request(B, IRP_MN_LOCK, 4096, 1);
  expect([allowed(0), allowed(4096)]).toEqual([true, false]);
});

test('no two locks that exclude each other are ever held, and all waits end', () => {
  const step = fc.record({
    file: fc.constantFrom(0, 1, 2),
    kind: fc.constantFrom('lock', 'unlock', 'all', 'cancel'),
    at: fc.integer({ min: 0, max: 6 }),
    length: fc.integer({ min: 1, max: 4 }),
    exclusive: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      FsRtlInitializeFileLock(lock, 0, 0);
      const files = [makeFile(), makeFile(), makeFile()];
      const waiting = new Set<PIRP>();
      for (const s of steps) {
        const file = files[s.file]!;
        if (s.kind === 'cancel') {
          for (const irp of [...waiting].slice(0, 1)) IoCancelIrp(irp);
        } else if (s.kind === 'all') {
          request(file, IRP_MN_UNLOCK_ALL, 0, 0);
        } else {
          const minor = s.kind === 'lock' ? IRP_MN_LOCK : IRP_MN_UNLOCK_SINGLE;
          const sent = request(file, minor, s.at, s.length, s.exclusive ? EXCLUSIVE : 0);
          if (sent.status === STATUS_PENDING) waiting.add(sent.irp);
        }
        for (const c of takeCompleted()) waiting.delete(c.irp);
        checkHeld();
      }
      for (const file of files) FsRtlFastUnlockAll(lock, file, 0, 0);
      for (const c of takeCompleted()) waiting.delete(c.irp);
      expect(waiting.size).toBe(0);
      expect(FsRtlAreThereCurrentFileLocks(lock)).toBe(false);
      FsRtlUninitializeFileLock(lock);
    }),
    { numRuns: 150 },
  );
});

function checkHeld(): void {
  const held = locks().map((i) => ({ start: i.StartingByte, end: i.EndingByte,
    exclusive: i.ExclusiveLock !== 0, file: i.FileObject }));
  for (const [i, a] of held.entries()) {
    for (const b of held.slice(i + 1)) {
      if (a.start > b.end || b.start > a.end || (!a.exclusive && !b.exclusive)) continue;
      expect(a.file === b.file && a.exclusive !== b.exclusive).toBe(true);
    }
  }
}

test('threads that lock, wait and cancel keep each other out; each request ends once', async () => {
  const results = await spawnThreads<LockThreadResult>({
    module: '#test/ntos/fsrtl/lock-threads.ts',
    routine: 'lockAndCancel',
    threads: 3,
    args: { rounds: 400, files: [makeFile(), makeFile(), makeFile()] },
  });
  const sum = (of: keyof LockThreadResult): number => results.reduce((n, r) => n + r[of], 0);
  expect([sum('violations'), sum('granted') + sum('cancelled')]).toEqual([0, 1200]);
  expect(sum('granted')).toBeGreaterThan(0);
  expect(FsRtlAreThereCurrentFileLocks(lock)).toBe(false);
});
