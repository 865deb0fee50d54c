// @hot  What every compiled chain does alike, around its callbacks: take and fill a sheet, send the
// operation below, end it. It is called and not written out in each chain, so that it lies in the
// processor's first-level cache once: eight chains of 33 KB did not fit, and each operation fetched
// its code from further away (bench micro/callback-walk-mixed).
//
// A sheet is filled as fillFromIrp does it. What is the same for each operation of a chain stays in
// the sheet from one to the next: a chain that ends an operation in the common way says so in the
// sheet (IRP_CTRL.Chain), and only another user of it writes everything anew.
import { copyBytes as copy, i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { routineTable as routines } from '../../mem/routine.ts';
import { popFrame as pop, pushFrame as push } from '../../mem/stack.ts';
import { store as doorStore } from '../../atomics-sync/atomics.ts';
import { IofCallDriver as callDriver } from '../../ntos/io/irp/call-driver.ts';
import { IofCompleteRequest as completeRequest } from '../../ntos/io/irp/completion.ts';
import { IoSkipCurrentIrpStackLocation as skip } from '../../ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP, IRP_BUFFERED_IO, SL_INVOKE_ON_CANCEL, SL_INVOKE_ON_ERROR,
  SL_INVOKE_ON_SUCCESS } from '../../ntos/io/types.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION, FLTFL_CALLBACK_DATA_POST_OPERATION,
  FLTFL_CALLBACK_DATA_SYSTEM_BUFFER } from '../constants.ts';
import { COMPLETION_NODE, CTRL_SENT_DOWN, IRP_CTRL, PHASE_BELOW, PHASE_FREE, PHASE_POST, PHASE_PRE,
  allocateSheet, freeSheet, nodeOf as node } from '../walk/irp-ctrl.ts';
import { fillFromIrp as fillAny } from '../walk/callback-data.ts';
import { WALK_DOWN } from '../walk/callbacks.ts';
import { FLT_IO_PARAMETER_BLOCK, FLT_RELATED_OBJECTS } from '../types.ts';
import { BUSY_BELOW, BUSY_CALLBACK, chainBusy, chainGate, chainSequence } from './instance-gate.ts';
import { turn as ourTurn, turnData, turnObjects } from './chain-turn.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { ChainShape, DispatchTools } from './chain-shape.ts';

