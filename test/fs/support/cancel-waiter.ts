// Cancels, from another thread, what a thread is held up with at an oplock.
import { routineTable } from '#src/mem/routine.ts';
import { FSRTL_OPLOCK, OPLOCK_WAITER } from '#src/ntos/fsrtl/oplock/oplock-types.ts';
import { stateOf } from '#src/ntos/fsrtl/oplock/oplock-state.ts';
import { lockStripe, unlockStripe } from '#src/ntos/fsrtl/stripe-lock.ts';
import { IoAcquireCancelSpinLock, IoSetCancelRoutine } from '#src/ntos/io/irp/cancel.ts';
import { IRP } from '#src/ntos/io/types.ts';
import { flink } from '#src/ntos/rtl/list-entry.ts';
import type { PIRP } from '#src/ntos/io/types.ts';
import type { PWAITER } from '#src/ntos/fsrtl/oplock/oplock-types.ts';

const irpOf = IRP.bound;
const { Irp } = OPLOCK_WAITER.bound;

/**
 * Cancels the first operation of a thread that waits at an oplock, if one does: what IoCancelIrp
 * does, with the stripe held until the cancel routine is ours, since then nobody else ends the IRP.
 *
 * @param variable the address of the OPLOCK.
 */
export function cancelWaiterOf(variable: number, thread: number): void {
  const oplock = stateOf(variable);
  if (oplock === 0) return;
  const head = FSRTL_OPLOCK.bound.at_Waiters(oplock);
  let irp = 0 as PIRP;
  let routine = 0;
  lockStripe(oplock);
  for (let at = flink(head); at !== head && routine === 0; at = flink(at)) {
    const held = Irp(at as PWAITER) as PIRP;
    if (irpOf.Tail_Overlay_Thread(held) !== thread) continue;
    irp = held;
    irpOf.set_Cancel(irp, 1);
    routine = IoSetCancelRoutine(irp, 0);
  }
  unlockStripe(oplock);
  if (routine === 0) return;
  irpOf.set_CancelIrql(irp, IoAcquireCancelSpinLock());
  routineTable[routine]!(0, irp);
}
