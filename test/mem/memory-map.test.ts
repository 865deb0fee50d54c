// The drawing of the memory: no byte belongs to two regions, whatever the size, and the questions
// the kernel asks of an address are answered by it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boot } from '#src/mem/boot-options.ts';
import { FRAMES, MmUserProbeAddress, NONPAGED, PAGED, SYSTEM_BLOCK_END, SYSTEM_BLOCK_START, USER,
  assertMemoryMap, imageSlot, isPaged, isUser, memoryMap, processorBlock, regions, stackOf }
  from '#src/mem/memory-map.ts';
import { memorySize } from '#src/mem/memory.ts';
import { DEFAULT_MEMORY, MAX_IMAGES, MAX_MEMORY, MAX_PROCESSORS, MIN_MEMORY, STACK_SIZE }
  from '#src/mem/param.ts';
import type { Region } from '#src/mem/memory-map.ts';

const WASM_PAGE = 65536;

function region(name: string, start: number, end: number): Region {
  return { name, start, end, holds: '' };
}

describe('the memory map', () => {
  test('covers every size a machine may have without gap or overlap', () => {
    const pages = fc.integer({ min: MIN_MEMORY / WASM_PAGE, max: MAX_MEMORY / WASM_PAGE });
    fc.assert(
      fc.property(pages, (n) => {
        const size = n * WASM_PAGE;
        assertMemoryMap(memoryMap(size), size);
        return memoryMap(size).every((r) => r.end > r.start && r.holds !== '');
      }),
    );
  });

  test.each([MIN_MEMORY, DEFAULT_MEMORY, MAX_MEMORY])('leaves room for both pools at %i', (n) => {
    const found = memoryMap(n).filter((r) => r.name === 'paged' || r.name === 'nonpaged');
    expect(found).toHaveLength(2);
    for (const r of found) expect(r.end - r.start).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  });

  test('is refused when regions overlap, leave a gap, are empty or are not page aligned', () => {
    const size = 3 * 4096;
    const bad = [
      [region('a', 0, 8192), region('b', 4096, size)],
      [region('a', 0, 4096), region('b', 8192, size)],
      [region('a', 0, 0), region('b', 0, size)],
      [region('a', 0, 100), region('b', 100, size)],
      [region('a', 4096, size)],
    ];
    for (const map of bad) expect(() => assertMemoryMap(map, size)).toThrow(/region/);
    expect(() => assertMemoryMap([region('a', 0, 4096)], size)).toThrow(/ends at 4096/);
  });
});

describe('addresses', () => {
  test('page zero belongs to nobody', () => {
    const first = regions[0];
    expect(first).toMatchObject({ name: 'null', start: 0, end: 65536 });
    for (const at of [0, 4, 4095, 65535]) {
      expect(isUser(at)).toBe(false);
      expect(isPaged(at)).toBe(false);
    }
  });

  test('user addresses lie below the probe address and kernel addresses at or above it', () => {
    expect(isUser(USER.start)).toBe(true);
    expect(isUser(MmUserProbeAddress - 1)).toBe(true);
    expect(isUser(MmUserProbeAddress)).toBe(false);
    for (const r of [NONPAGED, PAGED, FRAMES]) expect(r.start).toBeGreaterThan(MmUserProbeAddress);
    expect(imageSlot(0).start).toBe(MmUserProbeAddress);
  });

  test('only the paged pool is paged', () => {
    expect(isPaged(PAGED.start)).toBe(true);
    expect(isPaged(PAGED.end - 1)).toBe(true);
    expect(isPaged(PAGED.start - 1)).toBe(false);
    expect(isPaged(PAGED.end)).toBe(false);
    expect(isPaged(stackOf(0))).toBe(false);
  });

  test('no two processors share a block or a stack, and none reaches the system block', () => {
    const ranges: [number, number][] = [[SYSTEM_BLOCK_START, SYSTEM_BLOCK_END]];
    const blockSize = processorBlock(1) - processorBlock(0);
    for (let n = 0; n < MAX_PROCESSORS; n++) {
      ranges.push([processorBlock(n), processorBlock(n) + blockSize]);
      ranges.push([stackOf(n), stackOf(n) + STACK_SIZE]);
    }
    ranges.sort((a, b) => a[0] - b[0]);
    for (let i = 1; i < ranges.length; i++) {
      expect(ranges[i]?.[0]).toBeGreaterThanOrEqual(ranges[i - 1]?.[1] ?? NaN);
    }
    expect(ranges.at(-1)?.[1]).toBeLessThanOrEqual(NONPAGED.start);
  });

  test('image slots lie side by side in their region', () => {
    for (let n = 1; n < MAX_IMAGES; n++) expect(imageSlot(n).start).toBe(imageSlot(n - 1).end);
    expect(imageSlot(MAX_IMAGES - 1).end).toBe(SYSTEM_BLOCK_START);
  });

  test('the last region ends where the memory ends', () => {
    expect(FRAMES.end).toBe(memorySize);
    expect(memorySize).toBe(boot.memory.buffer.byteLength);
  });
});
