// Files that a filter opens, reads, writes and asks about: who sees it, which offset is used, what
// is answered (6.3 to 6.5).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, getFile, openShared, putFile, readAt } from '#test/support/ramfs-volume.ts';
import { load } from '#src/atomics-sync/atomics.ts';
import { mountVolume, unmountVolume } from '#src/machine/file-systems.ts';
import { fillBytes, i32, u16, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import { FltDeviceIoControlFile, FltFsControlFile }
  from '#src/fltmgr/initiated/initiated-control.ts';
import { FltQueryDirectoryFile, FltQueryDirectoryFileEx }
  from '#src/fltmgr/initiated/initiated-directory.ts';
import { FltTagFile, FltUntagFile } from '#src/fltmgr/initiated/initiated-reparse.ts';
import { FltIsDirectory, FltQueryEaFile, FltQueryInformationFile, FltQuerySecurityObject,
  FltSetEaFile, FltSetInformationFile, FltSetSecurityObject }
  from '#src/fltmgr/initiated/initiated-query.ts';
import { FltReadFile, FltReadFileEx, FltWriteFile }
  from '#src/fltmgr/initiated/initiated-read-write.ts';
import { FltQueryQuotaInformationFile, FltSetQuotaInformationFile }
  from '#src/fltmgr/initiated/initiated-quota.ts';
import { FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { INSTANCE_ACTIVE, INSTANCE_DETACHING } from '#src/fltmgr/attach/object.ts';
import { setInstanceState } from '#src/fltmgr/attach/root.ts';
import { FLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import { FltFlushBuffers, FltFlushBuffers2, FltQueryVolumeInformation,
  FltQueryVolumeInformationFile, FltSetVolumeInformation }
  from '#src/fltmgr/initiated/initiated-volume.ts';
import { FSCTL_GET_REPARSE_POINT, FSCTL_SET_SPARSE } from '#src/ntos/io/control-codes.ts';
import { FILE_CREATE, FILE_DIRECTORY_FILE, FILE_NO_INTERMEDIATE_BUFFERING, FILE_OPEN,
  FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { FileBothDirectoryInformation, FileFsLabelInformation, FileFsSizeInformation,
  FileRenameInformation, FileStandardInformation }
  from '#src/ntos/io/information/information-classes.ts';
import { IoAllocateMdl, IoFreeMdl, MmBuildMdlForNonPagedPool } from '#src/ntos/io/irp/mdl.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { FILE_OBJECT, IRP_MN_LOCK, SL_EXCLUSIVE_LOCK, SL_FAIL_IMMEDIATELY }
  from '#src/ntos/io/types.ts';
import { KeEnterGuardedRegion, KeLeaveGuardedRegion } from '#src/ntos/ke/apc.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { PFLT_COMPLETED_ASYNC_IO_CALLBACK } from '#src/image/role.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { Opened } from './filtered-volume.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';

const CREATE = 0;
const CLOSE = 2;
const READ = 3;
const LOCK_CONTROL = 0x11;
const CLEANUP = 0x12;
const BUFFER = 0x30000;
const KEEP_OFFSET = 4;
const { CurrentByteOffset } = FILE_OBJECT.bound;
const NO_ROUTINE = 0 as never;

let v: FilteredVolume;
beforeEach(() => {
  v = new FilteredVolume();
});
afterEach(() => {
  v.end();
});

function close({ handle, file }: Opened): void {
  if (file !== 0) ObDereferenceObject(file);
  if (handle !== 0) expect(FltClose(handle)).toBe(STATUS_SUCCESS);
}

interface Moved {
  readonly status: string;
  readonly count: number;
}

function transfer(
  call: typeof FltReadFile,
  file: PFILE_OBJECT,
  offset: number | null,
  length: number,
  flags = 0,
): Moved {
  const frame = pushFrame();
  const at = stackAlloc(8);
  const count = stackAlloc(4);
  if (offset !== null) writeInt64(at, offset);
  const status = call(v.instance, file, offset === null ? 0 : at, length, BUFFER, flags, count,
    NO_ROUTINE, 0);
  const moved = { status: statusName(status).slice(7), count: i32[count >> 2]! };
  popFrame(frame);
  return moved;
}

function textAt(at: number, length: number): string {
  return String.fromCharCode(...u8.subarray(at, at + length));
}

function write(file: PFILE_OBJECT, text: string, offset: number | null, flags = 0): Moved {
  u8.set(bytes(text), BUFFER);
  return transfer(FltWriteFile, file, offset, text.length, flags);
}

function read(file: PFILE_OBJECT, offset: number | null, length: number, flags = 0): string {
  fillBytes(BUFFER, 0x2e, length);
  const { status, count } = transfer(FltReadFile, file, offset, length, flags);
  return status === 'SUCCESS' ? textAt(BUFFER, count) : status;
}

describe('FltCreateFile', () => {
  test('IO-13, IO-15: create, cleanup and close are seen only below the instance', () => {
    v.watch(CREATE, CLEANUP, CLOSE);
    const file = v.create('C:\\f');
    expect([file.status, file.information]).toEqual([STATUS_SUCCESS, 2]);
    expect(v.log).toEqual(['low 0']);
    close(file);
    expect(v.log).toEqual(['low 0', 'low 12', 'low 2']);
  });

  test('IO-13: with no instance it goes to the top of the stack', () => {
    v.watch(CREATE, CLOSE);
    const file = v.create('C:\\f', { instance: 0 });
    expect(v.log).toEqual(['top 0', 'low 0']);
    close(file);
    expect(v.log.slice(2)).toEqual(['top 2', 'low 2']);
  });

  test('an I/O request of another instance\'s file starts below the asker', () => {
    const { handle } = openShared('C:\\f', 3);
    v.watch(READ);
    const file = v.create('C:\\f');
    write(file.file, 'abc', 0);
    expect(read(file.file, 0, 3)).toBe('abc');
    expect(v.log).toEqual(['low 3']);
    close(file);
    NtClose(handle);
  });

  test('opens relative to a directory handle', () => {
    const directory =
      v.create('C:\\d', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    const inside = v.create('f', { root: directory.handle });
    expect(inside.status).toBe(STATUS_SUCCESS);
    close(inside);
    close(directory);
    expect(getFile('C:\\d\\f')).toEqual(new Uint8Array());
  });

  test('a failure gives neither handle nor file object', () => {
    const missing = v.create('C:\\none', { disposition: FILE_OPEN });
    expect(statusName(missing.status)).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect([missing.handle, missing.file]).toEqual([0, 0]);
    const nowhere = v.create('Q:\\f');
    expect(statusName(nowhere.status)).toBe('STATUS_OBJECT_PATH_NOT_FOUND');
  });

  test('IO-6: not at APC_LEVEL, not in a guarded region', () => {
    expect(bugCheckAt(1, () => v.create('C:\\f'))).toEqual([0xc4, 0xf516]);
    KeEnterGuardedRegion();
    expect(bugCheckOf(() => v.create('C:\\f'))).toEqual([0xc4, 0xf500]);
    KeLeaveGuardedRegion();
  });

  test('FltClose: STATUS_INVALID_HANDLE', () => {
    expect(FltClose(0x7fff0)).toBe(STATUS_INVALID_HANDLE);
  });
});

describe('FltReadFile and FltWriteFile: the offset (6.4)', () => {
  test('F-126: ' +
    'a synchronous file: NULL and FILE_USE_FILE_POINTER_POSITION use and move the position', () => {
    const f = v.create('C:\\f');
    expect(write(f.file, 'hello world', null)).toEqual({ status: 'SUCCESS', count: 11 });
    expect(CurrentByteOffset(f.file)).toBe(11);
    expect(read(f.file, 6, 5)).toBe('world');
    expect(read(f.file, 0, 5)).toBe('hello');
    expect(read(f.file, null, 1)).toBe(' ');
    expect(read(f.file, -2, 5)).toBe('world');
    expect(CurrentByteOffset(f.file)).toBe(11);
    close(f);
  });

  test('IO-23: DO_NOT_UPDATE_BYTE_OFFSET leaves the position, filters below saw it moved', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abcdef', 0);
    v.filter('low', '100', READ, () => 0, (data) => {
      v.log.push(`${CurrentByteOffset(data.Iopb.TargetFileObject as PFILE_OBJECT)}`);
      return 0;
    });
    expect(read(f.file, 2, 3, KEEP_OFFSET)).toBe('cde');
    expect(v.log).toEqual(['5']);
    expect(CurrentByteOffset(f.file)).toBe(6);
    close(f);
  });

  test('F-126: an asynchronous file: an offset is needed, the position never moves', () => {
    const f = v.create('C:\\f', { options: 0 });
    expect(write(f.file, 'abc', 4)).toEqual({ status: 'SUCCESS', count: 3 });
    expect(write(f.file, 'x', null).status).toBe('INVALID_PARAMETER');
    expect(read(f.file, null, 1)).toBe('INVALID_PARAMETER');
    expect(read(f.file, -2, 1)).toBe('INVALID_PARAMETER');
    expect(CurrentByteOffset(f.file)).toBe(0);
    close(f);
  });

  test('FILE_WRITE_TO_END_OF_FILE appends; it is no offset to read from', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abc', 0);
    write(f.file, 'def', -1);
    expect(read(f.file, 0, 10)).toBe('abcdef');
    expect(read(f.file, -1, 1)).toBe('INVALID_PARAMETER');
    close(f);
  });

  test('IO-27: reading at the end of file is STATUS_END_OF_FILE', () => {
    const f = v.create('C:\\f');
    expect(read(f.file, 0, 5)).toBe('END_OF_FILE');
    close(f);
  });

  test('IO-24: non-cached transfers are of whole sectors', () => {
    putFile('C:\\f', new Uint8Array(2048));
    const f = v.create('C:\\f');
    expect(read(f.file, 100, 512, 1)).toBe('INVALID_PARAMETER');
    expect(read(f.file, 512, 100, 1)).toBe('INVALID_PARAMETER');
    expect(read(f.file, 512, 512, 1).length).toBe(512);
    close(f);
    const unbuffered = v.create('C:\\f',
      { options: FILE_NO_INTERMEDIATE_BUFFERING | FILE_SYNCHRONOUS_IO_NONALERT });
    expect(read(unbuffered.file, 1, 512)).toBe('INVALID_PARAMETER');
    close(unbuffered);
  });

  test('flags: SYNCHRONOUS_PAGING needs PAGING; unknown ones are refused', () => {
    putFile('C:\\f', new Uint8Array(4096).fill(65));
    const f = v.create('C:\\f');
    expect(read(f.file, 0, 512, 8)).toBe('INVALID_PARAMETER');
    expect(read(f.file, 0, 512, 0x100)).toBe('INVALID_PARAMETER');
    expect(read(f.file, 0, 512, 2 | 8)).toBe('A'.repeat(512));
    expect(read(f.file, 0, 512, 2)).toBe('A'.repeat(512));
    close(f);
  });

  test('IO-25: with a callback the call does not wait, and the data is not the filter\'s', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abcdef', 0);
    const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('ReadDone', (data, context) => {
      v.log.push(`${context} ${data.IoStatus.Information} ${textAt(BUFFER, 3)}`);
    });
    const frame = pushFrame();
    const at = stackAlloc(8);
    writeInt64(at, 3);
    expect(FltReadFile(v.instance, f.file, at, 3, BUFFER, 0, 0, done, 9)).toBe(STATUS_SUCCESS);
    popFrame(frame);
    expect(v.log).toEqual(['9 3 def']);
    expect(CurrentByteOffset(f.file)).toBe(6);
    close(f);
  });

  test('IO-26: a synchronous file object is not locked meanwhile, as it is for NtReadFile', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abcdef', 0);
    const { handle } = openShared('C:\\f');
    v.filter('low', '100', READ, (data) => {
      v.log.push(`${load(FILE_OBJECT.bound.at_Busy(data.Iopb.TargetFileObject as PFILE_OBJECT))}`);
      return 1;
    });
    read(f.file, 0, 1);
    readAt(handle, 0, 1);
    expect(v.log).toEqual(['0', '1']);
    NtClose(handle);
    // So that one request may go on while another one of the same file object is under way.
    v.filter('again', '150', READ, (data) => {
      if (data.Iopb.Parameters.Read.Length === 2) v.log.push(read(f.file, 3, 3));
      return 1;
    });
    expect(read(f.file, 0, 2)).toBe('ab');
    expect(v.log.slice(2)).toEqual(['0', 'def', '0']);
    close(f);
  });

  test('an MDL given to FltReadFileEx is used, and stays the caller\'s', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abcdef', 0);
    const mdl = IoAllocateMdl(BUFFER + 0x100, 6);
    MmBuildMdlForNonPagedPool(mdl);
    const frame = pushFrame();
    const at = stackAlloc(8);
    const status = FltReadFileEx(v.instance, f.file, at, 6, 0, 0, 0, NO_ROUTINE, 0, 0, mdl);
    popFrame(frame);
    expect(status).toBe(STATUS_SUCCESS);
    expect(textAt(BUFFER + 0x100, 6)).toBe('abcdef');
    IoFreeMdl(mdl);
    close(f);
  });

  test('IO-5: a file object that is not open is a bug check', () => {
    const codes: unknown[] = [];
    v.filter('pre', '150', CREATE, (data) => {
      const file = data.Iopb.TargetFileObject as PFILE_OBJECT;
      codes.push(bugCheckOf(() => read(file, 0, 1)));
      return 1;
    });
    openAndClose('C:\\f');
    expect(codes).toEqual([[0xc4, 0xf500]]);
  });
});

