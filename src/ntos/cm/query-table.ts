// RtlQueryRegistryValues: a table says which values of which keys are wanted and where they go, to
// a routine or, with RTL_QUERY_REGISTRY_DIRECT, straight to the driver's memory. PASSIVE_LEVEL.
// Simplification: REG_EXPAND_SZ is handed on as it is, since the kernel has no environment here.
import { POINTER, ROUTINE, ULONG } from '../../mem/field.ts';
import { copyBytes, i32 as words, u16 as units } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { PagedPool } from '../ex/types.ts';
import { ObpCloseHandle } from '../ob/handle.ts';
import { allocateString, checkIrql } from '../rtl/services.ts';
import { readWide, wcslen } from '../rtl/c-string.ts';
import { bufferOf, setUnicode } from '../rtl/unicode-string.ts';
import { asStatus, NT_SUCCESS } from '../status.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY,
  STATUS_NO_MORE_ENTRIES, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS } from '../status-codes.ts';
import { KEY_READ, KeyValueFullInformation, REG_EXPAND_SZ, REG_MULTI_SZ, REG_NONE, REG_SZ }
  from './constants.ts';
import { CmOpenKey } from './nt-key.ts';
import { CmDeleteValueKey, CmEnumerateValueKey, CmQueryValueKey } from './nt-value.ts';
import { stackAttributes, stackString, withKey } from './rtl-registry.ts';
import { KEY_VALUE_FULL_INFORMATION } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { Ptr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = units;
const PASSIVE_LEVEL = 0;
const KernelMode = 0;
const TAG = poolTag('CMqv');

export const RTL_QUERY_REGISTRY_SUBKEY = 0x01;
export const RTL_QUERY_REGISTRY_TOPKEY = 0x02;
export const RTL_QUERY_REGISTRY_REQUIRED = 0x04;
export const RTL_QUERY_REGISTRY_NOVALUE = 0x08;
export const RTL_QUERY_REGISTRY_NOEXPAND = 0x10;
export const RTL_QUERY_REGISTRY_DIRECT = 0x20;
export const RTL_QUERY_REGISTRY_DELETE = 0x40;
export const RTL_QUERY_REGISTRY_NOSTRING = 0x80;
export const RTL_QUERY_REGISTRY_TYPECHECK = 0x100;
/** With TYPECHECK the type wanted lies in the high byte of DefaultType. */
export const RTL_QUERY_REGISTRY_TYPECHECK_SHIFT = 24;

export const RTL_QUERY_REGISTRY_TABLE = struct('RTL_QUERY_REGISTRY_TABLE', {
  QueryRoutine: ROUTINE,
  Flags: ULONG,
  /** NUL-terminated UTF-16. */
  Name: POINTER,
  EntryContext: POINTER,
  DefaultType: ULONG,
  DefaultData: POINTER,
  DefaultLength: ULONG,
});
export type PRTL_QUERY_REGISTRY_TABLE = Ptr<'RTL_QUERY_REGISTRY_TABLE'>;

const q = RTL_QUERY_REGISTRY_TABLE.bound;
const full = KEY_VALUE_FULL_INFORMATION.bound;
type PFULL = Parameters<typeof full.Type>[0];
type Entry = PRTL_QUERY_REGISTRY_TABLE;

/** A value in the kernel's memory. */
interface Value {
  /** NUL-terminated. */
  readonly name: number;
  readonly type: number;
  readonly data: number;
  readonly length: number;
}

function isText(type: number): boolean {
  return type === REG_SZ || type === REG_EXPAND_SZ || type === REG_MULTI_SZ;
}

/** Text goes into a UNICODE_STRING: into its buffer, or into a new one when it has none. */
function storeText(value: Value, to: number): NTSTATUS {
  let bytes = value.length & ~1;
  while (bytes >= 2 && u16[(value.data + bytes - 2) >> 1] === 0 && value.type !== REG_MULTI_SZ) {
    bytes -= 2;
  }
  const room = u16[(to >> 1) + 1]!;
  let buffer = bufferOf(to);
  if (buffer === 0) {
    buffer = allocateString(bytes + 2);
    if (buffer === 0) return STATUS_NO_MEMORY;
    setUnicode(to, buffer, 0, bytes + 2);
  } else if (room < bytes + 2) {
    return STATUS_BUFFER_TOO_SMALL;
  }
  copyBytes(buffer, value.data, bytes);
  u16[(buffer + bytes) >> 1] = 0;
  u16[to >> 1] = bytes;
  return STATUS_SUCCESS;
}

/** Other data goes where EntryContext says; more than a word only where a length is told there. */
function storeData(value: Value, to: number): NTSTATUS {
  if (value.length <= 4) {
    copyBytes(to, value.data, value.length);
    return STATUS_SUCCESS;
  }
  const room = i32[to >> 2]!;
  if (room < 0) {
    if (value.length > -room) return STATUS_BUFFER_TOO_SMALL;
    copyBytes(to, value.data, value.length);
    return STATUS_SUCCESS;
  }
  if (value.length + 8 > room) return STATUS_BUFFER_TOO_SMALL;
  i32[to >> 2] = value.length;
  i32[(to + 4) >> 2] = value.type;
  copyBytes(to + 8, value.data, value.length);
  return STATUS_SUCCESS;
}

function direct(entry: Entry, value: Value): NTSTATUS {
  const flags = q.Flags(entry);
  const to = q.EntryContext(entry);
  if (to === 0) return STATUS_INVALID_PARAMETER;
  if (flags & RTL_QUERY_REGISTRY_TYPECHECK) {
    const wanted = q.DefaultType(entry) >>> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    if (wanted !== REG_NONE && wanted !== value.type) return STATUS_OBJECT_TYPE_MISMATCH;
  }
  const asText = isText(value.type) && !(flags & RTL_QUERY_REGISTRY_NOSTRING);
  return asText ? storeText(value, to) : storeData(value, to);
}

function callRoutine(entry: Entry, value: Value, context: number): NTSTATUS {
  const routine = routineTable[q.QueryRoutine(entry)]!;
  const call = (type: number, data: number, length: number): NTSTATUS => {
    const status = asStatus(routine(value.name, type, data, length, context,
      q.EntryContext(entry)));
    // A routine that says so only skips the value.
    return status === STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;
  };
  if (value.type !== REG_MULTI_SZ || q.Flags(entry) & RTL_QUERY_REGISTRY_NOEXPAND) {
    return call(value.type, value.data, value.length);
  }
  // Each string of a list by itself.
  for (let at = value.data; at < value.data + value.length && u16[at >> 1] !== 0; ) {
    const bytes = 2 * (wcslen(at) + 1);
    const status = call(REG_SZ, at, bytes);
    if (!NT_SUCCESS(status)) return status;
    at += bytes;
  }
  return STATUS_SUCCESS;
}

function deliver(entry: Entry, value: Value, context: number): NTSTATUS {
  if (q.Flags(entry) & RTL_QUERY_REGISTRY_DIRECT) return direct(entry, value);
  return q.QueryRoutine(entry) === 0 ? STATUS_SUCCESS : callRoutine(entry, value, context);
}

type Query = (buffer: number, length: number, needed: number) => NTSTATUS;

/** Fetches a value into pool and hands it on; its terminators are there even if it has none. */
function fetch(query: Query, work: (value: Value) => NTSTATUS): NTSTATUS {
  const frame = pushFrame();
  const needed = stackAlloc(4);
  const missing = query(0, 0, needed);
  const size = i32[needed >> 2]!;
  popFrame(frame);
  if (missing !== STATUS_BUFFER_TOO_SMALL) return missing;
  const block = ExAllocatePoolWithTag(PagedPool, size + 8, TAG);
  if (block === 0) return STATUS_NO_MEMORY;
  const frame2 = pushFrame();
  const got = query(block, size, stackAlloc(4));
  if (!NT_SUCCESS(got)) {
    popFrame(frame2);
    ExFreePoolWithTag(block, TAG);
    return got;
  }
  const info = block as PFULL;
  const nameBytes = full.NameLength(info);
  const name = stackAlloc(nameBytes + 2);
  copyBytes(name, full.at_Name(info), nameBytes);
  const length = full.DataLength(info);
  const data = length === 0 ? block + size : block + full.DataOffset(info);
  i32[(block + ((size + 3) & ~3)) >> 2] = 0;
  const status = work({ name, type: full.Type(info), data, length });
  popFrame(frame2);
  ExFreePoolWithTag(block, TAG);
  return status;
}

/** A value that the table gives where the registry has none. */
function byDefault(entry: Entry, context: number): NTSTATUS {
  const flags = q.Flags(entry);
  if (flags & RTL_QUERY_REGISTRY_REQUIRED) return STATUS_OBJECT_NAME_NOT_FOUND;
  const type = flags & RTL_QUERY_REGISTRY_TYPECHECK
    ? q.DefaultType(entry) & 0xff : q.DefaultType(entry);
  if (type === REG_NONE) return STATUS_SUCCESS;
  const data = q.DefaultData(entry);
  const given = q.DefaultLength(entry);
  const length = given === 0 && isText(type) && data !== 0 ? 2 * (wcslen(data) + 1) : given;
  return deliver(entry, { name: q.Name(entry), type, data, length }, context);
}

function oneValue(key: number, entry: Entry, context: number): NTSTATUS {
  const frame = pushFrame();
  const name = stackString(readWide(q.Name(entry)));
  let status = fetch(
    (buffer, length, needed) => CmQueryValueKey(key, name, KeyValueFullInformation, buffer, length,
      needed, KernelMode),
    (value) => deliver(entry, value, context));
  if (status === STATUS_OBJECT_NAME_NOT_FOUND) {
    status = byDefault(entry, context);
  } else if (NT_SUCCESS(status) && q.Flags(entry) & RTL_QUERY_REGISTRY_DELETE) {
    CmDeleteValueKey(key, name, KernelMode);
  }
  popFrame(frame);
  return status;
}

function everyValue(key: number, entry: Entry, context: number): NTSTATUS {
  for (let index = 0; ; index++) {
    const status = fetch(
      (buffer, length, needed) => CmEnumerateValueKey(key, index, KeyValueFullInformation, buffer,
        length, needed, KernelMode),
      (value) => deliver(entry, value, context));
    if (status === STATUS_NO_MORE_ENTRIES) {
      const required = q.Flags(entry) & RTL_QUERY_REGISTRY_REQUIRED && index === 0;
      return required ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(status)) return status;
  }
}

/** One entry of the table on the key that is current. */
function runEntry(key: number, entry: Entry, context: number): NTSTATUS {
  const flags = q.Flags(entry);
  const named = q.Name(entry) !== 0 && !(flags & RTL_QUERY_REGISTRY_SUBKEY);
  if (flags & RTL_QUERY_REGISTRY_NOVALUE) {
    return deliver(entry, { name: 0, type: REG_NONE, data: 0, length: 0 }, context);
  }
  if (named) return oneValue(key, entry, context);
  return q.QueryRoutine(entry) === 0 ? STATUS_SUCCESS : everyValue(key, entry, context);
}

/** The subkey that an entry makes the current key. */
function openSubKey(top: number, entry: Entry): { status: NTSTATUS; handle: number } {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const attributes = stackAttributes(readWide(q.Name(entry)), top);
  const status = CmOpenKey(out, KEY_READ, attributes, 0, KernelMode);
  const handle = i32[out >> 2]!;
  popFrame(frame);
  return { status, handle };
}

/** An entry with one of these does not end the table, though it names nothing. */
const goesOn = RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TOPKEY;

function runTable(top: number, table: number, context: number): NTSTATUS {
  let key = top;
  let isMissing = false;
  const leave = (): void => {
    if (key !== top) ObpCloseHandle(key);
    key = top;
  };
  let status: NTSTATUS = STATUS_SUCCESS;
  for (let at = table; NT_SUCCESS(status); at += RTL_QUERY_REGISTRY_TABLE.size) {
    const entry = at as Entry;
    const flags = q.Flags(entry);
    if (q.QueryRoutine(entry) === 0 && q.Name(entry) === 0 && !(flags & goesOn)) break;
    if (flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) leave();
    if (flags & RTL_QUERY_REGISTRY_TOPKEY) isMissing = false;
    if (flags & RTL_QUERY_REGISTRY_SUBKEY) {
      const opened = openSubKey(top, entry);
      isMissing = opened.status === STATUS_OBJECT_NAME_NOT_FOUND;
      if (!isMissing || flags & RTL_QUERY_REGISTRY_REQUIRED) status = opened.status;
      if (NT_SUCCESS(opened.status)) key = opened.handle;
    }
    if (NT_SUCCESS(status)) {
      status = isMissing ? byDefault(entry, context) : runEntry(key, entry, context);
    }
  }
  leave();
  return status;
}

/**
 * Reads values as a table says. PASSIVE_LEVEL.
 *
 * @param RelativeTo RTL_REGISTRY_*. @param Path NUL-terminated UTF-16, or a handle.
 * @param QueryTable RTL_QUERY_REGISTRY_TABLEs; one without routine and name ends the table.
 * @param Context given to every query routine. @param Environment NULL.
 * @returns STATUS_OBJECT_NAME_NOT_FOUND for the key or a required value,
 *   STATUS_BUFFER_TOO_SMALL, STATUS_OBJECT_TYPE_MISMATCH, or what a query routine failed with.
 */
export function RtlQueryRegistryValues(
  RelativeTo: number, Path: number, QueryTable: number, Context: number, _Environment: number,
): NTSTATUS {
  checkIrql('RtlQueryRegistryValues', PASSIVE_LEVEL);
  return withKey(RelativeTo, Path, false, (handle) => runTable(handle, QueryTable, Context));
}
