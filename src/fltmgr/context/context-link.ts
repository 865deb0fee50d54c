// Linking contexts to objects, finding them there and taking them off (8.3 to 8.5).
//
// A context is found in a list by three words: its type, its owner and the object it hangs on. It
// is in two lists at once, that of its home (a bucket or a control block) and that of its instance;
// both change under both locks, so whoever holds one of them sees a linked context or none.
// Whoever unlinks a context owns the Filter Manager's reference to it: he releases it after the
// locks, or hands it to the caller.
import { atReboot } from '../../mem/reboot.ts';
import { i32 } from '../../mem/memory.ts';
import { compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ntos/ke/kernel-lock.ts';
import { InsertTailList, RemoveEntryList, flink } from '../../ntos/rtl/list-entry.ts';
import { isRundownBegun } from '../../ntos/ex/lock/rundown.ts';
import { STATUS_FLT_CONTEXT_ALREADY_DEFINED, STATUS_FLT_CONTEXT_ALREADY_LINKED,
  STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_SET_CONTEXT_REPLACE_IF_EXISTS, NULL_CONTEXT }
  from '../constants.ts';
import { FLT_CONTEXT_LIST } from './context-root.ts';
import { CONTEXT_NODE, NODE_LINKED, NODE_LINKING, NODE_NEVER_LINKED, NODE_UNLINKED, nodeOfContext,
  referenceNode, releaseNode } from './context-node.ts';
import { referenceControl } from './context-control.ts';
import { FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, INSTANCE_ACTIVE, INSTANCE_SETUP,
  INSTANCE_STATE_MASK } from '../attach/object.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PCONTEXT_NODE } from './context-node.ts';
import type { PFLT_CONTEXT_CONTROL } from './context-control.ts';
import type { PFLT_CONTEXT_LIST } from './context-root.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '../types.ts';

const n = CONTEXT_NODE.bound;
const { at_Lock, at_Nodes } = FLT_CONTEXT_LIST.bound;
const { at_ContextLock, at_StreamContexts, at_State: at_InstanceState, Filter: filterOf } =
  FLT_INSTANCE.bound;
const { at_State: at_FilterState } = FLT_FILTER.bound;
const { at_Rundown } = FLT_OBJECT.bound;
const linkAt = CONTEXT_NODE.offsets['Link'] ?? 0;
const instanceLinkAt = CONTEXT_NODE.offsets['InstanceLink'] ?? 0;
const NONE = 0 as PCONTEXT_NODE;
const NO_INSTANCE = 0 as PFLT_INSTANCE;

/** Where a context hangs: the list, and the three words it is found by. */
export interface ContextPlace {
  readonly list: PFLT_CONTEXT_LIST;
  readonly type: number;
  readonly owner: number;
  readonly object: number;
  /** 0 for a volume context. */
  readonly instance: PFLT_INSTANCE;
  /** Of a stream or file; else 0. */
  readonly control: PFLT_CONTEXT_CONTROL;
}

function find(list: PFLT_CONTEXT_LIST, type: number, owner: number, object: number): PCONTEXT_NODE {
  const head = at_Nodes(list);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const node = (at - linkAt) as PCONTEXT_NODE;
    if (n.Object(node) === object && n.Owner(node) === owner && n.ContextType(node) === type) {
      return node;
    }
  }
  return NONE;
}

/**
 * Gets a context with a reference (CTX-11).
 * Returns STATUS_NOT_FOUND, with NULL_CONTEXT through `out`, when there is none.
 */
export function getLinked(
  list: PFLT_CONTEXT_LIST,
  type: number,
  owner: number,
  object: number,
  out: number,
): NTSTATUS {
  acquireKernelLock(at_Lock(list));
  const node = find(list, type, owner, object);
  if (node !== 0) referenceNode(node);
  releaseKernelLock(at_Lock(list));
  i32[out >> 2] = node === 0 ? NULL_CONTEXT : n.Context(node);
  return node === 0 ? STATUS_NOT_FOUND : STATUS_SUCCESS;
}