function openAndClose(path: string): void {
  NtClose(openShared(path, 3).handle);
}

describe('questions about a file', () => {
  test('F-128, F-190: FltQueryInformationFile and FltIsDirectory ask below only', () => {
    putFile('C:\\f', bytes('12345'));
    const f = v.create('C:\\f');
    v.watch(5);
    const frame = pushFrame();
    const length = stackAlloc(4);
    const status = FltQueryInformationFile(v.instance, f.file, BUFFER, 24, FileStandardInformation,
      length);
    expect([status, i32[length >> 2], i32[(BUFFER + 8) >> 2]]).toEqual([STATUS_SUCCESS, 24, 5]);
    expect(FltIsDirectory(f.file, v.instance, length)).toBe(STATUS_SUCCESS);
    expect(u8[length]).toBe(0);
    popFrame(frame);
    expect(v.log).toEqual(['low 5', 'low 5']);
    close(f);
    const root = v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    u8[BUFFER] = 0;
    FltIsDirectory(root.file, v.instance, BUFFER);
    expect(u8[BUFFER]).toBe(1);
    close(root);
  });

  test('F-128: FltSetInformationFile renames within the volume, into another directory too', () => {
    openAndCloseDirectory('C:\\d');
    putFile('C:\\f', bytes('moved'));
    const f = v.create('C:\\f');
    v.watch(CREATE, 6);
    const name = 'C:\\d\\g';
    fillBytes(BUFFER, 0, 64);
    i32[(BUFFER + 8) >> 2] = name.length * 2;
    for (let i = 0; i < name.length; i++) u16[(BUFFER + 12 + 2 * i) >> 1] = name.charCodeAt(i);
    const length = 12 + name.length * 2;
    expect(FltSetInformationFile(v.instance, f.file, BUFFER, length, FileRenameInformation))
      .toBe(STATUS_SUCCESS);
    expect(v.log).toEqual(['low 0', 'low 6']);
    close(f);
    expect(getFile('C:\\d\\g')).toEqual(bytes('moved'));
  });

  test('F-134: security and EAs go there and back', () => {
    const f = v.create('C:\\f');
    const needed = BUFFER + 0x800;
    const short = FltQuerySecurityObject(v.instance, f.file, 4, BUFFER, 0, needed);
    expect(statusName(short)).toMatch(/BUFFER_(OVERFLOW|TOO_SMALL)/);
    const size = i32[needed >> 2]!;
    expect(size).toBeGreaterThan(20);
    expect(FltQuerySecurityObject(v.instance, f.file, 4, BUFFER, size, needed)).toBe(STATUS_SUCCESS);
    expect(FltSetSecurityObject(v.instance, f.file, 4, BUFFER)).toBe(STATUS_SUCCESS);
    // One FILE_FULL_EA_INFORMATION: "A" = "xyz".
    fillBytes(BUFFER, 0, 16);
    u8[BUFFER + 5] = 1;
    u16[(BUFFER + 6) >> 1] = 3;
    u8.set(bytes('A\0xyz'), BUFFER + 8);
    expect(FltSetEaFile(v.instance, f.file, BUFFER, 13)).toBe(STATUS_SUCCESS);
    expect(FltQueryEaFile(v.instance, f.file, BUFFER + 64, 64, false, 0, 0, 0, true, needed))
      .toBe(STATUS_SUCCESS);
    expect(textAt(BUFFER + 74, 3)).toBe('xyz');
    close(f);
  });

  test('F-133: FltQueryDirectoryFile lists with the pattern of the first call', () => {
    for (const name of ['a.txt', 'b.txt', 'c.bin']) putFile(`C:\\${name}`, bytes(name));
    const root = v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    v.watch(0xc);
    const frame = pushFrame();
    const pattern = stackAlloc(8);
    const text = stackAlloc(10);
    '*.txt'.split('').forEach((c, i) => (u16[(text >> 1) + i] = c.charCodeAt(0)));
    u16[pattern >> 1] = 10;
    u16[(pattern >> 1) + 1] = 10;
    i32[(pattern + 4) >> 2] = text;
    const names: string[] = [];
    let status = 0;
    for (let turn = 0; turn < 9 && status === 0; turn++) {
      status = FltQueryDirectoryFile(v.instance, root.file, BUFFER, 512, FileBothDirectoryInformation,
        true, pattern, turn === 0, 0);
      if (status !== 0) break;
      const length = i32[(BUFFER + 60) >> 2]! / 2;
      names.push(String.fromCharCode(...u16.subarray((BUFFER + 94) >> 1, ((BUFFER + 94) >> 1) + length)));
    }
    popFrame(frame);
    expect([names, statusName(status)]).toEqual([['a.txt', 'b.txt'], 'STATUS_NO_MORE_FILES']);
    expect(new Set(v.log)).toEqual(new Set(['low c']));
    close(root);
  });
});

