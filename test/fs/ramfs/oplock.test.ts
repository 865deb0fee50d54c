// Oplocks on a RAM volume: granted to whom NTFS grants them, broken by what others do, ended by
// their handle. One thread: nothing here sleeps; oplock-threads.test.ts has those that do.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, IOSB, SYNC, close, create, dispose, makeDirectory, makeFile, must, nameOf, read,
  rename, write } from '#test/fs/support/files.ts';
import { R, RH, RW, RWH, acknowledge, ask, ended, fresh, legacy, levels, request, transfer }
  from '#test/fs/support/oplocks.ts';
import { u8 } from '#src/mem/memory.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { FastIoIsNotPossible, FastIoIsPossible, FastIoIsQuestionable }
  from '#src/ntos/fsrtl/filter-context.ts';
import { FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '#src/ntos/io/control-codes.ts';
import { NtLockFile } from '#src/ntos/io/service/nt-control.ts';
import { NtCancelIoFile } from '#src/ntos/io/service/nt-cancel.ts';
import { NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { FsRtlAcquireToCreateMappedSection, FsRtlReleaseFile }
  from '#src/ntos/io/service/section-sync.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { FILE_OBJECT, FSRTL_COMMON_FCB_HEADER } from '#src/ntos/io/types.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
beforeEach(() => {
  machine = bootRamfs();
});
afterEach(() => {
  expect(machine.end()).toEqual(NOTHING);
});

const ASYNC = { options: c.FILE_NON_DIRECTORY_FILE };
const HURRIED = { options: c.FILE_NON_DIRECTORY_FILE | c.FILE_COMPLETE_IF_OPLOCKED };
const STAT = { desiredAccess: c.FILE_READ_ATTRIBUTES | c.SYNCHRONIZE };

/** Opens the file beside an oplock without waiting for its break. */
function openHurriedly(path: string, expected: string): number {
  const opened = create(path, HURRIED);
  expect(opened.status).toBe(expected);
  return opened.handle;
}

/** NtWriteFile through an asynchronous handle. */
function beginWrite(handle: number, text: string): string {
  for (let i = 0; i < text.length; i++) u8[BUFFER + i] = text.charCodeAt(i);
  const { event, iosb } = fresh(transfer);
  return nameOf(NtWriteFile(handle, event, iosb, BUFFER, text.length, 0));
}

function fastIo(handle: number): number {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const header = FILE_OBJECT.bound.FsContext(file);
  releaseFile(file);
  return FSRTL_COMMON_FCB_HEADER.at(header).IsFastIoPossible;
}

describe('an oplock', () => {
  test('is granted to an asynchronous handle that has the file alone', () => {
    makeFile('\\f');
    makeDirectory('\\dir');
    const mine = must('\\f', ASYNC);
    const sync = must('\\f');
    expect(ask(sync, R)).toBe('OPLOCK_NOT_GRANTED');
    for (const level of [RW, RWH]) expect(ask(mine, level)).toBe('OPLOCK_NOT_GRANTED');
    expect(legacy(mine, FSCTL_REQUEST_OPLOCK_LEVEL_1)).toBe('OPLOCK_NOT_GRANTED');
    close(sync);
    const dir = must('\\dir', { options: c.FILE_DIRECTORY_FILE });
    expect([ask(dir, RWH), ask(dir, RH)]).toEqual(['INVALID_PARAMETER', 'PENDING']);
    expect(legacy(dir, FSCTL_REQUEST_OPLOCK_LEVEL_2)).toBe('INVALID_PARAMETER');
    close(dir);
    expect(acknowledge(mine, 0)).toBe('INVALID_OPLOCK_PROTOCOL');
    expect(ask(mine, RWH)).toBe('PENDING');
    close(mine);
  });

  test('of a granular kind passes over handles that were opened for attributes', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    const stat = must('\\f', STAT);
    expect(legacy(mine, FSCTL_REQUEST_BATCH_OPLOCK)).toBe('OPLOCK_NOT_GRANTED');
    expect(ask(mine, RWH)).toBe('PENDING');
    close(mine);
    close(stat);
  });

  test('that is shared is not granted beside a range lock, nor H on what is to be deleted', () => {
    makeFile('\\f', 'x');
    const mine = must('\\f', ASYNC);
    const other = must('\\f');
    expect(nameOf(NtLockFile(other, 0, IOSB, 0, 1, 0, true, true))).toBe('SUCCESS');
    expect(ask(mine, RH)).toBe('OPLOCK_NOT_GRANTED');
    close(other);
    dispose(mine);
    expect(ask(mine, RH)).toBe('DELETE_PENDING');
    expect(ask(mine, R)).toBe('PENDING');
    dispose(mine, false);
    close(mine);
  });

  test('ends with its handle', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    expect(ask(mine, RWH)).toBe('PENDING');
    expect(ended(request)).toBe('nothing yet');
    close(mine);
    expect(ended(request)).toBe('OPLOCK_HANDLE_CLOSED');
    const again = must('\\f', ASYNC);
    expect(legacy(again, FSCTL_REQUEST_BATCH_OPLOCK)).toBe('PENDING');
    close(again);
    expect(ended(request)).toBe('SUCCESS');
  });

  test('ends when its request is cancelled', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    expect(ask(mine, RWH)).toBe('PENDING');
    NtCancelIoFile(mine);
    expect(ended(request)).toBe('CANCELLED');
    expect(ask(mine, RWH)).toBe('PENDING');
    close(mine);
  });
});

