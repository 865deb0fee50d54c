// What may wait or needs no IRP: byte-range locks, change notification, sections, fast I/O.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, INPUT, IOSB, READ, SYNC, close, dispose, information, makeDirectory, makeFile,
  must, nameOf, putLarge, read, rename, textAt, write } from '#test/fs/support/files.ts';
import { KeInitializeEvent, KeReadStateEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { deliverApcsIfPossible } from '#src/ntos/ke/apc.ts';
import { USER } from '#src/mem/memory-map.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { routineTable } from '#src/mem/routine.ts';
import { NtLockFile, NtNotifyChangeDirectoryFile, NtUnlockFile }
  from '#src/ntos/io/service/nt-control.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { fastIoEntry } from '#src/ntos/io/fast-io.ts';
import { FILE_OBJECT, IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { RamfsAcquireForCcFlush, RamfsAcquireForModWrite, RamfsAcquireForSection,
  RamfsReleaseForCcFlush, RamfsReleaseForModWrite, RamfsReleaseForSection, SyncTypeCreateSection,
  SyncTypeOther } from '#src/fs/ramfs/section.ts';
import { asStatus } from '#src/ntos/status.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

const { set_PreviousMode } = KTHREAD.bound;
let machine: RamfsMachine;
beforeEach(() => {
  machine = bootRamfs();
});
afterEach(() => {
  expect(machine.end()).toEqual(NOTHING);
});

const EVENT = USER.start + 4096;
const NOTIFY_IOSB = EVENT + 64;
const NOTIFY_BUFFER = USER.start + 40960;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];
const DIRECTORY = c.FILE_DIRECTORY_FILE;

function withFile<T>(handle: number, act: (file: PFILE_OBJECT) => T): T {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  try {
    return act(file);
  } finally {
    releaseFile(file);
  }
}

function lock(handle: number, offset: number, length: number, exclusive: boolean): string {
  return nameOf(NtLockFile(handle, 0, IOSB, offset, length, 0, true, exclusive));
}

describe('byte-range locks', () => {
  test('keep others from what they cover, and end with the handle', () => {
    makeFile('\\f', '0123456789');
    const mine = must('\\f');
    const theirs = must('\\f');
    expect(lock(mine, 2, 3, true)).toBe('SUCCESS');
    expect(read(theirs, 0, 10)).toBe('FILE_LOCK_CONFLICT');
    expect(read(theirs, 5, 5)).toBe('56789');
    expect(write(theirs, 4, 'x')).toBe('FILE_LOCK_CONFLICT');
    expect(read(mine, 0, 10)).toBe('0123456789');
    expect(lock(theirs, 4, 1, false)).toBe('LOCK_NOT_GRANTED');
    expect(nameOf(NtUnlockFile(mine, IOSB, 2, 3, 0))).toBe('SUCCESS');
    expect(nameOf(NtUnlockFile(mine, IOSB, 2, 3, 0))).toBe('RANGE_NOT_LOCKED');
    expect(lock(mine, 0, 1, true)).toBe('SUCCESS');
    close(mine);
    expect(read(theirs, 0, 10)).toBe('0123456789');
    close(theirs);
  });

  test('are not for directories', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', { options: SYNC | DIRECTORY });
    expect(lock(dir, 0, 1, true)).toBe('INVALID_PARAMETER');
    close(dir);
  });
});

/** Watches a directory through an asynchronous handle. */
function watch(handle: number, filter: number, tree = false): string {
  KeInitializeEvent(EVENT, NotificationEvent, false);
  return nameOf(NtNotifyChangeDirectoryFile(handle, EVENT, NOTIFY_IOSB, NOTIFY_BUFFER, 4096, filter,
    tree));
}

/** What a watch was told: the action and the name, or the status it ended with. */
function told(): string {
  deliverApcsIfPossible();
  if (KeReadStateEvent(EVENT) === 0) return 'nothing yet';
  const status = nameOf(io.Status(NOTIFY_IOSB as PIOSB));
  if (io.Information(NOTIFY_IOSB as PIOSB) === 0) return status;
  const name = textAt(NOTIFY_BUFFER + 12, i32[(NOTIFY_BUFFER + 8) >> 2]!);
  return `${i32[(NOTIFY_BUFFER + 4) >> 2]} ${name}`;
}

