// @hot  From the Filter Manager's device to the callbacks and on to the next driver (FltpDispatch),
// and back up (FltpPassThroughCompletion). How an operation ends decides who finishes it:
//
//   lower driver completed before it returned   this thread runs the post-ops, below in sendDown
//   completed later, in some thread             that thread runs them, in the completion routine
//   create, or synchronised                     the thread that waits runs them
//   a callback pended                           whoever completes the pended operation goes on
import { atReboot } from '../../mem/reboot.ts';
import { IoCopyCurrentIrpStackLocationToNext as copyLocation, IoGetCurrentIrpStackLocation,
  IoGetNextIrpStackLocation, IoMarkIrpPending as markPending, IoSetCompletionRoutine,
  IoSkipCurrentIrpStackLocation as skipLocation } from '../../ntos/io/irp/irp.ts';
import { IofCallDriver as callDriver } from '../../ntos/io/irp/call-driver.ts';
import { IofCompleteRequest as completeRequest } from '../../ntos/io/irp/completion.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { i32 as words } from '../../mem/memory.ts';
import { STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING, STATUS_REPARSE, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_CREATE } from '../../ntos/io/types.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { COMPLETION_NODE, CTRL_CHANGES_NAMES, CTRL_CREATE, CTRL_PARAMETERS_CHANGED,
  CTRL_PENDING_RETURNED, CTRL_SAVED, CTRL_SENT_DOWN, CTRL_SWAPPED_MDL, IRP_CTRL, NODE_IDLE,
  NODE_SYNCHRONIZED, PHASE_BELOW, allocateSheet as takeSheet, dataOf as data,
  nodeOf as node } from './irp-ctrl.ts';
import { giveSheetBack } from './back-pocket.ts';
import { chainFor as findChain } from '../chain/chain.ts';
import { setDispatchTools } from '../chain/chain-steps.ts';
import { fillFromIrp as fill, pushParameters, restoreIrp } from './callback-data.ts';
import { callbackCount as quickCount, copyNodes as copyTheNodes } from '../chain/callback-list.ts';
import { FLT_VOLUME, SETUP_DONE as DONE, majorSlot } from '../attach/object.ts';
import { setUpNewVolume } from '../attach/new-volume.ts';
import { changesNames as changes, forwardNameChange, noteNameChange }
  from '../name/file-name-change.ts';
import { FltpPerformPostCallbacks as runPosts, FltpPerformPreCallbacks as runPres, WALK_DONE,
  WALK_DOWN, WALK_ELSEWHERE, WALK_PENDED } from './callbacks.ts';
import { failWithoutSheet, finishSwappedBuffers, giveTagData, initiatedFlag, initiatorOf,
  isInitiated, noteSystemBuffer, reservedSheet, skipFlags, takeTagData, waitForReturn }
  from './dispatch-slow.ts';
import { freeSaved } from './walk-slow.ts';
import { dropStatusRequests, takeStatusRequests, tellStatus } from './status-callback.ts';
import { OP_BEGAN, OP_ENDED, OP_RETURNED, OP_SENT } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

const i32 = words;
const trace = tracer;
const dataOf = data;
const SETUP_DONE = DONE;
const me = currentThread;
const IoCallDriver = callDriver;
const IoCompleteRequest = completeRequest;
const copyDown = copyLocation;
const skip = skipLocation;
const allocateSheet = takeSheet;
const giveSheet = giveSheetBack;
const nodeOf = node;
const fillFromIrp = fill;
const copyNodes = copyTheNodes;
const callbackCount = quickCount;
const chainFor = findChain;
const changesNames = changes;
const performPosts = runPosts;
const performPres = runPres;
const { MajorFunction, FileObject } = IO_STACK_LOCATION.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { LowerDevice, at_Setup } = FLT_VOLUME.bound;
const { IoStatus_Status, set_IoStatus_Status, IoStatus_Information, set_IoStatus_Information,
  AssociatedIrp_SystemBuffer: SystemBuffer, PendingReturned } = IRP.bound;
const { set_Irp, Irp: irpOf, set_Volume, Volume, set_DeviceObject, set_NodeCount, NodeCount,
  Position, Flags, set_Flags, set_DispatchThread, DispatchThread, at_CreateReturned, set_Phase,
  set_MajorSlot, Data_IoStatus_Status, set_Data_IoStatus_Status, Data_IoStatus_Information,
  set_Data_IoStatus_Information, set_Related_Volume, set_Related_Size,
  set_Related_TransactionContext, set_Related_Transaction, set_OwnedData, set_IsPended,
  StatusRequests, OriginalSystemBuffer } = IRP_CTRL.bound;
