// What a filter is given: callback data, its parameter block, the related objects; who may change
// what, and who sees it (2.3 to 2.10).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from '#test/support/open-file.ts';
import * as flt from '#src/fltmgr/data.ts';
import * as constants from '#src/fltmgr/constants.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK, FLT_PARAMETERS, FLT_RELATED_OBJECTS }
  from '#src/fltmgr/types.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as io from '#src/ntos/io/types.ts';
import * as statuses from '#src/ntos/status-codes.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtFsControlFile, NtNotifyChangeDirectoryFile, NtQueryDirectoryFile }
  from '#src/ntos/io/service/nt-control.ts';
import { NtQueryInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT, FILE_WRITE_THROUGH } from '#src/ntos/io/file-constants.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { STATUS_ACCESS_DENIED, STATUS_END_OF_FILE } from '#src/ntos/status-codes.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, READ, WITH_CALLBACK,
  WRITE } from './probe-machine.ts';
import { FastProbe } from './fast-probe.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const IOSB = 0x2_8000;
let m: ProbeMachine;
let fast: FastProbe;
beforeEach(() => {
  fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
});
afterEach(() => {
  m.end();
});

describe('callback data (2.3)', () => {
  test('2.3, F-30: the flags have the values of the header', () => {
    const flags = Object.entries(constants)
      .filter(([name]) => name.startsWith('FLTFL_CALLBACK_DATA_'))
      .map(([name, value]) => [name.slice(20), value]);
    expect(Object.fromEntries(flags)).toEqual({
      IRP_OPERATION: 1, FAST_IO_OPERATION: 2, FS_FILTER_OPERATION: 4, SYSTEM_BUFFER: 8,
      REISSUE_MASK: 0xffff, GENERATED_IO: 0x1_0000, REISSUED_IO: 0x2_0000,
      DRAINING_IO: 0x4_0000, POST_OPERATION: 0x8_0000, NEW_SYSTEM_BUFFER: 0x10_0000,
      DIRTY: 0x8000_0000,
    });
  });

  test('2.3: POST_OPERATION is set on the way up only; SYSTEM_BUFFER by the Filter Manager', () => {
    const seen: number[] = [];
    const note = (data: FltCallbackData): number => {
      seen.push(data.Flags);
      return 0;
    };
    m.filter('a', '100', note, note, 5);
    NtQueryInformationFile(m.open(), IOSB, BUFFER, 40, 4);
    expect(seen).toEqual([0x9, 0x8_0009]);
  });

  test('2.3: Thread is the issuer\'s, RequestorMode is where the request came from', () => {
    const seen: unknown[] = [];
    m.filter('a', '100', (data) => {
      seen.push(data.Thread === currentThread, data.RequestorMode);
      return NO_CALLBACK;
    });
    m.read();
    expect(seen).toEqual([true, 0]);
  });

  test('2.3: filter-initiated operations carry GENERATED_IO', () => {
    const seen: number[] = [];
    m.filter('top', '200', (_data, objects) => {
      const frame = pushFrame();
      const word = stackAlloc(4);
      FltAllocateCallbackData(objects.Instance as PFLT_INSTANCE, objects.FileObject as never, word);
      const data = FLT_CALLBACK_DATA.at(i32[word >> 2]! as PFLT_CALLBACK_DATA);
      popFrame(frame);
      data.Iopb.MajorFunction = WRITE;
      FltPerformSynchronousIo(data.address);
      FltFreeCallbackData(data.address);
      return NO_CALLBACK;
    });
    m.filter('low', '100', (data) => (seen.push(data.Flags), NO_CALLBACK), undefined, WRITE);
    m.read();
    expect(seen).toEqual([0x1_0001]);
  });

  test('OP-13: a change counts with the dirty flag, is undone without, and undone when cleared',
    () => {
      const lengths = (act: (data: FltCallbackData) => void): number[] => {
        const made = m.filter('a', '100', (data) => {
          data.Iopb.Parameters.Read.Length = 11;
          data.Iopb.Parameters.Read.Key = 5;
          act(data);
          return WITH_CALLBACK;
        }, () => FINISHED);
        m.fs.lengths.length = 0;
        m.read(100);
        m.remove(made);
        return [...m.fs.lengths];
      };
      expect(lengths(() => undefined)).toEqual([100]);
      expect(lengths((data) => flt.FltSetCallbackDataDirty(data.address))).toEqual([11]);
      expect(lengths((data) => {
        flt.FltSetCallbackDataDirty(data.address);
        expect(flt.FltIsCallbackDataDirty(data.address)).toBe(true);
        flt.FltClearCallbackDataDirty(data.address);
        expect(flt.FltIsCallbackDataDirty(data.address)).toBe(false);
      })).toEqual([100]);
    });

  test('OP-13: the flag is one filter\'s: the next one finds it clear', () => {
    const seen: boolean[] = [];
    m.filter('top', '200', (data) => {
      data.Iopb.Parameters.Read.Length = 11;
      flt.FltSetCallbackDataDirty(data.address);
      return NO_CALLBACK;
    });
    m.filter('low', '100', (data) => {
      seen.push(flt.FltIsCallbackDataDirty(data.address));
      data.Iopb.Parameters.Read.Length = 99;
      return NO_CALLBACK;
    });
    m.read(100);
    expect([seen, m.fs.lengths]).toEqual([[false], [11]]);
  });

  test('OP-14, PRE-5: IoStatus of a pre-op that completes counts without the dirty flag', () => {
    m.filter('a', '100', (data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      data.IoStatus.Information = 3;
      return COMPLETE;
    });
    m.read();
    expect(m.outcome.status).toBe(STATUS_ACCESS_DENIED);
    expect(m.fs.lengths).toEqual([]);
  });

  test('OP-14: IoStatus of a pre-op that passes on is lost; the file system\'s result counts', () => {
    const seen: unknown[] = [];
    m.filter('a', '100', (data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      data.IoStatus.Information = 77;
      return WITH_CALLBACK;
    }, (data) => {
      seen.push(data.IoStatus.Status, data.IoStatus.Information);
      return FINISHED;
    });
    m.fs.information = 5;
    m.read();
    expect(seen).toEqual([0, 5]);
    expect(m.outcome).toEqual({ status: 0, information: 5 });
  });

  test('OP-14: a post-op may change it, and whoever completes a pended operation', () => {
    m.filter('top', '200', () => WITH_CALLBACK, (data) => {
      m.log.push(`${data.IoStatus.Information}`);
      data.IoStatus.Information = 2;
      return FINISHED;
    });
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('low', '100', (data) => {
      held = data.address;
      return PENDING;
    });
    m.read();
    const data = FLT_CALLBACK_DATA.at(held);
    data.IoStatus.Status = STATUS_END_OF_FILE;
    data.IoStatus.Information = 1;
    FltCompletePendedPreOperation(held, COMPLETE, 0);
    expect(m.log).toEqual(['1']);
    expect(m.outcome).toEqual({ status: STATUS_END_OF_FILE, information: 2 });
  });

  test('OP-16: QueueLinks, QueueContext and FilterContext are one room, empty at the start', () => {
    expect(FLT_CALLBACK_DATA.offsets).toMatchObject({ QueueLinks: 24, QueueContext: 32,
      FilterContext: 24, RequestorMode: 40 });
    const seen: number[] = [];
    const room = (data: FltCallbackData): number[] =>
      Array.from(i32.subarray((data.address + 24) >> 2, (data.address + 40) >> 2));
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('top', '200', (data) => {
      i32[(data.address + 24) >> 2] = 11;
      i32[(data.address + 36) >> 2] = 22;
      held = data.address;
      return PENDING;
    });
    m.read();
    // The filter's as long as it holds the operation.
    seen.push(...room(FLT_CALLBACK_DATA.at(held) as FltCallbackData));
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
    expect(seen).toEqual([11, 0, 0, 22]);
    m.filter('other', '100', (data) => (seen.splice(0, 4, ...room(data)), NO_CALLBACK), undefined,
      WRITE);
    m.write();
    expect(seen).toEqual([0, 0, 0, 0]);
  });

  test('OP-18: a filter frees only callback data that it allocated', () => {
    const codes: number[][] = [];
    m.filter('a', '100', (data) => {
      codes.push(bugCheckOf(() => FltFreeCallbackData(data.address)));
      return WITH_CALLBACK;
    }, (data) => {
      codes.push(bugCheckOf(() => FltFreeCallbackData(data.address)));
      return FINISHED;
    });
    m.read();
    expect(codes).toEqual([[0xc4, 0xf518], [0xc4, 0xf518]]);
  });
});

