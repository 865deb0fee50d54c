// Memory runs out at every single allocation of every routine with which a filter initiates I/O:
// the routine answers STATUS_INSUFFICIENT_RESOURCES, the next call works, and nothing is left
// behind (FilteredVolume.end looks at the pools).
import { afterEach, beforeEach, expect, test } from 'vitest';
import { putFile } from '#test/support/ramfs-volume.ts';
import { PFLT_COMPLETED_ASYNC_IO_CALLBACK } from '#src/image/role.ts';
import { fillBytes, i32, u16, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import * as control from '#src/fltmgr/initiated/initiated-control.ts';
import { FltQueryDirectoryFile } from '#src/fltmgr/initiated/initiated-directory.ts';
import { FltTagFile, FltUntagFile } from '#src/fltmgr/initiated/initiated-reparse.ts';
import { FltAllocateCallbackDataEx, FltFreeCallbackData, FltPerformAsynchronousIo,
  FltPerformSynchronousIo } from '#src/fltmgr/initiated/initiated-io.ts';
import * as query from '#src/fltmgr/initiated/initiated-query.ts';
import { FltQueryQuotaInformationFile, FltSetQuotaInformationFile }
  from '#src/fltmgr/initiated/initiated-quota.ts';
import { FltReadFile, FltWriteFile } from '#src/fltmgr/initiated/initiated-read-write.ts';
import * as volume from '#src/fltmgr/initiated/initiated-volume.ts';
import { FLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import { FSCTL_SET_SPARSE } from '#src/ntos/io/control-codes.ts';
import { FILE_DIRECTORY_FILE, FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import type { Opened } from './filtered-volume.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';

const BUFFER = 0x30000;
const NONE = 0 as never;
let v: FilteredVolume;
let f: Opened;
let root: Opened;

function close({ handle, file }: Opened): void {
  if (file !== 0) ObDereferenceObject(file);
  if (handle !== 0) FltClose(handle);
}

beforeEach(() => {
  v = new FilteredVolume();
  putFile('C:\\f', Uint8Array.from({ length: 512 }, (_, i) => i));
  f = v.create('C:\\f');
  root = v.create('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
  ea();
});
afterEach(() => {
  setAllocationGate(null);
  close(f);
  close(root);
  v.end();
});

/** Lets each allocation of a call fail in turn; how many there are, and what came of each. */
function starve(call: () => number): { statuses: Set<string>; whole: string; steps: number } {
  const statuses = new Set<string>();
  for (let refused = 0; ; refused++) {
    let count = 0;
    setAllocationGate(() => count++ !== refused);
    const status = call();
    setAllocationGate(null);
    if (count <= refused) return { statuses, whole: statusName(status), steps: refused };
    statuses.add(statusName(status));
  }
}

const file = (): PFILE_OBJECT => f.file;
const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('MemoryDone', () => undefined);

/** A rename to a new name each time. */
let renamed = 0;
function rename(): number {
  const name = `C:\\g${renamed++}`;
  fillBytes(BUFFER, 0, 64);
  i32[(BUFFER + 8) >> 2] = name.length * 2;
  for (let i = 0; i < name.length; i++) u16[(BUFFER + 12 + 2 * i) >> 1] = name.charCodeAt(i);
  return query.FltSetInformationFile(v.instance, file(), BUFFER, 12 + name.length * 2,
    cls.FileRenameInformation);
}

function withOffset(call: (offset: number, count: number) => number): number {
  const frame = pushFrame();
  const at = stackAlloc(16);
  fillBytes(at, 0, 16);
  const status = call(at, at + 8);
  popFrame(frame);
  return status;
}

function ea(): number {
  fillBytes(BUFFER, 0, 16);
  u8[BUFFER + 5] = 1;
  u16[(BUFFER + 6) >> 1] = 3;
  u8[BUFFER + 8] = 65;
  return query.FltSetEaFile(v.instance, file(), BUFFER, 13);
}

/** FltAllocateCallbackData and FltPerform*, which has to tell its callback as well. */
function perform(asynchronous: boolean): number {
  const frame = pushFrame();
  const out = stackAlloc(4);
  let status: number = FltAllocateCallbackDataEx(v.instance, file(), 0, out);
  const data = FLT_CALLBACK_DATA.at(i32[out >> 2]!);
  popFrame(frame);
  if (status !== 0) return status;
  data.Iopb.MajorFunction = 9;
  if (asynchronous) status = FltPerformAsynchronousIo(data.address, done, 0);
  else FltPerformSynchronousIo(data.address);
  const result = data.IoStatus.Status;
  if (asynchronous && result === STATUS_INSUFFICIENT_RESOURCES) expect(status).toBe(result);
  FltFreeCallbackData(data.address);
  return result;
}

const calls: Record<string, () => number> = {
  FltReadFile: () => withOffset((at, count) =>
    FltReadFile(v.instance, file(), at, 16, BUFFER, 0, count, NONE, 0)),
  'FltReadFile, non-cached': () => withOffset((at, count) =>
    FltReadFile(v.instance, file(), at, 512, BUFFER, 1, count, NONE, 0)),
  'FltReadFile with a callback': () => withOffset((at) =>
    FltReadFile(v.instance, file(), at, 16, BUFFER, 0, 0, done, 0)),
  FltWriteFile: () => withOffset((at, count) =>
    FltWriteFile(v.instance, file(), at, 16, BUFFER, 0, count, NONE, 0)),
  FltQueryInformationFile: () => query.FltQueryInformationFile(v.instance, file(), BUFFER, 24,
    cls.FileStandardInformation, 0),
  'FltSetInformationFile, a rename': rename,
  FltIsDirectory: () => query.FltIsDirectory(file(), v.instance, BUFFER),
  FltQuerySecurityObject: () =>
    query.FltQuerySecurityObject(v.instance, file(), 4, BUFFER, 256, BUFFER + 512),
  FltSetEaFile: ea,
  FltQueryEaFile: () => query.FltQueryEaFile(v.instance, file(), BUFFER + 64, 64, false, 0, 0, 0,
    true, 0),
  FltQueryVolumeInformation: () => volume.FltQueryVolumeInformation(v.instance, 0, BUFFER, 24,
    cls.FileFsSizeInformation),
  FltQueryVolumeInformationFile: () => volume.FltQueryVolumeInformationFile(v.instance, file(), BUFFER,
    24, cls.FileFsSizeInformation, 0),
  FltFlushBuffers: () => volume.FltFlushBuffers(v.instance, file()),
  FltOpenVolume: () => {
    const frame = pushFrame();
    const out = stackAlloc(8);
    const status = volume.FltOpenVolume(v.instance, out, out + 4);
    const opened = { handle: i32[out >> 2]!, file: i32[(out + 4) >> 2]! as PFILE_OBJECT };
    popFrame(frame);
    close({ ...opened, status, information: 0 });
    return status;
  },
  FltFsControlFile: () =>
    control.FltFsControlFile(v.instance, file(), FSCTL_SET_SPARSE, 0, 0, 0, 0, 0),
  FltQueryDirectoryFile: () => FltQueryDirectoryFile(v.instance, root.file, BUFFER, 512,
    cls.FileBothDirectoryInformation, true, 0, true, 0),
  FltQueryQuotaInformationFile: () => FltQueryQuotaInformationFile(v.instance, file(), BUFFER + 64,
    BUFFER, 64, true, 0, 0, 0, true, 0),
  FltSetQuotaInformationFile: () => FltSetQuotaInformationFile(v.instance, file(), BUFFER, 64),
  FltPerformSynchronousIo: () => perform(false),
  FltPerformAsynchronousIo: () => perform(true),
};
const withoutQuotas = (name: string): boolean => name.includes('Quota');

test.each(Object.keys(calls))('S4, 6.2: %s without memory: INSUFFICIENT_RESOURCES, no ' +
  'leak', (name) => {
  const { statuses, whole, steps } = starve(calls[name]!);
  expect([...statuses]).toEqual(['STATUS_INSUFFICIENT_RESOURCES']);
  expect(steps).toBeGreaterThan(0);
  expect(whole).toBe(withoutQuotas(name) ? 'STATUS_INVALID_DEVICE_REQUEST' : 'STATUS_SUCCESS');
});

test('S4, 6.2: tags: FltTagFile and FltUntagFile without memory', () => {
  fillBytes(BUFFER, 7, 32);
  const tag = (): number => FltTagFile(v.instance, file(), 0x1234, BUFFER, BUFFER + 16, 8);
  const untag = (): number => FltUntagFile(v.instance, file(), 0x1234, BUFFER);
  for (const call of [tag, untag]) {
    const { statuses, whole } = starve(call);
    expect([...statuses, whole]).toEqual(['STATUS_INSUFFICIENT_RESOURCES', 'STATUS_SUCCESS']);
  }
});
