// Cancel-safe IRP queues (IoCsq): the driver gives six routines (insert, remove, peek, lock,
// unlock, complete a cancelled IRP) and never sees the races between removal and cancellation:
// exactly one of the two gets an IRP. The exchange of the IRP's cancel routine decides.
import { i32 } from '../../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_SUCCESS } from '../../status-codes.ts';
import { IO_CSQ, IO_CSQ_IRP_CONTEXT, IRP } from '../types.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from './cancel.ts';
import { IoMarkIrpPending } from './irp.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PIO_CSQ, PIO_CSQ_IRP_CONTEXT, PIRP } from '../types.ts';
import type { RoutineId } from '../../../mem/routine.ts';

/** IO_CSQ.Type, and the type of a context that stands in DriverContext[3]. */
const TYPE_CSQ = 1;
const TYPE_CONTEXT = 2;
const TYPE_CSQ_EX = 3;
const q = IO_CSQ.bound;
const x = IO_CSQ_IRP_CONTEXT.bound;
const { at_Tail_Overlay_DriverContext, Cancel, CancelIrql } = IRP.bound;

function slotOf(irp: PIRP): number {
  return (at_Tail_Overlay_DriverContext(irp) + 12) >> 2;
}

function acquire(csq: PIO_CSQ): number {
  const frame = pushFrame();
  const irql = stackAlloc(4);
  routineTable[q.CsqAcquireLock(csq)]!(csq, irql);
  const old = i32[irql >> 2]!;
  popFrame(frame);
  return old;
}

function release(csq: PIO_CSQ, irql: number): void {
  routineTable[q.CsqReleaseLock(csq)]!(csq, irql);
}

function fill(
  csq: PIO_CSQ, type: number, insert: RoutineId, remove: RoutineId, peek: RoutineId,
  lock: RoutineId, unlock: RoutineId, complete: RoutineId,
): NTSTATUS {
  q.set_Type(csq, type);
  q.set_CsqInsertIrp(csq, insert);
  q.set_CsqRemoveIrp(csq, remove);
  q.set_CsqPeekNextIrp(csq, peek);
  q.set_CsqAcquireLock(csq, lock);
  q.set_CsqReleaseLock(csq, unlock);
  q.set_CsqCompleteCanceledIrp(csq, complete);
  q.set_ReservePointer(csq, 0);
  return STATUS_SUCCESS;
}

/** Makes a queue of the driver's routines. Any IRQL. */
export function IoCsqInitialize(
  Csq: PIO_CSQ, insert: RoutineId, remove: RoutineId, peek: RoutineId,
  lock: RoutineId, unlock: RoutineId, complete: RoutineId,
): NTSTATUS {
  return fill(Csq, TYPE_CSQ, insert, remove, peek, lock, unlock, complete);
}

/** The same with an insert routine that takes a context and may refuse. Any IRQL. */
export function IoCsqInitializeEx(
  Csq: PIO_CSQ, insert: RoutineId, remove: RoutineId, peek: RoutineId,
  lock: RoutineId, unlock: RoutineId, complete: RoutineId,
): NTSTATUS {
  return fill(Csq, TYPE_CSQ_EX, insert, remove, peek, lock, unlock, complete);
}

/** The queue and the context of an IRP that is in a queue. */
function queueOf(slot: number): { csq: PIO_CSQ; context: PIO_CSQ_IRP_CONTEXT } {
  const at = i32[slot]!;
  if (x.Type(at as PIO_CSQ_IRP_CONTEXT) !== TYPE_CONTEXT) {
    return { csq: at as PIO_CSQ, context: 0 as PIO_CSQ_IRP_CONTEXT };
  }
  const context = at as PIO_CSQ_IRP_CONTEXT;
  return { csq: x.Csq(context), context };
}

