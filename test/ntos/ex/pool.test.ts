// Pool: what it promises to a driver (alignment, contents, NULL) and that nothing is lost
// (KRN-46 to KRN-48).
import { beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { fillBytes, i32, u8 } from '#src/mem/memory.ts';
import { NONPAGED, PAGED, SYSTEM_BLOCK_END, SYSTEM_BLOCK_START, isPaged }
  from '#src/mem/memory-map.ts';
import { RaisedStatus } from '#src/ntos/ke/exception.ts';
import { ExAllocatePool, ExAllocatePool2, ExAllocatePoolWithQuotaTag, ExAllocatePoolWithTag,
  ExAllocatePoolZero, ExFreePool, ExFreePoolWithTag, initializePool }
  from '#src/ntos/ex/pool/pool.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool-block.ts';
import { flushMagazines, reclaimMagazines } from '#src/ntos/ex/pool/pool-magazines.ts';
import { freePages } from '#src/ntos/ex/pool/pool-pages.ts';
import { poolTag, poolTagName, poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { NonPagedPool, NonPagedPoolCacheAligned, NonPagedPoolNx, PagedPool, POOL_FLAG_NON_PAGED,
  POOL_FLAG_PAGED, POOL_FLAG_RAISE_ON_FAILURE, POOL_RAISE_IF_ALLOCATION_FAILURE }
  from '#src/ntos/ex/types.ts';

const TAG = poolTag('Test');
const OTHER = poolTag('Othr');

interface Live {
  readonly block: number;
  readonly bytes: number;
  readonly mark: number;
}

function release(one: Live | undefined): void {
  if (one === undefined) return;
  const held = u8.subarray(one.block, one.block + one.bytes);
  expect(held.every((byte) => byte === one.mark)).toBe(true);
  ExFreePoolWithTag(one.block, TAG);
}

beforeEach(() => initializePool());

test('a boot forgets what the one before it left in the descriptors', () => {
  const pages = (count: number): number => ExAllocatePoolWithTag(NonPagedPool, count * 4096, TAG);
  // The first boot leaves a free run of twenty pages between two allocated ones.
  const first = pages(20);
  pages(20);
  ExFreePoolWithTag(first, TAG);
  // As boot does it: the roots are zeroed before the pool is made.
  fillBytes(SYSTEM_BLOCK_START, 0, SYSTEM_BLOCK_END - SYSTEM_BLOCK_START);
  initializePool();
  expect(pages(20)).toBe(first);
  const second = pages(20);
  pages(20);
  ExFreePoolWithTag(second, TAG);
  ExFreePoolWithTag(first, TAG);
  expect(pages(40)).toBe(first);
});

describe('a block', () => {
  test('is 8-byte aligned, and page aligned from a page on', () => {
    for (const bytes of [1, 8, 24, 25, 100, 4000, 4088, 4089, 4095]) {
      expect(ExAllocatePoolWithTag(NonPagedPool, bytes, TAG) % 8).toBe(0);
    }
    for (const bytes of [4096, 5000, 65536, 1 << 20]) {
      expect(ExAllocatePoolWithTag(NonPagedPool, bytes, TAG) % 4096).toBe(0);
    }
  });

  test('smaller than a page never crosses a page boundary', () => {
    for (let bytes = 1; bytes < 4096; bytes += 7) {
      const block = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      expect(Math.floor(block / 4096)).toBe(Math.floor((block + bytes - 1) / 4096));
    }
  });

  test('KRN-46: comes from the pool that was asked for', () => {
    expect(isPaged(ExAllocatePoolWithTag(NonPagedPoolNx, 10, TAG))).toBe(false);
    expect(isPaged(ExAllocatePoolWithTag(PagedPool, 10, TAG))).toBe(true);
    expect(isPaged(ExAllocatePool2(POOL_FLAG_PAGED, 10000, TAG))).toBe(true);
    expect(ExAllocatePoolWithTag(NonPagedPool, 1, TAG)).toBeGreaterThan(NONPAGED.start);
  });

  test('of a cache-aligned pool starts a cache line and is freed by its own address', () => {
    for (const bytes of [1, 100, 3000, 4032, 4090, 10000]) {
      const block = ExAllocatePoolWithTag(NonPagedPoolCacheAligned, bytes, TAG);
      expect(block % 64).toBe(0);
      u8.fill(7, block, block + bytes);
      ExFreePoolWithTag(block, TAG);
    }
    expect(poolUsage()).toEqual([]);
  });

  test('KRN-47: of ExAllocatePool2 and ExAllocatePoolZero is zeroed, whatever lay there', () => {
    for (const bytes of [1, 13, 100, 129, 3000, 5000]) {
      const dirty = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      u8.fill(0xff, dirty, dirty + bytes);
      ExFreePool(dirty);
      const block = ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG);
      expect(u8.subarray(block, block + bytes).every((byte) => byte === 0)).toBe(true);
      u8.fill(0xff, block, block + bytes);
      ExFreePool(block);
      const zero = ExAllocatePoolZero(NonPagedPool, bytes, TAG);
      expect(u8.subarray(zero, zero + bytes).every((byte) => byte === 0)).toBe(true);
      ExFreePool(zero);
    }
  });

  test('KRN-48: is nobody else\'s: any mix of sizes and frees keeps every content', () => {
    const sizes = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 600 }) },
      { weight: 2, arbitrary: fc.integer({ min: 600, max: 9000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 9000, max: 400000 }) },
    );
    const step = fc.record({ bytes: sizes, paged: fc.boolean(), free: fc.nat() });
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      initializePool();
      const live: Live[] = [];
      steps.forEach(({ bytes, paged, free }, n) => {
        const block = ExAllocatePoolWithTag(paged ? PagedPool : NonPagedPool, bytes, TAG);
        u8.fill(n & 255, block, block + bytes);
        live.push({ block, bytes, mark: n & 255 });
        if (free % 3 === 0) release(live.splice(free % live.length, 1)[0]);
      });
      for (const one of live) release(one);
      return poolUsage().length === 0;
    }), { numRuns: 60 });
  });

});

