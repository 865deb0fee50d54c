// References to filters, instances and volumes by pointer (LC-5, LC-6). A reference keeps the
// object's memory; it is refused once teardown of the object has begun, and what was given before
// is waited for at the very end of the teardown (TD-5). A pointer that is no object of the Filter
// Manager is a bug check, since Windows would use it.
import { load } from '../../atomics-sync/atomics.ts';
import { ExAcquireRundownProtection, ExReleaseRundownProtection }
  from '../../ntos/ex/lock/rundown.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_FILTER,
  FLT_OBJECT_INSTANCE, FLT_OBJECT_VOLUME, FLT_VOLUME, INSTANCE_DETACHING, INSTANCE_FREE,
  INSTANCE_STATE_MASK } from './object.ts';
import { RULE_UNLISTED, violation } from '../violation.ts';
import { OBJECT_DEREFERENCED, OBJECT_REFERENCED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { Kind, at_Rundown } = FLT_OBJECT.bound;
type POBJ = Parameters<typeof Kind>[0];
const { at_State: at_FilterState } = FLT_FILTER.bound;
const { at_State: at_InstanceState } = FLT_INSTANCE.bound;
const { at_Leaving } = FLT_VOLUME.bound;
const names: Readonly<Record<number, string>> = {
  [FLT_OBJECT_FILTER]: 'a filter', [FLT_OBJECT_INSTANCE]: 'an instance',
  [FLT_OBJECT_VOLUME]: 'a volume',
};

/** FLT_OBJECT.Kind of a living object; 0 for anything else. */
export function kindOf(object: number): number {
  if (object === 0) return 0;
  const kind = Kind(object as POBJ);
  if (names[kind] === undefined) return 0;
  const free = kind === FLT_OBJECT_INSTANCE &&
    (load(at_InstanceState(object as PFLT_INSTANCE)) & INSTANCE_STATE_MASK) === INSTANCE_FREE;
  return free ? 0 : kind;
}

/** Holds a routine's caller to a pointer of one kind: not NULL, not foreign, not gone. */
export function checkObject(routine: string, object: number, kind: number): void {
  if (kindOf(object) === kind) return;
  violation(RULE_UNLISTED, object, `${routine}: ${object === 0 ? 'NULL' : `0x${object
    .toString(16)}`} is not ${names[kind] ?? 'an object'} of the Filter Manager, or it is gone ` +
    '(LC-5)');
}

function checkAnyObject(routine: string, object: number): void {
  if (kindOf(object) !== 0) return;
  violation(RULE_UNLISTED, object, `${routine}: 0x${object.toString(16)} is no filter, instance ` +
    'or volume, or it is gone (LC-5)');
}

/** Whether teardown of a living object has begun. Any IRQL. */
export function isLeaving(object: number): boolean {
  switch (Kind(object as POBJ)) {
    case FLT_OBJECT_FILTER:
      return load(at_FilterState(object as PFLT_FILTER)) === FILTER_UNLOADING;
    case FLT_OBJECT_INSTANCE: {
      const state = load(at_InstanceState(object as PFLT_INSTANCE)) & INSTANCE_STATE_MASK;
      return state === INSTANCE_DETACHING;
    }
    default:
      return load(at_Leaving(object as PFLT_VOLUME)) !== 0;
  }
}

/** A reference of the Filter Manager itself: as FltObjectReference, and nobody else's to drop. */
export function FltpObjectReference(object: number): NTSTATUS {
  const rundown = at_Rundown(object as POBJ);
  if (!ExAcquireRundownProtection(rundown)) return STATUS_FLT_DELETING_OBJECT;
  // Taken before the look: a teardown that begins after it waits for this reference at its end.
  if (!isLeaving(object)) return STATUS_SUCCESS;
  ExReleaseRundownProtection(rundown);
  return STATUS_FLT_DELETING_OBJECT;
}

/** Drops a reference of the Filter Manager itself. */
export function FltpObjectDereference(object: number): void {
  ExReleaseRundownProtection(at_Rundown(object as POBJ));
}

/**
 * Adds a rundown reference to a filter, an instance or a volume, for a driver that will drop it.
 * IRQL <= DISPATCH_LEVEL.
 *
 * @returns STATUS_FLT_DELETING_OBJECT once teardown of the object has begun (LC-5).
 */
export function FltObjectReference(FltObject: number): NTSTATUS {
  checkAnyObject('FltObjectReference', FltObject);
  const status = FltpObjectReference(FltObject);
  if (tracer !== null && status === STATUS_SUCCESS) {
    tracer.event(OBJECT_REFERENCED, FltObject, 0, 0, 0);
  }
  return status;
}

/** Drops a rundown reference. IRQL <= DISPATCH_LEVEL. A missed one hangs the unload (LC-15). */
export function FltObjectDereference(FltObject: number): void {
  checkAnyObject('FltObjectDereference', FltObject);
  if (tracer !== null) tracer.event(OBJECT_DEREFERENCED, FltObject, 0, 0, 0);
  FltpObjectDereference(FltObject);
}
