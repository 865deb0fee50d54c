// Pages of paged pool that an MDL keeps in memory (MmProbeAndLockPages): they are resident until
// they are unlocked, so touching them at DISPATCH_LEVEL is sound, in any thread. Only checked
// machines keep and ask; when the table is full, everything counts as locked rather than being
// wrongly reported.
// Simplification: a mapping has the address of the pages themselves here, so locked pages may be
// touched under their own address, too.
//
// An entry is claimed by its Start; until its End is there it holds nothing.
import { atomic } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { PAGED } from '../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { add, compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import type { Ptr } from '../../mem/pointer.ts';

const MAX_RANGES = 240;
const RANGE = struct('KI_LOCKED_RANGE', { Start: atomic(), End: atomic() });
const ROOT_BYTES = 8 + RANGE.size * MAX_RANGES;
const root = systemRoot('lockedPages', ROOT_BYTES);
/** Locks for which there was no entry. */
const unkept = root;
const first = root + 8;
const r = RANGE.bound;

const rangeAt = (index: number): Ptr<'KI_LOCKED_RANGE'> =>
  (first + index * RANGE.size) as Ptr<'KI_LOCKED_RANGE'>;
const startOf = (address: number): number => address - (address % PAGE_SIZE);
const endOf = (address: number, bytes: number): number =>
  Math.ceil((address + bytes) / PAGE_SIZE) * PAGE_SIZE;
const concerns = (address: number, bytes: number): boolean =>
  boot.verifier && bytes > 0 && address >= PAGED.start && address < PAGED.end;

/** Says that the pages of a buffer are locked. Any IRQL. @param bytes its length. */
export function noteLocked(address: number, bytes: number): void {
  if (!concerns(address, bytes)) return;
  for (let i = 0; i < MAX_RANGES; i++) {
    const range = rangeAt(i);
    if (compareExchange(r.at_Start(range), 0, startOf(address)) !== 0) continue;
    store(r.at_End(range), endOf(address, bytes));
    return;
  }
  add(unkept, 1);
}

/** Says that they are not any more; each lock is undone once. Any IRQL. */
export function noteUnlocked(address: number, bytes: number): void {
  if (!concerns(address, bytes)) return;
  const [start, end] = [startOf(address), endOf(address, bytes)];
  for (let i = 0; i < MAX_RANGES; i++) {
    const range = rangeAt(i);
    if (load(r.at_Start(range)) !== start) continue;
    // Two threads may undo two locks of the same pages: one entry each.
    if (compareExchange(r.at_End(range), end, 0) !== end) continue;
    store(r.at_Start(range), 0);
    return;
  }
  add(unkept, -1);
}

/** Whether an address of paged pool lies in a page that is locked. Any IRQL. */
export function isLocked(address: number): boolean {
  if (load(unkept) > 0) return true;
  for (let i = 0; i < MAX_RANGES; i++) {
    const start = load(r.at_Start(rangeAt(i)));
    if (start !== 0 && address >= start && address < load(r.at_End(rangeAt(i)))) return true;
  }
  return false;
}