const i32 = words;
const u8 = bytes;
const copyBytes = copy;
const routineTable = routines;
const popFrame = pop;
const pushFrame = push;
const store = doorStore;
const IofCallDriver = callDriver;
const IofCompleteRequest = completeRequest;
const IoSkipCurrentIrpStackLocation = skip;
const takeSheet = allocateSheet;
const giveSheet = freeSheet;
const nodeOf = node;
const fillFromIrp = fillAny;
const turn = ourTurn;
const data = turnData;
const objects = turnObjects;
const me = currentThread;
const c = IRP_CTRL.bound;
const zero = 0 as PIRP_CTRL;
/** Words of a sheet. */
const PHASE = c.at_Phase(zero) >> 2;
const FLAGS = c.at_Flags(zero) >> 2;
const IRP_WORD = c.at_Irp(zero) >> 2;
const CHAIN = c.at_Chain(zero) >> 2;
const POSITION = c.at_Position(zero) >> 2;
const REQUESTS = c.at_StatusRequests(zero) >> 2;
const ORIGINAL_MDL = c.at_OriginalMdl(zero) >> 2;
const ORIGINAL_USER = c.at_OriginalUserBuffer(zero) >> 2;
const ORIGINAL_SYSTEM = c.at_OriginalSystemBuffer(zero) >> 2;
const ORIGINAL_FLAGS = c.at_OriginalFlags(zero) >> 2;
const DATA = c.at_Data(zero);
const DATA_FLAGS = c.at_Data_Flags(zero) >> 2;
const DATA_THREAD = c.at_Data_Thread(zero) >> 2;
const TAG_DATA = c.at_Data_TagData(zero) >> 2;
const MODE = c.at_Data_RequestorMode(zero);
const STATUS = c.at_Data_IoStatus_Status(zero) >> 2;
const INFORMATION = c.at_Data_IoStatus_Information(zero) >> 2;
const QUEUE = c.at_Data_QueueLinks(zero) >> 2;
const RELATED = c.at_Related(zero);
const RELATED_FILE = c.at_Related_FileObject(zero) >> 2;
const RELATED_SIZE = c.at_Related_Size(zero) >> 2;
const IOPB = c.at_Iopb(zero) >> 2;
const AGREED = c.at_Agreed(zero) >> 2;
const IOPB_WORDS = FLT_IO_PARAMETER_BLOCK.size >> 2;
/** From the first word of a parameter block to the first of its parameters. */
const FIRST = (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 0) >> 2;
/** Words of an IRP. */
const p = IRP.bound;
const noIrp = 0 as PIRP;
const IRP_FLAGS = p.at_Flags(noIrp) >> 2;
const MDL = p.at_MdlAddress(noIrp) >> 2;
const USER_BUFFER = p.at_UserBuffer(noIrp) >> 2;
const SYSTEM_BUFFER = p.at_AssociatedIrp_SystemBuffer(noIrp) >> 2;
const THREAD = p.at_Tail_Overlay_Thread(noIrp) >> 2;
const LOCATION = p.at_Tail_Overlay_CurrentStackLocation(noIrp) >> 2;
const IRP_STATUS = p.at_IoStatus_Status(noIrp) >> 2;
const IRP_INFORMATION = p.at_IoStatus_Information(noIrp) >> 2;
const REQUESTOR_MODE = p.at_RequestorMode(noIrp);
const LOCATION_NUMBER = p.at_CurrentLocation(noIrp);
const l = IO_STACK_LOCATION.bound;
const noLocation = 0 as PIO_STACK_LOCATION;
const LOCATION_WORDS = IO_STACK_LOCATION.size >> 2;
const PARAMETERS = (IO_STACK_LOCATION.offsets['Parameters'] ?? 0) >> 2;
const DEVICE = l.at_DeviceObject(noLocation) >> 2;
const FILE = l.at_FileObject(noLocation) >> 2;
const ROUTINE = l.at_CompletionRoutine(noLocation) >> 2;
const CONTEXT = l.at_Context(noLocation) >> 2;
/** The control byte is the last one of the first word: major, minor, flags, control. */
const CONTROL = (SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL) << 24;
if (l.at_Control(noLocation) !== 3 || DEVICE !== PARAMETERS + 4) {
  throw new Error('sendBelow is written for a stack location of another form');
}
const gateWord = chainGate >> 2;
const sequenceWord = chainSequence >> 2;
const busyWord = chainBusy >> 2;
const routineNow = KTHREAD.bound.at_CurrentRoutine(me) >> 2;
const dataNow = KTHREAD.bound.at_CurrentData(me) >> 2;
let dispatch!: DispatchTools;
let callBegins!: DispatchTools['callBegins'];
let callEnded!: DispatchTools['callEnded'];
let passThroughCompletion!: RoutineId;

/** Told once by the dispatch routine's room. */
export function setDispatchTools(tools: DispatchTools): void {
  dispatch = tools;
  ({ callBegins, callEnded, passThroughCompletion } = tools);
}

/** What the dispatch routine's room has told. */
export const dispatchTools = (): DispatchTools => dispatch;

/** The thread's words that say whose callback it runs, and its stack, as before the chain. */
export function outside(): void {
  i32[routineNow] = turn.outerRoutine;
  i32[dataNow] = turn.outerData;
  popFrame(turn.frame);
}

/** What is the same for every operation of the chain. */
function fillLasting(shape: ChainShape, ctrl: PIRP_CTRL, device: PDEVICE_OBJECT): void {
  c.set_Volume(ctrl, shape.volume);
  c.set_DeviceObject(ctrl, device);
  c.set_NodeCount(ctrl, shape.count);
  c.set_MajorSlot(ctrl, shape.slot);
  c.set_DispatchThread(ctrl, me);
  c.set_OwnedData(ctrl, 0);
  c.set_IsPended(ctrl, 0);
  i32[c.at_Rendezvous(ctrl) >> 2] = 0;
  // Size and TransactionContext are two halves of one word.
  i32[(ctrl >> 2) + RELATED_SIZE] = FLT_RELATED_OBJECTS.size;
  c.set_Related_Transaction(ctrl, 0 as never);
  c.set_Related_Volume(ctrl, shape.volume);
  for (let i = 0; i < IOPB_WORDS; i++) both(ctrl >> 2, i, 0);
  copyBytes(nodeOf(ctrl, 0), shape.fresh, shape.count * COMPLETION_NODE.size);
}

