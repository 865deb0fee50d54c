// CONTEXT_NODE: what the Filter Manager knows of one context. The filter's part may be paged, the
// node never is. Two words in front of the filter's part lead back to the node:
//
//   nonpaged             | CONTEXT_NODE | mark | node | the filter's part |
//   paged, or allocated
//   by a callback        | CONTEXT_NODE |    | mark | node | the filter's part |
//
// A context lives as long as References is above zero; the last release calls the filter's cleanup
// callback and frees it, in a system worker when it comes at DISPATCH_LEVEL (CTX-5, CTX-14). While
// it is linked to an object the Filter Manager itself holds one reference.
import { POINTER, ULONG, atomic, pointer } from '../../mem/field.ts';
import { i32, memorySize, u32 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { add, load, notify, store } from '../../atomics-sync/atomics.ts';
import { ExFreeToLookasideListEx } from '../../ntos/ex/lookaside.ts';
import { ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ntos/ex/work-queue.ts';
import { DelayedWorkQueue, WORK_QUEUE_ITEM } from '../../ntos/ex/types.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { FLTMGR_FILE_SYSTEM } from '../../ntos/ke/bug-check-codes.ts';
import { APC_LEVEL, DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { LIST_ENTRY } from '../../ntos/rtl/types.ts';
import { ALLOCATE_CONTEXT_HEADER } from './context-registration.ts';
import { dereferenceControl } from './context-control.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { checkIrql } from '../violation.ts';
import type { PFLT_FILTER } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** CONTEXT_NODE.State: a context is linked to at most one object, once in its life (CTX-10). */
export const NODE_NEVER_LINKED = 0;
export const NODE_LINKING = 1;
export const NODE_LINKED = 2;
export const NODE_UNLINKED = 3;

export const CONTEXT_NODE = struct('CONTEXT_NODE', {
  State: atomic(),
  References: atomic(),
  Filter: pointer('FLT_FILTER'),
  /** The registration entry it was allocated by. */
  Type: pointer('ALLOCATE_CONTEXT_HEADER'),
  ContextType: ULONG,
  /** The filter's part and its length in bytes. */
  Context: POINTER,
  Size: ULONG,
  /** The block that holds the filter's part when that is not the node's own; else 0. */
  Block: POINTER,
  Paged: ULONG,
  // Written before State becomes NODE_LINKED, constant from then on.
  /** The list it is linked into. */
  Home: pointer('FLT_CONTEXT_LIST'),
  /** The control block that List belongs to, referenced until the node is freed; 0 for a bucket. */
  Control: pointer('FLT_CONTEXT_CONTROL'),
  /** The filter of a volume context, the instance of any other. */
  Owner: POINTER,
  /** What it hangs on: a volume, an instance, a control block, a file object. */
  Object: POINTER,
  /** The instance whose teardown removes it; 0 for a volume context. */
  Instance: pointer('FLT_INSTANCE'),
  /** In Home; guarded by its lock. */
  Link: LIST_ENTRY,
  /** In FLT_INSTANCE.StreamContexts; guarded by FLT_INSTANCE.ContextLock. */
  InstanceLink: LIST_ENTRY,
  /** For a last release at DISPATCH_LEVEL. */
  WorkItem: WORK_QUEUE_ITEM,
});
export type PCONTEXT_NODE = Ptr<'CONTEXT_NODE'>;

/** Bytes in front of the filter's part: the mark and the node's address. */
export const CONTEXT_PREFIX = 8;
export const TAG_NODE = poolTag('FMcn');
const MARK_LIVE = 0x74786346;
const MARK_FREED = 0x65657246;

const n = CONTEXT_NODE.bound;
const t = ALLOCATE_CONTEXT_HEADER.bound;
const { at_ContextCount } = FLT_FILTER.bound;
const NO_NODE = 0 as PCONTEXT_NODE;

/** Marks the two words in front of a new context. */
export function markContext(context: number, node: PCONTEXT_NODE): void {
  u32[(context - 8) >> 2] = MARK_LIVE;
  i32[(context - 4) >> 2] = node;
}

/** The node of a context; NULL when the address is that of no live context. Any IRQL. */
export function nodeOfContext(context: number): PCONTEXT_NODE {
  if (context < 16 || context >= memorySize || (context & 7) !== 0) return NO_NODE;
  if (u32[(context - 8) >> 2] !== MARK_LIVE) return NO_NODE;
  const node = i32[(context - 4) >> 2]! as PCONTEXT_NODE;
  if (node < 16 || node >= memorySize || n.Context(node) !== context) return NO_NODE;
  return node;
}

/** A routine was given what is no context, or one that has been freed (CTX-16). */
function notLive(routine: string, context: number): never {
  const freed = context >= 16 && context < memorySize && (context & 3) === 0 &&
    u32[(context - 8) >> 2] === MARK_FREED;
  const node = freed ? i32[(context - 4) >> 2]! : 0;
  return KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x6e, context, node, 0,
    `${routine} was given 0x${context.toString(16)}, ` +
      (freed ? 'a context that has been freed' : 'where no context is, or none any more') +
      ': there was one FltReleaseContext too many, or it was kept without a reference (CTX-16)');
}

/** Adds a reference for somebody who knows that there is one. Any IRQL. */
export function referenceNode(node: PCONTEXT_NODE): void {
  add(n.at_References(node), 1);
}

/** FltReferenceContext; see context.ts. */
export function referenceContext(routine: string, context: number): void {
  checkIrql(routine, DISPATCH_LEVEL);
  const node = nodeOfContext(context);
  if (node === 0 || add(n.at_References(node), 1) <= 0) notLive(routine, context);
}

/** FltReleaseContext; see context.ts. */
export function releaseContext(routine: string, context: number): void {
  const node = nodeOfContext(context);
  if (node === 0) notLive(routine, context);
  checkIrql(routine, n.Paged(node) !== 0 ? APC_LEVEL : DISPATCH_LEVEL);
  const before = add(n.at_References(node), -1);
  if (before > 1) return;
  if (before <= 0) notLive(routine, context);
  lastReference(node, routine);
}

/** Drops a reference that is the Filter Manager's own. IRQL as for FltReleaseContext. */
export function releaseNode(node: PCONTEXT_NODE): void {
  const before = add(n.at_References(node), -1);
  if (before === 1) lastReference(node, 'the Filter Manager');
}

function lastReference(node: PCONTEXT_NODE, routine: string): void {
  if (load(n.at_State(node)) === NODE_LINKED) {
    KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x6d, n.Context(node), node, 0,
      `${routine} dropped the last reference of a context that is still set on an object: that ` +
        'reference is the Filter Manager\'s, some FltReleaseContext was one too many (CTX-16)');
  }
  if (KeGetCurrentIrql() <= APC_LEVEL) {
    freeNode(node);
    return;
  }
  const item = n.at_WorkItem(node);
  ExInitializeWorkItem(item, freeInWorker, node);
  ExQueueWorkItem(item, DelayedWorkQueue);
}

const freeInWorker = kernelRoutine('FltpFreeContextWorker', (node) => {
  freeNode(node as PCONTEXT_NODE);
  return 0;
});

/** Gives the memory of a context back, without a word to the filter. <= APC_LEVEL. */
export function freeContextMemory(node: PCONTEXT_NODE): void {
  const type = n.Type(node);
  const context = n.Context(node);
  const block = n.Block(node);
  u32[(context - 8) >> 2] = MARK_FREED;
  if (block === 0) {
    freeBlock(t.at_NonPaged(type), type, node);
    return;
  }
  const routine = t.Free(type);
  if (routine !== 0) routineTable[routine]!(block, t.ContextType(type));
  else freeBlock(t.at_Paged(type), type, block);
  ExFreePoolWithTag(node, TAG_NODE);
}

type PTYPE = ReturnType<typeof n.Type>;

function freeBlock(list: number, type: PTYPE, block: number): void {
  if (t.IsFixed(type) !== 0) ExFreeToLookasideListEx(list, block);
  else ExFreePoolWithTag(block, t.PoolTag(type));
}

/** Nobody has the context any more: the filter cleans it up, then it is gone. <= APC_LEVEL. */
function freeNode(node: PCONTEXT_NODE): void {
  const type = n.Type(node);
  const filter = n.Filter(node);
  const control = n.Control(node);
  const cleanup = t.Cleanup(type);
  if (cleanup !== 0) routineTable[cleanup]!(n.Context(node), n.ContextType(node));
  freeContextMemory(node);
  if (control !== 0) dereferenceControl(control);
  uncount(filter, type);
}

/** Counts a context that its filter holds. */
export function countContext(filter: PFLT_FILTER, type: PTYPE): void {
  add(t.at_Live(type), 1);
  add(at_ContextCount(filter), 1);
}

function uncount(filter: PFLT_FILTER, type: PTYPE): void {
  add(t.at_Live(type), -1);
  // The last access to the filter: it may be freed as soon as the count is zero. The address that
  // is notified is not looked at.
  if (add(at_ContextCount(filter), -1) === 1) notify(at_ContextCount(filter), 1);
}

/** Makes a node that is linked to nothing and has one reference. */
export function initializeNode(node: PCONTEXT_NODE, filter: PFLT_FILTER, type: PTYPE): void {
  store(n.at_State(node), NODE_NEVER_LINKED);
  n.set_Filter(node, filter);
  n.set_Type(node, type);
  n.set_ContextType(node, t.ContextType(type));
  n.set_Control(node, 0 as never);
  n.set_Instance(node, 0 as never);
  store(n.at_References(node), 1);
}
