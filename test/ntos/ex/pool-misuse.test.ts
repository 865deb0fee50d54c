// Pool says what a caller did wrong, with Windows' codes and subcodes (KRN-47, KRN-48).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { PAGED } from '#src/mem/memory-map.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '#src/ntos/ke/irql.ts';
import { ExAllocatePool2, ExAllocatePoolWithTag, ExFreePool, ExFreePoolWithTag, initializePool,
  poolTag } from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool, POOL_FLAG_NON_PAGED, POOL_FLAG_PAGED,
  POOL_FLAG_RAISE_ON_FAILURE, POOL_FLAG_SESSION, POOL_FLAG_UNINITIALIZED }
  from '#src/ntos/ex/types.ts';
import { atIrql, bugCheckAt, bugCheckOf } from './support.ts';

const TAG = poolTag('Test');
const OTHER = poolTag('Othr');

beforeEach(() => initializePool());

describe('a broken rule is a bug check', () => {
  test('KRN-48: freeing twice, small and large: 0xC2/0x07', () => {
    for (const bytes of [100, 4096, 20000]) {
      const block = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      ExFreePool(block);
      expect(bugCheckOf(() => ExFreePool(block))).toEqual([0xc2, 0x07]);
    }
  });

  test('KRN-48: freeing with another tag: 0xC2/0x0A', () => {
    for (const bytes of [100, 4096]) {
      const block = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      expect(bugCheckOf(() => ExFreePoolWithTag(block, OTHER))).toEqual([0xc2, 0x0a]);
      ExFreePoolWithTag(block, 0);
    }
  });

  test('freeing what was never allocated: 0xC2/0x4x by where it lies', () => {
    const block = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    const large = ExAllocatePoolWithTag(NonPagedPool, 20000, TAG);
    const paged = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    expect(bugCheckOf(() => ExFreePool(block + 16))).toEqual([0xc2, 0x44]);
    expect(bugCheckOf(() => ExFreePool(block + 3))).toEqual([0xc2, 0x44]);
    expect(bugCheckOf(() => ExFreePool(large + 4096))).toEqual([0xc2, 0x44]);
    expect(bugCheckOf(() => ExFreePool(paged + 8))).toEqual([0xc2, 0x50]);
    expect(bugCheckOf(() => ExFreePool(0))).toEqual([0xc2, 0x40]);
    expect(bugCheckOf(() => ExFreePool(PAGED.end + 64))).toEqual([0xc2, 0x42]);
  });

  test('overrunning a block into the next header: 0x19 when the next one is freed', () => {
    const blocks = [1, 2].map(() => ExAllocatePoolWithTag(NonPagedPool, 100, TAG)).toSorted();
    const [first, second] = blocks as [number, number];
    u8.fill(0x41, first, second);
    expect(bugCheckOf(() => ExFreePool(second))).toEqual([0x19, 0x20]);
  });

  test('writing to a freed block\'s header: 0x19 at the next allocation of it', () => {
    const block = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    ExFreePool(block);
    i32[(block - 4) >> 2] = 0x41414141;
    expect(bugCheckOf(() => ExAllocatePoolWithTag(NonPagedPool, 100, TAG))).toEqual([0x19, 0x03]);
  });

  test('KRN-48: the wrong level: 0xC2/0x08 and 0x09; nonpaged to DISPATCH, paged to APC', () => {
    const paged = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    const nonpaged = atIrql(DISPATCH_LEVEL, () => ExAllocatePoolWithTag(NonPagedPool, 100, TAG));
    atIrql(APC_LEVEL, () => ExFreePool(ExAllocatePoolWithTag(PagedPool, 5000, TAG)));
    expect(bugCheckAt(2, () => ExAllocatePoolWithTag(PagedPool, 1, TAG))).toEqual([0xc2, 0x08]);
    expect(bugCheckAt(2, () => ExAllocatePool2(POOL_FLAG_PAGED, 9000, TAG))).toEqual([0xc2, 0x08]);
    expect(bugCheckAt(3, () => ExAllocatePoolWithTag(NonPagedPool, 1, TAG))).toEqual([0xc2, 0x08]);
    expect(bugCheckAt(2, () => ExFreePool(paged))).toEqual([0xc2, 0x09]);
    expect(bugCheckAt(3, () => ExFreePool(nonpaged))).toEqual([0xc2, 0x09]);
    atIrql(DISPATCH_LEVEL, () => ExFreePool(nonpaged));
  });

  test('KRN-47, KRN-48: no bytes: 0xC2/0x00; no tag: 0xC2/0x9B, but NULL from ' +
    'ExAllocatePool2', () => {
    expect(bugCheckOf(() => ExAllocatePoolWithTag(NonPagedPool, 0, TAG))).toEqual([0xc2, 0]);
    expect(bugCheckOf(() => ExAllocatePoolWithTag(NonPagedPool, 8, 0))).toEqual([0xc2, 0x9b]);
    expect(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 0)).toBe(0);
  });

  test('KRN-47: flags naming no pool, two or none we have: NULL or a raised status', () => {
    const bad = [0, POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, POOL_FLAG_PAGED | POOL_FLAG_SESSION,
      POOL_FLAG_NON_PAGED | 0x1000, POOL_FLAG_UNINITIALIZED];
    for (const flags of bad) {
      expect(ExAllocatePool2(flags, 8, TAG)).toBe(0);
      expect(() => ExAllocatePool2(flags | POOL_FLAG_RAISE_ON_FAILURE, 8, TAG))
        .toThrow(/INVALID_PARAMETER/);
    }
    expect(ExAllocatePool2(POOL_FLAG_NON_PAGED + 2 ** 33, 8, TAG)).not.toBe(0);
  });
});
