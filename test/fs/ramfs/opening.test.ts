// What the I/O manager and the file system settle between them when a file is opened: how much
// MAXIMUM_ALLOWED is, links that never end, names that are identities, lengths that are too short.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillBytes, i32, u8 } from '#src/mem/memory.ts';
import { FSCTL_SET_REPARSE_POINT } from '#src/ntos/io/control-codes.ts';
import { IO_REPARSE_TAG_SYMLINK } from '#src/ntos/io/control-types.ts';
import { IopCreateFile } from '#src/ntos/io/service/create-file.ts';
import { closeOpenedFile } from '#src/ntos/io/object/file-object.ts';
import { asKernel } from '#src/ntos/io/service/kernel-mode.ts';
import { ObReferenceObjectByHandle } from '#src/ntos/ob/handle.ts';
import { OBJ_DONT_REPARSE } from '#src/ntos/rtl/types.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { putReparse } from '#src/lab/workload/user/structures.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import { bootRamfs, NOTHING } from '../support/boot-ramfs.ts';
import { BUFFER, INPUT, SYNC, close, contentsOf, control, create, makeFile, must, nameOf, query,
  set, write } from '../support/files.ts';
import type { RamfsMachine } from '../support/boot-ramfs.ts';

let machine: RamfsMachine;
beforeEach(() => {
  machine = bootRamfs();
});
afterEach(() => {
  expect(machine.end()).toEqual(NOTHING);
});

/** The rights a handle was granted. */
function grantedOf(handle: number): number {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const information = stackAlloc(8);
  asKernel(() => ObReferenceObjectByHandle(handle, 0, 0, 0, out, information));
  ObDereferenceObject(i32[out >> 2]!);
  const granted = i32[(information + 4) >> 2]!;
  popFrame(frame);
  return granted >>> 0;
}

function makeLink(path: string, target: string): void {
  const options = SYNC | c.FILE_OPEN_REPARSE_POINT;
  const handle = must(path, { disposition: c.FILE_OPEN_IF, options });
  const bytes = putReparse(INPUT, IO_REPARSE_TAG_SYMLINK, target);
  expect(control(handle, FSCTL_SET_REPARSE_POINT, bytes, 0)).toBe('SUCCESS');
  close(handle);
}

describe('MAXIMUM_ALLOWED', () => {
  const maximum = { desiredAccess: c.MAXIMUM_ALLOWED | c.SYNCHRONIZE };

  test('is everything on a plain file', () => {
    makeFile('\\f', 'x');
    const handle = must('\\f', maximum);
    expect(grantedOf(handle)).toBe(c.FILE_ALL_ACCESS);
    expect(write(handle, 0, 'y')).toBe('SUCCESS');
    close(handle);
  });

  test('is everything but writing on a read-only file: the file system decides', () => {
    makeFile('\\f', 'x');
    const handle = must('\\f', { desiredAccess: c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE });
    fillBytes(BUFFER, 0, 40);
    i32[(BUFFER + 32) >> 2] = c.FILE_ATTRIBUTE_READONLY;
    expect(set(handle, cls.FileBasicInformation, 40)).toBe('SUCCESS');
    close(handle);
    const again = must('\\f', maximum);
    expect(grantedOf(again)).toBe(c.FILE_ALL_ACCESS & ~(c.FILE_WRITE_DATA | c.FILE_APPEND_DATA));
    expect(write(again, 0, 'y')).toBe('ACCESS_DENIED');
    close(again);
    expect(create('\\f', { desiredAccess: c.GENERIC_WRITE | c.SYNCHRONIZE }).status)
      .toBe('ACCESS_DENIED');
  });

  test('what is asked for by name is granted as it was asked for', () => {
    makeFile('\\f', 'x');
    const handle = must('\\f', { desiredAccess: c.GENERIC_READ | c.SYNCHRONIZE });
    expect(grantedOf(handle)).toBe(c.FILE_GENERIC_READ);
    close(handle);
  });
});

describe('links', () => {
  test('are followed, one after the other', () => {
    makeFile('\\end', 'found');
    makeLink('\\b', '\\??\\C:\\end');
    makeLink('\\a', '\\??\\C:\\b');
    expect(contentsOf('\\a')).toBe('found');
  });

  test('that lead in a circle end in STATUS_REPARSE_POINT_NOT_RESOLVED', () => {
    makeLink('\\a', '\\??\\C:\\b');
    makeLink('\\b', '\\??\\C:\\a');
    expect(create('\\a').status).toBe('REPARSE_POINT_NOT_RESOLVED');
  });

  test('are not followed with OBJ_DONT_REPARSE', () => {
    makeFile('\\end', 'found');
    makeLink('\\a', '\\??\\C:\\end');
    expect(create('\\a', { attributes: OBJ_DONT_REPARSE }).status)
      .toBe('REPARSE_POINT_ENCOUNTERED');
  });
});

describe('a file id as a name', () => {
  test('is found relative to the volume, also when its bytes look like a path', () => {
    const root = must('\\', { desiredAccess: c.FILE_READ_ATTRIBUTES | c.SYNCHRONIZE });
    const frame = pushFrame();
    const out = stackAlloc(4);
    asKernel(() => ObReferenceObjectByHandle(root, 0, 0, 0, out));
    // 0x5c is the backslash: an id whose first unit is one.
    const result = IopCreateFile({
      path: '\\\0\0\0', root: i32[out >> 2]! as never, desiredAccess: c.FILE_READ_ATTRIBUTES,
      fileAttributes: 0, shareAccess: 7, disposition: c.FILE_OPEN,
      options: c.FILE_OPEN_BY_FILE_ID, mode: 1,
    });
    ObDereferenceObject(i32[out >> 2]!);
    popFrame(frame);
    if (result.file !== 0) closeOpenedFile(result.file);
    expect(nameOf(result.status)).toBe('INVALID_PARAMETER');
    close(root);
  });
});

describe('a buffer that is too short', () => {
  test('is refused before fast I/O fills it, for applications and for the kernel', () => {
    makeFile('\\f', 'contents');
    const handle = must('\\f');
    expect(query(handle, cls.FileBasicInformation, 40)).toBe('SUCCESS');
    for (const length of [0, 8, 39]) {
      u8.fill(0xcc, BUFFER, BUFFER + 64);
      expect(query(handle, cls.FileBasicInformation, length)).toBe('INFO_LENGTH_MISMATCH');
      expect(u8[BUFFER]).toBe(0xcc);
      asKernel(() => {
        expect(query(handle, cls.FileStandardInformation, Math.min(length, 16)))
          .not.toBe('SUCCESS');
      });
      expect(u8[BUFFER + 24]).toBe(0xcc);
    }
    close(handle);
  });

  test('the shortest that each class takes is the structure itself', () => {
    makeFile('\\f', 'contents');
    const handle = must('\\f');
    expect(set(handle, cls.FileDispositionInformation, 0)).toBe('INFO_LENGTH_MISMATCH');
    expect(set(handle, cls.FileEndOfFileInformation, 7)).toBe('INFO_LENGTH_MISMATCH');
    expect(set(handle, cls.FileRenameInformation, 15)).toBe('INFO_LENGTH_MISMATCH');
    expect(query(handle, cls.FileNameInformation, 7)).toBe('INFO_LENGTH_MISMATCH');
    expect(query(handle, cls.FileAllInformation, 103)).toBe('INFO_LENGTH_MISMATCH');
    close(handle);
  });
});
