// Handles: small numbers, multiples of four, that name an object together with the access that
// was granted. One table for the whole machine, in shared memory. It is divided into segments with
// a lock each; a processor takes new handles from its own segment first, so that threads rarely
// meet. A handle's entry is changed and read under its segment's lock, which makes taking a
// reference by handle atomic against closing it.
//
// Simplification: there is no table per process. A kernel handle (OBJ_KERNEL_HANDLE) has bit 31
// set and is refused to callers in user mode, as on Windows.
import { add, store } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { fillBytes, i32 as words } from '../../mem/memory.ts';
import { MAX_HANDLES } from '../../mem/param.ts';
import { routineTable } from '../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { NonPagedPool } from '../ex/types.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { KTHREAD, currentThread } from '../ke/prcb.ts';
import { OBJ_KERNEL_HANDLE } from '../rtl/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_HANDLE_NOT_CLOSABLE, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS } from '../status-codes.ts';
import { ObDereferenceObject, ObReferenceObject, closeRoutineOf, objectType } from './object.ts';
import { HANDLE_SEGMENT, HANDLE_SEGMENTS, HANDLE_TABLE_ENTRY, OBJECT_HEADER, OB_ROOT, obRoot }
  from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { POBJECT_HEADER } from './types.ts';
import type { OutPtr, Ptr } from '../../mem/pointer.ts';

const i32 = words;
const { HandleTable, set_HandleTable, at_Segments, SystemProcess } = OB_ROOT.bound;
const { at_Lock, FirstFree, set_FirstFree, InUse, set_InUse } = HANDLE_SEGMENT.bound;
const { at_HandleCount } = OBJECT_HEADER.bound;
const { Process } = KTHREAD.bound;
type Segment = Ptr<'HANDLE_SEGMENT'>;

const ENTRY = HANDLE_TABLE_ENTRY.size;
const LINE = 64;
const PER_SEGMENT = MAX_HANDLES / HANDLE_SEGMENTS;
const KERNEL_HANDLE_BIT = 0x8000_0000 | 0;
const CURRENT_PROCESS = -1;
const CURRENT_THREAD = -2;
/** Bits in the low end of an entry's object. */
const HANDLE_KERNEL = 1;
const HANDLE_PROTECTED = 2;
const OBJECT_BITS = ~7;
const HEADER = OBJECT_HEADER.size;
const UserMode = 1;

function segmentAt(index: number): Segment {
  return (at_Segments(obRoot) + index * LINE) as Segment;
}

function entryAt(index: number): number {
  return HandleTable(obRoot) + index * ENTRY;
}

/** Makes the table: every entry free, but number 0, which is no handle. */
export function initializeHandles(): void {
  const bytes = MAX_HANDLES * ENTRY;
  const table = ExAllocatePoolWithTag(NonPagedPool, bytes, poolTag('Obtb'));
  if (table === 0) throw new Error(`no nonpaged pool for a handle table of ${bytes} bytes`);
  set_HandleTable(obRoot, table);
  fillBytes(table, 0, bytes);
  for (let s = 0; s < HANDLE_SEGMENTS; s++) {
    const segment = segmentAt(s);
    store(at_Lock(segment), 0);
    set_InUse(segment, 0);
    const first = s * PER_SEGMENT;
    set_FirstFree(segment, first === 0 ? 1 : first);
    // The entries chain in order; 0 ends the chain, since entry 0 is never free.
    for (let i = first; i < first + PER_SEGMENT - 1; i++) i32[(entryAt(i) + 4) >> 2] = i + 1;
  }
}

function takeEntry(object: number, access: number, bits: number): number {
  const start = boot.processor * 2;
  for (let n = 0; n < HANDLE_SEGMENTS; n++) {
    const segment = segmentAt((start + n) % HANDLE_SEGMENTS);
    acquireKernelLock(at_Lock(segment));
    const index = FirstFree(segment);
    if (index !== 0) {
      const entry = entryAt(index);
      set_FirstFree(segment, i32[(entry + 4) >> 2]!);
      set_InUse(segment, InUse(segment) + 1);
      i32[entry >> 2] = object | bits;
      i32[(entry + 4) >> 2] = access;
    }
    releaseKernelLock(at_Lock(segment));
    if (index !== 0) return index;
  }
  return 0;
}

