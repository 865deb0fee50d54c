// Detaching: who is asked, in which order things happen, what is drained, what is cancelled and
// what is waited for (1.7).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { later } from '#test/support/later.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { FltDetachVolume } from '#src/fltmgr/attach/attach.ts';
import { FltCbdqDisable, FltCbdqInitialize, FltCbdqInsertIo, FltCbdqRemoveNextIo }
  from '#src/fltmgr/pending/callback-data-queue.ts';
import { FltAllocateContext, FltReleaseContext } from '#src/fltmgr/context/context.ts';
import { FltDeleteInstanceContext, FltSetInstanceContext }
  from '#src/fltmgr/context/context-objects.ts';
import { FltReadFile } from '#src/fltmgr/initiated/initiated-read-write.ts';
import { FltClose, FltCreateFile } from '#src/fltmgr/initiated/initiated-create.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { FltObjectDereference, FltObjectReference } from '#src/fltmgr/attach/object-reference.ts';
import { FltCompletePendedPostOperation, FltCompletePendedPreOperation }
  from '#src/fltmgr/pending/pending.ts';
import { FltRequestOperationStatusCallback } from '#src/fltmgr/walk/status-callback.ts';
import { FLT_INSTANCE_CONTEXT } from '#src/fltmgr/constants.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO, PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
  PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
  PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_CONTEXT_CLEANUP_CALLBACK,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GET_OPERATION_STATUS_CALLBACK }
  from '#src/image/role.ts';
import { census } from '#src/machine/census.ts';
import { i32 } from '#src/mem/memory.ts';
import { NULL } from '#src/mem/pointer.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { DelayedWorkQueue, NonPagedPool, PagedPool } from '#src/ntos/ex/types.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '#src/ntos/io/irp/cancel.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { IRP } from '#src/ntos/io/types.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { STATUS_CANCELLED, STATUS_FLT_DO_NOT_DETACH } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { BUFFER, FINISHED, MORE_PROCESSING, NO_CALLBACK, PENDING, ProbeMachine, READ,
  SYNCHRONIZE, WITH_CALLBACK } from './probe-machine.ts';
import { withString } from './raw-filter.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FilterCensus } from '#src/machine/census.ts';
import type { PIRP } from '#src/ntos/io/types.ts';
import type { FilterSketch, MadeFilter } from '#test/support/make-filter.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_INSTANCE, PFLT_VOLUME }
  from '#src/fltmgr/types.ts';

const TAG = poolTag('Ttea');
let m: ProbeMachine;
let order: string[];
beforeEach(() => {
  m = new ProbeMachine();
  order = [];
});
afterEach(() => {
  // After a bug check nothing is given back: the next boot starts from empty memory.
  if (machineState() !== MACHINE_CRASHED) m.end();
});

/** The file system's cancel routine: the request is completed a little later. */
const cancelRoutine = kernelRoutine('TeardownCancel', (_device, irp) => {
  IoReleaseCancelSpinLock(IRP.bound.CancelIrql(irp as PIRP));
  order.push('cancelled');
  later(5, () => m.fs.complete(STATUS_CANCELLED));
  return 0;
});

const volume = (): PFLT_VOLUME => m.fs.mounted.volume;
function detach(made: MadeFilter, name?: string): string {
  const call = (at: number): number => FltDetachVolume(made.filter, volume(), at);
  return statusName((name === undefined ? call(0) : withString(name, call)) as never);
}

/** A filter for reads that logs what happens to its instance. */
function logging(sketch: Partial<FilterSketch> = {}): MadeFilter {
  return m.add({
    name: 'a', altitude: '100', operations: [],
    queryTeardown: (_objects, flags) => (order.push(`query ${flags} ${KeGetCurrentIrql()}`), 0),
    teardownStart: (_objects, reason) => void order.push(`start ${reason} ${KeGetCurrentIrql()}`),
    teardownComplete: (_objects, reason) =>
      void order.push(`complete ${reason} ${KeGetCurrentIrql()}`),
    ...sketch,
  });
}

