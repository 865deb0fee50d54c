// Post-create: creates that ended in a reparse, tag data, creates that are sent down again (4.5,
// 4.6), and where a create goes on from a link (IO-14).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, getFile, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { mountVolume, unmountVolume } from '#src/machine/file-systems.ts';
import { u16, u32 } from '#src/mem/memory.ts';
import { FltCancelFileOpen } from '#src/fltmgr/pending/cancel-file-open.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import { FltFsControlFile } from '#src/fltmgr/initiated/initiated-control.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { IO_REPARSE_TAG_SYMLINK } from '#src/ntos/io/control-types.ts';
import { FSCTL_SET_REPARSE_POINT } from '#src/ntos/io/control-codes.ts';
import { FILE_OPEN, FILE_OPEN_REPARSE_POINT, FILE_SYNCHRONOUS_IO_NONALERT }
  from '#src/ntos/io/file-constants.ts';
import { ExAllocatePoolWithTag, ExFreePool, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { PagedPool } from '#src/ntos/ex/types.ts';
import { FILE_OBJECT } from '#src/ntos/io/types.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_ACCESS_DENIED, STATUS_REPARSE } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CREATE = 0;
const CLOSE = 2;
const CLEANUP = 0x12;
const BUFFER = 0x30000;
const OTHER_TAG = 0x8000_0017;

let v: FilteredVolume;
beforeEach(() => {
  v = new FilteredVolume();
  putFile('C:\\target', bytes('content'));
});
afterEach(() => {
  v.end();
});

/** Writes reparse data of a file system, or a link; its length without the head. */
function writePoint(at: number, tag: number, target: string, relative: boolean): number {
  const isLink = tag === IO_REPARSE_TAG_SYMLINK;
  const length = isLink ? 12 + target.length * 2 : target.length * 2;
  u32.fill(0, at >> 2, (at + 32) >> 2);
  u32[at >> 2] = tag;
  u16[(at + 4) >> 1] = length;
  u16[(at + 10) >> 1] = isLink ? target.length * 2 : 0;
  if (isLink) u32[(at + 16) >> 2] = relative ? 1 : 0;
  const names = at + (isLink ? 20 : 8);
  for (let n = 0; n < target.length; n++) u16[(names >> 1) + n] = target.charCodeAt(n);
  return length;
}

/** Makes a file a reparse point; the data of a symbolic link leads to `target`. */
function makePoint(path: string, tag: number, target: string, relative = false): void {
  const file = v.create(path);
  const length = writePoint(BUFFER, tag, target, relative);
  const set = FltFsControlFile(v.instance, file.file, FSCTL_SET_REPARSE_POINT, BUFFER, length + 8,
    0, 0, 0);
  expect(statusName(set)).toBe('STATUS_SUCCESS');
  ObDereferenceObject(file.file);
  FltClose(file.handle);
}

type Act = (data: FltCallbackData, objects: FltRelatedObjects) => void;

/** A filter whose post-create acts on each create that ended in STATUS_REPARSE; one below logs. */
function onReparse(act: Act): void {
  v.add({
    name: 'low', altitude: '100',
    operations: [CREATE, CLEANUP, CLOSE].map((major) => ({
      major, pre: (data) => (v.log.push(`low ${data.Iopb.MajorFunction.toString(16)}`), 1),
    })),
  });
  v.filter('act', '200.5', CREATE, () => 0, (data, objects) => {
    if (data.IoStatus.Status === STATUS_REPARSE) act(data, objects);
    return 0;
  });
}

describe('a create that ended in STATUS_REPARSE', () => {
  test('POST-22: opened no file: it is failed without FltCancelFileOpen', () => {
    makePoint('C:\\point', OTHER_TAG, 'data');
    const seen: unknown[] = [];
    onReparse((data, objects) => {
      const file = objects.FileObject as number as Parameters<typeof FILE_OBJECT.at>[0];
      const cancel = (): void =>
        FltCancelFileOpen(objects.Instance as PFLT_INSTANCE, file as never);
      seen.push(data.IoStatus.Status >= 0, FILE_OBJECT.at(file).FsContext, bugCheckOf(cancel));
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      data.IoStatus.Information = 0;
    });
    expect(openShared('C:\\point')).toEqual({ status: 'STATUS_ACCESS_DENIED', handle: 0 });
    expect(seen).toEqual([true, 0, [0xc4, 0xf51a]]);
    expect(v.log).toEqual(['low 0']);
  });

  test('POST-29, OP-15: has tag data, which FltReissueSynchronousIo frees and forgets', () => {
    makePoint('C:\\point', OTHER_TAG, 'data');
    const seen: unknown[] = [];
    onReparse((data, objects) => {
      const tag = data.TagData;
      seen.push(u32[tag >> 2] === OTHER_TAG, u16[(tag + 8) >> 1]);
      data.Iopb.Parameters.Create.Options |= FILE_OPEN_REPARSE_POINT;
      FltSetCallbackDataDirty(data.address);
      FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address);
      seen.push(data.TagData, statusName(data.IoStatus.Status));
    });
    const point = openShared('C:\\point');
    expect(point.status).toBe('STATUS_SUCCESS');
    NtClose(point.handle);
    expect(seen).toEqual([true, 'd'.charCodeAt(0), 0, 'STATUS_SUCCESS']);
  });

  test('OP-15: its tag data may be replaced; whoever does so frees the old buffer', () => {
    makePoint('C:\\point', OTHER_TAG, 'data');
    onReparse((data) => {
      ExFreePool(data.TagData);
      const tag = ExAllocatePoolWithTag(PagedPool, 128, poolTag('Ttag'));
      writePoint(tag, IO_REPARSE_TAG_SYMLINK, '\\??\\C:\\target', false);
      data.TagData = tag as never;
      data.IoStatus.Information = IO_REPARSE_TAG_SYMLINK;
    });
    expect(getFile('C:\\point')).toEqual(bytes('content'));
  });

  test('POST-29: again after it was reissued has the tag data of the second', () => {
    makePoint('C:\\point', OTHER_TAG, 'data');
    const tags: unknown[] = [];
    onReparse((data, objects) => {
      tags.push(u32[data.TagData >> 2] === OTHER_TAG);
      FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address);
      tags.push(u32[data.TagData >> 2] === OTHER_TAG, data.IoStatus.Status);
    });
    expect(openShared('C:\\point').status).toBe('STATUS_IO_REPARSE_TAG_NOT_HANDLED');
    expect(tags).toEqual([true, true, STATUS_REPARSE]);
  });
});

