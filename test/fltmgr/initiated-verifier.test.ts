// What a checked machine says about creates that a filter initiates.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as driver from '#src/fltKernel.ts';
import { allocateConstants } from '#src/image/layout.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';

const RULE = [0xc4, 0xf500];
const VOLUME = '\\Device\\HarddiskVolume1';
let v: FilteredVolume;
beforeEach(() => {
  v = new FilteredVolume();
});
afterEach(() => {
  IoSetTopLevelIrp(0);
  v.end();
});

test('IO-20: a volume opened for attributes and security only would be a direct device ' +
  'open', () => {
  const rights =
    [c.FILE_READ_ATTRIBUTES, c.READ_CONTROL, c.WRITE_DAC, c.WRITE_OWNER, c.SYNCHRONIZE];
  const all = rights.reduce((sum, right) => sum | right, 0);
  for (const access of [...rights, all]) {
    expect(bugCheckOf(() => v.create(VOLUME, { access, options: 0, disposition: c.FILE_OPEN })))
      .toEqual(RULE);
  }
  const proper = v.create(VOLUME, { access: c.FILE_READ_DATA | c.SYNCHRONIZE,
    disposition: c.FILE_OPEN });
  expect(proper.status).toBe(STATUS_SUCCESS);
  ObDereferenceObject(proper.file);
  FltClose(proper.handle);
  // A directory, the root among them, is no device.
  const root = v.create('C:\\', { access: c.FILE_READ_ATTRIBUTES | c.SYNCHRONIZE,
    disposition: c.FILE_OPEN });
  expect(root.status).toBe(STATUS_SUCCESS);
  ObDereferenceObject(root.file);
  FltClose(root.handle);
});

test('KRN-25: no file I/O while a fast or guarded mutex is held: it would end by an APC', () => {
  const f = v.create('C:\\f');
  const mutex = allocateConstants(32);
  const zeros = allocateConstants(64);
  const io: readonly (() => unknown)[] = [
    () => driver.FltReadFile(v.instance, f.file, zeros, 1, zeros + 8, 0, zeros + 16, 0 as never, 0),
    () => v.create('C:\\f'),
    () => driver.ZwReadFile(f.handle, 0, 0, 0, zeros + 24, zeros + 8, 1, zeros, 0),
    () => driver.ZwClose(f.handle),
  ];
  driver.ExInitializeFastMutex(mutex);
  driver.ExAcquireFastMutex(mutex);
  for (const call of io) expect(bugCheckOf(call)[0]).toBe(0xc4);
  driver.ExReleaseFastMutex(mutex);
  driver.KeInitializeGuardedMutex(mutex);
  driver.KeAcquireGuardedMutex(mutex);
  for (const call of io) expect(bugCheckOf(call)[0]).toBe(0xc4);
  driver.KeReleaseGuardedMutex(mutex);
  ObDereferenceObject(f.file);
  FltClose(f.handle);
});

test('IO-6: a create with a TopLevelIrp may come back into the file system that it is for', () => {
  IoSetTopLevelIrp(4);
  expect(bugCheckOf(() => v.create('C:\\f'))).toEqual(RULE);
});
