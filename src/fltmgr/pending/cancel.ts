// Cancelling (5.5): a filter that keeps an operation for long sets a routine that completes it when
// its issuer gives up; a filter that initiated an operation may ask that it end early.
//
// The exchange of the IRP's cancel routine decides every race: whoever takes the routine out, the
// canceller or the filter's FltClearCancelCompletion, owns the completion, and nobody else does.
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { IoCancelIrp, IoReleaseCancelSpinLock, IoSetCancelRoutine }
  from '../../ntos/io/irp/cancel.ts';
import { IRP, IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { STATUS_CANCELLED, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { i32 } from '../../mem/memory.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION } from '../constants.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { OWN_SENT, isOwnData, ownState } from '../initiated/own-data.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';

const c = IRP_CTRL.bound;
const { Cancel, CancelIrql, at_Tail_Overlay_DriverContext } = IRP.bound;

/** The word of the IRP that its present owner, here the Filter Manager, may use: 0 to 3. */
export function driverContext(irp: PIRP, index: number): number {
  return (at_Tail_Overlay_DriverContext(irp) >> 2) + index;
}

function checkHeld(routine: string, Data: PFLT_CALLBACK_DATA): PIRP_CTRL {
  if (isOwnData(Data)) {
    violation(RULE_UNLISTED, Data, `${routine}: the callback data is the filter's own; this is ` +
      'for operations that the filter has pended (5.5)');
  }
  return sheetOf(Data);
}

/** Called by whoever cancels, with the cancel spin lock held. */
const cancelled = kernelRoutine('FltpCancelCompletion', (_device, irpNumber) => {
  const irp = irpNumber as PIRP;
  const data = i32[driverContext(irp, 0)]!;
  const callback = i32[driverContext(irp, 1)]!;
  IoReleaseCancelSpinLock(CancelIrql(irp));
  routineTable[callback]!(data);
  return 0;
});

/**
 * Sets the routine that is called when the operation is cancelled. IRQL <= DISPATCH_LEVEL; the
 * filter has the operation, and is about to post it.
 *
 * @param CanceledCallback (Data), called without any lock; it completes the operation, usually with
 *   STATUS_CANCELLED and FLT_PREOP_COMPLETE, and the filter sees to it that nobody else uses Data.
 * @returns STATUS_CANCELLED when the operation is cancelled already and the routine is not called;
 *   STATUS_INVALID_PARAMETER when it is not IRP-based, or is paging I/O (PEND-28).
 */
export function FltSetCancelCompletion(
  CallbackData: PFLT_CALLBACK_DATA,
  CanceledCallback: RoutineId,
): NTSTATUS {
  checkIrql('FltSetCancelCompletion', DISPATCH_LEVEL);
  const ctrl = checkHeld('FltSetCancelCompletion', CallbackData);
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0 ||
      (c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0) return STATUS_INVALID_PARAMETER;
  const irp = c.Irp(ctrl) as PIRP;
  i32[driverContext(irp, 0)] = CallbackData;
  i32[driverContext(irp, 1)] = CanceledCallback;
  if (IoSetCancelRoutine(irp, cancelled) !== 0) {
    violation(RULE_UNLISTED, CallbackData, 'FltSetCancelCompletion: the operation has a cancel ' +
      'routine already, of an earlier call or of a callback data queue (PEND-27)');
  }
  // Cancelled before the routine was there: whoever takes it out again decides.
  if (Cancel(irp) !== 0 && IoSetCancelRoutine(irp, 0) !== 0) return STATUS_CANCELLED;
  return STATUS_SUCCESS;
}

/**
 * Takes the routine away again; the worker does so before it completes the operation. Any IRQL.
 *
 * @returns STATUS_SUCCESS: the operation is the caller's. STATUS_CANCELLED: no routine was set, or
 *   cancelling has begun and completes the operation; the caller must not (PEND-29).
 */
export function FltClearCancelCompletion(CallbackData: PFLT_CALLBACK_DATA): NTSTATUS {
  const ctrl = checkHeld('FltClearCancelCompletion', CallbackData);
  const irp = c.Irp(ctrl) as PIRP;
  if (irp === 0) return STATUS_CANCELLED;
  return IoSetCancelRoutine(irp, 0) === 0 ? STATUS_CANCELLED : STATUS_SUCCESS;
}

/**
 * Asks that an operation which the filter initiated end early. IRQL <= DISPATCH_LEVEL.
 *
 * @returns TRUE only when a driver below had a cancel routine, which was called; FALSE when only
 *   the cancel flag was set, when it was set before, or when nothing is under way (PEND-30).
 */
export function FltCancelIo(CallbackData: PFLT_CALLBACK_DATA): boolean {
  checkIrql('FltCancelIo', DISPATCH_LEVEL);
  if (!isOwnData(CallbackData)) {
    violation(RULE_UNLISTED, CallbackData, 'FltCancelIo for an operation that the filter did not ' +
      'initiate; only its own may be cancelled (PEND-30)');
  }
  const ctrl = sheetOf(CallbackData);
  const irp = c.Irp(ctrl) as PIRP;
  if (ownState(ctrl) !== OWN_SENT || irp === 0 || Cancel(irp) !== 0) return false;
  return IoCancelIrp(irp);
}
