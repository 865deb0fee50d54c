// @hot  Blocks of pool: taking one and giving it back, the path every allocation walks.
//
// Blocks are 8-byte aligned, a request of a page or more is page aligned, and a smaller block never
// crosses a page boundary (WDK, ExAllocatePoolWithTag). Each processor serves itself from
// magazines of free blocks that only its own thread touches, so that the common path has no atomic
// (performance.md B5); magazines are exchanged through depots. Misuse that the header shows is a
// bug check (KRN-48). Two threads that free one block in the same instant are not both caught
// here; the block's next allocation finds it out.
//
// Simplifications: there are no quotas, session pool is refused, the execute bit is ignored.
import { noteAllocated, noteFreed, schedule as scheduleHook }
  from '../../../atomics-sync/schedule/hook.ts';
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { POOL_GIVEN, POOL_TAKEN } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { NONPAGED, PAGED } from '../../../mem/memory-map.ts';
import { KPRCB, currentPrcb } from '../../ke/prcb.ts';
import { ALLOCATED_SALT, CLASSES, FIRST_PAGE_CLASS, FORWARD_CLASS, FREE_SALT, MAX_CACHED_PAGES,
  OWNER_MASK, PAGE_SLAB, RUN_ALLOCATED, RUN_CACHED, SMALL_MAX, allocatedWord, capacityOf,
  classOfSize, countersOf, descriptors, magazinesOf, strides, tagTable } from './pool-layout.ts';
import { giveRun, takeRun } from './pool-pages.ts';
import { recover, refill, spill } from './pool-magazines.ts';
import { countersFor } from './pool-tags.ts';
import { allocatedTooHigh, announceFree, badFree, checkSlack, corruptFreeBlock, freedTooHigh,
  paintFreed, paintFresh, wrongTag } from './pool-misuse.ts';
import { holdBack } from './pool-quarantine.ts';
import { TRAILER_BYTES } from './pool-trailer.ts';
import type { PPOOL_TRAILER } from './pool-trailer.ts';

const i32 = words;
const schedule = scheduleHook;
const verifying = boot.verifier;
const trace = tracer;
const trailerBytes = TRAILER_BYTES;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;
const classes = classOfSize;
const capacity = capacityOf;
const stride = Int32Array.from(strides);
const magazines = magazinesOf(boot.processor) >> 2;
const magazineWords = 4;
const poolStart = NONPAGED.start;
const pagedStart = PAGED.start;
const poolEnd = PAGED.end;
const descriptorWords = descriptors >> 2;
const owner = boot.processor << 18;
const runOwner = boot.processor << 24;
const ownerMask = OWNER_MASK;
const allocatedSalt = ALLOCATED_SALT;
const freeSalt = FREE_SALT;
const smallMax = SMALL_MAX;
const firstPageClass = FIRST_PAGE_CLASS;
const maxCachedPages = MAX_CACHED_PAGES;
const classCount = CLASSES;
const forwardClass = FORWARD_CLASS;
const slab = PAGE_SLAB;
const allocated = RUN_ALLOCATED;
const cached = RUN_CACHED;
const countersSlow = countersFor;
const tags = tagTable >> 2;
const myCounters = countersOf(boot.processor) >> 2;
const wordOfAllocated = allocatedWord;

/** Asked before each allocation of this thread: false lets it fail as if memory were short. */
export type AllocationGate = (kind: number, bytes: number, tag: number) => boolean;
let gate: AllocationGate | null = null;

/** Sets or removes this thread's gate: fault injection answers it. */
export function setAllocationGate(ask: AllocationGate | null): void {
  gate = ask;
}

/** Whether this thread's allocations are asked for. */
export function isGated(): boolean {
  return gate !== null;
}

/** Whether the gate lets a request for something like memory fail: address space, for one. */
export function isRefused(kind: number, bytes: number, tag: number): boolean {
  return gate !== null && !gate(kind, bytes, tag);
}

