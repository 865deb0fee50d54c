// Who watches a directory learns what changes there, once, and what becomes of its requests.
// @alone: its requests are of its own making, without an executive.
import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '#src/mem/memory-map.ts';
import { i32 } from '#src/mem/memory.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { FILE_NOTIFY_INFORMATION } from '#src/ntos/io/information/directory-information.ts';
import { FILE_ACTION_ADDED, FILE_ACTION_ADDED_STREAM, FILE_ACTION_MODIFIED, FILE_ACTION_REMOVED,
  FILE_ACTION_RENAMED_NEW_NAME, FILE_ACTION_RENAMED_OLD_NAME, FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_SIZE, FILE_NOTIFY_CHANGE_STREAM_NAME } from '#src/ntos/io/file-constants.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, IO_STACK_LOCATION, IRP, IRP_MJ_DIRECTORY_CONTROL,
  IRP_MN_NOTIFY_CHANGE_DIRECTORY } from '#src/ntos/io/types.ts';
import { FsRtlNotifyCleanup, FsRtlNotifyCleanupAll, FsRtlNotifyFullChangeDirectory,
  FsRtlNotifyFullReportChange, FsRtlNotifyInitializeSync, FsRtlNotifyUninitializeSync }
  from '#src/ntos/fsrtl/notify.ts';
import { InitializeListHead, IsListEmpty } from '#src/ntos/rtl/list-entry.ts';
import { readUtf16, setUnicode, writeUnicode } from '#src/ntos/rtl/unicode-string.ts';
import { freshPackages, makeFile, makeIrp, takeCompleted } from './irps.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

const syncAt = USER.start;
const list = USER.start + 8;
const buffers = USER.start + 65536;
const NAME = FILE_NOTIFY_CHANGE_FILE_NAME;
const ADDED = FILE_ACTION_ADDED;
const MODIFIED = FILE_ACTION_MODIFIED;
let file: PFILE_OBJECT;
let sync: number;

beforeEach(() => {
  freshPackages();
  InitializeListHead(list);
  FsRtlNotifyInitializeSync(syncAt);
  sync = i32[syncAt >> 2]!;
  file = makeFile();
});

function text(slot: number, value: string): number {
  const at = USER.start + 1024 + slot * 1024;
  setUnicode(at, at + 8, 0, 1000);
  writeUnicode(at, value);
  return at;
}

interface Watch {
  ccb?: number;
  directory?: string;
  tree?: boolean;
  ignoreBuffer?: boolean;
  filter?: number;
  length?: number;
  cancelled?: boolean;
}

let nextBuffer = 0;
function watch(w: Watch = {}): PIRP {
  const irp = makeIrp(IRP_MJ_DIRECTORY_CONTROL, IRP_MN_NOTIFY_CHANGE_DIRECTORY, file, (sp, at) => {
    IO_STACK_LOCATION.at(sp).Parameters.NotifyDirectory.Length = w.length ?? 512;
    IRP.at(at).UserBuffer = buffers + 1024 * nextBuffer++;
    IRP.at(at).Cancel = w.cancelled === true ? 1 : 0;
  });
  FsRtlNotifyFullChangeDirectory(sync, list, w.ccb ?? 1, text(0, w.directory ?? '\\dir'),
    w.tree ?? false, w.ignoreBuffer ?? false, w.filter ?? NAME, irp, 0, 0);
  return irp;
}

function report(path: string, action = ADDED, filter = NAME, stream = '', parent = ''): void {
  const offset = 2 * (path.lastIndexOf('\\') + 1);
  FsRtlNotifyFullReportChange(sync, list, text(1, path), offset,
    stream === '' ? 0 : text(2, stream), parent === '' ? 0 : text(3, parent), filter, action, 0);
}

/** What an ended request says: its status, and its records as [action, name]. */
function ended(): [PIRP, string, ...[number, string][]][] {
  return takeCompleted().map(({ irp, status, information }) => {
    const records: [number, string][] = [];
    let at = information === 0 ? 0 : IRP.at(irp).UserBuffer;
    while (at !== 0) {
      const record = FILE_NOTIFY_INFORMATION.at(at);
      records.push([record.Action, readUtf16(at + 12, record.FileNameLength)]);
      at = record.NextEntryOffset === 0 ? 0 : at + record.NextEntryOffset;
    }
    return [irp, status, ...records];
  });
}

