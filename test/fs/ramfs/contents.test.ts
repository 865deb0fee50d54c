// Contents and sizes: what is read is what was written, holes are zeroes, sizes are kept.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { framesInUse, framesTotal } from '#src/fs/ramfs/content/frames.ts';
import { BUFFER, IOSB, READ, SYNC, close, contentsOf, create, getLarge, makeDirectory, makeFile,
  must, nameOf, putLarge, query, read, setSize, write } from '#test/fs/support/files.ts';
import { fillBytes, u8 } from '#src/mem/memory.ts';
import { IRP_NOCACHE } from '#src/ntos/io/types.ts';
import { NtReadFile, NtWriteFile, FILE_WRITE_TO_END_OF_FILE, TRANSFER_PAGING }
  from '#src/ntos/io/service/nt-read-write.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
let handle: number;
beforeEach(() => {
  machine = bootRamfs();
  handle = must('\\f', { disposition: c.FILE_CREATE });
});
afterEach(() => {
  close(handle);
  expect(machine.end()).toEqual(NOTHING);
});

/** End of file and allocation, as FileStandardInformation tells them. */
function sizes(of = handle): { end: number; allocation: number } {
  expect(query(of, cls.FileStandardInformation)).toBe('SUCCESS');
  return { allocation: getLarge(BUFFER), end: getLarge(BUFFER + 8) };
}

