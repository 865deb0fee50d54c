// @hot  THE WALK, as the rules state it: pre-operation callbacks downwards, post-operation
// callbacks upwards. It is resumable: everything it needs to go on lies in the sheet, so any
// thread can continue where a callback pended (5.1). The compiled chain is checked against it.
//
// Ownership of an operation passes at three places, each a compare-exchange: a callback that
// pends meets its completer (IRP_CTRL.Rendezvous), a post-operation callback is claimed by the
// completion or by a teardown (COMPLETION_NODE.State), and the waiter of a synchronised operation
// is handed the operation (COMPLETION_NODE.Returned, IRP_CTRL.CreateReturned).
import { boot } from '../../mem/boot-options.ts';
import { i32 as words } from '../../mem/memory.ts';
import { routineTable as table } from '../../mem/routine.ts';
import { compareExchange as cas, store as publish, notify as wake }
  from '../../atomics-sync/atomics.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_CALLBACK_DATA_POST_OPERATION, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_DISALLOW_FSFILTER_IO, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_PREOP_SYNCHRONIZE } from '../constants.ts';
import { COMPLETION_NODE, CTRL_CREATE, IRP_CTRL, MEET_NONE,
  MEET_PENDED, NODE_ARMED, NODE_HELD, NODE_SWAPPED_BUFFER, NODE_SYNCHRONIZED,
  NODE_TAKEN, PHASE_POST, PHASE_PRE,
  dataOf as data,
  nodeOf as node } from './irp-ctrl.ts';
import { agree as agreeNow, revert as revertNow } from './callback-data.ts';
import { countCallback as count } from './counts.ts';
import { enterForCompletion as reenter, enterInstance as enter, leaveInstance as leave }
  from '../chain/instance-gate.ts';
import { checkPostStatus, checkPreStatus, markPended, saveParameters, restoreParameters,
  settleCompleted, settleDisallowed, unmarkPended } from './walk-slow.ts';
import { freeSwappedMdl as freeMdl } from './swapped-mdl.ts';
import { verifyPost, verifyPre } from './walk-verify.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const i32 = words;
const verifying = boot.verifier;
const routineTable = table;
const freeSwappedMdl = freeMdl;
const compareExchange = cas;
const store = publish;
const notify = wake;
const irqlNow = KeGetCurrentIrql;
const dataOf = data;
const nodeOf = node;
const agree = agreeNow;
const revert = revertNow;
const countCallback = count;
const enterInstance = enter;
const leaveInstance = leave;
const enterForCompletion = reenter;
const me = currentThread;
const { NodeCount, Position, set_Position, Flags, set_Phase, at_Rendezvous, Data_Flags,
  set_Data_Flags, set_Iopb_TargetInstance, set_Related_Filter, set_Related_Instance,
  set_Related_FileObject, Iopb_TargetFileObject, at_Related, at_CreateReturned, DispatchThread,
  PendedStatus, PendedContext } = IRP_CTRL.bound;
const { Instance, Expected, PreOperation, PostOperation, Context, set_Context, at_State,
  Flags: nodeFlags, set_Flags: set_nodeFlags, at_Saved, Thread, set_Thread, at_Returned, Filter,
  at_Context } = COMPLETION_NODE.bound;
const { CurrentRoutine, set_CurrentRoutine, CurrentData, set_CurrentData } = KTHREAD.bound;

/** Pre-operation callbacks: every instance has had its turn; the operation goes to the device. */
export const WALK_DOWN = 0;
/** A callback pended the operation; this thread no longer owns it. */
export const WALK_PENDED = 1;
/** A callback completed the operation; post-operation callbacks above it come next. */
export const WALK_COMPLETED = 2;
/** Post-operation callbacks: all have run, the operation goes up to its sender. */
export const WALK_DONE = 3;
/** Another thread goes on with the operation. */
export const WALK_ELSEWHERE = 4;

function aim(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  set_Iopb_TargetInstance(ctrl, Instance(at));
  set_Related_Filter(ctrl, Filter(at));
  set_Related_Instance(ctrl, Instance(at));
  set_Related_FileObject(ctrl, Iopb_TargetFileObject(ctrl));
}

function callPre(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): number {
  const d = dataOf(ctrl);
  const routine = PreOperation(at);
  const outerRoutine = CurrentRoutine(me);
  const outerData = CurrentData(me);
  set_CurrentRoutine(me, routine);
  set_CurrentData(me, d);
  countCallback(Filter(at), 0);
  const status = routineTable[routine]!(d, at_Related(ctrl), at_Context(at));
  set_CurrentRoutine(me, outerRoutine);
  set_CurrentData(me, outerData);
  return status;
}

