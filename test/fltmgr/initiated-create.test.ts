// How a filter opens files for itself: flags of FltCreateFile, options that go with oplocks, extra
// create parameters, volumes, and what a create does when memory runs out (6.3).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getFile, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { open } from '#test/support/open-file.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { ask, ended, legacy, request, RWH } from '#test/fs/support/oplocks.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import { FltCreateMailslotFile, FltCreateNamedPipeFile }
  from '#src/fltmgr/initiated/initiated-pipe.ts';
import { FltOpenVolume, FltQueryVolumeInformation, FltSetVolumeInformation }
  from '#src/fltmgr/initiated/initiated-volume.ts';
import { setInstanceState } from '#src/fltmgr/attach/root.ts';
import { INSTANCE_ACTIVE, INSTANCE_DETACHING } from '#src/fltmgr/attach/object.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK }
  from '#src/ntos/io/control-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { FileFsLabelInformation, FileFsSizeInformation }
  from '#src/ntos/io/information/information-classes.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { MAILSLOT_CREATE_PARAMETERS, NAMED_PIPE_CREATE_PARAMETERS }
  from '#src/ntos/io/pipe-types.ts';
import { FILE_DEVICE_NETWORK_FILE_SYSTEM, FILE_OBJECT, FO_MAILSLOT, FO_NAMED_PIPE,
  IO_FORCE_ACCESS_CHECK, IO_IGNORE_SHARE_ACCESS_CHECK } from '#src/ntos/io/types.ts';
