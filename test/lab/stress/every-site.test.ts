// Systematic low resources over the Filter Manager's own paths, beside those that the shipped
// filters walk (stress over all of them): each allocation site is refused once, the routine answers
// STATUS_INSUFFICIENT_RESOURCES (or NULL, where it returns a pointer), keeps nothing, and succeeds
// when it is called again.
import { boardMemory } from './faults-on.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { bytes, mountC, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { FaultBoard } from '#src/machine/faults/board.ts';
import { startFaults, withoutFaults } from '#src/machine/faults/policy.ts';
import { FltAllocateContext, FltReleaseContext } from '#src/fltmgr/context/context.ts';
import { FLT_STREAM_CONTEXT, FLT_STREAMHANDLE_CONTEXT, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_VARIABLE_SIZED_CONTEXTS } from '#src/fltmgr/constants.ts';
import { FltCreateSystemVolumeInformationFolder }
  from '#src/fltmgr/attach/system-volume-folder.ts';
import { FltBuildDefaultSecurityDescriptor, FltFreeSecurityDescriptor }
  from '#src/fltmgr/port/security.ts';
import { FltAllocateFileLock, FltFreeFileLock } from '#src/fltmgr/lock/file-lock.ts';
import { FltAllocateCallbackData, FltFreeCallbackData }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { FltFsControlFile } from '#src/fltmgr/initiated/initiated-control.ts';
import { FltTagFile } from '#src/fltmgr/initiated/initiated-reparse.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem } from '#src/fltmgr/pending/work-item.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { NonPagedPool, PagedPool } from '#src/ntos/ex/types.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { poolTag, poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { FSCTL_SET_SPARSE } from '#src/ntos/io/control-codes.ts';
import { i32 } from '#src/mem/memory.ts';
import { STATUS_CANCELLED, STATUS_DATA_ERROR, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_IO_DEVICE_ERROR } from '#src/ntos/status-codes.ts';
import { APPLICATIONS } from '#src/mem/memory-map.ts';
import { Arena } from '#src/fltuser/arena.ts';
import { PortClient } from '#src/fltuser/port-client.ts';
import { PortError } from '#src/fltuser/port-message.ts';
import { FltRequestOperationStatusCallback } from '#src/fltmgr/walk/status-callback.ts';
import { PFLT_GET_OPERATION_STATUS_CALLBACK } from '#src/image/role.ts';
import { IRP_MJ_CREATE } from '#src/ntos/io/constants.ts';
import { makePort } from '#test/support/port-filter.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';

const board = new FaultBoard(boardMemory);
const OUT = 0x20000;
const INPUT = 0x21000;
/** Whatever is the Filter Manager's may be refused: the contexts' tag is one of its own. */
const TAG = poolTag('FMct');
const REPARSE_TAG = 0x8000_0017;

const diskErrors: readonly number[] =
  [STATUS_DATA_ERROR, STATUS_IO_DEVICE_ERROR, STATUS_CANCELLED];

const told = PFLT_GET_OPERATION_STATUS_CALLBACK('FrugalTold', () => undefined);
/** What FltRequestOperationStatusCallback last answered. */
let asked = 0;
const arena = new Arena(APPLICATIONS.start + 0x20_0000, APPLICATIONS.end);
let made: MadeFilter;
let handle: number;
let file: PFILE_OBJECT;
let instance: PFLT_INSTANCE;
let end: () => void;

beforeAll(() => {
  startFaults();
  withoutFaults(() => {
    const shutdown = bootInline();
    const unmount = mountC();
    made = makeFilter({ name: 'frugal', altitude: '100', operations: [
      { major: IRP_MJ_CREATE, pre: (data) => {
        asked = FltRequestOperationStatusCallback(data.address, told, 0);
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
      } }], contexts: [
      { ContextType: FLT_STREAM_CONTEXT, Size: 24, PoolTag: TAG },
      { ContextType: FLT_STREAMHANDLE_CONTEXT, Size: FLT_VARIABLE_SIZED_CONTEXTS, PoolTag: TAG },
    ] });
    instance = instancesOfFilter(made.filter)[0]!;
    const port = makePort(made.filter, { name: '\\FrugalPort' });
    putFile('C:\\f', bytes('abc'));
    handle = openShared('C:\\f').handle;
    file = fileByHandle(handle, 0) as PFILE_OBJECT;
    // Only the security of a folder that is there already is looked at.
    FltCreateSystemVolumeInformationFolder(instance);
    end = () => {
      releaseFile(file);
      port.close();
      NtClose(handle);
      made.unregister();
      unmount();
      shutdown();
    };
  });
});
afterAll(() => {
  withoutFaults(end);
  expect(poolUsage()).toEqual([]);
});

