// The three kinds of operation: IRP, fast I/O, FSFilter (2.1, 2.2).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from '#test/support/open-file.ts';
import * as flt from '#src/fltmgr/data.ts';
import { FltCbdqInitialize, FltCbdqInsertIo } from '#src/fltmgr/pending/callback-data-queue.ts';
import { FltSetCancelCompletion } from '#src/fltmgr/pending/cancel.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '#src/fltmgr/types.ts';
import { FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO, PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
  PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
  PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE } from '#src/image/role.ts';
import { i32 } from '#src/mem/memory.ts';
import { NULL } from '#src/mem/pointer.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { DelayedWorkQueue, NonPagedPool } from '#src/ntos/ex/types.ts';
import { FsRtlMdlRead, FsRtlMdlReadComplete, FsRtlMdlWriteComplete, FsRtlPrepareMdlWrite }
  from '#src/ntos/io/fast-mdl.ts';
import { NtDeviceIoControlFile, NtLockFile, NtUnlockFile }
  from '#src/ntos/io/service/nt-control.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtQueryInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { isOnStack } from '#src/mem/stack.ts';
import { queryFullAttributes, queryInformationByName } from '#src/ntos/io/service/query-open.ts';
import { FileBasicInformation, FileNetworkOpenInformation, FileStandardInformation,
  FileStatInformation } from '#src/ntos/io/information/information-classes.ts';
import { FsRtlAcquireFileForCcFlush, FsRtlAcquireFileForModWrite,
  FsRtlAcquireToCreateMappedSection, FsRtlReleaseFile, FsRtlReleaseFileForCcFlush,
  FsRtlReleaseFileForModWrite, SyncTypeCreateSection, SyncTypeOther }
  from '#src/ntos/io/service/section-sync.ts';
import { FILE_OBJECT } from '#src/ntos/io/types.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { ObReferenceObject } from '#src/ntos/ob/object.ts';
import { STATUS_ACCESS_DENIED, STATUS_FLT_DISALLOW_FAST_IO, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_INFO_CLASS, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { COMPLETE, FINISHED, MORE_PROCESSING, NO_CALLBACK, PENDING, ProbeMachine, READ,
  SYNCHRONIZE, WITH_CALLBACK, WRITE } from './probe-machine.ts';
import { FastProbe } from './fast-probe.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_INSTANCE }
  from '#src/fltmgr/types.ts';

const QUERY = 5;
const LOCK = 0x11;
const CONTROL = 0x0e;
const SECTION = 0xff;
const DISALLOW_FASTIO = 3;
const DISALLOW_FSFILTER = 6;
/** A device code whose IRP would be buffered. */
const CODE = 0x0022_2000;
const IOSB = 0x2_8000;
const DATA = 0x2_0000;
const TAG = poolTag('Tknd');

let m: ProbeMachine;
let fast: FastProbe;
let file: PFILE_OBJECT;
let handle: number;
beforeEach(() => {
  fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
});
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) m.end();
});

/** A synchronous file whose caching has begun, as fast I/O needs it. */
function cached(): number {
  ({ handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT }));
  m.handles.push(handle);
  file = m.fs.files.at(-1)!;
  FILE_OBJECT.bound.set_PrivateCacheMap(file, 1);
  return handle;
}

type See = (data: FltCallbackData, objects: FltRelatedObjects) => void;
/** A filter that looks at operations of some majors and lets them go. */
function watch(majors: readonly number[], see: See, answer = WITH_CALLBACK, post?: See): void {
  m.add({ name: `w${m.filters.length}`, altitude: `${100 + m.filters.length}`,
    operations: majors.map((major) => ({
      major,
      pre: (data, objects) => {
        see(data, objects);
        return answer;
      },
      post: (data, objects) => {
        post?.(data, objects);
        return FINISHED;
      },
    })) });
}

const kinds = (data: FltCallbackData): number[] => [flt.FLT_IS_IRP_OPERATION(data.address),
  flt.FLT_IS_FASTIO_OPERATION(data.address), flt.FLT_IS_FS_FILTER_OPERATION(data.address)];
