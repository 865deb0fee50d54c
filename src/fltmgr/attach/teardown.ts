// Detaching an instance: TeardownStart, then nothing new reaches it, running callbacks end, what
// awaits a post-operation callback is drained, what the filter keeps is waited for,
// TeardownComplete, contexts, and the slot is free when the last reference goes (TD-1 to TD-7,
// POST-8 to POST-11).
import { boot } from '../../mem/boot-options.ts';
import { copyBytes } from '../../mem/memory.ts';
import { MAX_PROCESSORS } from '../../mem/param.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame } from '../../mem/stack.ts';
import { compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { ExWaitForRundownProtectionRelease } from '../../ntos/ex/lock/rundown.ts';
import { IRP } from '../../ntos/io/types.ts';
import { IoAcquireCancelSpinLock, IoReleaseCancelSpinLock, IoSetCancelRoutine }
  from '../../ntos/io/irp/cancel.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../../ntos/ke/prcb.ts';
import { waitAlone } from '../../ntos/ke/inline-wait.ts';
import { KeBugCheckEx, stopIfCrashed } from '../../ntos/ke/bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, FLTMGR_FILE_SYSTEM }
  from '../../ntos/ke/bug-check-codes.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_DETACH, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_DRAINING_IO, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING } from '../constants.ts';
import { COMPLETION_NODE, IRP_CTRL, NODE_ARMED, NODE_HELD, NODE_SWAPPED_BUFFER, NODE_TAKEN,
  PHASE_BELOW, forEachSheet, nodeOf } from '../walk/irp-ctrl.ts';
import { giveSheetBack, sheetAtOnce } from '../walk/back-pocket.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_VOLUME, INSTANCE_ACTIVE, INSTANCE_DETACHING,
  INSTANCE_STATE_MASK } from './object.ts';
import { haveChains, insideHere, insideInstance, isChainInside, neverRung, settleChain }
  from '../chain/instance-gate.ts';
import { lockFilterManager, noteDetached, setInstanceState, unlockFilterManager } from './root.ts';
import { releaseInstance, unlinkInstance } from './instance.ts';
import { parametersFor } from '../walk/walk-slow.ts';
import { rewriteCallbackLists } from '../chain/callback-list-writer.ts';
import { relatedObjects } from '../walk/related.ts';
import { countDrained } from '../walk/counts.ts';
import { deleteInstanceContexts } from '../context/context-teardown.ts';
import { FltpNamesChanged } from '../name/file-name-cache.ts';
import { MEANS_TEARDOWN, REASON_TEARDOWN, WAIT_BEGAN, WAIT_ENDED, WAIT_MEANS }
  from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

/** Milliseconds after which a plain store of another thread has arrived: a million times as long as
 *  it takes. */
const RESTS = 2;
const s = FLT_INSTANCE.bound;
const { at_Sequence } = FLT_VOLUME.bound;
const f = FLT_FILTER.bound;
const n = COMPLETION_NODE.bound;
const c = IRP_CTRL.bound;
const { at_Rundown } = FLT_OBJECT.bound;
const { set_State } = KTHREAD.bound;
const { set_Cancel, set_CancelIrql } = IRP.bound;
type POBJ = Parameters<typeof at_Rundown>[0];

/** Marks an active instance as detaching; false when somebody else does it already. */
export function beginTeardown(instance: PFLT_INSTANCE): boolean {
  lockFilterManager();
  const state = load(s.at_State(instance));
  const mine = (state & INSTANCE_STATE_MASK) === INSTANCE_ACTIVE;
  if (mine) {
    setInstanceState(instance, INSTANCE_DETACHING);
    // From now on filters above a name provider hear the names of those below it.
    if (f.GenerateFileName(s.Filter(instance)) !== 0) FltpNamesChanged();
    rewriteCallbackLists(s.Volume(instance));
  }
  unlockFilterManager();
  return mine;
}

function callTeardown(routine: number, instance: PFLT_INSTANCE, reason: number): void {
  if (routine === 0) return;
  const frame = pushFrame();
  routineTable[routine]!(relatedObjects(instance), reason);
  popFrame(frame);
}

/**
 * Runs the post-operation callback early, with a copy of the callback data (TD-4). The node is
 * held until everything is copied: as soon as it is taken, the operation may pass it, end, and
 * its sheet serve another one.
 */
