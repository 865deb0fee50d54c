// The name cache: names of open file objects, in the buckets of context-root.ts, by file object,
// filter and format (NAM-2). A name goes with its file object, with its filter, by a purge, or when
// it is stale.
//
// Every change of a name raises one generation for the machine, after the file system has made the
// change and before its requestor hears of it. A name carries the generation from before the file
// system was asked for it: an older one than the present is not used. So a name that was asked for
// while a rename was under way is never taken for the name of after. A rename is rare and costs
// each name one new query.
// Simplification: Windows keeps normalized names per stream as well; here a second open of a file
// asks the file system once more.
import { add, load } from '../../atomics-sync/atomics.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ntos/ke/kernel-lock.ts';
import { InsertHeadList, RemoveEntryList, flink } from '../../ntos/rtl/list-entry.ts';
import { FLT_CONTEXT_BUCKET, FLT_CONTEXT_LIST, FLT_CONTEXT_ROOT, CONTEXT_BUCKETS, bucketAt,
  contextRoot, haveContextRoot, listOfObject, namesOfObject } from '../context/context-root.ts';
import { FLT_NAME_NODE, NO_NAME, assignName, copyName, dropName, holdName, markCached,
  unmarkCached } from './file-name-node.ts';
import { nameProviders } from '../attach/root.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_NAME_NODE } from './file-name-node.ts';
import type { PFLT_FILTER } from '../types.ts';

const n = FLT_NAME_NODE.bound;
const { at_Lock } = FLT_CONTEXT_LIST.bound;
const { at_Names } = FLT_CONTEXT_BUCKET.bound;
const generation = FLT_CONTEXT_ROOT.bound.at_NameGeneration(contextRoot);

/** The present generation: read it before the file system is asked for a name. Any IRQL. */
export function nameGeneration(): number {
  return load(generation);
}

/**
 * Says that names have changed: after a successful rename, link or short-name change, before the
 * requestor or any post-operation callback hears of it. Any IRQL.
 */
export function FltpNamesChanged(): void {
  add(generation, 1);
}

function isFresh(node: PFLT_NAME_NODE): boolean {
  return n.Generation(node) === load(generation) >>> 0;
}

/** The cached name of exactly this filter, else that of any. The bucket's lock is held. */
function look(
  head: number,
  file: PFILE_OBJECT,
  filter: PFLT_FILTER,
  format: number,
): PFLT_NAME_NODE {
  let another = NO_NAME;
  for (let at = flink(head); at !== head; at = flink(at)) {
    const node = at as PFLT_NAME_NODE;
    if (n.File(node) !== file || n.Info_Format(node) !== format || !isFresh(node)) continue;
    if (n.Filter(node) === filter) return node;
    // Filters above a name provider and below it hear different names.
    if (nameProviders() === 0) another = node;
  }
  return another;
}

/**
 * The cached name of a file object, with a reference that is not counted yet; NULL on a miss.
 * <= APC_LEVEL. Another filter's name is copied, and the copy cached.
 */
export function findName(
  file: PFILE_OBJECT,
  filter: PFLT_FILTER,
  format: number,
): PFLT_NAME_NODE {
  const lock = at_Lock(listOfObject(file));
  acquireKernelLock(lock);
  const node = look(namesOfObject(file), file, filter, format);
  if (node !== 0) holdName(node);
  releaseKernelLock(lock);
  if (node === 0 || n.Filter(node) === filter) return node;
  const copy = copyName(node);
  if (copy !== 0) {
    assignName(copy, file, filter, n.Generation(node));
    cacheName(copy);
  }
  dropName(node);
  return copy;
}

/** Keeps a name that the caller has a reference to; stale names of its kind go. <= APC_LEVEL. */
export function cacheName(node: PFLT_NAME_NODE): void {
  if (!isFresh(node)) return;
  const file = n.File(node);
  const format = n.Info_Format(node);
  const filter = n.Filter(node);
  removeNames(listOfObject(file), namesOfObject(file), (other) =>
    n.File(other) === file && n.Filter(other) === filter && n.Info_Format(other) === format);
  const lock = at_Lock(listOfObject(file));
  acquireKernelLock(lock);
  markCached(node);
  InsertHeadList(namesOfObject(file), n.at_Link(node));
  releaseKernelLock(lock);
}

/** Takes names out of a bucket; the memory goes after the lock. */
function removeNames(
  list: number,
  head: number,
  matches: (node: PFLT_NAME_NODE) => boolean,
): void {
  const lock = at_Lock(list as Parameters<typeof at_Lock>[0]);
  for (;;) {
    let found = NO_NAME;
    acquireKernelLock(lock);
    for (let at = flink(head); at !== head && found === 0; at = flink(at)) {
      if (matches(at as PFLT_NAME_NODE)) found = at as PFLT_NAME_NODE;
    }
    if (found !== 0) RemoveEntryList(n.at_Link(found));
    releaseKernelLock(lock);
    if (found === 0) return;
    unmarkCached(found);
  }
}

/** Forgets the names of a file object. <= APC_LEVEL. */
export function dropNamesOfFile(file: PFILE_OBJECT): void {
  const head = namesOfObject(file);
  // What was cached for the file object was cached before it was closed: no race.
  if (flink(head) === head) return;
  removeNames(listOfObject(file), head, (node) => n.File(node) === file);
}

function removeEverywhere(matches: (node: PFLT_NAME_NODE) => boolean): void {
  if (!haveContextRoot()) return;
  for (let i = 0; i < CONTEXT_BUCKETS; i++) {
    const bucket = bucketAt(i);
    removeNames(bucket, at_Names(bucket), matches);
  }
}

/** Forgets the names that a filter had asked for, when it unloads. <= APC_LEVEL. */
export function dropNamesOfFilter(filter: PFLT_FILTER): void {
  removeEverywhere((node) => n.Filter(node) === filter);
}

/** Forgets every name, of every filter and file object. <= APC_LEVEL. */
export function dropAllNames(): void {
  removeEverywhere(() => true);
}

/** How many names are cached: for reports and tests. */
export function cachedNames(): number {
  let count = 0;
  for (let i = 0; i < CONTEXT_BUCKETS; i++) {
    const bucket = bucketAt(i);
    const head = at_Names(bucket);
    const lock = at_Lock(bucket as never);
    acquireKernelLock(lock);
    for (let at = flink(head); at !== head; at = flink(at)) count++;
    releaseKernelLock(lock);
  }
  return count;
}