const read = (length = 40): number => NtReadFile(handle, 0, IOSB, DATA, length, 0);
const outcome = (): string => statusName(i32[IOSB >> 2]! as never);

describe('kinds (OP-1 to OP-5)', () => {
  test('OP-1: exactly one kind flag, and the macros return the masked bit', () => {
    const seen: number[][] = [];
    watch([0, READ, SECTION], (data) => void seen.push(kinds(data)), WITH_CALLBACK,
      (data) => void seen.push(kinds(data)));
    cached();
    read();
    FsRtlAcquireToCreateMappedSection(file, 4, SyncTypeCreateSection);
    expect(seen).toEqual([[1, 0, 0], [1, 0, 0], [0, 2, 0], [0, 2, 0], [0, 0, 4], [0, 0, 4]]);
  });

  test('OP-3, DIS-6, S1.19: ' +
    'fast I/O runs in the caller\'s thread, without an MDL, at PASSIVE_LEVEL', () => {
    const seen: unknown[] = [];
    const see: See = (data) => {
      seen.push(data.Thread === currentThread, data.Iopb.Parameters.Read.MdlAddress,
        data.Iopb.Parameters.Read.ReadBuffer === DATA, KeGetCurrentIrql(), data.Iopb.IrpFlags,
        flt.FltIsOperationSynchronous(data.address), flt.FLT_IS_SYSTEM_BUFFER(data.address));
    };
    watch([READ], see, WITH_CALLBACK, see);
    cached();
    fast.information = 40;
    expect(read()).toBe(STATUS_SUCCESS);
    const once = [true, 0, true, 0, 0, true, 0];
    expect(seen).toEqual([...once, ...once]);
    expect(m.fs.seen).not.toContain(READ);
  });

  test('OP-3: fast I/O counts as cached for SKIP_CACHED_IO', () => {
    const majors: string[] = [];
    const note = (what: string) => (): number => (majors.push(what), NO_CALLBACK);
    m.add({ name: 'skips', altitude: '200', operations: [
      { major: READ, flags: 2, pre: note('cached') }] });
    m.add({ name: 'sees', altitude: '100', operations: [{ major: READ, pre: note('all') }] });
    cached();
    read();
    expect(majors).toEqual(['all']);
  });

  test('OP-4, PRE-10: disallowed, it comes again as an IRP with new callback data, from the top',
    () => {
      const seen: string[] = [];
      const datas = new Set<number>();
      const note = (name: string): See => (data) => {
        datas.add(data.address);
        const status = data.IoStatus.Status === STATUS_FLT_DISALLOW_FAST_IO;
        seen.push(`${name} ${kinds(data).join('')}${status ? ' disallowed' : ''}`);
      };
      const both = (name: string, altitude: string, answer: (kind: number) => number): void => {
        m.add({ name, altitude, operations: [{ major: READ,
          pre: (data) => {
            note(`${name} pre`)(data, 0 as never);
            return answer(kinds(data)[1]!);
          },
          post: (data) => {
            note(`${name} post`)(data, 0 as never);
            return FINISHED;
          } }] });
      };
      both('top', '300', () => WITH_CALLBACK);
      both('mid', '200', (kind) => (kind === 2 ? DISALLOW_FASTIO : WITH_CALLBACK));
      both('low', '100', () => WITH_CALLBACK);
      cached();
      expect(read()).toBe(STATUS_SUCCESS);
      expect(seen).toEqual(['top pre 020', 'mid pre 020', 'top post 020 disallowed',
        'top pre 100', 'mid pre 100', 'low pre 100', 'low post 100', 'mid post 100',
        'top post 100']);
      expect([fast.count('FastIoRead'), m.fs.lengths]).toEqual([0, [40]]);
      expect(datas.size).toBeGreaterThan(0);
    });

  test('OP-4: what the file system cannot do fast comes as an IRP in the same way', () => {
    const seen: string[] = [];
    watch([READ], (data) => void seen.push(kinds(data).join('')), WITH_CALLBACK, (data) => {
      seen.push(statusName(data.IoStatus.Status as never));
    });
    cached();
    fast.possible = false;
    read();
    expect(seen).toEqual(['020', 'STATUS_FLT_DISALLOW_FAST_IO', '100', 'STATUS_SUCCESS']);
  });

  test('OP-5: MDL operations fail while the file is not cached; the issuer decides', () => {
    const seen: number[] = [];
    watch([0xf1, 0xf0, 0xef, 0xee], (data) => void seen.push(data.Iopb.MajorFunction));
    cached();
    const obtain = (): boolean => FsRtlMdlRead(file, 0, 8, 0, DATA, IOSB);
    FILE_OBJECT.bound.set_PrivateCacheMap(file, 0);
    expect([obtain(), FsRtlPrepareMdlWrite(file, 0, 8, 0, DATA, IOSB)]).toEqual([false, false]);
    expect(seen).toEqual([]);
    FILE_OBJECT.bound.set_PrivateCacheMap(file, 1);
    expect(obtain()).toBe(true);
    expect(FsRtlMdlReadComplete(file, 0x1234 as never)).toBe(true);
    expect(FsRtlPrepareMdlWrite(file, 2 ** 33, 8, 7, DATA, IOSB)).toBe(true);
    expect(FsRtlMdlWriteComplete(file, 16, 0x1234 as never)).toBe(true);
    expect(seen).toEqual([0xf1, 0xf0, 0xef, 0xee]);
    fast.possible = false;
    expect(obtain()).toBe(false);
  });

  test('OP-5: a filter may disallow an MDL operation; nothing is sent as an IRP', () => {
    watch([0xf1], () => undefined, DISALLOW_FASTIO);
    cached();
    const before = m.fs.seen.length;
    expect(FsRtlMdlRead(file, 0, 8, 0, DATA, IOSB)).toBe(false);
    expect([fast.count('MdlRead'), m.fs.seen.length - before]).toEqual([0, 0]);
  });
});

