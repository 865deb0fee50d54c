// Contexts: memory that a filter hangs on a volume, an instance, a file, a stream or a file object,
// and finds again there (section 8). This file allocates them, counts their references and reads
// the registration; context-objects.ts and context-files.ts set and get them, context-several.ts
// gets several at once, context-teardown.ts removes them.
//
// The reference rules (8.6): FltAllocateContext gives one, a successful Set adds the Filter
// Manager's own, Get adds one for its caller; each is released once, the last release frees.
// Simplification: no file system here knows transactions, so their contexts can be allocated but
// not set. Section contexts are set by FltCreateSectionForDataScan (data-scan.ts).
import { fillBytes, i32 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { ExAllocateFromLookasideListEx } from '../../ntos/ex/lookaside.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../../ntos/ex/types.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND, STATUS_FLT_DELETING_OBJECT,
  STATUS_FLT_MUST_BE_NONPAGED_POOL, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLT_ALL_CONTEXTS, FLT_SECTION_CONTEXT, FLT_VOLUME_CONTEXT, NULL_CONTEXT }
  from '../constants.ts';
import { ALLOCATE_CONTEXT_HEADER, dropContextTypes, findContextType, readContextTypes }
  from './context-registration.ts';
import { CONTEXT_NODE, CONTEXT_PREFIX, TAG_NODE, countContext, initializeNode, markContext,
  nodeOfContext, referenceContext, releaseContext } from './context-node.ts';
import { requireContextRoot } from './context-root.ts';
import { unlinkNode } from './context-link.ts';
import { FILTER_UNLOADING, FLT_FILTER } from '../attach/object.ts';
import { checkIrql, violation, RULE_UNLISTED } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PALLOCATE_CONTEXT_HEADER } from './context-registration.ts';
import type { PCONTEXT_NODE } from './context-node.ts';
import type { PFLT_FILTER } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const n = CONTEXT_NODE.bound;
const t = ALLOCATE_CONTEXT_HEADER.bound;
const { at_State } = FLT_FILTER.bound;
const MAXUSHORT = 0xffff;
const PAGED = 1;
const NODE_BYTES = CONTEXT_NODE.size;
const NO_NODE = 0 as PCONTEXT_NODE;
const overhead = { nonpaged: NODE_BYTES + CONTEXT_PREFIX, paged: CONTEXT_PREFIX };

/**
 * Reads the context registration of a filter. PASSIVE_LEVEL, in FltRegisterFilter.
 *
 * @param registration an array of FLT_CONTEXT_REGISTRATION that ends with FLT_CONTEXT_END, or NULL.
 * @returns STATUS_FLT_INVALID_CONTEXT_REGISTRATION (CTX-1, CTX-4), STATUS_INSUFFICIENT_RESOURCES.
 */
export function registerContexts(filter: PFLT_FILTER, registration: number): NTSTATUS {
  requireContextRoot();
  return readContextTypes(filter, registration, overhead);
}

/** Gives back what registerContexts took; deleteFilterContexts has waited for every context. */
export function unregisterContexts(filter: PFLT_FILTER): void {
  dropContextTypes(filter);
}

/** The block of a context whose node lies in front of it. */
function allocateTogether(type: PALLOCATE_CONTEXT_HEADER, bytes: number): PCONTEXT_NODE {
  const block = t.IsFixed(type) !== 0
    ? ExAllocateFromLookasideListEx(t.at_NonPaged(type))
    : ExAllocatePoolWithTag(NonPagedPool, NODE_BYTES + CONTEXT_PREFIX + bytes, t.PoolTag(type));
  if (block === 0) return NO_NODE;
  fillBytes(block, 0, NODE_BYTES);
  n.set_Context(block as PCONTEXT_NODE, block + NODE_BYTES + CONTEXT_PREFIX);
  return block as PCONTEXT_NODE;
}

/** The block of the filter's part alone; with callbacks of its own the filter gives it. */
function allocateBody(type: PALLOCATE_CONTEXT_HEADER, bytes: number, poolType: number): number {
  const routine = t.Allocate(type);
  if (routine !== 0) {
    return routineTable[routine]!(poolType, bytes + CONTEXT_PREFIX, t.ContextType(type));
  }
  if (t.IsFixed(type) !== 0) return ExAllocateFromLookasideListEx(t.at_Paged(type));
  return ExAllocatePoolWithTag(PagedPool, bytes + CONTEXT_PREFIX, t.PoolTag(type));
}

function allocateApart(
  type: PALLOCATE_CONTEXT_HEADER,
  bytes: number,
  poolType: number,
): PCONTEXT_NODE {
  const node = ExAllocatePoolWithTag(NonPagedPool, NODE_BYTES, TAG_NODE) as PCONTEXT_NODE;
  if (node === 0) return node;
  const block = allocateBody(type, bytes, poolType);
  if (block === 0) {
    ExFreePoolWithTag(node, TAG_NODE);
    return NO_NODE;
  }
  if ((block & 7) !== 0) {
    violation(RULE_UNLISTED, block, 'ContextAllocateCallback returned memory that is not aligned ' +
      'to 8 bytes, as pool is');
  }
  fillBytes(node, 0, NODE_BYTES);
  n.set_Block(node, block);
  n.set_Context(node, block + CONTEXT_PREFIX);
  return node;
}

