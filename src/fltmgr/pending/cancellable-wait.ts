// Waits that end when the operation is cancelled on whose behalf they are made (PEND-32): a filter
// that waits for somebody in a callback, for an application as a rule, lets its thread go when the
// issuer gives up or is ended. What was waited for is not cancelled by that.
//
// The IRP gets a cancel routine for the time of the wait. DriverContext[0] names the waiting
// thread, DriverContext[1] becomes 1 when the routine has done its work: the wait returns only
// then.
import { EVERYBODY, load, notify, store } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { KeAreAllApcsDisabled } from '../../ntos/ke/apc.ts';
import { UserRequest, waitForObjects } from '../../ntos/ke/dispatcher.ts';
import { WaitAny } from '../../ntos/ke/dispatcher-object.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { WAIT_CANCELLABLE, cancelWait, forgetCancelledWait }
  from '../../ntos/ke/wait-interruption.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../../ntos/io/irp/cancel.ts';
import { IRP } from '../../ntos/io/types.ts';
import { readInt64 } from '../../ntos/rtl/large-integer.ts';
import { STATUS_CANCELLED } from '../../ntos/status-codes.ts';
import { driverContext } from './cancel.ts';
import { FLT_IS_IRP_OPERATION } from '../data.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PKTHREAD } from '../../ntos/ke/prcb.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';

const { Irp } = IRP_CTRL.bound;
const { Cancel, CancelIrql } = IRP.bound;
const NO_IRP = 0 as PIRP;

/** Called by whoever cancels the operation, with the cancel spin lock held. */
const cancelled = kernelRoutine('FltpCancelWait', (_device, irpNumber = 0) => {
  const irp = irpNumber as PIRP;
  IoReleaseCancelSpinLock(CancelIrql(irp));
  cancelWait(i32[driverContext(irp, 0)] as PKTHREAD, STATUS_CANCELLED);
  const done = driverContext(irp, 1) * 4;
  store(done, 1);
  notify(done, EVERYBODY);
  return 0;
});

/** Lets the IRP end the wait; false when it is cancelled already. */
function listen(irp: PIRP, data: PFLT_CALLBACK_DATA): boolean {
  i32[driverContext(irp, 0)] = currentThread;
  i32[driverContext(irp, 1)] = 0;
  if (IoSetCancelRoutine(irp, cancelled) !== 0) {
    violation(RULE_UNLISTED, data, 'FltCancellableWaitFor*: the operation has a cancel routine; ' +
      'the caller must have it to itself (PEND-32)');
  }
  return Cancel(irp) === 0 || IoSetCancelRoutine(irp, 0) === 0;
}

/** The IRP no longer ends waits of this thread. */
function stopListening(irp: PIRP): void {
  if (IoSetCancelRoutine(irp, 0) === 0) {
    // It was cancelled: whoever does that is still at it, or is done.
    const done = driverContext(irp, 1) * 4;
    while (load(done) === 0) parkWhile(done, 0, 100);
  }
  forgetCancelledWait();
}

function checkCaller(routine: string, irp: PIRP): void {
  checkIrql(routine, irp === 0 ? APC_LEVEL : PASSIVE_LEVEL);
  if (irp === 0 || !KeAreAllApcsDisabled()) return;
  violation(RULE_UNLISTED, irp, `${routine} with special kernel APCs disabled: the operation ` +
    'could not be cancelled (PEND-32)');
}

function wait(
  routine: string,
  objects: readonly number[],
  waitType: number,
  timeoutAt: number,
  blocks: number,
  data: PFLT_CALLBACK_DATA,
): NTSTATUS {
  const isIrp = data !== 0 && FLT_IS_IRP_OPERATION(data) !== 0;
  const irp = isIrp ? Irp(sheetOf(data)) as PIRP : NO_IRP;
  checkCaller(routine, irp);
  if (irp !== 0 && !listen(irp, data)) return STATUS_CANCELLED;
  const timeout = timeoutAt === 0 ? undefined : readInt64(timeoutAt);
  const status = waitForObjects(objects, waitType, UserRequest, timeout, blocks, WAIT_CANCELLABLE);
  if (irp !== 0) stopListening(irp);
  return status;
}

/**
 * Waits for a dispatcher object, until the operation is cancelled or the thread is ended.
 * PASSIVE_LEVEL with an IRP-based operation, else IRQL <= APC_LEVEL; special kernel APCs enabled.
 *
 * @param Timeout address of a LARGE_INTEGER in 100 ns (negative: relative); NULL for ever.
 * @param CallbackData NULL, or an operation that the caller holds and that has no cancel routine.
 * @returns STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_ABANDONED_WAIT_0; STATUS_CANCELLED for an
 *   IRP-based operation only, and STATUS_THREAD_IS_TERMINATING, the two that are failures.
 * @see PEND-32
 */
export function FltCancellableWaitForSingleObject(
  Object: number,
  Timeout: number,
  CallbackData: PFLT_CALLBACK_DATA,
): NTSTATUS {
  return wait('FltCancellableWaitForSingleObject', [Object], WaitAny, Timeout, 0, CallbackData);
}

/**
 * Waits for one or all of several objects, as FltCancellableWaitForSingleObject.
 *
 * @param ObjectArray address of `Count` pointers. @param WaitType WaitAll or WaitAny.
 * @param WaitBlockArray room for `Count` KWAIT_BLOCKs; NULL for up to three objects. More than
 *   three without, or 64 with it: bug check 0x0C.
 * @returns STATUS_WAIT_0 + n for WaitAny, STATUS_ABANDONED_WAIT_0 + n, and as above.
 * @see PEND-32
 */
export function FltCancellableWaitForMultipleObjects(
  Count: number,
  ObjectArray: number,
  WaitType: number,
  Timeout: number,
  WaitBlockArray: number,
  CallbackData: PFLT_CALLBACK_DATA,
): NTSTATUS {
  const objects = Array.from({ length: Count }, (_, n) => i32[(ObjectArray >> 2) + n] ?? 0);
  return wait('FltCancellableWaitForMultipleObjects', objects, WaitType, Timeout, WaitBlockArray,
    CallbackData);
}
