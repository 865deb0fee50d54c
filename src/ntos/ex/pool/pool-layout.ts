// Where the pools keep what they know, and which sizes they serve. The bookkeeping lies at the low
// end of the nonpaged region, so that it grows with the machine's memory:
//
//   | tag table | counters per processor | magazines per processor | page descriptors | pages … |
//
// A block below a page comes from a page cut into equal strides: 8 bytes of header, then the block,
// never across a page boundary (as on Windows). Everything else is a run of whole pages, described
// by the descriptor of its first page, so that the block itself is page aligned.
//
//   header of a small block                    descriptor of a page (16 bytes)
//   +0  tag                                    +0  state | class << 8 | kind << 16 | owner << 24
//   +4  bytes:12 class:5 kind:1 owner:6 check:8    +4  pages of the run   +8  bytes   +12  tag
//
// A free block holds its links itself: +0 the next block of its chain, and in the first block of a
// chain that lies in a depot +4 the next chain and +8 the number of blocks.
//
// The check byte mixes the block's address with its state, so that a header copied, moved or
// overwritten does not pass for a good one, and a free block is told from an allocated one.
import { atomic } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { systemRoot } from '../../../mem/system-roots.ts';
import { CACHE_LINE, MAX_PROCESSORS, PAGE_SIZE } from '../../../mem/param.ts';
import { NONPAGED, PAGED } from '../../../mem/memory-map.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { ULONG, array } from '../../../mem/field.ts';

/** The two pools; also the last bit of a POOL_TYPE. */
export const NONPAGED_KIND = 0;
export const PAGED_KIND = 1;

/** Bytes in front of a small block. */
export const HEADER_SIZE = 8;

/** Distance of two blocks of a small class: as many as fit a page, multiples of 8. */
export const strides: readonly number[] = [
  32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 312, 336, 368, 408,
  448, 512, 584, 680, 816, 1024, 1360, 2048, 4096,
];
/** The longest block that has a header; longer ones are runs of pages. */
export const SMALL_MAX = PAGE_SIZE - HEADER_SIZE;
/** Class of a run of one page; a run of n pages up to MAX_CACHED_PAGES is this + n - 1. */
export const FIRST_PAGE_CLASS = 32;
/** Runs up to this many pages are kept in magazines; longer ones go straight to the page lists. */
export const MAX_CACHED_PAGES = 16;
export const CLASSES = 64;
/** Class of a header that only leads back to the block before it (cache-aligned allocations). */
export const FORWARD_CLASS = 31;

/** The small class for a number of bytes, indexed by (bytes + 7) >> 3. */
export const classOfSize = new Uint8Array((SMALL_MAX >> 3) + 2);
for (let unit = 0, cls = 0; unit < classOfSize.length; unit++) {
  while (cls < strides.length - 1 && strides[cls]! - HEADER_SIZE < unit * 8) cls++;
  classOfSize[unit] = cls;
}

/** Blocks that one magazine holds: fewer of the big ones, so that little memory lies idle. */
export const capacityOf = new Uint8Array(CLASSES);
for (let cls = 0; cls < CLASSES; cls++) {
  const stride = strides[cls] ?? (cls - FIRST_PAGE_CLASS + 1) * PAGE_SIZE;
  const room = cls < FIRST_PAGE_CLASS ? 16384 : 65536;
  capacityOf[cls] = Math.min(32, Math.max(cls < FIRST_PAGE_CLASS ? 4 : 2, room / stride));
}

/** One depot: full magazines of one class, a chain of chains, under a lock. */
export const DEPOT = struct('POOL_DEPOT', {
  Lock: atomic(),
  Head: ULONG,
  Chains: ULONG,
  Blocks: ULONG,
}, { align: CACHE_LINE });

/** The free runs of one pool: lists by length, and the frontier behind which nothing was used. */
export const PAGE_LISTS = struct('POOL_PAGE_LISTS', {
  Lock: atomic(),
  /** Index of the first page that was never used. */
  Frontier: ULONG,
  FreePages: ULONG,
  /** Which bins hold a run: two words of bits. */
  BinMask: array(ULONG, 2),
  /** Descriptor index + 1 of the first run of each length; the last bin holds all longer ones. */
  Bins: array(ULONG, 64),
}, { align: CACHE_LINE });

/** The pools' roots in the system block. The host reads the two addresses to count what is left. */
export const POOL_ROOT = struct('POOL_ROOT', {
  TagTable: ULONG,
  Counters: ULONG,
  Depots: array(DEPOT, 2 * CLASSES),
  Pages: array(PAGE_LISTS, 2),
});