describe('FltCreateFile through a link', () => {
  test.each([
    ['the whole path', '\\??\\C:\\target', false],
    ['a relative one', 'target', true],
    ['a relative one with dots', '.\\none\\..\\target', true],
  ])('IO-14: never answers STATUS_REPARSE: %s', (_name, target, relative) => {
    makePoint('C:\\link', IO_REPARSE_TAG_SYMLINK, target, relative);
    expect(getFile('C:\\link')).toEqual(bytes('content'));
    const file = v.create('C:\\link', { disposition: FILE_OPEN });
    expect(statusName(file.status)).toBe('STATUS_SUCCESS');
    ObDereferenceObject(file.file);
    FltClose(file.handle);
  });

  test('IO-14: a link that nobody handles is no reparse to the caller either', () => {
    makePoint('C:\\point', OTHER_TAG, 'data');
    const refused = v.create('C:\\point', { disposition: FILE_OPEN });
    expect(statusName(refused.status)).toBe('STATUS_IO_REPARSE_TAG_NOT_HANDLED');
    makePoint('C:\\empty', IO_REPARSE_TAG_SYMLINK, '');
    expect(statusName(v.create('C:\\empty', { disposition: FILE_OPEN }).status))
      .toBe('STATUS_IO_REPARSE_DATA_INVALID');
  });

  test('IO-14: to another volume: not below an instance, everywhere without one', () => {
    const spec = { name: '\\Device\\HarddiskVolume2', letter: 'D', fileSystem: 'ramfs' } as const;
    const other = mountVolume(spec);
    putFile('D:\\there', bytes('elsewhere'));
    const options = FILE_SYNCHRONOUS_IO_NONALERT;
    const mine = v.instance;
    v.instance = v.firstInstance;
    makePoint('C:\\link', IO_REPARSE_TAG_SYMLINK, '\\??\\D:\\there');
    const refused = v.create('C:\\link', { disposition: FILE_OPEN, options });
    expect(statusName(refused.status)).toBe('STATUS_MOUNT_POINT_NOT_RESOLVED');
    v.instance = mine;
    const there = v.create('C:\\link', { instance: 0, disposition: FILE_OPEN, options });
    expect(statusName(there.status)).toBe('STATUS_SUCCESS');
    ObDereferenceObject(there.file);
    FltClose(there.handle);
    expect(getFile('C:\\link')).toEqual(bytes('elsewhere'));
    unmountVolume(spec, other);
  });
});