const { at_State, Flags: nodeFlags, Thread: nodeThread, at_Returned } =
  COMPLETION_NODE.bound;
const RELATED_SIZE = 24;
/** Operations that come back up through here whether or not a callback waits for them. */
const RETURNS_ALWAYS = CTRL_CREATE | CTRL_PARAMETERS_CHANGED | CTRL_CHANGES_NAMES |
  CTRL_SWAPPED_MDL;
const slots = Int32Array.from({ length: 256 }, (_, major) => majorSlot(major));

/** The sheet whose lower call this thread is in: a completion routine in the same thread leaves
 *  the rest to the frame that made the call. A register of the thread, saved around each call. */
const call = { inProgress: 0 };
atReboot(() => {
  call.inProgress = 0;
});

/** Says that this thread is about to call down; returns what to give back to `callEnded`. */
export function callBegins(ctrl: PIRP_CTRL): number {
  const outer = call.inProgress;
  call.inProgress = ctrl;
  return outer;
}

/** Whether the driver below has completed the operation within the call. */
export function callEnded(ctrl: PIRP_CTRL, outer: number): boolean {
  const completed = call.inProgress !== ctrl;
  call.inProgress = outer;
  return completed;
}

/** The dispatch routine of the Filter Manager's device, for every major function. */
export function FltpDispatch(device: PDEVICE_OBJECT, irp: PIRP): NTSTATUS {
  const volume = DeviceExtension(device) as PFLT_VOLUME;
  const location = IoGetCurrentIrpStackLocation(irp);
  const slot = slots[MajorFunction(location)]!;
  if (!isInitiated(irp) && MajorFunction(location) !== IRP_MJ_CREATE && !changesNames(location)) {
    // There is none where the volume is new, or no callback wants the operation.
    const chain = chainFor(volume, slot);
    if (chain !== null) return chain(device, irp, location);
  }
  if (i32[at_Setup(volume) >> 2] !== SETUP_DONE) setUpNewVolume(volume);
  if (callbackCount(volume, slot) === 0) return passThrough(volume, irp);
  return interpret(device, irp, location);
}

/** An operation's sheet, filled as the rules say, and its walk. */
function interpret(device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION): NTSTATUS {
  const volume = DeviceExtension(device) as PFLT_VOLUME;
  const slot = slots[MajorFunction(location)]!;
  const initiated = isInitiated(irp);
  const ctrl = allocateSheet() || reservedSheet(irp);
  if (ctrl === 0) return failWithoutSheet(irp);
  set_Flags(ctrl, initiated ? initiatedFlag(irp) : 0);
  const initiator = initiated ? initiatorOf(irp) : 0;
  const count = copyNodes(ctrl, volume, slot, skipFlags(irp, location), initiator, 0);
  if (count === 0) {
    giveSheet(ctrl);
    return passThrough(volume, irp);
  }
  set_Irp(ctrl, irp);
  set_Volume(ctrl, volume);
  set_DeviceObject(ctrl, device);
  set_NodeCount(ctrl, count);
  set_MajorSlot(ctrl, slot);
  set_DispatchThread(ctrl, me);
  set_OwnedData(ctrl, 0);
  set_IsPended(ctrl, 0);
  set_Related_Size(ctrl, RELATED_SIZE);
  set_Related_TransactionContext(ctrl, 0);
  set_Related_Transaction(ctrl, 0 as never);
  set_Related_Volume(ctrl, volume);
  fillFromIrp(ctrl, irp, location);
  if (MajorFunction(location) === IRP_MJ_CREATE) {
    set_Flags(ctrl, Flags(ctrl) | CTRL_CREATE);
    i32[at_CreateReturned(ctrl) >> 2] = 0;
  } else if (changesNames(location)) {
    set_Flags(ctrl, Flags(ctrl) | CTRL_CHANGES_NAMES);
  }
  if (trace !== null) {
    trace.event(OP_BEGAN, dataOf(ctrl), irp, MajorFunction(location), FileObject(location));
  }
  return continueDown(ctrl, performPres(ctrl, 0));
}

/** No callback wants the operation: the next driver gets this driver's stack location. */
function passThrough(volume: PFLT_VOLUME, irp: PIRP): NTSTATUS {
  if (changesNames(IoGetCurrentIrpStackLocation(irp))) {
    return forwardNameChange(LowerDevice(volume), irp);
  }
  skip(irp);
  return IoCallDriver(LowerDevice(volume), irp);
}

