// An operation in the hands of the oplock package. The package is written for IRPs that a driver
// holds; a minifilter has callback data. So the IRP is lent to the package as if it were sent to a
// driver below: with a stack location of its own that has the parameters as filters changed them,
// and with a completion routine here. Whatever the package does with it (pend it, cancel it,
// complete it) is thereby seen by the Filter Manager, which moves the operation on.
//
// Between `lend` and `takeBack`, or until a routine of this file has run, the IRP is the package's.
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { IoCopyCurrentIrpStackLocationToNext, IoGetCurrentIrpStackLocation,
  IoGetNextIrpStackLocation, IoMarkIrpPending, IoSetCompletionRoutine, IoSetNextIrpStackLocation,
  IoSkipCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP, SL_PENDING_RETURNED } from '../../ntos/io/types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../ntos/status-codes.ts';
import { FLT_PREOP_COMPLETE } from '../constants.ts';
import { differs, pushParameters } from '../walk/callback-data.ts';
import { CTRL_CREATE, CTRL_PENDING_RETURNED, CTRL_SAVED, IRP_CTRL, dataOf }
  from '../walk/irp-ctrl.ts';
import { FltCompletePendedPreOperation } from '../pending/pending.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { RoutineId } from '../../mem/routine.ts';

const c = IRP_CTRL.bound;
const i = IRP.bound;
const { Control, set_Control } = IO_STACK_LOCATION.bound;
const { CurrentRoutine, set_CurrentRoutine, CurrentData, set_CurrentData } = KTHREAD.bound;
const me = currentThread;

/** The package has completed an IRP that it had pended: an oplock broke, a wait for one is over. */
const lentCompleted = kernelRoutine('FltpOplockIrpCompleted', (_device, irpNumber, sheet) => {
  const irp = irpNumber as PIRP;
  const ctrl = sheet as PIRP_CTRL;
  copyResult(ctrl, irp);
  FltCompletePendedPreOperation(dataOf(ctrl), FLT_PREOP_COMPLETE, 0);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

/** Whether a filter changed what the IRP came with. */
function isChanged(ctrl: PIRP_CTRL): boolean {
  return (c.Flags(ctrl) & CTRL_SAVED) !== 0 || differs(ctrl);
}

/** Gives the IRP a stack location for the package. */
function push(ctrl: PIRP_CTRL, irp: PIRP): void {
  IoCopyCurrentIrpStackLocationToNext(irp);
  if (isChanged(ctrl)) pushParameters(ctrl, irp, IoGetNextIrpStackLocation(irp));
  IoSetCompletionRoutine(irp, lentCompleted, ctrl, true, true, true);
  IoSetNextIrpStackLocation(irp);
}

/**
 * Lends an operation's IRP to the package. The Filter Manager's own location is marked pending
 * before, since the package may give the operation to another thread at any time.
 */
export function lend(ctrl: PIRP_CTRL): PIRP {
  const irp = c.Irp(ctrl) as PIRP;
  const marks = (c.Flags(ctrl) & (CTRL_CREATE | CTRL_PENDING_RETURNED)) === 0;
  c.set_OplockMarked(ctrl, marks ? 1 : 0);
  if (marks) {
    IoMarkIrpPending(irp);
    c.set_Flags(ctrl, c.Flags(ctrl) | CTRL_PENDING_RETURNED);
  }
  push(ctrl, irp);
  return irp;
}

/** Takes the IRP back, which the package has neither kept nor completed. */
export function takeBack(ctrl: PIRP_CTRL, irp: PIRP): void {
  IoSkipCurrentIrpStackLocation(irp);
  if (c.OplockMarked(ctrl) === 0) return;
  c.set_OplockMarked(ctrl, 0);
  const location = IoGetCurrentIrpStackLocation(irp);
  set_Control(location, Control(location) & ~SL_PENDING_RETURNED);
  c.set_Flags(ctrl, c.Flags(ctrl) & ~CTRL_PENDING_RETURNED);
}

/** Shows the filters what the package has written into the IRP. */
export function copyResult(ctrl: PIRP_CTRL, irp: PIRP): void {
  c.set_Data_IoStatus_Status(ctrl, i.IoStatus_Status(irp));
  c.set_Data_IoStatus_Information(ctrl, i.IoStatus_Information(irp));
}

/** The wait-complete routine that this thread is in; 0 when it is in none. */
let waitRoutine = 0;

/** Calls a filter's routine for an operation, as the walk calls its callbacks. */
function callFilter(routine: number, ctrl: PIRP_CTRL): void {
  const outerRoutine = CurrentRoutine(me);
  const outerData = CurrentData(me);
  const context = c.OplockContext(ctrl);
  set_CurrentRoutine(me, routine as RoutineId);
  set_CurrentData(me, dataOf(ctrl));
  routineTable[routine]!(dataOf(ctrl), context);
  set_CurrentRoutine(me, outerRoutine);
  set_CurrentData(me, outerData);
}

/**
 * Whether the caller is a wait-complete routine itself, and not a callback that runs inside of it
 * because the routine let the operation go on.
 */
export function isInWaitRoutine(): boolean {
  return waitRoutine !== 0 && CurrentRoutine(me) === waitRoutine;
}

/** Called by the package when a parked operation may go on, or cannot: IoStatus says which. */
export const waitCompleted = kernelRoutine('FltpOplockWaitCompleted', (sheet, irpNumber) => {
  const ctrl = sheet as PIRP_CTRL;
  const irp = irpNumber as PIRP;
  IoSkipCurrentIrpStackLocation(irp);
  copyResult(ctrl, irp);
  const outer = waitRoutine;
  waitRoutine = c.OplockWaitComplete(ctrl);
  callFilter(waitRoutine, ctrl);
  waitRoutine = outer;
  return 0;
});

/** Called by the package before it parks an operation: the filter gets its IRP once more. */
export const prePost = kernelRoutine('FltpOplockPrePost', (sheet, irpNumber) => {
  const ctrl = sheet as PIRP_CTRL;
  IoSkipCurrentIrpStackLocation(irpNumber as PIRP);
  callFilter(c.OplockPrePost(ctrl), ctrl);
  push(ctrl, irpNumber as PIRP);
  return 0;
});
