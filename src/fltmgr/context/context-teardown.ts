// Contexts go with what they hang on: an instance, a volume, a stream, a file object (CTX-17,
// CTX-21). The Filter Manager's own teardowns call here; drivers never do.
//
// Each removal is a loop: take the first that is left, with a reference, and unlink it. Whoever
// else unlinks it at the same time wins or loses under the lock of its home, and only the winner
// drops the Filter Manager's reference. Cleanup callbacks run in the thread that removes, at
// <= APC_LEVEL and without a lock.
import { boot } from '../../mem/boot-options.ts';
import { WAIT_SLICE_MS } from '../../mem/param.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { drainWorkQueues } from '../../ntos/ex/work-queue.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../../ntos/ke/prcb.ts';
import { flink } from '../../ntos/rtl/list-entry.ts';
import { FLT_VOLUME_CONTEXT } from '../constants.ts';
import { onControlGone, removeControls } from './context-control.ts';
import { firstOfInstance, firstOfList, unlinkNode } from './context-link.ts';
import { CONTEXT_NODE, releaseNode } from './context-node.ts';
import { describeContexts } from './context-registration.ts';
import { CONTEXT_BUCKETS, FLT_CONTEXT_LIST, bucketAt, haveContextRoot, listOfObject }
  from './context-root.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { dropNamesOfFile, dropNamesOfFilter } from '../name/file-name-cache.ts';
import { textOf } from '../strings.ts';
import { violation } from '../violation.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PCONTEXT_NODE } from './context-node.ts';
import type { PFLT_CONTEXT_LIST } from './context-root.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const n = CONTEXT_NODE.bound;
const { at_Nodes } = FLT_CONTEXT_LIST.bound;
const { at_ContextCount, at_NameInformationCount, at_Name } = FLT_FILTER.bound;
const { set_State } = KTHREAD.bound;
/** Violation 23: leaks of contexts, name information and object references. */
const RULE_LEAK = 23;
/** Slices that references in other threads may take to come back, before they count as leaked. */
const PATIENCE = boot.inline ? 0 : boot.verifier ? 100 : Infinity;

/** Unlinks a context that the caller holds a reference to, and drops that. */
function remove(node: PCONTEXT_NODE): void {
  unlinkNode(node);
  releaseNode(node);
}

function removeFromList(
  list: PFLT_CONTEXT_LIST,
  matches: (node: PCONTEXT_NODE) => boolean,
): void {
  for (let node = firstOfList(list, matches); node !== 0; node = firstOfList(list, matches)) {
    remove(node);
  }
}

onControlGone((control) => removeFromList(control as never, () => true));

/**
 * Removes every context of an instance, wherever it hangs: after TeardownComplete (CTX-22), or when
 * its setup callback refused. PASSIVE_LEVEL. The instance is not ACTIVE, so none is added.
 */
export function deleteInstanceContexts(instance: PFLT_INSTANCE): void {
  for (let node = firstOfInstance(instance); node !== 0; node = firstOfInstance(instance)) {
    remove(node);
  }
}

/**
 * Removes every filter's context of a volume, and the Filter Manager's blocks on its streams and
 * files. PASSIVE_LEVEL, when every instance on the volume is gone. Volume contexts can be set until
 * the rundown of the volume has begun, so it is called after that.
 */
export function deleteVolumeContexts(volume: PFLT_VOLUME): void {
  if (!haveContextRoot()) return;
  removeFromList(listOfObject(volume), (node) => n.Object(node) === volume);
  removeControls(volume);
}

/**
 * Removes a filter's volume contexts and waits until every context of the filter has been freed.
 * PASSIVE_LEVEL; the filter's instances are gone and its state is FILTER_UNLOADING.
 *
 * A context that is never released hangs the unload; under the verifier it is bug check
 * 0xC4/0xF517, which names what is left, and so is name information (CTX-15, NAM-1).
 */
export function deleteFilterContexts(filter: PFLT_FILTER): void {
  if (!haveContextRoot()) return;
  const isHis = (node: PCONTEXT_NODE): boolean =>
    n.ContextType(node) === FLT_VOLUME_CONTEXT && n.Filter(node) === filter;
  for (let i = 0; i < CONTEXT_BUCKETS; i++) removeFromList(bucketAt(i) as never, isHis);
  dropNamesOfFilter(filter);
  waitForReleases(filter);
  const names = load(at_NameInformationCount(filter));
  if (names !== 0 && boot.verifier) leaked(filter, `${names} FLT_FILE_NAME_INFORMATION`, names);
}

function waitForReleases(filter: PFLT_FILTER): void {
  const word = at_ContextCount(filter);
  if (load(word) === 0) return;
  // Alone in the machine, this thread is the worker too.
  if (boot.inline) drainWorkQueues();
  set_State(currentThread, THREAD_WAITING);
  let slices = PATIENCE;
  for (let count = load(word); count !== 0; count = load(word)) {
    if (slices-- <= 0) leaked(filter, describeContexts(filter), count);
    parkWhile(word, count, WAIT_SLICE_MS);
  }
  set_State(currentThread, THREAD_RUNNING);
}

function leaked(filter: PFLT_FILTER, what: string, count: number): never {
  return violation(RULE_LEAK, filter,
    `filter ${textOf(at_Name(filter))} unregisters and still holds references to ${what}: each ` +
      'allocation, each successful Get and each OldContext needs one release (CTX-15, NAM-1)',
    count);
}

/**
 * Removes what hangs on a file object: stream-handle contexts and cached names. IRQL <= APC_LEVEL.
 * To be called when the file object goes, after IRP_MJ_CLOSE or after an open that did not last.
 */
export function FltpFileObjectClosed(fileObject: PFILE_OBJECT): void {
  if (!haveContextRoot()) return;
  dropNamesOfFile(fileObject);
  const list = listOfObject(fileObject);
  // What was set on the file object was set before it was closed: an empty list is no race.
  if (flink(at_Nodes(list)) === at_Nodes(list)) return;
  removeFromList(list, (node) => n.Object(node) === fileObject);
}
