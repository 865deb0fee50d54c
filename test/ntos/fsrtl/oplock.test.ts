// Oplocks on real threads: nobody writes while the owner believes that it may cache, every request
// ends once, and nobody is left waiting.
// @alone: its requests are of its own making, without an executive.
import { beforeEach, expect, test } from 'vitest';
import { USER } from '#src/mem/memory-map.ts';
import { fillBytes, i32 } from '#src/mem/memory.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_READ }
  from '#src/ntos/io/types.ts';
import { FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2 }
  from '#src/ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER } from '#src/ntos/io/control-types.ts';
import { FsRtlOplockFsctrl, FsRtlOplockIsSharedRequest }
  from '#src/ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlOplockKeysEqual, attachOplockKeys, forgetOplockKeys }
  from '#src/ntos/fsrtl/oplock/oplock-key.ts';
import { FsRtlCurrentBatchOplock, FsRtlCurrentOplock, FsRtlCurrentOplockH,
  FsRtlOplockIsFastIoPossible } from '#src/ntos/fsrtl/oplock/oplock-query.ts';
import { FsRtlInitializeOplock, FsRtlUninitializeOplock }
  from '#src/ntos/fsrtl/oplock/oplock-state.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_PENDING } from '#src/ntos/status-codes.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { freshPackages, makeFile, makeIrp, takeCompleted } from './irps.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';
import type { DuelResult } from './oplock-threads.ts';

const oplock = USER.start;
const shared = USER.start + 64;

beforeEach(() => {
  freshPackages();
  fillBytes(USER.start, 0, 4096);
  FsRtlInitializeOplock(oplock);
});

function control(file: PFILE_OBJECT, code: number, level = 0): PIRP {
  const buffer = USER.start + 1024;
  REQUEST_OPLOCK_INPUT_BUFFER.at(buffer).RequestedOplockLevel = level;
  REQUEST_OPLOCK_INPUT_BUFFER.at(buffer).Flags = 1;
  return makeIrp(IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp, irp) => {
    const parameters = IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl;
    parameters.FsControlCode = code;
    parameters.InputBufferLength = 12;
    parameters.OutputBufferLength = 24;
    IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
  });
}

test('nobody writes while the owner believes in RWH, and every request ends once', async () => {
  const rounds = 300;
  const results = await spawnThreads<DuelResult>({
    module: '#test/ntos/fsrtl/oplock-threads.ts',
    routine: 'duel',
    threads: 3,
    args: { rounds, oplock, shared, files: [makeFile(), makeFile(), makeFile()] },
  });
  const sum = (of: keyof DuelResult): number => results.reduce((n, r) => n + r[of], 0);
  expect(sum('violations')).toBe(0);
  expect(sum('breaks') + sum('cancels')).toBe(sum('grants'));
  expect(sum('grants')).toBeGreaterThan(0);
  expect(sum('writes')).toBeGreaterThan(0);
  expect(FsRtlCurrentOplock(oplock)).toBe(false);
});

test('fast I/O passes without an oplock or with an exclusive one, not beside a shared one', () => {
  expect(FsRtlOplockIsFastIoPossible(0)).toBe(true);
  expect(FsRtlOplockIsFastIoPossible(oplock)).toBe(true);
  const file = makeFile();
  FsRtlOplockFsctrl(oplock, control(file, FSCTL_REQUEST_OPLOCK_LEVEL_1), 1);
  expect(FsRtlOplockIsFastIoPossible(oplock)).toBe(true);
  expect([FsRtlCurrentOplock(oplock), FsRtlCurrentOplockH(oplock)]).toEqual([true, false]);
  FsRtlUninitializeOplock(oplock);
  FsRtlOplockFsctrl(oplock, control(file, FSCTL_REQUEST_OPLOCK, 3), 0);
  expect(FsRtlOplockIsFastIoPossible(oplock)).toBe(false);
  expect([FsRtlCurrentOplockH(oplock), FsRtlCurrentBatchOplock(oplock)]).toEqual([true, false]);
  FsRtlUninitializeOplock(oplock);
  expect(takeCompleted().length).toBe(2);
  expect(i32[oplock >> 2]).toBe(0);
});

test('a request for a shared oplock is known as one', () => {
  const file = makeFile();
  const isShared = (code: number, level = 0): boolean =>
    FsRtlOplockIsSharedRequest(control(file, code, level));
  expect(isShared(FSCTL_REQUEST_OPLOCK_LEVEL_2)).toBe(true);
  expect(isShared(FSCTL_REQUEST_OPLOCK_LEVEL_1)).toBe(false);
  expect([1, 3, 5, 7].map((level) => isShared(FSCTL_REQUEST_OPLOCK, level)))
    .toEqual([true, true, false, false]);
  expect(FsRtlOplockIsSharedRequest(makeIrp(IRP_MJ_READ, 0, file))).toBe(false);
});

test('keys are equal when both file objects have the same, and gone when they are dropped', () => {
  const [a, b] = [makeFile(), makeFile()];
  const key = USER.start + 512;
  i32[key >> 2] = 4711;
  expect([FsRtlOplockKeysEqual(a, a), FsRtlOplockKeysEqual(a, b)]).toEqual([true, false]);
  attachOplockKeys(a, key, 0);
  expect(FsRtlOplockKeysEqual(a, b)).toBe(false);
  attachOplockKeys(b, key, 0);
  expect(FsRtlOplockKeysEqual(a, b)).toBe(true);
  forgetOplockKeys(b);
  expect(FsRtlOplockKeysEqual(a, b)).toBe(false);
  expect(FsRtlOplockKeysEqual(0 as PFILE_OBJECT, a)).toBe(false);
  forgetOplockKeys(a);
});

test('a control that is none of the package is refused, and the IRP completed', () => {
  const irp = control(makeFile(), 0x90018);
  expect(FsRtlOplockFsctrl(oplock, irp, 0)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(takeCompleted().map((c) => c.irp)).toEqual([irp]);
  const granted = control(makeFile(), FSCTL_REQUEST_OPLOCK_LEVEL_1);
  expect(FsRtlOplockFsctrl(oplock, granted, 1)).toBe(STATUS_PENDING);
});