describe('a watched directory', () => {
  const open = { desiredAccess: c.FILE_LIST_DIRECTORY, options: DIRECTORY };

  test('tells names that come, change and go', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', open);
    expect(watch(dir, c.FILE_NOTIFY_CHANGE_FILE_NAME)).toBe('PENDING');
    expect(told()).toBe('nothing yet');
    makeFile('\\other');
    expect(told()).toBe('nothing yet');
    makeFile('\\dir\\f');
    expect(told()).toBe(`${c.FILE_ACTION_ADDED} f`);
    expect(watch(dir, c.FILE_NOTIFY_CHANGE_FILE_NAME)).toBe('PENDING');
    const f = must('\\dir\\f');
    rename(f, 'g');
    close(f);
    expect(told()).toBe(`${c.FILE_ACTION_RENAMED_OLD_NAME} f`);
    close(must('\\dir\\g', { options: SYNC | c.FILE_DELETE_ON_CLOSE }));
    watch(dir, c.FILE_NOTIFY_CHANGE_FILE_NAME);
    expect(told()).toBe(`${c.FILE_ACTION_REMOVED} g`);
    close(dir);
  });

  test('tells of writes when the writer closes, and of what lies below when asked', () => {
    makeDirectory('\\dir');
    makeDirectory('\\dir\\sub');
    makeFile('\\dir\\sub\\f', 'x');
    const dir = must('\\dir', open);
    watch(dir, c.FILE_NOTIFY_CHANGE_LAST_WRITE, true);
    const f = must('\\dir\\sub\\f');
    write(f, 0, 'y');
    expect(told()).toBe('nothing yet');
    close(f);
    expect(told()).toBe(`${c.FILE_ACTION_MODIFIED} sub\\f`);
    close(dir);
  });

  test('ends its watches with its handle', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', open);
    watch(dir, c.FILE_NOTIFY_CHANGE_FILE_NAME);
    close(dir);
    expect(told()).toBe('NOTIFY_CLEANUP');
  });

  test('tells its watchers that it is to be deleted', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', open);
    watch(dir, c.FILE_NOTIFY_CHANGE_FILE_NAME);
    const deleter = must('\\dir', { options: SYNC | DIRECTORY });
    expect(dispose(deleter)).toBe('SUCCESS');
    expect(told()).toBe('DELETE_PENDING');
    close(deleter);
    close(dir);
  });
});

describe('section synchronisation', () => {
  test('says whether somebody may write', () => {
    makeFile('\\f', 'x');
    const reader = must('\\f', { desiredAccess: READ });
    const section = (type: number): string => withFile(reader, (file) => {
      const status = RamfsAcquireForSection(file, type, 0);
      RamfsReleaseForSection(file);
      return nameOf(status);
    });
    expect(section(SyncTypeOther)).toBe('SUCCESS');
    expect(section(SyncTypeCreateSection)).toBe('FILE_LOCKED_WITH_ONLY_READERS');
    const writer = must('\\f', { desiredAccess: c.FILE_WRITE_DATA | c.SYNCHRONIZE });
    expect(section(SyncTypeCreateSection)).toBe('FILE_LOCKED_WITH_WRITERS');
    close(writer);
    close(reader);
  });

  test('lets its holder go on creating files and querying sizes', () => {
    makeFile('\\f', 'x');
    const handle = must('\\f');
    withFile(handle, (file) => {
      // The memory manager holds it: what follows comes from kernel mode.
      set_PreviousMode(currentThread, 0);
      RamfsAcquireForSection(file, SyncTypeCreateSection, 0);
      makeFile('\\other', 'y');
      expect(read(handle, 0, 1)).toBe('x');
      RamfsReleaseForSection(file);
      expect(nameOf(RamfsAcquireForModWrite(file, 0, INPUT))).toBe('SUCCESS');
      RamfsReleaseForModWrite(file, i32[INPUT >> 2]!);
      expect(nameOf(RamfsAcquireForCcFlush(file))).toBe('SUCCESS');
      RamfsReleaseForCcFlush(file);
      set_PreviousMode(currentThread, 1);
    });
    close(handle);
  });
});

/** A fast transfer: FALSE, or the status. */
function transfer(
  file: PFILE_OBJECT, member: 'FastIoRead' | 'FastIoWrite', at: number, length: number,
): string {
  putLarge(INPUT, at);
  const entry = fastIoEntry(machine.device, member);
  const done = routineTable[entry]!(file, INPUT, length, 1, 0, BUFFER, IOSB, machine.device);
  return done === 0 ? 'FALSE' : nameOf(asStatus(io.Status(IOSB as PIOSB)));
}

describe('fast I/O', () => {
  test('reads and writes inside a file once its caching has begun', () => {
    makeFile('\\f', '0123456789');
    const handle = must('\\f');
    withFile(handle, (file) => {
      expect(transfer(file, 'FastIoRead', 0, 4)).toBe('FALSE');
      read(handle, 0, 1);
      expect(FILE_OBJECT.bound.PrivateCacheMap(file)).not.toBe(0);
      expect(transfer(file, 'FastIoRead', 4, 4)).toBe('SUCCESS');
      expect(String.fromCharCode(...Array.from(u8.subarray(BUFFER, BUFFER + information())))).toBe('4567');
      expect(transfer(file, 'FastIoRead', 10, 1)).toBe('END_OF_FILE');
      u8[BUFFER] = 0x78;
      expect(transfer(file, 'FastIoWrite', 9, 1)).toBe('SUCCESS');
      expect(transfer(file, 'FastIoWrite', 9, 2)).toBe('FALSE');
    });
    expect(read(handle, 0, 10)).toBe('012345678x');
    close(handle);
  });

  test('respects range locks', () => {
    makeFile('\\f', '0123456789');
    const mine = must('\\f');
    const theirs = must('\\f');
    read(theirs, 0, 1);
    lock(mine, 0, 5, true);
    withFile(theirs, (file) => {
      expect(transfer(file, 'FastIoRead', 0, 4)).toBe('FALSE');
      expect(transfer(file, 'FastIoRead', 5, 4)).toBe('SUCCESS');
    });
    close(mine);
    close(theirs);
  });
});