describe('only IRPs (OP-2)', () => {
  /** What the bug check is when a fast read is answered so. */
  function answered(pre: number, post?: number): number[] {
    m.add({ name: 'a', altitude: '100', operations: [
      { major: READ, pre: () => pre, post: () => post ?? FINISHED }] });
    cached();
    return bugCheckOf(() => read());
  }

  test('OP-2: pended in a pre-op: violation 3', () => {
    expect(answered(PENDING)).toEqual([0xc4, 0xf503]);
    m = new ProbeMachine();
  });

  test('OP-2: pended in a post-op: violation 19', () => {
    expect(answered(WITH_CALLBACK, MORE_PROCESSING)).toEqual([0xc4, 0xf513]);
    m = new ProbeMachine();
  });

  test('OP-2, F-57: synchronised: taken for WITH_CALLBACK', () => {
    const seen: string[] = [];
    watch([READ, SECTION], () => void seen.push('pre'), SYNCHRONIZE, () => void seen.push('post'));
    cached();
    read();
    FsRtlAcquireToCreateMappedSection(file, 4);
    expect(seen).toEqual(['pre', 'post', 'pre', 'post']);
  });

  test('OP-2: cancelled, reissued, posted, queued: refused or a bug check', () => {
    const seen: unknown[] = [];
    const queue = ExAllocatePoolWithTag(NonPagedPool, 64, TAG) as PFLT_CALLBACK_DATA_QUEUE;
    const canceled = PFLT_COMPLETE_CANCELED_CALLBACK('KindsCanceled', () => undefined);
    const work = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('KindsWork', () => undefined);
    m.add({ name: 'a', altitude: '100',
      setup: (objects) => FltCbdqInitialize(objects.Instance as PFLT_INSTANCE, queue,
        PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('KIn', () => 0),
        PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('KOut', () => undefined),
        PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('KNext', () => 0),
        PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('KLock', () => undefined),
        PFLT_CALLBACK_DATA_QUEUE_RELEASE('KUnlock', () => undefined),
        PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('KCancel', () => undefined)),
      operations: [{
        major: READ,
        pre: (data) => {
          const at = data.address;
          seen.push(statusName(FltSetCancelCompletion(at, canceled)));
          seen.push(bugCheckOf(() => FltCbdqInsertIo(queue, at, NULL, 0)));
          seen.push(bugCheckOf(() => flt.FltIsIoCanceled(at)));
          const item = FltAllocateDeferredIoWorkItem();
          seen.push(statusName(FltQueueDeferredIoWorkItem(item, at, work, DelayedWorkQueue, 0)));
          FltFreeDeferredIoWorkItem(item);
          return WITH_CALLBACK;
        },
        post: (data, objects) => {
          seen.push(bugCheckOf(() =>
            FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address)));
          return FINISHED;
        },
      }] });
    cached();
    read();
    const broken = [0xc4, 0xf500];
    expect(seen).toEqual(['STATUS_INVALID_PARAMETER', broken, broken, 'STATUS_FLT_NOT_SAFE_TO_POST_OPERATION', broken]);
    ExFreePoolWithTag(queue, TAG);
  });

  test('OP-2, IO-2, S4.14: a filter can initiate IRPs only: pseudo majors are refused', () => {
    let codes: number[][] = [];
    watch([READ], (_data, objects) => {
      codes = [0xf1, 0xff, 0xf3].map((major) => {
        const frame = pushFrame();
        const word = stackAlloc(4);
        FltAllocateCallbackData(objects.Instance as PFLT_INSTANCE, objects.FileObject as never,
          word);
        const data = i32[word >> 2]! as PFLT_CALLBACK_DATA;
        popFrame(frame);
        FLT_CALLBACK_DATA.at(data).Iopb.MajorFunction = major;
        const code = bugCheckOf(() => FltPerformSynchronousIo(data));
        FltFreeCallbackData(data);
        return code;
      });
    });
    cached();
    read();
    expect(codes.map(([code]) => code)).toEqual([0xc4, 0xc4, 0xc4]);
  });
});