/** Takes the one word that a routine answers, and gives back what it is about. */
const pointer = (call: () => number, free: (at: number) => void) => (): number => {
  const at = call();
  if (at === 0) return STATUS_INSUFFICIENT_RESOURCES;
  free(at);
  return 0;
};

/** The same for a routine that answers a status, and the rest by a word. */
const byWord = (call: () => number, free: (at: number) => void) => (): number => {
  i32[OUT >> 2] = 0;
  const status = call();
  if (status < 0) expect(i32[OUT >> 2]).toBe(0);
  else free(i32[OUT >> 2]!);
  return status;
};

const context = (type: number, bytesOf: number, pool: number): (() => number) =>
  byWord(() => FltAllocateContext(made.filter, type, bytesOf, pool, OUT), FltReleaseContext);

/** What asks for memory, where it does, and how often it is refused on its way. */
const acts: readonly (readonly [site: RegExp, times: number, act: () => number])[] = [
  [/fltmgr!allocateApart \(/, 2, context(FLT_STREAM_CONTEXT, 24, PagedPool)],
  [/fltmgr!allocateBody \(/, 1, context(FLT_STREAMHANDLE_CONTEXT, 40, PagedPool)],
  [/fltmgr!allocateTogether \(/, 1, context(FLT_STREAMHANDLE_CONTEXT, 40, NonPagedPool)],
  [/fltmgr!FltAllocateFileLock \(/, 1,
    pointer(() => FltAllocateFileLock(0 as never, 0 as never), (at) => FltFreeFileLock(at as never))],
  [/fltmgr!allocateItem \(/, 1, pointer(() => FltAllocateDeferredIoWorkItem(),
    (at) => FltFreeDeferredIoWorkItem(at as never))],
  [/fltmgr!FltBuildDefaultSecurityDescriptor \(/, 1,
    byWord(() => FltBuildDefaultSecurityDescriptor(OUT, 1),
      (at) => FltFreeSecurityDescriptor(at as never))],
  [/fltmgr!createOwnData \(/, 1, byWord(() => FltAllocateCallbackData(instance, file, OUT),
    (at) => FltFreeCallbackData(at as never))],
  [/fltmgr!sendBuffered \(/, 2,
    () => FltFsControlFile(instance, file, FSCTL_SET_SPARSE, INPUT, 4, 0, 0, 0)],
  [/fltmgr!\w+ \(initiated-reparse/, 2,
    () => FltTagFile(instance, file, REPARSE_TAG, INPUT, INPUT + 32, 4)],
  [/fltmgr!mend \(/, 2, () => {
    const status = FltCreateSystemVolumeInformationFolder(instance);
    // The disk of this machine fails, too, and comes last.
    return diskErrors.includes(status) ? 0 : status;
  }],
  [/fltmgr!callConnect \(/, 1, () => {
    try {
      PortClient.connect(arena, '\\FrugalPort', bytes('hello')).close();
      return 0;
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return error.status;
    }
  }],
  [/fltmgr!FltRequestOperationStatusCallback \(/, 1, () => {
    const other = openShared('C:\\f');
    if (other.status === 'STATUS_SUCCESS') NtClose(other.handle);
    return asked;
  }],
];

test.each(acts)('%s', (site, times, act) => {
  let refused = 0;
  for (;;) {
    const status = act();
    if (status === 0) break;
    expect(status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    refused++;
    expect(refused).toBeLessThan(20);
  }
  expect(board.sites().filter((known) => site.test(known)).length).toBeGreaterThan(0);
  expect(refused).toBeGreaterThanOrEqual(times);
});
