// FltCheckOplock and its kin: what a minifilter that owns oplocks calls in its pre-operation
// callbacks (OPL-4). Each asks whether the operation may go on, and starts the break of what is in
// its way; the state machine is that of ntos/fsrtl/oplock/oplock.ts, which ramfs uses as well.
//
//   FLT_PREOP_SUCCESS_WITH_CALLBACK   go on; IoStatus.Status may say that a wait was skipped
//   FLT_PREOP_PENDING                 parked; the wait-complete routine has or will have it
//   FLT_PREOP_COMPLETE                failed: IoStatus.Status says why
//
// All at IRQL <= APC_LEVEL, for IRP operations (OPL-1, OPL-3). Section synchronisation is the one
// exception: it has no IRP, so its break is started and never waited for (OPL-4).
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { routineName } from '../../mem/routine.ts';
import { FsRtlCheckOplockEx, FsRtlOplockBreakH, FsRtlOplockBreakToNoneEx, backOutAtomicOplock,
  breakForSection } from '../../ntos/fsrtl/oplock/oplock.ts';
import { IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION } from '../../ntos/io/types.ts';
import { STATUS_PENDING, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLT_PREOP_COMPLETE, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE,
  OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, OPLOCK_FLAG_IGNORE_OPLOCK_KEYS,
  OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, OPLOCK_FLAG_PARENT_OBJECT, OPLOCK_FLAG_REMOVING_FILE_OR_LINK
} from '../constants.ts';
import { IRP_CTRL, PHASE_POST, PHASE_PRE, sheetOf } from '../walk/irp-ctrl.ts';
import { isInWaitRoutine, lend, prePost, takeBack, waitCompleted } from './oplock-irp.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import { GIVEN_OPLOCK, OP_GIVEN } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PFILE_OBJECT, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';

const c = IRP_CTRL.bound;
const { CurrentRoutine } = KTHREAD.bound;

const CHECK_FLAGS = OPLOCK_FLAG_COMPLETE_IF_OPLOCKED | OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY |
  OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK | OPLOCK_FLAG_IGNORE_OPLOCK_KEYS | OPLOCK_FLAG_PARENT_OBJECT |
  OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE | OPLOCK_FLAG_REMOVING_FILE_OR_LINK;
const BREAK_H_FLAGS = OPLOCK_FLAG_COMPLETE_IF_OPLOCKED | OPLOCK_FLAG_IGNORE_OPLOCK_KEYS;

/** A call of a filter, with what it says should happen if the operation has to wait. */
interface Call {
  readonly routine: string;
  readonly data: PFLT_CALLBACK_DATA;
  readonly context: number;
  readonly waitComplete: number;
  readonly prePost: number;
}

function checkFlags(routine: string, flags: number, allowed: number): void {
  if ((flags & ~allowed) !== 0) {
    violation(RULE_UNLISTED, flags, `${routine}: flags 0x${flags.toString(16)} have a bit that ` +
      'the routine does not know (7.1)');
  }
  const removing = (flags & OPLOCK_FLAG_REMOVING_FILE_OR_LINK) !== 0;
  if (removing && (flags & OPLOCK_FLAG_PARENT_OBJECT) === 0) {
    violation(RULE_UNLISTED, flags, `${routine}: OPLOCK_FLAG_REMOVING_FILE_OR_LINK is for the ` +
      'parent directory, with OPLOCK_FLAG_PARENT_OBJECT (7.1)');
  }
}

/** The deadlock rule: the package may call the wait-complete routine before the check returns. */
function checkNotWaiting(routine: string, data: PFLT_CALLBACK_DATA): void {
  if (!isInWaitRoutine()) return;
  violation(RULE_UNLISTED, data, `${routine} from inside of the wait-complete routine ` +
    `${routineName(CurrentRoutine(currentThread))}: it may run before the check that parked the ` +
    'operation has returned, and would wait for itself; post the operation to a work item, which ' +
    'checks again (OPL-7, FltCheckOplockEx)');
}