describe('fast entries and their parameters (2.1, 2.5)', () => {
  const at = FLT_IO_PARAMETER_BLOCK.bound;
  type PIOPB = Parameters<typeof at.MajorFunction>[0];

  test('2.1: each entry has its major and minor, its parameters, and what was changed goes down',
    () => {
      const seen: string[] = [];
      watch([READ, WRITE, QUERY, LOCK, CONTROL, 0xf3, 0xf1, 0xf0, 0xef, 0xee], (data) => {
        const iopb = data.Iopb.address as PIOPB;
        seen.push(`${at.MajorFunction(iopb).toString(16)}.${at.MinorFunction(iopb)}`);
      });
      cached();
      read();
      NtWriteFile(handle, 0, IOSB, DATA, 9, 0);
      for (const cls of [FileBasicInformation, FileStandardInformation,
        FileNetworkOpenInformation]) NtQueryInformationFile(handle, IOSB, DATA, 56, cls);
      NtLockFile(handle, 0, IOSB, 0, 10, 3, true, true);
      NtUnlockFile(handle, IOSB, 0, 10, 3);
      NtDeviceIoControlFile(handle, 0, IOSB, CODE, DATA, 4, DATA, 8);
      expect(seen).toEqual(['3.0', '4.0', '5.0', '5.0', '5.0', '11.1', '11.2', 'e.0']);
      expect(fast.calls.map(({ member }) => member)).toEqual(['FastIoRead', 'FastIoWrite',
        'FastIoQueryBasicInfo', 'FastIoQueryStandardInfo', 'FastIoQueryNetworkOpenInfo',
        'FastIoLock', 'FastIoUnlockSingle', 'FastIoDeviceControl']);
      expect(fast.last('FastIoDeviceControl').slice(1, 7)).toEqual([1, DATA, 4, DATA, 8, CODE]);
      expect(m.fs.seen.filter((major) => major !== 0)).toEqual([]);
    });

  test('OP-12: a fast lock says what it wants in its parameters, an IRP in its flags', () => {
    const seen: unknown[] = [];
    watch([LOCK], (data) => {
      const lock = data.Iopb.Parameters.LockControl;
      seen.push([kinds(data)[1], lock.FailImmediately, lock.ExclusiveLock, lock.ProcessId !== 0,
        data.Iopb.OperationFlags, i32[lock.Length >> 2], lock.ByteOffset, lock.Key]);
    });
    cached();
    NtLockFile(handle, 0, IOSB, 5, 10, 3, true, false);
    fast.possible = false;
    NtLockFile(handle, 0, IOSB, 5, 10, 3, true, true);
    // The IRP: the bits of OperationFlags are what counts, the fields are filled in from them.
    expect(seen).toEqual([[2, 1, 0, true, 0, 10, 5, 3], [2, 1, 1, true, 0, 10, 5, 3],
      [0, 1, 1, true, 3, 10, 5, 3]]);
  });

  test('OP-13: changed parameters of fast I/O reach the file system only with the dirty ' +
    'flag', () => {
    let dirty = false;
    watch([READ, QUERY, 0xf1], (data) => {
      const p = data.Iopb.Parameters;
      if (data.Iopb.MajorFunction === QUERY) p.QueryFileInformation.InfoBuffer = DATA + 64;
      else if (data.Iopb.MajorFunction === READ) p.Read.Length = 11;
      else p.MdlRead.Key = 5;
      if (dirty) flt.FltSetCallbackDataDirty(data.address);
    });
    cached();
    for (const [length, buffer, key] of [[40, DATA, 0], [11, DATA + 64, 5]] as const) {
      read();
      NtQueryInformationFile(handle, IOSB, DATA, 40, FileBasicInformation);
      FsRtlMdlRead(file, 0, 8, 0, DATA, IOSB);
      expect([fast.last('FastIoRead')[2], fast.last('FastIoQueryBasicInfo')[2],
        fast.last('MdlRead')[3]]).toEqual([length, buffer, key]);
      dirty = true;
    }
  });

  test('OP-3: completed in a pre-op, a fast request is done with that result', () => {
    watch([READ], (data) => (data.IoStatus.Status = STATUS_ACCESS_DENIED), COMPLETE);
    cached();
    read();
    expect(outcome()).toBe('STATUS_ACCESS_DENIED');
    expect([fast.count('FastIoRead'), m.fs.seen.includes(READ)]).toEqual([0, false]);
  });
});

