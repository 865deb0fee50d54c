// Who owns a resource. The first owner of a free one is recorded in the structure's OwnerEntry,
// further shared owners in a table of nonpaged pool that is made when the second one comes: one
// entry per processor, which only the thread of that processor writes while it runs, and behind
// them entries for owners that are no threads (ExSetResourceOwnerPointer), under the spin lock.
//
//   OwnerTable -> | TableSize | processor 0 | … | processor 31 | pointer owners … |
//
// An entry is an OWNER_ENTRY: who (a thread, or a pointer whose two low bits are set), how often.
import { i32 as words } from '../../../mem/memory.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { MAX_PROCESSORS, WAIT_SLICE_MS } from '../../../mem/param.ts';
import { compareExchange } from '../../../atomics-sync/atomics.ts';
import { checkSlice, parkWhile, PARK } from '../../../atomics-sync/park.ts';
import { RESOURCE_NOT_OWNED } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { currentThread, processorOfThread } from '../../ke/prcb.ts';
import { ERESOURCE, OWNER_ENTRY } from '../types.ts';
import { ExFreePool, poolTag } from '../pool/pool.ts';
import { allocateUngated } from '../pool/pool-block.ts';
import type { PKTHREAD } from '../../ke/prcb.ts';

const i32 = words;
const TAG = poolTag('ReTa');
const POINTER_OWNERS = 32;
const ENTRIES = 1 + MAX_PROCESSORS + POINTER_OWNERS;
const TABLE_BYTES = ENTRIES * OWNER_ENTRY.size;
const tableAt = ERESOURCE.offsets['OwnerTable'] ?? 8;
export const ownerEntryAt = ERESOURCE.offsets['OwnerEntry'] ?? 24;

/** Makes the table of shared owners; it lives until the resource is deleted. IRQL <= APC_LEVEL. */
export function ensureOwnerTable(resource: number): void {
  if (i32[(resource + tableAt) >> 2] !== 0) return;
  const table = newTable(resource);
  fillBytes(table, 0, TABLE_BYTES);
  i32[(table + 4) >> 2] = ENTRIES;
  // Two threads may come at once: the table of the second is not needed.
  if (compareExchange(resource + tableAt, 0, table) !== 0) ExFreePool(table);
}

/** NT waits for memory here instead of failing, since the caller cannot fail either. */
function newTable(resource: number): number {
  const word = resource + tableAt;
  for (let tries = 0; tries < 100; tries++) {
    const table = allocateUngated(0, TABLE_BYTES, TAG);
    if (table !== 0) return table;
    checkSlice();
    parkWhile(word, 0, WAIT_SLICE_MS, PARK);
  }
  throw new Error('nonpaged pool is exhausted: a resource cannot record its shared owners; ' +
    'give the machine more --memory');
}

/** Frees the table, if there is one. */
export function freeOwnerTable(resource: number): void {
  const table = i32[(resource + tableAt) >> 2]!;
  i32[(resource + tableAt) >> 2] = 0;
  if (table !== 0) ExFreePool(table);
}

/** The entry in the table that belongs to a processor; 0 without a table. */
export function processorEntry(resource: number, processor: number): number {
  const table = i32[(resource + tableAt) >> 2]!;
  return table === 0 ? 0 : table + (1 + processor) * OWNER_ENTRY.size;
}

function isPointerOwner(owner: number): boolean {
  return (owner & 3) === 3;
}

/** The entry of an owner, thread or pointer; 0 when it owns nothing. */
export function entryOf(resource: number, owner: number): number {
  const first = resource + ownerEntryAt;
  if (i32[first >> 2] === owner) return first;
  if (!isPointerOwner(owner)) {
    const processor = processorOfThread(owner as PKTHREAD);
    if (!Number.isInteger(processor) || processor < 0 || processor >= MAX_PROCESSORS) return 0;
    const entry = processorEntry(resource, processor);
    return entry !== 0 && i32[entry >> 2] === owner ? entry : 0;
  }
  return pointerEntry(resource, owner);
}

/** The entry of a pointer owner (or, for owner 0, a free one); 0 when there is none. */
function pointerEntry(resource: number, owner: number): number {
  const start = processorEntry(resource, MAX_PROCESSORS);
  if (start === 0) return 0;
  for (let n = 0; n < POINTER_OWNERS; n++) {
    const entry = start + n * OWNER_ENTRY.size;
    if (i32[entry >> 2] === owner) return entry;
  }
  return 0;
}

/** A free entry for an owner that is no thread; the spin lock is held. */
export function claimPointerEntry(resource: number, owner: number): number {
  const entry = pointerEntry(resource, owner) || pointerEntry(resource, 0);
  if (entry === 0) {
    throw new Error(`a resource has at most ${POINTER_OWNERS} shared owners that are no threads`);
  }
  i32[entry >> 2] = owner;
  return entry;
}

/** Release, or a question that only an owner may ask, by somebody who owns nothing (KRN-30). */
export function notOwned(resource: number, owner: number): never {
  return KeBugCheckEx(RESOURCE_NOT_OWNED, resource, owner, i32[(resource + tableAt) >> 2]!,
    owner === currentThread ? 0 : 1,
    `resource 0x${resource.toString(16)} was released by 0x${(owner >>> 0).toString(16)}, which ` +
      'does not own it (KRN-30)');
}