function openAndCloseDirectory(path: string): void {
  close(v.create(path, { disposition: FILE_CREATE,
    options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT }));
}

describe('requests without a routine of their own', () => {
  test('IO-4: FltPerformSynchronousIo sends what no other routine does: a byte-range lock', () => {
    const f = v.create('C:\\f');
    write(f.file, 'abcdef', 0);
    v.watch(LOCK_CONTROL);
    const frame = pushFrame();
    const out = stackAlloc(4);
    const length = stackAlloc(8);
    writeInt64(length, 4);
    expect(FltAllocateCallbackData(v.instance, f.file, out)).toBe(STATUS_SUCCESS);
    const data = FLT_CALLBACK_DATA.at(i32[out >> 2]!);
    data.Iopb.MajorFunction = LOCK_CONTROL;
    data.Iopb.MinorFunction = IRP_MN_LOCK;
    data.Iopb.OperationFlags = SL_EXCLUSIVE_LOCK | SL_FAIL_IMMEDIATELY;
    data.Iopb.Parameters.LockControl.Length = length as never;
    FltPerformSynchronousIo(data.address);
    popFrame(frame);
    expect(data.IoStatus.Status).toBe(STATUS_SUCCESS);
    expect(v.log).toEqual(['low 11']);
    const { handle } = openShared('C:\\f');
    expect(readAt(handle, 2, 1).status).toBe('STATUS_FILE_LOCK_CONFLICT');
    expect(readAt(handle, 4, 1).status).toBe('STATUS_SUCCESS');
    NtClose(handle);
    FltFreeCallbackData(data.address);
    close(f);
  });
});