describe('FSFilter operations (OP-6 to OP-8)', () => {
  test('OP-6: no buffers; the parameters of section synchronisation', () => {
    const seen: unknown[] = [];
    watch([SECTION, 0xfe], (data) => {
      const p = data.Iopb.Parameters.AcquireForSectionSynchronization;
      seen.push(data.Iopb.MajorFunction === SECTION
        ? [p.SyncType, p.PageProtection, i32[p.OutputInformation >> 2]] : 'release');
      const frame = pushFrame();
      popFrame(frame);
    });
    cached();
    FsRtlAcquireToCreateMappedSection(file, 0x40, SyncTypeCreateSection);
    FsRtlReleaseFile(file);
    FsRtlAcquireToCreateMappedSection(file, 0x40, SyncTypeOther);
    FsRtlReleaseFile(file);
    // StructureSize of FS_FILTER_SECTION_SYNC_OUTPUT; no protection for SyncTypeOther.
    expect(seen).toEqual([[1, 0x40, 16], 'release', [0, 0, 16], 'release']);
    expect(fast.last('AcquireFileForNtCreateSection').slice(1, 3)).toEqual([0, 0]);
  });

  test('OP-6: a section to be made may be refused, SyncTypeOther may not', () => {
    watch([SECTION], (data) => (data.IoStatus.Status = STATUS_INSUFFICIENT_RESOURCES), COMPLETE);
    cached();
    expect(FsRtlAcquireToCreateMappedSection(file, 4, SyncTypeCreateSection))
      .toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(fast.count('AcquireFileForNtCreateSection')).toBe(0);
    expect(bugCheckOf(() => FsRtlAcquireToCreateMappedSection(file, 4, SyncTypeOther)))
      .toEqual([0xc4, 0xf500]);
    m = new ProbeMachine();
  });

  test('OP-7: RELEASE_FOR_MOD_WRITE comes at APC_LEVEL, pre-op and post-op', () => {
    const seen: number[] = [];
    const level = (): void => void seen.push(KeGetCurrentIrql());
    watch([0xfc], level, WITH_CALLBACK, level);
    cached();
    FsRtlReleaseFileForModWrite(file, 0x1000);
    expect(seen).toEqual([1, 1]);
    expect(KeGetCurrentIrql()).toBe(0);
  });

  test('OP-8: ResourceToRelease: what to acquire in the pre-op, what was acquired in the post-op',
    () => {
      const seen: unknown[] = [];
      const see: See = (data) => {
        const p = data.Iopb.Parameters.AcquireForModifiedPageWriter;
        seen.push([i32[p.EndingOffset >> 2], i32[p.ResourceToRelease >> 2]]);
      };
      watch([0xfd], see, WITH_CALLBACK, see);
      watch([0xfc], (data) => void seen.push(
        data.Iopb.Parameters.ReleaseForModifiedPageWriter.ResourceToRelease));
      cached();
      fast.during = (member, args) => {
        if (member === 'AcquireForModWrite') i32[args[2]! >> 2] = 0x5000;
      };
      const frame = pushFrame();
      const words = stackAlloc(16);
      i32[words >> 2] = 4096;
      i32[(words + 8) >> 2] = 0x4000;
      FsRtlAcquireFileForModWrite(file, words, words + 8);
      FsRtlReleaseFileForModWrite(file, i32[(words + 8) >> 2]!);
      popFrame(frame);
      expect(seen).toEqual([[4096, 0x4000], [4096, 0x5000], 0x5000]);
      expect(fast.last('ReleaseForModWrite')[1]).toBe(0x5000);
    });

  test('2.1: a flush of the cache acquires and releases', () => {
    const seen: number[] = [];
    watch([0xfb, 0xfa], (data) => void seen.push(data.Iopb.MajorFunction));
    cached();
    expect(FsRtlAcquireFileForCcFlush(file)).toBe(STATUS_SUCCESS);
    FsRtlReleaseFileForCcFlush(file);
    expect(seen).toEqual([0xfb, 0xfa]);
  });
});