/**
 * Allocates from one pool without zeroing; the routines of the WDK stand on it.
 *
 * IRQL: nonpaged (kind 0) <= DISPATCH_LEVEL, paged (kind 1) <= APC_LEVEL, else 0xC2/0x08 (KRN-48).
 * @param bytes at least 1.
 * @returns the block, or NULL when the pool is exhausted or the gate refuses.
 */
export function allocateBlock(kind: number, bytes: number, tag: number): number {
  if (gate !== null && !gate(kind, bytes, tag)) return 0;
  const block = allocateUngated(kind, bytes, tag);
  if (schedule !== null && block !== 0) noteAllocated(block, bytes);
  return block;
}

/** allocateBlock for the kernel's own needs, which fault injection does not touch. */
export function allocateUngated(kind: number, bytes: number, tag: number): number {
  if (i32[irql]! > 2 - kind) allocatedTooHigh(i32[irql]!, kind, bytes);
  if (bytes + trailerBytes > smallMax) return allocateRun(kind, bytes, tag);
  const cls = classes[(bytes + trailerBytes + 7) >>> 3]!;
  const m = magazines + (kind * classCount + cls) * magazineWords;
  let block = i32[m]!;
  if (block === 0) {
    block = refill(kind, cls);
    if (block === 0) return 0;
  }
  const second = (block - 4) >> 2;
  // Two header words differ only in the check byte and the length: see pool-layout.
  const shape = (cls << 12) | (kind << 17);
  const check = (block >>> 3) & 0xff;
  if ((i32[second]! & ~ownerMask) !== (shape | ((check ^ freeSalt) << 24))) {
    corruptFreeBlock(block, kind, cls);
  }
  i32[m] = i32[block >> 2]!;
  i32[m + 1]! -= 1;
  i32[second - 1] = tag;
  i32[second] = bytes | shape | owner | ((check ^ allocatedSalt) << 24);
  count(tag, kind, bytes);
  if (verifying) paintFresh(block, bytes, stride[cls]! - 8);
  if (trace !== null) traceTaken(block, bytes, tag, stride[cls]! - 8);
  return block;
}

/** Says that a block was taken, and where its trailer lies. */
function traceTaken(block: number, bytes: number, tag: number, room: number): void {
  trace?.event(POOL_TAKEN, block, bytes, tag, verifying ? block + room - trailerBytes : 0);
}

/** Says that a block is about to be freed. */
function traceGiven(block: number, bytes: number, tag: number, room: number): void {
  trace?.event(POOL_GIVEN, block, bytes, tag, verifying ? block + room - trailerBytes : 0);
}

function count(tag: number, kind: number, bytes: number): void {
  const slot = Math.imul(tag, 0x9e3779b1) >>> 23;
  const base = i32[tags + slot] === tag ? myCounters + slot * 8 : countersSlow(tag);
  const c = base + kind * 4;
  i32[c]! += 1;
  i32[c + 2]! += bytes;
}

function uncount(tag: number, kind: number, bytes: number): void {
  const slot = Math.imul(tag, 0x9e3779b1) >>> 23;
  const base = i32[tags + slot] === tag ? myCounters + slot * 8 : countersSlow(tag);
  const c = base + kind * 4;
  i32[c + 1]! += 1;
  i32[c + 2]! -= bytes;
}

/** What tells a free block's check from an allocated one's. */
const turned = (allocatedSalt ^ freeSalt) << 24;

/**
 * Takes an allocated nonpaged block out of the books without giving it back: somebody keeps it on a
 * shelf. IRQL <= DISPATCH_LEVEL. @returns false, and nothing is done, unless it is a block of
 * exactly so many bytes (less than a page) and that tag.
 */
