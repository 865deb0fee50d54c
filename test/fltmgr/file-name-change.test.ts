// After a rename nobody is given the old name, whoever passed the rename on.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { u32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { changesNames, forwardNameChange } from '#src/fltmgr/name/file-name-change.ts';
import { FltGetFileNameInformationUnsafe } from '#src/fltmgr/name/file-name.ts';
import { FltpFileObjectClosed } from '#src/fltmgr/context/context-teardown.ts';
import { FLT_VOLUME } from '#src/fltmgr/attach/object.ts';
import { DELETE, FILE_OPEN_IF } from '#src/ntos/io/file-constants.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP, IRP_SYNCHRONOUS_API }
  from '#src/ntos/io/types.ts';
import { FileBasicInformation, FileLinkInformationEx, FileRenameInformation }
  from '#src/ntos/io/information/information-classes.ts';
import { IoCreateDevice, IoDeleteDevice } from '#src/ntos/io/object/device.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { IoGetNextIrpStackLocation } from '#src/ntos/io/irp/irp.ts';
import { buildRequest, sendAndWait } from '#src/ntos/io/service/issue.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { open } from '#test/support/open-file.ts';
import { OPENED, VOLUME, nameMachine, nameOf } from './name-machine.ts';
import type { FltRelatedObjects } from '#src/image/role.ts';
import type { NameMachine } from './name-machine.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CACHED = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_CACHE_ONLY;
const SET_INFORMATION = 6;
let machine: NameMachine;
let instance: PFLT_INSTANCE;
let lower: PDEVICE_OBJECT;

/** A driver that passes operations on as the Filter Manager does when no filter takes part. */
const forward =
  kernelRoutine('test!Forward', (_device, irp) => forwardNameChange(lower, irp as PIRP));

beforeEach(() => {
  machine = nameMachine();
  machine.filters.push(makeFilter({
    name: 'asker', altitude: '100', operations: [],
    setup: (objects: FltRelatedObjects) => {
      if (objects.Volume === machine.volumes[0]?.volume) {
        instance = objects.Instance as PFLT_INSTANCE;
        lower = FLT_VOLUME.bound.LowerDevice(objects.Volume as never);
      }
      return 0;
    },
  }));
});

afterEach(() => machine.end());

/** Renames a file through the driver above. */
function rename(file: PFILE_OBJECT, name: string): number {
  const driver = createDriver({ [SET_INFORMATION]: forward });
  const device = IoCreateDevice(driver, 0, 8);
  DEVICE_OBJECT.bound.set_StackSize(device, DEVICE_OBJECT.bound.StackSize(lower) + 1);
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const buffer = stackAlloc(12 + name.length * 2);
  u32[(buffer + 8) >> 2] = writeUtf16(buffer + 12, name);
  const irp = buildRequest(file, device, SET_INFORMATION, 0, IRP_SYNCHRONOUS_API, iosb);
  IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
  const location = IO_STACK_LOCATION.at(IoGetNextIrpStackLocation(irp));
  location.Parameters.SetFile.Length = 12 + name.length * 2;
  location.Parameters.SetFile.FileInformationClass = FileRenameInformation;
  const status = sendAndWait(device, irp);
  popFrame(frame);
  IoDeleteDevice(device);
  deleteDriver(driver);
  return status;
}

test('the cached name is stale after a rename, and good after one that failed', () => {
  const { handle } = open('C:\\old', { disposition: FILE_OPEN_IF, desiredAccess: DELETE | 0x0010_0000 });
  const { handle: other } = open('C:\\taken', { disposition: FILE_OPEN_IF });
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const name = (options: number): string | number =>
    nameOf((at) => FltGetFileNameInformationUnsafe(file, instance, options, at));
  expect(name(OPENED)).toBe(`${VOLUME}\\old`);
  expect(rename(file, 'taken')).toBe(st.STATUS_OBJECT_NAME_COLLISION);
  expect(name(CACHED)).toBe(`${VOLUME}\\old`);
  expect(rename(file, 'new')).toBe(0);
  expect(name(CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
  expect(name(OPENED)).toBe(`${VOLUME}\\new`);
  FltpFileObjectClosed(file);
  releaseFile(file);
  NtClose(handle);
  NtClose(other);
});

test('links and renames change names, other information does not', () => {
  const location = IO_STACK_LOCATION.at(stackAlloc(IO_STACK_LOCATION.size));
  const said = (major: number, cls: number): boolean => {
    location.MajorFunction = major;
    location.Parameters.SetFile.FileInformationClass = cls;
    return changesNames(location.address);
  };
  expect(said(6, FileRenameInformation)).toBe(true);
  expect(said(6, FileLinkInformationEx)).toBe(true);
  expect(said(6, FileBasicInformation)).toBe(false);
  expect(said(5, FileRenameInformation)).toBe(false);
});