/**
 * Goes on after pre-operation callbacks, in the thread that ran the last of them.
 * Returns what the sender (or nobody, after a pended pre-op) is told.
 */
export function continueDown(ctrl: PIRP_CTRL, walk: number): NTSTATUS {
  if (walk === WALK_PENDED) {
    return afterHandOver(ctrl);
  }
  if (walk === WALK_DOWN) return sendDown(ctrl);
  return goUp(ctrl, Position(ctrl) - 1);
}

function isMyCreate(ctrl: PIRP_CTRL): boolean {
  return (Flags(ctrl) & CTRL_CREATE) !== 0 && DispatchThread(ctrl) === me;
}

/** A lower filter pended: a synchronised filter above it waits here for the operation. */
function pendedAbove(ctrl: PIRP_CTRL): NTSTATUS {
  const word = synchronizedNode(ctrl);
  return word === 0 ? STATUS_PENDING : waitHere(ctrl, word);
}

/**
 * The word of the lowest node at which this thread has to wait; 0 when there is none. The sheet
 * may be another thread's by now, or another operation's: a node that names this thread is its
 * own all the same, since it clears the flag when it passes and only it sets it.
 */
function synchronizedNode(ctrl: PIRP_CTRL): number {
  for (let i = NodeCount(ctrl) - 1; i >= 0; i--) {
    const at = nodeOf(ctrl, i);
    if ((nodeFlags(at) & NODE_SYNCHRONIZED) !== 0 && nodeThread(at) === me) return at_Returned(at);
  }
  return 0;
}

/** Whether anything is left to do when the operation comes back up. */
function mustReturn(ctrl: PIRP_CTRL): boolean {
  if ((Flags(ctrl) & RETURNS_ALWAYS) !== 0) return true;
  for (let i = NodeCount(ctrl) - 1; i >= 0; i--) {
    const at = nodeOf(ctrl, i);
    if (i32[at_State(at) >> 2] !== NODE_IDLE) return true;
    if ((nodeFlags(at) & NODE_SYNCHRONIZED) !== 0) return true;
  }
  return false;
}

/** Sends the operation to the driver below the Filter Manager. */
function sendDown(ctrl: PIRP_CTRL): NTSTATUS {
  const irp = irpOf(ctrl);
  const lower = LowerDevice(Volume(ctrl));
  const changed = (Flags(ctrl) & CTRL_SAVED) !== 0;
  const asked = StatusRequests(ctrl) === 0 ? 0 : takeStatusRequests(ctrl);
  if (!changed && !mustReturn(ctrl)) {
    if (trace !== null) trace.event(OP_ENDED, dataOf(ctrl), 0, 1, 0);
    giveSheet(ctrl);
    skip(irp);
    const passed = IoCallDriver(lower, irp);
    if (asked !== 0) tellStatus(asked, passed);
    return passed;
  }
  copyDown(irp);
  if (changed) pushParameters(ctrl, irp, IoGetNextIrpStackLocation(irp));
  IoSetCompletionRoutine(irp, passThroughCompletion, ctrl, true, true, true);
  set_Flags(ctrl, Flags(ctrl) | CTRL_SENT_DOWN);
  set_Phase(ctrl, PHASE_BELOW);
  const waitWord = isMyCreate(ctrl) ? at_CreateReturned(ctrl) : synchronizedNode(ctrl);
  if (trace !== null) trace.event(OP_SENT, dataOf(ctrl), 0, 0, 0);
  const outer = callBegins(ctrl);
  const status = IoCallDriver(lower, irp);
  const completedInline = callEnded(ctrl, outer);
  if (asked !== 0) tellStatus(asked, status);
  if (completedInline) return goUp(ctrl, NodeCount(ctrl) - 1);
  // From here on the sheet is another thread's, unless that thread has to come back to this one.
  return waitWord === 0 ? status : waitHere(ctrl, waitWord);
}

/** Waits until another thread hands the operation back, and goes on upwards with it. */
function waitHere(ctrl: PIRP_CTRL, word: number): NTSTATUS {
  waitForReturn(ctrl, word);
  return goUp(ctrl, Position(ctrl));
}

/**
 * Runs post-operation callbacks from `index` upwards and, when all have run, ends the operation.
 */