export function shelveBlock(block: number, bytes: number, tag: number): boolean {
  if (block < poolStart || block >= pagedStart || (block & 7) !== 0) return false;
  if ((block & 4095) === 0 || i32[irql]! > 2) return false;
  const second = (block - 4) >> 2;
  const cls = classes[(bytes + trailerBytes + 7) >>> 3]!;
  const check = (block >>> 3) & 0xff;
  const expected = bytes | (cls << 12) | ((check ^ allocatedSalt) << 24);
  const word = i32[second]!;
  if ((word & ~ownerMask) !== expected || i32[second - 1] !== tag) return false;
  // As a free block's, which has no length: who frees it again is told so.
  i32[second] = (word ^ turned) & ~4095;
  uncount(tag, 0, bytes);
  return true;
}

/** Takes such a block off its shelf: it is allocated again. */
export function unshelveBlock(block: number, bytes: number, tag: number): void {
  const second = (block - 4) >> 2;
  i32[second] = (i32[second]! ^ turned) | bytes;
  count(tag, 0, bytes);
}

/** A request of about a page or more: whole pages, page aligned, described beside them. */
function allocateRun(kind: number, bytes: number, tag: number): number {
  if (bytes > poolEnd - poolStart) return 0;
  const pages = (bytes + trailerBytes + 4095) >>> 12;
  const block = pages <= maxCachedPages ? takeCached(kind, pages) : takePages(kind, pages);
  if (block === 0) return 0;
  const d = descriptorWords + ((block - poolStart) >>> 12) * 4;
  i32[d] = allocated | (kind << 16) | runOwner;
  i32[d + 2] = bytes;
  i32[d + 3] = tag;
  count(tag, kind, bytes);
  if (verifying) paintFresh(block, bytes, pages * 4096);
  if (trace !== null) traceTaken(block, bytes, tag, pages * 4096);
  return block;
}

function takeCached(kind: number, pages: number): number {
  const cls = firstPageClass + pages - 1;
  const m = magazines + (kind * classCount + cls) * magazineWords;
  let block = i32[m]!;
  if (block === 0) {
    block = refill(kind, cls);
    if (block === 0) return takePages(kind, pages);
  }
  if ((i32[descriptorWords + ((block - poolStart) >>> 12) * 4]! & 0xff) !== cached) {
    corruptFreeBlock(block, kind, cls);
  }
  i32[m] = i32[block >> 2]!;
  i32[m + 1]! -= 1;
  return block;
}

function takePages(kind: number, pages: number): number {
  let index = takeRun(kind, pages);
  if (index < 0) {
    recover(kind);
    index = takeRun(kind, pages);
  }
  return index < 0 ? 0 : poolStart + index * 4096;
}

/**
 * Frees a block of either pool; tag 0 fits every block.
 * IRQL: nonpaged <= DISPATCH_LEVEL, paged <= APC_LEVEL, else 0xC2/0x09. Any thread.
 */
export function freeBlock(block: number, tag: number): void {
  if (block < poolStart || block >= poolEnd || (block & 7) !== 0) badFree(block);
  if ((block & 4095) === 0) {
    freeRun(block, tag);
    return;
  }
  const second = (block - 4) >> 2;
  const word = i32[second]!;
  const kind = block >= pagedStart ? 1 : 0;
  const cls = (word >>> 12) & 31;
  const bytes = word & 4095;
  const shape = (cls << 12) | (kind << 17);
  const check = (block >>> 3) & 0xff;
  const info = i32[descriptorWords + ((block - poolStart) >>> 12) * 4]!;
  if ((word & ~ownerMask) !== (bytes | shape | ((check ^ allocatedSalt) << 24)) ||
      info !== (slab | (cls << 8) | (kind << 16))) {
    freeForwarded(block, tag, word, kind);
    return;
  }
  if (i32[irql]! > 2 - kind) freedTooHigh(i32[irql]!, kind, block);
  const held = i32[second - 1]!;
  if (tag !== 0 && tag !== held) wrongTag(block, held, tag);
  if (trace !== null) traceGiven(block, bytes, held, stride[cls]! - 8);
  if (verifying) inspect(block, bytes, stride[cls]! - 8);
  uncount(held, kind, bytes);
  if (schedule !== null) noteFreed(block, bytes);
  i32[second] = shape | owner | ((check ^ freeSalt) << 24);
  if (verifying) {
    const trailer = block + stride[cls]! - 8 - trailerBytes;
    if (holdBack(block, trailer as PPOOL_TRAILER, () => put(block, kind, cls))) return;
  }
  put(block, kind, cls);
}

