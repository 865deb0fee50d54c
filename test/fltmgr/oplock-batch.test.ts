// What a create learns from the file system about the Batch oplock in its way, as filters see it.
// One thread: a create that would have to sleep is cancelled before.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import { close, create, makeFile, must } from '#test/fs/support/files.ts';
import { ended, legacy, request } from '#test/fs/support/oplocks.ts';
import { IRP_CTRL, sheetOf } from '#src/fltmgr/walk/irp-ctrl.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1 }
  from '#src/ntos/io/control-codes.ts';
import { FILE_COMPLETE_IF_OPLOCKED, FILE_NON_DIRECTORY_FILE, FILE_OPEN_REQUIRING_OPLOCK }
  from '#src/ntos/io/file-constants.ts';
import { IRP_MJ_CREATE } from '#src/ntos/io/types.ts';
import { statusName } from '#src/ntos/status.ts';
import type { PIRP } from '#src/ntos/io/types.ts';

const FILE_OPBATCH_BREAK_UNDERWAY = 9;
const ASYNC = { options: FILE_NON_DIRECTORY_FILE };
const HURRIED = { options: FILE_NON_DIRECTORY_FILE | FILE_COMPLETE_IF_OPLOCKED };
let seen: string[];
let cancels: boolean;
let end: () => void;

beforeEach(() => {
  const shutdown = bootInline();
  const unmount = mountC();
  [seen, cancels] = [[], false];
  makeFile('\\f', 'contents');
  const { unregister } = makeFilter({ name: 'observer', altitude: '100', operations: [{
    major: IRP_MJ_CREATE,
    pre: (data) => {
      if (cancels) IoCancelIrp(IRP_CTRL.bound.Irp(sheetOf(data.address)) as PIRP);
      return 0;
    },
    post: (data) => {
      seen.push(`${statusName(data.IoStatus.Status)} ${data.IoStatus.Information}`);
      return 0;
    },
  }] });
  end = () => {
    unregister();
    unmount();
    shutdown();
  };
});
afterEach(() => end());

/** Opens a file that somebody holds with an oplock; tells what the filter and the opener saw. */
function openBeside(code: number, how: object): unknown[] {
  const owner = must('\\f', ASYNC);
  expect(legacy(owner, code)).toBe('PENDING');
  seen.splice(0);
  const { status, information, handle } = create('\\f', how);
  cancels = false;
  if (handle !== 0) close(handle);
  const told = [status, information, ...seen.splice(0), ended(request)];
  close(owner);
  return told;
}

describe('OPL-13: FILE_OPBATCH_BREAK_UNDERWAY', () => {
  test.each([['Batch', FSCTL_REQUEST_BATCH_OPLOCK], ['Filter', FSCTL_REQUEST_FILTER_OPLOCK]])(
    'is what a create that has to wait for a %s oplock has in Information', (_name, code) => {
      cancels = true;
      expect(openBeside(code, ASYNC)).toEqual(['CANCELLED', FILE_OPBATCH_BREAK_UNDERWAY,
        `STATUS_CANCELLED ${FILE_OPBATCH_BREAK_UNDERWAY}`, 'SUCCESS']);
    });

  test('is told with a sharing violation: the owner may close, and a second try succeed', () => {
    expect(openBeside(FSCTL_REQUEST_BATCH_OPLOCK, { ...HURRIED, shareAccess: 0 })).toEqual([
      'SHARING_VIOLATION', FILE_OPBATCH_BREAK_UNDERWAY,
      `STATUS_SHARING_VIOLATION ${FILE_OPBATCH_BREAK_UNDERWAY}`, 'SUCCESS']);
  });

  test('is not told for other oplocks, nor when the create succeeds or finds no oplock', () => {
    cancels = true;
    expect(openBeside(FSCTL_REQUEST_OPLOCK_LEVEL_1, ASYNC).slice(0, 2)).toEqual(['CANCELLED', 0]);
    const opened = openBeside(FSCTL_REQUEST_BATCH_OPLOCK, HURRIED);
    expect(opened.slice(0, 2)).toEqual(['OPLOCK_BREAK_IN_PROGRESS', 1]);
    const careful = { options: FILE_NON_DIRECTORY_FILE | FILE_OPEN_REQUIRING_OPLOCK };
    const [status, information, , told] = openBeside(FSCTL_REQUEST_BATCH_OPLOCK, careful);
    expect([status, information, told]).toEqual(['CANNOT_BREAK_OPLOCK', 0, 'nothing yet']);
    const sole = must('\\f', { ...ASYNC, shareAccess: 0 });
    const refused = create('\\f', ASYNC);
    expect([refused.status, refused.information]).toEqual(['SHARING_VIOLATION', 0]);
    close(sole);
  });
});