export function goUp(ctrl: PIRP_CTRL, index: number): NTSTATUS {
  if (performPosts(ctrl, index) === WALK_ELSEWHERE) return afterHandOver(ctrl);
  const pending = (Flags(ctrl) & CTRL_PENDING_RETURNED) !== 0;
  const irp = irpOf(ctrl);
  const status = Data_IoStatus_Status(ctrl);
  endOperation(ctrl, irp);
  IoCompleteRequest(irp);
  return pending ? STATUS_PENDING : status;
}

/** Somebody else has the operation; the thread of a create or of a higher node stays with it. */
export function afterHandOver(ctrl: PIRP_CTRL): NTSTATUS {
  return isMyCreate(ctrl) ? waitHere(ctrl, at_CreateReturned(ctrl)) : pendedAbove(ctrl);
}

/** Gives result and buffers back to the IRP and the sheet back to the list. */
function endOperation(ctrl: PIRP_CTRL, irp: PIRP): void {
  if (trace !== null) trace.event(OP_ENDED, dataOf(ctrl), Data_IoStatus_Status(ctrl), 0, 0);
  set_IoStatus_Status(irp, Data_IoStatus_Status(ctrl));
  set_IoStatus_Information(irp, Data_IoStatus_Information(ctrl));
  if ((Flags(ctrl) & CTRL_PARAMETERS_CHANGED) !== 0) restoreIrp(ctrl, irp);
  if ((Flags(ctrl) & CTRL_SWAPPED_MDL) !== 0) finishSwappedBuffers(ctrl);
  if ((Flags(ctrl) & CTRL_CREATE) !== 0) giveTagData(ctrl, irp);
  if ((Flags(ctrl) & CTRL_SAVED) !== 0) freeSaved(ctrl);
  if (StatusRequests(ctrl) !== 0) dropStatusRequests(ctrl);
  giveSheet(ctrl);
}

/** The driver below completed the IRP; any thread, up to DISPATCH_LEVEL. */
function FltpPassThroughCompletion(_device: number, irp: PIRP, ctrl: PIRP_CTRL): number {
  if (trace !== null) trace.event(OP_RETURNED, dataOf(ctrl), IoStatus_Status(irp), 0, 0);
  set_Data_IoStatus_Status(ctrl, IoStatus_Status(irp));
  set_Data_IoStatus_Information(ctrl, IoStatus_Information(irp));
  if (IoStatus_Status(irp) === STATUS_REPARSE) takeTagData(ctrl, irp);
  if (SystemBuffer(irp) !== OriginalSystemBuffer(ctrl)) noteSystemBuffer(ctrl, irp);
  if ((Flags(ctrl) & CTRL_CHANGES_NAMES) !== 0) noteNameChange(irp);
  if (call.inProgress === ctrl) {
    call.inProgress = 0;
    return STATUS_MORE_PROCESSING_REQUIRED;
  }
  const waited = (Flags(ctrl) & CTRL_CREATE) !== 0 || hasSynchronizedDispatcher(ctrl);
  if (PendingReturned(irp) !== 0 && !waited) {
    markPending(irp);
    set_Flags(ctrl, Flags(ctrl) | CTRL_PENDING_RETURNED);
  }
  if (performPosts(ctrl, NodeCount(ctrl) - 1) !== WALK_DONE) return STATUS_MORE_PROCESSING_REQUIRED;
  endOperation(ctrl, irp);
  return STATUS_SUCCESS;
}

/** Whether the thread that sent the operation waits for it: its sender gets the final status. */
function hasSynchronizedDispatcher(ctrl: PIRP_CTRL): boolean {
  const thread = DispatchThread(ctrl);
  for (let i = NodeCount(ctrl) - 1; i >= 0; i--) {
    const at = nodeOf(ctrl, i);
    if ((nodeFlags(at) & NODE_SYNCHRONIZED) !== 0 && nodeThread(at) === thread) return true;
  }
  return false;
}

/** The completion routine of operations that were sent down. */
export const passThroughCompletion = kernelRoutine(
  'FltpPassThroughCompletion',
  (device, irp, ctrl) => FltpPassThroughCompletion(device!, irp as PIRP, ctrl as PIRP_CTRL));

/** The number of the dispatch routine, for the Filter Manager's driver object. */
export const dispatchRoutine = kernelRoutine('FltpDispatch', (device, irp) =>
  FltpDispatch(device as PDEVICE_OBJECT, irp as PIRP));

setDispatchTools({ interpret, callBegins, callEnded, continueDown, goUp, afterHandOver,
  skipFlags, passThroughCompletion });
