import { FREE_LIST, FREE_LIST_BLOCKS_MAX, countFree } from '#src/atomics-sync/index.ts';
import { initFreeList, load, popFree, pushFree, store, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { NONPAGED } from '#src/mem/memory-map.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const list = words(FREE_LIST.size / 4);
const first = NONPAGED.start;

describe('a free list', () => {
  it('gives out each block once, the last one given back first', () => {
    const shape = fc.record({
      blocks: fc.integer({ min: 1, max: 9 }),
      size: fc.constantFrom(4, 12, 64),
      steps: fc.array(fc.nat({ max: 9 }), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(shape, ({ blocks, size, steps }) => {
        initFreeList(list, first, blocks, size);
        const free = Array.from({ length: blocks }, (_, i) => first + i * size).toReversed();
        const held: number[] = [];
        for (const step of steps) {
          if (step < 5) {
            const block = popFree(list);
            expect(block).toBe(free.pop() ?? 0);
            if (block !== 0) {
              i32[block >> 2] = -1;
              held.push(block);
            }
          } else {
            const block = held.splice(step % (held.length || 1), 1)[0];
            if (block === undefined) continue;
            pushFree(list, block);
            free.push(block);
          }
          expect(countFree(list)).toBe(free.length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('counts its tag up until it wraps, and goes on', () => {
    initFreeList(list, first, FREE_LIST_BLOCKS_MAX, 8);
    const tags = new Set<number>();
    for (let i = 0; i < 1 << 18; i++) {
      tags.add(load(list));
      pushFree(list, popFree(list));
    }
    expect(tags.size).toBe(1 << 18);
    expect(tags.has(load(list))).toBe(true);
    expect(countFree(list)).toBe(FREE_LIST_BLOCKS_MAX);
  });

  it('is not deceived by a block that was taken and given back meanwhile', () => {
    initFreeList(list, first, 3, 16);
    // What a pop has seen when it is stopped between its look and its exchange.
    const seen = load(list);
    const [a, b] = [popFree(list), popFree(list)];
    pushFree(list, a);
    expect(load(list)).not.toBe(seen);
    expect([popFree(list), popFree(list), popFree(list)]).toEqual([a, first + 32, 0]);
    expect(b).toBe(first + 16);
  });

  it('refuses what is not one of its blocks, and sizes that make no sense', () => {
    initFreeList(list, first, 3, 16);
    for (const wrong of [first + 8, first - 16, first + 48, 0]) {
      expect(() => pushFree(list, wrong)).toThrow(/is not a block of the free list/);
    }
    expect(() => initFreeList(list, first, 0, 16)).toThrow(RangeError);
    expect(() => initFreeList(list, first, FREE_LIST_BLOCKS_MAX + 1, 16)).toThrow(RangeError);
    expect(() => initFreeList(list, first, 3, 6)).toThrow(RangeError);
    expect(() => initFreeList(list, 0x7fff0000, 3, 16)).toThrow(RangeError);
  });

  it('that a block was given back to twice is seen when it is counted', () => {
    initFreeList(list, first, 3, 16);
    const block = popFree(list);
    pushFree(list, block);
    pushFree(list, block);
    expect(() => countFree(list)).toThrow(/circle/);
  });

  it.each([
    { threads: 2, blocks: 4, seeds: 6, rounds: 60_000 },
    { threads: 3, blocks: 3, seeds: 4, rounds: 40_000 },
    { threads: 3, blocks: 1, seeds: 2, rounds: 40_000 },
  ])('gives no block to two of $threads threads at once', async (shape) => {
    const { threads, blocks, seeds, rounds } = shape;
    for (let seed = 1; seed <= seeds; seed++) {
      initFreeList(list, first, blocks, 64);
      for (let i = 0; i < blocks; i++) store(first + 64 * i + 4, 0);
      const args = { lock: list, data: 0, rounds, seed };
      const module = '#test/atomics-sync/threads/shared-data.ts';
      type Got = { twice: number; taken: number };
      const got = await spawnThreads<Got>({ module, routine: 'takeAndGive', threads, args });
      expect(got.map((g) => g.twice), `seed ${seed}`).toEqual(got.map(() => 0));
      expect(countFree(list), `seed ${seed}`).toBe(blocks);
    }
  });
});