describe('an open of another', () => {
  test('tells the owner to write back, and may go on without waiting', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    ask(mine, RWH);
    const other = openHurriedly('\\f', 'OPLOCK_BREAK_IN_PROGRESS');
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>3 ack']);
    expect(acknowledge(mine, 0)).toBe('SUCCESS');
    close(other);
    close(mine);
  });

  test('for attributes breaks nothing', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    ask(mine, RWH);
    close(must('\\f', STAT));
    expect(ended(request)).toBe('nothing yet');
    close(mine);
  });

  test('that overwrites ends a shared oplock before the contents go', () => {
    makeFile('\\f', 'old');
    const mine = must('\\f', ASYNC);
    expect(legacy(mine, FSCTL_REQUEST_OPLOCK_LEVEL_2)).toBe('PENDING');
    close(must('\\f', { disposition: c.FILE_OVERWRITE, options: SYNC }));
    expect(ended(request)).toBe('SUCCESS');
    close(mine);
  });

  test('that must not break an oplock says so', () => {
    makeFile('\\f');
    const mine = must('\\f', ASYNC);
    ask(mine, RWH);
    const careful = { options: c.FILE_NON_DIRECTORY_FILE | c.FILE_OPEN_REQUIRING_OPLOCK };
    expect(create('\\f', careful).status).toBe('CANNOT_BREAK_OPLOCK');
    expect(ended(request)).toBe('nothing yet');
    close(mine);
    const first = must('\\f', careful);
    expect(create('\\f', careful).status).toBe('CANNOT_BREAK_OPLOCK');
    expect(ask(first, RWH)).toBe('PENDING');
    close(first);
  });

  test('in a share conflict is refused at once when it does not want to wait', () => {
    makeFile('\\f');
    const mine = must('\\f', { ...ASYNC, shareAccess: 0 });
    ask(mine, RWH);
    expect(create('\\f', HURRIED).status).toBe('SHARING_VIOLATION');
    expect(ended(request)).toBe('nothing yet');
    close(mine);
  });
});

describe('an operation of another', () => {
  test('waits with its request until the break is answered, and is done then', () => {
    makeFile('\\f', 'old');
    const mine = must('\\f', ASYNC);
    expect(legacy(mine, FSCTL_REQUEST_OPLOCK_LEVEL_1)).toBe('PENDING');
    const other = openHurriedly('\\f', 'OPLOCK_BREAK_IN_PROGRESS');
    expect(beginWrite(other, 'new')).toBe('PENDING');
    expect(drainWorkQueues()).toBe(0);
    expect(ended(transfer)).toBe('nothing yet');
    legacy(mine, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE);
    expect(drainWorkQueues()).toBe(1);
    expect(ended(transfer)).toBe('SUCCESS');
    close(other);
    const reader = must('\\f');
    expect(read(reader, 0, 10)).toBe('new');
    close(reader);
    close(mine);
  });

  test('that waits can be cancelled', () => {
    makeFile('\\f', 'old');
    const mine = must('\\f', ASYNC);
    ask(mine, RW);
    const other = openHurriedly('\\f', 'OPLOCK_BREAK_IN_PROGRESS');
    expect(beginWrite(other, 'new')).toBe('PENDING');
    NtCancelIoFile(other);
    expect(ended(transfer)).toBe('CANCELLED');
    close(other);
    close(mine);
    expect(drainWorkQueues()).toBe(0);
  });

  test('ends shared oplocks without waiting for anybody', () => {
    makeFile('\\f', 'old');
    const mine = must('\\f', ASYNC);
    const writer = must('\\f');
    expect(ask(mine, R)).toBe('PENDING');
    expect(read(writer, 0, 3)).toBe('old');
    expect(ended(request)).toBe('nothing yet');
    expect(write(writer, 0, 'new')).toBe('SUCCESS');
    expect([ended(request), levels()]).toEqual(['SUCCESS', '1>0']);
    close(writer);
    close(mine);
  });
});