const cancelRoutine = kernelRoutine('IopCsqCancelRoutine', (_device, irpNumber) => {
  const irp = irpNumber as PIRP;
  IoReleaseCancelSpinLock(CancelIrql(irp));
  const { csq, context } = queueOf(slotOf(irp));
  const irql = acquire(csq);
  routineTable[q.CsqRemoveIrp(csq)]!(csq, irp);
  if (context !== 0) x.set_Irp(context, 0 as PIRP);
  release(csq, irql);
  routineTable[q.CsqCompleteCanceledIrp(csq)]!(csq, irp);
  return 0;
});

/**
 * Puts an IRP into the queue. IRQL <= DISPATCH_LEVEL. `Context` is NULL or an IO_CSQ_IRP_CONTEXT.
 */
export function IoCsqInsertIrp(Csq: PIO_CSQ, Irp: PIRP, Context: PIO_CSQ_IRP_CONTEXT): void {
  IoCsqInsertIrpEx(Csq, Irp, Context, 0);
}

/** The same; the status of an insert routine that may refuse. IRQL <= DISPATCH_LEVEL. */
export function IoCsqInsertIrpEx(
  Csq: PIO_CSQ,
  Irp: PIRP,
  Context: PIO_CSQ_IRP_CONTEXT,
  InsertContext: number,
): NTSTATUS {
  if (Context !== 0) {
    x.set_Type(Context, TYPE_CONTEXT);
    x.set_Irp(Context, Irp);
    x.set_Csq(Context, Csq);
  }
  i32[slotOf(Irp)] = Context !== 0 ? Context : Csq;
  const irql = acquire(Csq);
  const answer = routineTable[q.CsqInsertIrp(Csq)]!(Csq, Irp, InsertContext) as NTSTATUS;
  if (q.Type(Csq) === TYPE_CSQ_EX && !NT_SUCCESS(answer)) {
    release(Csq, irql);
    return answer;
  }
  IoMarkIrpPending(Irp);
  IoSetCancelRoutine(Irp, cancelRoutine);
  // Cancelled before the routine was set: whoever exchanges it back owns the IRP.
  if (Cancel(Irp) !== 0 && IoSetCancelRoutine(Irp, 0) !== 0) {
    routineTable[q.CsqRemoveIrp(Csq)]!(Csq, Irp);
    if (Context !== 0) x.set_Irp(Context, 0 as PIRP);
    release(Csq, irql);
    routineTable[q.CsqCompleteCanceledIrp(Csq)]!(Csq, Irp);
    return answer;
  }
  release(Csq, irql);
  return answer;
}

/** Takes the IRP of a context out; NULL when it was cancelled or removed. IRQL <= DISPATCH. */
export function IoCsqRemoveIrp(Csq: PIO_CSQ, Context: PIO_CSQ_IRP_CONTEXT): PIRP {
  const irql = acquire(Csq);
  const irp = x.Irp(Context);
  if (irp === 0 || IoSetCancelRoutine(irp, 0) === 0) {
    release(Csq, irql);
    return 0 as PIRP;
  }
  x.set_Irp(Context, 0 as PIRP);
  routineTable[q.CsqRemoveIrp(Csq)]!(Csq, irp);
  release(Csq, irql);
  return irp;
}

/** Takes the next matching IRP out that is not being cancelled; NULL when there is none. */
export function IoCsqRemoveNextIrp(Csq: PIO_CSQ, PeekContext: number): PIRP {
  const irql = acquire(Csq);
  const peek = routineTable[q.CsqPeekNextIrp(Csq)]!;
  let irp = peek(Csq, 0, PeekContext) as PIRP;
  while (irp !== 0 && IoSetCancelRoutine(irp, 0) === 0) irp = peek(Csq, irp, PeekContext) as PIRP;
  if (irp !== 0) {
    const { context } = queueOf(slotOf(irp));
    if (context !== 0) x.set_Irp(context, 0 as PIRP);
    routineTable[q.CsqRemoveIrp(Csq)]!(Csq, irp);
  }
  release(Csq, irql);
  return irp;
}
