// Work items: what may be posted, to whom it belongs after a failure, what it keeps alive, and what
// misuse is called (5.2, 5.3).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load } from '#src/atomics-sync/atomics.ts';
import { FLT_FILTER, FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { FltCompletePendedPostOperation, FltCompletePendedPreOperation }
  from '#src/fltmgr/pending/pending.ts';
import { FltAllocateDeferredIoWorkItem, FltAllocateGenericWorkItem, FltFreeDeferredIoWorkItem,
  FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem, FltQueueGenericWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_GENERIC_WORKITEM_ROUTINE }
  from '#src/image/role.ts';
import { IoGetTopLevelIrp, IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { IRP_PAGING_IO } from '#src/ntos/io/types.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { CriticalWorkQueue, DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { FINISHED, MORE_PROCESSING, NO_CALLBACK, PENDING, ProbeMachine,
  STATUS_IS_PENDING, WITH_CALLBACK } from './probe-machine.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFLT_DEFERRED_IO_WORKITEM } from '#src/fltmgr/pending/work-item.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  setAllocationGate(null);
  m.end();
});

let made = 0;
type Deferred = (item: number, data: FltCallbackData, context: number) => void;
function deferred(routine: Deferred): ReturnType<typeof PFLT_DEFERRED_IO_WORKITEM_ROUTINE> {
  return PFLT_DEFERRED_IO_WORKITEM_ROUTINE(`Deferred${made++}`, routine);
}
function generic(routine: (item: number, object: number, context: number) => void):
  ReturnType<typeof PFLT_GENERIC_WORKITEM_ROUTINE> {
  return PFLT_GENERIC_WORKITEM_ROUTINE(`Generic${made++}`, routine);
}
function free(item: number): void {
  FltFreeDeferredIoWorkItem(item as PFLT_DEFERRED_IO_WORKITEM);
}

const finishPre = deferred((item, data, context) => {
  m.log.push(`worker ${KeGetCurrentIrql()} ${context}`);
  FltCompletePendedPreOperation(data.address, WITH_CALLBACK, context);
  free(item);
});

/** A filter whose pre-op posts every read; what queueing answered is logged when it failed. */
function poster(altitude = '100', queue = DelayedWorkQueue): void {
  m.filter(`p${altitude}`, altitude, (data) => {
    const item = FltAllocateDeferredIoWorkItem();
    const status = FltQueueDeferredIoWorkItem(item, data.address, finishPre, queue, 7);
    if (status === STATUS_SUCCESS) return PENDING;
    m.log.push(status === STATUS_FLT_NOT_SAFE_TO_POST_OPERATION ? 'unsafe' : 'deleting');
    FltFreeDeferredIoWorkItem(item);
    return NO_CALLBACK;
  }, (_d, _o, context) => (m.log.push(`post ${context}`), FINISHED));
}

describe('a deferred work item', () => {
  test.each([CriticalWorkQueue, DelayedWorkQueue])(
    'PEND-13: finishes a pended pre-op in a system thread at PASSIVE_LEVEL (queue %i)', (queue) => {
      poster('100', queue);
      m.fs.information = 9;
      expect(m.read()).toBe(STATUS_IS_PENDING);
      expect(m.log).toEqual([]);
      expect(m.work()).toBe(1);
      expect(m.log).toEqual(['worker 0 7', 'post 7']);
      expect(m.outcome).toEqual({ status: STATUS_SUCCESS, information: 9 });
    });

  test('PEND-13, S1.3, S1.4, S1.23, S2.1..4, S2.15: finishes a pended post-op in a worker', () => {
    const finishPost = deferred((item, data) => {
      m.log.push('worker');
      FltCompletePendedPostOperation(data.address);
      free(item);
    });
    m.filter('top', '200', () => WITH_CALLBACK, () => (m.log.push('top'), FINISHED));
    m.filter('a', '100', () => WITH_CALLBACK, (data) => {
      const item = FltAllocateDeferredIoWorkItem();
      const status =
        FltQueueDeferredIoWorkItem(item, data.address, finishPost, DelayedWorkQueue, 0);
      expect(status).toBe(STATUS_SUCCESS);
      return MORE_PROCESSING;
    });
    m.keep(3);
    m.read();
    atIrql(2, () => m.fs.complete(STATUS_SUCCESS, 5));
    expect(m.log).toEqual([]);
    m.work();
    expect(m.log).toEqual(['worker', 'top']);
    expect(m.outcome.information).toBe(5);
  });

  test('PEND-15: may be queued again once its routine runs', () => {
    let rounds = 0;
    const again = deferred((item, data) => {
      const own = item as PFLT_DEFERRED_IO_WORKITEM;
      if (++rounds < 3) {
        FltQueueDeferredIoWorkItem(own, data.address, again, DelayedWorkQueue, 0);
        return;
      }
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
      free(item);
    });
    m.filter('a', '100', (data) => {
      FltQueueDeferredIoWorkItem(FltAllocateDeferredIoWorkItem(), data.address, again,
        DelayedWorkQueue, 0);
      return PENDING;
    });
    m.read();
    expect(m.work()).toBe(3);
  });

  test('PEND-8: is NULL when there is no memory', () => {
    setAllocationGate(() => false);
    expect(FltAllocateDeferredIoWorkItem()).toBe(0);
    expect(FltAllocateGenericWorkItem()).toBe(0);
    setAllocationGate(null);
  });
});

