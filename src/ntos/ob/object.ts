// @hot  Objects: reference counts, types, deletion. Every object has a header in front of its
// body; pointers to an object are pointers to the body, as in NT. Handles hold references too.
//
// When the last reference goes, the type's delete routine runs, at PASSIVE_LEVEL: at once when the
// caller is there, else later in a worker thread (deferred-delete.ts). Simplification: object
// bodies are nonpaged, and there is neither quota nor security on objects.
import { add as atomicAdd, compareExchange as cas, load as atomicLoad }
  from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { fillBytes as fill } from '../../mem/memory.ts';
import { routineTable as routines } from '../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { NonPagedPool } from '../ex/types.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../ke/irql.ts';
import { deferDelete as defer } from './deferred-delete.ts';
import { dereferencedTooOften, notAnObject, referencedTooLate } from './misuse.ts';
import { OBJECT_DEAD, OBJECT_HEADER, OBJECT_LIVE, OB_ROOT, OB_TYPES, OB_TYPE_PORT, obRoot }
  from './types.ts';
import type { POBJECT_HEADER } from './types.ts';
import type { RoutineId } from '../../mem/routine.ts';

export { OB_TYPE_DEVICE, OB_TYPE_DIRECTORY, OB_TYPE_DRIVER, OB_TYPE_EVENT, OB_TYPE_FILE,
  OB_TYPE_KEY, OB_TYPE_PORT, OB_TYPE_PROCESS, OB_TYPE_SECTION, OB_TYPE_THREAD } from './types.ts';

const add = atomicAdd;
const load = atomicLoad;
const compareExchange = cas;
const fillBytes = fill;
const allocate = ExAllocatePoolWithTag;
const free = ExFreePoolWithTag;
const currentIrql = KeGetCurrentIrql;
const deferDelete = defer;
const routineTable = routines;
const verifying = boot.verifier;
const HEADER = OBJECT_HEADER.size;
const LIVE = OBJECT_LIVE;
const TAG = poolTag('ObjT');
/** Ports are the Filter Manager's: what they take counts, and may fail, as its own does. */
const TAG_PORT = poolTag('FMpt');
const passive = PASSIVE_LEVEL;
const { at_PointerCount, at_HandleCount, set_Type, Type, set_Signature, Signature, Permanent } =
  OBJECT_HEADER.bound;
const counts = OB_ROOT.bound.at_ObjectCounts(obRoot);

/** Routine ids by type; filled at load, alike in every thread. */
const closeRoutines = new Int32Array(OB_TYPES);
const deleteRoutines = new Int32Array(OB_TYPES);

/** What a type's owner does when handles and references go. */
export interface ObjectTypeRoutines {
  /** Called as (object, handlesLeft) each time a handle is closed. PASSIVE_LEVEL. */
  readonly close?: RoutineId;
  /** Called as (object) when the last reference is gone; its memory is freed then. PASSIVE. */
  readonly delete?: RoutineId;
}

/** Says what closing and deleting an object of a type does. Called at load, in every thread. */
export function ObpRegisterType(type: number, on: ObjectTypeRoutines): void {
  closeRoutines[type] = on.close ?? 0;
  deleteRoutines[type] = on.delete ?? 0;
}

/** The close routine of a type, 0 when it has none. */
export function closeRoutineOf(type: number): number {
  return closeRoutines[type]!;
}

function tagOf(type: number): number {
  return type === OB_TYPE_PORT ? TAG_PORT : TAG;
}

/**
 * Makes an object with one reference, which is the caller's. IRQL <= DISPATCH_LEVEL.
 *
 * @param size bytes of the body, which is zeroed.
 * @returns the body, or NULL when there is no memory.
 */
export function ObCreateObject(type: number, size: number): number {
  const block = allocate(NonPagedPool, HEADER + size, tagOf(type));
  if (block === 0) return 0;
  fillBytes(block, 0, HEADER + size);
  initializeHeader(block as POBJECT_HEADER, type);
  return block + HEADER;
}

