// Creates: what exists is found as NTFS finds it, and each way of not finding it has its status.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { ALL, BUFFER, READ, SHARE_ALL, SYNC, close, contentsOf, create, dispose, list,
  makeDirectory, makeFile, must, query, read, u16, write } from '#test/fs/support/files.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
beforeEach(() => {
  machine = bootRamfs();
});
afterEach(() => {
  expect(machine.end()).toEqual(NOTHING);
});

const DIRECTORY = SYNC | c.FILE_DIRECTORY_FILE;
const NON_DIRECTORY = SYNC | c.FILE_NON_DIRECTORY_FILE;

/** The status of a create that is closed again at once. */
function attempt(path: string, more: Parameters<typeof create>[1] = {}): string {
  const opened = create(path, more);
  if (opened.status === 'SUCCESS') close(opened.handle);
  return opened.status;
}

const referenced: PFILE_OBJECT[] = [];

/** The file object of a handle, referenced until releaseAll. */
function fileOf(handle: number): { handle: number; file: PFILE_OBJECT } {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  referenced.push(file);
  return { handle, file };
}

function releaseAll(): void {
  for (const file of referenced.splice(0)) releaseFile(file);
}

/** FILE_INTERNAL_INFORMATION in BUFFER as the text that names a file by id. */
function idText(): string {
  return String.fromCharCode(...Array.from(u16.subarray(BUFFER >> 1, (BUFFER >> 1) + 4)));
}

describe('a name', () => {
  test('is found in any case and kept as it was given', () => {
    makeFile('\\Ärger.TXT', 'x');
    expect(contentsOf('\\äRGER.txt')).toBe('x');
    expect(list('\\')).toEqual(['Ärger.TXT']);
  });

  test('that does not exist is told from a directory on the way that does not', () => {
    makeFile('\\file');
    expect(attempt('\\missing')).toBe('OBJECT_NAME_NOT_FOUND');
    expect(attempt('\\missing\\file')).toBe('OBJECT_PATH_NOT_FOUND');
    expect(attempt('\\file\\below')).toBe('OBJECT_PATH_NOT_FOUND');
  });

  test('with a forbidden character, an empty part or a dot is invalid', () => {
    for (const bad of ['\\a*b', '\\a?', '\\a<b', '\\a"b', '\\a|b', '\\a/b', '\\.', '\\..', '\\a\u0001']) {
      expect([bad, attempt(bad)]).toEqual([bad, 'OBJECT_NAME_INVALID']);
    }
    expect(attempt('\\a\\\\b')).toBe('OBJECT_NAME_INVALID');
    expect(attempt(`\\${'x'.repeat(256)}`)).toBe('OBJECT_NAME_INVALID');
    expect(attempt(`\\${'x'.repeat(255)}`)).toBe('OBJECT_NAME_NOT_FOUND');
  });

  test('that ends in a backslash is that of a directory only', () => {
    makeFile('\\file');
    makeDirectory('\\dir');
    expect(attempt('\\dir\\')).toBe('SUCCESS');
    expect(attempt('\\file\\')).toBe('OBJECT_NAME_INVALID');
    expect(attempt('\\new\\', { disposition: c.FILE_CREATE })).toBe('OBJECT_NAME_INVALID');
    expect(attempt('\\new\\', { disposition: c.FILE_CREATE, options: DIRECTORY })).toBe('SUCCESS');
  });
});

