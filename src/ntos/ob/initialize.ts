// The object manager as a whole: what boot calls, and the work item that deletes objects whose
// last reference went above PASSIVE_LEVEL.
import './rtl-services.ts';
import { fillBytes } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { CriticalWorkQueue } from '../ex/types.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../ex/work-queue.ts';
import { haveWorkQueues } from '../ex/work-queue-root.ts';
import { ObpDeleteObject } from './object.ts';
import { onDeferredDeletion, deleteDeferred } from './deferred-delete.ts';
import { initializeHandles, shutdownHandles } from './handle.ts';
import { initializeNamespace, shutdownNamespace } from './namespace.ts';
import { initializeProcesses, shutdownProcesses } from './process.ts';
import { OB_ROOT, obRoot } from './types.ts';

const removeItem = OB_ROOT.bound.at_RemoveItem(obRoot);

/** Deletes the objects whose deletion was left to a worker; returns how many. PASSIVE_LEVEL. */
export function ObpProcessRemoveObjectQueue(): number {
  return deleteDeferred(ObpDeleteObject);
}

const removeRoutine = kernelRoutine('ObpProcessRemoveObjectQueue', ObpProcessRemoveObjectQueue);

// Without work queues (a room's unit test) objects stay on the list until somebody empties it.
onDeferredDeletion(() => {
  if (haveWorkQueues()) ExQueueWorkItem(removeItem, CriticalWorkQueue);
});

/** Makes the object manager: handle table, namespace, System process. After the pools. */
export function initializeObjects(): void {
  fillBytes(obRoot, 0, OB_ROOT.size);
  ExInitializeWorkItem(removeItem, removeRoutine, 0);
  initializeHandles();
  initializeNamespace();
  initializeProcesses();
}

/** Gives back what initializeObjects took; handles are closed, processes but System have ended. */
export function shutdownObjects(): void {
  ObpProcessRemoveObjectQueue();
  shutdownProcesses();
  shutdownNamespace();
  shutdownHandles();
}