function checkAllocation(filter: PFLT_FILTER, type: number, bytes: number, pool: number): NTSTATUS {
  if ((type & FLT_ALL_CONTEXTS) === 0 || (type & (type - 1)) !== 0 || bytes === 0) {
    return STATUS_INVALID_PARAMETER;
  }
  if (bytes > MAXUSHORT) return STATUS_INVALID_BUFFER_SIZE;
  if (type === FLT_VOLUME_CONTEXT && pool & PAGED) return STATUS_FLT_MUST_BE_NONPAGED_POOL;
  return load(at_State(filter)) === FILTER_UNLOADING ? STATUS_FLT_DELETING_OBJECT : STATUS_SUCCESS;
}

/**
 * Allocates a context of a registered type. IRQL <= APC_LEVEL, any thread.
 *
 * The memory has one reference, which is the caller's. As on Windows 11 it is zeroed when its size
 * was registered as variable and has old contents otherwise; the verifier fills it with garbage
 * (CTX-6). A context that a callback of the filter allocates is 8 bytes longer than ContextSize.
 *
 * @param ContextSize 1 to 65535 bytes. @param PoolType NonPagedPool or PagedPool.
 * @param ReturnedContext where the context goes, NULL_CONTEXT on failure.
 * @returns STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND when no registered entry fits,
 *   STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_BUFFER_SIZE, STATUS_INVALID_PARAMETER,
 *   STATUS_FLT_MUST_BE_NONPAGED_POOL (CTX-4), STATUS_INSUFFICIENT_RESOURCES.
 */
export function FltAllocateContext(
  Filter: PFLT_FILTER,
  ContextType: number,
  ContextSize: number,
  PoolType: number,
  ReturnedContext: OutPtr,
): NTSTATUS {
  checkIrql('FltAllocateContext', APC_LEVEL);
  i32[ReturnedContext >> 2] = NULL_CONTEXT;
  const bytes = ContextSize >>> 0;
  const valid = checkAllocation(Filter, ContextType, bytes, PoolType);
  if (valid !== STATUS_SUCCESS) return valid;
  const type = findContextType(Filter, ContextType, bytes);
  if (type === 0) return STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND;
  const paged = PoolType & PAGED;
  const apart = paged !== 0 || t.Allocate(type) !== 0;
  const node = apart ? allocateApart(type, bytes, PoolType) : allocateTogether(type, bytes);
  if (node === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const context = n.Context(node);
  n.set_Size(node, bytes);
  n.set_Paged(node, paged);
  initializeNode(node, Filter, type);
  markContext(context, node);
  if (t.IsFixed(type) === 0 && t.Allocate(type) === 0) fillBytes(context, 0, bytes);
  countContext(Filter, type);
  i32[ReturnedContext >> 2] = context;
  return STATUS_SUCCESS;
}

/**
 * Adds a reference; the caller has one already (CTX-13). IRQL <= DISPATCH_LEVEL, any thread.
 * A context that has been freed is bug check 0xF5/0x6E (CTX-16).
 */
export function FltReferenceContext(Context: number): void {
  referenceContext('FltReferenceContext', Context);
}

/**
 * Drops a reference. IRQL <= DISPATCH_LEVEL, <= APC_LEVEL for a context in paged pool; any thread.
 *
 * The last one calls the cleanup callback and frees the context: here, or at DISPATCH_LEVEL in a
 * system worker (CTX-14). The last one of a context that is still set is bug check 0xF5/0x6D, one
 * of a context that has been freed 0xF5/0x6E (CTX-16).
 */
export function FltReleaseContext(Context: number): void {
  releaseContext('FltReleaseContext', Context);
}

/**
 * Takes a context off the object it is set on; a later Get does not find it. The caller's reference
 * stays and has to be released (CTX-19). IRQL <= APC_LEVEL. Nothing happens when it is not set.
 * A section context goes with its section: FltCloseSectionForDataScan (CTX-20).
 */
export function FltDeleteContext(Context: number): void {
  checkIrql('FltDeleteContext', APC_LEVEL);
  referenceContext('FltDeleteContext', Context);
  if (n.ContextType(nodeOfContext(Context)) === FLT_SECTION_CONTEXT) {
    violation(RULE_UNLISTED, Context, 'FltDeleteContext of a section context; ' +
      'FltCloseSectionForDataScan takes it off (CTX-19)');
  }
  unlinkNode(nodeOfContext(Context));
  releaseContext('FltDeleteContext', Context);
}
