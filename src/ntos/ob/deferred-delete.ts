// Deleting an object may close a file, which must happen at PASSIVE_LEVEL. A last reference that
// goes above that level puts the object on a list; a worker thread empties it (as NT's
// ObpDeferObjectDeletion). The list is a lock-free stack: whoever finds it empty asks for the
// worker, so that one request serves all objects that arrive before it is done. While the worker is
// at work the empty list reads BUSY: nobody asks a second time for a worker that is on its way.
import { compareExchange, exchange, load } from '../../atomics-sync/atomics.ts';
import { OBJECT_HEADER, OB_ROOT, obRoot } from './types.ts';
import type { POBJECT_HEADER } from './types.ts';

const { NextToDelete, set_NextToDelete } = OBJECT_HEADER.bound;
const removeList = OB_ROOT.bound.at_RemoveList(obRoot);
const HEADER = OBJECT_HEADER.size;

/** The empty list of a worker that goes on until nothing comes any more. */
const BUSY = 1;

let requestWorker: () => void = () => undefined;

/** Sets how a worker thread is asked to call ObpProcessRemoveObjectQueue; once, at load. */
export function onDeferredDeletion(request: () => void): void {
  requestWorker = request;
}

/** Leaves the deletion of an object without references to a worker. IRQL <= DISPATCH_LEVEL. */
export function deferDelete(object: number): void {
  const header = (object - HEADER) as POBJECT_HEADER;
  for (;;) {
    const first = load(removeList);
    set_NextToDelete(header, first);
    if (compareExchange(removeList, first, object) !== first) continue;
    if (first === 0) requestWorker();
    return;
  }
}

function deleteChain(first: number, deleteObject: (object: number) => void): number {
  let count = 0;
  for (let object = first; object !== 0 && object !== BUSY;) {
    const next = NextToDelete((object - HEADER) as POBJECT_HEADER);
    deleteObject(object);
    object = next;
    count++;
  }
  return count;
}

/** Deletes what waits for it until nothing does, by `deleteObject`; how many. PASSIVE_LEVEL. */
export function deleteDeferred(deleteObject: (object: number) => void): number {
  let count = 0;
  for (;;) {
    count += deleteChain(exchange(removeList, BUSY), deleteObject);
    // Pairs with deferDelete: an object that came meanwhile asked for nobody, so this one goes on.
    if (compareExchange(removeList, BUSY, 0) === BUSY) return count;
  }
}
