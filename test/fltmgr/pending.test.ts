// Operations that a filter keeps: what completing one means, to whom it belongs meanwhile, and what
// the routines of work items and queues promise (section 5).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load } from '#src/atomics-sync/atomics.ts';
import { fillBytes } from '#src/mem/memory.ts';
import { isPaged } from '#src/mem/memory-map.ts';
import { PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO, PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
  PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
  PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
  PFLT_GENERIC_WORKITEM_ROUTINE } from '#src/image/role.ts';
import { FltCbdqInitialize, FltCbdqInsertIo, FltCbdqRemoveNextIo }
  from '#src/fltmgr/pending/callback-data-queue.ts';
import { FltSetCancelCompletion } from '#src/fltmgr/pending/cancel.ts';
import { FltIsIoCanceled } from '#src/fltmgr/data.ts';
import { IRP_CTRL, sheetOf } from '#src/fltmgr/walk/irp-ctrl.ts';
import { FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FLT_CALLBACK_DATA, FLT_CALLBACK_DATA_QUEUE } from '#src/fltmgr/types.ts';
import { FltAllocateDeferredIoWorkItem, FltAllocateGenericWorkItem, FltFreeDeferredIoWorkItem,
  FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem, FltQueueGenericWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { IoAcquireCancelSpinLock, IoCancelIrp, IoReleaseCancelSpinLock }
  from '#src/ntos/io/irp/cancel.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { IO_STACK_LOCATION, IRP_PAGING_IO, SL_PENDING_RETURNED } from '#src/ntos/io/types.ts';
import { IoGetCurrentIrpStackLocation } from '#src/ntos/io/irp/irp.ts';
import { KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex }
  from '#src/ntos/ex/lock/fast-mutex.ts';
import { workQueueStatistics } from '#src/ntos/ex/work-queue.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_CANCELLED, STATUS_FLT_DELETING_OBJECT,
  STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_PENDING, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { COMPLETE, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, READ, STATUS_IS_PENDING,
  SYNCHRONIZE, WITH_CALLBACK } from './probe-machine.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PIRP } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_INSTANCE }
  from '#src/fltmgr/types.ts';

let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  IoSetTopLevelIrp(0);
  m.end();
});

const irpOf = (data: PFLT_CALLBACK_DATA): PIRP => IRP_CTRL.bound.Irp(sheetOf(data)) as PIRP;

