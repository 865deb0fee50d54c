// I/O that filters initiate: who sees it, what the answers mean, that the callback always comes,
// what is counted, and what misuse is called (section 6.1, 6.2).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { later } from '#test/support/later.ts';
import { load } from '#src/atomics-sync/atomics.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import { FLT_FILTER, FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { FltAllocateCallbackData, FltAllocateCallbackDataEx, FltFreeCallbackData,
  FltPerformAsynchronousIo, FltPerformSynchronousIo, FltReuseCallbackData }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE }
  from '#src/image/role.ts';
import { FILE_OBJECT } from '#src/ntos/io/types.ts';
import { isPaged } from '#src/mem/memory-map.ts';
import * as published from '#src/fltKernel.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { STATUS_ACCESS_DENIED, STATUS_END_OF_FILE, STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST,
  STATUS_FLT_IO_COMPLETE, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_PENDING,
  STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, READ, WITH_CALLBACK }
  from './probe-machine.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

let m: ProbeMachine;
let instance: PFLT_INSTANCE;
let file: PFILE_OBJECT;

/** Attaches the initiating filter at 200 and gets its instance and an open file. */
function initiator(): void {
  m.filter('mid', '200', (data, objects) => {
    if (instance === 0) {
      instance = objects.Instance as PFLT_INSTANCE;
      file = data.Iopb.TargetFileObject as PFILE_OBJECT;
    } else {
      m.log.push('mid');
    }
    return NO_CALLBACK;
  });
  m.read();
  m.log.length = 0;
  m.fs.seen.length = 0;
  m.fs.lengths.length = 0;
}

beforeEach(() => {
  m = new ProbeMachine();
  instance = 0 as PFLT_INSTANCE;
});
afterEach(() => {
  setAllocationGate(null);
  m.end();
});

function allocate(flags = 0): PFLT_CALLBACK_DATA {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = FltAllocateCallbackDataEx(instance, file, flags, out);
  const data = i32[out >> 2]! as PFLT_CALLBACK_DATA;
  popFrame(frame);
  expect(status).toBe(STATUS_SUCCESS);
  return data;
}

/** Callback data for a read of `length` bytes at offset 0. */
function reading(length = 10, flags = 0): FltCallbackData {
  const data = FLT_CALLBACK_DATA.at(allocate(flags));
  describeRead(data, length);
  return data;
}

function describeRead(data: FltCallbackData, length: number): void {
  data.Iopb.MajorFunction = READ;
  data.Iopb.Parameters.Read.Length = length;
  data.Iopb.Parameters.Read.ReadBuffer = BUFFER;
}

let callbacks = 0;
function callback(routine: (data: FltCallbackData, context: number) => void):
  ReturnType<typeof PFLT_COMPLETED_ASYNC_IO_CALLBACK> {
  return PFLT_COMPLETED_ASYNC_IO_CALLBACK(`Done${callbacks++}`, routine);
}
const freeing = (): ReturnType<typeof callback> => callback((data, context) => {
  m.log.push(`done ${context} ${data.IoStatus.Information}`);
  FltFreeCallbackData(data.address);
});

describe('who sees it', () => {
  test('IO-1, IO-3, S4.10, S4.12, S4.13: ' +
    'only those below, as generated I/O from kernel mode', () => {
    m.filter('top', '300', () => (m.log.push('top'), NO_CALLBACK));
    m.filter('low', '100', (data) => {
      m.log.push(`low ${(data.Flags & 0x10000) !== 0} ${data.RequestorMode}`);
      return WITH_CALLBACK;
    }, () => (m.log.push('post low'), FINISHED));
    initiator();
    const data = reading(10);
    m.fs.information = 10;
    FltPerformSynchronousIo(data.address);
    expect(m.log).toEqual(['low true 0', 'post low']);
    expect(data.IoStatus.Status).toBe(STATUS_SUCCESS);
    expect(data.IoStatus.Information).toBe(10);
    expect(m.fs.seen).toEqual([READ]);
    FltFreeCallbackData(data.address);
  });

  test('an instance attached above while the file is open does not change who is below', () => {
    initiator();
    m.filter('late top', '300', () => (m.log.push('late top'), NO_CALLBACK));
    m.filter('late low', '50', () => (m.log.push('late low'), NO_CALLBACK));
    const data = reading();
    FltPerformSynchronousIo(data.address);
    expect(m.log).toEqual(['late low']);
    FltFreeCallbackData(data.address);
  });
});