describe('each disposition', () => {
  const outcomes: [number, string, string, number, number][] = [
    [c.FILE_OPEN, 'SUCCESS', 'OBJECT_NAME_NOT_FOUND', c.FILE_OPENED, 0],
    [c.FILE_CREATE, 'OBJECT_NAME_COLLISION', 'SUCCESS', 0, c.FILE_CREATED],
    [c.FILE_OPEN_IF, 'SUCCESS', 'SUCCESS', c.FILE_OPENED, c.FILE_CREATED],
    [c.FILE_OVERWRITE, 'SUCCESS', 'OBJECT_NAME_NOT_FOUND', c.FILE_OVERWRITTEN, 0],
    [c.FILE_OVERWRITE_IF, 'SUCCESS', 'SUCCESS', c.FILE_OVERWRITTEN, c.FILE_CREATED],
    [c.FILE_SUPERSEDE, 'SUCCESS', 'SUCCESS', c.FILE_SUPERSEDED, c.FILE_CREATED],
  ];
  test('answers for what exists and for what does not', () => {
    for (const [disposition, there, missing, information, made] of outcomes) {
      makeFile('\\there', 'old');
      const existing = create('\\there', { disposition });
      expect([disposition, existing.status]).toEqual([disposition, there]);
      if (there === 'SUCCESS') {
        expect(existing.information).toBe(information);
        close(existing.handle);
      }
      const fresh = create('\\missing', { disposition });
      expect([disposition, fresh.status]).toEqual([disposition, missing]);
      if (missing === 'SUCCESS') {
        expect(fresh.information).toBe(made);
        dispose(fresh.handle);
        close(fresh.handle);
      }
    }
  });

  test('that overwrites drops the contents and the named streams, and keeps the file', () => {
    makeFile('\\f', 'contents');
    makeFile('\\f:s', 'stream');
    for (const disposition of [c.FILE_OVERWRITE, c.FILE_OVERWRITE_IF, c.FILE_SUPERSEDE]) {
      makeFile('\\f', 'contents');
      expect(attempt('\\f', { disposition })).toBe('SUCCESS');
      expect(contentsOf('\\f')).toBe('');
      expect(attempt('\\f:s')).toBe('OBJECT_NAME_NOT_FOUND');
    }
  });

  test('that overwrites never takes a directory', () => {
    makeDirectory('\\dir');
    expect(attempt('\\dir', { disposition: c.FILE_OVERWRITE_IF })).toBe('OBJECT_NAME_COLLISION');
    expect(attempt('\\dir', { disposition: c.FILE_OVERWRITE_IF, options: NON_DIRECTORY }))
      .toBe('FILE_IS_A_DIRECTORY');
  });
});

describe('directory or not', () => {
  test('asking for the other kind fails, and a collision comes first', () => {
    makeFile('\\file');
    makeDirectory('\\dir');
    expect(attempt('\\file', { options: DIRECTORY })).toBe('NOT_A_DIRECTORY');
    expect(attempt('\\dir', { options: NON_DIRECTORY })).toBe('FILE_IS_A_DIRECTORY');
    expect(attempt('\\file', { options: DIRECTORY, disposition: c.FILE_CREATE }))
      .toBe('OBJECT_NAME_COLLISION');
    expect(attempt('\\dir', { options: DIRECTORY, disposition: c.FILE_CREATE }))
      .toBe('OBJECT_NAME_COLLISION');
  });
});

describe('share access', () => {
  test('lets in only who agrees with those that are there', () => {
    makeFile('\\f');
    const reader = must('\\f', { desiredAccess: READ, shareAccess: c.FILE_SHARE_READ });
    expect(attempt('\\f', { desiredAccess: READ, shareAccess: SHARE_ALL })).toBe('SUCCESS');
    expect(attempt('\\f', { desiredAccess: c.FILE_WRITE_DATA, options: 0 })).toBe('SHARING_VIOLATION');
    expect(attempt('\\f', { desiredAccess: c.DELETE, options: 0 })).toBe('SHARING_VIOLATION');
    expect(attempt('\\f', { desiredAccess: READ, shareAccess: 0 })).toBe('SHARING_VIOLATION');
    close(reader);
    expect(attempt('\\f', { desiredAccess: ALL, shareAccess: 0 })).toBe('SUCCESS');
  });

  test('does not concern who only looks at attributes', () => {
    makeFile('\\f');
    const exclusive = must('\\f', { desiredAccess: ALL, shareAccess: 0 });
    const look = { desiredAccess: c.FILE_READ_ATTRIBUTES, options: 0 };
    expect(attempt('\\f', { ...look, shareAccess: 0 })).toBe('SUCCESS');
    close(exclusive);
  });

  test('an overwrite needs to be allowed to write even when it asks for less', () => {
    makeFile('\\f', 'kept');
    const reader = must('\\f', { desiredAccess: READ, shareAccess: c.FILE_SHARE_READ });
    expect(attempt('\\f', { desiredAccess: c.FILE_READ_ATTRIBUTES, options: 0,
      disposition: c.FILE_OVERWRITE })).toBe('SHARING_VIOLATION');
    expect(read(reader, 0, 10)).toBe('kept');
    close(reader);
  });
});