/** Whether an instance is being torn down, or gone. */
export function isLeaving(instance: PFLT_INSTANCE): boolean {
  const state = load(at_InstanceState(instance)) & INSTANCE_STATE_MASK;
  return state !== INSTANCE_ACTIVE && state !== INSTANCE_SETUP;
}

/** Whether a volume is being left, or its filter unloads. */
export function isVolumeLeaving(volume: number, filter: PFLT_FILTER): boolean {
  return isRundownBegun(at_Rundown(volume as Parameters<typeof at_Rundown>[0])) ||
    load(at_FilterState(filter)) === FILTER_UNLOADING;
}

function ownerIsLeaving(place: ContextPlace): boolean {
  return place.instance === 0
    ? isVolumeLeaving(place.object, place.owner as PFLT_FILTER)
    : isLeaving(place.instance);
}

/** Takes a linked node out of both lists. The home's lock is held. */
function unlinkLocked(node: PCONTEXT_NODE): void {
  const instance = n.Instance(node);
  RemoveEntryList(n.at_Link(node));
  if (instance !== 0) {
    acquireKernelLock(at_ContextLock(instance));
    RemoveEntryList(n.at_InstanceLink(node));
    releaseKernelLock(at_ContextLock(instance));
  }
  store(n.at_State(node), NODE_UNLINKED);
}

/** Puts a node into both lists, unless the instance has begun to leave. The home's lock is held. */
function linkLocked(node: PCONTEXT_NODE, place: ContextPlace): boolean {
  const { list, instance, control } = place;
  n.set_Home(node, list);
  n.set_Owner(node, place.owner);
  n.set_Object(node, place.object);
  n.set_Instance(node, instance);
  if (instance !== 0) {
    acquireKernelLock(at_ContextLock(instance));
    // Looked at under the lock that the teardown takes after it has changed the state.
    const leaving = isLeaving(instance);
    if (!leaving) InsertTailList(at_StreamContexts(instance), n.at_InstanceLink(node));
    releaseKernelLock(at_ContextLock(instance));
    if (leaving) return false;
  }
  n.set_Control(node, control);
  if (control !== 0) referenceControl(control);
  referenceNode(node);
  InsertTailList(at_Nodes(list), n.at_Link(node));
  store(n.at_State(node), NODE_LINKED);
  return true;
}

/** What setLocked took off the object: a register of the thread while it holds the lock. */
let replaced = NONE;
atReboot(() => {
  replaced = NONE;
});

function setLocked(place: ContextPlace, keep: boolean, node: PCONTEXT_NODE, old: number): NTSTATUS {
  const state = n.at_State(node);
  if (ownerIsLeaving(place)) return STATUS_FLT_DELETING_OBJECT;
  if (load(state) !== NODE_NEVER_LINKED) return STATUS_FLT_CONTEXT_ALREADY_LINKED;
  const existing = find(place.list, place.type, place.owner, place.object);
  if (existing !== 0 && keep) {
    if (old !== 0) {
      referenceNode(existing);
      i32[old >> 2] = n.Context(existing);
    }
    return STATUS_FLT_CONTEXT_ALREADY_DEFINED;
  }
  // Two threads may set one context on two objects, under two locks: one of them wins.
  if (compareExchange(state, NODE_NEVER_LINKED, NODE_LINKING) !== NODE_NEVER_LINKED) {
    return STATUS_FLT_CONTEXT_ALREADY_LINKED;
  }
  if (existing !== 0) unlinkLocked(existing);
  replaced = existing;
  if (linkLocked(node, place)) return STATUS_SUCCESS;
  n.set_Instance(node, NO_INSTANCE);
  store(state, NODE_NEVER_LINKED);
  return STATUS_FLT_DELETING_OBJECT;
}