describe('who is asked and told (1.7)', () => {
  test('TD-1: by hand: query, start, complete; reason MANUAL; all at PASSIVE_LEVEL', () => {
    const made = logging();
    expect(detach(made)).toBe('STATUS_SUCCESS');
    expect(order).toEqual(['query 0 0', 'start 1 0', 'complete 1 0']);
    expect(instancesOfFilter(made.filter)).toEqual([]);
  });

  test('1.7: an unload does not query; a dismount neither; their reasons are 2 and 8', () => {
    m.remove(logging());
    expect(order).toEqual(['start 2 0', 'complete 2 0']);
    order.length = 0;
    const second = mountProbeFs({ letter: 'Q', name: '\\Device\\Second' });
    const made = logging();
    second.unmount();
    expect(order).toEqual(['start 8 0', 'complete 8 0']);
    expect(instancesOfFilter(made.filter).length).toBe(1);
  });

  test('1.2, TD-1: an error or warning refuses; no query callback: cannot be detached by ' +
    'hand', () => {
    for (const refusal of [STATUS_FLT_DO_NOT_DETACH, 0x8000_0001 | 0]) {
      const made = logging({ queryTeardown: () => refusal });
      expect(detach(made)).toBe(statusName(refusal as never));
      m.remove(made);
    }
    const without = m.add({ name: 'b', altitude: '200', operations: [] });
    expect(detach(without)).toBe('STATUS_FLT_DO_NOT_DETACH');
  });

  test('1.2: without teardown callbacks it proceeds without a call', () => {
    const made = m.add({ name: 'a', altitude: '100', operations: [], queryTeardown: () => 0 });
    expect(detach(made)).toBe('STATUS_SUCCESS');
  });

  test('TD-8: NULL is the highest instance; unknown names and gone instances have statuses', () => {
    const made = logging();
    const upper = m.add({ name: 'b', altitude: '300', operations: [], queryTeardown: () => 0 });
    expect(detach(made, 'nobody')).toBe('STATUS_FLT_INSTANCE_NOT_FOUND');
    expect(detach(made, 'b')).toBe('STATUS_FLT_INSTANCE_NOT_FOUND');
    expect(detach(made, 'A')).toBe('STATUS_SUCCESS');
    expect(detach(made)).toBe('STATUS_FLT_INSTANCE_NOT_FOUND');
    expect(detach(upper)).toBe('STATUS_SUCCESS');
  });

  test('TD-8: while it is being torn down: STATUS_FLT_DELETING_OBJECT, and nobody is asked', () => {
    const seen: string[] = [];
    const made: MadeFilter = logging({ teardownStart: () => void seen.push(detach(made)) });
    detach(made);
    expect(seen).toEqual(['STATUS_FLT_DELETING_OBJECT']);
    expect(order).toEqual(['query 0 0', 'complete 1 0']);
  });

  test('TD-8: may be called at APC_LEVEL, the callbacks run at PASSIVE_LEVEL all the same', () => {
    const made = logging();
    expect(atIrql(1, () => detach(made))).toBe('STATUS_SUCCESS');
    expect(order).toEqual(['query 0 0', 'start 1 0', 'complete 1 0']);
    expect(bugCheckAt(2, () => detach(made))).toEqual([0xc4, 0xf516]);
    expect(bugCheckOf(() => FltDetachVolume(0 as never, volume(), 0))).toEqual([0xc4, 0xf500]);
    expect(bugCheckOf(() => FltDetachVolume(made.filter, made.filter as never, 0)))
      .toEqual([0xc4, 0xf500]);
  });
});

