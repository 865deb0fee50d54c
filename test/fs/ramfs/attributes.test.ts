// What hangs on a file beside its contents: extended attributes, security, reparse points, ids.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, INPUT, IOSB, SYNC, close, control, create, information, makeDirectory, makeFile,
  must,
  nameOf, query } from '#test/fs/support/files.ts';
import { copyBytes, fillBytes, i32, u16, u32, u8 } from '#src/mem/memory.ts';
import { NtQueryEaFile, NtQuerySecurityObject, NtSetEaFile, NtSetSecurityObject }
  from '#src/ntos/io/service/nt-information.ts';
import * as io from '#src/ntos/io/control-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
let handle: number;
const ALL = { desiredAccess: c.FILE_ALL_ACCESS };
beforeEach(() => {
  machine = bootRamfs();
  handle = must('\\f', { disposition: c.FILE_CREATE, ...ALL });
});
afterEach(() => {
  close(handle);
  expect(machine.end()).toEqual(NOTHING);
});

const DIRECTORY = SYNC | c.FILE_DIRECTORY_FILE;

/** Writes a list of EAs at an address; returns its length. */
function eaList(at: number, list: Readonly<Record<string, string>>, flags = 0): number {
  let next = at;
  let last = at;
  for (const [name, value] of Object.entries(list)) {
    last = next;
    u8[next + 4] = flags;
    u8[next + 5] = name.length;
    u16[(next + 6) >> 1] = value.length;
    for (let i = 0; i < name.length; i++) u8[next + 8 + i] = name.charCodeAt(i);
    u8[next + 8 + name.length] = 0;
    for (let i = 0; i < value.length; i++) u8[next + 9 + name.length + i] = value.charCodeAt(i);
    next = (next + 9 + name.length + value.length + 3) & ~3;
    i32[last >> 2] = next - last;
  }
  i32[last >> 2] = 0;
  return next - at;
}

function setEas(list: Readonly<Record<string, string>>): string {
  return nameOf(NtSetEaFile(handle, IOSB, INPUT, eaList(INPUT, list)));
}

function text(from: number, length: number): string {
  return String.fromCharCode(...Array.from(u8.subarray(from, from + length)));
}

/** The EAs in BUFFER. */
function eas(): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = BUFFER; ; at += i32[at >> 2]!) {
    const name = u8[at + 5]!;
    const value = u16[(at + 6) >> 1]!;
    found[text(at + 8, name)] = text(at + 9 + name, value);
    if (i32[at >> 2] === 0) return found;
  }
}

function queryEas(length = 4096, single = false, restart = true): string {
  return nameOf(NtQueryEaFile(handle, IOSB, BUFFER, length, single, 0, 0, 0, restart));
}

