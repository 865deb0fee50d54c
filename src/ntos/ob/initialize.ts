// The object manager as a whole: what boot calls, and what a worker thread calls when the last
// reference of an object went above PASSIVE_LEVEL.
import './rtl-services.ts';
import { fillBytes } from '../../mem/memory.ts';
import { ObpDeleteObject } from './object.ts';
import { takeDeferred } from './deferred-delete.ts';
import { initializeHandles } from './handle.ts';
import { initializeNamespace } from './namespace.ts';
import { initializeProcesses } from './process.ts';
import { OB_ROOT, obRoot } from './types.ts';

/** Makes the object manager: handle table, namespace, System process. After the pools. */
export function initializeObjects(): void {
  fillBytes(obRoot, 0, OB_ROOT.size);
  initializeHandles();
  initializeNamespace();
  initializeProcesses();
}

/** Deletes the objects whose deletion was left to a worker; returns how many. PASSIVE_LEVEL. */
export function ObpProcessRemoveObjectQueue(): number {
  let count = 0;
  for (;;) {
    const now = takeDeferred(ObpDeleteObject);
    if (now === 0) return count;
    count += now;
  }
}