/** The operation must be a filter's present one, with an IRP. */
function checkOperation(call: Call): PIRP_CTRL {
  checkIrql(call.routine, APC_LEVEL);
  checkNotWaiting(call.routine, call.data);
  if (isOwnData(call.data)) {
    violation(RULE_UNLISTED, call.data, `${call.routine}: the callback data is the filter's own; ` +
      'oplocks are checked for operations that come from above (OPL-4)');
  }
  const ctrl = sheetOf(call.data);
  const phase = c.Phase(ctrl);
  if (phase !== PHASE_PRE && phase !== PHASE_POST) {
    violation(RULE_UNLISTED, call.data, `${call.routine} for an operation that is in no callback ` +
      'of the filter (OPL-4)');
  }
  if (phase === PHASE_POST && call.waitComplete !== 0) {
    violation(RULE_UNLISTED, call.data, `${call.routine} with a wait-complete routine in a ` +
      'post-operation callback: FLT_PREOP_PENDING has no meaning there (7.2)');
  }
  return ctrl;
}

function checkIsIrp(call: Call, ctrl: PIRP_CTRL): void {
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0) return;
  violation(RULE_UNLISTED, call.data, `${call.routine} for an operation that is not IRP-based; ` +
    'ask FLT_IS_IRP_OPERATION before (OPL-3, FltCheckOplockEx)');
}

/** What a filter returns from its pre-operation callback for a status of the package (OPL-11). */
export function preOperationStatusOf(status: NTSTATUS): number {
  if (status === STATUS_PENDING) return FLT_PREOP_PENDING;
  return NT_SUCCESS(status) ? FLT_PREOP_SUCCESS_WITH_CALLBACK : FLT_PREOP_COMPLETE;
}

type PackageCheck = (irp: PIRP, context: number, wait: number, post: number) => NTSTATUS;

/** Lends the operation to the package and says what came of it. */
function run(call: Call, ctrl: PIRP_CTRL, check: PackageCheck): number {
  checkIsIrp(call, ctrl);
  c.set_OplockWaitComplete(ctrl, call.waitComplete as never);
  c.set_OplockPrePost(ctrl, call.prePost as never);
  c.set_OplockContext(ctrl, call.context);
  const waits = call.waitComplete !== 0;
  const irp = lend(ctrl);
  const status = check(irp, ctrl, waits ? waitCompleted : 0,
    waits && call.prePost !== 0 ? prePost : 0);
  // Parked: by now the wait may be over, and the operation another thread's.
  if (status === STATUS_PENDING) {
    if (tracer !== null) tracer.event(OP_GIVEN, call.data, GIVEN_OPLOCK, 0, 0);
    return FLT_PREOP_PENDING;
  }
  takeBack(ctrl, irp);
  c.set_Data_IoStatus_Status(ctrl, status);
  return preOperationStatusOf(status);
}

/**
 * Synchronises an IRP operation with the oplocks of a stream: breaks what is in its way, and waits.
 *
 * IRQL <= APC_LEVEL; from a pre-operation callback, or from a work routine for an operation that
 * the filter has pended; OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK also from post-create. Never from a
 * wait-complete routine (bug check).
 *
 * @param Oplock the address of the OPLOCK; NULL in it: nobody holds anything.
 * @param Flags OPLOCK_FLAG_*. COMPLETE_IF_OPLOCKED: the break is started and not waited for.
 *   OPLOCK_KEY_CHECK_ONLY: the key of a create is attached to its file object, nothing else.
 *   BACK_OUT_ATOMIC_OPLOCK: takes back what FltOplockFsctrl set for a create that failed later.
 *   IGNORE_OPLOCK_KEYS: oplocks with the operation's own key break as well.
 * @param Context for both routines.
 * @param WaitCompletionRoutine 0: the thread sleeps here until the break is over. Else called as
 *   (CallbackData, Context) exactly once when the operation may go on, or failed, as
 *   IoStatus.Status says (STATUS_CANCELLED); in an arbitrary thread, perhaps before this returns.
 * @param PrePostCallbackDataRoutine 0, or called as (CallbackData, Context) in this thread before
 *   the operation is parked.
 * @returns FLT_PREOP_SUCCESS_WITH_CALLBACK; with STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus.Status
 *   a wait was skipped. FLT_PREOP_PENDING. FLT_PREOP_COMPLETE with STATUS_CANCELLED,
 *   STATUS_CANNOT_BREAK_OPLOCK or STATUS_INSUFFICIENT_RESOURCES.
 * @see OPL-3 to OPL-12; FltCheckOplockEx of the WDK.
 */