/** A callback kept the operation to itself: whoever comes second at the rendezvous goes on. */
function meetPended(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): boolean {
  markPended(ctrl, at);
  if (compareExchange(at_Rendezvous(ctrl), MEET_NONE, MEET_PENDED) === MEET_NONE) return true;
  unmarkPended(ctrl, at);
  return false;
}

/** Arms a node: its post-operation callback will run exactly once, here or when draining. */
function arm(at: PCOMPLETION_NODE): void {
  store(at_State(at), NODE_ARMED);
}

function passesDown(status: number): boolean {
  return status <= FLT_PREOP_SUCCESS_NO_CALLBACK || status === FLT_PREOP_SYNCHRONIZE;
}

/**
 * Acts on what a pre-operation callback answered, directly or through
 * FltCompletePendedPreOperation. Returns WALK_DOWN to go on with the next instance.
 */
function settlePre(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, status: number): number {
  if ((Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DIRTY) !== 0 && passesDown(status)) {
    saveParameters(ctrl, at);
    agree(ctrl);
  } else {
    revert(ctrl);
  }
  switch (status) {
    case FLT_PREOP_SUCCESS_NO_CALLBACK:
      return WALK_DOWN;
    case FLT_PREOP_SYNCHRONIZE:
      if ((Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0 &&
          (Flags(ctrl) & CTRL_CREATE) === 0) {
        set_nodeFlags(at, nodeFlags(at) | NODE_SYNCHRONIZED);
        set_Thread(at, me);
      }
      arm(at);
      return WALK_DOWN;
    case FLT_PREOP_SUCCESS_WITH_CALLBACK:
      arm(at);
      return WALK_DOWN;
    case FLT_PREOP_COMPLETE:
      settleCompleted(ctrl);
      return WALK_COMPLETED;
    case FLT_PREOP_DISALLOW_FASTIO:
    case FLT_PREOP_DISALLOW_FSFILTER_IO:
      settleDisallowed(ctrl, status);
      return WALK_COMPLETED;
    default:
      return checkPreStatus(ctrl, at, status);
  }
}

/** One instance's turn on the way down. */
function visit(ctrl: PIRP_CTRL, index: number): number {
  const at = nodeOf(ctrl, index);
  const instance = Instance(at);
  if (!enterInstance(instance, Expected(at))) return WALK_DOWN;
  aim(ctrl, at);
  if (PreOperation(at) === 0) {
    arm(at);
    leaveInstance(instance);
    return WALK_DOWN;
  }
  set_Position(ctrl, index);
  set_Context(at, 0);
  i32[at_Rendezvous(ctrl) >> 2] = MEET_NONE;
  return afterPre(ctrl, at, instance, callPre(ctrl, at));
}

/** What follows from an answer; the instance is left. Also for chains, which call by themselves. */
export function afterPre(
  ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, instance: PFLT_INSTANCE, answer: number,
): number {
  let status = answer;
  if (verifying) verifyPre(ctrl, at, status);
  if (status === FLT_PREOP_PENDING) {
    checkPreStatus(ctrl, at, status);
    if (meetPended(ctrl, at)) {
      leaveInstance(instance);
      return WALK_PENDED;
    }
    status = PendedStatus(ctrl);
    set_Context(at, PendedContext(ctrl));
  } else {
    checkPreStatus(ctrl, at, status);
  }
  const next = settlePre(ctrl, at, status);
  leaveInstance(instance);
  return next;
}

/**
 * Runs pre-operation callbacks from node `from` on, in this thread at <= APC_LEVEL.
 * Returns WALK_DOWN, WALK_PENDED or WALK_COMPLETED; Position is the node that stopped the walk.
 */
export function FltpPerformPreCallbacks(ctrl: PIRP_CTRL, from: number): number {
  set_Phase(ctrl, PHASE_PRE);
  // The count is read each time: redirecting the operation changes it.
  for (let i = from; i < NodeCount(ctrl); i++) {
    const next = visit(ctrl, i);
    if (next !== WALK_DOWN) return next;
  }
  set_Position(ctrl, NodeCount(ctrl));
  return WALK_DOWN;
}

/** Goes on after a pended pre-operation callback, with the status its filter gave. */
export function resumePre(ctrl: PIRP_CTRL, status: number, context: number): number {
  const index = Position(ctrl);
  const at = nodeOf(ctrl, index);
  set_Context(at, context);
  const next = settlePre(ctrl, at, status);
  return next === WALK_DOWN ? FltpPerformPreCallbacks(ctrl, index + 1) : next;
}

/** Whether a synchronised operation has to go back to the thread that waits for it at a node. */
function mustHandOver(at: PCOMPLETION_NODE): boolean {
  if ((nodeFlags(at) & NODE_SYNCHRONIZED) === 0) return false;
  return Thread(at) !== me || irqlNow() > APC_LEVEL;
}

/** Wakes the thread that waits for the operation; it goes on at Position. */
function handOver(word: number): void {
  store(word, 1);
  notify(word, 1);
}

function callPost(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): number {
  const d = dataOf(ctrl);
  const routine = PostOperation(at);
  const outerRoutine = CurrentRoutine(me);
  const outerData = CurrentData(me);
  set_CurrentRoutine(me, routine);
  set_CurrentData(me, d);
  countCallback(Filter(at), DispatchThread(ctrl) === me ? 1 : 2);
  const status = routineTable[routine]!(d, at_Related(ctrl), Context(at), 0);
  set_CurrentRoutine(me, outerRoutine);
  set_CurrentData(me, outerData);
  return status;
}

/** What a post-operation callback changed in Iopb reaches nobody, dirty or not (POST-6). */
export function settlePost(ctrl: PIRP_CTRL): void {
  revert(ctrl);
  set_Data_Flags(ctrl, Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_DIRTY);
}

/** One instance's turn on the way up. */
function revisit(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): number {
  const instance = Instance(at);
  // Entered before it is claimed, so that a teardown sees one or the other (teardown.ts).
  enterForCompletion(instance);
  let before = compareExchange(at_State(at), NODE_ARMED, NODE_TAKEN);
  while (before === NODE_HELD) before = compareExchange(at_State(at), NODE_ARMED, NODE_TAKEN);
  if (before !== NODE_ARMED) {
    leaveInstance(instance);
    return WALK_DONE;
  }
  aim(ctrl, at);
  i32[at_Rendezvous(ctrl) >> 2] = MEET_NONE;
  return afterPost(ctrl, at, instance, callPost(ctrl, at));
}

/** What follows from an answer; the instance is left. Also for chains, which call by themselves. */
export function afterPost(
  ctrl: PIRP_CTRL, at: PCOMPLETION_NODE, instance: PFLT_INSTANCE, status: number,
): number {
  if (status === FLT_POSTOP_FINISHED_PROCESSING) {
    if (verifying) verifyPost(ctrl, at);
    settlePost(ctrl);
    if ((nodeFlags(at) & NODE_SWAPPED_BUFFER) !== 0) freeSwappedMdl(at);
    leaveInstance(instance);
    return WALK_DONE;
  }
  checkPostStatus(ctrl, at, status);
  if (status === FLT_POSTOP_MORE_PROCESSING_REQUIRED && meetPended(ctrl, at)) {
    leaveInstance(instance);
    return WALK_ELSEWHERE;
  }
  settlePost(ctrl);
  leaveInstance(instance);
  return WALK_DONE;
}

/**
 * Runs post-operation callbacks from node `from` upwards, in this thread, as far as it may.
 * Returns WALK_DONE when all have run, WALK_ELSEWHERE when another thread goes on.
 */
export function FltpPerformPostCallbacks(ctrl: PIRP_CTRL, from: number): number {
  set_Phase(ctrl, PHASE_POST);
  set_Data_Flags(ctrl, Data_Flags(ctrl) | FLTFL_CALLBACK_DATA_POST_OPERATION);
  if ((Flags(ctrl) & CTRL_CREATE) !== 0 && (DispatchThread(ctrl) !== me || irqlNow() !== 0)) {
    set_Position(ctrl, from);
    handOver(at_CreateReturned(ctrl));
    return WALK_ELSEWHERE;
  }
  for (let i = from; i >= 0; i--) {
    const at = nodeOf(ctrl, i);
    if (i32[at_Saved(at) >> 2] !== 0) restoreParameters(ctrl, at);
    set_Position(ctrl, i);
    // A drained node still hands over: its thread waits for the operation, not for the callback.
    if (mustHandOver(at)) {
      handOver(at_Returned(at));
      return WALK_ELSEWHERE;
    }
    // Passed: this thread must not take the node for one that it still has to wait at.
    set_nodeFlags(at, nodeFlags(at) & ~NODE_SYNCHRONIZED);
    const state = i32[at_State(at) >> 2];
    if (state !== NODE_ARMED && state !== NODE_HELD) continue;
    if (revisit(ctrl, at) === WALK_ELSEWHERE) return WALK_ELSEWHERE;
  }
  return WALK_DONE;
}