/** A word of the parameters as callbacks see them, and as they are agreed. */
function both(sheet: number, word: number, value: number): void {
  i32[sheet + IOPB + word] = value;
  i32[sheet + AGREED + word] = value;
}

/** The sheet of an operation, filled; 0 when the interpreter has to walk it. */
export function beginOperation(
  shape: ChainShape, device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION,
): PIRP_CTRL {
  let ctrl = i32[shape.keptWord] as PIRP_CTRL;
  if (ctrl !== 0) i32[shape.keptWord] = 0;
  else {
    ctrl = takeSheet();
    if (ctrl === 0) return ctrl;
  }
  const t = ctrl >> 2;
  const q = irp >> 2;
  const f = location >> 2;
  if (i32[t + CHAIN] !== shape.id) fillLasting(shape, ctrl, device);
  i32[t + CHAIN] = 0;
  i32[busyWord] = BUSY_CALLBACK;
  if (i32[gateWord] !== shape.mark || i32[sequenceWord] !== shape.sequence) {
    i32[sequenceWord] = shape.sequence;
    store(chainGate, shape.mark);
  }
  // A plain look is enough: a teardown waits for busy threads, and rests before it counts them.
  if (i32[shape.sequenceWord] !== shape.sequence) {
    i32[busyWord] = 0;
    giveSheet(ctrl);
    return zero;
  }
  i32[t + FLAGS] = 0;
  i32[t + IRP_WORD] = q << 2;
  i32[t + RELATED_FILE] = i32[f + FILE]!;
  i32[t + PHASE] = PHASE_PRE;
  turn.seen = 0;
  turn.node = -1;
  turn.sheet = ctrl;
  turn.frame = pushFrame();
  turn.outerRoutine = i32[routineNow]!;
  turn.outerData = i32[dataNow]!;
  i32[dataNow] = (t << 2) + DATA;
  data.address = (ctrl + DATA) as never;
  objects.address = (ctrl + RELATED) as never;
  if (shape.isOther === 1) {
    fillFromIrp(ctrl, irp, location);
    return ctrl;
  }
  // fillFromIrp, as far as it changes from one request of such a major to the next.
  const flags = i32[q + IRP_FLAGS]!;
  const isBuffered = (flags & IRP_BUFFERED_IO) !== 0;
  i32[t + DATA_FLAGS] = isBuffered
    ? FLTFL_CALLBACK_DATA_IRP_OPERATION | FLTFL_CALLBACK_DATA_SYSTEM_BUFFER
    : FLTFL_CALLBACK_DATA_IRP_OPERATION;
  i32[t + DATA_THREAD] = i32[q + THREAD]!;
  i32[t + TAG_DATA] = 0;
  u8[(t << 2) + MODE] = u8[(q << 2) + REQUESTOR_MODE]!;
  i32[t + STATUS] = 0;
  i32[t + INFORMATION] = 0;
  i32[t + QUEUE] = 0;
  i32[t + QUEUE + 1] = 0;
  i32[t + QUEUE + 2] = 0;
  i32[t + QUEUE + 3] = 0;
  i32[t + ORIGINAL_FLAGS] = flags;
  i32[t + ORIGINAL_MDL] = i32[q + MDL]!;
  i32[t + ORIGINAL_USER] = i32[q + USER_BUFFER]!;
  i32[t + ORIGINAL_SYSTEM] = i32[q + SYSTEM_BUFFER]!;
  both(t, 0, flags);
  both(t, 1, i32[f]! & 0xffffff);
  both(t, 2, i32[f + FILE]!);
  both(t, FIRST, i32[f + PARAMETERS]!);
  both(t, FIRST + 1, i32[f + PARAMETERS + 1]!);
  both(t, FIRST + 2, i32[f + PARAMETERS + 2]!);
  both(t, FIRST + 3, i32[f + PARAMETERS + 3]!);
  if (shape.bufferWord >= 0) {
    both(t, shape.bufferWord, i32[q + (isBuffered ? SYSTEM_BUFFER : USER_BUFFER)]!);
    if (shape.mdlWord >= 0) both(t, shape.mdlWord, i32[q + MDL]!);
  }
  return ctrl;
}