describe('operations under way', () => {
  test('TD-3: after TeardownStart no new operation reaches the instance', () => {
    const made: MadeFilter = logging({
      operations: [{ major: READ, pre: () => (order.push('pre'), NO_CALLBACK) }],
      teardownStart: () => {
        m.read();
        order.push('start');
      },
    });
    m.read();
    m.remove(made);
    expect(order).toEqual(['pre', 'start', 'complete 2 0']);
  });

  test('TD-1, TD-2: what is pended in a pre-op is completed in TeardownStart', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    const made = logging({
      operations: [{ major: READ,
        pre: (data) => ((held = data.address), PENDING),
        post: (_data, _objects, _context, flags) => (order.push(`post ${flags}`), FINISHED) }],
      teardownStart: () => {
        order.push('start');
        FltCompletePendedPreOperation(held, WITH_CALLBACK, 0);
      },
    });
    m.read();
    m.remove(made);
    expect(order).toEqual(['start', 'post 0', 'complete 2 0']);
    expect(m.outcome.status).toBe(0);
  });

  test('TD-2: what is pended in a post-op is completed in TeardownStart', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    const made = logging({
      operations: [{ major: READ, pre: () => WITH_CALLBACK,
        post: (data) => ((held = data.address), MORE_PROCESSING) }],
      teardownStart: () => FltCompletePendedPostOperation(held),
    });
    m.read();
    expect(m.outcome.status).toBe(0x103);
    m.remove(made);
    expect(m.outcome.status).toBe(0);
  });

  test('TD-2: a callback data queue is disabled first and then emptied', () => {
    const queue = ExAllocatePoolWithTag(NonPagedPool, 64, TAG) as PFLT_CALLBACK_DATA_QUEUE;
    const held: number[] = [];
    const made: MadeFilter = logging({
      setup: (objects) => FltCbdqInitialize(objects.Instance as PFLT_INSTANCE, queue,
        PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('TdIn', (_q, data) => (held.push(data.address), 0)),
        PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('TdOut', (_q, data) => {
          held.splice(held.indexOf(data.address), 1);
        }),
        PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('TdNext', (_q, after) =>
          held[after === 0 ? 0 : held.indexOf(after) + 1] ?? 0),
        PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('TdLock', () => undefined),
        PFLT_CALLBACK_DATA_QUEUE_RELEASE('TdUnlock', () => undefined),
        PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('TdCancel', () => undefined)),
      operations: [{ major: READ, pre: (data) =>
        FltCbdqInsertIo(queue, data.address, NULL, 0) === 0 ? PENDING : NO_CALLBACK }],
      teardownStart: () => {
        FltCbdqDisable(queue);
        for (;;) {
          const data = FltCbdqRemoveNextIo(queue, 0);
          if (data === 0) break;
          order.push('completed');
          FltCompletePendedPreOperation(data, NO_CALLBACK, 0);
        }
      },
    });
    m.read();
    m.remove(made);
    expect(order).toEqual(['completed', 'complete 2 0']);
    ExFreePoolWithTag(queue, TAG);
  });

  test('TD-5: TeardownComplete does not come while an operation is pended', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    const made = logging({ operations: [{ major: READ, pre: (data) =>
      ((held = data.address), PENDING) }] });
    m.read();
    later(30, () => {
      order.push('completed');
      FltCompletePendedPreOperation(held, 4, 0);
    });
    m.remove(made);
    expect(order).toEqual(['start 2 0', 'completed', 'complete 2 0']);
  });

  test('TD-5: nor while I/O of the filter is outstanding', () => {
    const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('TeardownRead', () => void order.push('read'));
    const made = logging({ operations: [{ major: READ, pre: (_data, objects) => {
      FltReadFile(objects.Instance as PFLT_INSTANCE, objects.FileObject as never, 0x2_f000, 16,
        BUFFER, 0, 0, done, 0);
      return NO_CALLBACK;
    } }] });
    m.keep(READ);
    m.read();
    later(30, () => m.fs.complete());
    m.remove(made);
    expect(order).toEqual(['start 2 0', 'read', 'complete 2 0']);
    m.fs.complete();
  });

  test('TD-5: a reference on the instance delays its freeing, not TeardownComplete', () => {
    const made = logging();
    const instance = instancesOfFilter(made.filter)[0]!;
    FltObjectReference(instance);
    later(20, () => {
      order.push('dropped');
      FltObjectDereference(instance);
    });
    expect(detach(made)).toBe('STATUS_SUCCESS');
    expect(order).toEqual(['query 0 0', 'start 1 0', 'complete 1 0', 'dropped']);
  });

  test('TD-1: remaining contexts are deleted after TeardownComplete', () => {
    const made: MadeFilter = logging({
      contexts: [{ ContextType: FLT_INSTANCE_CONTEXT, Size: 8, PoolTag: TAG,
        ContextCleanupCallback: PFLT_CONTEXT_CLEANUP_CALLBACK('TeardownCleanup', () =>
          void order.push('context')) }],
    });
    const frame = pushFrame();
    const out = stackAlloc(4);
    FltAllocateContext(made.filter, FLT_INSTANCE_CONTEXT, 8, NonPagedPool, out);
    const context = i32[out >> 2]!;
    FltSetInstanceContext(instancesOfFilter(made.filter)[0]!, 0, context, 0);
    FltReleaseContext(context);
    popFrame(frame);
    m.remove(made);
    expect(order).toEqual(['start 2 0', 'complete 2 0', 'context']);
  });

  test('what the filter still holds as an instance goes is kept for !fltkd.filter', () => {
    const made = logging({
      contexts: [{ ContextType: FLT_INSTANCE_CONTEXT, Size: 16, PoolTag: TAG }],
    });
    const ofFilter = (): FilterCensus => census().filters.find(({ name }) => name === 'a')!;
    expect(ofFilter().detached).toBe(0);
    const frame = pushFrame();
    const at = stackAlloc(4);
    FltAllocateContext(made.filter, FLT_INSTANCE_CONTEXT, 16, NonPagedPool, at);
    detach(made);
    FltReleaseContext(i32[at >> 2]!);
    popFrame(frame);
    expect(ofFilter()).toMatchObject({ contexts: 0, detached: 1,
      heldAtDetach: { contexts: 1, callbackData: 0, workItems: 0, names: 0 } });
  });

  test('TD-7: files that the filter has open may be closed in TeardownComplete', () => {
    let handle = 0;
    const made = logging({
      teardownComplete: () => {
        order.push(statusName(FltClose(handle)));
      },
    });
    const frame = pushFrame();
    const words = stackAlloc(64);
    withString('\\Device\\Probe\\f', (name) => {
      i32.set([24, 0, name, 0x200, 0, 0], (words + 16) >> 2);
      FltCreateFile(made.filter, instancesOfFilter(made.filter)[0]!, words, 0x8000_0000 | 0,
        words + 16, words + 8, 0, 0x80, 1, 1, 0x20, 0, 0, 0);
    });
    handle = i32[words >> 2]!;
    popFrame(frame);
    expect(handle).not.toBe(0);
    m.remove(made);
    expect(order).toEqual(['start 2 0', 'STATUS_SUCCESS']);
  });
});