describe('fast I/O', () => {
  test('LOCK-6: is not possible beside a shared oplock, and is again afterwards', () => {
    makeFile('\\f', 'x');
    const mine = must('\\f', ASYNC);
    const other = must('\\f');
    expect(fastIo(other)).toBe(FastIoIsPossible);
    expect(ask(mine, R)).toBe('PENDING');
    expect(fastIo(other)).toBe(FastIoIsNotPossible);
    close(mine);
    expect(fastIo(other)).toBe(FastIoIsPossible);
    close(other);
  });

  test('LOCK-6: is questionable beside range locks, until they are gone', () => {
    makeFile('\\f', 'x');
    const [mine, other] = [must('\\f'), must('\\f')];
    expect(nameOf(NtLockFile(mine, 0, IOSB, 0, 10, 0, true, true))).toBe('SUCCESS');
    expect(fastIo(other)).toBe(FastIoIsQuestionable);
    close(mine);
    expect(fastIo(other)).toBe(FastIoIsPossible);
    close(other);
    expect([FastIoIsNotPossible, FastIoIsPossible, FastIoIsQuestionable]).toEqual([0, 1, 2]);
  });
});

describe('F-163: a directory\'s oplock', () => {
  const DIRECTORY = { options: c.FILE_DIRECTORY_FILE };

  function watched(): number {
    makeDirectory('\\dir');
    makeFile('\\dir\\old', 'x');
    const dir = must('\\dir', DIRECTORY);
    expect(ask(dir, RH)).toBe('PENDING');
    return dir;
  }

  test.each<[string, () => void]>([
    ['is made', () => makeFile('\\dir\\new')],
    ['is deleted', () => {
      const handle = must('\\dir\\old');
      dispose(handle);
      expect(ended(request)).toBe('nothing yet');
      close(handle);
    }],
    ['is renamed', () => {
      const handle = must('\\dir\\old');
      expect(rename(handle, '\\else')).toBe('SUCCESS');
      close(handle);
    }],
    ['gets another size', () => {
      const handle = must('\\dir\\old');
      expect(write(handle, 5, 'grown')).toBe('SUCCESS');
      expect(ended(request)).toBe('nothing yet');
      close(handle);
    }],
  ])('breaks when a child %s', (_what, change) => {
    const dir = watched();
    close(must('\\dir\\old'));
    expect(ended(request)).toBe('nothing yet');
    change();
    expect([ended(request), levels()]).toEqual(['SUCCESS', '3>0 ack']);
    expect(acknowledge(dir, 0)).toBe('SUCCESS');
    close(dir);
  });

  test('ends with its handle, and is not broken by opens of the directory', () => {
    const dir = watched();
    close(must('\\dir', DIRECTORY));
    expect(ended(request)).toBe('nothing yet');
    close(dir);
    expect(ended(request)).toBe('OPLOCK_HANDLE_CLOSED');
  });
});

describe('range locks and sections', () => {
  test('a lock breaks what others cache, behind the allocation it does not', () => {
    makeFile('\\f', 'x');
    const mine = must('\\f', ASYNC);
    const other = must('\\f');
    expect(ask(mine, RH)).toBe('PENDING');
    const lockAt = (offset: number): string =>
      nameOf(NtLockFile(other, 0, IOSB, offset, 1, 0, true, true));
    expect(lockAt(1 << 20)).toBe('SUCCESS');
    expect(ended(request)).toBe('nothing yet');
    expect(lockAt(0)).toBe('SUCCESS');
    expect([ended(request), levels()]).toEqual(['SUCCESS', '3>0 ack']);
    close(other);
    close(mine);
  });

  test('a writable section ends granular oplocks, and nobody waits', () => {
    makeFile('\\f', 'x');
    const mine = must('\\f', ASYNC);
    ask(mine, RWH);
    const file = fileByHandle(mine, 0) as PFILE_OBJECT;
    FsRtlAcquireToCreateMappedSection(file, 2);
    FsRtlReleaseFile(file);
    expect(ended(request)).toBe('nothing yet');
    FsRtlAcquireToCreateMappedSection(file, 4);
    FsRtlReleaseFile(file);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>0']);
    releaseFile(file);
    close(mine);
  });
});