describe('FltPerformSynchronousIo', () => {
  test('gives the failure of a lower filter in IoStatus', () => {
    initiator();
    m.filter('low', '100', (data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return COMPLETE;
    });
    const data = reading();
    FltPerformSynchronousIo(data.address);
    expect(data.IoStatus.Status).toBe(STATUS_ACCESS_DENIED);
    expect(m.fs.seen).toEqual([]);
    FltFreeCallbackData(data.address);
  });

  test('6.2, S4.7, S4.8: ' +
    'without memory: INSUFFICIENT_RESOURCES, unless all was allocated before', () => {
    initiator();
    const data = reading();
    const prepared = reading(10, 1);
    setAllocationGate(() => false);
    FltPerformSynchronousIo(data.address);
    FltPerformSynchronousIo(prepared.address);
    FltReuseCallbackData(prepared.address);
    describeRead(prepared, 20);
    FltPerformSynchronousIo(prepared.address);
    setAllocationGate(null);
    expect(data.IoStatus.Status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(prepared.IoStatus.Status).toBe(STATUS_SUCCESS);
    expect(m.fs.lengths).toEqual([10, 20]);
    FltFreeCallbackData(data.address);
    FltFreeCallbackData(prepared.address);
  });

  test('IO-10: the data may be reissued afterwards: below only, marked as such', () => {
    const flags: number[] = [];
    m.filter('low', '100', (data) => (flags.push(data.Flags & 0x30000), NO_CALLBACK));
    initiator();
    flags.length = 0;
    const data = reading(10);
    m.fs.status = STATUS_ACCESS_DENIED;
    FltPerformSynchronousIo(data.address);
    expect(data.IoStatus.Status).toBe(STATUS_ACCESS_DENIED);
    m.fs.status = STATUS_SUCCESS;
    m.fs.information = 10;
    FltReissueSynchronousIo(instance, data.address);
    expect([data.IoStatus.Status, data.IoStatus.Information]).toEqual([STATUS_SUCCESS, 10]);
    // GENERATED_IO, and the second time REISSUED_IO as well.
    expect(flags[0]).toBe(0x10000);
    expect(flags[1]! & 0x20000).toBe(0x20000);
    expect(m.fs.lengths).toEqual([10, 10]);
    expect(m.log).toEqual([]);
    FltFreeCallbackData(data.address);
  });

  test('the target is kept while the request is under way, and let go after it', () => {
    initiator();
    const before = FILE_OBJECT.bound.Flags(file);
    const data = reading();
    FltPerformSynchronousIo(data.address);
    expect(FILE_OBJECT.bound.Flags(file)).toBe(before);
    FltFreeCallbackData(data.address);
  });
});

describe('FltPerformAsynchronousIo: the callback always comes (IO-8)', () => {
  test('IO-8, S4.11: ' +
    'STATUS_SUCCESS: the file system completed at once, the callback has run', () => {
    initiator();
    m.fs.information = 4;
    const status = FltPerformAsynchronousIo(reading().address, freeing(), 7);
    expect(status).toBe(STATUS_SUCCESS);
    expect(m.log).toEqual(['done 7 4']);
  });

  test('IO-8, IO-9: STATUS_PENDING: the callback comes at up to DISPATCH_LEVEL, after the ' +
    'posts', () => {
    initiator();
    m.filter('low', '100', () => WITH_CALLBACK, () => (m.log.push('post'), FINISHED));
    m.keep(READ);
    const levels = callback((data) => {
      m.log.push(`done ${KeGetCurrentIrql()} ${data.IoStatus.Status === STATUS_END_OF_FILE}`);
      FltFreeCallbackData(data.address);
    });
    expect(FltPerformAsynchronousIo(reading().address, levels, 0)).toBe(STATUS_PENDING);
    expect(m.log).toEqual([]);
    const count = FLT_INSTANCE.bound.at_Initiated(instance);
    expect(load(count)).toBe(1);
    atIrql(2, () => m.fs.complete(STATUS_END_OF_FILE));
    expect(m.log).toEqual(['post', 'done 2 true']);
    expect(load(count)).toBe(0);
  });

  test('IO-8: STATUS_FLT_IO_COMPLETE: a filter below completed it', () => {
    initiator();
    m.filter('low', '100', (data) => {
      data.IoStatus.Status = STATUS_SUCCESS;
      return COMPLETE;
    });
    expect(FltPerformAsynchronousIo(reading().address, freeing(), 1)).toBe(STATUS_FLT_IO_COMPLETE);
    expect(m.log).toEqual(['done 1 0']);
  });

  test('IO-8: creates are refused, and the callback is told', () => {
    initiator();
    const data = FLT_CALLBACK_DATA.at(allocate());
    const told = callback((d) => {
      m.log.push(`${d.IoStatus.Status === STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST}`);
      FltFreeCallbackData(d.address);
    });
    expect(FltPerformAsynchronousIo(data.address, told, 0))
      .toBe(STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST);
    expect(m.log).toEqual(['true']);
  });

  test('IO-8: without memory: the status says so, and the callback is told', () => {
    initiator();
    const data = reading();
    const told = callback((d) => {
      m.log.push(`${d.IoStatus.Status === STATUS_INSUFFICIENT_RESOURCES}`);
    });
    setAllocationGate(() => false);
    const status = FltPerformAsynchronousIo(data.address, told, 0);
    setAllocationGate(null);
    expect(status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(m.log).toEqual(['true']);
    FltFreeCallbackData(data.address);
  });

  test('S4.18, F-119: a callback may reuse the data and send the next request', () => {
    initiator();
    let rounds = 0;
    const next: ReturnType<typeof callback> = callback((data) => {
      if (++rounds === 4) {
        FltFreeCallbackData(data.address);
        return;
      }
      FltReuseCallbackData(data.address);
      describeRead(data, 10 + rounds);
      FltPerformAsynchronousIo(data.address, next, 0);
    });
    FltPerformAsynchronousIo(reading(10).address, next, 0);
    expect(m.fs.lengths).toEqual([10, 11, 12, 13]);
  });

  test('a lower filter that pends and completes in a worker', () => {
    initiator();
    m.filter('low', '100', (data) => {
      const item = FltAllocateDeferredIoWorkItem();
      FltQueueDeferredIoWorkItem(item, data.address, resume, 1, 0);
      return PENDING;
    });
    expect(FltPerformAsynchronousIo(reading().address, freeing(), 2)).toBe(STATUS_PENDING);
    m.work();
    expect(m.log).toEqual(['done 2 0']);
  });
});

const resume = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('Resume', (item, data) => {
  FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
  FltFreeDeferredIoWorkItem(item as never);
});

describe('callback data', () => {
  test('IO-3, IO-7: fresh data is zero but for targets, and carries IRP and GENERATED_IO', () => {
    initiator();
    const data = FLT_CALLBACK_DATA.at(allocate());
    expect(data.Iopb.TargetFileObject).toBe(file);
    expect(data.Iopb.TargetInstance).toBe(instance);
    expect(data.Iopb.MajorFunction).toBe(0);
    expect(data.Flags).toBe(0x10001);
    FltFreeCallbackData(data.address);
  });

  test('OP-17, S4.1, S4.2, S4.3, S4.4, S4.9: ' +
    'nonpaged, for an instance, with a file object or without, and sent when filled in', () => {
    initiator();
    const out = stackAlloc(4);
    const give = (target: PFILE_OBJECT): FltCallbackData => {
      expect(FltAllocateCallbackData(instance, target, out)).toBe(STATUS_SUCCESS);
      return FLT_CALLBACK_DATA.at(i32[out >> 2]! as PFLT_CALLBACK_DATA);
    };
    const without = give(0 as PFILE_OBJECT);
    expect([isPaged(without.address), without.Iopb.TargetFileObject]).toEqual([false, 0]);
    FltFreeCallbackData(without.address);
    const data = give(file);
    expect(data.Iopb.TargetFileObject).toBe(file);
    describeRead(data, 30);
    FltPerformSynchronousIo(data.address);
    expect(m.fs.lengths).toEqual([30]);
    FltFreeCallbackData(data.address);
    const nobody = 0 as PFLT_INSTANCE;
    expect(bugCheckOf(() => FltAllocateCallbackData(nobody, file, out))).toEqual([0xc4, 0xf500]);
  });

  test('IO-4, S4.15, DIS-30: eight operations have a routine; sending them is no violation', () => {
    const routines = [published.FltClose, published.FltCreateFile, published.FltReadFile,
      published.FltWriteFile, published.FltQueryVolumeInformation,
      published.FltSetVolumeInformation, published.FltTagFile, published.FltUntagFile];
    expect(routines.map((routine) => typeof routine)).toEqual(routines.map(() => 'function'));
    initiator();
    const data = reading(10);
    FltPerformSynchronousIo(data.address);
    expect(data.IoStatus.Status).toBe(STATUS_SUCCESS);
    FltFreeCallbackData(data.address);
  });

  test('S4.16: is counted for its filter until it is freed', () => {
    initiator();
    const filter = FLT_INSTANCE.bound.Filter(instance);
    const count = FLT_FILTER.bound.at_CallbackDataCount(filter);
    const data = allocate();
    expect(load(count)).toBe(1);
    FltFreeCallbackData(data);
    expect(load(count)).toBe(0);
  });

  test('S4.5, S4.6: STATUS_INSUFFICIENT_RESOURCES and STATUS_INVALID_PARAMETER', () => {
    initiator();
    const out = stackAlloc(4);
    setAllocationGate(() => false);
    expect(FltAllocateCallbackData(instance, file, out)).toBe(STATUS_INSUFFICIENT_RESOURCES);
    setAllocationGate(null);
    expect(FltAllocateCallbackDataEx(instance, file, 2, out)).toBe(STATUS_INVALID_PARAMETER);
  });
});

describe('the life of the filter', () => {
  test('IO-12: unload waits for the I/O that the filter initiated', () => {
    const events: string[] = [];
    const filter = m.add({
      name: 'mid', altitude: '200',
      operations: [{ major: READ, pre: (data, objects) => {
        instance = objects.Instance as PFLT_INSTANCE;
        file = data.Iopb.TargetFileObject as PFILE_OBJECT;
        return NO_CALLBACK;
      } }],
      teardownStart: () => events.push('start'),
      teardownComplete: () => events.push('complete'),
    });
    m.read();
    m.keep(READ);
    const told = callback((data) => {
      events.push('callback');
      FltFreeCallbackData(data.address);
    });
    expect(FltPerformAsynchronousIo(reading().address, told, 0)).toBe(STATUS_PENDING);
    later(5, () => {
      events.push('the file system completes');
      m.fs.complete();
    });
    m.remove(filter);
    expect(events).toEqual(['start', 'the file system completes', 'callback', 'complete']);
  });
});

describe('misuse: 0xC4/0xF518', () => {
  test('IO-2: only IRP operations: fast I/O and FSFilter majors cannot be sent', () => {
    m.filter('low', '100', (data) => (m.log.push(`low ${data.Flags & 7}`), NO_CALLBACK));
    initiator();
    const data = reading();
    FltPerformSynchronousIo(data.address);
    expect(m.log).toEqual(['low 1']);
    FltReuseCallbackData(data.address);
    // IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE.
    for (const major of [0xff, 0xf3]) {
      data.Iopb.MajorFunction = major;
      expect(bugCheckOf(() => FltPerformSynchronousIo(data.address))).toEqual([0xc4, 0xf518]);
      expect(bugCheckOf(() => FltPerformAsynchronousIo(data.address, freeing(), 0)))
        .toEqual([0xc4, 0xf518]);
    }
    FltFreeCallbackData(data.address);
  });

  test('an operation\'s callback data cannot be freed, reused or sent', () => {
    const codes: unknown[] = [];
    m.filter('a', '100', (data) => {
      for (const act of [FltFreeCallbackData, FltReuseCallbackData, FltPerformSynchronousIo]) {
        codes.push(bugCheckOf(() => act(data.address)));
      }
      return NO_CALLBACK;
    });
    m.read();
    expect(codes).toEqual(Array.from({ length: 3 }, () => [0xc4, 0xf518]));
  });

  test('own data cannot be completed, posted, or freed before its callback', () => {
    initiator();
    m.keep(READ);
    const data = reading();
    expect(bugCheckOf(() => FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0))[0]).toBe(0xc4);
    const item = FltAllocateDeferredIoWorkItem();
    expect(bugCheckOf(() => FltQueueDeferredIoWorkItem(item, data.address, freeing(), 1, 0)))
      .toEqual([0xc4, 0xf518]);
    FltFreeDeferredIoWorkItem(item);
    expect(bugCheckOf(() => FltReuseCallbackData(data.address))).toEqual([0xc4, 0xf518]);
    FltPerformAsynchronousIo(data.address, freeing(), 0);
    expect(bugCheckOf(() => FltFreeCallbackData(data.address))).toEqual([0xc4, 0xf518]);
    m.fs.complete();
  });

  test('S4.17: levels: perform above PASSIVE_LEVEL, free above DISPATCH_LEVEL', () => {
    initiator();
    const data = reading();
    const out = stackAlloc(4);
    const give = (): number => FltAllocateCallbackData(instance, file, out);
    expect(bugCheckAt(2, give)).toEqual([0xc4, 0xf516]);
    expect(atIrql(1, give)).toBe(STATUS_SUCCESS);
    FltFreeCallbackData(i32[out >> 2]! as PFLT_CALLBACK_DATA);
    expect(bugCheckAt(1, () => FltPerformSynchronousIo(data.address))).toEqual([0xc4, 0xf516]);
    expect(bugCheckAt(3, () => FltFreeCallbackData(data.address))).toEqual([0xc4, 0xf516]);
    expect(bugCheckAt(2, () => FltReuseCallbackData(data.address))).toEqual([0xc4, 0xf516]);
    // Paging I/O may be sent at APC_LEVEL.
    data.Iopb.IrpFlags = 2;
    atIrql(1, () => FltPerformSynchronousIo(data.address));
    FltFreeCallbackData(data.address);
  });
});
