// Words for people who use atomics-sync without the rest of the house: a bump allocator over a
// small reserved part of the memory, whose cursor lies in that memory, so that every thread that
// shares it may allocate. Nothing is ever given back. A machine does not use it; its rooms have
// roots of their own.
import { CACHE_LINE } from '../mem/param.ts';
import { SYNC_WORDS } from '../mem/memory-map.ts';
import { alignUp } from '../mem/pointer.ts';
import { compareExchange, load } from './atomics.ts';
import { OWNERS_END } from './owner.ts';

const CURSOR = SYNC_WORDS.start;
const FIRST = alignUp(OWNERS_END, CACHE_LINE);

/**
 * Takes `count` zeroed words that no other caller gets, on a cache line of their own.
 *
 * @returns their address, the same place for every thread that shares the memory.
 * @throws RangeError when the reserved part is used up.
 */
export function words(count: number): number {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`words(${count}): give a whole number of words`);
  }
  const size = alignUp(4 * count, CACHE_LINE);
  let used = load(CURSOR);
  for (;;) {
    if (FIRST + used + size > SYNC_WORDS.end) {
      throw new RangeError(
        `words(${count}): ${SYNC_WORDS.end - FIRST - used} bytes are left of this part of the ` +
          `memory; put large things at an address of your own above it`,
      );
    }
    const seen = compareExchange(CURSOR, used, used + size);
    if (seen === used) return FIRST + used;
    used = seen;
  }
}