describe('attributes', () => {
  test('a read-only file is not written, overwritten or deleted on close', () => {
    const readOnly = { fileAttributes: c.FILE_ATTRIBUTE_READONLY };
    const made = must('\\f', { disposition: c.FILE_CREATE, ...readOnly });
    expect(write(made, 0, 'its creator may')).toBe('SUCCESS');
    close(made);
    expect(attempt('\\f', { desiredAccess: c.FILE_WRITE_DATA, options: 0 })).toBe('ACCESS_DENIED');
    expect(attempt('\\f', { desiredAccess: READ })).toBe('SUCCESS');
    expect(attempt('\\f', { desiredAccess: READ, disposition: c.FILE_OVERWRITE })).toBe('ACCESS_DENIED');
    expect(attempt('\\f', { desiredAccess: READ | c.DELETE, options: SYNC | c.FILE_DELETE_ON_CLOSE }))
      .toBe('CANNOT_DELETE');
    expect(attempt('\\g', { disposition: c.FILE_CREATE, options: SYNC | c.FILE_DELETE_ON_CLOSE,
      ...readOnly })).toBe('CANNOT_DELETE');
  });

  test('an overwrite must bring the hidden attribute of what it overwrites', () => {
    const hidden = c.FILE_ATTRIBUTE_HIDDEN;
    close(must('\\f', { disposition: c.FILE_CREATE, fileAttributes: hidden }));
    expect(attempt('\\f', { disposition: c.FILE_OVERWRITE })).toBe('ACCESS_DENIED');
    expect(attempt('\\f', { disposition: c.FILE_OVERWRITE, fileAttributes: hidden })).toBe('SUCCESS');
  });
});

describe('relative opens', () => {
  test('begin at the related file, its streams included', () => {
    makeDirectory('\\dir');
    makeFile('\\dir\\f', 'data');
    makeFile('\\dir\\f:s', 'stream');
    const root = fileOf(must('\\dir', { options: DIRECTORY }));
    const f = must('f', { root: root.file });
    expect(read(f, 0, 10)).toBe('data');
    const s = must(':s', { root: fileOf(f).file });
    expect(read(s, 0, 10)).toBe('stream');
    expect(create('missing\\x', { root: root.file }).status).toBe('OBJECT_PATH_NOT_FOUND');
    for (const handle of [s, f, root.handle]) close(handle);
    releaseAll();
  });
});

describe('the volume', () => {
  test('is opened by the empty name, and only to be opened', () => {
    const volume = create('', { path: 'C:', desiredAccess: READ });
    expect(volume.status).toBe('SUCCESS');
    expect(read(volume.handle, 0, 512)).toBe('INVALID_DEVICE_REQUEST');
    close(volume.handle);
    expect(attempt('', { path: 'C:', options: DIRECTORY })).toBe('NOT_A_DIRECTORY');
    expect(attempt('', { path: 'C:', disposition: c.FILE_CREATE })).toBe('ACCESS_DENIED');
  });

  test('opens files by id', () => {
    makeFile('\\f', 'by id');
    const f = must('\\f', { desiredAccess: READ });
    query(f, 6);
    const id = idText();
    const volume = fileOf(create('', { path: 'C:', desiredAccess: READ }).handle);
    const byId = { root: volume.file, options: SYNC | c.FILE_OPEN_BY_FILE_ID, desiredAccess: READ };
    const again = must(id, byId);
    expect(read(again, 0, 10)).toBe('by id');
    expect(create('\u0001\u0002\u0003\u0004', byId).status).toBe('INVALID_PARAMETER');
    for (const handle of [again, volume.handle, f]) close(handle);
    releaseAll();
  });
});