describe('reading and writing', () => {
  test('what is written across pages is read back', () => {
    const text =
      Array.from({ length: 20000 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    expect(write(handle, 4000, text)).toBe('SUCCESS');
    expect(read(handle, 4000, 20000)).toBe(text);
    expect(read(handle, 0, 4000)).toBe('\0'.repeat(4000));
    expect(sizes()).toEqual({ end: 24000, allocation: 24576 });
  });

  test('a read is cut at the end of file and fails behind it', () => {
    write(handle, 0, 'abc');
    expect(read(handle, 1, 100)).toBe('bc');
    expect(read(handle, 3, 1)).toBe('END_OF_FILE');
    expect(read(handle, 3, 0)).toBe('');
  });

  test('a write at "the end" appends, and so does a handle that may only append', () => {
    write(handle, 0, 'abc');
    u8[BUFFER] = 0x64;
    expect(nameOf(NtWriteFile(handle, 0, IOSB, BUFFER, 1, FILE_WRITE_TO_END_OF_FILE))).toBe('SUCCESS');
    const appender = must('\\f', { desiredAccess: c.FILE_APPEND_DATA | c.SYNCHRONIZE });
    expect(nameOf(NtWriteFile(appender, 0, IOSB, BUFFER, 1, FILE_WRITE_TO_END_OF_FILE)))
      .toBe('SUCCESS');
    close(appender);
    expect(read(handle, 0, 10)).toBe('abcdd');
  });

  test('non-cached transfers are whole sectors', () => {
    write(handle, 0, 'x'.repeat(1024));
    expect(nameOf(NtReadFile(handle, 0, IOSB, BUFFER, 512, 512, 0, IRP_NOCACHE))).toBe('SUCCESS');
    expect(nameOf(NtReadFile(handle, 0, IOSB, BUFFER, 100, 512, 0, IRP_NOCACHE)))
      .toBe('INVALID_PARAMETER');
    expect(nameOf(NtReadFile(handle, 0, IOSB, BUFFER, 512, 100, 0, IRP_NOCACHE)))
      .toBe('INVALID_PARAMETER');
  });

  test('a paging write never makes a file longer', () => {
    write(handle, 0, 'x'.repeat(100));
    fillBytes(BUFFER, 0x79, 4096);
    expect(nameOf(NtWriteFile(handle, 0, IOSB, BUFFER, 4096, 0, 0, TRANSFER_PAGING))).toBe('SUCCESS');
    expect(sizes().end).toBe(100);
    setSize(handle, cls.FileEndOfFileInformation, 200);
    expect(read(handle, 0, 200)).toBe('y'.repeat(100) + '\0'.repeat(100));
  });

  test('a directory has no contents', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', { options: SYNC | c.FILE_DIRECTORY_FILE });
    expect(read(dir, 0, 1)).toBe('INVALID_DEVICE_REQUEST');
    expect(write(dir, 0, 'x')).toBe('INVALID_DEVICE_REQUEST');
    close(dir);
  });
});

describe('sizes', () => {
  test('cutting a file off and extending it again shows zeroes', () => {
    write(handle, 0, 'x'.repeat(10000));
    expect(setSize(handle, cls.FileEndOfFileInformation, 5000)).toBe('SUCCESS');
    expect(setSize(handle, cls.FileEndOfFileInformation, 10000)).toBe('SUCCESS');
    expect(read(handle, 0, 10000)).toBe('x'.repeat(5000) + '\0'.repeat(5000));
  });

  test('allocation is whole clusters, and below the end of file it cuts the file', () => {
    write(handle, 0, 'x'.repeat(5000));
    expect(setSize(handle, cls.FileAllocationInformation, 100000)).toBe('SUCCESS');
    expect(sizes()).toEqual({ end: 5000, allocation: 102400 });
    expect(setSize(handle, cls.FileAllocationInformation, 100)).toBe('SUCCESS');
    expect(sizes()).toEqual({ end: 100, allocation: 4096 });
  });

  test('valid data may only grow, within the file', () => {
    write(handle, 0, 'x'.repeat(100));
    setSize(handle, cls.FileEndOfFileInformation, 1000);
    expect(setSize(handle, cls.FileValidDataLengthInformation, 50)).toBe('INVALID_PARAMETER');
    expect(setSize(handle, cls.FileValidDataLengthInformation, 500)).toBe('SUCCESS');
    expect(setSize(handle, cls.FileValidDataLengthInformation, 1001)).toBe('INVALID_PARAMETER');
  });

  test('a negative size is refused, and so is one on a directory', () => {
    expect(setSize(handle, cls.FileEndOfFileInformation, -1)).toBe('INVALID_PARAMETER');
    makeDirectory('\\dir');
    const dir = must('\\dir');
    expect(setSize(dir, cls.FileEndOfFileInformation, 1)).toBe('INVALID_PARAMETER');
    close(dir);
  });

  test('the allocation that a create asks for is there at once', () => {
    const made = must('\\g', { disposition: c.FILE_CREATE, allocationSize: 10000 });
    expect(sizes(made)).toEqual({ end: 0, allocation: 12288 });
    close(made);
  });
});

describe('sparse files', () => {
  test('a byte at four gigabytes costs a few frames, and everything before it is zero', () => {
    const before = framesInUse();
    expect(write(handle, 2 ** 32, 'far')).toBe('SUCCESS');
    expect(sizes().end).toBe(2 ** 32 + 3);
    expect(framesInUse() - before).toBeLessThanOrEqual(8);
    expect(read(handle, 2 ** 32 - 2, 5)).toBe('\0\0far');
    expect(read(handle, 2 ** 31, 4)).toBe('\0\0\0\0');
  });

  test('sizes up to 2^53 are kept, and pages far apart are found', () => {
    const far = 2 ** 50;
    expect(setSize(handle, cls.FileEndOfFileInformation, far + 8192)).toBe('SUCCESS');
    expect(write(handle, far, 'here')).toBe('SUCCESS');
    expect(write(handle, 0, 'there')).toBe('SUCCESS');
    expect(read(handle, far, 4)).toBe('here');
    expect(read(handle, 0, 5)).toBe('there');
    expect(sizes().end).toBe(far + 8192);
    setSize(handle, cls.FileEndOfFileInformation, 5);
    expect(read(handle, 0, 10)).toBe('there');
  });
});

describe('a full volume', () => {
  test('refuses the write, and nothing of it is left behind', () => {
    close(handle);
    machine.end();
    machine = bootRamfs({ size: 16 * 4096 });
    handle = must('\\f', { disposition: c.FILE_CREATE });
    expect(write(handle, 0, 'x'.repeat(4 * 4096))).toBe('SUCCESS');
    expect(write(handle, 0, 'y'.repeat(40 * 4096))).toBe('DISK_FULL');
    expect(sizes().end).toBe(4 * 4096);
    expect(read(handle, 0, 4)).toBe('xxxx');
  });

  test('has as many frames as the machine has page frames', () => {
    expect(framesTotal()).toBeGreaterThan(10000);
  });
});

describe('the file position', () => {
  test('of a synchronous file moves with each transfer', () => {
    write(handle, 0, 'abcdef');
    read(handle, 0, 2);
    expect(query(handle, cls.FilePositionInformation)).toBe('SUCCESS');
    expect(getLarge(BUFFER)).toBe(2);
    putLarge(BUFFER, 4);
    expect(setSize(handle, cls.FilePositionInformation, 4)).toBe('SUCCESS');
    query(handle, cls.FilePositionInformation);
    expect(getLarge(BUFFER)).toBe(4);
  });
});

describe('two handles', () => {
  test('see each other\'s writes at once', () => {
    const other = must('\\f', { desiredAccess: READ });
    write(handle, 0, 'seen');
    expect(read(other, 0, 10)).toBe('seen');
    close(other);
    makeFile('\\g', 'own');
    expect(contentsOf('\\g')).toBe('own');
    expect(create('\\f', { shareAccess: 0 }).status).toBe('SHARING_VIOLATION');
  });
});
