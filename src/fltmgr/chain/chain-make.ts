// Making a compiled chain for one thread: the volume's list is read, its text put together
// (chain-compiler.ts), and bound to what it calls, first of all this thread's callbacks. Here is
// also where a chain goes on when something out of the ordinary happens: with the interpreter.
import { boot } from '../../mem/boot-options.ts';
import { copyBytes, i32 as words, u8 } from '../../mem/memory.ts';
import { MAX_INSTANCES_PER_VOLUME } from '../../mem/param.ts';
import { routineTable } from '../../mem/routine.ts';
import { bodyOf } from '../../mem/routine-body.ts';
import { touchView } from '../../mem/view.ts';
import { popFrame, pushFrame } from '../../mem/stack.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { IofCallDriver } from '../../ntos/io/irp/call-driver.ts';
import { IofCompleteRequest as completeRequest } from '../../ntos/io/irp/completion.ts';
import { IoSkipCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { DEVICE_OBJECT } from '../../ntos/io/types.ts';
import { CALLBACK_LIST, CALLBACK_NODE, callbackList } from './callback-list.ts';
import { fillFromIrp, revert } from '../walk/callback-data.ts';
import { WALK_DONE, WALK_DOWN, FltpPerformPreCallbacks, afterPost, afterPre }
  from '../walk/callbacks.ts';
import { chainText } from './chain-compiler.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO } from '../constants.ts';
import { stayAsInterpreter } from './instance-gate.ts';
import { COMPLETION_NODE, allocateSheet, freeSheet, nodeOf } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { FLT_CALLBACK_DATA, FLT_RELATED_OBJECTS } from '../types.ts';
import type { Routine, RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';
import type { ChainNode } from './chain-compiler.ts';

/** What a chain needs of the dispatch routine's room, which imports this one. */
export interface DispatchTools {
  callBegins(ctrl: PIRP_CTRL): number;
  callEnded(ctrl: PIRP_CTRL, outer: number): boolean;
  continueDown(ctrl: PIRP_CTRL, walk: number): NTSTATUS;
  goUp(ctrl: PIRP_CTRL, index: number): NTSTATUS;
  afterHandOver(ctrl: PIRP_CTRL): NTSTATUS;
  interpret(device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION): NTSTATUS;
  noSheet(irp: PIRP): NTSTATUS;
  skipFlags(irp: PIRP, location: PIO_STACK_LOCATION): number;
  readonly passThroughCompletion: RoutineId;
}

export type Chain =
  (device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION) => NTSTATUS;

const ANY_SKIP = FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO | FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO;
const i32 = words;
const { at_Sequence, LowerDevice } = FLT_VOLUME.bound;
const { Instance } = COMPLETION_NODE.bound;
const { DriverObject } = DEVICE_OBJECT.bound;
const complete = completeRequest;
const nodesAt = CALLBACK_LIST.offsets['Nodes'] ?? 4;

function readNodes(volume: PFLT_VOLUME, slot: number): ChainNode[] {
  const list = callbackList(volume, slot);
  const count = Math.min(i32[list >> 2]!, MAX_INSTANCES_PER_VOLUME);
  return Array.from({ length: count }, (_, i) => {
    const n = (list + nodesAt + i * CALLBACK_NODE.size) >> 2;
    const pre = i32[n + 2]!;
    const post = i32[n + 3]!;
    return { instance: i32[n]!, expected: i32[n + 1]!, pre, post, flags: i32[n + 4]!,
      filter: i32[n + 5]!, isPreDirect: bodyOf(routineTable[pre]) !== undefined,
      isPostDirect: bodyOf(routineTable[post]) !== undefined };
  });
}

let dispatch: DispatchTools | undefined;

/** Told once by the dispatch routine's room. */
export function setDispatchTools(tools: DispatchTools): void {
  dispatch = tools;
}

function slowPre(ctrl: PIRP_CTRL, index: number, answer: number): NTSTATUS {
  const at = nodeOf(ctrl, index);
  const instance = Instance(at);
  stayAsInterpreter(instance);
  const next = afterPre(ctrl, at, instance, answer);
  const walk = next === WALK_DOWN ? FltpPerformPreCallbacks(ctrl, index + 1) : next;
  return dispatch!.continueDown(ctrl, walk);
}

function slowPost(ctrl: PIRP_CTRL, index: number, answer: number): NTSTATUS {
  const at = nodeOf(ctrl, index);
  const instance = Instance(at);
  stayAsInterpreter(instance);
  if (afterPost(ctrl, at, instance, answer) === WALK_DONE) return dispatch!.goUp(ctrl, index - 1);
  return dispatch!.afterHandOver(ctrl);
}

/** The IRP has no stack location for the driver below: the long way says so. */
function noLocation(irp: PIRP, ctrl: PIRP_CTRL, lower: PDEVICE_OBJECT): NTSTATUS {
  freeSheet(ctrl);
  return IofCallDriver(lower, irp);
}

/** What the text calls node `i`'s callbacks by: with a frame or, where it is known, without. */
function callbacksOf({ pre, post }: ChainNode, i: number): Record<string, unknown> {
  const named = (w: string, routine: Routine | undefined): Record<string, unknown> => {
    const body = bodyOf(routine);
    return body === undefined ? { [`c${w}`]: routine }
      : { [`b${w}`]: body.routine, [`x${w}`]: body.box };
  };
  return { ...named(`p${i}`, routineTable[pre]), ...named(`q${i}`, routineTable[post]) };
}

/** An exception left the chain: what a callback threw is the driver's, anything else goes on. */
function threwIn(nodes: readonly ChainNode[], w: string, thrown: unknown): never {
  const node = nodes[Number(w.slice(1))];
  const body = w === '' || node === undefined ? undefined
    : bodyOf(routineTable[w.startsWith('p') ? node.pre : node.post]);
  if (body !== undefined) body.threw(body.name, thrown);
  throw thrown;
}

/** What callbacks of chains do to the views that they are given. */
const touch = { seen: 0 };

let made = 0;
/** Another number for each chain of the machine. */
function nextId(): number {
  return ((++made << 8) | (boot.processor + 1)) >>> 0 & 0x7fffffff;
}

/** Compiles the chain of a list; null when the list changes meanwhile. */
export function compileChain(volume: PFLT_VOLUME, slot: number, sequence: number): Chain | null {
  if (dispatch === undefined) return null;
  const nodes = readNodes(volume, slot);
  if (nodes.length === 0 || load(at_Sequence(volume)) !== sequence) return null;
  const { passThroughCompletion, callBegins, callEnded, continueDown, goUp, noSheet, skipFlags } =
    dispatch;
  const tools = {
    i32: words, u8, load, store, take: allocateSheet, give: freeSheet, fill: fillFromIrp, revert,
    skipLocation: IoSkipCurrentIrpStackLocation, callDriver: IofCallDriver, table: routineTable,
    callBegins, callEnded, goUp, noSheet, noLocation, skipFlags, slowPre, slowPost, complete,
    copy: copyBytes, interpret: dispatch.interpret,
    goDown: (ctrl: PIRP_CTRL) => continueDown(ctrl, WALK_DOWN), push: pushFrame, pop: popFrame,
    touch, D: touchView(FLT_CALLBACK_DATA, touch), O: FLT_RELATED_OBJECTS.at(0),
    threw: (w: string, thrown: unknown) => threwIn(nodes, w, thrown),
  };
  const callbacks = Object.assign({}, ...nodes.map((node, i) => callbacksOf(node, i)));
  const known = { ...tools, ...callbacks };
  const lower = LowerDevice(volume);
  const fresh = callbackList(volume, slot) + (CALLBACK_LIST.offsets['Fresh'] ?? 0);
  const plan = { volume, lower, driver: DriverObject(lower), slot, sequence, fresh, nodes,
    routine: passThroughCompletion };
  const text = chainText(plan, ANY_SKIP, nextId());
  return new Function(...Object.keys(known), text)(...Object.values(known)) as Chain;
}
