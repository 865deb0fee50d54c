// Callback data queues (5.4): a filter keeps pended operations in a list of its own, under a lock
// of its own, and the Filter Manager sees to cancellation. The filter gives six routines; InsertIo,
// RemoveIo and PeekNextIo are called under Acquire and Release, CompleteCanceledIo without.
//
// Every operation in the queue has a cancel routine. Whoever takes it out of the IRP, the canceller
// or a removal, has the operation; the loser leaves it alone. A cancelled operation stays in the
// list until its canceller has got the lock, and is skipped meanwhile (PEND-22).
import { i32, u8 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../../ntos/io/irp/cancel.ts';
import { IO_CSQ_IRP_CONTEXT, IO_TYPE_CSQ_IRP_CONTEXT, IRP } from '../../ntos/io/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_CBDQ_DISABLED, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION } from '../constants.ts';
import { driverContext } from './cancel.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { FLT_CALLBACK_DATA_QUEUE } from '../types.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import { GIVEN_QUEUE, OP_GIVEN } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIO_CSQ_IRP_CONTEXT, PIRP } from '../../ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const q = FLT_CALLBACK_DATA_QUEUE.bound;
const c = IRP_CTRL.bound;
const x = IO_CSQ_IRP_CONTEXT.bound;
const { Cancel, CancelIrql } = IRP.bound;
const ENABLED = 1;
const NOTHING = 0 as PFLT_CALLBACK_DATA;
/** FLT_CALLBACK_DATA_QUEUE_IO_CONTEXT: names an operation in a queue from outside. */
export type PFLT_CALLBACK_DATA_QUEUE_IO_CONTEXT = PIO_CSQ_IRP_CONTEXT;

/** Takes the filter's lock; what it stores as the old IRQL is given back to it at the end. */
function acquire(queue: PFLT_CALLBACK_DATA_QUEUE, irqlAt: number): void {
  routineTable[q.Acquire(queue)]!(queue, irqlAt);
}

function release(queue: PFLT_CALLBACK_DATA_QUEUE, irqlAt: number): void {
  routineTable[q.Release(queue)]!(queue, u8[irqlAt]!);
}

/** Runs `act` under the filter's lock. */
function locked<T>(queue: PFLT_CALLBACK_DATA_QUEUE, act: () => T): T {
  const frame = pushFrame();
  const irqlAt = stackAlloc(4);
  acquire(queue, irqlAt);
  const result = act();
  release(queue, irqlAt);
  popFrame(frame);
  return result;
}

function irpOf(data: PFLT_CALLBACK_DATA): PIRP {
  return c.Irp(sheetOf(data)) as PIRP;
}

/** Notes in the IRP where it is queued; the words are the Filter Manager's while it has the IRP. */
function bind(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA, context: number): void {
  const irp = irpOf(data);
  i32[driverContext(irp, 0)] = data;
  i32[driverContext(irp, 1)] = queue;
  i32[driverContext(irp, 2)] = context;
  if (context === 0) return;
  x.set_Type(context as PIO_CSQ_IRP_CONTEXT, IO_TYPE_CSQ_IRP_CONTEXT);
  x.set_Irp(context as PIO_CSQ_IRP_CONTEXT, irp);
  x.set_Csq(context as PIO_CSQ_IRP_CONTEXT, queue as never);
}

/** Takes an operation off the filter's list. The lock is held, the cancel routine is out. */
function takeOut(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA): void {
  const context = i32[driverContext(irpOf(data), 2)]!;
  if (context !== 0) x.set_Irp(context as PIO_CSQ_IRP_CONTEXT, 0 as PIRP);
  routineTable[q.RemoveIo(queue)]!(queue, data);
}

function completeCanceled(queue: PFLT_CALLBACK_DATA_QUEUE, data: PFLT_CALLBACK_DATA): void {
  routineTable[q.CompleteCanceledIo(queue)]!(queue, data);
}

