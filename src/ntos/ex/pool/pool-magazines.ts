// The slow half of the magazines: filling an empty one, giving a full one away, and getting back
// what a processor kept when it leaves or has died. A processor's magazines belong to its own
// thread; another thread touches them only when that one is gone.
import { u32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { MAX_PROCESSORS } from '../../../mem/param.ts';
import { CLASSES, FIRST_PAGE_CLASS, MAGAZINE_SIZE, OWNER_MASK, RUN_CACHED, capacityOf, descriptorOf,
  freeWord, magazinesOf } from './pool-layout.ts';
import { flushQuarantine, forgetQuarantine } from './pool-quarantine.ts';
import { chainLength, cutPage, giveChain, takeChain, trimDepots } from './pool-depot.ts';

const u32 = words;
const mine = magazinesOf(boot.processor);

/** Makes the magazines of all processors empty. */
export function initializeMagazines(): void {
  fillBytes(magazinesOf(0), 0, magazinesOf(MAX_PROCESSORS) - magazinesOf(0));
  forgetQuarantine();
}

/** The word index of a processor's magazine. */
function magazine(start: number, kind: number, cls: number): number {
  return (start + (kind * CLASSES + cls) * MAGAZINE_SIZE) >> 2;
}

function load(m: number, head: number): number {
  u32[m] = head;
  u32[m + 1] = head === 0 ? 0 : chainLength(head);
  return head;
}

/**
 * Fills this processor's empty loaded magazine: from the spare, the depot, or a fresh page.
 * Returns its first block; 0 when there is none (a run of pages is then taken directly).
 */
export function refill(kind: number, cls: number): number {
  const m = magazine(mine, kind, cls);
  const spare = u32[m + 2]!;
  if (spare !== 0) {
    u32[m] = spare;
    u32[m + 1] = u32[m + 3]!;
    u32[m + 2] = 0;
    u32[m + 3] = 0;
    return spare;
  }
  const chain = takeChain(kind, cls);
  if (chain !== 0 || cls >= FIRST_PAGE_CLASS) return load(m, chain);
  const cut = cutPage(kind, cls);
  if (cut !== 0) return load(m, cut);
  recover(kind);
  return load(m, takeChain(kind, cls) || cutPage(kind, cls));
}

/** Makes room in a full loaded magazine: it becomes the spare, an older spare goes to the depot. */
export function spill(kind: number, cls: number): void {
  const m = magazine(mine, kind, cls);
  if (u32[m + 1]! < capacityOf[cls]!) return;
  const spare = u32[m + 2]!;
  if (spare !== 0) giveChain(kind, cls, spare, u32[m + 3]!);
  u32[m + 2] = u32[m]!;
  u32[m + 3] = u32[m + 1]!;
  u32[m] = 0;
  u32[m + 1] = 0;
}

/** Memory is short: gives away what this processor keeps, and joins what lies in the depots. */
export function recover(kind: number): void {
  flushQuarantine();
  empty(mine, kind);
  trimDepots(kind);
}

function empty(start: number, kind: number): void {
  for (let cls = 0; cls < CLASSES; cls++) {
    const m = magazine(start, kind, cls);
    for (let half = 0; half < 4; half += 2) {
      const head = u32[m + half]!;
      const count = u32[m + half + 1]!;
      u32[m + half] = 0;
      u32[m + half + 1] = 0;
      if (head !== 0) giveChain(kind, cls, head, count);
    }
  }
}

/** Gives this processor's magazines to the depots; a thread calls it before it leaves. */
export function flushMagazines(): void {
  flushQuarantine();
  empty(mine, 0);
  empty(mine, 1);
}

/**
 * Gives the magazines of a processor whose worker has died to the depots, and returns how many
 * blocks that were. The chains are walked and checked, not believed: the worker may have died
 * between two stores. A block it had just taken or not yet put back is lost, one per death.
 */
export function reclaimMagazines(processor: number): number {
  let blocks = 0;
  const start = magazinesOf(processor);
  for (let kind = 0; kind < 2; kind++) {
    for (let cls = 0; cls < CLASSES; cls++) {
      const m = magazine(start, kind, cls);
      for (let half = 0; half < 4; half += 2) {
        const head = u32[m + half]!;
        const count = soundBlocks(head, kind, cls);
        u32[m + half] = 0;
        u32[m + half + 1] = 0;
        if (count > 0) giveChain(kind, cls, head, count);
        blocks += count;
      }
    }
  }
  return blocks;
}

function isFree(block: number, kind: number, cls: number): boolean {
  if (cls < FIRST_PAGE_CLASS) {
    return ((u32[(block - 4) >> 2]! & ~OWNER_MASK) | 0) === freeWord(block, kind, cls);
  }
  return (u32[descriptorOf(block) >> 2]! & 0xff) === RUN_CACHED;
}

/** Counts the sound blocks at the head of a chain and cuts it off behind them. */
function soundBlocks(head: number, kind: number, cls: number): number {
  let count = 0;
  let last = 0;
  for (let block = head; block !== 0 && count < capacityOf[cls]!; block = u32[block >> 2]!) {
    if (!isFree(block, kind, cls)) break;
    last = block;
    count++;
  }
  if (last !== 0) u32[last >> 2] = 0;
  return count;
}
