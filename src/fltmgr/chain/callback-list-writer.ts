// Rewrites a volume's callback lists after an attach or detach, under the Filter Manager's lock.
// Walks copy while the volume's sequence is even and unchanged (callback-list.ts).
import { i32 } from '../../mem/memory.ts';
import { add, load } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { fillBytes } from '../../mem/memory.ts';
import { flink } from '../../ntos/rtl/list-entry.ts';
import { CALLBACK_LIST, CALLBACK_LISTS_SIZE, CALLBACK_NODE, callbackList }
  from './callback-list.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_OPERATION, FLT_VOLUME, INSTANCE_ACTIVE,
  INSTANCE_STATE_MASK, MAJOR_SLOTS } from '../attach/object.ts';
import { COMPLETION_NODE } from '../walk/irp-ctrl.ts';
import type { PCOMPLETION_NODE } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { at_State, Filter, set_Position } = FLT_INSTANCE.bound;
const { at_InstanceList, at_Sequence, set_Callbacks, Callbacks } = FLT_VOLUME.bound;
const { at_Operations } = FLT_FILTER.bound;
const { Flags, PreOperation, PostOperation, Registered } = FLT_OPERATION.bound;
const linkAt = FLT_INSTANCE.offsets['VolumeLink'] ?? 0;
const nodesAt = CALLBACK_LIST.offsets['Nodes'] ?? 4;
const freshAt = CALLBACK_LIST.offsets['Fresh'] ?? 0;
const n = COMPLETION_NODE.bound;
const TAG = poolTag('FMcb');
type POP = Parameters<typeof Flags>[0];

/** Gives a volume its empty callback lists; false when there is no memory. */
export function createCallbackLists(volume: PFLT_VOLUME): boolean {
  const lists = ExAllocatePoolWithTag(NonPagedPool, CALLBACK_LISTS_SIZE, TAG);
  if (lists === 0) return false;
  fillBytes(lists, 0, CALLBACK_LISTS_SIZE);
  set_Callbacks(volume, lists);
  return true;
}

export function freeCallbackLists(volume: PFLT_VOLUME): void {
  ExFreePoolWithTag(Callbacks(volume), TAG);
  set_Callbacks(volume, 0);
}

/** The instances of a volume that take part in new operations, from the top down. */
function activeInstances(volume: PFLT_VOLUME): PFLT_INSTANCE[] {
  const head = at_InstanceList(volume);
  const found: PFLT_INSTANCE[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) {
    const instance = (at - linkAt) as PFLT_INSTANCE;
    if ((load(at_State(instance)) & INSTANCE_STATE_MASK) === INSTANCE_ACTIVE) found.push(instance);
  }
  return found;
}

function writeNode(at: number, instance: PFLT_INSTANCE, operation: POP, position: number): void {
  const node = at >> 2;
  i32[node] = instance;
  i32[node + 1] = load(at_State(instance));
  i32[node + 2] = PreOperation(operation);
  i32[node + 3] = PostOperation(operation);
  i32[node + 4] = Flags(operation);
  i32[node + 5] = Filter(instance);
  i32[node + 6] = position;
}

/** The node of an operation that begins: idle, and all else that is not the instance's 0. */
function writeFresh(at: PCOMPLETION_NODE, instance: PFLT_INSTANCE, operation: POP): void {
  fillBytes(at, 0, COMPLETION_NODE.size);
  n.set_Instance(at, instance);
  n.set_Expected(at, load(at_State(instance)));
  n.set_PreOperation(at, PreOperation(operation));
  n.set_PostOperation(at, PostOperation(operation));
  n.set_Filter(at, Filter(instance));
}

/** Numbers the instances from the top, those that are being torn down included. */
function renumber(volume: PFLT_VOLUME): void {
  const head = at_InstanceList(volume);
  let position = 0;
  for (let at = flink(head); at !== head; at = flink(at)) {
    set_Position((at - linkAt) as PFLT_INSTANCE, position++);
  }
}

/** Rewrites every list of a volume from its instances. The Filter Manager's lock is held. */
export function rewriteCallbackLists(volume: PFLT_VOLUME): void {
  add(at_Sequence(volume), 1);
  renumber(volume);
  const instances = activeInstances(volume);
  for (let slot = 0; slot < MAJOR_SLOTS; slot++) {
    const list = callbackList(volume, slot);
    let count = 0;
    for (const instance of instances) {
      const operation = (at_Operations(Filter(instance)) + slot * FLT_OPERATION.size) as POP;
      if (Registered(operation) === 0) continue;
      const position = FLT_INSTANCE.bound.Position(instance);
      writeNode(list + nodesAt + count * CALLBACK_NODE.size, instance, operation, position);
      const fresh = list + freshAt + count * COMPLETION_NODE.size;
      writeFresh(fresh as PCOMPLETION_NODE, instance, operation);
      count++;
    }
    i32[list >> 2] = count;
  }
  add(at_Sequence(volume), 1);
}
