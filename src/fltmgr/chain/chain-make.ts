// Making a compiled chain for one thread: the volume's list is read, its text put together
// (chain-compiler.ts), and bound to what it calls, first of all this thread's callbacks. Here is
// also where a chain goes on when something out of the ordinary happens: with the interpreter.
import { boot } from '../../mem/boot-options.ts';
import { i32 as words } from '../../mem/memory.ts';
import { MAX_INSTANCES_PER_VOLUME } from '../../mem/param.ts';
import { routineTable } from '../../mem/routine.ts';
import { bodyOf } from '../../mem/routine-body.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL }
  from '../../ntos/io/types.ts';
import { CALLBACK_LIST, CALLBACK_NODE, callbackList } from './callback-list.ts';
import { bufferOffset, mdlOffset, revert } from '../walk/callback-data.ts';
import { WALK_DONE, WALK_DOWN, FltpPerformPreCallbacks, afterPost, afterPre }
  from '../walk/callbacks.ts';
import { chainText } from './chain-compiler.ts';
import { beginOperation, dispatchTools, endOperation, outside, sendBelow } from './chain-steps.ts';
import { SEEN_ADDRESS, SEEN_SLEEP, turn, turnData, turnObjects } from './chain-turn.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO } from '../constants.ts';
import { chainMark, stayAsInterpreter } from './instance-gate.ts';
import { COMPLETION_NODE, IRP_CTRL, firstKept, nodeOf } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { Routine } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { ChainNode } from './chain-compiler.ts';
import type { ChainShape } from './chain-shape.ts';

export type Chain =
  (device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION) => NTSTATUS;

const ANY_SKIP = FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO | FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO;
const i32 = words;
const { at_Sequence, LowerDevice } = FLT_VOLUME.bound;
const { Instance } = COMPLETION_NODE.bound;
const { Data_Flags, set_Data_Flags } = IRP_CTRL.bound;
/** Majors whose parameters are not the same words for every request: fillFromIrp looks at them. */
const OTHERS: readonly number[] = [IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL];
const firstParameter = (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 0) >> 2;
const majorsAt = DRIVER_OBJECT.offsets['MajorFunction'] ?? 0;
const { DriverObject } = DEVICE_OBJECT.bound;
const nodesAt = CALLBACK_LIST.offsets['Nodes'] ?? 4;

function readNodes(volume: PFLT_VOLUME, slot: number): ChainNode[] {
  const list = callbackList(volume, slot);
  const count = Math.min(i32[list >> 2]!, MAX_INSTANCES_PER_VOLUME);
  return Array.from({ length: count }, (_, i) => {
    const n = (list + nodesAt + i * CALLBACK_NODE.size) >> 2;
    const pre = i32[n + 2]!;
    const post = i32[n + 3]!;
    return { pre, post, flags: i32[n + 4]!, filter: i32[n + 5]!,
      isPreDirect: bodyOf(routineTable[pre]) !== undefined,
      isPostDirect: bodyOf(routineTable[post]) !== undefined };
  });
}

/** A callback was out of the ordinary: as the interpreter has it from here on. */
function leaveChain(ctrl: PIRP_CTRL, index: number): PFLT_INSTANCE {
  outside();
  if (turn.node >= 0) turn.aim();
  const instance = Instance(nodeOf(ctrl, index));
  stayAsInterpreter(instance);
  return instance;
}

function slowPre(ctrl: PIRP_CTRL, index: number, answer: number): NTSTATUS {
  const instance = leaveChain(ctrl, index);
  const next = afterPre(ctrl, nodeOf(ctrl, index), instance, answer);
  const walk = next === WALK_DOWN ? FltpPerformPreCallbacks(ctrl, index + 1) : next;
  return dispatchTools().continueDown(ctrl, walk);
}

function slowPost(ctrl: PIRP_CTRL, index: number, answer: number): NTSTATUS {
  const instance = leaveChain(ctrl, index);
  const next = afterPost(ctrl, nodeOf(ctrl, index), instance, answer);
  if (next === WALK_DONE) return dispatchTools().goUp(ctrl, index - 1);
  return dispatchTools().afterHandOver(ctrl);
}

/**
 * Undoes what a pre-operation callback changed in the parameters without saying so (OP-13).
 * @returns false when it said so, or slept: then the interpreter goes on.
 */
function settlePre(ctrl: PIRP_CTRL): boolean {
  if ((turn.seen & SEEN_SLEEP) !== 0) return false;
  if ((Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DIRTY) !== 0) return false;
  revert(ctrl);
  turn.seen &= SEEN_ADDRESS;
  return true;
}

/** Undoes what a post-operation callback changed in the parameters (POST-6); false: it slept. */
function settlePost(ctrl: PIRP_CTRL): boolean {
  if ((turn.seen & SEEN_SLEEP) !== 0) return false;
  revert(ctrl);
  set_Data_Flags(ctrl, Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_DIRTY);
  turn.seen &= SEEN_ADDRESS;
  return true;
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

let made = 0;
/** Another number for each chain of the machine. */
function nextId(): number {
  return ((++made << 8) | (boot.processor + 1)) >>> 0 & 0x7fffffff;
}

function shapeOf(volume: PFLT_VOLUME, slot: number, sequence: number, count: number): ChainShape {
  const lower = LowerDevice(volume);
  const wordAt = (offset: number): number => (offset === 0 ? -1 : firstParameter + (offset >> 2));
  return {
    id: nextId(), volume, lower, majorsWord: (DriverObject(lower) + majorsAt) >> 2, slot,
    keptWord: firstKept + slot, sequence, sequenceWord: at_Sequence(volume) >> 2,
    mark: chainMark(volume),
    fresh: callbackList(volume, slot) + (CALLBACK_LIST.offsets['Fresh'] ?? 0), count,
    isOther: OTHERS.includes(slot) ? 1 : 0, bufferWord: wordAt(bufferOffset(slot)),
    mdlWord: wordAt(mdlOffset(slot)),
  };
}

/** Compiles the chain of a list; null when the list changes meanwhile. */
export function compileChain(volume: PFLT_VOLUME, slot: number, sequence: number): Chain | null {
  const nodes = readNodes(volume, slot);
  if (nodes.length === 0 || load(at_Sequence(volume)) !== sequence) return null;
  const shape = shapeOf(volume, slot, sequence, nodes.length);
  const { interpret, skipFlags } = dispatchTools();
  const known: Record<string, unknown> = Object.assign({
    i32: words, shape, turn, data: turnData, objects: turnObjects, begin: beginOperation,
    send: sendBelow, end: endOperation, interpret, skipFlags, settlePre, settlePost, slowPre,
    slowPost, threw: (w: string, thrown: unknown) => threwIn(nodes, w, thrown),
  }, ...nodes.map((node, i) => callbacksOf(node, i)));
  const text = chainText(shape, nodes, ANY_SKIP);
  return new Function(...Object.keys(known), text)(...Object.values(known)) as Chain;
}
