// What a file tells about itself, and what a short buffer gets of it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, READ, SYNC, close, create, getLarge, information, link, makeDirectory, makeFile,
  must,
  nameOfHandle, putLarge, query, read, set, textAt, write } from '#test/fs/support/files.ts';
import { advanceTickCount, systemTime } from '#src/ntos/ke/time.ts';
import { i32 } from '#src/mem/memory.ts';
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

interface Basic {
  creation: number;
  access: number;
  write: number;
  change: number;
  attributes: number;
}

function basic(handle: number): Basic {
  expect(query(handle, cls.FileBasicInformation)).toBe('SUCCESS');
  return { creation: getLarge(BUFFER), access: getLarge(BUFFER + 8), write: getLarge(BUFFER + 16),
    change: getLarge(BUFFER + 24), attributes: i32[(BUFFER + 32) >> 2]! };
}

function setBasic(handle: number, some: Partial<Basic>): string {
  putLarge(BUFFER, some.creation ?? 0);
  putLarge(BUFFER + 8, some.access ?? 0);
  putLarge(BUFFER + 16, some.write ?? 0);
  putLarge(BUFFER + 24, some.change ?? 0);
  i32[(BUFFER + 32) >> 2] = some.attributes ?? 0;
  return set(handle, cls.FileBasicInformation, 40);
}

describe('basic information', () => {
  test('keeps the time of creation and moves the others with what happens', () => {
    const handle = must('\\f', { disposition: c.FILE_CREATE });
    const made = basic(handle);
    expect(made.attributes).toBe(c.FILE_ATTRIBUTE_ARCHIVE);
    advanceTickCount(1000);
    write(handle, 0, 'x');
    const written = basic(handle);
    expect(written.creation).toBe(made.creation);
    expect(written.write).toBe(systemTime());
    expect(written.change).toBe(systemTime());
    close(handle);
  });

  test('is set member by member; 0 leaves a member, -1 keeps it from changing', () => {
    const handle = must('\\f', { disposition: c.FILE_CREATE });
    expect(setBasic(handle, { write: 1000, attributes: c.FILE_ATTRIBUTE_HIDDEN })).toBe('SUCCESS');
    expect(basic(handle)).toMatchObject({ write: 1000, attributes: c.FILE_ATTRIBUTE_HIDDEN });
    write(handle, 0, 'x');
    expect(basic(handle).write).toBe(1000);
    expect(setBasic(handle, { write: -2 })).toBe('SUCCESS');
    write(handle, 0, 'x');
    expect(basic(handle).write).toBe(systemTime());
    expect(setBasic(handle, { write: -1 })).toBe('SUCCESS');
    advanceTickCount(5);
    write(handle, 0, 'x');
    expect(basic(handle).write).toBeLessThan(systemTime());
    close(handle);
  });

  test('clears attributes by FILE_ATTRIBUTE_NORMAL, and tells none so', () => {
    const handle = must('\\f', { disposition: c.FILE_CREATE });
    setBasic(handle, { attributes: c.FILE_ATTRIBUTE_NORMAL });
    expect(basic(handle).attributes).toBe(c.FILE_ATTRIBUTE_NORMAL);
    close(handle);
  });

  test('does not make a directory of a file', () => {
    const handle = must('\\f', { disposition: c.FILE_CREATE });
    expect(setBasic(handle, { attributes: c.FILE_ATTRIBUTE_DIRECTORY })).toBe('INVALID_PARAMETER');
    expect(setBasic(handle, { creation: -3 })).toBe('INVALID_PARAMETER');
    close(handle);
  });
});

describe('names', () => {
  test('that do not fit are cut, with their full length told', () => {
    makeDirectory('\\directory');
    makeFile('\\directory\\name');
    const handle = must('\\directory\\name');
    expect(nameOfHandle(handle)).toBe('\\directory\\name');
    expect(query(handle, cls.FileNameInformation, 4 + 10)).toBe('BUFFER_OVERFLOW');
    expect(i32[BUFFER >> 2]).toBe(30);
    expect(textAt(BUFFER + 4, 10)).toBe('\\dire');
    expect(query(handle, cls.FileAllInformation, 104)).toBe('BUFFER_OVERFLOW');
    expect(information()).toBe(104);
    expect(query(handle, cls.FileAllInformation)).toBe('SUCCESS');
    expect(textAt(BUFFER + 100, 30)).toBe('\\directory\\name');
    expect(query(handle, cls.FileNormalizedNameInformation)).toBe('SUCCESS');
    expect(query(handle, cls.FileAlternateNameInformation)).toBe('OBJECT_NAME_NOT_FOUND');
    close(handle);
  });

  test('of the root and of streams', () => {
    const root = must('\\', { options: DIRECTORY, desiredAccess: READ });
    expect(nameOfHandle(root)).toBe('\\');
    close(root);
    const stream = must('\\f:s:$DATA', { disposition: c.FILE_CREATE });
    expect(nameOfHandle(stream)).toBe('\\f:s');
    close(stream);
  });
});

