// What filters ask without an open file, and the newer forms of what they ask of one: by name, by
// SL_* flags, volumes, quotas, reparse points that replace others (6.3 to 6.5).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { bytes, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { FltFsControlFile } from '#src/fltmgr/initiated/initiated-control.ts';
import { FltQueryInformationByName } from '#src/fltmgr/initiated/initiated-by-name.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import { FltQueryDirectoryFile, FltQueryDirectoryFileEx }
  from '#src/fltmgr/initiated/initiated-directory.ts';
import { FltQueryInformationFile, FltQuerySecurityObject, FltSetSecurityObject }
  from '#src/fltmgr/initiated/initiated-query.ts';
import { FltQueryQuotaInformationFile, FltSetQuotaInformationFile }
  from '#src/fltmgr/initiated/initiated-quota.ts';
import { FltTagFile, FltTagFileEx, FltUntagFile } from '#src/fltmgr/initiated/initiated-reparse.ts';
import { FltCreateSystemVolumeInformationFolder } from '#src/fltmgr/attach/system-volume-folder.ts';
import { RtlInitUnicodeString } from '#src/ntos/rtl/unicode-string.ts';
import { fillBytes, i32, u16, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM,
  FILE_DIRECTORY_FILE, FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { FILE_BASIC_INFORMATION, FILE_STAT_INFORMATION }
  from '#src/ntos/io/information/file-information.ts';
import { FileBasicInformation, FileBothDirectoryInformation, FileStandardInformation,
  FileStatInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { SL_INDEX_SPECIFIED, SL_NO_CURSOR_UPDATE, SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY }
  from '#src/ntos/io/types.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { readDacl } from '#src/ntos/rtl/security-descriptor.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckAt } from '../ntos/ex/support.ts';
import type { Opened } from './filtered-volume.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CREATE = 0;
const QUERY = 5;
const DIRECTORY = 0xc;
const QUERY_QUOTA = 0x19;
const SET_QUOTA = 0x1a;
const QUERY_OPEN = 0xf9;
const BUFFER = 0x30000;
const IOSB = 0x2f000;
const NO_FILTER = 0 as never;
/** A control code that nobody knows, METHOD_OUT_DIRECT. */
const OUT_DIRECT = 0x9_8002;

let v: FilteredVolume;
let frame = 0;
beforeEach(() => {
  v = new FilteredVolume();
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  v.end();
});

function close({ handle, file }: Opened): void {
  ObDereferenceObject(file);
  expect(FltClose(handle)).toBe(STATUS_SUCCESS);
}

/** Does something with an instance that is being torn down. */
function whileLeaving<T>(act: (instance: PFLT_INSTANCE) => T): T | undefined {
  let leaving = 0 as PFLT_INSTANCE;
  let result: T | undefined;
  makeFilter({
    name: 'leaver', altitude: '150', operations: [],
    setup: (objects) => {
      leaving = objects.Instance as PFLT_INSTANCE;
      return 0;
    },
    teardownStart: () => {
      result = act(leaving);
    },
  }).unregister();
  return result;
}

function attributes(path: string, root = 0): number {
  const at = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  const name = stackAlloc(UNICODE_STRING.size);
  const text = stackAlloc(path.length * 2 + 2);
  writeUtf16(text, `${path}\0`);
  RtlInitUnicodeString(name, text);
  at.Length = OBJECT_ATTRIBUTES.size;
  at.ObjectName = name as never;
  at.RootDirectory = root as never;
  at.Attributes = OBJ_KERNEL_HANDLE;
  return at.address;
}

function byName(path: string, more: { instance?: PFLT_INSTANCE; cls?: number; root?: number } = {}): string {
  return statusName(FltQueryInformationByName(NO_FILTER, more.instance ?? v.instance,
    attributes(path, more.root), IOSB, BUFFER, FILE_STAT_INFORMATION.size,
    more.cls ?? FileStatInformation, 0));
}

describe('OP-9: FltQueryInformationByName', () => {
  const size = (): number => Number(FILE_STAT_INFORMATION.at(BUFFER).EndOfFile);

  test('asks below the instance only, as QUERY_OPEN', () => {
    putFile('C:\\f', bytes('seven b'));
    v.watch(QUERY_OPEN);
    expect(byName('C:\\f')).toBe('STATUS_SUCCESS');
    expect(size()).toBe(7);
    expect(i32[(IOSB + 4) >> 2]).toBe(FILE_STAT_INFORMATION.size);
    expect(v.log).toEqual(['low f9']);
  });

  test('a file system that will not say: open, query, close, below the instance', () => {
    putFile('C:\\f', bytes('seven b'));
    v.watch(CREATE, QUERY, 0x12, 2);
    expect(byName('C:\\f')).toBe('STATUS_SUCCESS');
    expect(v.log).toEqual(['low 0', 'low 5', 'low 12', 'low 2']);
  });

  test('without an instance the question begins at the top, and the caller\'s own see it', () => {
    putFile('C:\\f', bytes('xy'));
    v.watch(QUERY_OPEN, CREATE);
    expect(byName('C:\\f', { instance: 0 as PFLT_INSTANCE })).toBe('STATUS_SUCCESS');
    expect(size()).toBe(2);
    expect(v.log).toEqual(['top f9', 'low f9', 'top 0', 'low 0']);
  });

  test('names relative to a directory; other classes; files that are not there or ' +
    'elsewhere', () => {
    putFile('C:\\f', bytes('abc'));
    const root = v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    expect([byName('f', { root: root.handle }), size()]).toEqual(['STATUS_SUCCESS', 3]);
    expect(byName('C:\\f', { cls: FileStandardInformation })).toBe('STATUS_INVALID_INFO_CLASS');
    expect(byName('C:\\g')).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(byName('Q:\\g')).toBe('STATUS_OBJECT_PATH_NOT_FOUND');
    close(root);
  });

  test('an instance that is being torn down asks nothing', () => {
    expect(whileLeaving((instance) => byName('C:\\f', { instance })))
      .toBe('STATUS_FLT_DELETING_OBJECT');
  });

  test('IRQL-4: above PASSIVE_LEVEL it is violation 22', () => {
    expect(bugCheckAt(1, () => byName('C:\\f'))).toEqual([0xc4, 0xf516]);
  });
});

test('F-131: a direct control code without an output buffer has no MDL; a bad one is a status', () => {
  const f = v.create('C:\\f');
  const direct = (output: number, length: number): string =>
    statusName(FltFsControlFile(v.instance, f.file, OUT_DIRECT, BUFFER, 8, output, length, 0));
  expect(direct(BUFFER, 64)).toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(direct(0, 0)).toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(direct(16, 64)).toBe('STATUS_ACCESS_VIOLATION');
  close(f);
});

describe('FltQueryDirectoryFileEx', () => {
  const opened = (): Opened =>
    v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
  const list = (root: Opened, flags: number): string =>
    statusName(FltQueryDirectoryFileEx(v.instance, root.file, BUFFER, 512,
      FileBothDirectoryInformation, flags, 0, 0));
  const name = (): string => {
    const at = (BUFFER + 94) >> 1;
    return String.fromCharCode(...u16.subarray(at, at + i32[(BUFFER + 60) >> 2]! / 2));
  };

  test('passes its flags on; SL_NO_CURSOR_UPDATE leaves the scan where it was', () => {
    for (const file of ['a', 'b']) putFile(`C:\\${file}`, bytes(file));
    const root = opened();
    const flags: number[] = [];
    v.filter('low', '100', DIRECTORY, (data) => {
      flags.push(data.Iopb.OperationFlags);
      return 1;
    });
    expect(list(root, SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY)).toBe('STATUS_SUCCESS');
    expect(name()).toBe('a');
    expect(list(root, SL_NO_CURSOR_UPDATE | SL_RETURN_SINGLE_ENTRY)).toBe('STATUS_SUCCESS');
    expect(list(root, SL_RETURN_SINGLE_ENTRY)).toBe('STATUS_SUCCESS');
    expect(name()).toBe('b');
    expect(list(root, SL_RETURN_SINGLE_ENTRY)).toBe('STATUS_NO_MORE_FILES');
    expect(flags).toEqual([3, 0x12, 2, 2]);
    close(root);
  });

  test('FltQueryDirectoryFile is it with two flags; an index cannot be given', () => {
    putFile('C:\\a', bytes('a'));
    const root = opened();
    expect(FltQueryDirectoryFile(v.instance, root.file, BUFFER, 512, FileBothDirectoryInformation,
      true, 0, true, 0)).toBe(STATUS_SUCCESS);
    expect(name()).toBe('a');
    expect(list(root, SL_INDEX_SPECIFIED)).toBe('STATUS_INVALID_PARAMETER');
    close(root);
  });
});

describe('FltCreateSystemVolumeInformationFolder', () => {
  const folder = 'C:\\System Volume Information';
  const DACL = 4;
  const look = (): Opened =>
    v.create(folder, { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });

  test('makes a hidden system folder for the system alone, once', () => {
    v.watch(CREATE);
    expect(FltCreateSystemVolumeInformationFolder(v.instance)).toBe(STATUS_SUCCESS);
    expect(FltCreateSystemVolumeInformationFolder(v.instance)).toBe(STATUS_SUCCESS);
    expect(v.log).toEqual(['low 0', 'low 0']);
    const opened = look();
    expect(FltQueryInformationFile(v.instance, opened.file, BUFFER, FILE_BASIC_INFORMATION.size,
      FileBasicInformation, 0)).toBe(STATUS_SUCCESS);
    expect(FILE_BASIC_INFORMATION.at(BUFFER).FileAttributes)
      .toBe(FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY);
    expect(FltQuerySecurityObject(v.instance, opened.file, DACL, BUFFER, 512, 0)).toBe(0);
    expect(readDacl(BUFFER as never)).toEqual([{ allows: true, mask: 0x1f01ff, sid: 'S-1-5-18' }]);
    close(opened);
  });

  test('in a folder that is there the system\'s full control becomes heritable', () => {
    expect(FltCreateSystemVolumeInformationFolder(v.instance)).toBe(STATUS_SUCCESS);
    const opened = look();
    const flags = (): number => {
      expect(FltQuerySecurityObject(v.instance, opened.file, DACL, BUFFER, 512, 0)).toBe(0);
      return BUFFER + i32[(BUFFER + 16) >> 2]! + 8 + 1;
    };
    const at = flags();
    expect(u8[at]).toBe(3);
    u8[at] = 0;
    expect(FltSetSecurityObject(v.instance, opened.file, DACL, BUFFER)).toBe(STATUS_SUCCESS);
    expect(u8[flags()]).toBe(0);
    expect(FltCreateSystemVolumeInformationFolder(v.instance)).toBe(STATUS_SUCCESS);
    expect(u8[flags()]).toBe(3);
    close(opened);
  });

  test('a file of that name is not made a folder', () => {
    NtClose(openShared(folder, 2).handle);
    expect(statusName(FltCreateSystemVolumeInformationFolder(v.instance)))
      .toBe('STATUS_NOT_A_DIRECTORY');
  });
});

test('6.5: quotas go to the file system, which has none; filters below see the parameters', () => {
  const f = v.create('C:\\f');
  const seen: unknown[] = [];
  v.filter('query', '100', QUERY_QUOTA, (data) => {
    const q = data.Iopb.Parameters.QueryQuota;
    seen.push([q.Length, q.StartSid, q.SidList, data.Iopb.OperationFlags]);
    return 1;
  });
  v.filter('set', '101', SET_QUOTA, (data) => {
    seen.push(data.Iopb.Parameters.SetQuota.Length);
    return 1;
  });
  const ask = (sids: number, start: number): string =>
    statusName(FltQueryQuotaInformationFile(v.instance, f.file, IOSB, BUFFER, 100, true, sids, 12,
      start, true, 0));
  expect(ask(0, 0x500)).toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(ask(0x400, 0x500)).toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(statusName(i32[IOSB >> 2]! as never)).toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(statusName(FltSetQuotaInformationFile(v.instance, f.file, BUFFER, 60)))
    .toBe('STATUS_INVALID_DEVICE_REQUEST');
  expect(seen).toEqual([[100, 0x500, 0, 7], [100, 0, 0x400, 3], 60]);
  close(f);
});

describe('FltTagFileEx: a reparse point that replaces another', () => {
  const [mine, other] = [BUFFER, BUFFER + 16];
  const MINE = 0x42;
  const MICROSOFT = 0x8000_0017;
  let f: Opened;
  const tag = (t: number, existing: number, guid = 0, flags = 0): string =>
    statusName(FltTagFileEx(v.instance, f.file, t, mine, BUFFER + 32, 4, existing, guid, flags));
  beforeEach(() => {
    f = v.create('C:\\f');
    fillBytes(mine, 7, 16);
    fillBytes(other, 8, 16);
    u8.set(bytes('data'), BUFFER + 32);
  });
  afterEach(() => close(f));

  test('a file without a point: nothing may be expected, unless the flag allows it', () => {
    expect(tag(MINE, MICROSOFT)).toBe('STATUS_IO_REPARSE_TAG_MISMATCH');
    expect(tag(MINE, MINE)).toBe('STATUS_INVALID_PARAMETER');
    expect(tag(MINE, 0)).toBe('STATUS_SUCCESS');
    expect(FltUntagFile(v.instance, f.file, MINE, mine)).toBe(STATUS_SUCCESS);
    expect(tag(MINE, MICROSOFT, 0, 1)).toBe('STATUS_SUCCESS');
    expect(FltUntagFile(v.instance, f.file, MINE, mine)).toBe(STATUS_SUCCESS);
  });

  test('a point is replaced when tag and owner are as expected', () => {
    expect(FltTagFile(v.instance, f.file, MINE, mine, BUFFER + 32, 4)).toBe(STATUS_SUCCESS);
    expect(tag(MICROSOFT, 0)).toBe('STATUS_IO_REPARSE_TAG_MISMATCH');
    expect(tag(MICROSOFT, 0x43, mine, 1)).toBe('STATUS_IO_REPARSE_TAG_MISMATCH');
    expect(tag(MICROSOFT, MINE, other)).toBe('STATUS_REPARSE_ATTRIBUTE_CONFLICT');
    expect(tag(MICROSOFT, MINE, mine)).toBe('STATUS_SUCCESS');
    expect(tag(MINE, MICROSOFT)).toBe('STATUS_SUCCESS');
    expect(FltUntagFile(v.instance, f.file, MICROSOFT, 0)).toBeLessThan(0);
    expect(FltUntagFile(v.instance, f.file, MINE, mine)).toBe(STATUS_SUCCESS);
  });

  test('unknown flags are refused', () => {
    expect(tag(MINE, 0, 0, 2)).toBe('STATUS_INVALID_PARAMETER');
  });
});
