// @hot  The page tree of a stream: from page number to page frame, so that a file is sparse from
// its first byte on. A radix tree of 1024 slots a node; nodes are frames themselves.
//
//   root word = frame | height        height 0: the frame is page 0 itself
//                                     height 1: 4 MiB, 2: 4 GiB, 3: 4 TiB, 4: 4 PiB
//
// Readers and writers share a tree without a lock: a slot goes from 0 to a frame once, by
// compare-exchange, and only a holder of both the stream's resources exclusively takes frames
// out (cutPages). So a frame that was found stays as long as one of the resources is held.
import { i32 as words } from '../../../mem/memory.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { add, compareExchange, load, store } from '../../../atomics-sync/atomics.ts';
import { giveFrame, takeFrame } from './frames.ts';

const i32 = words;
const loadWord = load;
const storeWord = store;
const swapWord = compareExchange;
const addTo = add;
const take = takeFrame;
const give = giveFrame;
const HEIGHT_MASK = 7;
const SLOTS = PAGE_SIZE / 4;
const SLOT_BITS = 10;
/** The highest tree: 1024 ** 5 pages are more than 2 ** 53 bytes. */
export const MAX_HEIGHT = 5;

/** The slot of a page at one level of the tree; page numbers go beyond 32 bits. */
function slotOf(page: number, level: number): number {
  if (level < 3) return (page >>> (SLOT_BITS * level)) & (SLOTS - 1);
  return Math.floor(page / SLOTS ** level) % SLOTS;
}

/** The lowest height whose tree has the page. */
function heightFor(page: number): number {
  let height = 0;
  for (let pages = 1; page >= pages; pages *= SLOTS) height++;
  return height;
}

/**
 * The frame of a page; 0 where the file has a hole. The caller holds one of the stream's
 * resources, shared at least.
 *
 * @param rootAt the address of the tree's root word.
 */
export function findPage(rootAt: number, page: number): number {
  // Pairs with the compare-exchange that published the node or page, in another writer's thread.
  const root = loadWord(rootAt);
  if (root === 0) return 0;
  let level = root & HEIGHT_MASK;
  let node = root - level;
  if (page >= SLOTS ** level) return 0;
  while (level > 0) {
    level--;
    node = loadWord(node + 4 * slotOf(page, level));
    if (node === 0) return 0;
  }
  return node;
}

/** Takes a frame for a tree and counts it for the volume and the stream. */
function charged(rootAt: number, volumeCount: number): number {
  const frame = take();
  if (frame === 0) return 0;
  addTo(rootAt + 4, 1);
  addTo(volumeCount, 1);
  return frame;
}

function refund(rootAt: number, volumeCount: number, frame: number): void {
  give(frame);
  addTo(rootAt + 4, -1);
  addTo(volumeCount, -1);
}

/** Makes the tree high enough for a page; false when no frame is left. */
function grow(rootAt: number, page: number, volumeCount: number): boolean {
  for (;;) {
    const root = loadWord(rootAt);
    const height = root & HEIGHT_MASK;
    const wanted = root === 0 ? heightFor(page) : height + 1;
    if (root !== 0 && page < SLOTS ** height) return true;
    const node = charged(rootAt, volumeCount);
    if (node === 0) return false;
    if (root !== 0) i32[node >> 2] = root - height;
    if (swapWord(rootAt, root, node + wanted) !== root) {
      refund(rootAt, volumeCount, node);
    }
  }
}

/**
 * The frame of a page, taken if there was none; 0 when no frame is left. Concurrent callers get
 * the same frame. The caller holds one of the stream's resources, shared at least.
 *
 * @param rootAt the root word; the word behind it counts the tree's frames.
 * @param volumeCount the address of the volume's count of frames.
 */
export function takePage(rootAt: number, page: number, volumeCount: number): number {
  const known = findPage(rootAt, page);
  if (known !== 0) return known;
  if (!grow(rootAt, page, volumeCount)) return 0;
  const root = loadWord(rootAt);
  let level = root & HEIGHT_MASK;
  let node = root - level;
  while (level > 0) {
    level--;
    const slot = node + 4 * slotOf(page, level);
    let next = loadWord(slot);
    if (next === 0) {
      const fresh = charged(rootAt, volumeCount);
      if (fresh === 0) return 0;
      next = swapWord(slot, 0, fresh);
      if (next === 0) next = fresh;
      else refund(rootAt, volumeCount, fresh);
    }
    node = next;
  }
  return node;
}

/** Frees the pages [from, to) below a node; true when nothing is left below it. */
function cutNode(
  rootAt: number, node: number, level: number, from: number, to: number, volumeCount: number,
): boolean {
  const span = SLOTS ** (level - 1);
  const first = Math.max(0, Math.floor(from / span));
  const last = Math.min(SLOTS, Math.ceil(to / span));
  let empty = true;
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = (node >> 2) + slot;
    const child = i32[at]!;
    if (child === 0) continue;
    const base = slot * span;
    if (slot < first || slot >= last) {
      empty = false;
    } else if (level === 1 ||
        cutNode(rootAt, child, level - 1, from - base, to - base, volumeCount)) {
      refund(rootAt, volumeCount, child);
      i32[at] = 0;
    } else {
      empty = false;
    }
  }
  return empty;
}

/**
 * Takes the pages [from, to) out of the tree and frees their frames. The caller holds both of the
 * stream's resources exclusively, or is the last who knows the stream.
 */
export function cutPages(rootAt: number, from: number, to: number, volumeCount: number): void {
  const root = i32[rootAt >> 2]!;
  if (root === 0 || from >= to) return;
  const height = root & HEIGHT_MASK;
  const frame = root - height;
  const empty = height === 0
    ? from <= 0
    : cutNode(rootAt, frame, height, from, to, volumeCount);
  if (!empty) return;
  refund(rootAt, volumeCount, frame);
  storeWord(rootAt, 0);
}

/** The first page at or after `from` that has a frame; Infinity when there is none. */
export function nextPage(rootAt: number, from: number): number {
  const root = loadWord(rootAt);
  if (root === 0) return Infinity;
  const height = root & HEIGHT_MASK;
  if (height === 0) return from <= 0 ? 0 : Infinity;
  return nextBelow(root - height, height, from);
}

function nextBelow(node: number, level: number, from: number): number {
  const span = SLOTS ** (level - 1);
  for (let slot = Math.max(0, Math.floor(from / span)); slot < SLOTS; slot++) {
    const child = loadWord(node + 4 * slot);
    if (child === 0) continue;
    const base = slot * span;
    const found = level === 1 ? 0 : nextBelow(child, level - 1, Math.max(0, from - base));
    if (found !== Infinity) return base + found;
  }
  return Infinity;
}
