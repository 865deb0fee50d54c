// Deleting, renaming and linking: when a name goes, who keeps the file, what may replace what.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { ALL, BUFFER, READ, SHARE_ALL, SYNC, close, contentsOf, create, dispose, disposeEx, link,
  list,
  makeDirectory, makeFile, must, nameOfHandle, query, read, rename, renameEx, write }
  from '#test/fs/support/files.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { FILE_DISPOSITION_DELETE, FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE,
  FILE_DISPOSITION_POSIX_SEMANTICS, FILE_RENAME_POSIX_SEMANTICS, FILE_RENAME_REPLACE_IF_EXISTS }
  from '#src/ntos/io/information/file-information.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
beforeEach(() => {
  machine = bootRamfs();
});
afterEach(() => {
  expect(machine.end()).toEqual(NOTHING);
});

const DIRECTORY = SYNC | c.FILE_DIRECTORY_FILE;
const DELETE_ON_CLOSE = SYNC | c.FILE_DELETE_ON_CLOSE;
const POSIX_DELETE = FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS;

function links(handle: number): { links: number; pending: boolean } {
  query(handle, cls.FileStandardInformation);
  return { links: i32[(BUFFER + 16) >> 2]!, pending: u8[BUFFER + 20] !== 0 };
}

describe('deletion', () => {
  test('takes place with the last handle, and until then nobody else gets in', () => {
    makeFile('\\f', 'x');
    const one = must('\\f');
    const two = must('\\f');
    expect(dispose(one)).toBe('SUCCESS');
    expect(links(two)).toEqual({ links: 0, pending: true });
    expect(create('\\f').status).toBe('DELETE_PENDING');
    expect(create('\\f', { disposition: c.FILE_CREATE }).status).toBe('DELETE_PENDING');
    close(one);
    expect(read(two, 0, 1)).toBe('x');
    expect(create('\\f').status).toBe('DELETE_PENDING');
    close(two);
    expect(create('\\f').status).toBe('OBJECT_NAME_NOT_FOUND');
  });

  test('can be taken back', () => {
    makeFile('\\f', 'x');
    const handle = must('\\f');
    dispose(handle);
    expect(dispose(handle, false)).toBe('SUCCESS');
    close(handle);
    expect(contentsOf('\\f')).toBe('x');
  });

  test('on close begins when that handle is closed', () => {
    makeFile('\\f');
    const other = must('\\f');
    close(must('\\f', { options: DELETE_ON_CLOSE }));
    expect(create('\\f').status).toBe('DELETE_PENDING');
    close(other);
    expect(create('\\f').status).toBe('OBJECT_NAME_NOT_FOUND');
  });

  test('spares directories that have names in them, the root and read-only files', () => {
    makeDirectory('\\dir');
    makeFile('\\dir\\f');
    const dir = must('\\dir', { options: DIRECTORY });
    expect(dispose(dir)).toBe('DIRECTORY_NOT_EMPTY');
    close(dir);
    close(must('\\dir', { options: DIRECTORY | c.FILE_DELETE_ON_CLOSE }));
    expect(list('\\')).toEqual(['dir']);
    const root = must('\\', { options: DIRECTORY });
    expect(dispose(root)).toBe('CANNOT_DELETE');
    close(root);
    close(must('\\r', { disposition: c.FILE_CREATE, fileAttributes: c.FILE_ATTRIBUTE_READONLY }));
    const readOnly = must('\\r', { desiredAccess: READ | c.DELETE });
    expect(dispose(readOnly)).toBe('CANNOT_DELETE');
    expect(disposeEx(readOnly, FILE_DISPOSITION_DELETE | FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE))
      .toBe('SUCCESS');
    close(readOnly);
    expect(list('\\')).toEqual(['dir']);
  });

  test('with POSIX semantics takes the name at once and leaves the file to its handles', () => {
    makeFile('\\f', 'old');
    const reader = must('\\f');
    const deleter = must('\\f');
    expect(disposeEx(deleter, POSIX_DELETE)).toBe('SUCCESS');
    close(deleter);
    makeFile('\\f', 'new');
    expect(read(reader, 0, 10)).toBe('old');
    expect(contentsOf('\\f')).toBe('new');
    close(reader);
  });

  test('of a stream leaves the file', () => {
    makeFile('\\f', 'data');
    makeFile('\\f:s', 'stream');
    const stream = must('\\f:s');
    expect(dispose(stream)).toBe('SUCCESS');
    expect(create('\\f:s').status).toBe('DELETE_PENDING');
    close(stream);
    expect(create('\\f:s').status).toBe('OBJECT_NAME_NOT_FOUND');
    expect(contentsOf('\\f')).toBe('data');
  });

  test('needs the right to delete', () => {
    makeFile('\\f');
    const handle = must('\\f', { desiredAccess: READ });
    expect(dispose(handle)).toBe('ACCESS_DENIED');
    close(handle);
  });

  test('keeps anything from being made in a directory that goes', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', { options: DIRECTORY });
    dispose(dir);
    expect(create('\\dir\\f', { disposition: c.FILE_CREATE }).status).toBe('DELETE_PENDING');
    close(dir);
  });
});