describe('a buffer shorter than the structure', () => {
  test('is a length mismatch for every class', () => {
    makeFile('\\f');
    const handle = must('\\f');
    for (const informationClass of [cls.FileStandardLinkInformation, cls.FileInternalInformation,
      cls.FileEaInformation, cls.FileAttributeTagInformation, cls.FileAllInformation,
      cls.FileIdInformation, cls.FileCompressionInformation, cls.FileHardLinkInformation]) {
      expect([informationClass, query(handle, informationClass, 3)])
        .toEqual([informationClass, 'INFO_LENGTH_MISMATCH']);
    }
    close(handle);
  });
});

describe('what a local volume does not have', () => {
  test('is refused by name', () => {
    makeFile('\\f');
    const handle = must('\\f');
    expect(query(handle, cls.FileRemoteProtocolInformation)).toBe('INVALID_PARAMETER');
    expect(query(handle, cls.FilePipeInformation)).toBe('INVALID_INFO_CLASS');
    expect(set(handle, cls.FileStandardInformation, 24)).toBe('INVALID_INFO_CLASS');
    close(handle);
  });
});

describe('identity', () => {
  test('is the same by every name, and another for every file', () => {
    makeFile('\\a');
    const a = must('\\a', { desiredAccess: c.FILE_ALL_ACCESS });
    link(a, 'b');
    query(a, cls.FileInternalInformation);
    const id = getLarge(BUFFER);
    const b = must('\\b');
    query(b, cls.FileInternalInformation);
    expect(getLarge(BUFFER)).toBe(id);
    query(b, cls.FileIdInformation);
    expect(getLarge(BUFFER + 8)).toBe(id);
    const other = must('\\c', { disposition: c.FILE_CREATE });
    query(other, cls.FileInternalInformation);
    expect(getLarge(BUFFER)).not.toBe(id);
    for (const handle of [a, b, other]) close(handle);
  });

  test('of a deleted file does not come back with the next one', () => {
    const first =
      must('\\f', { disposition: c.FILE_CREATE, options: SYNC | c.FILE_DELETE_ON_CLOSE });
    query(first, cls.FileInternalInformation);
    const id = getLarge(BUFFER);
    close(first);
    const second = must('\\f', { disposition: c.FILE_CREATE });
    query(second, cls.FileInternalInformation);
    expect(getLarge(BUFFER)).not.toBe(id);
    close(second);
  });
});

describe('streams', () => {
  test('are listed with their sizes, the unnamed one first', () => {
    makeFile('\\f', 'data');
    makeFile('\\f:s', 'stream');
    const handle = must('\\f');
    expect(query(handle, cls.FileStreamInformation)).toBe('SUCCESS');
    const next = BUFFER + i32[BUFFER >> 2]!;
    expect(textAt(BUFFER + 24, i32[(BUFFER + 4) >> 2]!)).toBe('::$DATA');
    expect(getLarge(BUFFER + 8)).toBe(4);
    expect(textAt(next + 24, i32[(next + 4) >> 2]!)).toBe(':s:$DATA');
    expect(getLarge(next + 8)).toBe(6);
    expect(query(handle, cls.FileStreamInformation, 40)).toBe('BUFFER_OVERFLOW');
    close(handle);
  });
});

describe('hard links', () => {
  test('are listed with the directories they lie in', () => {
    makeFile('\\a');
    const handle = must('\\a');
    link(handle, 'second');
    expect(query(handle, cls.FileHardLinkInformation)).toBe('SUCCESS');
    expect(i32[(BUFFER + 4) >> 2]).toBe(2);
    const first = BUFFER + 8;
    const second = first + i32[first >> 2]!;
    expect(textAt(first + 20, i32[(first + 16) >> 2]! * 2)).toBe('a');
    expect(textAt(second + 20, i32[(second + 16) >> 2]! * 2)).toBe('second');
    expect(query(handle, cls.FileStandardLinkInformation)).toBe('SUCCESS');
    expect(i32[BUFFER >> 2]).toBe(2);
    close(handle);
  });
});

describe('access', () => {
  test('is what the create granted, and reading needs the right to read', () => {
    makeFile('\\f', 'x');
    const writer = must('\\f', { desiredAccess: c.FILE_WRITE_DATA | c.SYNCHRONIZE });
    expect(read(writer, 0, 1)).toBe('ACCESS_DENIED');
    expect(query(writer, cls.FileAccessInformation)).toBe('SUCCESS');
    expect(i32[BUFFER >> 2]).toBe(c.FILE_WRITE_DATA | c.SYNCHRONIZE);
    expect(query(writer, cls.FileBasicInformation)).toBe('ACCESS_DENIED');
    close(writer);
    const reader = must('\\f', { desiredAccess: READ });
    expect(write(reader, 0, 'x')).toBe('ACCESS_DENIED');
    close(reader);
  });

  test('of a mode tells the options of the open', () => {
    const options = SYNC | c.FILE_WRITE_THROUGH | c.FILE_SEQUENTIAL_ONLY;
    const handle = must('\\f', { disposition: c.FILE_CREATE, options });
    expect(query(handle, cls.FileModeInformation)).toBe('SUCCESS');
    expect(i32[BUFFER >> 2]).toBe(options);
    close(handle);
    expect(create('\\f:a:b:c').status).toBe('OBJECT_NAME_INVALID');
  });
});
