// The namespace: names of devices, drive letters and communication ports. A name leads to an
// object, or, as a symbolic link (\??\C:), to another name. Names are few and change rarely, so
// they lie in one list under one lock; directories are only what the backslashes suggest.
//
// An entry holds no reference: whoever names an object removes the name before the object goes.
import { i32 as words } from '../../mem/memory.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { NonPagedPool } from '../ex/types.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveEntryList, RemoveHeadList, flink }
  from '../rtl/list-entry.ts';
import { readUnicode, setUnicode, writeUtf16 } from '../rtl/unicode-string.ts';
import { upcaseText } from '../rtl/upcase.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS }
  from '../status-codes.ts';
import { ObReferenceObjectSafe, objectType } from './object.ts';
import { OBJECT_NAME, OB_ROOT, obRoot } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { POBJECT_NAME } from './types.ts';

const i32 = words;
const { at_NameLock, at_Names } = OB_ROOT.bound;
const { Object: objectOf, set_Object, set_Hash, Hash, at_Name, at_Target } = OBJECT_NAME.bound;
const TAG = poolTag('ObNm');
const lock = at_NameLock(obRoot);
const list = at_Names(obRoot);
/** Links that may lead to links: as many as the I/O manager follows reparse points. */
const MAX_LINKS = 31;
const MAX_NAME_UNITS = 1024;

/** Empties the namespace; phase 1 of boot, after the pools. */
export function initializeNamespace(): void {
  i32[lock >> 2] = 0;
  InitializeListHead(list);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 65599) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}

/** The entry of an upper-case name; the lock is held. */
function find(upper: string): POBJECT_NAME {
  const hash = hashOf(upper);
  for (let at = flink(list); at !== list; at = flink(at)) {
    const entry = at as POBJECT_NAME;
    if (Hash(entry) === hash && upcaseText(readUnicode(at_Name(entry))) === upper) return entry;
  }
  return 0 as POBJECT_NAME;
}

function insert(path: string, object: number, target: string): NTSTATUS {
  if (!path.startsWith('\\') || path.length > MAX_NAME_UNITS || path.endsWith('\\')) {
    return STATUS_OBJECT_NAME_INVALID;
  }
  const bytes = OBJECT_NAME.size + 2 * (path.length + target.length);
  const entry = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG) as POBJECT_NAME;
  if (entry === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const upper = upcaseText(path);
  const text = entry + OBJECT_NAME.size;
  const nameBytes = writeUtf16(text, path);
  const targetBytes = writeUtf16(text + nameBytes, target);
  setUnicode(at_Name(entry), text, nameBytes, nameBytes);
  setUnicode(at_Target(entry), text + nameBytes, targetBytes, targetBytes);
  set_Object(entry, object);
  set_Hash(entry, hashOf(upper));
  acquireKernelLock(lock);
  const taken = find(upper) !== 0;
  if (!taken) InsertTailList(list, entry);
  releaseKernelLock(lock);
  if (!taken) return STATUS_SUCCESS;
  ExFreePoolWithTag(entry, TAG);
  return STATUS_OBJECT_NAME_COLLISION;
}

/**
 * Names an object. PASSIVE_LEVEL. `path` is absolute: \Device\X, \FileSystem\Filters\Y, \MyPort.
 * @returns STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID, STATUS_INSUFFICIENT_RESOURCES.
 */
export function ObpInsertName(path: string, object: number): NTSTATUS {
  return insert(path, object, '');
}

/** Makes a symbolic link, such as \??\C: to \Device\HarddiskVolume1. Fails as ObpInsertName. */
export function ObpInsertSymbolicLink(path: string, target: string): NTSTATUS {
  return target === '' ? STATUS_OBJECT_NAME_INVALID : insert(path, 0, target);
}

