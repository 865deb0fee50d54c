// Making a compiled chain for one thread: the volume's list is read, its text put together
// (chain-compiler.ts), and bound to what it calls, first of all this thread's callbacks. Here is
// also where a chain goes on when something out of the ordinary happens: with the interpreter.
import { copyBytes, i32 as words } from '../../mem/memory.ts';
import { MAX_INSTANCES_PER_VOLUME } from '../../mem/param.ts';
import { routineTable } from '../../mem/routine.ts';
import { compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { IofCallDriver } from '../../ntos/io/irp/call-driver.ts';
import { IofCompleteRequest as completeRequest } from '../../ntos/io/irp/completion.ts';
import { IoCopyCurrentIrpStackLocationToNext as copyLocation, IoSetCompletionRoutine,
  IoSkipCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { IRP } from '../../ntos/io/types.ts';
import { CALLBACK_LIST, CALLBACK_NODE, callbackList } from './callback-list.ts';
import { fillFromIrp, revert } from '../walk/callback-data.ts';
import { WALK_DONE, WALK_DOWN, FltpPerformPreCallbacks, afterPost, afterPre,
  settlePost } from '../walk/callbacks.ts';
import { chainText } from './chain-compiler.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO } from '../constants.ts';
import { chainGate, stayAsInterpreter } from './instance-gate.ts';
import { COMPLETION_NODE, allocateSheet, freeSheet, nodeOf } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
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
  readonly passThroughCompletion: Parameters<typeof IoSetCompletionRoutine>[1];
}

export type Chain =
  (device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION) => NTSTATUS;

const ANY_SKIP = FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO | FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO;
const i32 = words;
const { at_Sequence, LowerDevice } = FLT_VOLUME.bound;
const { Instance } = COMPLETION_NODE.bound;
const { set_IoStatus_Status, set_IoStatus_Information } = IRP.bound;
const complete = completeRequest;
const give = freeSheet;
const nodesAt = CALLBACK_LIST.offsets['Nodes'] ?? 4;

function readNodes(volume: PFLT_VOLUME, slot: number): ChainNode[] {
  const list = callbackList(volume, slot);
  const count = Math.min(i32[list >> 2]!, MAX_INSTANCES_PER_VOLUME);
  return Array.from({ length: count }, (_, i) => {
    const n = (list + nodesAt + i * CALLBACK_NODE.size) >> 2;
    return { instance: i32[n]!, expected: i32[n + 1]!, pre: i32[n + 2]!, post: i32[n + 3]!,
      flags: i32[n + 4]!, filter: i32[n + 5]! };
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

/** A teardown holds the node for a moment. */
function leaveUp(ctrl: PIRP_CTRL, index: number): NTSTATUS {
  store(chainGate, 0);
  return dispatch!.goUp(ctrl, index);
}

function finish(ctrl: PIRP_CTRL, irp: PIRP, status: NTSTATUS, information: number): NTSTATUS {
  set_IoStatus_Status(irp, status);
  set_IoStatus_Information(irp, information);
  give(ctrl);
  complete(irp);
  return status;
}

/** Compiles the chain of a list; null when the list changes meanwhile. */
export function compileChain(volume: PFLT_VOLUME, slot: number, sequence: number): Chain | null {
  if (dispatch === undefined) return null;
  const nodes = readNodes(volume, slot);
  if (nodes.length === 0 || load(at_Sequence(volume)) !== sequence) return null;
  const { passThroughCompletion, callBegins, callEnded, continueDown, goUp, noSheet, skipFlags } =
    dispatch;
  const tools = {
    i32: words, load, store, cas: compareExchange, take: allocateSheet, give: freeSheet,
    fill: fillFromIrp, revert, skipLocation: IoSkipCurrentIrpStackLocation,
    callDriver: IofCallDriver, callBegins, callEnded, goUp, noSheet, skipFlags, slowPre, slowPost,
    leaveUp, finish, settlePost, copy: copyBytes, interpret: dispatch.interpret,
    goDown: (ctrl: PIRP_CTRL) => continueDown(ctrl, WALK_DOWN),
    copyDown: (irp: PIRP, ctrl: PIRP_CTRL) => {
      copyLocation(irp);
      IoSetCompletionRoutine(irp, passThroughCompletion, ctrl, true, true, true);
    },
  };
  const callbacks = nodes.flatMap(({ pre, post }, i) =>
    [[`p${i}`, routineTable[pre]] as const, [`q${i}`, routineTable[post]] as const]);
  const names = [...Object.keys(tools), ...callbacks.map(([name]) => name)];
  const values = [...Object.values(tools), ...callbacks.map(([, routine]) => routine)];
  const lower = LowerDevice(volume);
  const fresh = callbackList(volume, slot) + (CALLBACK_LIST.offsets['Fresh'] ?? 0);
  const text = chainText({ volume, lower, slot, sequence, fresh, nodes }, ANY_SKIP);
  return new Function(...names, text)(...values) as Chain;
}