describe('parameters (2.4, 2.5)', () => {
  test('OP-22: on entry FltObjects and Iopb name the same file and instance', () => {
    const seen: boolean[] = [];
    const check = (data: FltCallbackData, objects: Parameters<typeof m.filter>[2] extends
      ((d: FltCallbackData, o: infer O, ...rest: never[]) => number) | undefined ? O : never,
    ): number => {
      seen.push(objects.FileObject === data.Iopb.TargetFileObject,
        objects.Instance === data.Iopb.TargetInstance);
      return 0;
    };
    for (const altitude of ['300', '200', '100']) {
      m.filter(altitude, altitude, check as never, check as never);
    }
    m.read();
    expect(seen).toEqual(Array.from({ length: 12 }, () => true));
  });

  test('OP-23: identical parameters in pre-op and post-op for each; changes go down only', () => {
    const seen: Record<string, string[]> = { top: [], mid: [], low: [] };
    const note = (name: string, data: FltCallbackData): void => {
      const { Length, Key, ByteOffset, ReadBuffer } = data.Iopb.Parameters.Read;
      seen[name]!.push(`${Length} ${Key} ${ByteOffset} ${ReadBuffer - BUFFER} ` +
        `${data.Iopb.MinorFunction} ${data.Iopb.IrpFlags & 1}`);
    };
    ['top', 'mid', 'low'].forEach((name, i) => m.filter(name, `${300 - i * 100}`, (data, _o, out) => {
      note(name, data);
      if (name !== 'mid') return WITH_CALLBACK;
      out.value = data.Iopb.Parameters.Read.Length;
      Object.assign(data.Iopb.Parameters.Read, { Length: 64, Key: 9, ByteOffset: 512,
        ReadBuffer: BUFFER + 256 });
      data.Iopb.MinorFunction = 4;
      data.Iopb.IrpFlags |= 1;
      flt.FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, (data, _o, context) => {
      note(name, data);
      // What it changed reaches its own post-op through the context only.
      if (name === 'mid') expect(context).toBe(100);
      return FINISHED;
    }));
    m.read(100);
    const [before, after] = ['100 0 0 0 0 0', '64 9 512 256 4 1'];
    expect(seen).toEqual({ top: [before, before], mid: [before, before], low: [after, after] });
    expect(m.fs.lengths).toEqual([64]);
  });

  test('OP-23: also when the operation is completed later, and above the file system', () => {
    for (const keep of [true, false]) {
      m.keep(keep ? READ : -1);
      const lengths: number[] = [];
      const made = [m.filter('top', '300', () => WITH_CALLBACK, (data) => {
        lengths.push(data.Iopb.Parameters.Read.Length);
        return FINISHED;
      }), m.filter('mid', '200', (data) => {
        data.Iopb.Parameters.Read.Length = 64;
        flt.FltSetCallbackDataDirty(data.address);
        return NO_CALLBACK;
      }), m.filter('low', '100', (data) => {
        lengths.push(data.Iopb.Parameters.Read.Length);
        return keep ? NO_CALLBACK : COMPLETE;
      })];
      m.read(100);
      if (keep) m.fs.complete();
      expect(lengths).toEqual([64, 100]);
      for (const one of made) m.remove(one);
    }
  });

  test('OP-24: OperationFlags are the stack location\'s Flags; fast I/O has neither', () => {
    const seen: number[][] = [];
    const note = (data: FltCallbackData): number => {
      seen.push([data.Iopb.IrpFlags & 0x7ff, data.Iopb.OperationFlags]);
      return NO_CALLBACK;
    };
    m.add({ name: 'a', altitude: '100', operations: [{ major: WRITE, pre: note },
      { major: READ, pre: note }, { major: 0x0c, pre: note }, { major: 0, pre: note }] });
    const { handle } = open('P:\\f', { options: FILE_WRITE_THROUGH, flags: io.SL_CASE_SENSITIVE });
    m.handles.push(handle);
    NtWriteFile(handle, 0, IOSB, BUFFER, 8, 0);
    NtQueryDirectoryFile(handle, IOSB, BUFFER, 64, 1, true, 0, true, 7);
    NtNotifyChangeDirectoryFile(handle, 0, IOSB, BUFFER, 64, 1, true);
    const synchronous = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
    m.handles.push(synchronous.handle);
    io.FILE_OBJECT.bound.set_PrivateCacheMap(m.fs.files.at(-1)!, 1);
    NtReadFile(synchronous.handle, 0, IOSB, BUFFER, 8, 0);
    expect(seen).toEqual([
      [io.IRP_CREATE_OPERATION | io.IRP_SYNCHRONOUS_API, io.SL_CASE_SENSITIVE],
      [io.IRP_WRITE_OPERATION, io.SL_WRITE_THROUGH],
      [expect.any(Number), 7],
      [expect.any(Number), io.SL_WATCH_TREE],
      [expect.any(Number), 0],
      [0, 0],
    ]);
  });

  test('2.4: the IRP and stack location flags have the header\'s values', () => {
    const irp = { NOCACHE: 1, PAGING_IO: 2, MOUNT_COMPLETION: 2, SYNCHRONOUS_API: 4,
      ASSOCIATED_IRP: 8, BUFFERED_IO: 0x10, DEALLOCATE_BUFFER: 0x20, INPUT_OPERATION: 0x40,
      SYNCHRONOUS_PAGING_IO: 0x40, CREATE_OPERATION: 0x80, READ_OPERATION: 0x100,
      WRITE_OPERATION: 0x200, CLOSE_OPERATION: 0x400, DEFER_IO_COMPLETION: 0x800,
      OB_QUERY_NAME: 0x1000, HOLD_DEVICE_QUEUE: 0x2000, UM_DRIVER_INITIATED_IO: 0x40_0000 };
    const sl = { FORCE_ACCESS_CHECK: 1, OPEN_PAGING_FILE: 2, OPEN_TARGET_DIRECTORY: 4,
      CASE_SENSITIVE: 0x80, KEY_SPECIFIED: 1, OVERRIDE_VERIFY_VOLUME: 2, WRITE_THROUGH: 4,
      FORCE_DIRECT_WRITE: 0x10, RESTART_SCAN: 1, RETURN_SINGLE_ENTRY: 2, INDEX_SPECIFIED: 4,
      WATCH_TREE: 1, FAIL_IMMEDIATELY: 1, EXCLUSIVE_LOCK: 2 };
    const values = io as unknown as Record<string, number>;
    for (const [name, value] of Object.entries(irp)) expect(values[`IRP_${name}`], name).toBe(value);
    for (const [name, value] of Object.entries(sl)) expect(values[`SL_${name}`], name).toBe(value);
  });

  test('2.4, OP-19, F-31: the parameter block has its members in the header\'s order', () => {
    expect(Object.entries(FLT_IO_PARAMETER_BLOCK.offsets).slice(0, 8)).toEqual([['IrpFlags', 0],
      ['MajorFunction', 4], ['MinorFunction', 5], ['OperationFlags', 6], ['Reserved', 7],
      ['TargetFileObject', 8], ['TargetInstance', 12], ['Parameters', 16]]);
  });

  test('2.5, F-32: each member of FLT_PARAMETERS has its fields in the order of the header', () => {
    type Tree = { readonly fields?: Readonly<Record<string, Tree>> };
    /** The members of a member, those of anonymous ones included. */
    const members = (tree: Tree): [string, Tree][] => Object.entries(tree.fields ?? {})
      .flatMap(([name, member]) => (name.startsWith('$') ? members(member) : [[name, member]]));
    const of = (path: string): string[] => {
      let at: Tree = FLT_PARAMETERS as unknown as Tree;
      for (const name of path.split('_')) at = members(at).find(([own]) => own === name)![1];
      return members(at).map(([name]) => name);
    };
    const expected: Record<string, string> = {
      Create: 'SecurityContext Options FileAttributes ShareAccess EaLength EaBuffer AllocationSize',
      CreatePipe: 'SecurityContext Options Reserved ShareAccess Parameters',
      CreateMailslot: 'SecurityContext Options Reserved ShareAccess Parameters',
      Read: 'Length Key ByteOffset ReadBuffer MdlAddress',
      Write: 'Length Key ByteOffset WriteBuffer MdlAddress',
      QueryFileInformation: 'Length FileInformationClass InfoBuffer',
      SetFileInformation: 'Length FileInformationClass ParentOfTarget ReplaceIfExists ' +
        'AdvanceOnly ' +
        'ClusterCount DeleteHandle InfoBuffer',
      QueryEa: 'Length EaList EaListLength EaIndex EaBuffer MdlAddress',
      SetEa: 'Length EaBuffer MdlAddress',
      QueryVolumeInformation: 'Length FsInformationClass VolumeBuffer',
      SetVolumeInformation: 'Length FsInformationClass VolumeBuffer',
      LockControl: 'Length Key ByteOffset ProcessId FailImmediately ExclusiveLock',
      QuerySecurity: 'SecurityInformation Length SecurityBuffer MdlAddress',
      SetSecurity: 'SecurityInformation SecurityDescriptor',
      WMI: 'ProviderId DataPath BufferSize Buffer',
      QueryQuota: 'Length StartSid SidList SidListLength QuotaBuffer MdlAddress',
      SetQuota: 'Length QuotaBuffer MdlAddress',
      AcquireForSectionSynchronization: 'SyncType PageProtection OutputInformation',
      AcquireForModifiedPageWriter: 'EndingOffset ResourceToRelease',
      ReleaseForModifiedPageWriter: 'ResourceToRelease',
      QueryOpen: 'Irp FileInformation Length FileInformationClass',
      FastIoCheckIfPossible: 'FileOffset Length LockKey CheckForReadOperation',
      NetworkQueryOpen: 'Irp NetworkInformation',
      MdlRead: 'FileOffset Length Key MdlChain',
      MdlReadComplete: 'MdlChain',
      PrepareMdlWrite: 'FileOffset Length Key MdlChain',
      MdlWriteComplete: 'FileOffset MdlChain',
      MountVolume: 'DeviceType',
      Others: 'Argument1 Argument2 Argument3 Argument4 Argument5 Argument6',
      DirectoryControl_QueryDirectory:
        'Length FileName FileInformationClass FileIndex DirectoryBuffer MdlAddress',
      DirectoryControl_NotifyDirectory:
        'Length CompletionFilter Spare1 Spare2 DirectoryBuffer MdlAddress',
      FileSystemControl_VerifyVolume: 'Vpb DeviceObject',
      FileSystemControl_Common: 'OutputBufferLength InputBufferLength FsControlCode',
      FileSystemControl_Neither: 'OutputBufferLength InputBufferLength FsControlCode InputBuffer ' +
        'OutputBuffer OutputMdlAddress',
      FileSystemControl_Buffered: 'OutputBufferLength InputBufferLength FsControlCode SystemBuffer',
      FileSystemControl_Direct: 'OutputBufferLength InputBufferLength FsControlCode ' +
        'InputSystemBuffer OutputBuffer OutputMdlAddress',
      DeviceIoControl_FastIo: 'OutputBufferLength InputBufferLength IoControlCode InputBuffer ' +
        'OutputBuffer',
    };
    for (const [member, fields] of Object.entries(expected)) {
      expect(of(member).join(' '), member).toBe(fields);
    }
    // Disposition in the high byte, create options in the low three.
    let options = 0;
    m.filter('a', '100', (data) => ((options = data.Iopb.Parameters.Create.Options), NO_CALLBACK),
      undefined, 0);
    NtClose(open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT, disposition: 3 }).handle);
    expect(options >>> 24).toBe(3);
    expect(options & 0xff_ffff).toBe(FILE_SYNCHRONOUS_IO_NONALERT);
  });
});