describe('a watch', () => {
  test('ends its request with the name of what changed, relative to the directory', () => {
    const irp = watch();
    expect(ended()).toEqual([]);
    report('\\dir\\new.txt');
    expect(ended()).toEqual([[irp, 'STATUS_SUCCESS', [ADDED, 'new.txt']]]);
  });

  test('sees only its directory, only what it asked for, and the tree if it asked', () => {
    watch({ ccb: 1 });
    const tree = watch({ ccb: 2, tree: true });
    const root = watch({ ccb: 3, tree: true, directory: '\\' });
    report('\\dir\\f', MODIFIED, FILE_NOTIFY_CHANGE_SIZE);
    report('\\directory\\f');
    expect(ended()).toEqual([[root, 'STATUS_SUCCESS', [ADDED, 'directory\\f']]]);
    report('\\dir\\sub\\deep\\f');
    expect(ended()).toEqual([[tree, 'STATUS_SUCCESS', [ADDED, 'sub\\deep\\f']]]);
  });

  test('of the root sees names in the root', () => {
    const irp = watch({ directory: '\\' });
    report('\\a\\b');
    report('\\f');
    expect(ended()).toEqual([[irp, 'STATUS_SUCCESS', [ADDED, 'f']]]);
  });

  test('keeps news between two requests', () => {
    watch();
    report('\\dir\\a');
    takeCompleted();
    report('\\dir\\b');
    report('\\dir\\cc', FILE_ACTION_REMOVED);
    const next = watch();
    expect(ended()).toEqual([
      [next, 'STATUS_SUCCESS', [ADDED, 'b'], [FILE_ACTION_REMOVED, 'cc']]]);
    watch();
    expect(ended()).toEqual([]);
  });

  test('tells the two names of a rename together', () => {
    const irp = watch();
    report('\\dir\\old', FILE_ACTION_RENAMED_OLD_NAME);
    expect(ended()).toEqual([]);
    report('\\dir\\new', FILE_ACTION_RENAMED_NEW_NAME);
    expect(ended()).toEqual([[irp, 'STATUS_SUCCESS',
      [FILE_ACTION_RENAMED_OLD_NAME, 'old'], [FILE_ACTION_RENAMED_NEW_NAME, 'new']]]);
  });

  test('tells the stream, and goes by the normalised name of the parent', () => {
    const filter = FILE_NOTIFY_CHANGE_STREAM_NAME;
    const irp = watch({ filter });
    report('\\DIR~1\\f', FILE_ACTION_ADDED_STREAM, filter, 's', '\\dir');
    expect(ended()).toEqual([[irp, 'STATUS_SUCCESS', [FILE_ACTION_ADDED_STREAM, 'f:s']]]);
  });

  test('that loses news says so once, to the waiting request or to the next', () => {
    const small = watch({ length: 20 });
    report('\\dir\\a-name-that-is-too-long');
    expect(ended()).toEqual([[small, 'STATUS_NOTIFY_ENUM_DIR']]);
    report('\\dir\\abcd');
    report('\\dir\\efgh');
    const next = watch({ length: 20 });
    expect(ended()).toEqual([[next, 'STATUS_NOTIFY_ENUM_DIR']]);
    const last = watch({ length: 20 });
    report('\\dir\\abcd');
    expect(ended()).toEqual([[last, 'STATUS_SUCCESS', [ADDED, 'abcd']]]);
  });

  test('whose news do not fit the next, smaller request says so', () => {
    watch();
    report('\\dir\\a');
    takeCompleted();
    report('\\dir\\abcdefgh');
    const irp = watch({ length: 16 });
    expect(ended()).toEqual([[irp, 'STATUS_NOTIFY_ENUM_DIR']]);
  });

  test('that ignores its buffer only says that something changed', () => {
    const irp = watch({ ignoreBuffer: true });
    report('\\dir\\a');
    expect(ended()).toEqual([[irp, 'STATUS_NOTIFY_ENUM_DIR']]);
  });

  test('gives each change to one request, the oldest', () => {
    const [first, second] = [watch(), watch()];
    report('\\dir\\a');
    report('\\dir\\b');
    expect(ended()).toEqual([
      [first, 'STATUS_SUCCESS', [ADDED, 'a']], [second, 'STATUS_SUCCESS', [ADDED, 'b']]]);
  });
});

describe('a waiting request', () => {
  test('ends when it is cancelled, before or while it waits', () => {
    const irp = watch();
    expect(IoCancelIrp(irp)).toBe(true);
    expect(ended()).toEqual([[irp, 'STATUS_CANCELLED']]);
    const late = watch({ cancelled: true });
    expect(ended()).toEqual([[late, 'STATUS_CANCELLED']]);
    report('\\dir\\a');
    expect(ended()).toEqual([]);
  });

  test('ends when its open is cleaned up, and a later one of that open at once', () => {
    const [mine, , other] = [watch({ ccb: 1 }), watch({ ccb: 1 }), watch({ ccb: 2 })];
    FsRtlNotifyCleanup(sync, list, 1);
    expect(ended().map((e) => e[1])).toEqual(['STATUS_NOTIFY_CLEANUP', 'STATUS_NOTIFY_CLEANUP']);
    FILE_OBJECT.at(file).Flags |= FO_CLEANUP_COMPLETE;
    const late = watch({ ccb: 1 });
    expect(ended()).toEqual([[late, 'STATUS_NOTIFY_CLEANUP']]);
    FsRtlNotifyCleanupAll(sync, list);
    expect(ended()).toEqual([[other, 'STATUS_NOTIFY_CLEANUP']]);
    expect(IsListEmpty(list)).toBe(true);
    FsRtlNotifyUninitializeSync(syncAt);
    expect([i32[syncAt >> 2], mine === other]).toEqual([0, false]);
  });

  test('ends when its directory is deleted', () => {
    const irp = watch();
    FsRtlNotifyFullChangeDirectory(sync, list, 1, 0, false, false, 0, 0 as PIRP, 0, 0);
    expect(ended()).toEqual([[irp, 'STATUS_DELETE_PENDING']]);
  });
});