describe('quotas and directories with flags', () => {
  test('6.5: quota requests go below only, and the file system answers for itself', () => {
    const f = v.create('C:\\f');
    const flags: number[] = [];
    for (const major of [0x19, 0x1a]) {
      v.filter(`low${major}`, `${100 + major}`, major, (data) => {
        flags.push(data.Iopb.MajorFunction, data.Iopb.OperationFlags);
        return 1;
      });
    }
    v.watch(0x19, 0x1a);
    const query = FltQueryQuotaInformationFile(v.instance, f.file, BUFFER + 64, BUFFER, 64, true,
      0, 0, 0, true, 0);
    expect(statusName(query)).toBe('STATUS_INVALID_DEVICE_REQUEST');
    expect(statusName(FltSetQuotaInformationFile(v.instance, f.file, BUFFER, 64)))
      .toBe('STATUS_INVALID_DEVICE_REQUEST');
    expect(flags).toEqual([0x19, 3, 0x1a, 0]);
    expect(v.log).toEqual(['low 19', 'low 1a']);
    setInstanceState(v.instance, INSTANCE_DETACHING);
    expect(FltSetQuotaInformationFile(v.instance, f.file, BUFFER, 64)).toBe(STATUS_FLT_DELETING_OBJECT);
    setInstanceState(v.instance, INSTANCE_ACTIVE);
    close(f);
  });

  test('6.5: FltQueryDirectoryFileEx passes its flags, and refuses unknown ones', () => {
    const root = v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    const flags: number[] = [];
    v.filter('low', '100', 0xc, (data) => (flags.push(data.Iopb.OperationFlags), 1));
    const query = (queryFlags: number): number => FltQueryDirectoryFileEx(v.instance, root.file, BUFFER,
      512, FileBothDirectoryInformation, queryFlags, 0, 0);
    query(0xb);
    expect(query(0x100)).toBe(STATUS_INVALID_PARAMETER);
    expect(flags).toEqual([0xb]);
    close(root);
  });
});