describe('extended attributes', () => {
  test('are added, replaced and taken away by one list', () => {
    expect(queryEas()).toBe('NO_EAS_ON_FILE');
    expect(setEas({ one: '1', two: '22' })).toBe('SUCCESS');
    expect(setEas({ ONE: 'x', two: '', three: '333' })).toBe('SUCCESS');
    expect(queryEas()).toBe('SUCCESS');
    expect(eas()).toEqual({ ONE: 'x', THREE: '333' });
    query(handle, cls.FileEaInformation);
    expect(i32[BUFFER >> 2]).toBe(4 + (4 + 4 + 1) + (4 + 6 + 3));
  });

  test('are told one by one, or as many as fit', () => {
    setEas({ A: '1', B: '2', C: '3' });
    expect(queryEas(4096, true)).toBe('SUCCESS');
    expect(eas()).toEqual({ A: '1' });
    expect(queryEas(4096, true, false)).toBe('SUCCESS');
    expect(eas()).toEqual({ B: '2' });
    expect(queryEas(24)).toBe('BUFFER_OVERFLOW');
    expect(eas()).toEqual({ A: '1', B: '2' });
    expect(queryEas(4)).toBe('BUFFER_TOO_SMALL');
    expect(queryEas(4096, false, false)).toBe('SUCCESS');
    expect(queryEas(4096, false, false)).toBe('NO_MORE_EAS');
  });

  test('are asked for by name, and one that is missing has no value', () => {
    setEas({ A: '1', B: '2' });
    for (const [i, name] of ['B', 'Z'].entries()) {
      i32[(INPUT + i * 8) >> 2] = i === 0 ? 8 : 0;
      u8[INPUT + i * 8 + 4] = 1;
      u8[INPUT + i * 8 + 5] = name.charCodeAt(0);
    }
    expect(nameOf(NtQueryEaFile(handle, IOSB, BUFFER, 4096, false, INPUT, 16))).toBe('SUCCESS');
    expect(eas()).toEqual({ B: '2', Z: '' });
    expect(nameOf(NtQueryEaFile(handle, IOSB, BUFFER, 8, false, INPUT, 16))).toBe('BUFFER_OVERFLOW');
  });

  test('come with a create, and a bad list makes nothing', () => {
    const length = eaList(BUFFER, { KEY: 'v' });
    const made = must('\\g', { disposition: c.FILE_CREATE, eaBuffer: BUFFER, eaLength: length });
    expect(nameOf(NtQueryEaFile(made, IOSB, INPUT, 100, false))).toBe('SUCCESS');
    copyBytes(BUFFER, INPUT, 100);
    expect(eas()).toEqual({ KEY: 'v' });
    close(made);
    const bad = eaList(BUFFER, { 'K*Y': 'v' });
    expect(create('\\h', { disposition: c.FILE_CREATE, eaBuffer: BUFFER, eaLength: bad }).status)
      .toBe('INVALID_EA_NAME');
    expect(create('\\h').status).toBe('OBJECT_NAME_NOT_FOUND');
  });

  test('that must be known keep out who does not know any', () => {
    const length = eaList(INPUT, { KEY: 'v' }, c.FILE_NEED_EA);
    expect(nameOf(NtSetEaFile(handle, IOSB, INPUT, length))).toBe('SUCCESS');
    expect(create('\\f', { options: SYNC | c.FILE_NO_EA_KNOWLEDGE }).status).toBe('ACCESS_DENIED');
  });
});

function querySecurity(information_: number, length: number): string {
  return nameOf(NtQuerySecurityObject(handle, information_, BUFFER, length, INPUT, IOSB));
}

describe('security', () => {
  test('is what the directory gives, and needs a buffer that holds it', () => {
    const everything = c.OWNER_SECURITY_INFORMATION | c.GROUP_SECURITY_INFORMATION |
      c.DACL_SECURITY_INFORMATION;
    expect(querySecurity(everything, 0)).toBe('BUFFER_OVERFLOW');
    const needed = i32[INPUT >> 2]!;
    expect(needed).toBeGreaterThan(20);
    expect(querySecurity(everything, needed)).toBe('SUCCESS');
    expect(u16[(BUFFER + 2) >> 1]! & 0x8004).toBe(0x8004);
    expect(querySecurity(c.LABEL_SECURITY_INFORMATION, 0)).toBe('BUFFER_OVERFLOW');
    expect(querySecurity(c.LABEL_SECURITY_INFORMATION, 20)).toBe('SUCCESS');
    expect(information()).toBe(20);
  });

  test('is replaced part by part', () => {
    // An absolute descriptor with an owner only: the system, S-1-5-18.
    const sid = INPUT + 64;
    fillBytes(INPUT, 0, 128);
    u8[INPUT] = 1;
    i32[(INPUT + 4) >> 2] = sid;
    u8.set([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0], sid);
    expect(nameOf(NtSetSecurityObject(handle, c.OWNER_SECURITY_INFORMATION, INPUT, IOSB)))
      .toBe('SUCCESS');
    expect(querySecurity(c.OWNER_SECURITY_INFORMATION, 100)).toBe('SUCCESS');
    const owner = BUFFER + i32[(BUFFER + 4) >> 2]!;
    expect(u32[(owner + 8) >> 2]).toBe(18);
    expect(querySecurity(c.DACL_SECURITY_INFORMATION, 200)).toBe('SUCCESS');
    expect(i32[(BUFFER + 16) >> 2]).not.toBe(0);
  });
});

