// The context types a filter registers (CTX-1 to CTX-4): a table in nonpaged pool behind
// FLT_FILTER.ContextTypes, constant from registration to unregistration. Fixed sizes have two
// lookaside lists, one per pool; variable sizes come straight from the pool.
import { ROUTINE, ULONG, USHORT, atomic } from '../../mem/field.ts';
import { fillBytes } from '../../mem/memory.ts';
import { struct } from '../../mem/struct.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { ExDeleteLookasideListEx, ExInitializeLookasideListEx, LOOKASIDE_LIST_EX }
  from '../../ntos/ex/lookaside.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../../ntos/ex/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_INVALID_CONTEXT_REGISTRATION, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH, FLT_ALL_CONTEXTS, FLT_CONTEXT_END,
  FLT_VARIABLE_SIZED_CONTEXTS } from '../constants.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { FLT_CONTEXT_REGISTRATION } from '../types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_CONTEXT_REGISTRATION, PFLT_FILTER } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const ALLOCATE_CONTEXT_HEADER = struct('ALLOCATE_CONTEXT_HEADER', {
  ContextType: USHORT,
  Flags: USHORT,
  Cleanup: ROUTINE,
  /** FLT_VARIABLE_SIZED_CONTEXTS, or what fits. */
  Size: ULONG,
  PoolTag: ULONG,
  Allocate: ROUTINE,
  Free: ROUTINE,
  /** Whether the lookaside lists are there. */
  IsFixed: ULONG,
  /** Contexts of the entry that have not been freed. */
  Live: atomic(),
  NonPaged: LOOKASIDE_LIST_EX,
  Paged: LOOKASIDE_LIST_EX,
});
export type PALLOCATE_CONTEXT_HEADER = Ptr<'ALLOCATE_CONTEXT_HEADER'>;

const t = ALLOCATE_CONTEXT_HEADER.bound;
const g = FLT_CONTEXT_REGISTRATION.bound;
const { ContextTypes, set_ContextTypes, ContextTypeCount, set_ContextTypeCount } = FLT_FILTER.bound;
const TAG = poolTag('FMct');
const MAX_FIXED_SIZES = 3;
const MAXUSHORT = 0xffff;
/** More entries than this cannot be valid: seven types with four entries, duplicates apart. */
const MAX_ENTRIES = 64;

interface Entry {
  readonly type: number;
  readonly flags: number;
  readonly cleanup: number;
  readonly size: number;
  readonly tag: number;
  readonly allocate: number;
  readonly free: number;
}

function readEntry(at: PFLT_CONTEXT_REGISTRATION): Entry {
  const allocate = g.ContextAllocateCallback(at);
  return {
    type: g.ContextType(at),
    flags: g.Flags(at),
    cleanup: g.ContextCleanupCallback(at),
    // With callbacks of its own neither size nor tag means anything.
    size: allocate === 0 ? g.Size(at) : FLT_VARIABLE_SIZED_CONTEXTS,
    tag: allocate === 0 ? g.PoolTag(at) : 0,
    allocate,
    free: g.ContextFreeCallback(at),
  };
}

function isValid(entry: Entry): boolean {
  const { type, flags, size, tag, allocate, free } = entry;
  if ((type & (type - 1)) !== 0 || (type & FLT_ALL_CONTEXTS) === 0) return false;
  if ((flags & ~FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH) !== 0) return false;
  if ((allocate === 0) !== (free === 0)) return false;
  if (allocate !== 0) return true;
  return tag !== 0 && (size === FLT_VARIABLE_SIZED_CONTEXTS || size <= MAXUSHORT);
}

function isSame(a: Entry, b: Entry): boolean {
  return a.type === b.type && a.flags === b.flags && a.cleanup === b.cleanup &&
    a.size === b.size && a.tag === b.tag && a.allocate === b.allocate && a.free === b.free;
}

/** Whether an entry may stand beside those before it (CTX-1). */
function fits(entry: Entry, before: readonly Entry[]): boolean {
  const others = before.filter((other) => other.type === entry.type);
  if (others.some((other) => other.allocate !== 0)) return false;
  if (entry.allocate !== 0) return others.length === 0;
  const isVariable = entry.size === FLT_VARIABLE_SIZED_CONTEXTS;
  const alike = others.filter(
    (other) => (other.size === FLT_VARIABLE_SIZED_CONTEXTS) === isVariable,
  );
  return alike.length < (isVariable ? 1 : MAX_FIXED_SIZES);
}

/** The entries of a registration without identical duplicates; undefined when it is not valid. */
function readEntries(registration: number): Entry[] | undefined {
  const entries: Entry[] = [];
  for (let i = 0; i < MAX_ENTRIES; i++) {
    const at = (registration + i * FLT_CONTEXT_REGISTRATION.size) as PFLT_CONTEXT_REGISTRATION;
    if (g.ContextType(at) === FLT_CONTEXT_END) return entries;
    const entry = readEntry(at);
    if (!isValid(entry) || g.Reserved1(at) !== 0) return undefined;
    if (entries.some((other) => isSame(other, entry))) continue;
    if (!fits(entry, entries)) return undefined;
    entries.push(entry);
  }
  return undefined;
}