/** The node of a context that may be set at a place; NULL when it is none such (8.3). */
function nodeFor(place: ContextPlace, context: number): PCONTEXT_NODE {
  const node = nodeOfContext(context);
  if (node === 0 || n.ContextType(node) !== place.type) return NONE;
  const filter = place.instance === 0 ? place.owner : filterOf(place.instance);
  return n.Filter(node) === filter ? node : NONE;
}

/** Links a context to an object as FltSet*Context does; the statuses are those of 8.3. */
export function setLinked(
  place: ContextPlace,
  operation: number,
  context: number,
  old: number,
): NTSTATUS {
  if (old !== 0) i32[old >> 2] = NULL_CONTEXT;
  const keep = operation === FLT_SET_CONTEXT_KEEP_IF_EXISTS;
  if (!keep && operation !== FLT_SET_CONTEXT_REPLACE_IF_EXISTS) return STATUS_INVALID_PARAMETER;
  const node = nodeFor(place, context);
  if (node === 0) return STATUS_INVALID_PARAMETER;
  acquireKernelLock(at_Lock(place.list));
  replaced = NONE;
  const status = setLocked(place, keep, node, old);
  const unlinked = replaced;
  releaseKernelLock(at_Lock(place.list));
  // A teardown that came in between takes the old context along; the caller hears only of it.
  handOver(unlinked, status === STATUS_SUCCESS ? old : 0);
  return status;
}

/** Gives the Filter Manager's reference to whoever wants it, else drops it. */
function handOver(node: PCONTEXT_NODE, old: number): void {
  if (node === 0) return;
  if (old !== 0) i32[old >> 2] = n.Context(node);
  else releaseNode(node);
}

/** Takes the context off an object as FltDelete*Context does (CTX-18). */
export function deleteLinked(
  list: PFLT_CONTEXT_LIST,
  type: number,
  owner: number,
  object: number,
  old: number,
): NTSTATUS {
  if (old !== 0) i32[old >> 2] = NULL_CONTEXT;
  acquireKernelLock(at_Lock(list));
  const node = find(list, type, owner, object);
  if (node !== 0) unlinkLocked(node);
  releaseKernelLock(at_Lock(list));
  handOver(node, old);
  return node === 0 ? STATUS_NOT_FOUND : STATUS_SUCCESS;
}

/**
 * Unlinks a context that the caller holds a reference to; the Filter Manager's is dropped. Nothing
 * happens when it is linked to nothing (any more).
 */
export function unlinkNode(node: PCONTEXT_NODE): void {
  if (load(n.at_State(node)) !== NODE_LINKED) return;
  const lock = at_Lock(n.Home(node));
  acquireKernelLock(lock);
  const mine = load(n.at_State(node)) === NODE_LINKED;
  if (mine) unlinkLocked(node);
  releaseKernelLock(lock);
  if (mine) releaseNode(node);
}

/** The first context that an instance has anywhere, with a reference; NULL when it has none. */
export function firstOfInstance(instance: PFLT_INSTANCE): PCONTEXT_NODE {
  const head = at_StreamContexts(instance);
  acquireKernelLock(at_ContextLock(instance));
  const first = flink(head);
  const node = first === head ? NONE : ((first - instanceLinkAt) as PCONTEXT_NODE);
  // Linked, hence alive: it leaves this list before the Filter Manager's reference goes.
  if (node !== 0) referenceNode(node);
  releaseKernelLock(at_ContextLock(instance));
  return node;
}

/** The first context of a list that `matches`, with a reference; NULL when there is none. */
export function firstOfList(
  list: PFLT_CONTEXT_LIST,
  matches: (node: PCONTEXT_NODE) => boolean,
): PCONTEXT_NODE {
  const head = at_Nodes(list);
  let found = NONE;
  acquireKernelLock(at_Lock(list));
  for (let at = flink(head); at !== head && found === 0; at = flink(at)) {
    const node = (at - linkAt) as PCONTEXT_NODE;
    if (matches(node)) found = node;
  }
  if (found !== 0) referenceNode(found);
  releaseKernelLock(at_Lock(list));
  return found;
}
