// What the checked machine writes behind each block of pool: who allocated it, where, and where it
// was freed. The trailer lies at the end of the block's room, so bytes between the block and the
// trailer are painted and checked as before. The verifier fills it (verifier/rules/pool.ts); this
// room says only where it lies, and walks all blocks.
import { LONG } from '../../../mem/field.ts';
import { boot } from '../../../mem/boot-options.ts';
import { i32 as words, views } from '../../../mem/memory.ts';
import { struct } from '../../../mem/struct.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { HEADER_SIZE, PAGE_SLAB, RUN_ALLOCATED, RUN_CACHED, DESCRIPTOR_SIZE, OWNER_MASK,
  bookkeepingEnd, descriptorOf, allocatedWord, firstPage, freeWord, limitPage, descriptors, pageAt,
  strides } from './pool-layout.ts';
import type { Ptr } from '../../../mem/pointer.ts';

const i32 = words;

export const POOL_TRAILER = struct('VF_POOL_TRAILER', {
  /** The image whose routine allocated the block, plus one; 0 for the kernel's own blocks. */
  Image: LONG,
  /** Numbers of stored stacks (verifier/finding/stack.ts). */
  AllocatedAt: LONG,
  FreedAt: LONG,
  /** Which routine gave it: the number of its name. */
  Routine: LONG,
  /** The length of the block: a free block's header does not keep it. */
  Bytes: LONG,
  Spare: LONG,
});
/** Accessors that nobody watches: a trailer is read at any IRQL, that of a paged block too. */
export const trailer = POOL_TRAILER.bind(views);
export type PPOOL_TRAILER = Ptr<'VF_POOL_TRAILER'>;

/** Bytes that every block has more when the machine is checked. */
export const TRAILER_BYTES = boot.verifier ? POOL_TRAILER.size : 0;

/** One block, allocated or freed. */
export interface PoolBlock {
  readonly address: number;
  readonly bytes: number;
  readonly tag: number;
  readonly isFree: boolean;
  readonly trailer: PPOOL_TRAILER;
}

function smallBlock(block: number, cls: number, kind: number): PoolBlock | undefined {
  const word = i32[(block - 4) >> 2]!;
  const bytes = word & 4095;
  const shape = word & ~OWNER_MASK;
  const isFree = shape === freeWord(block, kind, cls);
  if (!isFree && shape !== allocatedWord(block, kind, cls, bytes)) return undefined;
  const at = (block + strides[cls]! - HEADER_SIZE - TRAILER_BYTES) as PPOOL_TRAILER;
  return { address: block, bytes: isFree ? trailer.Bytes(at) : bytes, isFree, trailer: at,
    tag: i32[(block - 8) >> 2]! };
}

function run(page: number, d: number, state: number): PoolBlock {
  const pages = i32[d + 1]!;
  return { address: page, bytes: i32[d + 2]!, tag: i32[d + 3]!, isFree: state !== RUN_ALLOCATED,
    trailer: (page + pages * PAGE_SIZE - TRAILER_BYTES) as PPOOL_TRAILER };
}

/** The start of the run that a page lies in; a run's inner pages are not described. */
function startOfRun(page: number): number {
  let at = page;
  while (at >= bookkeepingEnd && (i32[descriptorOf(at) >> 2]! & 0xff) === 0) at -= PAGE_SIZE;
  return at;
}

/** The block whose room holds an address; undefined where no block is or was. */
export function blockAround(address: number): PoolBlock | undefined {
  if (address < bookkeepingEnd) return undefined;
  const page = address & ~(PAGE_SIZE - 1);
  const info = i32[descriptorOf(page) >> 2]!;
  const state = info & 0xff;
  if (state === PAGE_SLAB) {
    const cls = (info >>> 8) & 0xff;
    const stride = strides[cls]!;
    const at = page + Math.floor((address - page) / stride) * stride + HEADER_SIZE;
    return at - HEADER_SIZE + stride > page + PAGE_SIZE ? undefined
      : smallBlock(at, cls, (info >>> 16) & 0xff);
  }
  const start = state === 0 ? startOfRun(page) : page;
  const d = descriptorOf(start) >> 2;
  const held = i32[d]! & 0xff;
  if (held !== RUN_ALLOCATED && held !== RUN_CACHED) return undefined;
  const found = run(start, d, held);
  return address < start + i32[d + 1]! * PAGE_SIZE ? found : undefined;
}

function visitPage(index: number, visit: (block: PoolBlock) => void): void {
  const d = (descriptors + index * DESCRIPTOR_SIZE) >> 2;
  const state = i32[d]! & 0xff;
  const page = pageAt(index);
  if (state === RUN_ALLOCATED) visit(run(page, d, state));
  if (state !== PAGE_SLAB) return;
  const cls = (i32[d]! >>> 8) & 0xff;
  const stride = strides[cls]!;
  for (let at = page; at + stride <= page + PAGE_SIZE; at += stride) {
    const block = smallBlock(at + HEADER_SIZE, cls, (i32[d]! >>> 16) & 0xff);
    if (block !== undefined && !block.isFree) visit(block);
  }
}

/** Calls `visit` for each allocated block; exact when nobody allocates meanwhile. */
export function forEachBlock(visit: (block: PoolBlock) => void): void {
  for (const kind of [0, 1] as const) {
    for (let index = firstPage[kind]; index < limitPage[kind]; index++) visitPage(index, visit);
  }
}
