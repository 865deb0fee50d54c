// @hot  Completing an IRP: the stack is walked upwards, each driver's completion routine runs,
// and what is left goes to the thread that issued it (io/complete-request, by a special kernel
// APC). Runs at up to DISPATCH_LEVEL in whatever thread the device completes in.
import { routineTable as table } from '../../../mem/routine.ts';
import { STATUS_CANCELLED, STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING }
  from '../../status-codes.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql as currentIrql } from '../../ke/irql.ts';
import { IO_STACK_LOCATION, IRP, SL_INVOKE_ON_CANCEL, SL_INVOKE_ON_ERROR, SL_INVOKE_ON_SUCCESS,
  SL_PENDING_RETURNED } from '../types.ts';
import { IoMarkIrpPending, zeroLocation } from './irp.ts';
import { cancelRoutineOf } from './cancel.ts';
import { completedCancelable, completedPending, completedTooHigh, completedTwice,
  completionRoutineChangedIrql } from './misuse.ts';
import { finishRequest } from './complete-request.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../types.ts';

const routineTable = table;
const irqlNow = currentIrql;
const { CurrentLocation, set_CurrentLocation, StackCount, IoStatus_Status, Cancel,
  set_PendingReturned, Tail_Overlay_CurrentStackLocation: CurrentStackLocation,
  set_Tail_Overlay_CurrentStackLocation: set_CurrentStackLocation } = IRP.bound;
const { Control, CompletionRoutine, Context, DeviceObject } = IO_STACK_LOCATION.bound;
const LOCATION_SIZE = IO_STACK_LOCATION.size;
const markPending = IoMarkIrpPending;
const zero = zeroLocation;
const cancelRoutine = cancelRoutineOf;

function invokes(control: number, status: number, irp: PIRP): boolean {
  if (status >= 0 ? control & SL_INVOKE_ON_SUCCESS : control & SL_INVOKE_ON_ERROR) return true;
  return (control & SL_INVOKE_ON_CANCEL) !== 0 && Cancel(irp) !== 0 && status === STATUS_CANCELLED;
}

/**
 * Completes an IRP (IoCompleteRequest). IRQL <= DISPATCH_LEVEL, any thread.
 * The caller must not touch the IRP afterwards. Broken rules: 0x44 completed twice, 0x48 with a
 * cancel routine set, 0xC9/6 with STATUS_PENDING.
 */
export function IofCompleteRequest(Irp: PIRP, _PriorityBoost = 0): void {
  const irql = irqlNow();
  if (irql > DISPATCH_LEVEL) completedTooHigh(Irp, irql);
  const stackCount = StackCount(Irp);
  let location = CurrentLocation(Irp);
  if (location > stackCount + 1) completedTwice(Irp, location);
  if (IoStatus_Status(Irp) === STATUS_PENDING) completedPending(Irp, STATUS_PENDING);
  if (cancelRoutine(Irp) !== 0) completedCancelable(Irp, cancelRoutine(Irp));

  while (location <= stackCount) {
    const done = CurrentStackLocation(Irp);
    const control = Control(done);
    set_PendingReturned(Irp, control & SL_PENDING_RETURNED);
    location++;
    set_CurrentLocation(Irp, location);
    const above = (done + LOCATION_SIZE) as PIO_STACK_LOCATION;
    set_CurrentStackLocation(Irp, above);
    const status = IoStatus_Status(Irp);
    if (invokes(control, status, Irp)) {
      const routine = CompletionRoutine(done);
      const context = Context(done);
      zero(done);
      const device = location <= stackCount ? DeviceObject(above) : 0;
      const answer = routineTable[routine]!(device, Irp, context);
      if (irqlNow() !== irql) completionRoutineChangedIrql(Irp, routine, irqlNow());
      if (answer === STATUS_MORE_PROCESSING_REQUIRED) return;
    } else {
      zero(done);
      if ((control & SL_PENDING_RETURNED) !== 0 && location <= stackCount) markPending(Irp);
    }
  }
  // A second completion of a finished IRP must be seen: the location is moved past the end.
  set_CurrentLocation(Irp, stackCount + 2);
  finishRequest(Irp);
}
