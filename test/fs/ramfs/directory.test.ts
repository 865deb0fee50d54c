// Directory queries: which names a pattern finds, where a scan goes on, what a small buffer gets.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, INPUT, IOSB, READ, SYNC, close, getLarge, information, list, listOnce,
  makeDirectory,
  makeFile, must, nameOf, textAt } from '#test/fs/support/files.ts';
import { i32 } from '#src/mem/memory.ts';
import { NtQueryDirectoryFile } from '#src/ntos/io/service/nt-control.ts';
import * as layout from '#src/ntos/io/information/directory-information.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
let dir: number;
const open = { desiredAccess: READ, options: SYNC | c.FILE_DIRECTORY_FILE };
beforeEach(() => {
  machine = bootRamfs();
  makeDirectory('\\dir');
  for (const name of ['b.txt', 'A.TXT', 'c.dll', 'noext', 'a.b.txt']) makeFile(`\\dir\\${name}`);
  dir = must('\\dir', open);
});
afterEach(() => {
  close(dir);
  expect(machine.end()).toEqual(NOTHING);
});

describe('a scan', () => {
  test('returns the dots, then the names in upper-case order', () => {
    expect(listOnce(dir)).toEqual(['.', '..', 'a.b.txt', 'A.TXT', 'b.txt', 'c.dll', 'noext']);
    expect(listOnce(dir)).toBe('NO_MORE_FILES');
  });

  test('of the root has no dots', () => {
    const root = must('\\', open);
    expect(listOnce(root)).toEqual(['dir']);
    close(root);
  });

  test('keeps the pattern of its first query', () => {
    expect(listOnce(dir, { pattern: '*.TXT', single: true })).toEqual(['a.b.txt']);
    expect(listOnce(dir, { pattern: '*' })).toEqual(['A.TXT', 'b.txt']);
    expect(listOnce(dir, { restart: true, single: true })).toEqual(['a.b.txt']);
    expect(listOnce(dir, { restart: true, pattern: 'c*' })).toEqual(['c.dll']);
  });

  test('says NO_SUCH_FILE only when its first query finds nothing', () => {
    expect(listOnce(dir, { pattern: 'nothing' })).toBe('NO_SUCH_FILE');
    expect(listOnce(dir, { pattern: 'nothing' })).toBe('NO_MORE_FILES');
    expect(listOnce(dir, { pattern: 'b.txt', restart: true })).toEqual(['b.txt']);
  });

  test('goes on behind a name that was deleted meanwhile, and meets one that came', () => {
    expect(listOnce(dir, { pattern: '*.*', single: true })).toEqual(['.']);
    expect(listOnce(dir, { restart: true, pattern: '*', length: 80 })).toEqual(['.', '..', 'a.b.txt']);
    close(must('\\dir\\a.b.txt', { options: SYNC | c.FILE_DELETE_ON_CLOSE }));
    makeFile('\\dir\\aa');
    expect(listOnce(dir)).toEqual(['A.TXT', 'aa', 'b.txt', 'c.dll', 'noext']);
  });
});

describe('a pattern', () => {
  test('matches as FsRtlIsNameInExpression does', () => {
    expect(list('\\dir', '?.TXT')).toEqual(['A.TXT', 'b.txt']);
    expect(list('\\dir', '<.txt')).toEqual(['a.b.txt', 'A.TXT', 'b.txt']);
    expect(list('\\dir', 'noext"*')).toEqual(['noext']);
    expect(list('\\dir', '*.')).toEqual([]);
    expect(list('\\dir', 'a.txt')).toEqual(['A.TXT']);
    expect(list('\\dir', '*')).toHaveLength(5);
  });
});

describe('a buffer', () => {
  test('too short for an entry is refused, one too short for its name gets what fits', () => {
    expect(listOnce(dir, { length: 8 })).toBe('INFO_LENGTH_MISMATCH');
    expect(listOnce(dir, { pattern: 'noext', length: 12 + 4 })).toBe('BUFFER_OVERFLOW');
    expect(information()).toBe(16);
    expect(textAt(BUFFER + 12, 4)).toBe('no');
    expect(i32[(BUFFER + 8) >> 2]).toBe(10);
  });
});

describe('each class', () => {
  const classes: [number, { size: number; offsets: Readonly<Record<string, number>> }][] = [
    [cls.FileDirectoryInformation, layout.FILE_DIRECTORY_INFORMATION],
    [cls.FileFullDirectoryInformation, layout.FILE_FULL_DIR_INFORMATION],
    [cls.FileBothDirectoryInformation, layout.FILE_BOTH_DIR_INFORMATION],
    [cls.FileIdBothDirectoryInformation, layout.FILE_ID_BOTH_DIR_INFORMATION],
    [cls.FileIdFullDirectoryInformation, layout.FILE_ID_FULL_DIR_INFORMATION],
    [cls.FileIdExtdDirectoryInformation, layout.FILE_ID_EXTD_DIR_INFORMATION],
    [cls.FileIdExtdBothDirectoryInformation, layout.FILE_ID_EXTD_BOTH_DIR_INFORMATION],
  ];

  test('tells sizes, attributes and the name in its place', () => {
    makeFile('\\dir\\sized', 'x'.repeat(5000));
    for (const [informationClass, { offsets }] of classes) {
      const status = nameOf(NtQueryDirectoryFile(dir, IOSB, BUFFER, 65536, informationClass, false,
        0, true));
      expect([informationClass, status]).toEqual([informationClass, 'SUCCESS']);
      let at = BUFFER;
      while (i32[at >> 2] !== 0) at += i32[at >> 2]!;
      expect(textAt(at + offsets['FileName']!, i32[(at + 60) >> 2]!)).toBe('sized');
      expect(getLarge(at + 40)).toBe(5000);
      expect(getLarge(at + 48)).toBe(8192);
      expect(i32[(at + 56) >> 2]).toBe(c.FILE_ATTRIBUTE_ARCHIVE);
    }
  });

  test('that is no directory class is refused', () => {
    const status = NtQueryDirectoryFile(dir, IOSB, BUFFER, 4096, cls.FileBasicInformation, false, 0,
      true);
    expect(nameOf(status)).toBe('INVALID_INFO_CLASS');
    expect(INPUT).toBeGreaterThan(0);
  });
});