/** Makes a header over zeroed memory; for bodies that are not pool (threads). */
export function initializeHeader(header: POBJECT_HEADER, type: number): void {
  set_Type(header, type);
  set_Signature(header, LIVE);
  add(at_PointerCount(header), 1);
  add(counts + 4 * type, 1);
}

/** The type of an object. Any IRQL. */
export function objectType(object: number): number {
  return Type((object - HEADER) as POBJECT_HEADER);
}

/** Whether there is a live object at an address; for checks, since it may change at once. */
export function isObject(object: number): boolean {
  return object !== 0 && Signature((object - HEADER) as POBJECT_HEADER) === LIVE;
}

/**
 * Takes a reference; returns the new count. IRQL <= DISPATCH_LEVEL. The caller must hold or know
 * of another reference: bug check 0x18 when the last one had gone.
 */
export function ObReferenceObject(Object: number): number {
  const header = (Object - HEADER) as POBJECT_HEADER;
  if (verifying && Signature(header) !== LIVE) notAnObject('ObReferenceObject', Object);
  const before = add(at_PointerCount(header), 1);
  if (before <= 0) referencedTooLate(Object, before);
  return before + 1;
}

/** Takes a reference unless the last one has gone; TRUE when it did. IRQL <= DISPATCH_LEVEL. */
export function ObReferenceObjectSafe(Object: number): boolean {
  const word = at_PointerCount((Object - HEADER) as POBJECT_HEADER);
  for (let seen = load(word); seen > 0; ) {
    const before = compareExchange(word, seen, seen + 1);
    if (before === seen) return true;
    seen = before;
  }
  return false;
}

/**
 * Gives a reference back; returns the new count. IRQL <= DISPATCH_LEVEL. The last one deletes the
 * object, later and in a worker thread when the caller is above PASSIVE_LEVEL. One too many is
 * bug check 0x18.
 */
export function ObDereferenceObject(Object: number): number {
  const header = (Object - HEADER) as POBJECT_HEADER;
  if (verifying && Signature(header) !== LIVE) notAnObject('ObDereferenceObject', Object);
  const after = add(at_PointerCount(header), -1) - 1;
  if (after > 0) {
    if (verifying && after < load(at_HandleCount(header))) dereferencedTooOften(Object, after);
    return after;
  }
  lastReferenceGone(Object, after);
  return after;
}

function lastReferenceGone(object: number, count: number): void {
  const header = (object - HEADER) as POBJECT_HEADER;
  const bad = count < 0 || load(at_HandleCount(header)) !== 0 || Permanent(header) !== 0;
  if (bad || Signature(header) !== LIVE) dereferencedTooOften(object, count);
  if (currentIrql() === passive) ObpDeleteObject(object);
  else deferDelete(object);
}

/** Gives a reference back and leaves a deletion to a worker thread. IRQL <= DISPATCH_LEVEL. */
export function ObDereferenceObjectDeferDelete(Object: number): void {
  const header = (Object - HEADER) as POBJECT_HEADER;
  const after = add(at_PointerCount(header), -1) - 1;
  if (after > 0) return;
  if (after < 0 || Signature(header) !== LIVE) dereferencedTooOften(Object, after);
  deferDelete(Object);
}

/** Deletes an object that has no reference left. PASSIVE_LEVEL. */
export function ObpDeleteObject(object: number): void {
  const header = (object - HEADER) as POBJECT_HEADER;
  const type = Type(header);
  const routine = deleteRoutines[type]!;
  if (routine !== 0) routineTable[routine]!(object);
  set_Signature(header, OBJECT_DEAD);
  add(counts + 4 * type, -1);
  free(header, tagOf(type));
}

/** How many objects of a type live. */
export function objectCount(type: number): number {
  return load(counts + 4 * type);
}

/** How many references an object has; for checks and reports. */
export function referenceCount(object: number): number {
  return load(at_PointerCount((object - HEADER) as POBJECT_HEADER));
}

/** How many handles an object has. */
export function handleCount(object: number): number {
  return load(at_HandleCount((object - HEADER) as POBJECT_HEADER));
}
