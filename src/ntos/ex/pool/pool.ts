// @hot  ExAllocatePoolWithTag, ExAllocatePool2, ExFreePool and their kin: pool as the WDK has it.
//
// All of them stand on allocateBlock and freeBlock (pool-block.ts). PoolType is a POOL_TYPE
// (KRN-46), Flags are POOL_FLAGS (KRN-47). Simplifications: nobody is charged quota, the execute
// bit is ignored, session pool does not exist and is refused.
import { f64 as doubles, u8 as chars } from '../../../mem/memory.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER } from '../../status-codes.ts';
import { raiseStatus } from '../../ke/exception.ts';
import { POOL_FLAG_CACHE_ALIGNED, POOL_FLAG_NON_PAGED, POOL_FLAG_NON_PAGED_EXECUTE,
  POOL_FLAG_PAGED, POOL_FLAG_RAISE_ON_FAILURE, POOL_FLAG_SESSION, POOL_FLAG_UNINITIALIZED,
  POOL_FLAG_USE_QUOTA, POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, POOL_RAISE_IF_ALLOCATION_FAILURE,
  POOL_ZERO_ALLOCATION } from '../types.ts';
import { SMALL_MAX } from './pool-layout.ts';
import { allocateBlock, forwardBlock, freeBlock } from './pool-block.ts';
import { initializeDepots } from './pool-depot.ts';
import { initializeMagazines } from './pool-magazines.ts';
import { initializePages } from './pool-pages.ts';
import { initializeTags, poolTag } from './pool-tags.ts';
import { zeroBytes, zeroTag } from './pool-misuse.ts';

export { flushMagazines, reclaimMagazines } from './pool-magazines.ts';
export { poolTag, poolTagName, poolUsage } from './pool-tags.ts';
export { setAllocationGate } from './pool-block.ts';

const f64 = doubles;
const u8 = chars;
const fill = fillBytes;
const allocate = allocateBlock;
const free = freeBlock;
const smallMax = SMALL_MAX;
const cacheLine = 64;

/** POOL_TYPE bits: which pool, and on a cache line of its own. */
const paged = 1;
const cacheAligned = 4;
/** The tag that ExAllocatePool gives: 'None'. */
const noTag = poolTag('None');

const whenEmptied: (() => void)[] = [];

/** Has a routine called when the pools are made empty: what was kept of them is gone. */
export function onPoolsEmptied(routine: () => void): void {
  whenEmptied.push(routine);
}

/** Makes both pools empty. Processor 0, once per boot, before anyone allocates. */
export function initializePool(): void {
  whenEmptied.forEach((routine) => routine());
  initializeTags();
  initializePages();
  initializeDepots();
  initializeMagazines();
}

/** A block that starts on a cache line: a longer one, with a way back to its start. */
function allocateAligned(kind: number, bytes: number, tag: number): number {
  if (bytes > smallMax - cacheLine) return allocate(kind, Math.max(bytes, 4096), tag);
  const whole = allocate(kind, bytes + cacheLine, tag);
  if (whole === 0 || whole % cacheLine === 0) return whole;
  const block = whole + cacheLine - (whole % cacheLine);
  forwardBlock(whole, block);
  return block;
}

function raiseFailure(routine: string, bytes: number): never {
  return raiseStatus(STATUS_INSUFFICIENT_RESOURCES, `${routine} of ${bytes} bytes`);
}

function allocateTyped(PoolType: number, bytes: number, tag: number): number {
  const kind = PoolType & paged;
  if (bytes === 0) zeroBytes(kind, tag);
  if (tag === 0) zeroTag(kind, bytes);
  const block = (PoolType & cacheAligned) === 0
    ? allocate(kind, bytes, tag)
    : allocateAligned(kind, bytes, tag);
  if (block === 0 && (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) !== 0) {
    raiseFailure('ExAllocatePoolWithTag', bytes);
  }
  return block;
}

/** Zeroes a block; short ones without leaving JavaScript. */
function zero(block: number, bytes: number): void {
  if (bytes > 128) {
    fill(block, 0, bytes);
    return;
  }
  const end = (block + bytes) >> 3;
  for (let at = block >> 3; at < end; at++) f64[at] = 0;
  for (let at = end << 3; at < block + bytes; at++) u8[at] = 0;
}

/**
 * Allocates pool; the memory is not zeroed.
 *
 * IRQL: nonpaged <= DISPATCH_LEVEL, paged <= APC_LEVEL, else 0xC2/0x08. Any thread.
 * @param PoolType NonPagedPool, PagedPool, NonPagedPoolNx, … (KRN-46).
 * @param NumberOfBytes zero is a bug check (0xC2/0x00), from a page on the block is page aligned.
 * @param Tag four characters, see poolTag; zero is a bug check (0xC2/0x9B).
 * @returns the block, NULL when the pool is exhausted (POOL_RAISE_IF_ALLOCATION_FAILURE raises).
 * @see KRN-48; WDK ExAllocatePoolWithTag.
 */
