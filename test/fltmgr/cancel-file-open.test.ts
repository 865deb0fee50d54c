// FltCancelFileOpen and creates that go down again: what those above and below see, and when it is
// a bug check (4.5, 4.6).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, getFile, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { FltCancelFileOpen } from '#src/fltmgr/pending/cancel-file-open.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FltReadFile } from '#src/fltmgr/initiated/initiated-read-write.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { FltCompletePendedPostOperation } from '#src/fltmgr/pending/pending.ts';
import { FILE_OPEN, FILE_SHARE_READ } from '#src/ntos/io/file-constants.ts';
import { FO_FILE_OPEN_CANCELLED, FO_HANDLE_CREATED, FILE_OBJECT } from '#src/ntos/io/types.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_ACCESS_DENIED, STATUS_CANCELLED, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { open } from '#test/support/open-file.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CREATE = 0;
const CLOSE = 2;
const CLEANUP = 0x12;
const WITH_CALLBACK = 0;
const FINISHED = 0;
const { Flags, set_Flags } = FILE_OBJECT.bound;

let v: FilteredVolume;
beforeEach(() => {
  v = new FilteredVolume();
  putFile('C:\\f', bytes('content'));
});
afterEach(() => {
  v.end();
});

type Act = (instance: PFLT_INSTANCE, file: PFILE_OBJECT, data: FltCallbackData) => void;

/** A filter at 200 whose post-create acts on each successful open; those around it are watched. */
function postCreate(act: Act): void {
  for (const [name, altitude] of [['top', '300'], ['low', '100']] as const) {
    const log = (data: FltCallbackData): number => {
      v.log.push(`${name} ${data.Iopb.MajorFunction.toString(16)} ${data.IoStatus.Status < 0}`);
      return FINISHED;
    };
    v.add({
      name, altitude,
      operations: [CREATE, CLEANUP, CLOSE]
        .map((major) => ({ major, pre: () => WITH_CALLBACK, post: log })),
    });
  }
  v.filter('act', '200.5', CREATE, () => WITH_CALLBACK, (data, objects: FltRelatedObjects) => {
    act(objects.Instance as PFLT_INSTANCE, objects.FileObject as PFILE_OBJECT, data);
    return FINISHED;
  });
}

const cancel: Act = (instance, file, data) => {
  FltCancelFileOpen(instance, file);
  data.IoStatus.Status = STATUS_ACCESS_DENIED;
  data.IoStatus.Information = 0;
};

describe('FltCancelFileOpen', () => {
  test('POST-18, POST-21, S1.5: a failed create above; create, cleanup, close below', () => {
    let flags = 0;
    postCreate((instance, file, data) => {
      cancel(instance, file, data);
      flags = Flags(file);
    });
    expect(openShared('C:\\f')).toEqual({ status: 'STATUS_ACCESS_DENIED', handle: 0 });
    expect(v.log).toEqual(['low 0 false', 'low 12 false', 'low 2 false', 'top 0 true']);
    expect(flags & FO_FILE_OPEN_CANCELLED).not.toBe(0);
  });

  test('the share access of the cancelled open is gone', () => {
    let first = true;
    postCreate((...args) => {
      if (first) cancel(...args);
      first = false;
    });
    const exclusive = open('C:\\f', { shareAccess: 0, disposition: FILE_OPEN });
    expect(exclusive.handle).toBe(0);
    const again = open('C:\\f', { shareAccess: FILE_SHARE_READ, disposition: FILE_OPEN });
    expect(again.status).toBe(STATUS_SUCCESS);
    NtClose(again.handle);
  });

  test('the content can be read before the open is taken back (IO-5)', () => {
    postCreate((instance, file, data) => {
      const read = FltReadFile(instance, file, 0, 4, 0x30000, 0, 0, 0 as never, 0);
      v.log.push(statusName(read));
      cancel(instance, file, data);
    });
    openShared('C:\\f');
    expect(v.log).toContain('STATUS_SUCCESS');
  });

  test('from elsewhere while the create is pended in its post-op', () => {
    let create: FltCallbackData['address'] | undefined;
    let seen: FltRelatedObjects['address'] | undefined;
    v.filter('pends', '200.5', CREATE, () => WITH_CALLBACK, (data, objects) => {
      create = data.address;
      seen = objects.address;
      // Completed early: the two meet, and the create goes on in this thread (PEND-2).
      FltCancelFileOpen(objects.Instance as PFLT_INSTANCE, objects.FileObject as PFILE_OBJECT);
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      FltCompletePendedPostOperation(data.address);
      return 1;
    });
    expect(openShared('C:\\f').status).toBe('STATUS_ACCESS_DENIED');
    expect([create !== 0, seen !== 0]).toEqual([true, true]);
  });

  test('POST-20: with a handle it is 0xF5/0x6A; POST-19: elsewhere than in post-create ' +
    '0xC4/0xF51A', () => {
    const codes: number[][] = [];
    postCreate((instance, file) => {
      set_Flags(file, Flags(file) | FO_HANDLE_CREATED);
      codes.push(bugCheckOf(() => FltCancelFileOpen(instance, file)));
      set_Flags(file, Flags(file) & ~FO_HANDLE_CREATED);
    });
    v.filter('early', '200.7', CREATE, (_data, objects) => {
      codes.push(bugCheckOf(() => FltCancelFileOpen(objects.Instance as PFLT_INSTANCE,
        objects.FileObject as PFILE_OBJECT)));
      return 1;
    });
    NtClose(openShared('C:\\f').handle);
    expect(codes).toEqual([[0xc4, 0xf51a], [0xf5, 0x6a]]);
  });
});

describe('a create that is reissued', () => {
  test('POST-25: a create needs no SYNCHRONIZE; below it is created again, marked as ' +
    'reissued', () => {
    const seen: string[] = [];
    v.filter('low', '100', CREATE, (data) => {
      seen.push(`${(data.Flags & 0x20000) !== 0} ${data.Iopb.Parameters.Create.ShareAccess}`);
      return 1;
    });
    v.filter('act', '200.5', CREATE, () => WITH_CALLBACK, (data, objects) => {
      if (data.IoStatus.Status >= 0) return FINISHED;
      data.Iopb.Parameters.Create.ShareAccess = 7;
      FltSetCallbackDataDirty(data.address);
      FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address);
      return FINISHED;
    });
    const first = openShared('C:\\f');
    // Shares nothing, so it fails, and the filter tries with all sharing.
    const second = open('C:\\f', { shareAccess: 0, disposition: FILE_OPEN });
    expect(second.status).toBe(STATUS_SUCCESS);
    expect(seen).toEqual(['false 7', 'false 0', 'true 7']);
    NtClose(second.handle);
    NtClose(first.handle);
    expect(getFile('C:\\f')).toEqual(bytes('content'));
  });

  test('POST-23: after FltCancelFileOpen it gives STATUS_CANCELLED', () => {
    postCreate((instance, file, data) => {
      FltCancelFileOpen(instance, file);
      FltReissueSynchronousIo(instance, data.address);
    });
    expect(openShared('C:\\f').status).toBe(statusName(STATUS_CANCELLED));
  });
});