/**
 * Gives an object a handle, which holds a reference of its own. IRQL: PASSIVE_LEVEL.
 *
 * @param access the access granted, for later checks.
 * @param attributes OBJ_KERNEL_HANDLE or 0.
 * @returns the handle, or 0 when MAX_HANDLES are open.
 */
export function ObpCreateHandle(object: number, access: number, attributes = 0): number {
  const kernel = (attributes & OBJ_KERNEL_HANDLE) !== 0;
  ObReferenceObject(object);
  add(at_HandleCount((object - HEADER) as POBJECT_HEADER), 1);
  const index = takeEntry(object, access, kernel ? HANDLE_KERNEL : 0);
  if (index === 0) {
    add(at_HandleCount((object - HEADER) as POBJECT_HEADER), -1);
    ObDereferenceObject(object);
    return 0;
  }
  return (index * 4) | (kernel ? KERNEL_HANDLE_BIT : 0);
}

/** The table index of a handle; 0 when it cannot be one. */
function indexOf(handle: number): number {
  const bare = handle & ~KERNEL_HANDLE_BIT & ~3;
  return bare >= 4 && bare < MAX_HANDLES * 4 ? bare >> 2 : 0;
}

/** Whether an entry is what the handle says: in use, and kernel like the handle. */
function fits(entry: number, handle: number): boolean {
  const word = i32[entry >> 2]!;
  if ((word & OBJECT_BITS) === 0) return false;
  return ((word & HANDLE_KERNEL) !== 0) === (handle & KERNEL_HANDLE_BIT) < 0;
}

function refer(
  object: number,
  type: number,
  out: number,
  information: number,
  access: number,
): NTSTATUS {
  if (type !== 0 && objectType(object) !== type) return STATUS_OBJECT_TYPE_MISMATCH;
  ObReferenceObject(object);
  i32[out >> 2] = object;
  if (information !== 0) {
    i32[information >> 2] = 0;
    i32[(information + 4) >> 2] = access;
  }
  return STATUS_SUCCESS;
}

function referByPseudoHandle(handle: number, type: number, out: number, info: number): NTSTATUS {
  // Nobody set a process: the thread is one of the System process's.
  const object = handle === CURRENT_THREAD
    ? currentThread
    : Process(currentThread) || SystemProcess(obRoot);
  return object === 0 ? STATUS_INVALID_HANDLE : refer(object, type, out, info, -1);
}

/**
 * Takes a reference on the object of a handle. IRQL: PASSIVE_LEVEL.
 *
 * @param DesiredAccess checked against what the handle was granted, for callers in user mode only.
 * @param ObjectType OB_TYPE_*, or 0 for any.
 * @param Object address of the word that gets the object; it is 0 after a failure.
 * @param HandleInformation 0, or address of two words for attributes and granted access.
 * @returns STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_ACCESS_DENIED.
 */
export function ObReferenceObjectByHandle(
  Handle: number,
  DesiredAccess: number,
  ObjectType: number,
  AccessMode: number,
  Object: OutPtr,
  HandleInformation: OutPtr = 0,
): NTSTATUS {
  i32[Object >> 2] = 0;
  if (Handle === CURRENT_PROCESS || Handle === CURRENT_THREAD) {
    return referByPseudoHandle(Handle, ObjectType, Object, HandleInformation);
  }
  const index = indexOf(Handle);
  if (index === 0 || (Handle < 0 && AccessMode === UserMode)) return STATUS_INVALID_HANDLE;
  const lock = at_Lock(segmentAt(Math.floor(index / PER_SEGMENT)));
  acquireKernelLock(lock);
  const entry = entryAt(index);
  let status: NTSTATUS = STATUS_INVALID_HANDLE;
  if (fits(entry, Handle)) {
    const granted = i32[(entry + 4) >> 2]!;
    status = AccessMode === UserMode && (granted & DesiredAccess) !== (DesiredAccess | 0)
      ? STATUS_ACCESS_DENIED
      : refer(i32[entry >> 2]! & OBJECT_BITS, ObjectType, Object, HandleInformation, granted);
  }
  releaseKernelLock(lock);
  return status;
}

/**
 * Closes a handle: NtClose without the checks of the system service. IRQL: PASSIVE_LEVEL.
 * The type's close routine is called with the number of handles that are left, then the handle's
 * reference goes. STATUS_INVALID_HANDLE for a handle that is not open.
 */
