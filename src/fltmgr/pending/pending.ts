// Operations that a filter keeps: FltCompletePendedPreOperation and ...PostOperation. The filter
// may call before its callback has returned PENDING or MORE_PROCESSING_REQUIRED: the two meet at
// the sheet's rendezvous word, and whoever comes second goes on with the operation (PRE-14,
// PEND-2). Each pended operation is completed exactly once (PEND-3).
import { add, compareExchange, load, notify } from '../../atomics-sync/atomics.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../ntos/ke/bug-check-codes.ts';
import { APC_LEVEL, DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK }
  from '../constants.ts';
import { freeSwappedMdl } from '../walk/swapped-mdl.ts';
import { COMPLETION_NODE, IRP_CTRL, MEET_COMPLETED, MEET_NONE, MEET_PENDED, NODE_SWAPPED_BUFFER,
  PHASE_POST,
  PHASE_PRE,
  nodeOf, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, INSTANCE_DETACHING, INSTANCE_STATE_MASK } from '../attach/object.ts';
import { checkPreStatus } from '../walk/walk-slow.ts';
import { resumePre, settlePost } from '../walk/callbacks.ts';
import { continueDown, goUp } from '../walk/dispatch.ts';
import { OP_RESUMED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const c = IRP_CTRL.bound;
const { Instance, Flags } = COMPLETION_NODE.bound;
const { at_Pended, at_State, at_Bell } = FLT_INSTANCE.bound;

function misuse(ctrl: PIRP_CTRL, number: number, text: string): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf500 | number,
    c.at_Data(ctrl), c.Phase(ctrl), c.Iopb_MajorFunction(ctrl), text);
}

/** The operation has gone on: with whoever completed it first, or it was never pended there. */
function notPended(ctrl: PIRP_CTRL, number: number, routine: string, phase: string): never {
  if (load(c.at_Rendezvous(ctrl)) === MEET_COMPLETED) {
    misuse(ctrl, 28, `${routine}: the operation was completed already (PEND-3)`);
  }
  return misuse(ctrl, number, `${routine} for an operation that is not in its ${phase} phase ` +
    '(PEND-3)');
}

/** Rings the bell of a teardown that waits for the instance's operations. */
export function ringBell(instance: PFLT_INSTANCE): void {
  if ((load(at_State(instance)) & INSTANCE_STATE_MASK) !== INSTANCE_DETACHING) return;
  add(at_Bell(instance), 1);
  notify(at_Bell(instance), 1);
}

/** One pended operation less; called once the operation's node is settled. */
function letGo(instance: PFLT_INSTANCE): void {
  add(at_Pended(instance), -1);
  ringBell(instance);
}

/** True: the callback has returned, this thread owns the operation. False: the callback goes on. */
function meet(ctrl: PIRP_CTRL, routine: string): boolean {
  const before = compareExchange(c.at_Rendezvous(ctrl), MEET_NONE, MEET_COMPLETED);
  if (before === MEET_NONE) return false;
  if (before === MEET_COMPLETED) misuse(ctrl, 28, `${routine}: the operation was completed ` +
    `twice (PEND-3)`);
  if (compareExchange(c.at_Rendezvous(ctrl), MEET_PENDED, MEET_COMPLETED) !== MEET_PENDED) {
    misuse(ctrl, 28, `${routine}: two threads complete the same operation (PEND-3)`);
  }
  return true;
}

/**
 * Completes an operation that the filter pended in its pre-operation callback.
 *
 * IRQL: <= DISPATCH_LEVEL with FLT_PREOP_COMPLETE, <= APC_LEVEL otherwise, because lower
 * pre-operation callbacks run in this very call. Any thread; also before the callback has
 * returned FLT_PREOP_PENDING.
 *
 * @param CallbackStatus COMPLETE (IoStatus is final), SUCCESS_NO_CALLBACK or
 *   SUCCESS_WITH_CALLBACK; others are a bug check (DIS-7).
 * @param Context for the post-operation callback; only with SUCCESS_WITH_CALLBACK.
 * @see 5.1, PEND-1 to PEND-6
 */
export function FltCompletePendedPreOperation(
  Data: PFLT_CALLBACK_DATA,
  CallbackStatus: number,
  Context: number,
): void {
  const ctrl = sheetOf(Data);
  const irql = KeGetCurrentIrql();
  if (c.Phase(ctrl) !== PHASE_PRE) notPended(ctrl, 8, 'FltCompletePendedPreOperation', 'pre');
  const passes = CallbackStatus === FLT_PREOP_SUCCESS_NO_CALLBACK ||
    CallbackStatus === FLT_PREOP_SUCCESS_WITH_CALLBACK;
  if (!passes && CallbackStatus !== FLT_PREOP_COMPLETE) {
    misuse(ctrl, 5, `FltCompletePendedPreOperation with status ${CallbackStatus}; it takes ` +
      `COMPLETE, ` +
      'SUCCESS_NO_CALLBACK or SUCCESS_WITH_CALLBACK (5.1)');
  }
  if (irql > (passes ? APC_LEVEL : DISPATCH_LEVEL)) {
    misuse(ctrl, 6, `FltCompletePendedPreOperation with status ${CallbackStatus} at IRQL ` +
      `${irql} (5.1)`);
  }
  const at = nodeOf(ctrl, c.Position(ctrl));
  if (Context !== 0 && CallbackStatus !== FLT_PREOP_SUCCESS_WITH_CALLBACK) {
    misuse(ctrl, 10, 'FltCompletePendedPreOperation: a context is lost unless the status is ' +
      'SUCCESS_WITH_CALLBACK (5.1)');
  }
  checkPreStatus(ctrl, at, CallbackStatus);
  c.set_PendedStatus(ctrl, CallbackStatus);
  c.set_PendedContext(ctrl, Context);
  if (tracer !== null) tracer.event(OP_RESUMED, Data, 0, CallbackStatus, 0);
  if (!meet(ctrl, 'FltCompletePendedPreOperation')) return;
  const instance = Instance(at);
  c.set_IsPended(ctrl, 0);
  const walk = resumePre(ctrl, CallbackStatus, Context);
  letGo(instance);
  continueDown(ctrl, walk);
}

/**
 * Completes an operation that the filter pended in its post-operation callback; the next higher
 * filter's callback runs next. IRQL <= DISPATCH_LEVEL, any thread; also before the callback has
 * returned FLT_POSTOP_MORE_PROCESSING_REQUIRED.
 * @see S1, S2, 5.1, POST-3, POST-4
 */
export function FltCompletePendedPostOperation(Data: PFLT_CALLBACK_DATA): void {
  const ctrl = sheetOf(Data);
  if (c.Phase(ctrl) !== PHASE_POST) notPended(ctrl, 7, 'FltCompletePendedPostOperation', 'post');
  if (KeGetCurrentIrql() > DISPATCH_LEVEL) {
    misuse(ctrl, 22, `FltCompletePendedPostOperation at IRQL ${KeGetCurrentIrql()} (5.1)`);
  }
  const index = c.Position(ctrl);
  if (tracer !== null) tracer.event(OP_RESUMED, Data, 1, 0, 0);
  if (!meet(ctrl, 'FltCompletePendedPostOperation')) return;
  const at = nodeOf(ctrl, index);
  const instance = Instance(at);
  c.set_IsPended(ctrl, 0);
  settlePost(ctrl);
  if ((Flags(at) & NODE_SWAPPED_BUFFER) !== 0) freeSwappedMdl(at);
  letGo(instance);
  goUp(ctrl, index - 1);
}
