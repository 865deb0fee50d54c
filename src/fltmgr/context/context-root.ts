// Where contexts hang. A context of a stream or a file is in a list of that stream or file
// (context-control.ts); one of a volume, an instance or a file object is in one of the buckets
// here, found by the address of the object. Buckets are never freed, so whoever holds a context
// may take its bucket's lock although the object has gone.
//
// Locks, in the order in which they are taken: FLT_CONTEXT_LIST.Lock of one list, then
// FLT_INSTANCE.ContextLock. Nothing is freed, waited for or called under either.
import { ULONG, array, atomic } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { CACHE_LINE } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { acquireMutex, releaseMutex } from '../../atomics-sync/mutex.ts';
import { InitializeListHead } from '../../ntos/rtl/list-entry.ts';
import { LIST_ENTRY } from '../../ntos/rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** A list of contexts and the lock that guards it. */
export const FLT_CONTEXT_LIST = struct('FLT_CONTEXT_LIST', {
  Lock: atomic(),
  Nodes: LIST_ENTRY,
});
export type PFLT_CONTEXT_LIST = Ptr<'FLT_CONTEXT_LIST'>;

/** What hangs on the objects whose address leads here. */
export const FLT_CONTEXT_BUCKET = struct(
  'FLT_CONTEXT_BUCKET',
  {
    Contexts: FLT_CONTEXT_LIST,
    /** Cached names of file objects; guarded by Contexts.Lock. See file-name-cache.ts. */
    Names: LIST_ENTRY,
  },
  { align: CACHE_LINE },
);
export type PFLT_CONTEXT_BUCKET = Ptr<'FLT_CONTEXT_BUCKET'>;

const BUCKET_BITS = 7;
/** How many buckets there are. */
export const CONTEXT_BUCKETS = 1 << BUCKET_BITS;
const CREATION_LOCKS = 8;

export const FLT_CONTEXT_ROOT = struct('FLT_CONTEXT_ROOT', {
  /** All control blocks of streams and files, and the lock that guards the list. */
  ControlLock: atomic(),
  ControlList: LIST_ENTRY,
  /** Rises with every change of a name: cached names of before are stale (file-name-cache.ts). */
  NameGeneration: atomic(),
  Initialized: atomic(),
  StartLock: atomic(),
  /** One of these mutexes is held while a stream or file gets its control block. */
  CreationLocks: array(ULONG, CREATION_LOCKS),
  Buckets: array(FLT_CONTEXT_BUCKET, CONTEXT_BUCKETS),
});

export const contextRoot = systemRoot('fltContext', FLT_CONTEXT_ROOT.size) as
  Ptr<'FLT_CONTEXT_ROOT'>;
const r = FLT_CONTEXT_ROOT.bound;
const b = FLT_CONTEXT_BUCKET.bound;
const firstBucket = r.at_Buckets(contextRoot);
const creationLocks = r.at_CreationLocks(contextRoot);
const owner = boot.processor + 1;
const namesAt = FLT_CONTEXT_BUCKET.offsets['Names'] ?? 12;

function makeLists(): void {
  InitializeListHead(r.at_ControlList(contextRoot));
  for (let i = 0; i < CONTEXT_BUCKETS; i++) {
    const bucket = bucketAt(i);
    InitializeListHead(b.at_Contexts_Nodes(bucket));
    InitializeListHead(b.at_Names(bucket));
  }
}

/**
 * Makes every list empty, once per boot: with the first filter that registers, since without one
 * there is nothing to hang. PASSIVE_LEVEL. The machine zeroes the root when it boots.
 */
export function requireContextRoot(): void {
  if (haveContextRoot()) return;
  acquireMutex(r.at_StartLock(contextRoot), owner);
  if (!haveContextRoot()) {
    makeLists();
    store(r.at_Initialized(contextRoot), 1);
  }
  releaseMutex(r.at_StartLock(contextRoot), owner);
}

/** Whether a filter has ever registered: else every list is empty, and none is made yet. */
export function haveContextRoot(): boolean {
  return load(r.at_Initialized(contextRoot)) !== 0;
}

/** Bucket number `index`. */
export function bucketAt(index: number): PFLT_CONTEXT_BUCKET {
  return (firstBucket + index * FLT_CONTEXT_BUCKET.size) as PFLT_CONTEXT_BUCKET;
}

/** Objects are pool blocks of a few sizes: the bits above the alignment differ most. */
function hashOf(object: number, bits: number): number {
  return Math.imul(object >>> 3, 0x9e3779b1) >>> (32 - bits);
}

/** The list of the contexts of a volume, an instance or a file object, among others. */
export function listOfObject(object: number): PFLT_CONTEXT_LIST {
  return (firstBucket + hashOf(object, BUCKET_BITS) * FLT_CONTEXT_BUCKET.size) as PFLT_CONTEXT_LIST;
}

/** The head of the cached names of a file object, among others. */
export function namesOfObject(object: number): number {
  return listOfObject(object) + namesAt;
}

/** The mutex to hold while a stream or a file gets a control block. */
export function creationLockOf(object: number): number {
  return creationLocks + 4 * hashOf(object, 3);
}