describe('FltCompletePendedPreOperation', () => {
  /** What everybody sees of one read that `mid` answers so, at once or after pending it. */
  function trace(answer: number, pended: boolean): string[] {
    let held = 0 as PFLT_CALLBACK_DATA;
    const log = (text: string) => () => (m.log.push(text), FINISHED);
    m.filter('top', '300', () => WITH_CALLBACK, (data) => {
      m.log.push(`top ${data.IoStatus.Status === STATUS_ACCESS_DENIED}`);
      return FINISHED;
    });
    m.filter('mid', '200', (data, _objects, context) => {
      if (answer === COMPLETE) data.IoStatus.Status = STATUS_ACCESS_DENIED;
      held = data.address;
      if (!pended && answer === WITH_CALLBACK) context.value = 5;
      return pended ? PENDING : answer;
    }, (_data, _objects, context) => (m.log.push(`mid ${context}`), FINISHED));
    m.filter('low', '100', () => (m.log.push('pre low'), WITH_CALLBACK), log('low'));
    m.read();
    if (pended) {
      FltCompletePendedPreOperation(held, answer, answer === WITH_CALLBACK ? 5 : 0);
    }
    m.log.push(`fs ${m.fs.seen.filter((major) => major === READ).length}`);
    return m.log.splice(0);
  }

  test.each([COMPLETE, NO_CALLBACK, WITH_CALLBACK])(
    'PEND-1: does what the pre-op would have done by returning status %i', (answer) => {
      const direct = trace(answer, false);
      m.end();
      m = new ProbeMachine();
      expect(trace(answer, true)).toEqual(direct);
      const upwards = answer === WITH_CALLBACK ? ['pre low', 'low', 'mid 5'] : ['pre low', 'low'];
      const expected =
        answer === COMPLETE ? ['top true', 'fs 0'] : [...upwards, 'top false', 'fs 1'];
      expect(direct).toEqual(expected);
    });

  test('DIS-7: it does not take FLT_PREOP_SYNCHRONIZE: violation 5', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('a', '100', (data) => ((held = data.address), PENDING), () => FINISHED);
    m.read();
    expect(bugCheckOf(() => FltCompletePendedPreOperation(held, SYNCHRONIZE, 0)))
      .toEqual([0xc4, 0xf505]);
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
  });

  test('PEND-4: IoStatus must be final by then: STATUS_PENDING is violation 14', () => {
    let held: FltCallbackData | undefined;
    m.filter('a', '100', (data) => ((held = FLT_CALLBACK_DATA.at(data.address)), PENDING));
    m.read();
    const data = held!;
    data.IoStatus.Status = STATUS_PENDING;
    const complete = (): void => FltCompletePendedPreOperation(data.address, COMPLETE, 0);
    expect(bugCheckOf(complete)).toEqual([0xc4, 0xf50e]);
    data.IoStatus.Status = STATUS_ACCESS_DENIED;
    data.IoStatus.Information = 4;
    complete();
    expect(m.outcome.status).toBe(STATUS_ACCESS_DENIED);
  });

  test('PEND-6: until then the issuer has STATUS_PENDING, and the IRP is marked pending', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    let control = 0;
    m.filter('a', '100', (data) => ((held = data.address), PENDING));
    expect(m.read()).toBe(STATUS_IS_PENDING);
    const location = IoGetCurrentIrpStackLocation(irpOf(held));
    control = IO_STACK_LOCATION.bound.Control(location);
    expect(control & SL_PENDING_RETURNED).not.toBe(0);
    expect(m.outcome.status).toBe(STATUS_IS_PENDING);
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
    expect(m.outcome.status).toBe(STATUS_SUCCESS);
  });
});

const finish = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('FinishPended', (item, data) => {
  FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
  FltFreeDeferredIoWorkItem(item as never);
});

describe('work items', () => {
  test('PEND-8, PEND-16: are nonpaged, made and freed up to DISPATCH_LEVEL', () => {
    const [deferred, generic] = atIrql(2, () =>
      [FltAllocateDeferredIoWorkItem(), FltAllocateGenericWorkItem()] as const);
    expect([deferred, generic].map((item) => item !== 0 && !isPaged(item))).toEqual([true, true]);
    for (const act of [FltAllocateDeferredIoWorkItem, FltAllocateGenericWorkItem,
      () => FltFreeDeferredIoWorkItem(deferred), () => FltFreeGenericWorkItem(generic)]) {
      expect(bugCheckAt(3, act)).toEqual([0xc4, 0xf516]);
    }
    atIrql(2, () => {
      FltFreeDeferredIoWorkItem(deferred);
      FltFreeGenericWorkItem(generic);
    });
  });

  test('PEND-9: are queued up to DISPATCH_LEVEL, not above', () => {
    let code: number[] = [];
    m.filter('a', '100', (data) => {
      const item = FltAllocateDeferredIoWorkItem();
      const queue = (): number =>
        FltQueueDeferredIoWorkItem(item, data.address, finish, DelayedWorkQueue, 0);
      code = bugCheckAt(3, queue);
      expect(atIrql(2, queue)).toBe(STATUS_SUCCESS);
      return PENDING;
    });
    m.read();
    expect(m.work()).toBe(1);
    expect(code).toEqual([0xc4, 0xf516]);
    expect(m.outcome.status).toBe(STATUS_SUCCESS);
  });

  test('PEND-10: what is wrong with the operation is told before what is wrong with the ' +
    'instance', () => {
    const answers: number[] = [];
    let held: FltCallbackData | undefined;
    const leaving = m.add({
      name: 'leaving', altitude: '100',
      operations: [{ major: READ, pre: (data) => {
        held = FLT_CALLBACK_DATA.at(data.address);
        return PENDING;
      } }],
      teardownStart() {
        const item = FltAllocateDeferredIoWorkItem();
        const queue = (): void => void answers.push(
          FltQueueDeferredIoWorkItem(item, held!.address, finish, DelayedWorkQueue, 0));
        IoSetTopLevelIrp(1);
        queue();
        IoSetTopLevelIrp(0);
        held!.Iopb.IrpFlags |= IRP_PAGING_IO;
        queue();
        held!.Iopb.IrpFlags &= ~IRP_PAGING_IO;
        queue();
        FltFreeDeferredIoWorkItem(item);
        FltCompletePendedPreOperation(held!.address, NO_CALLBACK, 0);
      },
    });
    m.read();
    m.remove(leaving);
    expect(answers).toEqual([STATUS_FLT_NOT_SAFE_TO_POST_OPERATION,
      STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_FLT_DELETING_OBJECT]);
  });

  test('PEND-14: a deferred one holds its instance until its routine has returned', () => {
    let held = 0;
    const count = (): number => load(FLT_INSTANCE.bound.at_WorkItems(held as PFLT_INSTANCE));
    const routine = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('HoldsInstance', (item, data) => {
      m.log.push(`${count()}`);
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
      // The operation is gone, the item and the instance are still there.
      m.log.push(`${count()}`);
      FltFreeDeferredIoWorkItem(item as never);
    });
    m.filter('a', '100', (data, objects) => {
      held = objects.Instance;
      FltQueueDeferredIoWorkItem(FltAllocateDeferredIoWorkItem(), data.address, routine,
        DelayedWorkQueue, 0);
      return PENDING;
    });
    m.read();
    expect(count()).toBe(1);
    m.work();
    expect([...m.log, `${count()}`]).toEqual(['1', '1', '0']);
  });
});

