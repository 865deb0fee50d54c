// I/O work items (KRN-40): a routine of a device, run once by a system thread; and what a driver
// asks about its stack before it recurses.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { bugCheckOf } from '#test/ntos/ex/support.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { IoGetRemainingStackSize, IoGetStackLimits, IoWithinStackLimits }
  from '#src/ntos/io/irp/stack.ts';
import { IoAllocateWorkItem, IoFreeWorkItem, IoInitializeWorkItem, IoQueueWorkItem,
  IoSizeofWorkItem, IoUninitializeWorkItem } from '#src/ntos/io/irp/work-item.ts';
import type { OutPtr } from '#src/mem/pointer.ts';
import type { PDEVICE_OBJECT, PIO_WORKITEM } from '#src/ntos/io/types.ts';

const DEVICE = 0x1000040 as PDEVICE_OBJECT;
const calls: (readonly [number, number])[] = [];
const note = kernelRoutine('TestNoteWork', (object, context) => {
  calls.push([object, context]);
  return 0;
});

let shutdown: () => void;
beforeEach(() => {
  calls.length = 0;
  shutdown = bootInline();
});
afterEach(() => {
  shutdown();
  expect(poolUsage()).toEqual([]);
});

test('KRN-40: the routine gets the device and its context, once for each queueing', () => {
  const item = IoAllocateWorkItem(DEVICE);
  for (const context of [7, 8]) {
    IoQueueWorkItem(item, note, DelayedWorkQueue, context);
    drainWorkQueues();
  }
  expect(calls).toEqual([[DEVICE, 7], [DEVICE, 8]]);
  IoFreeWorkItem(item);
});

test('KRN-40: queued twice is 0xE4/1, freed while it is queued 0xE4/2', () => {
  const item = IoAllocateWorkItem(DEVICE);
  IoQueueWorkItem(item, note, DelayedWorkQueue, 0);
  expect(bugCheckOf(() => IoQueueWorkItem(item, note, DelayedWorkQueue, 0))).toEqual([0xe4, 1]);
  expect(bugCheckOf(() => IoFreeWorkItem(item))).toEqual([0xe4, 2]);
  drainWorkQueues();
  expect(calls).toHaveLength(1);
  IoFreeWorkItem(item);
});

test('a work item may lie in memory of the driver\'s', () => {
  const frame = pushFrame();
  const item = stackAlloc(IoSizeofWorkItem()) as PIO_WORKITEM;
  IoInitializeWorkItem(DEVICE, item);
  IoQueueWorkItem(item, note, DelayedWorkQueue, 3);
  expect(bugCheckOf(() => IoUninitializeWorkItem(item))).toEqual([0xe4, 2]);
  drainWorkQueues();
  IoUninitializeWorkItem(item);
  expect(calls).toEqual([[DEVICE, 3]]);
  popFrame(frame);
});

test('a thread knows how much stack it has left, and what lies on it', () => {
  const frame = pushFrame();
  const limits = stackAlloc(8) as OutPtr;
  IoGetStackLimits(limits, (limits + 4) as OutPtr);
  const [low, high] = [i32[limits >> 2]!, i32[(limits + 4) >> 2]!];
  const before = IoGetRemainingStackSize();
  expect(before).toBeLessThanOrEqual(high - low);
  const local = stackAlloc(256);
  expect(before - IoGetRemainingStackSize()).toBeGreaterThanOrEqual(256);
  expect([IoWithinStackLimits(local, 256), IoWithinStackLimits(high - 4, 8),
    IoWithinStackLimits(low - 4, 4)]).toEqual([true, false, false]);
  popFrame(frame);
});