describe('queries by name (OP-9, OP-10)', () => {
  const byName = (cls = FileStatInformation): string => {
    const status = queryInformationByName({ path: 'P:\\dir\\f' }, IOSB, DATA, 72, cls);
    return statusName(status);
  };
  const full = (): string => statusName(queryFullAttributes({ path: 'P:\\dir\\f' }, DATA));

  test('OP-9: QUERY_OPEN is answered without opening; Length is where Length points', () => {
    const seen: unknown[] = [];
    const see: See = (data) => {
      const p = data.Iopb.Parameters.QueryOpen;
      seen.push([kinds(data)[2], p.FileInformationClass, i32[p.Length >> 2], p.Irp !== 0,
        data.IoStatus.Information]);
    };
    watch([0xf9], see, WITH_CALLBACK, see);
    fast.during = (_member, args) => void (i32[args[2]! >> 2] = 40);
    expect(byName()).toBe('STATUS_SUCCESS');
    expect(seen).toEqual([[4, 68, 72, true, 0], [4, 68, 40, true, 0]]);
    expect(i32[(IOSB + 4) >> 2]).toBe(40);
    expect(m.fs.seen).toEqual([]);
    expect(byName(4)).toBe(statusName(STATUS_INVALID_INFO_CLASS));
  });

  test('OP-9, F-59: refused in the pre-op, or in the post-op: open, query, close', () => {
    for (const refusal of [{ pre: DISALLOW_FSFILTER }, { pre: WITH_CALLBACK, post: 2 }]) {
      const made = m.add({ name: 'r', altitude: '100', operations: [
        { major: 0xf9, pre: () => refusal.pre, post: () => refusal.post ?? FINISHED }] });
      m.fs.seen.length = 0;
      expect(byName()).toBe('STATUS_SUCCESS');
      expect(m.fs.seen).toEqual([0, 5, 0x12, 2]);
      m.remove(made);
    }
    expect(fast.count('PreQueryOpen')).toBe(1);
  });

  test('OP-9, F-70: ' +
    'DISALLOW_FSFILTER_IO for anything else is a bug check, pre-op and post-op', () => {
    cached();
    const wrong = (major: number, pre: number, post: number): number[] => {
      m.add({ name: `x${major}${pre}`, altitude: `${300 + major + pre}`, operations: [
        { major, pre: () => pre, post: () => post }] });
      const code = bugCheckOf(() => FsRtlAcquireToCreateMappedSection(file, 4));
      m = new ProbeMachine({ fast: fast.table });
      cached();
      return code;
    };
    expect(wrong(SECTION, DISALLOW_FSFILTER, 0)).toEqual([0xc4, 0xf50d]);
    expect(wrong(SECTION, WITH_CALLBACK, 2)).toEqual([0xc4, 0xf50d]);
  });

  test('OP-10: NETWORK_QUERY_OPEN has a file object on the stack and no create is sent', () => {
    const seen: unknown[] = [];
    watch([0xf2], (data, objects) => {
      seen.push([kinds(data)[1], isOnStack(objects.FileObject),
        data.Iopb.Parameters.NetworkQueryOpen.NetworkInformation, m.fs.seen.length]);
    });
    expect(full()).toBe('STATUS_SUCCESS');
    expect(seen).toEqual([[2, true, DATA, 0]]);
    expect(m.fs.seen).toEqual([]);
  });

  test('OP-10: refused in the pre-op it is opened; a reference to its file object is ' +
    'caught', () => {
    let code: number[] = [];
    watch([0xf2], (_data, objects) => {
      code = bugCheckOf(() => ObReferenceObject(objects.FileObject));
    }, DISALLOW_FASTIO);
    expect(full()).toBe('STATUS_SUCCESS');
    // The query itself is fast I/O on the opened file.
    expect([m.fs.seen, fast.count('FastIoQueryNetworkOpenInfo')]).toEqual([[0, 0x12, 2], 1]);
    expect(code[0]).toBe(0x18);
    expect(fast.count('FastIoQueryOpen')).toBe(0);
  });

  test('OP-10: a file system that will not answer: the same', () => {
    fast.possible = false;
    expect(full()).toBe('STATUS_SUCCESS');
    expect(m.fs.seen).toEqual([0, 5, 0x12, 2]);
  });
});

describe('cleanup and close (OP-11)', () => {
  test('OP-11: may be pended, passed on, completed with success', () => {
    const seen: number[] = [];
    m.add({ name: 'a', altitude: '100', operations: [
      { major: 0x12, pre: (data) => (seen.push(data.Iopb.MajorFunction), COMPLETE) },
      { major: 2, pre: (data) => (seen.push(data.Iopb.MajorFunction), NO_CALLBACK) }] });
    const opened = open('P:\\f');
    m.fs.seen.length = 0;
    expect(NtClose(opened.handle)).toBe(STATUS_SUCCESS);
    expect([seen, m.fs.seen]).toEqual([[0x12, 2], [2]]);
  });

  test.each([0x12, 2])('OP-11: completed with a failure, %i is violation 15', (major) => {
    m.filter('a', '100', (data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return COMPLETE;
    }, undefined, major);
    const opened = open('P:\\f');
    expect(bugCheckOf(() => NtClose(opened.handle))).toEqual([0xc4, 0xf50f]);
    m = new ProbeMachine();
  });
});
