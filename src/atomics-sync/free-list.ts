// @hot  A lock-free stack of equal blocks: memory that threads take from and give back to in
// constant time. Who needs more speed keeps blocks per thread and comes here for many at once
// (performance.md B5: ten to two hundred times faster under contention).
//
//   head   tag … | number of the block on top + 1, in as many bits as the list needs; 0 is empty
//
// A free block's first word names the block below. Between a pop's look at that word and its
// compare-exchange others may take the block, use it and give it back; the tag, counted up by each
// pop, makes the exchange fail then. It is at least 18 bits wide: to be deceived, a thread would
// have to be stopped between the two while others make an exact multiple of 2^18 pops, 25 ms of
// their best speed, and leave the same block on top.
import { LONG, ULONG, atomic } from '../mem/field.ts';
import { i32 as sharedWords, memorySize } from '../mem/memory.ts';
import { struct } from '../mem/struct.ts';
import { compareExchange, load as doorLoad, store } from './atomics.ts';
import type { Ptr } from '../mem/pointer.ts';

export const FREE_LIST = struct('SYNC_FREE_LIST', {
  head: atomic(),
  /** The rest is written once. */
  base: ULONG,
  blockSize: ULONG,
  count: LONG,
  /** Covers the block's number in the head; the tag lies above. */
  mask: LONG,
});

/** Blocks in one list: 14 bits of the head, which leaves 18 for the tag. */
export const FREE_LIST_BLOCKS_MAX: number = (1 << 14) - 1;

const words = sharedWords;
const cas = compareExchange;
const load = doorLoad;
const { at_head, base, set_base, blockSize, set_blockSize, count, set_count, mask, set_mask } =
  FREE_LIST.bound;
type PFREE_LIST = Ptr<'SYNC_FREE_LIST'>;

/**
 * Makes a list of `blocks` free blocks that lie side by side from `first` on. Blocks are taken in
 * the order of their addresses at first.
 *
 * @param size of a block in bytes, a multiple of 4.
 */
export function initFreeList(address: number, first: number, blocks: number, size: number): void {
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > FREE_LIST_BLOCKS_MAX) {
    throw new RangeError(`a free list has 1..${FREE_LIST_BLOCKS_MAX} blocks, not ${blocks}`);
  }
  if (!Number.isInteger(size) || size < 4 || size % 4 !== 0 || first % 4 !== 0) {
    throw new RangeError(`blocks of ${size} bytes at ${first} are not made of whole words`);
  }
  if (first <= 0 || first + blocks * size > memorySize) {
    throw new RangeError(`${blocks} blocks of ${size} bytes at ${first} leave the memory`);
  }
  const list = address as PFREE_LIST;
  set_base(list, first);
  set_blockSize(list, size);
  set_count(list, blocks);
  set_mask(list, (1 << Math.ceil(Math.log2(blocks + 1))) - 1);
  for (let i = 0; i < blocks; i++) words[(first + i * size) >> 2] = i + 1 < blocks ? i + 2 : 0;
  store(at_head(list), 1);
}

/** Takes a block; 0 when there is none. Its first word is what the list left there. */
export function popFree(address: number): number {
  const list = address as PFREE_LIST;
  const at = at_head(list);
  const m = mask(list);
  // Pairs with the compare-exchange of pushFree: the link in the block is visible.
  let head = load(at);
  for (;;) {
    const top = head & m;
    if (top === 0) return 0;
    const block = base(list) + (top - 1) * blockSize(list);
    const below = (words[block >> 2] as number) & m;
    const seen = cas(at, head, ((head & ~m) + m + 1) | below);
    if (seen === head) return block;
    head = seen;
  }
}

function refuse(list: PFREE_LIST, block: number): never {
  throw new RangeError(
    `0x${block.toString(16)} is not a block of the free list at 0x${list.toString(16)}`,
  );
}

/** Gives a block back. Its first word is overwritten. Throws when it is not one of the list's. */
export function pushFree(address: number, block: number): void {
  const list = address as PFREE_LIST;
  const at = at_head(list);
  const m = mask(list);
  const index = (block - base(list)) / blockSize(list);
  if (index !== (index | 0) || index < 0 || index >= count(list)) refuse(list, block);
  let head = load(at);
  for (;;) {
    words[block >> 2] = head & m;
    // Pairs with the load of popFree: publishes the link.
    const seen = cas(at, head, (head & ~m) | (index + 1));
    if (seen === head) return;
    head = seen;
  }
}

/** Walks the list and counts. Only while no thread uses it; a circle is an error. */
export function countFree(address: number): number {
  const list = address as PFREE_LIST;
  let number = load(at_head(list)) & mask(list);
  let found = 0;
  for (; number !== 0; found++) {
    if (found > count(list)) throw new Error('the free list is a circle: a block was freed twice');
    number = words[(base(list) + (number - 1) * blockSize(list)) >> 2] as number;
  }
  return found;
}