/** Puts a free block into this processor's loaded magazine. */
function put(block: number, kind: number, cls: number): void {
  const m = magazines + (kind * classCount + cls) * magazineWords;
  if (i32[m + 1]! >= capacity[cls]!) spill(kind, cls);
  i32[block >> 2] = i32[m]!;
  i32[m] = block;
  i32[m + 1]! += 1;
}

function inspect(block: number, bytes: number, room: number): void {
  announceFree(block, bytes);
  checkSlack(block, bytes, room);
  paintFreed(block, room);
}

/** The bytes that were asked for an allocated block; 0 when `block` is not the start of one. */
export function allocatedBytes(block: number): number {
  if (block < poolStart || block >= poolEnd || (block & 7) !== 0) return 0;
  const d = descriptorWords + ((block - poolStart) >>> 12) * 4;
  if ((block & 4095) === 0) return (i32[d]! & 0xff) === allocated ? i32[d + 2]! : 0;
  const word = i32[(block - 4) >> 2]!;
  const kind = block >= pagedStart ? 1 : 0;
  const bytes = word & 4095;
  const cls = (word >>> 12) & 31;
  const expected = bytes | (cls << 12) | (kind << 17) |
    (((block >>> 3) & 0xff ^ allocatedSalt) << 24);
  return (word & ~ownerMask) === expected && (i32[d]! & 0xff) === slab ? bytes : 0;
}

function freeRun(block: number, tag: number): void {
  const index = (block - poolStart) >>> 12;
  const d = descriptorWords + index * 4;
  const kind = block >= pagedStart ? 1 : 0;
  if ((i32[d]! & 0xff) !== allocated) badFree(block);
  if (i32[irql]! > 2 - kind) freedTooHigh(i32[irql]!, kind, block);
  const pages = i32[d + 1]!;
  const bytes = i32[d + 2]!;
  const held = i32[d + 3]!;
  if (tag !== 0 && tag !== held) wrongTag(block, held, tag);
  if (trace !== null) traceGiven(block, bytes, held, pages * 4096);
  if (verifying) inspect(block, bytes, pages * 4096);
  uncount(held, kind, bytes);
  i32[d] = cached | (kind << 16) | runOwner;
  if (verifying && pages <= maxCachedPages) {
    const trailer = block + pages * 4096 - trailerBytes;
    const giveBack = (): void => put(block, kind, firstPageClass + pages - 1);
    if (holdBack(block, trailer as PPOOL_TRAILER, giveBack)) return;
  }
  if (pages <= maxCachedPages) put(block, kind, firstPageClass + pages - 1);
  else giveRun(kind, index);
}

/**
 * Makes `block`, which lies inside of the allocation at `whole`, an address that can be freed
 * instead of it. The eight bytes in front of `block` must belong to the allocation.
 */
export function forwardBlock(whole: number, block: number): void {
  const second = (block - 4) >> 2;
  i32[second - 1] = whole;
  i32[second] = wordOfAllocated(block, 0, forwardClass, 0);
}

/** A free whose header is not that of its page's class: forwarded, or misuse. */
function freeForwarded(block: number, tag: number, word: number, kind: number): void {
  const whole = i32[(block - 8) >> 2]!;
  const forwards = word === wordOfAllocated(block, 0, forwardClass, 0);
  if (!forwards || whole >= block || block - whole > 64) badFree(block);
  if (i32[irql]! > 2 - kind) freedTooHigh(i32[irql]!, kind, block);
  i32[(block - 4) >> 2] = 0;
  freeBlock(whole, tag);
}