import { IoIsFileObjectIgnoringSharing } from '#src/ntos/io/object/file-extension.ts';
import { readInt64, writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_FILE_LOCK_CONFLICT, STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import type { Opened } from './filtered-volume.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CREATE = 0;

let v: FilteredVolume;
beforeEach(() => {
  v = new FilteredVolume();
});
afterEach(() => {
  setAllocationGate(null);
  v.end();
});

function close({ handle, file }: Opened): void {
  if (file !== 0) ObDereferenceObject(file);
  if (handle !== 0) expect(FltClose(handle)).toBe(STATUS_SUCCESS);
}

describe('flags', () => {
  test('IO-16: IO_IGNORE_SHARE_ACCESS_CHECK: share access is neither checked nor recorded', () => {
    putFile('C:\\f', Uint8Array.of(1));
    const exclusive = open('C:\\f', { shareAccess: 0 });
    const refused = v.create('C:\\f', { disposition: c.FILE_OPEN });
    expect(statusName(refused.status)).toBe('STATUS_SHARING_VIOLATION');
    const ignoring = v.create('C:\\f', { share: 0, flags: IO_IGNORE_SHARE_ACCESS_CHECK });
    expect(ignoring.status).toBe(STATUS_SUCCESS);
    expect(IoIsFileObjectIgnoringSharing(ignoring.file)).toBe(true);
    NtClose(exclusive.handle);
    // It shares nothing itself, yet others may open: it was not recorded.
    const other = openShared('C:\\f');
    expect(other.status).toBe('STATUS_SUCCESS');
    // Nor does its end take anything away from those that were recorded.
    close(ignoring);
    const second = open('C:\\f', { shareAccess: 0 });
    expect(statusName(second.status)).toBe('STATUS_SHARING_VIOLATION');
    NtClose(other.handle);
    expect(getFile('C:\\f')).toEqual(Uint8Array.of(1));
  });

  test('IO-16: the requestor is kernel mode, and user mode with IO_FORCE_ACCESS_CHECK', () => {
    const seen: [number, number][] = [];
    v.filter('low', '100', CREATE, (data) => {
      seen.push([data.RequestorMode, data.Iopb.OperationFlags & 1]);
      return 1;
    });
    close(v.create('C:\\f'));
    close(v.create('C:\\f', { flags: IO_FORCE_ACCESS_CHECK }));
    expect(seen).toEqual([[0, 0], [1, 1]]);
  });
});

describe('oplocks', () => {
  const NAMED = c.FILE_NON_DIRECTORY_FILE;
  const careful = { options: c.FILE_OPEN_REQUIRING_OPLOCK | c.FILE_SYNCHRONOUS_IO_NONALERT };
  const reserve = { options: c.FILE_RESERVE_OPFILTER, access: c.FILE_READ_ATTRIBUTES };
  /** A later open that is told of a break instead of waiting for it. */
  const visit = (access: number): string => {
    const { status, handle } = open('C:\\f', { desiredAccess: access, shareAccess: 7,
      options: NAMED | c.FILE_COMPLETE_IF_OPLOCKED });
    if (handle !== 0) NtClose(handle);
    return statusName(status).slice(7);
  };
  /** An asynchronous open, by an application that may own an oplock. */
  const owner = (access = c.FILE_READ_ATTRIBUTES): number =>
    open('C:\\f', { desiredAccess: access, shareAccess: 7, options: NAMED }).handle;
  beforeEach(() => putFile('C:\\f', Uint8Array.of(1)));

  test('IO-17: FILE_OPEN_REQUIRING_OPLOCK fails where it would break one, and breaks ' +
    'nothing', () => {
    const held = owner(c.FILE_READ_DATA);
    expect(ask(held, RWH)).toBe('PENDING');
    expect(statusName(v.create('C:\\f', careful).status)).toBe('STATUS_CANNOT_BREAK_OPLOCK');
    expect(ended(request)).toBe('nothing yet');
    NtClose(held);
    // Other handles alone are no obstacle since Windows 8.
    const other = openShared('C:\\f');
    const opened = v.create('C:\\f', careful);
    expect(opened.status).toBe(STATUS_SUCCESS);
    close(opened);
    NtClose(other.handle);
  });

  test('IO-18: FILE_RESERVE_OPFILTER: attributes only, all shared, nobody else: or ' +
    'NOT_GRANTED', () => {
    const refused = (more: object): string =>
      statusName(v.create('C:\\f', { ...reserve, ...more }).status);
    expect(refused({ access: c.FILE_READ_ATTRIBUTES | c.FILE_READ_DATA }))
      .toBe('STATUS_OPLOCK_NOT_GRANTED');
    expect(refused({ share: c.FILE_SHARE_READ | c.FILE_SHARE_DELETE }))
      .toBe('STATUS_OPLOCK_NOT_GRANTED');
    const other = openShared('C:\\f');
    expect(refused({})).toBe('STATUS_OPLOCK_NOT_GRANTED');
    NtClose(other.handle);
    const reserved = v.create('C:\\f', reserve);
    expect(reserved.status).toBe(STATUS_SUCCESS);
    close(reserved);
  });

  test('IO-18: what a filter oplock bears, and what a batch oplock breaks on', () => {
    const held = owner();
    expect(legacy(held, FSCTL_REQUEST_FILTER_OPLOCK)).toBe('PENDING');
    expect(visit(c.FILE_READ_ATTRIBUTES | c.FILE_WRITE_ATTRIBUTES | c.FILE_READ_DATA |
      c.FILE_READ_EA | c.FILE_EXECUTE | c.SYNCHRONIZE | c.READ_CONTROL)).toBe('SUCCESS');
    expect(ended(request)).toBe('nothing yet');
    expect(visit(c.FILE_WRITE_DATA)).toBe('OPLOCK_BREAK_IN_PROGRESS');
    expect(ended(request)).not.toBe('nothing yet');
    NtClose(held);
    const batch = owner();
    expect(legacy(batch, FSCTL_REQUEST_BATCH_OPLOCK)).toBe('PENDING');
    expect(visit(c.FILE_READ_ATTRIBUTES | c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE)).toBe('SUCCESS');
    expect(ended(request)).toBe('nothing yet');
    expect(visit(c.FILE_READ_ATTRIBUTES | c.FILE_READ_EA)).toBe('OPLOCK_BREAK_IN_PROGRESS');
    expect(ended(request)).not.toBe('nothing yet');
    NtClose(batch);
  });
});

/** OBJECT_ATTRIBUTES for a name, until the frame is popped. */
function attributesFor(path: string): number {
  const name = UNICODE_STRING.at(stackAlloc(UNICODE_STRING.size));
  const buffer = stackAlloc(path.length * 2 + 2);
  writeUtf16(buffer, path);
  name.Buffer = buffer as never;
  name.Length = path.length * 2;
  name.MaximumLength = path.length * 2;
  const attributes = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = name.address as never;
  attributes.RootDirectory = 0 as never;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  return attributes.address;
}

/** Runs a call that gives a handle and a file object. */
function opening(call: (handle: number, file: number) => number): Opened {
  const frame = pushFrame();
  const out = stackAlloc(8);
  const status = call(out, out + 4);
  const opened = { status, handle: i32[out >> 2]!, file: i32[(out + 4) >> 2]! as PFILE_OBJECT,
    information: 0 };
  popFrame(frame);
  return opened;
}

describe('volumes', () => {
  const openVolume = (): Opened =>
    opening((handle, file) => FltOpenVolume(v.instance, handle, file));

  test('IO-21: FltOpenVolume opens the instance\'s volume, below the instance', () => {
    v.watch(CREATE, 0x12, 2);
    const opened = openVolume();
    expect(opened.status).toBe(STATUS_SUCCESS);
    expect(FILE_OBJECT.bound.FileName_Length(opened.file)).toBe(0);
    expect(v.log).toEqual(['low 0']);
    close(opened);
    expect(v.log).toEqual(['low 0', 'low 12', 'low 2']);
  });

  test('IO-21: STATUS_FLT_DELETING_OBJECT while the instance goes', () => {
    setInstanceState(v.instance, INSTANCE_DETACHING);
    expect(openVolume()).toMatchObject({ status: STATUS_FLT_DELETING_OBJECT, handle: 0, file: 0 });
    expect(pipe('C:\\p').status).toBe(STATUS_FLT_DELETING_OBJECT);
    expect(mailslot('C:\\m').status).toBe(STATUS_FLT_DELETING_OBJECT);
    setInstanceState(v.instance, INSTANCE_ACTIVE);
  });

  test('IO-21: STATUS_INVALID_PARAMETER on a network, also to ask about the volume', () => {
    const network = mountProbeFs({ deviceType: FILE_DEVICE_NETWORK_FILE_SYSTEM });
    v.instance = 0 as PFLT_INSTANCE;
    const made = v.add({ name: 'net', altitude: '250', operations: [{ major: CREATE, pre: () => 1 }],
      setup: (objects, _flags, deviceType) => {
        if (deviceType !== FILE_DEVICE_NETWORK_FILE_SYSTEM) return -1;
        v.instance = objects.Instance as PFLT_INSTANCE;
        return 0;
      } });
    expect(made.started).toBe(STATUS_SUCCESS);
    expect(v.instance).not.toBe(0);
    expect(openVolume().status).toBe(STATUS_INVALID_PARAMETER);
    expect(FltQueryVolumeInformation(v.instance, 0, 0x30000, 24, FileFsSizeInformation))
      .toBe(STATUS_INVALID_PARAMETER);
    expect(FltSetVolumeInformation(v.instance, 0, 0x30000, 8, FileFsLabelInformation))
      .toBe(STATUS_INVALID_PARAMETER);
    v.remove(made);
    network.unmount();
  });
});

const TIMEOUT = 0x31000;
function pipe(path: string, disposition = c.FILE_CREATE, share = 3): Opened {
  return opening((handle, file) => FltCreateNamedPipeFile(0 as never, v.instance, handle, file,
    c.GENERIC_READ | c.SYNCHRONIZE, attributesFor(path), 0, share, disposition, 0x20, 1, 1, 0, 4,
    512, 1024, TIMEOUT, 0));
}
function mailslot(path: string): Opened {
  return opening((handle, file) => FltCreateMailslotFile(0 as never, v.instance, handle, file,
    c.GENERIC_READ | c.SYNCHRONIZE, attributesFor(path), 0, 0x20, 4096, 100, 0, 0));
}

describe('pipes and mailslots', () => {
  test('IO-21: requests of their own, with their parameters, below the instance only', () => {
    const frame = pushFrame();
    writeInt64(TIMEOUT, -500_000);
    const seen: unknown[] = [];
    for (const [name, altitude, major] of [['top', '300', 1], ['top', '301', 0x13],
      ['low', '100', 1], ['low', '101', 0x13]] as const) {
      v.filter(`${name}${major}`, altitude, major, (data) => {
        const { ShareAccess, Options, Parameters } = data.Iopb.Parameters.CreatePipe;
        const flags = FILE_OBJECT.bound.Flags(data.Iopb.TargetFileObject as PFILE_OBJECT);
        seen.push(name, Options >>> 24, ShareAccess, (flags & (FO_NAMED_PIPE | FO_MAILSLOT)) ===
          (major === 1 ? FO_NAMED_PIPE : FO_MAILSLOT));
        if (major === 1) {
          const p = NAMED_PIPE_CREATE_PARAMETERS.at(Parameters);
          seen.push([p.NamedPipeType, p.MaximumInstances, p.InboundQuota, p.OutboundQuota,
            readInt64(p.address + NAMED_PIPE_CREATE_PARAMETERS.offsets['DefaultTimeout']!),
            p.TimeoutSpecified]);
        } else {
          const m = MAILSLOT_CREATE_PARAMETERS.at(Parameters);
          seen.push([m.MailslotQuota, m.MaximumMessageSize, m.TimeoutSpecified]);
        }
        data.IoStatus.Status = STATUS_FILE_LOCK_CONFLICT;
        return 4;
      });
    }
    expect(pipe('C:\\p').status).toBe(STATUS_FILE_LOCK_CONFLICT);
    expect(mailslot('C:\\m').status).toBe(STATUS_FILE_LOCK_CONFLICT);
    expect(seen).toEqual(['low', c.FILE_CREATE, 3, true, [1, 4, 512, 1024, -500_000, 1],
      'low', c.FILE_CREATE, 3, true, [4096, 100, 0]]);
    popFrame(frame);
  });

  test('IO-21: STATUS_OBJECT_PATH_SYNTAX_BAD without a backslash and without a root', () => {
    for (const path of ['', 'pipe']) {
      expect(pipe(path).status).toBe(STATUS_OBJECT_PATH_SYNTAX_BAD);
      expect(mailslot(path).status).toBe(STATUS_OBJECT_PATH_SYNTAX_BAD);
      expect(v.create(path).status).toBe(STATUS_OBJECT_PATH_SYNTAX_BAD);
    }
  });

  test('pipes are not overwritten and not deleted: STATUS_INVALID_PARAMETER', () => {
    expect(pipe('C:\\p', c.FILE_OVERWRITE).status).toBe(STATUS_INVALID_PARAMETER);
    expect(pipe('C:\\p', c.FILE_CREATE, 7).status).toBe(STATUS_INVALID_PARAMETER);
  });

  test('IO-21: a pipe file system gets the request, and its answer opens the file', () => {
    const npfs = mountProbeFs({ name: '\\Device\\NamedPipe', letter: '' });
    const opened = opening((handle, file) => FltCreateNamedPipeFile(0 as never, 0 as never, handle,
      file, c.GENERIC_READ | c.SYNCHRONIZE, attributesFor('\\Device\\NamedPipe\\p'), 0, 3,
      c.FILE_OPEN_IF, 0x20, 0, 0, 0, 1, 0, 0, 0, 0));
    expect(opened.status).toBe(STATUS_SUCCESS);
    expect(npfs.seen).toEqual([1]);
    close(opened);
    expect(npfs.seen).toEqual([1, 0x12, 2]);
    npfs.unmount();
  });
});

describe('what a create answers', () => {
  test('IO-22: STATUS_FILE_LOCK_CONFLICT of a full log comes through', () => {
    v.filter('low', '100', CREATE, (data) => {
      data.IoStatus.Status = STATUS_FILE_LOCK_CONFLICT;
      return 4;
    });
    expect(v.create('C:\\f')).toMatchObject({ status: STATUS_FILE_LOCK_CONFLICT, handle: 0, file: 0 });
  });
});

describe('memory', () => {
  test('S4: without memory at any step FltCreateFile fails, and nothing is left behind', () => {
    let allocations = 0;
    for (let refused = 0; ; refused++) {
      let count = 0;
      setAllocationGate(() => count++ !== refused);
      const opened = v.create(`C:\\f${refused}`, { access: c.FILE_READ_DATA | c.SYNCHRONIZE });
      close(opened);
      setAllocationGate(null);
      if (count <= refused) break;
      allocations++;
      expect(statusName(opened.status)).toBe('STATUS_INSUFFICIENT_RESOURCES');
      expect([opened.handle, opened.file]).toEqual([0, 0]);
    }
    // The name, the extension, the IRP and the handle at least.
    expect(allocations).toBeGreaterThan(3);
  });
});