export function FltCheckOplockEx(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, Flags: number, Context: number,
  WaitCompletionRoutine: number, PrePostCallbackDataRoutine: number,
): number {
  return checkOplock('FltCheckOplockEx', Oplock, CallbackData, Flags, Context,
    WaitCompletionRoutine, PrePostCallbackDataRoutine);
}

/** FltCheckOplockEx without flags: the create option FILE_COMPLETE_IF_OPLOCKED counts as well. */
export function FltCheckOplock(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, Context: number, WaitCompletionRoutine: number,
  PrePostCallbackDataRoutine: number,
): number {
  return checkOplock('FltCheckOplock', Oplock, CallbackData, 0, Context, WaitCompletionRoutine,
    PrePostCallbackDataRoutine);
}

function checkOplock(
  routine: string, oplock: number, data: PFLT_CALLBACK_DATA, flags: number, context: number,
  waitComplete: number, prePostRoutine: number,
): number {
  const call = { routine, data, context, waitComplete, prePost: prePostRoutine };
  const ctrl = checkOperation(call);
  checkFlags(routine, flags, CHECK_FLAGS);
  if (isSectionSync(ctrl)) {
    breakForSection(oplock,
      c.Iopb_Parameters_AcquireForSectionSynchronization_SyncType(ctrl),
      c.Iopb_Parameters_AcquireForSectionSynchronization_PageProtection(ctrl));
    c.set_Data_IoStatus_Status(ctrl, STATUS_SUCCESS);
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  }
  if ((flags & OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK) !== 0) {
    checkIsIrp(call, ctrl);
    // The status of the create that failed is what the filters above are to see.
    backOutAtomicOplock(oplock, c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT);
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  }
  return run(call, ctrl, (irp, sheet, wait, post) =>
    FsRtlCheckOplockEx(oplock, irp, flags, sheet, wait, post));
}

function isSectionSync(ctrl: PIRP_CTRL): boolean {
  return (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION) !== 0 &&
    c.Iopb_MajorFunction(ctrl) === IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION;
}

/**
 * Breaks oplocks with the handle level, and only that level: for a create in a share conflict.
 * Otherwise as FltCheckOplockEx (OPL-14).
 *
 * @param Flags OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, OPLOCK_FLAG_IGNORE_OPLOCK_KEYS.
 */
export function FltOplockBreakH(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, Flags: number, Context: number,
  WaitCompletionRoutine: number, PrePostCallbackDataRoutine: number,
): number {
  const call: Call = { routine: 'FltOplockBreakH', data: CallbackData, context: Context,
    waitComplete: WaitCompletionRoutine, prePost: PrePostCallbackDataRoutine };
  const ctrl = checkOperation(call);
  checkFlags(call.routine, Flags, BREAK_H_FLAGS);
  return run(call, ctrl, (irp, sheet, wait, post) =>
    FsRtlOplockBreakH(Oplock, irp, Flags, sheet, wait, post));
}

function breakToNone(
  routine: string, oplock: number, data: PFLT_CALLBACK_DATA, flags: number, context: number,
  waitComplete: number, prePostRoutine: number,
): number {
  const call = { routine, data, context, waitComplete, prePost: prePostRoutine };
  const ctrl = checkOperation(call);
  checkFlags(routine, flags, OPLOCK_FLAG_COMPLETE_IF_OPLOCKED);
  return run(call, ctrl, (irp, sheet, wait, post) =>
    FsRtlOplockBreakToNoneEx(oplock, irp, flags, sheet, wait, post));
}

/** Breaks every oplock at once, whatever the keys; otherwise as FltCheckOplockEx (OPL-14). */
export function FltOplockBreakToNone(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, Context: number, WaitCompletionRoutine: number,
  PrePostCallbackDataRoutine: number,
): number {
  return breakToNone('FltOplockBreakToNone', Oplock, CallbackData, 0, Context,
    WaitCompletionRoutine, PrePostCallbackDataRoutine);
}

/** FltOplockBreakToNone with OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, or 0, as `Flags`. */
export function FltOplockBreakToNoneEx(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, Flags: number, Context: number,
  WaitCompletionRoutine: number, PrePostCallbackDataRoutine: number,
): number {
  return breakToNone('FltOplockBreakToNoneEx', Oplock, CallbackData, Flags, Context,
    WaitCompletionRoutine, PrePostCallbackDataRoutine);
}