/** Called by whoever cancels an operation in a queue, with the cancel spin lock held. */
const cancelled = kernelRoutine('FltpCbdqCancelRoutine', (_device, irpNumber) => {
  const irp = irpNumber as PIRP;
  const data = i32[driverContext(irp, 0)]! as PFLT_CALLBACK_DATA;
  const queue = i32[driverContext(irp, 1)]! as PFLT_CALLBACK_DATA_QUEUE;
  IoReleaseCancelSpinLock(CancelIrql(irp));
  locked(queue, () => takeOut(queue, data));
  completeCanceled(queue, data);
  return 0;
});

/**
 * Makes a callback data queue; it takes operations from then on. Any IRQL.
 *
 * @param CbdqInsertIo (Cbdq, Cbd, InsertContext) -> NTSTATUS. @param CbdqRemoveIo (Cbdq, Cbd).
 * @param CbdqPeekNextIo (Cbdq, Cbd or NULL, PeekContext) -> the next one that matches, or NULL.
 * @param CbdqAcquire (Cbdq, Irql out). @param CbdqRelease (Cbdq, Irql).
 * @param CbdqCompleteCanceledIo (Cbdq, Cbd): completes with STATUS_CANCELLED (PEND-26).
 * @see PEND-18
 */
export function FltCbdqInitialize(
  Instance: PFLT_INSTANCE, Cbdq: PFLT_CALLBACK_DATA_QUEUE, CbdqInsertIo: RoutineId,
  CbdqRemoveIo: RoutineId, CbdqPeekNextIo: RoutineId, CbdqAcquire: RoutineId,
  CbdqRelease: RoutineId, CbdqCompleteCanceledIo: RoutineId,
): NTSTATUS {
  q.set_Instance(Cbdq, Instance);
  q.set_InsertIo(Cbdq, CbdqInsertIo);
  q.set_RemoveIo(Cbdq, CbdqRemoveIo);
  q.set_PeekNextIo(Cbdq, CbdqPeekNextIo);
  q.set_Acquire(Cbdq, CbdqAcquire);
  q.set_Release(Cbdq, CbdqRelease);
  q.set_CompleteCanceledIo(Cbdq, CbdqCompleteCanceledIo);
  store(q.at_Flags(Cbdq), ENABLED);
  return STATUS_SUCCESS;
}