describe('an operation that cannot be posted (5.2)', () => {
  test('PEND-11, S2.6, S2.11: ' +
    'paging I/O: NOT_SAFE_TO_POST; item and operation stay with the caller', () => {
    m.filter('flag', '200', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO;
      data.Flags |= 0x80000000;
      return NO_CALLBACK;
    });
    poster();
    expect(m.read()).toBe(STATUS_SUCCESS);
    expect(m.log).toEqual(['unsafe']);
  });

  test.each([1, 2, 3, 4, 0x1000])('PEND-12, KRN-44, KRN-45, S2.7, S2.8: ' +
    'TopLevelIrp %i: NOT_SAFE_TO_POST', (value) => {
    poster();
    m.open();
    IoSetTopLevelIrp(value);
    expect(IoGetTopLevelIrp()).toBe(value);
    expect(m.read()).toBe(STATUS_SUCCESS);
    IoSetTopLevelIrp(0);
    expect(m.log).toEqual(['unsafe']);
  });

  test('TD-10, S2.9: an instance that is being torn down: DELETING_OBJECT', () => {
    let held: FltCallbackData['address'] | undefined;
    let status: number | undefined;
    const leaving = m.add({
      name: 'leaving', altitude: '100',
      operations: [{ major: 3, pre: (data) => ((held = data.address), PENDING) }],
      teardownStart() {
        const item = FltAllocateDeferredIoWorkItem();
        status = FltQueueDeferredIoWorkItem(item, held!, finishPre, DelayedWorkQueue, 0);
        FltFreeDeferredIoWorkItem(item);
        FltCompletePendedPreOperation(held!, NO_CALLBACK, 0);
      },
    });
    m.read();
    m.remove(leaving);
    expect(status).toBe(STATUS_FLT_DELETING_OBJECT);
  });

  test('POST-9, S2.9, S2.10: in a draining callback: DELETING_OBJECT', () => {
    let status: number | undefined;
    m.keep(3);
    const leaving = m.filter('leaving', '100', () => WITH_CALLBACK, (data, _o, _c, flags) => {
      expect(flags).toBe(1);
      const item = FltAllocateDeferredIoWorkItem();
      status = FltQueueDeferredIoWorkItem(item, data.address, finishPre, DelayedWorkQueue, 0);
      FltFreeDeferredIoWorkItem(item);
      return FINISHED;
    });
    m.read();
    m.remove(leaving);
    m.fs.complete();
    expect(status).toBe(STATUS_FLT_DELETING_OBJECT);
  });
});