describe('a full pool', () => {
  test('KRN-47: answers NULL, raises when asked to, and serves again after a free', () => {
    const all: number[] = [];
    for (;;) {
      const block = ExAllocatePoolWithTag(PagedPool, 1 << 20, TAG);
      if (block === 0) break;
      all.push(block);
    }
    expect(all.length).toBeGreaterThan(4);
    expect(ExAllocatePool2(POOL_FLAG_PAGED, 1 << 20, TAG)).toBe(0);
    expect(() => ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 1 << 20, TAG))
      .toThrow(RaisedStatus);
    expect(() => ExAllocatePoolWithTag(PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE, 1 << 20, TAG))
      .toThrow(/INSUFFICIENT_RESOURCES/);
    expect(() => ExAllocatePoolWithQuotaTag(PagedPool, 1 << 20, TAG)).toThrow(RaisedStatus);
    ExFreePool(all.pop()!);
    expect(ExAllocatePoolWithTag(PagedPool, 1 << 20, TAG)).not.toBe(0);
  });

  test('gives pages of freed small blocks to large ones, and every page back in the end', () => {
    const before = freePages(1);
    const all: number[] = [];
    for (;;) {
      const block = ExAllocatePoolWithTag(PagedPool, 2000, TAG);
      if (block === 0) break;
      all.push(block);
    }
    expect(freePages(1)).toBe(0);
    for (const block of all) ExFreePool(block);
    const large = ExAllocatePoolWithTag(PagedPool, (PAGED.end - PAGED.start) / 2, TAG);
    expect(large).not.toBe(0);
    ExFreePool(large);
    expect(freePages(1)).toBe(before);
    expect(poolUsage()).toEqual([]);
  });

  test('is what a request larger than the pool meets at once', () => {
    expect(ExAllocatePoolWithTag(NonPagedPool, 0x7fffffff, TAG)).toBe(0);
    expect(ExAllocatePoolWithTag(NonPagedPool, -1, TAG)).toBe(0);
  });
});

describe('the counts per tag', () => {
  test('name who holds what, until it is freed', () => {
    const a = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    const b = ExAllocatePoolWithTag(NonPagedPool, 8192, TAG);
    const c = ExAllocatePoolWithTag(PagedPool, 50, OTHER);
    const d = ExAllocatePool(NonPagedPool, 1);
    const held = poolUsage().map((use) => [use.tag, use.paged, use.blocks, use.bytes]);
    expect(held.toSorted())
      .toEqual([['None', false, 1, 1], ['Othr', true, 1, 50], ['Test', false, 2, 8292]]);
    for (const block of [a, b, c, d]) ExFreePool(block);
    expect(poolUsage()).toEqual([]);
  });

  test('go on under one name when there are more tags than places', () => {
    const blocks = Array.from({ length: 700 }, (_, n) =>
      ExAllocatePoolWithTag(NonPagedPool, 40, 0x41414141 + n));
    const held = poolUsage().reduce((sum, use) => sum + use.blocks, 0);
    expect(held).toBe(700);
    expect(poolUsage().find((use) => use.tag === '(other)')?.blocks).toBeGreaterThan(100);
    for (const block of blocks) ExFreePool(block);
    expect(poolUsage()).toEqual([]);
  });

  test('spell a tag in memory order, as C\'s multi-character constants do', () => {
    expect(poolTag('Ntfs')).toBe(0x7366744e);
    expect(poolTagName(poolTag('Ab1 '))).toBe('Ab1 ');
    expect(() => poolTag('too long')).toThrow(/one to four/);
  });
});

describe('fault injection and the end of a thread', () => {
  test('the gate of this thread refuses an allocation as if memory were short', () => {
    const asked: [number, number, number][] = [];
    setAllocationGate((kind, bytes, tag) => asked.push([kind, bytes, tag]) !== 1);
    try {
      expect(ExAllocatePoolWithTag(PagedPool, 70, TAG)).toBe(0);
      expect(ExAllocatePoolWithTag(NonPagedPool, 9000, OTHER)).not.toBe(0);
    } finally {
      setAllocationGate(null);
    }
    expect(asked).toEqual([[1, 70, TAG], [0, 9000, OTHER]]);
  });

  test('flushed magazines leave every block to others', () => {
    const blocks = Array.from({ length: 100 }, () => ExAllocatePoolWithTag(NonPagedPool, 100, TAG));
    for (const block of blocks) ExFreePool(block);
    flushMagazines();
    const again = Array.from({ length: 100 }, () => ExAllocatePoolWithTag(NonPagedPool, 100, TAG));
    expect(new Set([...blocks, ...again]).size).toBeLessThan(160);
    expect(reclaimMagazines(0)).toBeGreaterThanOrEqual(0);
  });

  test('the magazines of a dead processor are walked as far as they are sound', () => {
    const blocks = Array.from({ length: 20 }, () => ExAllocatePoolWithTag(NonPagedPool, 200, TAG));
    for (const block of blocks) ExFreePool(block);
    i32[(blocks[4]! - 4) >> 2] = 0;
    const reclaimed = reclaimMagazines(0);
    expect(reclaimed).toBe(15);
    const again = Array.from({ length: 15 }, () => ExAllocatePoolWithTag(NonPagedPool, 200, TAG));
    expect(again.every((block) => blocks.indexOf(block) > 4)).toBe(true);
  });
});