export function ExAllocatePoolWithTag(
  PoolType: number,
  NumberOfBytes: number,
  Tag: number,
): number {
  const bytes = NumberOfBytes >>> 0;
  const block = allocateTyped(PoolType, bytes, Tag | 0);
  if ((PoolType & POOL_ZERO_ALLOCATION) !== 0 && block !== 0) zero(block, bytes);
  return block;
}

/** ExAllocatePoolWithTag with the tag 'None'. */
export function ExAllocatePool(PoolType: number, NumberOfBytes: number): number {
  return ExAllocatePoolWithTag(PoolType, NumberOfBytes, noTag);
}

/** ExAllocatePoolWithTag that zeroes the block. */
export function ExAllocatePoolZero(PoolType: number, NumberOfBytes: number, Tag: number): number {
  const bytes = NumberOfBytes >>> 0;
  const block = allocateTyped(PoolType, bytes, Tag | 0);
  if (block !== 0) zero(block, bytes);
  return block;
}

/** ExAllocatePoolWithTag under the name that says that nothing is zeroed. */
export function ExAllocatePoolUninitialized(
  PoolType: number,
  NumberOfBytes: number,
  Tag: number,
): number {
  return allocateTyped(PoolType, NumberOfBytes >>> 0, Tag | 0);
}

/**
 * ExAllocatePoolWithTag that raises STATUS_INSUFFICIENT_RESOURCES instead of returning NULL, unless
 * PoolType has POOL_QUOTA_FAIL_INSTEAD_OF_RAISE. No quota is charged here.
 */
export function ExAllocatePoolWithQuotaTag(
  PoolType: number,
  NumberOfBytes: number,
  Tag: number,
): number {
  const block = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
  if (block === 0 && (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) === 0) {
    raiseFailure('ExAllocatePoolWithQuotaTag', NumberOfBytes);
  }
  return block;
}

const requiredFlags = 0x7fffffff;
const knownFlags = POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_CACHE_ALIGNED |
  POOL_FLAG_RAISE_ON_FAILURE | POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED |
  POOL_FLAG_SESSION;
const nonpagedFlags = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE;

/** The pool that Flags name: 0 or 1; -1 when they name none, two, or something unknown. */
function poolOfFlags(flags: number): number {
  if ((flags & ~knownFlags & requiredFlags) !== 0 || (flags & POOL_FLAG_SESSION) !== 0) return -1;
  const nonpaged = flags & nonpagedFlags;
  if ((flags & POOL_FLAG_PAGED) !== 0) return nonpaged === 0 ? 1 : -1;
  return nonpaged === POOL_FLAG_NON_PAGED || nonpaged === POOL_FLAG_NON_PAGED_EXECUTE ? 0 : -1;
}

/**
 * Allocates pool and zeroes it, unless Flags have POOL_FLAG_UNINITIALIZED.
 *
 * IRQL: nonpaged <= DISPATCH_LEVEL, paged <= APC_LEVEL, else 0xC2/0x08. Any thread.
 * @param Flags POOL_FLAG_NON_PAGED or _PAGED and others (KRN-47); the high 32 bits are optional
 *   flags and ignored.
 * @returns the block; NULL when the pool is exhausted, the tag is 0 or the flags are bad; with
 *   POOL_FLAG_RAISE_ON_FAILURE a status is raised instead.
 */
export function ExAllocatePool2(Flags: number, NumberOfBytes: number, Tag: number): number {
  const flags = Flags | 0;
  const bytes = NumberOfBytes >>> 0;
  const kind = poolOfFlags(flags);
  const raises = (flags & POOL_FLAG_RAISE_ON_FAILURE) !== 0;
  if (kind < 0 || (Tag | 0) === 0) {
    if (raises) raiseStatus(STATUS_INVALID_PARAMETER, `ExAllocatePool2(${flags}, tag ${Tag})`);
    return 0;
  }
  if (bytes === 0) zeroBytes(kind, Tag);
  const block = (flags & POOL_FLAG_CACHE_ALIGNED) === 0
    ? allocate(kind, bytes, Tag | 0)
    : allocateAligned(kind, bytes, Tag | 0);
  if (block === 0) {
    if (raises) raiseFailure('ExAllocatePool2', bytes);
    return 0;
  }
  if ((flags & POOL_FLAG_UNINITIALIZED) === 0) zero(block, bytes);
  return block;
}

/**
 * Frees pool whatever its tag.
 * IRQL: nonpaged <= DISPATCH_LEVEL, paged <= APC_LEVEL, else 0xC2/0x09. Any thread; misuse is a bug
 * check (double free 0xC2/0x07, never allocated 0xC2/0x4x or 0xC4/0x10, overwritten header 0x19).
 */
export function ExFreePool(P: number): void {
  free(P, 0);
}

/** ExFreePool that checks the tag: another one is 0xC2/0x0A; tag 0 fits every block. */
export function ExFreePoolWithTag(P: number, Tag: number): void {
  free(P, Tag | 0);
}
