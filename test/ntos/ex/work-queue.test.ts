// A queued item runs exactly once, at PASSIVE_LEVEL, in order, whatever the load; misuse is named
// (KRN-39 to KRN-41).
import { beforeEach, describe, expect, test } from 'vitest';
import { store } from '#src/atomics-sync/atomics.ts';
import { i32 } from '#src/mem/memory.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { systemRoot } from '#src/mem/system-roots.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '#src/ntos/ke/apc.ts';
import { raiseStatus } from '#src/ntos/ke/exception.ts';
import { KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { STATUS_ACCESS_VIOLATION } from '#src/ntos/status-codes.ts';
import { ExFreePool, ExAllocatePoolWithTag, initializePool, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { ExInitializeWorkItem, ExQueueWorkItem, drainWorkQueues, initializeWorkQueues,
  workQueueStatistics } from '#src/ntos/ex/work-queue.ts';
import { CriticalWorkQueue, CustomPriorityWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue,
  NonPagedPool, NormalWorkQueue, RealTimeWorkQueue, WORK_QUEUE_ITEM } from '#src/ntos/ex/types.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { atIrql, bugCheckAt, bugCheckOf } from './support.ts';

const TAG = poolTag('Item');
const MODULE = '#test/ntos/ex/work-threads.ts';
let seen: number[] = [];
const note = imageRoutine('Note', (parameter) => {
  seen.push(parameter!);
  expect(KeGetCurrentIrql()).toBe(0);
  return 0;
});

function newItem(routine = note, parameter = 0): number {
  const item = ExAllocatePoolWithTag(NonPagedPool, WORK_QUEUE_ITEM.size, TAG);
  ExInitializeWorkItem(item, routine, parameter);
  return item;
}

/** Queues an item of a type and says in which queue it was. */
function queueTaking(type: number): number {
  ExQueueWorkItem(newItem(), type);
  const waiting = [CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue]
    .filter((queue) => workQueueStatistics(queue).waiting === 1);
  drainWorkQueues();
  return waiting[0]!;
}

/** The bug check that a work routine brings about; [code, 0] when it names the routine. */
function bugCheckAfter(name: string, routine: () => void): [number, number] {
  const id = imageRoutine(name, () => {
    routine();
    return 0;
  });
  ExQueueWorkItem(newItem(id), DelayedWorkQueue);
  const [code, first] = bugCheckOf(() => drainWorkQueues());
  return [code, first === id ? 0 : first];
}

function raises(): never {
  return raiseStatus(STATUS_ACCESS_VIOLATION, 'the test');
}

beforeEach(() => {
  initializePool();
  initializeWorkQueues();
  seen = [];
});

describe('a work item', () => {
  test('KRN-39: runs once with its parameter, at PASSIVE_LEVEL', () => {
    ExQueueWorkItem(newItem(note, 42), DelayedWorkQueue);
    expect(seen).toEqual([]);
    expect(drainWorkQueues()).toBe(1);
    expect(drainWorkQueues()).toBe(0);
    expect(seen).toEqual([42]);
  });

  test('may be queued at DISPATCH_LEVEL, and not above', () => {
    const item = newItem();
    const other = newItem();
    atIrql(2, () => ExQueueWorkItem(item, CriticalWorkQueue));
    expect(bugCheckAt(3, () => ExQueueWorkItem(other, CriticalWorkQueue))).toEqual([0xc4, 0xe5]);
    expect(drainWorkQueues()).toBe(1);
  });

  test('KRN-40: is dequeued before its routine runs, which may queue or free it', () => {
    let rounds = 0;
    const again = imageRoutine('Again', (item) => {
      if (++rounds < 5) {
        ExInitializeWorkItem(item!, again, item!);
        ExQueueWorkItem(item!, DelayedWorkQueue);
      } else {
        ExFreePool(item!);
      }
      return 0;
    });
    const item = newItem();
    ExInitializeWorkItem(item, again, item);
    ExQueueWorkItem(item, DelayedWorkQueue);
    expect(drainWorkQueues()).toBe(5);
    expect(poolUsage()).toEqual([]);
  });

  test('KRN-39: of any type lands in the queue of the nearest priority', () => {
    expect(queueTaking(NormalWorkQueue)).toBe(DelayedWorkQueue);
    expect(queueTaking(RealTimeWorkQueue)).toBe(HyperCriticalWorkQueue);
    expect(queueTaking(CustomPriorityWorkQueue + 13)).toBe(CriticalWorkQueue);
    expect(queueTaking(CustomPriorityWorkQueue + 31)).toBe(HyperCriticalWorkQueue);
    expect(queueTaking(CustomPriorityWorkQueue)).toBe(DelayedWorkQueue);
  });

  test('is never refused: what exceeds the ring waits behind it, in order', () => {
    const count = 3000;
    for (let n = 0; n < count; n++) ExQueueWorkItem(newItem(note, n), DelayedWorkQueue);
    const full = workQueueStatistics(DelayedWorkQueue);
    expect([full.waiting, full.overflowed > 1000]).toEqual([count, true]);
    expect(drainWorkQueues()).toBe(count);
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(workQueueStatistics(DelayedWorkQueue))
      .toMatchObject({ waiting: 0, run: count, deepest: count });
  });
});

describe('misuse is a bug check', () => {
  test('KRN-40: queueing a queued item: 0x96', () => {
    const item = newItem();
    ExQueueWorkItem(item, DelayedWorkQueue);
    const [code] = bugCheckOf(() => ExQueueWorkItem(item, CriticalWorkQueue));
    expect(code).toBe(0x96);
    drainWorkQueues();
  });

  test('KRN-40: before the queues exist 0xE4/5, an unknown type 0xE4/6, no routine 0xE4/7', () => {
    expect(bugCheckOf(() => ExQueueWorkItem(newItem(), 7))).toEqual([0xe4, 6]);
    expect(bugCheckOf(() => ExQueueWorkItem(newItem(0 as typeof note), 1))).toEqual([0xe4, 7]);
    store(systemRoot('workQueue', 4), 0);
    expect(bugCheckOf(() => ExQueueWorkItem(newItem(), DelayedWorkQueue))).toEqual([0xe4, 5]);
  });

  test('KRN-41: a routine that returns at a raised level: 0x0A naming the routine', () => {
    expect(bugCheckAfter('Raises', () => KfRaiseIrql(1))).toEqual([0x0a, 0]);
    KeLowerIrql(0);
  });

  test('KRN-9, KRN-41: a routine that leaves a critical region open: 0x01 naming the ' +
    'routine', () => {
    expect(bugCheckAfter('Enters', () => KeEnterCriticalRegion())).toEqual([0x01, 0]);
    KeLeaveCriticalRegion();
  });

  test('a routine that lets an exception pass: 0x1E with the status', () => {
    expect(bugCheckAfter('Throws', raises)).toEqual([0x1e, STATUS_ACCESS_VIOLATION]);
  });
});

describe('on real threads', () => {
  test('two producers and two workers: each of 40000 items runs exactly once', async () => {
    const counts = ExAllocatePoolWithTag(NonPagedPool, 8, TAG);
    i32[counts >> 2] = 0;
    i32[(counts + 4) >> 2] = 0;
    const args = { counts, perProducer: 20000 };
    const ran = await spawnThreads<number>({ module: MODULE, routine: 'mixed', threads: 4, args });
    expect(ran.slice(2).reduce((sum, n) => sum + n, 0)).toBe(40000);
    expect(i32[counts >> 2]).toBe(40000);
    ExFreePool(counts);
    expect(poolUsage()).toEqual([]);
  });

  test('no wake-up is lost: a worker that sleeps each time runs each of 500 items', async () => {
    const counts = ExAllocatePoolWithTag(NonPagedPool, 8, TAG);
    i32[counts >> 2] = 0;
    i32[(counts + 4) >> 2] = 0;
    const args = { counts, rounds: 500 };
    await spawnThreads({ module: MODULE, routine: 'pingPong', threads: 2, args, spinLimit: 0 });
    expect(i32[counts >> 2]).toBe(500);
  });
});