/** Gives the sheet back as the next operation of this chain finds it. */
function giveKept(shape: ChainShape, ctrl: PIRP_CTRL): void {
  if (i32[shape.keptWord] !== 0) {
    giveSheet(ctrl);
    return;
  }
  const t = ctrl >> 2;
  i32[t + CHAIN] = shape.id;
  i32[t + PHASE] = PHASE_FREE;
  i32[shape.keptWord] = t << 2;
}

/** Without a chain from here on; what is returned is the operation's. */
function handedOver(status: NTSTATUS): boolean {
  turn.status = status;
  return false;
}

/** Nobody above wants it back: the driver below gets this driver's stack location. */
function passOn(shape: ChainShape, ctrl: PIRP_CTRL, irp: PIRP): boolean {
  i32[busyWord] = 0;
  giveKept(shape, ctrl);
  IoSkipCurrentIrpStackLocation(irp);
  return handedOver(IofCallDriver(shape.lower, irp));
}

/**
 * Sends the operation to the driver below when all pre-operation callbacks have run.
 * @param armed whether a post-operation callback waits for it.
 * @returns whether it came back within the call, as it went; else turn.status is what to return.
 */
export function sendBelow(
  shape: ChainShape, ctrl: PIRP_CTRL, irp: PIRP, location: PIO_STACK_LOCATION, armed: number,
): boolean {
  const t = ctrl >> 2;
  const q = irp >> 2;
  i32[busyWord] = BUSY_BELOW;
  outside();
  i32[t + POSITION] = shape.count;
  const number = u8[(q << 2) + LOCATION_NUMBER]! - 1;
  if (i32[t + REQUESTS] !== 0 || number <= 0) {
    i32[busyWord] = 0;
    return handedOver(dispatch.continueDown(ctrl, WALK_DOWN));
  }
  if (armed === 0) return passOn(shape, ctrl, irp);
  const from = location >> 2;
  const to = from - LOCATION_WORDS;
  const head = i32[from]!;
  i32[to] = (head & 0xffffff) | CONTROL;
  i32[to + PARAMETERS] = i32[from + PARAMETERS]!;
  i32[to + PARAMETERS + 1] = i32[from + PARAMETERS + 1]!;
  i32[to + PARAMETERS + 2] = i32[from + PARAMETERS + 2]!;
  i32[to + PARAMETERS + 3] = i32[from + PARAMETERS + 3]!;
  i32[to + DEVICE] = shape.lower;
  i32[to + FILE] = i32[from + FILE]!;
  i32[to + ROUTINE] = passThroughCompletion;
  i32[to + CONTEXT] = t << 2;
  u8[(q << 2) + LOCATION_NUMBER] = number;
  i32[q + LOCATION] = to << 2;
  i32[t + FLAGS] = CTRL_SENT_DOWN;
  i32[t + PHASE] = PHASE_BELOW;
  const outer = callBegins(ctrl);
  const answer = routineTable[i32[shape.majorsWord + (head & 0xff)]!]!(shape.lower, irp);
  if (!callEnded(ctrl, outer)) {
    i32[busyWord] = 0;
    return handedOver(answer as NTSTATUS);
  }
  if (i32[gateWord] !== shape.mark || i32[q + SYSTEM_BUFFER] !== i32[t + ORIGINAL_SYSTEM]) {
    i32[busyWord] = 0;
    return handedOver(dispatch.goUp(ctrl, shape.count - 1));
  }
  i32[busyWord] = BUSY_CALLBACK;
  i32[t + PHASE] = PHASE_POST;
  i32[dataNow] = (t << 2) + DATA;
  i32[t + DATA_FLAGS] = i32[t + DATA_FLAGS]! | FLTFL_CALLBACK_DATA_POST_OPERATION;
  return true;
}

/** Ends the operation when all post-operation callbacks have run; what the sender is told. */
export function endOperation(shape: ChainShape, ctrl: PIRP_CTRL, irp: PIRP): NTSTATUS {
  const t = ctrl >> 2;
  const q = irp >> 2;
  i32[busyWord] = 0;
  outside();
  if (i32[t + FLAGS] !== CTRL_SENT_DOWN || i32[t + REQUESTS] !== 0) return dispatch.goUp(ctrl, -1);
  const status = i32[t + STATUS] as NTSTATUS;
  i32[q + IRP_STATUS] = status;
  i32[q + IRP_INFORMATION] = i32[t + INFORMATION]!;
  giveKept(shape, ctrl);
  IofCompleteRequest(irp);
  return status;
}