/** A Microsoft reparse buffer in INPUT; returns its length. */
function reparseBuffer(tag: number, data: string): number {
  u32[INPUT >> 2] = tag;
  u16[(INPUT + 4) >> 1] = data.length;
  u16[(INPUT + 6) >> 1] = 0;
  for (let i = 0; i < data.length; i++) u8[INPUT + 8 + i] = data.charCodeAt(i);
  return 8 + data.length;
}

describe('a reparse point', () => {
  const TAG = 0x80000017;

  test('is set, told and deleted by its tag', () => {
    expect(control(handle, io.FSCTL_GET_REPARSE_POINT)).toBe('NOT_A_REPARSE_POINT');
    expect(control(handle, io.FSCTL_SET_REPARSE_POINT, reparseBuffer(TAG, 'data'), 0)).toBe('SUCCESS');
    query(handle, cls.FileAttributeTagInformation);
    expect(i32[BUFFER >> 2]! & c.FILE_ATTRIBUTE_REPARSE_POINT).not.toBe(0);
    expect(u32[(BUFFER + 4) >> 2]).toBe(TAG);
    expect(control(handle, io.FSCTL_GET_REPARSE_POINT, 0, 10)).toBe('BUFFER_OVERFLOW');
    expect(control(handle, io.FSCTL_GET_REPARSE_POINT, 0, 100)).toBe('SUCCESS');
    expect(information()).toBe(12);
    expect(control(handle, io.FSCTL_SET_REPARSE_POINT, reparseBuffer(TAG + 1, 'other'), 0))
      .toBe('IO_REPARSE_TAG_MISMATCH');
    expect(control(handle, io.FSCTL_DELETE_REPARSE_POINT, reparseBuffer(TAG, ''), 0)).toBe('SUCCESS');
    expect(control(handle, io.FSCTL_GET_REPARSE_POINT)).toBe('NOT_A_REPARSE_POINT');
  });

  test('of bad form is refused, and a directory must be empty for one', () => {
    expect(control(handle, io.FSCTL_SET_REPARSE_POINT, 4, 0)).toBe('IO_REPARSE_DATA_INVALID');
    expect(control(handle, io.FSCTL_SET_REPARSE_POINT, reparseBuffer(1, 'x'), 0))
      .toBe('IO_REPARSE_TAG_INVALID');
    makeDirectory('\\dir');
    makeFile('\\dir\\f');
    const dir = must('\\dir', { options: DIRECTORY, ...ALL });
    expect(control(dir, io.FSCTL_SET_REPARSE_POINT, reparseBuffer(TAG, 'x'), 0))
      .toBe('DIRECTORY_NOT_EMPTY');
    close(dir);
  });

  test('is opened itself only when asked so', () => {
    control(handle, io.FSCTL_SET_REPARSE_POINT, reparseBuffer(TAG, 'data'), 0);
    const opened = create('\\f', { options: SYNC | c.FILE_OPEN_REPARSE_POINT });
    expect(opened.status).toBe('SUCCESS');
    close(opened.handle);
    control(handle, io.FSCTL_DELETE_REPARSE_POINT, reparseBuffer(TAG, ''), 0);
  });
});

describe('an object id', () => {
  test('is made once and found again', () => {
    expect(control(handle, io.FSCTL_GET_OBJECT_ID, 0, 64)).toBe('OBJECTID_NOT_FOUND');
    expect(control(handle, io.FSCTL_CREATE_OR_GET_OBJECT_ID, 0, 64)).toBe('SUCCESS');
    const id = Array.from(u8.subarray(BUFFER, BUFFER + 64));
    expect(control(handle, io.FSCTL_GET_OBJECT_ID, 0, 64)).toBe('SUCCESS');
    expect(Array.from(u8.subarray(BUFFER, BUFFER + 64))).toEqual(id);
    expect(control(handle, io.FSCTL_DELETE_OBJECT_ID, 0, 0)).toBe('SUCCESS');
    expect(control(handle, io.FSCTL_GET_OBJECT_ID, 0, 64)).toBe('OBJECTID_NOT_FOUND');
  });
});