describe('renaming', () => {
  test('moves the name, and handles follow it', () => {
    makeDirectory('\\a');
    makeDirectory('\\b');
    makeFile('\\a\\f', 'x');
    const handle = must('\\a\\f');
    expect(nameOfHandle(handle)).toBe('\\a\\f');
    expect(rename(handle, 'g')).toBe('SUCCESS');
    expect(nameOfHandle(handle)).toBe('\\a\\g');
    expect(rename(handle, '\\b\\h')).toBe('SUCCESS');
    expect(nameOfHandle(handle)).toBe('\\b\\h');
    close(handle);
    expect(list('\\a')).toEqual([]);
    expect(contentsOf('\\b\\h')).toBe('x');
  });

  test('changes the case of a name in place', () => {
    makeFile('\\file', 'x');
    const handle = must('\\file');
    expect(rename(handle, 'FILE')).toBe('SUCCESS');
    close(handle);
    expect(list('\\')).toEqual(['FILE']);
  });

  test('replaces another file only when asked, and never one that is open', () => {
    makeFile('\\a', 'a');
    makeFile('\\b', 'b');
    const a = must('\\a');
    expect(rename(a, 'b')).toBe('OBJECT_NAME_COLLISION');
    const b = must('\\b', { shareAccess: SHARE_ALL });
    expect(rename(a, 'b', true)).toBe('ACCESS_DENIED');
    close(b);
    expect(rename(a, 'b', true)).toBe('SUCCESS');
    close(a);
    expect(list('\\')).toEqual(['b']);
    expect(contentsOf('\\b')).toBe('a');
  });

  test('with POSIX semantics replaces an open file, whose handles keep it', () => {
    makeFile('\\a', 'a');
    makeFile('\\b', 'b');
    const b = must('\\b');
    const a = must('\\a');
    const flags = FILE_RENAME_REPLACE_IF_EXISTS | FILE_RENAME_POSIX_SEMANTICS;
    expect(renameEx(a, 'b', flags)).toBe('SUCCESS');
    expect(read(b, 0, 1)).toBe('b');
    close(a);
    close(b);
    expect(contentsOf('\\b')).toBe('a');
  });

  test('does not replace a directory, or a read-only file', () => {
    makeFile('\\a');
    makeDirectory('\\dir');
    close(must('\\r', { disposition: c.FILE_CREATE, fileAttributes: c.FILE_ATTRIBUTE_READONLY }));
    const a = must('\\a');
    expect(rename(a, 'dir', true)).toBe('ACCESS_DENIED');
    expect(rename(a, 'r', true)).toBe('ACCESS_DENIED');
    close(a);
  });

  test('moves a directory with all below it, but not into itself, nor while something is ' +
    'open', () => {
    makeDirectory('\\dir');
    makeDirectory('\\dir\\sub');
    makeFile('\\dir\\sub\\f', 'x');
    const dir = must('\\dir', { options: DIRECTORY });
    expect(rename(dir, '\\dir\\sub\\dir')).toBe('INVALID_PARAMETER');
    const f = must('\\dir\\sub\\f');
    expect(rename(dir, 'moved')).toBe('ACCESS_DENIED');
    close(f);
    expect(rename(dir, 'moved')).toBe('SUCCESS');
    close(dir);
    expect(contentsOf('\\moved\\sub\\f')).toBe('x');
  });

  test('takes no invalid name and no name in a directory that is missing', () => {
    makeFile('\\a');
    const a = must('\\a');
    expect(rename(a, 'b*')).toBe('OBJECT_NAME_INVALID');
    expect(rename(a, '\\missing\\b')).toBe('OBJECT_PATH_NOT_FOUND');
    close(a);
    const root = must('\\', { options: DIRECTORY });
    expect(rename(root, 'b')).toBe('INVALID_PARAMETER');
    close(root);
  });

  test('gives a stream another name in its file', () => {
    makeFile('\\f', 'data');
    makeFile('\\f:one', 'stream');
    const stream = must('\\f:one');
    expect(rename(stream, ':two')).toBe('SUCCESS');
    expect(nameOfHandle(stream)).toBe('\\f:two');
    expect(write(stream, 6, '!')).toBe('SUCCESS');
    close(stream);
    expect(contentsOf('\\f:two:$DATA')).toBe('stream!');
    expect(create('\\f:one').status).toBe('OBJECT_NAME_NOT_FOUND');
  });
});

describe('hard links', () => {
  test('are names of one file, which lives as long as one of them does', () => {
    makeFile('\\a', 'x');
    const a = must('\\a', { desiredAccess: ALL });
    expect(link(a, 'b')).toBe('SUCCESS');
    expect(link(a, 'b')).toBe('OBJECT_NAME_COLLISION');
    expect(links(a)).toEqual({ links: 2, pending: false });
    write(a, 0, 'y');
    dispose(a);
    expect(links(a)).toEqual({ links: 1, pending: true });
    expect(contentsOf('\\b')).toBe('y');
    close(a);
    expect(list('\\')).toEqual(['b']);
  });

  test('are not made of directories', () => {
    makeDirectory('\\dir');
    const dir = must('\\dir', { options: DIRECTORY });
    expect(link(dir, 'other')).toBe('FILE_IS_A_DIRECTORY');
    close(dir);
  });
});

describe('a thousand names', () => {
  test('are made, found in order and deleted', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `n${(i * 7919) % 1000}`);
    for (const name of names) makeFile(`\\${name}`, name);
    expect(list('\\')).toEqual([...names].map((n) => n.toUpperCase()).toSorted()
      .map((n) => n.toLowerCase()));
    for (const name of names) close(must(`\\${name}`, { options: DELETE_ON_CLOSE }));
    expect(list('\\')).toEqual([]);
  });
});