describe('volumes, control codes, reparse points', () => {
  test('F-129: FltQueryVolumeInformation needs no file object; the label can be set', () => {
    v.watch(0xa, 0xb);
    expect(FltQueryVolumeInformation(v.instance, BUFFER + 64, BUFFER, 24, FileFsSizeInformation))
      .toBe(STATUS_SUCCESS);
    expect(i32[(BUFFER + 68) >> 2]).toBe(24);
    fillBytes(BUFFER, 0, 32);
    i32[BUFFER >> 2] = 4;
    u16[(BUFFER + 4) >> 1] = 65;
    u16[(BUFFER + 6) >> 1] = 66;
    expect(statusName(FltSetVolumeInformation(v.instance, 0, BUFFER, 8, FileFsLabelInformation)))
      .toBe('STATUS_SUCCESS');
    expect(statusName(FltSetVolumeInformation(v.instance, 0, BUFFER, 8, FileFsSizeInformation)))
      .toBe('STATUS_INVALID_INFO_CLASS');
    expect(v.log).toEqual(['low a', 'low b']);
    const f = v.create('C:\\f');
    expect(FltQueryVolumeInformationFile(v.instance, f.file, BUFFER, 24, FileFsSizeInformation,
      BUFFER + 64)).toBe(STATUS_SUCCESS);
    expect(i32[(BUFFER + 64) >> 2]).toBe(24);
    close(f);
  });

  test('F-132: FltFlushBuffers, and FltFlushBuffers2 with a type that is none', () => {
    const f = v.create('C:\\f');
    v.watch(9);
    expect(FltFlushBuffers(v.instance, f.file)).toBe(STATUS_SUCCESS);
    expect(FltFlushBuffers2(v.instance, f.file, 3, 0)).toBe(STATUS_INVALID_PARAMETER);
    expect(v.log).toEqual(['low 9']);
    close(f);
  });

  test('F-131: control codes: buffered input and output, lower filters see a system buffer', () => {
    const f = v.create('C:\\f');
    v.filter('low', '100', 0xd, (data) => {
      v.log.push(`${(data.Flags & 8) !== 0}`);
      return 1;
    });
    expect(FltFsControlFile(v.instance, f.file, FSCTL_SET_SPARSE, 0, 0, 0, 0, 0)).toBe(STATUS_SUCCESS);
    const none =
      FltFsControlFile(v.instance, f.file, FSCTL_GET_REPARSE_POINT, 0, 0, BUFFER, 256, 0);
    expect(statusName(none)).toBe('STATUS_NOT_A_REPARSE_POINT');
    const device = FltDeviceIoControlFile(v.instance, f.file, 0x70000, 0, 0, 0, 0, 0);
    expect(device).toBeLessThan(0);
    expect(v.log).toEqual(['true', 'true']);
    close(f);
  });

  test('F-130: ' +
    'FltTagFile and FltUntagFile: a GUID is needed unless the tag is Microsoft\'s', () => {
    const f = v.create('C:\\f');
    const guid = BUFFER;
    const other = BUFFER + 16;
    fillBytes(guid, 7, 16);
    fillBytes(other, 8, 16);
    u8.set(bytes('data'), BUFFER + 32);
    const tag = (t: number, g: number): string =>
      statusName(FltTagFile(v.instance, f.file, t, g, BUFFER + 32, 4));
    expect(tag(0x42, 0)).toBe('STATUS_INVALID_PARAMETER');
    expect(tag(0x42, guid)).toBe('STATUS_SUCCESS');
    expect(tag(0x43, guid)).toBe('STATUS_IO_REPARSE_TAG_MISMATCH');
    expect(tag(0x42, other)).toBe('STATUS_REPARSE_ATTRIBUTE_CONFLICT');
    expect(statusName(FltUntagFile(v.instance, f.file, 0x43, guid)))
      .toBe('STATUS_IO_REPARSE_TAG_MISMATCH');
    expect(FltUntagFile(v.instance, f.file, 0x42, guid)).toBe(STATUS_SUCCESS);
    close(f);
  });
});

test('IO-13: an instance opens files of its own volume only', () => {
  const spec = { name: '\\Device\\HarddiskVolume2', letter: 'D', fileSystem: 'ramfs' } as const;
  const other = mountVolume(spec);
  const refused = v.create('D:\\f', { instance: v.firstInstance });
  expect(refused.status).toBe(0xc0000369 | 0);
  const there = v.create('D:\\f', { instance: 0 });
  expect(there.status).toBe(STATUS_SUCCESS);
  close(there);
  unmountVolume(spec, other);
});