describe('cancelling', () => {
  test('PEND-31: FltIsIoCanceled tells the cancel flag, up to DISPATCH_LEVEL', () => {
    m.filter('a', '100', (data) => {
      expect(FltIsIoCanceled(data.address)).toBe(false);
      IoCancelIrp(irpOf(data.address));
      expect(atIrql(2, () => FltIsIoCanceled(data.address))).toBe(true);
      return NO_CALLBACK;
    });
    m.read();
  });

  test('KRN-18, PEND-28: the cancel spin lock is not held in the filter\'s callback', () => {
    const callback = PFLT_COMPLETE_CANCELED_CALLBACK('WithoutLock', (data) => {
      IoReleaseCancelSpinLock(IoAcquireCancelSpinLock());
      data.IoStatus.Status = STATUS_CANCELLED;
      FltCompletePendedPreOperation(data.address, COMPLETE, 0);
    });
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('a', '100', (data) => {
      FltSetCancelCompletion(data.address, callback);
      held = data.address;
      return PENDING;
    });
    m.read();
    expect(IoCancelIrp(irpOf(held))).toBe(true);
    expect(m.outcome.status).toBe(STATUS_CANCELLED);
  });
});

describe('a callback data queue', () => {
  const QUEUE = 0x40000 as PFLT_CALLBACK_DATA_QUEUE;
  const MUTEX = 0x41000;
  let list: PFLT_CALLBACK_DATA[];
  const insert = PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('PInsert', (_queue, data) => {
    list.push(data.address);
    return STATUS_SUCCESS;
  });
  const remove = PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('PRemove', (_queue, data) => {
    list.splice(list.indexOf(data.address), 1);
  });
  const peek = PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('PPeek', (_queue, data) =>
    list[data === 0 ? 0 : list.indexOf(data as PFLT_CALLBACK_DATA) + 1] ?? 0);
  const spinAcquire = PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('PAcquire', (_queue, irql) => {
    irql.value = KfRaiseIrql(2);
  });
  const spinRelease = PFLT_CALLBACK_DATA_QUEUE_RELEASE('PRelease', (_queue, irql) => {
    KeLowerIrql(irql);
  });
  const mutexAcquire = PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('PMutexAcquire', () => {
    ExAcquireFastMutex(MUTEX);
  });
  const mutexRelease = PFLT_CALLBACK_DATA_QUEUE_RELEASE('PMutexRelease', () => {
    ExReleaseFastMutex(MUTEX);
  });
  const canceled = PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('PCanceled', (_queue, data) => {
    data.IoStatus.Status = STATUS_CANCELLED;
    FltCompletePendedPreOperation(data.address, COMPLETE, 0);
  });

  function initialize(lock: 'spin' | 'mutex'): void {
    list = [];
    fillBytes(QUEUE, 0, FLT_CALLBACK_DATA_QUEUE.size);
    ExInitializeFastMutex(MUTEX);
    const [take, give] = lock === 'spin' ? [spinAcquire, spinRelease]
      : [mutexAcquire, mutexRelease];
    FltCbdqInitialize(0 as PFLT_INSTANCE, QUEUE, insert, remove, peek, take, give, canceled);
  }

  function keeper(): void {
    m.filter('keeper', '100', (data) => {
      expect(FltCbdqInsertIo(QUEUE, data.address, 0 as never, 0)).toBe(STATUS_SUCCESS);
      return PENDING;
    });
  }

  function passAll(): number {
    let passed = 0;
    for (;;) {
      const data = FltCbdqRemoveNextIo(QUEUE, 0);
      if (data === 0) return passed;
      passed++;
      FltCompletePendedPreOperation(data, NO_CALLBACK, 0);
    }
  }

  test('PEND-18: is made at any level, and takes operations from then on', () => {
    atIrql(15, () => initialize('spin'));
    keeper();
    expect(m.read()).toBe(STATUS_IS_PENDING);
    expect(list).toHaveLength(1);
    expect(passAll()).toBe(1);
  });

  test('PEND-25: under a spin lock is used up to DISPATCH_LEVEL, under a mutex up to ' +
    'APC_LEVEL', () => {
    initialize('spin');
    expect(atIrql(2, () => FltCbdqRemoveNextIo(QUEUE, 0))).toBe(0);
    expect(bugCheckAt(3, () => FltCbdqRemoveNextIo(QUEUE, 0))).toEqual([0xc4, 0xf516]);
    initialize('mutex');
    keeper();
    m.read();
    expect(bugCheckAt(2, () => FltCbdqRemoveNextIo(QUEUE, 0))).toEqual([0xc4, 0x33]);
    const data = atIrql(1, () => FltCbdqRemoveNextIo(QUEUE, 0));
    FltCompletePendedPreOperation(data, NO_CALLBACK, 0);
    m.read();
    IoCancelIrp(irpOf(list[0]!));
    expect(m.outcome.status).toBe(STATUS_CANCELLED);
  });

  test('PEND-7: holds what would flood a work queue: one work item passes everything on', () => {
    const FLOOD = 150;
    initialize('spin');
    const worker = PFLT_GENERIC_WORKITEM_ROUTINE('PassAll', (item) => {
      m.log.push(`${passAll()}`);
      FltFreeGenericWorkItem(item as never);
    });
    keeper();
    const before = workQueueStatistics(DelayedWorkQueue);
    const { filter } = m.filters[0]!;
    FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), filter, worker, DelayedWorkQueue, 0);
    for (let n = 0; n < FLOOD; n++) m.read();
    expect(workQueueStatistics(DelayedWorkQueue).waiting).toBe(1);
    m.work();
    expect(m.log).toEqual([`${FLOOD}`]);
    expect(workQueueStatistics(DelayedWorkQueue).run - before.run).toBe(1);
    m.remove(m.filters[0]!);
    m.filter('floods', '100', (data) => {
      FltQueueDeferredIoWorkItem(FltAllocateDeferredIoWorkItem(), data.address, finish,
        DelayedWorkQueue, 0);
      return PENDING;
    });
    for (let n = 0; n < FLOOD; n++) m.read();
    expect(workQueueStatistics(DelayedWorkQueue).waiting).toBe(FLOOD);
    m.work();
  });
});