/** Tags that are told apart; further ones are counted together under tag 0. */
export const MAX_TAGS = 512;
/** Counters of one tag on one processor: allocations, frees, bytes of each pool. */
export const COUNTER_SIZE = 32;
const COUNTERS_PER_PROCESSOR = alignUp((MAX_TAGS + 1) * COUNTER_SIZE, CACHE_LINE);
/** A class on one processor: head and count of the loaded magazine, then of the spare one. */
export const MAGAZINE_SIZE = 16;
const MAGAZINES_PER_PROCESSOR = 2 * CLASSES * MAGAZINE_SIZE;
export const DESCRIPTOR_SIZE = 16;

const pages = (region: { start: number; end: number }): number =>
  (region.end - region.start) / PAGE_SIZE;

export const tagTable = NONPAGED.start;
const countersStart = tagTable + MAX_TAGS * 4;
const magazinesStart = countersStart + MAX_PROCESSORS * COUNTERS_PER_PROCESSOR;
/** Descriptors of both regions in one row: nonpaged pages first, paged pages behind them. */
export const descriptors = magazinesStart + MAX_PROCESSORS * MAGAZINES_PER_PROCESSOR;
export const bookkeepingEnd = alignUp(
  descriptors + (pages(NONPAGED) + pages(PAGED)) * DESCRIPTOR_SIZE,
  PAGE_SIZE,
);

/** The counters of one processor. */
export function countersOf(processor: number, start: number = countersStart): number {
  return start + processor * COUNTERS_PER_PROCESSOR;
}

/** The magazines of one processor. */
export function magazinesOf(processor: number): number {
  return magazinesStart + processor * MAGAZINES_PER_PROCESSOR;
}

/** Page indices of each pool: [first, limit). The row starts with the nonpaged region's first. */
export const firstPage: readonly [number, number] = [
  (bookkeepingEnd - NONPAGED.start) / PAGE_SIZE,
  pages(NONPAGED),
];
export const limitPage: readonly [number, number] = [
  pages(NONPAGED),
  pages(NONPAGED) + pages(PAGED),
];

if (firstPage[0] >= limitPage[0]) {
  throw new RangeError('the nonpaged pool has no room beside its own bookkeeping: more --memory');
}
if (NONPAGED.end !== PAGED.start) throw new Error('the pools are expected side by side');

export const poolRoot = systemRoot('pool', POOL_ROOT.size);
const { at_Depots, at_Pages } = POOL_ROOT.bound;
const root = poolRoot as Parameters<typeof at_Depots>[0];

/** The depot of one class of one pool. */
export function depotOf(kind: number, cls: number): number {
  return at_Depots(root) + (kind * CLASSES + cls) * DEPOT.size;
}

/** The page lists of one pool. */
export function pageListsOf(kind: number): number {
  return at_Pages(root) + kind * PAGE_LISTS.size;
}

/** The descriptor of the page that holds an address of either pool. */
export function descriptorOf(address: number): number {
  return descriptors + ((address - NONPAGED.start) >>> 12) * DESCRIPTOR_SIZE;
}

/** The page that a descriptor index stands for. */
export function pageAt(index: number): number {
  return NONPAGED.start + index * PAGE_SIZE;
}

/** Descriptor states. 0: inside of a run, or never used. */
export const RUN_FREE = 1;
/** The last page of a free run of two pages or more. */
export const RUN_TAIL = 2;
/** Cut into small blocks. */
export const PAGE_SLAB = 3;
/** The first page of an allocated run. */
export const RUN_ALLOCATED = 4;
/** The first page of a run that lies free in a magazine or depot. */
export const RUN_CACHED = 5;

/** What the check byte adds to the address, for the two states of a block. */
export const ALLOCATED_SALT = 0xa5;
export const FREE_SALT = 0x5a;
/** Everything of a header's second word but who owned the block last. */
export const OWNER_MASK = 0x3f << 18;

/** The second header word of an allocated block, without its owner. */
export function allocatedWord(block: number, kind: number, cls: number, bytes: number): number {
  return bytes | (cls << 12) | (kind << 17) | ((((block >>> 3) ^ ALLOCATED_SALT) & 0xff) << 24);
}

/** The second header word of a free block, without its owner. */
export function freeWord(block: number, kind: number, cls: number): number {
  return (cls << 12) | (kind << 17) | ((((block >>> 3) ^ FREE_SALT) & 0xff) << 24);
}
