// Who holds pool: blocks and bytes per tag. The table of tags is shared and only grows; each
// processor counts in a block of its own with plain stores, and a reader sums up. A difference is
// right as soon as the processors are quiet, which is when leaks are looked for.
import { i32 as words, views } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { MAX_PROCESSORS } from '../../../mem/param.ts';
import { compareExchange, load } from '../../../atomics-sync/atomics.ts';
import { COUNTER_SIZE, MAX_TAGS, POOL_ROOT, countersOf, poolRoot, tagTable }
  from './pool-layout.ts';
import { fillBytes } from '../../../mem/memory.ts';
import type { Views } from '../../../mem/memory.ts';

const i32 = words;
const table = tagTable;
const mine = countersOf(boot.processor);

/** The tag as C's multi-character constant spells it: 'sftN' in C is poolTag('Ntfs'). */
export function poolTag(name: string): number {
  if (!/^[\x20-\x7e]{1,4}$/.test(name)) {
    throw new RangeError(`a pool tag is one to four ASCII characters, not ${JSON.stringify(name)}`);
  }
  let tag = 0;
  for (let i = 0; i < name.length; i++) tag |= name.charCodeAt(i) << (8 * i);
  return tag;
}

/** A tag as debuggers print it: its bytes in memory order. */
export function poolTagName(tag: number): string {
  let name = '';
  for (let shift = 0; shift < 32; shift += 8) {
    const byte = (tag >>> shift) & 0xff;
    if (byte === 0 && tag >>> shift === 0) break;
    name += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  }
  return name;
}

/** Forgets all tags and counts. */
export function initializeTags(): void {
  const root = poolRoot as Parameters<typeof POOL_ROOT.bound.set_TagTable>[0];
  fillBytes(table, 0, MAX_TAGS * 4);
  fillBytes(countersOf(0), 0, countersOf(MAX_PROCESSORS) - countersOf(0));
  POOL_ROOT.bound.set_TagTable(root, table);
  POOL_ROOT.bound.set_Counters(root, countersOf(0));
}

/** Where a tag is looked for first. */
export function firstSlot(tag: number): number {
  return Math.imul(tag, 0x9e3779b1) >>> 23;
}

/** Finds or claims the slot of a tag that does not lie in its first place. */
export function slotOf(tag: number): number {
  let slot = firstSlot(tag);
  for (let tries = 0; tries < MAX_TAGS; tries++) {
    const at = table + slot * 4;
    const held = load(at);
    // Pairs with the claim by another processor: whoever comes second finds the tag there.
    if (held === tag || (held === 0 && compareExchange(at, 0, tag) === 0)) return slot;
    if (load(at) === tag) return slot;
    slot = (slot + 1) % MAX_TAGS;
  }
  return MAX_TAGS;
}

/** The word index of this processor's counters for a tag: allocations, frees, bytes; per pool. */
export function countersFor(tag: number): number {
  const slot = firstSlot(tag);
  const known = i32[(table >> 2) + slot] === tag ? slot : slotOf(tag);
  return (mine + known * COUNTER_SIZE) >> 2;
}

/** What one tag holds in one pool. */
export interface PoolUse {
  readonly tag: string;
  readonly paged: boolean;
  readonly allocations: number;
  readonly frees: number;
  readonly blocks: number;
  readonly bytes: number;
}

/**
 * Counts per tag and pool, in table order. The host gives the views of the machine it looks into.
 * Exact when no processor allocates meanwhile.
 */
export function poolCounts(over: Views = views): PoolUse[] {
  const root = POOL_ROOT.bind(over);
  const at = poolRoot as Parameters<typeof root.TagTable>[0];
  const tags = root.TagTable(at);
  const counters = root.Counters(at);
  if (tags === 0) return [];
  const found: PoolUse[] = [];
  for (let slot = 0; slot <= MAX_TAGS; slot++) {
    const tag = slot === MAX_TAGS ? 0 : over.i32[(tags >> 2) + slot]!;
    if (slot < MAX_TAGS && tag === 0) continue;
    for (const kind of [0, 1]) {
      const use = sum(over, counters, slot, kind);
      const [allocations, frees, bytes] = use;
      if (allocations === 0 && frees === 0) continue;
      const blocks = (allocations - frees) | 0;
      found.push({ tag: slot === MAX_TAGS ? '(other)' : poolTagName(tag), paged: kind === 1,
        allocations: allocations >>> 0, frees: frees >>> 0, blocks, bytes });
    }
  }
  return found;
}

function sum(over: Views, start: number, slot: number, kind: number): [number, number, number] {
  let allocations = 0;
  let frees = 0;
  let bytes = 0;
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    const at = (countersOf(n, start) + slot * COUNTER_SIZE + kind * 16) >> 2;
    allocations = (allocations + over.i32[at]!) | 0;
    frees = (frees + over.i32[at + 1]!) | 0;
    bytes = (bytes + over.i32[at + 2]!) | 0;
  }
  return [allocations, frees, bytes];
}

/** The tags that hold pool now: empty when nothing leaked. */
export function poolUsage(over: Views = views): PoolUse[] {
  return poolCounts(over).filter((use) => use.blocks !== 0 || use.bytes !== 0);
}