export function ObpCloseHandle(Handle: number, AccessMode = 0): NTSTATUS {
  const index = indexOf(Handle);
  if (index === 0 || (Handle < 0 && AccessMode === UserMode)) return STATUS_INVALID_HANDLE;
  const segment = segmentAt(Math.floor(index / PER_SEGMENT));
  acquireKernelLock(at_Lock(segment));
  const entry = entryAt(index);
  const word = i32[entry >> 2]!;
  const open = fits(entry, Handle);
  if (!open || word & HANDLE_PROTECTED) {
    releaseKernelLock(at_Lock(segment));
    return open ? STATUS_HANDLE_NOT_CLOSABLE : STATUS_INVALID_HANDLE;
  }
  i32[entry >> 2] = 0;
  i32[(entry + 4) >> 2] = FirstFree(segment);
  set_FirstFree(segment, index);
  set_InUse(segment, InUse(segment) - 1);
  releaseKernelLock(at_Lock(segment));
  handleGone(word & OBJECT_BITS);
  return STATUS_SUCCESS;
}

function handleGone(object: number): void {
  const left = add(at_HandleCount((object - HEADER) as POBJECT_HEADER), -1) - 1;
  const routine = closeRoutineOf(objectType(object));
  if (routine !== 0) routineTable[routine]!(object, left);
  ObDereferenceObject(object);
}

/** Keeps a handle from being closed, or lets it be closed again; FALSE when it is not open. */
export function protectHandle(Handle: number, isProtected: boolean): boolean {
  const index = indexOf(Handle);
  if (index === 0) return false;
  const lock = at_Lock(segmentAt(Math.floor(index / PER_SEGMENT)));
  acquireKernelLock(lock);
  const entry = entryAt(index);
  const open = fits(entry, Handle);
  const word = i32[entry >> 2]!;
  if (open) i32[entry >> 2] = isProtected ? word | HANDLE_PROTECTED : word & ~HANDLE_PROTECTED;
  releaseKernelLock(lock);
  return open;
}

/**
 * Takes a reference on an object known by pointer, after checking its type.
 * IRQL <= DISPATCH_LEVEL. STATUS_OBJECT_TYPE_MISMATCH.
 */
export function ObReferenceObjectByPointer(
  Object: number,
  _DesiredAccess: number,
  ObjectType: number,
  _AccessMode: number,
): NTSTATUS {
  if (ObjectType !== 0 && objectType(Object) !== ObjectType) return STATUS_OBJECT_TYPE_MISMATCH;
  ObReferenceObject(Object);
  return STATUS_SUCCESS;
}

/**
 * Gives an object known by pointer a handle. IRQL <= APC_LEVEL.
 * @param Handle address of the word that gets the handle.
 * @returns STATUS_OBJECT_TYPE_MISMATCH, STATUS_INSUFFICIENT_RESOURCES.
 */
export function ObOpenObjectByPointer(
  Object: number,
  HandleAttributes: number,
  _PassedAccessState: number,
  DesiredAccess: number,
  ObjectType: number,
  _AccessMode: number,
  Handle: OutPtr,
): NTSTATUS {
  i32[Handle >> 2] = 0;
  if (ObjectType !== 0 && objectType(Object) !== ObjectType) return STATUS_OBJECT_TYPE_MISMATCH;
  const handle = ObpCreateHandle(Object, DesiredAccess, HandleAttributes);
  if (handle === 0) return STATUS_INSUFFICIENT_RESOURCES;
  i32[Handle >> 2] = handle;
  return STATUS_SUCCESS;
}

/** How many handles are open in the machine. */
export function openHandles(): number {
  let count = 0;
  for (let s = 0; s < HANDLE_SEGMENTS; s++) count += InUse(segmentAt(s));
  return count;
}

/** Every open handle with its object, for reports after a run; racy while threads run. */
export function eachHandle(visit: (handle: number, object: number) => void): void {
  for (let i = 1; i < MAX_HANDLES; i++) {
    const word = i32[entryAt(i) >> 2]!;
    const kernel = word & HANDLE_KERNEL ? KERNEL_HANDLE_BIT : 0;
    if (word !== 0) visit((i * 4) | kernel, word & OBJECT_BITS);
  }
}

/** Gives the table back; no handle may be open. The machine shuts down. */
export function shutdownHandles(): void {
  ExFreePoolWithTag(HandleTable(obRoot), poolTag('Obtb'));
  set_HandleTable(obRoot, 0);
}