describe('a generic work item', () => {
  test('PEND-17: runs with its object and context; the object is referenced until then', () => {
    const { filter } = m.filter('a', '100', () => NO_CALLBACK);
    const routine = generic((item, object, context) => {
      m.log.push(`${object === filter} ${context}`);
      FltFreeGenericWorkItem(item as never);
    });
    const item = FltAllocateGenericWorkItem();
    IoSetTopLevelIrp(3);
    expect(FltQueueGenericWorkItem(item, filter, routine, DelayedWorkQueue, 3)).toBe(STATUS_SUCCESS);
    IoSetTopLevelIrp(0);
    m.work();
    expect(m.log).toEqual(['true 3']);
  });

  test('PEND-17: holds its instance: a teardown waits for it', () => {
    let instance = 0 as PFLT_INSTANCE;
    m.filter('a', '100', (_d, objects) => ((instance = objects.Instance), NO_CALLBACK));
    m.read();
    const count = FLT_INSTANCE.bound.at_WorkItems(instance);
    const routine = generic((item) => {
      expect(load(count)).toBe(1);
      FltFreeGenericWorkItem(item as never);
    });
    FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), instance, routine, DelayedWorkQueue, 0);
    expect(load(count)).toBe(1);
    m.work();
    expect(load(count)).toBe(0);
  });

  test('PEND-17: cannot be queued for an instance that is being torn down', () => {
    let status: number | undefined;
    const leaving = m.add({
      name: 'leaving', altitude: '100', operations: [],
      teardownStart(objects) {
        const item = FltAllocateGenericWorkItem();
        const routine = generic(() => undefined);
        status = FltQueueGenericWorkItem(item, objects.Instance, routine, DelayedWorkQueue, 0);
        FltFreeGenericWorkItem(item);
      },
    });
    m.remove(leaving);
    expect(status).toBe(STATUS_FLT_DELETING_OBJECT);
  });
});

describe('the filter\'s count of work items', () => {
  function countOf(filter: PFLT_FILTER): number {
    return load(FLT_FILTER.bound.at_WorkItemCount(filter));
  }

  test('has an item from its allocation in a callback until it is freed', () => {
    let item = 0 as PFLT_DEFERRED_IO_WORKITEM;
    const { filter } = m.filter('a', '100', () => {
      item = FltAllocateDeferredIoWorkItem();
      return NO_CALLBACK;
    });
    m.read();
    expect(countOf(filter)).toBe(1);
    free(item);
    expect(countOf(filter)).toBe(0);
  });

  test('has an item that was allocated elsewhere from its queueing on', () => {
    const { filter } = m.filter('a', '100', () => NO_CALLBACK);
    const item = FltAllocateGenericWorkItem();
    expect(countOf(filter)).toBe(0);
    const routine = generic(() => m.log.push(`${countOf(filter)}`));
    FltQueueGenericWorkItem(item, filter, routine, DelayedWorkQueue, 0);
    m.work();
    expect(m.log).toEqual(['1']);
    FltFreeGenericWorkItem(item);
    expect(countOf(filter)).toBe(0);
  });
});

describe('misuse is a bug check that names the rule', () => {
  test('PEND-15: queueing a queued item, freeing a queued item: 0xC4/0xF519', () => {
    let done = false;
    m.filter('a', '100', (data) => {
      if (done) return NO_CALLBACK;
      done = true;
      const item = FltAllocateDeferredIoWorkItem();
      const queue = (): number =>
        FltQueueDeferredIoWorkItem(item, data.address, finishPre, DelayedWorkQueue, 0);
      expect(queue()).toBe(STATUS_SUCCESS);
      expect(bugCheckOf(queue)).toEqual([0xc4, 0xf519]);
      expect(bugCheckOf(() => free(item))).toEqual([0xc4, 0xf519]);
      return PENDING;
    }, () => FINISHED);
    m.read();
    m.work();
  });

  test('a deferred item given to the generic routines, and above DISPATCH_LEVEL', () => {
    const item = FltAllocateDeferredIoWorkItem();
    expect(bugCheckOf(() => FltFreeGenericWorkItem(item as never))).toEqual([0xc4, 0xf519]);
    expect(bugCheckAt(3, () => free(item))).toEqual([0xc4, 0xf516]);
    free(item);
  });

  test('PEND-17: an object that is neither filter nor instance', () => {
    const item = FltAllocateGenericWorkItem();
    const queue = (): number => FltQueueGenericWorkItem(item, m.fs.mounted.volume,
      generic(() => undefined), DelayedWorkQueue, 0);
    expect(bugCheckOf(queue)).toEqual([0xc4, 0xf500]);
    FltFreeGenericWorkItem(item);
  });
});
