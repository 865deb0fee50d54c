// Runs of whole pages: the large-block allocator of a pool, and where small classes get the pages
// they cut. Free runs hang on lists by length and are joined with their neighbours at once; pages
// behind the frontier were never used and cost nothing. The lock of the pool's page lists guards
// the lists and every descriptor that is not of an allocated or cached run.
import { u32 as words } from '../../../mem/memory.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { NONPAGED } from '../../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { store } from '../../../atomics-sync/atomics.ts';
import { controlled } from '../../../atomics-sync/schedule/hook.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { DESCRIPTOR_SIZE, PAGE_LISTS, RUN_ALLOCATED, RUN_FREE, RUN_TAIL, descriptors, firstPage,
  limitPage, pageListsOf } from './pool-layout.ts';

const u32 = words;
const { at_Lock, Frontier, set_Frontier, FreePages, set_FreePages, at_BinMask, at_Bins } =
  PAGE_LISTS.bound;
type Lists = Parameters<typeof Frontier>[0];

const LAST_BIN = 63;
const listsOf = (kind: number): Lists => pageListsOf(kind) as Lists;
/** The word index of a page's descriptor. */
const word = (index: number): number => (descriptors + index * DESCRIPTOR_SIZE) >> 2;
const binOf = (pages: number): number => Math.min(pages - 1, LAST_BIN);

/**
 * Makes both pools' page lists empty; forgets what an earlier boot left in the descriptors. All of
 * them: boot has zeroed the lists by now, and with them how far that boot had come. A stale end of
 * a free run in front of an allocated one would be joined with it.
 */
export function initializePages(): void {
  for (const kind of [0, 1] as const) {
    const lists = listsOf(kind);
    const first = firstPage[kind];
    const pages = limitPage[kind] - first;
    fillBytes(descriptors + first * DESCRIPTOR_SIZE, 0, pages * DESCRIPTOR_SIZE);
    fillBytes(lists, 0, PAGE_LISTS.size);
    set_Frontier(lists, first);
    store(at_Lock(lists), 0);
  }
}

function setHead(lists: Lists, bin: number, link: number): void {
  u32[(at_Bins(lists) >> 2) + bin] = link;
  const mask = (at_BinMask(lists) >> 2) + (bin >> 5);
  if (link === 0) u32[mask]! &= ~(1 << (bin & 31));
  else u32[mask]! |= 1 << (bin & 31);
}

/** Puts a run on its list. Links are descriptor indices + 1, so that 0 ends a list. */
function insert(lists: Lists, index: number, pages: number): void {
  const d = word(index);
  const bin = binOf(pages);
  const next = u32[(at_Bins(lists) >> 2) + bin]!;
  u32[d] = RUN_FREE;
  u32[d + 1] = pages;
  u32[d + 2] = next;
  u32[d + 3] = 0;
  if (next !== 0) u32[word(next - 1) + 3] = index + 1;
  setHead(lists, bin, index + 1);
  if (pages > 1) {
    const tail = word(index + pages - 1);
    u32[tail] = RUN_TAIL;
    u32[tail + 1] = pages;
  }
}

/** Takes a run off its list; its first and last descriptor become those of inner pages. */
function remove(lists: Lists, index: number): number {
  const d = word(index);
  const pages = u32[d + 1]!;
  const next = u32[d + 2]!;
  const previous = u32[d + 3]!;
  if (next !== 0) u32[word(next - 1) + 3] = previous;
  if (previous !== 0) u32[word(previous - 1) + 2] = next;
  else setHead(lists, binOf(pages), next);
  u32[d] = 0;
  u32[word(index + pages - 1)] = 0;
  return pages;
}

/** The first bin at or above `bin` that holds a run, or -1. */
function usedBin(lists: Lists, bin: number): number {
  const mask = at_BinMask(lists) >> 2;
  for (let half = bin >> 5; half < 2; half++) {
    const bits = half === bin >> 5 ? u32[mask + half]! & (-1 << (bin & 31)) : u32[mask + half]!;
    if (bits !== 0) return half * 32 + 31 - Math.clz32(bits & -bits);
  }
  return -1;
}

/** A free run of at least `pages` pages: the best bin, in the last bin the first that fits. */
function findRun(lists: Lists, pages: number): number {
  const bin = usedBin(lists, binOf(pages));
  if (bin < 0) return -1;
  let link = u32[(at_Bins(lists) >> 2) + bin]!;
  while (link !== 0 && u32[word(link - 1) + 1]! < pages) link = u32[word(link - 1) + 2]!;
  return link - 1;
}

function takeLocked(lists: Lists, kind: 0 | 1, pages: number): number {
  const found = findRun(lists, pages);
  if (found >= 0) {
    const whole = remove(lists, found);
    if (whole > pages) insert(lists, found + pages, whole - pages);
    set_FreePages(lists, FreePages(lists) - pages);
    return found;
  }
  const frontier = Frontier(lists);
  if (frontier + pages > limitPage[kind]) return -1;
  set_Frontier(lists, frontier + pages);
  return frontier;
}

/**
 * Takes a run of `pages` pages from a pool; its first descriptor says RUN_ALLOCATED.
 * Any IRQL at which the pool may be used. Returns the index of the first page, or -1.
 */
export function takeRun(kind: number, pages: number): number {
  const which = kind === 0 ? 0 : 1;
  const lists = listsOf(which);
  acquireKernelLock(at_Lock(lists));
  const index = takeLocked(lists, which, pages);
  if (index >= 0) {
    const d = word(index);
    u32[d] = RUN_ALLOCATED | (which << 16);
    u32[d + 1] = pages;
  }
  releaseKernelLock(at_Lock(lists));
  // A schedule must do the same when it is repeated, also where memory is used before it is set.
  if (controlled && index >= 0) fillBytes(NONPAGED.start + index * PAGE_SIZE, 0, pages * PAGE_SIZE);
  return index;
}

/** Gives a run back; it is joined with free neighbours, and with the frontier. */
export function giveRun(kind: number, index: number): void {
  const which = kind === 0 ? 0 : 1;
  const lists = listsOf(which);
  acquireKernelLock(at_Lock(lists));
  let start = index;
  let pages = u32[word(index) + 1]!;
  set_FreePages(lists, FreePages(lists) + pages);
  u32[word(index)] = 0;
  if (start > firstPage[which]) {
    const before = word(start - 1);
    const state = u32[before]!;
    if (state === RUN_FREE || state === RUN_TAIL) {
      start -= state === RUN_FREE ? 1 : u32[before + 1]!;
      pages += remove(lists, start);
    }
  }
  const after = start + pages;
  if (after < Frontier(lists) && u32[word(after)] === RUN_FREE) pages += remove(lists, after);
  if (start + pages === Frontier(lists)) {
    set_Frontier(lists, start);
    set_FreePages(lists, FreePages(lists) - pages);
  } else {
    insert(lists, start, pages);
  }
  releaseKernelLock(at_Lock(lists));
}

/** Pages of a pool that nobody holds: on the lists and behind the frontier. Read racily. */
export function freePages(kind: number): number {
  const which = kind === 0 ? 0 : 1;
  const lists = listsOf(which);
  return FreePages(lists) + limitPage[which] - Frontier(lists);
}