function drain(ctrl: PIRP_CTRL, index: number): void {
  const at = nodeOf(ctrl, index);
  // Who completes the operation may wait for this node, so nothing may be waited for here.
  const copy = sheetAtOnce();
  if (copy === 0) {
    KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x67, c.at_Data(ctrl), 0, 0,
      'no sheet for the copy of the callback data that a draining instance gets');
  }
  copyBytes(c.at_Data(copy), c.at_Data(ctrl), c.at_Nodes(ctrl) - c.at_Data(ctrl));
  c.set_Data_Iopb(copy, c.at_Iopb(copy) as never);
  c.set_Data_Flags(copy, c.Data_Flags(copy) | FLTFL_CALLBACK_DATA_DRAINING_IO);
  c.set_Related_Instance(copy, n.Instance(at));
  c.set_Related_Filter(copy, n.Filter(at));
  parametersFor(ctrl, index, c.at_Iopb(copy));
  c.set_Iopb_TargetInstance(copy, n.Instance(at));
  c.set_Related_FileObject(copy, c.Iopb_TargetFileObject(copy));
  c.set_Related_Volume(copy, s.Volume(n.Instance(at) as PFLT_INSTANCE));
  const filter = n.Filter(at);
  const routine = n.PostOperation(at);
  const context = n.Context(at);
  store(n.at_State(at), NODE_TAKEN);
  countDrained(filter);
  const status = routineTable[routine]!(c.at_Data(copy), c.at_Related(copy), context,
    FLTFL_POST_OPERATION_DRAINING);
  if (status !== FLT_POSTOP_FINISHED_PROCESSING) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf511, c.at_Data(copy), filter, status,
      'a post-operation callback did not return FINISHED_PROCESSING although it was called to ' +
        'drain; the operation is not its to keep (POST-9)');
  }
  giveSheetBack(copy);
}

/** An operation whose buffer the filter swapped is cancelled, not drained (TD-6). */
function cancelHeld(ctrl: PIRP_CTRL, at: PCOMPLETION_NODE): void {
  const irp = c.Irp(ctrl);
  if (c.Phase(ctrl) !== PHASE_BELOW) {
    store(n.at_State(at), NODE_ARMED);
    return;
  }
  const irql = IoAcquireCancelSpinLock();
  set_Cancel(irp, 1);
  const routine = IoSetCancelRoutine(irp, 0);
  store(n.at_State(at), NODE_ARMED);
  if (routine === 0) {
    IoReleaseCancelSpinLock(irql);
    return;
  }
  // Whoever exchanges the routine owns the IRP's completion; the routine releases the lock.
  set_CancelIrql(irp, irql);
  routineTable[routine]!(0, irp);
}

/** Drains or cancels what awaits a callback of the instance; returns how many still do. */
function drainSheets(instance: PFLT_INSTANCE): number {
  let waiting = 0;
  forEachSheet((ctrl) => {
    const count = c.NodeCount(ctrl);
    for (let i = 0; i < count; i++) {
      const at = nodeOf(ctrl, i);
      if (n.Instance(at) !== instance || load(n.at_State(at)) !== NODE_ARMED) continue;
      if (compareExchange(n.at_State(at), NODE_ARMED, NODE_HELD) !== NODE_ARMED) {
        waiting++;
      } else if (n.Instance(at) !== instance) {
        // Between the look and the hold the sheet began to serve another operation, which may have
        // gone on meanwhile: a compiled chain does not wait for who holds a node.
        compareExchange(n.at_State(at), NODE_HELD, NODE_ARMED);
      } else if ((n.Flags(at) & NODE_SWAPPED_BUFFER) !== 0) {
        cancelHeld(ctrl, at);
        waiting++;
      } else {
        drain(ctrl, i);
      }
    }
  });
  return waiting;
}

function isQuiet(instance: PFLT_INSTANCE): boolean {
  return (
    insideInstance(instance, MAX_PROCESSORS) === 0 &&
    load(s.at_Pended(instance)) === 0 &&
    load(s.at_Initiated(instance)) === 0 &&
    load(s.at_WorkItems(instance)) === 0
  );
}

