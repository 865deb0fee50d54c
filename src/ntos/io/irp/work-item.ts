// I/O work items: a work item that holds its device object, so that a driver cannot go away while
// its routine is queued or running. The routine gets (DeviceObject, Context) at PASSIVE_LEVEL.
import { compareExchange, store } from '../../../atomics-sync/atomics.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ex/work-queue.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { WORKER_INVALID } from '../../ke/bug-check-codes.ts';
import { IO_WORKITEM } from '../types.ts';
import { TAG_WORK_ITEM } from '../object/private.ts';
import type { PDEVICE_OBJECT, PIO_WORKITEM } from '../types.ts';
import type { RoutineId } from '../../../mem/routine.ts';

const w = IO_WORKITEM.bound;

/** Takes a work item for a device; NULL when there is no memory. IRQL <= DISPATCH_LEVEL. */
export function IoAllocateWorkItem(DeviceObject: PDEVICE_OBJECT): PIO_WORKITEM {
  const item = ExAllocatePoolWithTag(NonPagedPool, IO_WORKITEM.size, TAG_WORK_ITEM) as PIO_WORKITEM;
  if (item !== 0) IoInitializeWorkItem(DeviceObject, item);
  return item;
}

/** Makes a work item in memory of the caller's. Any IRQL. */
export function IoInitializeWorkItem(IoObject: number, IoWorkItem: PIO_WORKITEM): void {
  fillBytes(IoWorkItem, 0, IO_WORKITEM.size);
  w.set_IoObject(IoWorkItem, IoObject);
}

/** The size of a work item in bytes. Any IRQL. */
export function IoSizeofWorkItem(): number {
  return IO_WORKITEM.size;
}

/** Ends the use of a work item that the caller made room for. Any IRQL; it must not be queued. */
export function IoUninitializeWorkItem(IoWorkItem: PIO_WORKITEM): void {
  refuseQueued(IoWorkItem, 2, 'IoUninitializeWorkItem');
}

/** Gives a work item back. IRQL <= DISPATCH_LEVEL; while it is queued it is bug check 0xE4/2. */
export function IoFreeWorkItem(IoWorkItem: PIO_WORKITEM): void {
  refuseQueued(IoWorkItem, 2, 'IoFreeWorkItem');
  ExFreePoolWithTag(IoWorkItem, TAG_WORK_ITEM);
}

function refuseQueued(item: PIO_WORKITEM, subcode: number, routine: string): void {
  if (compareExchange(w.at_Queued(item), 0, 0) === 0) return;
  KeBugCheckEx(WORKER_INVALID, subcode, item, 0, 0,
    `${routine}: the work item is queued; its routine has not begun yet (KRN-40)`);
}

const runItem = kernelRoutine('IopProcessWorkItem', (address) => {
  const item = address as PIO_WORKITEM;
  const routine = w.Routine(item);
  const object = w.IoObject(item);
  const context = w.Context(item);
  // From here on the routine may queue or free the item again.
  store(w.at_Queued(item), 0);
  routineTable[routine]!(object, context);
  return 0;
});

/**
 * Queues a work item. IRQL <= DISPATCH_LEVEL. `routine` runs in a system thread.
 * Queueing it again before its routine began is bug check 0xE4/1 (KRN-40).
 */
export function IoQueueWorkItem(
  IoWorkItem: PIO_WORKITEM,
  routine: RoutineId,
  QueueType: number,
  context: number,
): void {
  if (compareExchange(w.at_Queued(IoWorkItem), 0, 1) !== 0) {
    KeBugCheckEx(WORKER_INVALID, 1, IoWorkItem, 0, 0,
      'IoQueueWorkItem: the work item is queued already (KRN-40)');
  }
  w.set_Routine(IoWorkItem, routine);
  w.set_Context(IoWorkItem, context);
  ExInitializeWorkItem(w.at_WorkItem(IoWorkItem), runItem, IoWorkItem);
  ExQueueWorkItem(w.at_WorkItem(IoWorkItem), QueueType);
}