describe('draining (TD-4, TD-6)', () => {
  test('TD-4: the post-op comes at once, with the flag and a copy; the end never comes ' +
    'here', () => {
    const datas: number[] = [];
    const context = 4711;
    const made = logging({
      operations: [{
        major: READ,
        pre: (data, _objects, out) => {
          datas.push(data.address);
          out.value = context;
          return WITH_CALLBACK;
        },
        post: (data, objects, given, flags) => {
          datas.push(data.address);
          const kind = (data.Flags & 0x40000) !== 0;
          order.push(`post ${flags} ${given} ${kind} ${data.Iopb.Parameters.Read.Length} ` +
            `${objects.Instance === data.Iopb.TargetInstance} ${KeGetCurrentIrql() <= 1}`);
          // A copy: what is done to it does not reach the operation.
          data.IoStatus.Status = STATUS_CANCELLED;
          data.IoStatus.Information = 99;
          return FINISHED;
        },
      }],
    });
    m.keep(READ);
    m.read(77);
    m.remove(made);
    expect(order).toEqual(['start 2 0', `post 1 ${context} true 77 true true`, 'complete 2 0']);
    expect(datas[0]).not.toBe(datas[1]);
    m.fs.complete(0 as never, 5);
    expect(m.outcome).toEqual({ status: 0, information: 5 });
    expect(order.length).toBe(3);
  });

  test('DIS-22: a synchronised operation is drained as well, by the thread that tears down', () => {
    let calls = 0;
    const made = logging({ operations: [{ major: READ, pre: () => SYNCHRONIZE,
      post: (_d, _o, _c, flags) => (order.push(`post ${flags}`), calls++, FINISHED) }] });
    // The instance goes while its thread is below, in the file system.
    m.fs.keep = (major) => {
      if (major === READ) m.remove(made);
      return false;
    };
    expect(m.read()).toBe(0);
    expect(order).toEqual(['start 2 0', 'post 1', 'complete 2 0']);
    expect([calls, m.outcome.status]).toEqual([1, 0]);
  });

  test('TD-4: other instances of the operation are not touched', () => {
    const upper = m.filter('upper', '300', () => WITH_CALLBACK, (_d, _o, _c, flags) => {
      order.push(`upper ${flags}`);
      return FINISHED;
    });
    const made = logging({ operations: [{ major: READ, pre: () => WITH_CALLBACK,
      post: (_d, _o, _c, flags) => (order.push(`post ${flags}`), FINISHED) }] });
    m.keep(READ);
    m.read();
    m.remove(made);
    expect(order).toEqual(['start 2 0', 'post 1', 'complete 2 0']);
    m.fs.complete();
    expect(order.at(-1)).toBe('upper 0');
    expect(upper.started).toBe(0);
  });

  test('TD-4, OP-23: the copy has the parameters as that filter first saw them', () => {
    const changes = (length: number): FilterSketch['operations'] => [{
      major: READ,
      pre: (data) => {
        data.Iopb.Parameters.Read.Length = length;
        data.Flags |= 0x8000_0000;
        return WITH_CALLBACK;
      },
      post: (data, _objects, _context, flags) => {
        order.push(`${flags} ${data.Iopb.Parameters.Read.Length}`);
        return FINISHED;
      },
    }];
    const names = ['300', '200', '100'];
    const [top, mid, low] = names.map((altitude, i) => m.add({ name: altitude, altitude,
      operations: changes(90 - 10 * i), queryTeardown: () => 0 }));
    m.keep(READ);
    m.read(100);
    for (const made of [mid, top]) expect(detach(made!)).toBe('STATUS_SUCCESS');
    expect(order).toEqual(['1 90', '1 100']);
    m.fs.complete();
    expect(order).toEqual(['1 90', '1 100', '0 80']);
    expect([low!.started, m.fs.lengths]).toEqual([0, [70]]);
  });

  test('TD-4, POST-9: anything but FINISHED_PROCESSING while draining is a bug check', () => {
    const made = logging({ operations: [{ major: READ, pre: () => WITH_CALLBACK,
      post: (_d, _o, _c, flags) => (flags === 1 ? MORE_PROCESSING : FINISHED) }] });
    m.keep(READ);
    m.read();
    expect(() => detach(made)).toThrow(/0x000000c4.*0xf511/);
  });

  test('TD-6, BUF-5: with a swapped buffer it is cancelled and waited for, never drained', () => {
    const flagsSeen: number[] = [];
    let buffer = 0;
    const made = logging({ operations: [{
      major: READ,
      pre: (data) => {
        buffer = ExAllocatePoolWithTag(NonPagedPool, 512, TAG);
        data.Iopb.Parameters.Read.ReadBuffer = buffer;
        data.Flags |= 0x8000_0000;
        return WITH_CALLBACK;
      },
      post: (data, _objects, _context, flags) => {
        flagsSeen.push(flags);
        order.push(statusName(data.IoStatus.Status as never));
        ExFreePoolWithTag(buffer, TAG);
        return FINISHED;
      },
    }] });
    m.keep(READ);
    m.read();
    // The file system lets its request be cancelled, and completes it a little later.
    const irp = m.fs.kept[0]!;
    IoSetCancelRoutine(irp, cancelRoutine);
    m.remove(made);
    expect(flagsSeen).toEqual([0]);
    expect(order).toEqual(['start 2 0', 'cancelled', 'STATUS_CANCELLED', 'complete 2 0']);
  });
});