/** Waits until nothing of the instance is under way. The bell is rung whenever something ends. */
function waitUntilQuiet(instance: PFLT_INSTANCE): void {
  const inside = insideHere(instance);
  if (inside !== 0) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf51d, instance, s.Filter(instance), inside,
      'an instance is torn down from inside one of its own callbacks: it would wait for itself');
  }
  set_State(currentThread, THREAD_WAITING);
  if (tracer !== null) {
    tracer.event(WAIT_MEANS, MEANS_TEARDOWN, instance, 0, 0);
    tracer.event(WAIT_BEGAN, s.at_Bell(instance), 1, 0, REASON_TEARDOWN);
  }
  for (;;) {
    const bell = load(s.at_Bell(instance));
    const wasQuiet = isQuiet(instance);
    const waiting = drainSheets(instance);
    if (wasQuiet && waiting === 0 && isQuiet(instance)) break;
    if (boot.inline) waitAlone(s.at_Bell(instance), bell, Infinity);
    else parkWhile(s.at_Bell(instance), bell, 5);
  }
  set_State(currentThread, THREAD_RUNNING);
  if (tracer !== null) tracer.event(WAIT_ENDED, s.at_Bell(instance), 0, 0, 0);
}

/**
 * Waits until no compiled chain runs that knows the instance. Such a chain looks at no instance by
 * itself; it ends soon, or sleeps and then says where it is.
 */
function waitForChains(volume: PFLT_VOLUME): void {
  if (!haveChains) return;
  settleChain();
  const sequence = load(at_Sequence(volume));
  for (let rests = 0; isChainInside(volume, sequence, MAX_PROCESSORS, rests > RESTS); rests++) {
    // Nobody rings: a chain is over in microseconds.
    parkWhile(neverRung, 0, 1);
    stopIfCrashed();
  }
}

/** Keeps what a filter holds as one of its instances goes, for `!fltkd.filter`. Lock held. */
function noteHeld(filter: PFLT_FILTER): void {
  f.set_Detached(filter, f.Detached(filter) + 1);
  f.set_HeldAtDetach_Contexts(filter, load(f.at_ContextCount(filter)));
  f.set_HeldAtDetach_CallbackData(filter, load(f.at_CallbackDataCount(filter)));
  f.set_HeldAtDetach_WorkItems(filter, load(f.at_WorkItemCount(filter)));
  f.set_HeldAtDetach_Names(filter, load(f.at_NameInformationCount(filter)));
}

/** Everything after beginTeardown has closed the instance, by the thread that closed it. */
export function finishTeardown(instance: PFLT_INSTANCE, reason: number): void {
  const filter = s.Filter(instance);
  s.set_TeardownReason(instance, reason);
  waitForChains(s.Volume(instance));
  callTeardown(f.InstanceTeardownStart(filter), instance, reason);
  waitUntilQuiet(instance);
  callTeardown(f.InstanceTeardownComplete(filter), instance, reason);
  deleteInstanceContexts(instance);
  ExWaitForRundownProtectionRelease(at_Rundown(instance as unknown as POBJ));
  lockFilterManager();
  noteHeld(filter as PFLT_FILTER);
  unlinkInstance(instance);
  releaseInstance(instance);
  noteDetached();
  unlockFilterManager();
}

/**
 * Tears an instance down completely. PASSIVE_LEVEL, any thread that is not in a callback of it.
 * Returns STATUS_FLT_DELETING_OBJECT when it is being torn down already.
 */
export function FltpTeardownInstance(instance: PFLT_INSTANCE, reason: number): NTSTATUS {
  if (!beginTeardown(instance)) return STATUS_FLT_DELETING_OBJECT;
  finishTeardown(instance, reason);
  return STATUS_SUCCESS;
}

/** Another thread sets the instance up or tears it down: waits a little for it. PASSIVE_LEVEL. */
export function waitWhileBusy(instance: PFLT_INSTANCE): void {
  const word = s.at_State(instance);
  const state = load(word);
  if ((state & INSTANCE_STATE_MASK) === INSTANCE_ACTIVE) return;
  if (boot.inline) waitAlone(word, state, Infinity);
  else parkWhile(word, state, 5);
}

/** Asks the filter whether an instance may be detached by hand (FltDetachVolume, FilterDetach). */
export function queryTeardown(instance: PFLT_INSTANCE): NTSTATUS {
  const routine = f.InstanceQueryTeardown(s.Filter(instance));
  if (routine === 0) return STATUS_FLT_DO_NOT_DETACH;
  const frame = pushFrame();
  const status = routineTable[routine]!(relatedObjects(instance), 0) as NTSTATUS;
  popFrame(frame);
  return NT_SUCCESS(status) ? STATUS_SUCCESS : status;
}
