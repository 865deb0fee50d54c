// Between the magazines of the processors: chains of free blocks, one depot per size class, and
// the cutting of fresh pages. A depot is touched once per magazine, so a plain lock serves it; a
// chain in a depot keeps the next chain and its length in its first block.
import { u32 as words } from '../../../mem/memory.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { CLASSES, DEPOT, FIRST_PAGE_CLASS, HEADER_SIZE, PAGE_SLAB, capacityOf, depotOf,
  descriptorOf, freeWord, pageAt, strides } from './pool-layout.ts';
import { giveRun, takeRun } from './pool-pages.ts';

const u32 = words;
const { at_Lock, Head, set_Head, Chains, set_Chains, Blocks, set_Blocks } = DEPOT.bound;
type Depot = Parameters<typeof Head>[0];

/** Chains of page runs that a depot keeps; what comes on top goes back to the page lists. */
const MAX_PAGE_CHAINS = 4;

/** Makes every depot empty. */
export function initializeDepots(): void {
  for (const kind of [0, 1]) fillBytes(depotOf(kind, 0), 0, CLASSES * DEPOT.size);
}

/** The number of blocks in a chain that takeChain returned. */
export function chainLength(head: number): number {
  return u32[(head + 8) >> 2]!;
}

/** Takes a chain of free blocks of a class; 0 when there is none. */
export function takeChain(kind: number, cls: number): number {
  const depot = depotOf(kind, cls) as Depot;
  acquireKernelLock(at_Lock(depot));
  const head = Head(depot);
  if (head !== 0) {
    set_Head(depot, u32[(head + 4) >> 2]!);
    set_Chains(depot, Chains(depot) - 1);
    set_Blocks(depot, Blocks(depot) - chainLength(head));
  }
  releaseKernelLock(at_Lock(depot));
  return head;
}

/** Leaves a chain of `count` free blocks for any processor. */
export function giveChain(kind: number, cls: number, head: number, count: number): void {
  const depot = depotOf(kind, cls) as Depot;
  acquireKernelLock(at_Lock(depot));
  const full = cls >= FIRST_PAGE_CLASS && Chains(depot) >= MAX_PAGE_CHAINS;
  if (!full) pushChain(depot, head, count);
  releaseKernelLock(at_Lock(depot));
  if (full) releaseRuns(kind, head);
}

function pushChain(depot: Depot, head: number, count: number): void {
  u32[(head + 4) >> 2] = Head(depot);
  u32[(head + 8) >> 2] = count;
  set_Head(depot, head);
  set_Chains(depot, Chains(depot) + 1);
  set_Blocks(depot, Blocks(depot) + count);
}

/** The index of the page at `address` in its pool's row of descriptors. */
function pageIndex(address: number): number {
  return (address - pageAt(0)) / PAGE_SIZE;
}

function releaseRuns(kind: number, head: number): void {
  for (let run = head; run !== 0; ) {
    const next = u32[run >> 2]!;
    giveRun(kind, pageIndex(run));
    run = next;
  }
}

/**
 * Cuts a fresh page into blocks of a small class and returns a chain of them; what exceeds one
 * magazine goes to the depot. 0 when the pool has no page left.
 */
export function cutPage(kind: number, cls: number): number {
  const index = takeRun(kind, 1);
  if (index < 0) return 0;
  const page = pageAt(index);
  u32[descriptorOf(page) >> 2] = PAGE_SLAB | (cls << 8) | (kind << 16);
  const stride = strides[cls]!;
  const capacity = capacityOf[cls]!;
  const total = Math.floor(PAGE_SIZE / stride);
  let head = 0;
  let count = 0;
  for (let n = total - 1; n >= 0; n--) {
    const block = page + n * stride + HEADER_SIZE;
    u32[(block - 8) >> 2] = 0;
    u32[(block - 4) >> 2] = freeWord(block, kind, cls);
    u32[block >> 2] = head;
    head = block;
    if (++count === capacity && n > 0) {
      giveChain(kind, cls, head, count);
      head = 0;
      count = 0;
    }
  }
  u32[(head + 8) >> 2] = count;
  return head;
}

/** Gives pages whose every block lies in a depot back to the page lists; when memory is short. */
export function trimDepots(kind: number): void {
  for (let cls = 0; cls < strides.length; cls++) trimSmall(kind, cls);
  for (let cls = FIRST_PAGE_CLASS; cls < CLASSES; cls++) {
    for (let head = takeChain(kind, cls); head !== 0; head = takeChain(kind, cls)) {
      releaseRuns(kind, head);
    }
  }
}

function trimSmall(kind: number, cls: number): void {
  const depot = depotOf(kind, cls) as Depot;
  acquireKernelLock(at_Lock(depot));
  const blocks: number[] = [];
  for (let chain = Head(depot); chain !== 0; chain = u32[(chain + 4) >> 2]!) {
    for (let block = chain; block !== 0; block = u32[block >> 2]!) blocks.push(block);
  }
  set_Head(depot, 0);
  set_Chains(depot, 0);
  set_Blocks(depot, 0);
  const perPage = Math.floor(PAGE_SIZE / strides[cls]!);
  const found = new Map<number, number>();
  for (const block of blocks) {
    const page = block - (block % PAGE_SIZE);
    found.set(page, (found.get(page) ?? 0) + 1);
  }
  rechain(depot, cls, blocks.filter((b) => found.get(b - (b % PAGE_SIZE)) !== perPage));
  for (const [page, count] of found) if (count === perPage) giveRun(kind, pageIndex(page));
  releaseKernelLock(at_Lock(depot));
}

function rechain(depot: Depot, cls: number, blocks: readonly number[]): void {
  const capacity = capacityOf[cls]!;
  for (let start = 0; start < blocks.length; start += capacity) {
    const chain = blocks.slice(start, start + capacity);
    chain.forEach((block, n) => (u32[block >> 2] = chain[n + 1] ?? 0));
    pushChain(depot, chain[0]!, chain.length);
  }
}