describe('what is refused by then', () => {
  test('TD-10: deferred work, status callbacks, setting and deleting contexts', () => {
    const seen: string[] = [];
    const told = PFLT_GET_OPERATION_STATUS_CALLBACK('TeardownTold', () => undefined);
    const work = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('TeardownWork', () => undefined);
    let held = 0 as PFLT_CALLBACK_DATA;
    let context = 0;
    const made: MadeFilter = logging({
      contexts: [{ ContextType: FLT_INSTANCE_CONTEXT, Size: 8, PoolTag: TAG }],
      operations: [{ major: READ, pre: (data) => ((held = data.address), PENDING) }],
      teardownStart: (objects) => {
        const instance = objects.Instance as PFLT_INSTANCE;
        const item = FltAllocateDeferredIoWorkItem();
        seen.push(statusName(FltQueueDeferredIoWorkItem(item, held, work, DelayedWorkQueue, 0)));
        FltFreeDeferredIoWorkItem(item);
        seen.push(statusName(FltRequestOperationStatusCallback(held, told, 0)));
        seen.push(statusName(FltSetInstanceContext(instance, 0, context, 0)));
        seen.push(statusName(FltDeleteInstanceContext(instance, 0)));
        seen.push(statusName(FltObjectReference(instance) as never));
        FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
      },
    });
    const frame = pushFrame();
    const out = stackAlloc(4);
    FltAllocateContext(made.filter, FLT_INSTANCE_CONTEXT, 8, PagedPool, out);
    context = i32[out >> 2]!;
    popFrame(frame);
    m.read();
    detach(made);
    FltReleaseContext(context);
    expect(seen).toEqual(Array.from({ length: 5 }, () => 'STATUS_FLT_DELETING_OBJECT'));
  });
});

describe('pairs that are cut (TD-9)', () => {
  test('TD-9: a filter that detaches between create and cleanup sees only the first', () => {
    const note = (what: string) => (): number => (order.push(what), NO_CALLBACK);
    const made = m.add({ name: 'a', altitude: '100', operations: [
      { major: 0, pre: note('create') }, { major: 0x12, pre: note('cleanup') },
      { major: 2, pre: note('close') }] });
    m.open();
    m.remove(made);
    m.end();
    expect(order).toEqual(['create']);
    m = new ProbeMachine();
  });

  test('TD-9: and one that attaches between them only the second', () => {
    const note = (what: string) => (): number => (order.push(what), NO_CALLBACK);
    m.open();
    m.add({ name: 'a', altitude: '100', operations: [
      { major: 0, pre: note('create') }, { major: 0x12, pre: note('cleanup') }] });
    const [handle] = m.handles.splice(0);
    NtClose(handle!);
    expect(order).toEqual(['cleanup']);
  });
});