function checkQueueable(Cbd: PFLT_CALLBACK_DATA): void {
  const isIrp = (c.Data_Flags(sheetOf(Cbd)) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
  if (isIrp && !isOwnData(Cbd)) return;
  violation(RULE_UNLISTED, Cbd, 'FltCbdqInsertIo: only an IRP-based operation that was ' +
    'delivered to the filter can be queued (PEND-25)');
}

/** What inserting came to; `isCanceled`: the operation was cancelled before, and is out again. */
interface Inserted {
  readonly status: NTSTATUS;
  readonly isCanceled: boolean;
}

function insert(
  queue: PFLT_CALLBACK_DATA_QUEUE,
  data: PFLT_CALLBACK_DATA,
  context: number,
  insertContext: number,
): Inserted {
  if (load(q.at_Flags(queue)) !== ENABLED) {
    return { status: STATUS_FLT_CBDQ_DISABLED, isCanceled: false };
  }
  const status = routineTable[q.InsertIo(queue)]!(queue, data, insertContext) as NTSTATUS;
  if (!NT_SUCCESS(status)) return { status, isCanceled: false };
  bind(queue, data, context);
  const irp = irpOf(data);
  IoSetCancelRoutine(irp, cancelled);
  const isCanceled = Cancel(irp) !== 0 && IoSetCancelRoutine(irp, 0) !== 0;
  if (isCanceled) takeOut(queue, data);
  return { status, isCanceled };
}

/**
 * Puts an operation into the queue; the caller pends it. IRQL <= DISPATCH_LEVEL when the lock is a
 * spin lock, else <= APC_LEVEL. An operation that is cancelled already goes to CompleteCanceledIo
 * at once, inside of this call (PEND-21).
 *
 * @param Context NULL, or memory of the filter's by which FltCbdqRemoveIo finds the operation.
 * @returns STATUS_FLT_CBDQ_DISABLED, or what CbdqInsertIo answered; when that is a failure nothing
 *   is queued (PEND-20).
 */
export function FltCbdqInsertIo(
  Cbdq: PFLT_CALLBACK_DATA_QUEUE, Cbd: PFLT_CALLBACK_DATA,
  Context: PFLT_CALLBACK_DATA_QUEUE_IO_CONTEXT, InsertContext: OutPtr,
): NTSTATUS {
  checkIrql('FltCbdqInsertIo', DISPATCH_LEVEL);
  checkQueueable(Cbd);
  const inserted = locked(Cbdq, () => insert(Cbdq, Cbd, Context, InsertContext));
  if (tracer !== null && NT_SUCCESS(inserted.status)) {
    tracer.event(OP_GIVEN, Cbd, GIVEN_QUEUE, Cbdq, 0);
  }
  if (inserted.isCanceled) completeCanceled(Cbdq, Cbd);
  return inserted.status;
}

/**
 * Takes a particular operation out. Levels as FltCbdqInsertIo.
 *
 * @returns the operation, which is the caller's now; NULL when it was removed before or cancelled.
 */
export function FltCbdqRemoveIo(
  Cbdq: PFLT_CALLBACK_DATA_QUEUE, Context: PFLT_CALLBACK_DATA_QUEUE_IO_CONTEXT,
): PFLT_CALLBACK_DATA {
  checkIrql('FltCbdqRemoveIo', DISPATCH_LEVEL);
  return locked(Cbdq, () => {
    const irp = x.Irp(Context) as PIRP;
    // Without its cancel routine it is the canceller's, who waits for the lock (PEND-22).
    if (irp === 0 || IoSetCancelRoutine(irp, 0) === 0) return NOTHING;
    const data = i32[driverContext(irp, 0)]! as PFLT_CALLBACK_DATA;
    takeOut(Cbdq, data);
    return data;
  });
}

/**
 * Takes the next matching operation out that is not cancelled; NULL when there is none.
 * Levels as FltCbdqInsertIo. Works on a disabled queue, too (PEND-23, PEND-24).
 */
export function FltCbdqRemoveNextIo(
  Cbdq: PFLT_CALLBACK_DATA_QUEUE, PeekContext: OutPtr,
): PFLT_CALLBACK_DATA {
  checkIrql('FltCbdqRemoveNextIo', DISPATCH_LEVEL);
  const peek = routineTable[q.PeekNextIo(Cbdq)]!;
  return locked(Cbdq, () => {
    let data = peek(Cbdq, 0, PeekContext) as PFLT_CALLBACK_DATA;
    while (data !== 0) {
      if (IoSetCancelRoutine(irpOf(data), 0) !== 0) {
        takeOut(Cbdq, data);
        return data;
      }
      data = peek(Cbdq, data, PeekContext) as PFLT_CALLBACK_DATA;
    }
    return NOTHING;
  });
}

/** Lets the queue take operations again. Levels as FltCbdqInsertIo. */
export function FltCbdqEnable(Cbdq: PFLT_CALLBACK_DATA_QUEUE): void {
  checkIrql('FltCbdqEnable', DISPATCH_LEVEL);
  locked(Cbdq, () => store(q.at_Flags(Cbdq), ENABLED));
}

/**
 * Makes the queue refuse operations; what is in it can still be removed and cancelled. In a
 * teardown: disable, then FltCbdqRemoveNextIo until NULL (PEND-24). Levels as FltCbdqInsertIo.
 */
export function FltCbdqDisable(Cbdq: PFLT_CALLBACK_DATA_QUEUE): void {
  checkIrql('FltCbdqDisable', DISPATCH_LEVEL);
  locked(Cbdq, () => store(q.at_Flags(Cbdq), 0));
}