/** Fills a table row; `overhead` are the bytes in front of a context, nonpaged and paged. */
function fillType(
  at: PALLOCATE_CONTEXT_HEADER,
  entry: Entry,
  overhead: { readonly nonpaged: number; readonly paged: number },
): NTSTATUS {
  t.set_ContextType(at, entry.type);
  t.set_Flags(at, entry.flags);
  t.set_Cleanup(at, entry.cleanup as never);
  t.set_Size(at, entry.size);
  t.set_PoolTag(at, entry.tag);
  t.set_Allocate(at, entry.allocate as never);
  t.set_Free(at, entry.free as never);
  if (entry.size === FLT_VARIABLE_SIZED_CONTEXTS) return STATUS_SUCCESS;
  const nonpaged = ExInitializeLookasideListEx(t.at_NonPaged(at), 0, 0, NonPagedPool, 0,
    overhead.nonpaged + entry.size, entry.tag);
  if (!NT_SUCCESS(nonpaged)) return nonpaged;
  const paged = ExInitializeLookasideListEx(t.at_Paged(at), 0, 0, PagedPool, 0,
    overhead.paged + entry.size, entry.tag);
  if (NT_SUCCESS(paged)) t.set_IsFixed(at, 1);
  else ExDeleteLookasideListEx(t.at_NonPaged(at));
  return paged;
}

/** Row `index` of a filter's table. */
export function contextTypeAt(filter: PFLT_FILTER, index: number): PALLOCATE_CONTEXT_HEADER {
  return (ContextTypes(filter) + index * ALLOCATE_CONTEXT_HEADER.size) as PALLOCATE_CONTEXT_HEADER;
}

/**
 * Reads a context registration into the filter. PASSIVE_LEVEL, in FltRegisterFilter.
 *
 * @returns STATUS_FLT_INVALID_CONTEXT_REGISTRATION (CTX-4), STATUS_INSUFFICIENT_RESOURCES.
 */
export function readContextTypes(
  filter: PFLT_FILTER,
  registration: number,
  overhead: { readonly nonpaged: number; readonly paged: number },
): NTSTATUS {
  set_ContextTypes(filter, 0);
  set_ContextTypeCount(filter, 0);
  const entries = registration === 0 ? [] : readEntries(registration);
  if (entries === undefined) return STATUS_FLT_INVALID_CONTEXT_REGISTRATION;
  if (entries.length === 0) return STATUS_SUCCESS;
  const bytes = entries.length * ALLOCATE_CONTEXT_HEADER.size;
  const table = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
  if (table === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillBytes(table, 0, bytes);
  set_ContextTypes(filter, table);
  for (const entry of entries) {
    const count = ContextTypeCount(filter);
    const status = fillType(contextTypeAt(filter, count), entry, overhead);
    if (!NT_SUCCESS(status)) {
      dropContextTypes(filter);
      return status;
    }
    set_ContextTypeCount(filter, count + 1);
  }
  return STATUS_SUCCESS;
}

/** Gives the table back; no context of the filter may be left. */
export function dropContextTypes(filter: PFLT_FILTER): void {
  const table = ContextTypes(filter);
  if (table === 0) return;
  for (let i = 0; i < ContextTypeCount(filter); i++) {
    const at = contextTypeAt(filter, i);
    if (t.IsFixed(at) === 0) continue;
    ExDeleteLookasideListEx(t.at_NonPaged(at));
    ExDeleteLookasideListEx(t.at_Paged(at));
  }
  ExFreePoolWithTag(table, TAG);
  set_ContextTypes(filter, 0);
  set_ContextTypeCount(filter, 0);
}

/**
 * The row that serves contexts of a type and size; 0 when none does. A fixed size fits exactly, or,
 * with FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH, when it is large enough (CTX-3, DIS-10).
 */
export function findContextType(
  filter: PFLT_FILTER,
  type: number,
  size: number,
): PALLOCATE_CONTEXT_HEADER {
  let variable = 0 as PALLOCATE_CONTEXT_HEADER;
  const count = ContextTypeCount(filter);
  for (let i = 0; i < count; i++) {
    const at = contextTypeAt(filter, i);
    if (t.ContextType(at) !== type) continue;
    const has = t.Size(at);
    if (has === FLT_VARIABLE_SIZED_CONTEXTS) {
      variable = at;
    } else if (has === size) {
      return at;
    } else if (t.Flags(at) & FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH && has > size) {
      return at;
    }
  }
  return variable;
}

const NAMES = ['VOLUME', 'INSTANCE', 'FILE', 'STREAM', 'STREAMHANDLE', 'TRANSACTION', 'SECTION'];

/** What a filter still holds, in words: for the report of a leak. */
export function describeContexts(filter: PFLT_FILTER): string {
  const parts: string[] = [];
  for (let i = 0; i < ContextTypeCount(filter); i++) {
    const at = contextTypeAt(filter, i);
    const live = load(t.at_Live(at));
    if (live === 0) continue;
    const name = NAMES[Math.log2(t.ContextType(at))];
    const size = t.Size(at) === FLT_VARIABLE_SIZED_CONTEXTS ? 'variable' : `${t.Size(at)} bytes`;
    parts.push(`${live} of FLT_${name}_CONTEXT (${size})`);
  }
  return parts.join(', ');
}