describe('related objects, file objects, questions, statuses', () => {
  test('2.7: FLT_RELATED_OBJECTS names everything and has its own size', () => {
    expect(Object.keys(FLT_RELATED_OBJECTS.offsets)).toEqual(['Size', 'TransactionContext',
      'Filter', 'Volume', 'Instance', 'FileObject', 'Transaction']);
    const seen: unknown[] = [];
    const made = m.filter('a', '100', (_data, objects) => {
      seen.push(objects.Size, objects.TransactionContext, objects.Filter === made.filter,
        objects.Volume === m.fs.mounted.volume, objects.FileObject === m.fs.files[0],
        objects.Transaction);
      return NO_CALLBACK;
    });
    m.read();
    expect(seen).toEqual([24, 0, true, true, true, 0]);
  });

  test('2.8: the file object flags have the header\'s values', () => {
    expect({ open: io.FO_FILE_OPEN, sync: io.FO_SYNCHRONOUS_IO, alert: io.FO_ALERTABLE_IO,
      raw: io.FO_NO_INTERMEDIATE_BUFFERING, through: io.FO_WRITE_THROUGH,
      cleanup: io.FO_CLEANUP_COMPLETE, handle: io.FO_HANDLE_CREATED,
      cancelled: io.FO_FILE_OPEN_CANCELLED, volume: io.FO_VOLUME_OPEN }).toEqual({ open: 1,
      sync: 2, alert: 4, raw: 8, through: 0x10, cleanup: 0x4000, handle: 0x4_0000,
      cancelled: 0x20_0000, volume: 0x40_0000 });
  });

  test('2.9: FltIsOperationSynchronous: the file object, the flag, paging I/O, buffered ' +
    'codes', () => {
    const seen: boolean[] = [];
    const note = (data: FltCallbackData): number => {
      seen.push(flt.FltIsOperationSynchronous(data.address));
      return NO_CALLBACK;
    };
    m.add({ name: 'a', altitude: '100', operations: [READ, 5, 0x0d].map((major) =>
      ({ major, pre: note })) });
    const asynchronous = m.open();
    const synchronous = m.open(FILE_SYNCHRONOUS_IO_NONALERT);
    const read = (handle: number, flags: number): unknown =>
      NtReadFile(handle, 0, IOSB, BUFFER, 8, 0, 0, flags);
    const { IRP_PAGING_IO, IRP_NOCACHE, IRP_SYNCHRONOUS_PAGING_IO } = io;
    read(asynchronous, 0);
    read(synchronous, 0);
    // Asynchronous paging I/O: whatever else holds.
    read(synchronous, IRP_PAGING_IO | IRP_NOCACHE);
    read(asynchronous, IRP_PAGING_IO | IRP_NOCACHE | IRP_SYNCHRONOUS_PAGING_IO);
    // The I/O manager waits for a query in any case: IRP_SYNCHRONOUS_API.
    NtQueryInformationFile(asynchronous, IOSB, BUFFER, 40, 9);
    for (const method of [0, 1, 2, 3]) {
      NtFsControlFile(asynchronous, 0, IOSB, 0x9_0000 | method, BUFFER, 8, BUFFER, 8);
    }
    expect(seen).toEqual([false, true, false, true, true, true, false, false, false]);
  });

  test('2.10: the statuses of the Filter Manager have their values', () => {
    const values: Record<string, number> = {
      IO_COMPLETE: 0x001c0001, BUFFER_TOO_SMALL: 0x801c0001, NO_HANDLER_DEFINED: 0xc01c0001,
      CONTEXT_ALREADY_DEFINED: 0xc01c0002, INVALID_ASYNCHRONOUS_REQUEST: 0xc01c0003,
      DISALLOW_FAST_IO: 0xc01c0004, INVALID_NAME_REQUEST: 0xc01c0005,
      NOT_SAFE_TO_POST_OPERATION: 0xc01c0006, NOT_INITIALIZED: 0xc01c0007,
      FILTER_NOT_READY: 0xc01c0008, POST_OPERATION_CLEANUP: 0xc01c0009,
      INTERNAL_ERROR: 0xc01c000a, DELETING_OBJECT: 0xc01c000b, MUST_BE_NONPAGED_POOL: 0xc01c000c,
      DUPLICATE_ENTRY: 0xc01c000d, CBDQ_DISABLED: 0xc01c000e, DO_NOT_ATTACH: 0xc01c000f,
      DO_NOT_DETACH: 0xc01c0010, INSTANCE_ALTITUDE_COLLISION: 0xc01c0011,
      INSTANCE_NAME_COLLISION: 0xc01c0012, FILTER_NOT_FOUND: 0xc01c0013,
      VOLUME_NOT_FOUND: 0xc01c0014, INSTANCE_NOT_FOUND: 0xc01c0015,
      CONTEXT_ALLOCATION_NOT_FOUND: 0xc01c0016, INVALID_CONTEXT_REGISTRATION: 0xc01c0017,
      NAME_CACHE_MISS: 0xc01c0018, NO_DEVICE_OBJECT: 0xc01c0019,
      VOLUME_ALREADY_MOUNTED: 0xc01c001a, ALREADY_ENLISTED: 0xc01c001b,
      CONTEXT_ALREADY_LINKED: 0xc01c001c, NO_WAITER_FOR_REPLY: 0xc01c0020,
      REGISTRATION_BUSY: 0xc01c0023,
    };
    const found = statuses as unknown as Record<string, number>;
    for (const [name, value] of Object.entries(values)) {
      expect(found[`STATUS_FLT_${name}`]! >>> 0, name).toBe(value);
    }
  });

  test('2.1, F-28: major and minor codes have the header\'s values', () => {
    const majors: Record<string, number> = { CREATE: 0, CREATE_NAMED_PIPE: 1, CLOSE: 2, READ: 3,
      WRITE: 4, QUERY_INFORMATION: 5, SET_INFORMATION: 6, QUERY_EA: 7, SET_EA: 8,
      FLUSH_BUFFERS: 9, QUERY_VOLUME_INFORMATION: 0x0a, SET_VOLUME_INFORMATION: 0x0b,
      DIRECTORY_CONTROL: 0x0c, FILE_SYSTEM_CONTROL: 0x0d, DEVICE_CONTROL: 0x0e,
      INTERNAL_DEVICE_CONTROL: 0x0f, SHUTDOWN: 0x10, LOCK_CONTROL: 0x11, CLEANUP: 0x12,
      CREATE_MAILSLOT: 0x13, QUERY_SECURITY: 0x14, SET_SECURITY: 0x15, POWER: 0x16,
      SYSTEM_CONTROL: 0x17, DEVICE_CHANGE: 0x18, QUERY_QUOTA: 0x19, SET_QUOTA: 0x1a, PNP: 0x1b,
      OPERATION_END: 0x80, ACQUIRE_FOR_SECTION_SYNCHRONIZATION: 0xff,
      RELEASE_FOR_SECTION_SYNCHRONIZATION: 0xfe, ACQUIRE_FOR_MOD_WRITE: 0xfd,
      RELEASE_FOR_MOD_WRITE: 0xfc, ACQUIRE_FOR_CC_FLUSH: 0xfb, RELEASE_FOR_CC_FLUSH: 0xfa,
      QUERY_OPEN: 0xf9, FAST_IO_CHECK_IF_POSSIBLE: 0xf3, NETWORK_QUERY_OPEN: 0xf2,
      MDL_READ: 0xf1, MDL_READ_COMPLETE: 0xf0, PREPARE_MDL_WRITE: 0xef,
      MDL_WRITE_COMPLETE: 0xee, VOLUME_MOUNT: 0xed, VOLUME_DISMOUNT: 0xec };
    const minors: Record<string, number> = { NORMAL: 0, DPC: 1, MDL: 2, COMPLETE: 4,
      COMPRESSED: 8, QUERY_DIRECTORY: 1, NOTIFY_CHANGE_DIRECTORY: 2, LOCK: 1, UNLOCK_SINGLE: 2,
      UNLOCK_ALL: 3, UNLOCK_ALL_BY_KEY: 4, USER_FS_REQUEST: 0, MOUNT_VOLUME: 1, VERIFY_VOLUME: 2,
      LOAD_FILE_SYSTEM: 3, KERNEL_CALL: 4 };
    const values = io as unknown as Record<string, number>;
    for (const [name, code] of Object.entries(majors)) {
      expect(values[`IRP_MJ_${name}`], name).toBe(code);
    }
    for (const [name, code] of Object.entries(minors)) {
      expect(values[`IRP_MN_${name}`], name).toBe(code);
    }
    expect(constants.FLT_INTERNAL_OPERATION_COUNT).toBe(22);
  });
});