/** Removes a name or a link; FALSE when there is none. PASSIVE_LEVEL. */
export function ObpRemoveName(path: string): boolean {
  acquireKernelLock(lock);
  const entry = find(upcaseText(path));
  if (entry !== 0) RemoveEntryList(entry);
  releaseKernelLock(lock);
  if (entry === 0) return false;
  ExFreePoolWithTag(entry, TAG);
  return true;
}

/** The name of an object; empty when it has none. PASSIVE_LEVEL. */
export function ObpNameOf(object: number): string {
  acquireKernelLock(lock);
  let name = '';
  for (let at = flink(list); at !== list && name === ''; at = flink(at)) {
    const entry = at as POBJECT_NAME;
    if (objectOf(entry) === object) name = readUnicode(at_Name(entry));
  }
  releaseKernelLock(lock);
  return name;
}

/** Removes the name of an object; FALSE when it has none. PASSIVE_LEVEL. */
export function ObpRemoveNameOf(object: number): boolean {
  const name = ObpNameOf(object);
  return name !== '' && ObpRemoveName(name);
}

/** What a path leads to: the object, its full name, and what of the path is left behind it. */
export interface NamedObject {
  readonly object: number;
  readonly name: string;
  readonly rest: string;
}

interface Step {
  readonly object: number;
  readonly name: string;
  readonly target: string;
}

/** The longest named prefix of a path that ends at a backslash or at the end. */
function longestPrefix(path: string): Step | undefined {
  const upper = upcaseText(path);
  acquireKernelLock(lock);
  let found: Step | undefined;
  let end = path.length;
  for (; end > 0 && found === undefined; end = path.lastIndexOf('\\', end - 1)) {
    const entry = find(upper.slice(0, end));
    if (entry === 0) continue;
    found = {
      object: objectOf(entry),
      name: readUnicode(at_Name(entry)),
      target: readUnicode(at_Target(entry)),
    };
  }
  releaseKernelLock(lock);
  return found;
}

/** A path with the links at its beginning replaced by what they lead to. PASSIVE_LEVEL. */
export function ObpResolveLinks(path: string): string {
  let rest = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = longestPrefix(rest);
    if (found === undefined || found.target === '') return rest;
    rest = found.target + rest.slice(found.name.length);
  }
  return rest;
}

/**
 * Finds the object that a path begins with, following links. PASSIVE_LEVEL. The object is not
 * referenced. Win32's \\?\ and \\.\ prefixes are read as \??\.
 */
export function ObpLookupName(path: string): NamedObject | undefined {
  let rest = /^\\\\[?.]\\/.test(path) ? `\\??\\${path.slice(4)}` : path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = longestPrefix(rest);
    if (found === undefined) return undefined;
    rest = rest.slice(found.name.length);
    if (found.target === '') return { object: found.object, name: found.name, rest };
    rest = found.target + rest;
  }
  return undefined;
}

/**
 * Takes a reference on the object with exactly this name. PASSIVE_LEVEL.
 * @param out address of the word that gets the object.
 * @returns STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH.
 */
export function ObReferenceObjectByName(path: string, type: number, out: number): NTSTATUS {
  i32[out >> 2] = 0;
  const named = ObpLookupName(path);
  if (named === undefined || named.rest !== '') return STATUS_OBJECT_NAME_NOT_FOUND;
  acquireKernelLock(lock);
  const entry = find(upcaseText(named.name));
  const object = entry === 0 ? 0 : objectOf(entry);
  let status: NTSTATUS = STATUS_OBJECT_NAME_NOT_FOUND;
  if (object !== 0) {
    if (type !== 0 && objectType(object) !== type) status = STATUS_OBJECT_TYPE_MISMATCH;
    else if (ObReferenceObjectSafe(object)) status = STATUS_SUCCESS;
  }
  if (status === STATUS_SUCCESS) i32[out >> 2] = object;
  releaseKernelLock(lock);
  return status;
}

/** Removes every name that is left. The machine shuts down. */
export function shutdownNamespace(): void {
  while (!IsListEmpty(list)) ExFreePoolWithTag(RemoveHeadList(list), TAG);
}
