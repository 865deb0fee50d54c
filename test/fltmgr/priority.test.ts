// I/O priority hints: where they are kept, which one an operation has, who sees a hint that a
// filter sets, and the priorities that travel from one thread to another.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as p from '#src/fltmgr/priority.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { FLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { isTargeted } from '#src/ntos/io/object/file-extension.ts';
import { FileIoPriorityHintInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtQueryInformationFile, NtSetInformationFile }
  from '#src/ntos/io/service/nt-information.ts';
import { IO_PRIORITY_INFO, IoGetIoPriorityHint, IoInitializePriorityInfo, IoSetIoPriorityHint }
  from '#src/ntos/io/service/priority.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { statusName } from '#src/ntos/status.ts';
import { STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_1, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { BUFFER, FINISHED, NO_CALLBACK, ProbeMachine, READ, WITH_CALLBACK }
  from './probe-machine.ts';
import { bugCheckAt } from '../ntos/ex/support.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const [VERY_LOW, LOW, NORMAL, HIGH, CRITICAL] = [0, 1, 2, 3, 4] as const;
const NO_DATA = 0 as PFLT_CALLBACK_DATA;
const NO_FILE = 0 as PFILE_OBJECT;
const NO_THREAD = 0 as typeof currentThread;
let m: ProbeMachine;
let frame = 0;
beforeEach(() => {
  m = new ProbeMachine();
  frame = pushFrame();
});
afterEach(() => {
  setAllocationGate(null);
  popFrame(frame);
  m.end();
});

/** The hint of each read as a filter sees it, after what is done first. */
function seen(before: (data: PFLT_CALLBACK_DATA, file: PFILE_OBJECT) => void = () => undefined): number[] {
  const hints: number[] = [];
  m.filter('seer', '100', (data) => {
    before(data.address, data.Iopb.TargetFileObject as PFILE_OBJECT);
    hints.push(p.FltGetIoPriorityHint(data.address),
      p.FltGetIoPriorityHintFromCallbackData(data.address));
    return NO_CALLBACK;
  });
  m.read();
  return hints;
}

function infoOf(data: PFLT_CALLBACK_DATA, file: PFILE_OBJECT, thread: typeof currentThread): number[] {
  const info = IO_PRIORITY_INFO.at(stackAlloc(IO_PRIORITY_INFO.size));
  IoInitializePriorityInfo(info.address);
  expect(p.FltRetrieveIoPriorityInfo(data, file, thread, info.address)).toBe(STATUS_SUCCESS);
  return [info.ThreadPriority, info.PagePriority, info.IoPriority];
}

describe('the hint of an operation', () => {
  test('is normal where nobody set one', () => {
    expect(seen()).toEqual([NORMAL, NORMAL]);
  });

  test('is its thread\'s, its file object\'s, its own: the last that is there', () => {
    p.FltSetIoPriorityHintIntoThread(currentThread, LOW);
    expect(seen()).toEqual([LOW, NORMAL]);
    m.remove(m.filters[0]!);
    expect(seen((_data, file) => p.FltSetIoPriorityHintIntoFileObject(file, HIGH)))
      .toEqual([HIGH, NORMAL]);
    m.remove(m.filters[0]!);
    expect(seen((data) => p.FltSetIoPriorityHintIntoCallbackData(data, VERY_LOW)))
      .toEqual([VERY_LOW, VERY_LOW]);
  });

  test('set by a filter, the filters below see it, and whoever is above on the way up, too', () => {
    const hints: number[] = [];
    const note = (data: { address: PFLT_CALLBACK_DATA }): void => {
      hints.push(p.FltGetIoPriorityHintFromCallbackData(data.address));
    };
    for (const [name, altitude] of [['top', '300'], ['mid', '200'], ['low', '100']] as const) {
      m.filter(name, altitude, (data) => {
        note(data);
        if (name === 'mid') p.FltSetIoPriorityHintIntoCallbackData(data.address, CRITICAL);
        return WITH_CALLBACK;
      }, (data) => {
        note(data);
        return FINISHED;
      });
    }
    m.read();
    expect(hints).toEqual([NORMAL, NORMAL, CRITICAL, CRITICAL, CRITICAL, CRITICAL]);
  });

  test('outlives parameters that a filter changes', () => {
    const hints: number[] = [];
    m.filter('top', '300', (data) => {
      p.FltSetIoPriorityHintIntoCallbackData(data.address, LOW);
      data.Iopb.Parameters.Read.Length = 50;
      FltSetCallbackDataDirty(data.address);
      return NO_CALLBACK;
    });
    m.filter('low', '100', (data) => {
      hints.push(p.FltGetIoPriorityHint(data.address), data.Iopb.Parameters.Read.Length);
      return NO_CALLBACK;
    });
    m.read();
    expect(hints).toEqual([LOW, 50]);
  });

  test('of own data travels with it', () => {
    const hints: number[] = [];
    let instance = 0 as PFLT_INSTANCE;
    m.filter('mid', '200', (_data, objects) => {
      instance = objects.Instance as PFLT_INSTANCE;
      return 1;
    });
    m.read();
    m.filter('low', '100', (data) => {
      hints.push(p.FltGetIoPriorityHint(data.address));
      return 1;
    });
    const file = fileByHandle(m.handles[0]!, 0) as PFILE_OBJECT;
    const out = stackAlloc(4);
    expect(FltAllocateCallbackData(instance, file, out)).toBe(STATUS_SUCCESS);
    const data = FLT_CALLBACK_DATA.at(i32[out >> 2]!);
    data.Iopb.MajorFunction = READ;
    data.Iopb.Parameters.Read.Length = 16;
    data.Iopb.Parameters.Read.ReadBuffer = BUFFER;
    expect(p.FltSetIoPriorityHintIntoCallbackData(data.address, HIGH)).toBe(STATUS_SUCCESS);
    expect(p.FltGetIoPriorityHintFromCallbackData(data.address)).toBe(HIGH);
    FltPerformSynchronousIo(data.address);
    FltFreeCallbackData(data.address);
    releaseFile(file);
    expect(hints).toEqual([HIGH]);
  });
});

describe('hints are kept', () => {
  test.each([-1, 5, 100])('%i is no hint', (hint) => {
    m.open();
    const file = fileByHandle(m.handles[0]!, 0) as PFILE_OBJECT;
    expect(p.FltSetIoPriorityHintIntoFileObject(file, hint)).toBe(STATUS_INVALID_PARAMETER);
    releaseFile(file);
    expect(p.FltSetIoPriorityHintIntoThread(currentThread, hint)).toBe(STATUS_INVALID_PARAMETER);
    seen((data) => expect(p.FltSetIoPriorityHintIntoCallbackData(data, hint))
      .toBe(STATUS_INVALID_PARAMETER));
  });

  test('on a file object, whose requests go where they went before', () => {
    m.open();
    const file = fileByHandle(m.handles[0]!, 0) as PFILE_OBJECT;
    expect(p.FltGetIoPriorityHintFromFileObject(file)).toBe(NORMAL);
    setAllocationGate(() => false);
    expect(statusName(p.FltSetIoPriorityHintIntoFileObject(file, LOW)))
      .toBe('STATUS_INSUFFICIENT_RESOURCES');
    setAllocationGate(null);
    expect(p.FltSetIoPriorityHintIntoFileObject(file, LOW)).toBe(STATUS_SUCCESS);
    expect(p.FltSetIoPriorityHintIntoFileObject(file, VERY_LOW)).toBe(STATUS_SUCCESS);
    expect(p.FltGetIoPriorityHintFromFileObject(file)).toBe(VERY_LOW);
    expect(isTargeted(file)).toBe(false);
    releaseFile(file);
  });

  test('an application asks and sets with FileIoPriorityHintInformation; no filter sees it', () => {
    m.filter('none', '100', () => expect.fail('the I/O manager asked'), undefined, 6);
    const handle = m.open();
    const call = (routine: typeof NtSetInformationFile, length = 4): string =>
      statusName(routine(handle, BUFFER + 64, BUFFER, length, FileIoPriorityHintInformation));
    i32[BUFFER >> 2] = HIGH;
    expect(call(NtSetInformationFile)).toBe('STATUS_SUCCESS');
    i32[BUFFER >> 2] = 0;
    expect(call(NtQueryInformationFile)).toBe('STATUS_SUCCESS');
    expect([i32[BUFFER >> 2], i32[(BUFFER + 68) >> 2]]).toEqual([HIGH, 4]);
    i32[BUFFER >> 2] = 9;
    expect(call(NtSetInformationFile)).toBe('STATUS_INVALID_PARAMETER');
    expect(call(NtQueryInformationFile, 2)).toBe('STATUS_INFO_LENGTH_MISMATCH');
  });

  test('in an IRP: IoGetIoPriorityHint and IoSetIoPriorityHint', () => {
    m.filter('none', '100');
    m.keep(READ);
    m.read();
    const irp = m.fs.kept[0]!;
    expect(IoGetIoPriorityHint(irp)).toBe(NORMAL);
    expect(IoSetIoPriorityHint(irp, CRITICAL)).toBe(STATUS_SUCCESS);
    expect(IoSetIoPriorityHint(irp, 5)).toBe(STATUS_INVALID_PARAMETER);
    expect(IoGetIoPriorityHint(irp)).toBe(CRITICAL);
    m.fs.complete();
  });
});

describe('priorities of threads', () => {
  const THREAD_DEFAULT = [8, 5];

  test('FltRetrieveIoPriorityInfo: operation, file object, thread, normal', () => {
    m.open();
    const file = fileByHandle(m.handles[0]!, 0) as PFILE_OBJECT;
    expect(infoOf(NO_DATA, NO_FILE, NO_THREAD)).toEqual([0xffff, 0, NORMAL]);
    expect(infoOf(NO_DATA, file, currentThread)).toEqual([...THREAD_DEFAULT, NORMAL]);
    p.FltSetIoPriorityHintIntoThread(currentThread, LOW);
    expect(infoOf(NO_DATA, file, currentThread)).toEqual([...THREAD_DEFAULT, LOW]);
    p.FltSetIoPriorityHintIntoFileObject(file, HIGH);
    expect(infoOf(NO_DATA, file, currentThread)).toEqual([...THREAD_DEFAULT, HIGH]);
    const inside: number[][] = [];
    seen((data) => {
      inside.push(infoOf(data, file, NO_THREAD));
      p.FltSetIoPriorityHintIntoCallbackData(data, CRITICAL);
      inside.push(infoOf(data, file, NO_THREAD));
    });
    expect(inside).toEqual([[0xffff, 0, HIGH], [0xffff, 0, CRITICAL]]);
    releaseFile(file);
  });

  test('FltApplyPriorityInfoThread gives and gives back, in one structure or two', () => {
    const at = IO_PRIORITY_INFO.at(stackAlloc(IO_PRIORITY_INFO.size));
    const old = stackAlloc(IO_PRIORITY_INFO.size) as typeof at.address;
    IoInitializePriorityInfo(at.address);
    Object.assign(at, { ThreadPriority: 12, PagePriority: 2, IoPriority: VERY_LOW });
    expect(p.FltApplyPriorityInfoThread(at.address, old, currentThread)).toBe(STATUS_SUCCESS);
    expect(infoOf(NO_DATA, NO_FILE, currentThread)).toEqual([12, 2, VERY_LOW]);
    expect(p.FltApplyPriorityInfoThread(old, old, currentThread)).toBe(STATUS_SUCCESS);
    expect(infoOf(NO_DATA, NO_FILE, currentThread)).toEqual([...THREAD_DEFAULT, NORMAL]);
    expect(IO_PRIORITY_INFO.at(old).ThreadPriority).toBe(12);
    IoInitializePriorityInfo(at.address);
    expect(p.FltApplyPriorityInfoThread(at.address, 0 as typeof old, currentThread))
      .toBe(STATUS_SUCCESS);
    expect(infoOf(NO_DATA, NO_FILE, currentThread)).toEqual([...THREAD_DEFAULT, NORMAL]);
  });

  test.each([{ ThreadPriority: 0 }, { ThreadPriority: 32 }, { PagePriority: 6 }, { IoPriority: 5 },
    { Size: 0 }])('%o is refused', (wrong) => {
    const at = IO_PRIORITY_INFO.at(stackAlloc(IO_PRIORITY_INFO.size));
    IoInitializePriorityInfo(at.address);
    Object.assign(at, wrong);
    expect(p.FltApplyPriorityInfoThread(at.address, at.address, currentThread))
      .toBe(STATUS_INVALID_PARAMETER_1);
  });

  test('IRQL-4: hints are for DISPATCH_LEVEL and below', () => {
    expect(bugCheckAt(3, () => p.FltGetIoPriorityHintFromThread(currentThread)))
      .toEqual([0xc4, 0xf516]);
  });
});
