import { BARRIER, PARK, RING, RING_EMPTY, initBarrier, initRing } from '#src/atomics-sync/index.ts';
import { load, pop, push, ringBytes, ringCount, ringDoorbell } from '#src/atomics-sync/index.ts';
import { ringSpaceBell, store, tryPop, tryPopQuiet, tryPush } from '#src/atomics-sync/index.ts';
import { tryPushQuiet, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { NONPAGED } from '#src/mem/memory-map.ts';
import { spawnThreads, startThreads, until } from '#test/support/spawn-threads.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/rings.ts';
const ring = NONPAGED.start;
const { at_tail, at_head, at_words_sleepers, at_spaces_sleepers } = RING.bound;
const pring = ring as Parameters<typeof at_tail>[0];

function cellOf(position: number, cells: number): number {
  return ring + RING.size + 8 * (position & (cells - 1));
}

describe('a ring', () => {
  it('is a queue of at most its size', () => {
    const shape = fc.record({
      cells: fc.constantFrom(2, 4, 8),
      start: fc.constantFrom(0, 0x7ffffffc, -4),
      steps: fc.array(fc.oneof(fc.constant('pop' as const), fc.integer()), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(shape, ({ cells, start, steps }) => {
        initRing(ring, cells);
        // A ring that has been in use for long: positions near the end of their range.
        for (let i = 0; i < cells; i++) store(cellOf(start + i, cells), (start + i) | 0);
        store(at_tail(pring), start);
        store(at_head(pring), start);
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'pop') expect(tryPop(ring)).toBe(model.shift() ?? RING_EMPTY);
          else if (step === RING_EMPTY) expect(() => tryPush(ring, step)).toThrow(RangeError);
          else {
            expect(tryPush(ring, step)).toBe(model.length < cells);
            if (model.length < cells) model.push(step);
          }
          expect(ringCount(ring)).toBe(model.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses sizes and places that make no sense', () => {
    expect(() => ringBytes(1)).toThrow(RangeError);
    expect(() => ringBytes(12)).toThrow(RangeError);
    expect(() => initRing(ring + 8, 4)).toThrow(/cache line/);
  });

  it('keeps producers, consumers and sleepers on cache lines apart', () => {
    const { tail, head, words: bell, spaces } = RING.offsets;
    const lines = [0, tail, head, bell, spaces].map((offset) => (offset ?? 0) / 64);
    expect(lines).toEqual([0, 1, 2, 3, 4]);
    expect(RING.size).toBe(320);
  });

  it('gives up in time, to pop from nothing and to push into fullness', () => {
    initRing(ring, 2);
    expect(pop(ring, 10)).toBe(RING_EMPTY);
    expect(pop(ring, 0)).toBe(RING_EMPTY);
    expect([push(ring, 1), push(ring, 2), push(ring, 3, 10), push(ring, 3, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([pop(ring), pop(ring)]).toEqual([1, 2]);
    expect(load(at_words_sleepers(pring))).toBe(0);
    expect(load(at_spaces_sleepers(pring))).toBe(0);
  });

  it('wakes nobody for quiet pushes until the doorbell rings', async () => {
    initRing(ring, 8);
    const args = { ring, strategy: 'park' };
    const run = startThreads<number>({ module, routine: 'popOne', threads: 2, args });
    await until('both sleep', () => load(at_words_sleepers(pring)) === 2);
    // Claimed and stored, but not rung for: no sleeper may be relied on to notice.
    expect(tryPushQuiet(ring, 7)).toBe(true);
    expect(tryPushQuiet(ring, 8)).toBe(true);
    ringDoorbell(ring, 2);
    expect((await run.results).toSorted()).toEqual([7, 8]);
  });
});

describe('many producers and consumers of a ring', () => {
  const seeds = 6;
  const shapes = [
    { producers: 1, consumers: 1, cells: 2, strategy: 'park', batch: 0, count: 2000 },
    { producers: 1, consumers: 1, cells: 64, strategy: 'spin-then-park', batch: 8, count: 20_000 },
    { producers: 2, consumers: 1, cells: 4, strategy: 'park', batch: 3, count: 3000 },
    { producers: 1, consumers: 2, cells: 4, strategy: 'park', batch: 3, count: 3000 },
    { producers: 2, consumers: 1, cells: 16, strategy: 'spin-then-park', batch: 4, count: 9000 },
    { producers: 1, consumers: 2, cells: 2, strategy: 'spin-then-park', batch: 0, count: 2000 },
    { producers: 2, consumers: 2, cells: 4, strategy: 'park', batch: 2, count: 2000 },
  ];

  it.each(shapes)(
    '($producers to $consumers, $cells cells, $strategy): each word once, in order',
    async ({ producers, consumers, cells, strategy, batch, count }) => {
      const barrier = words(BARRIER.size / 4);
      const done = words(seeds + 1);
      const threads = producers + consumers;
      initRing(ring, cells);
      initBarrier(barrier, threads);
      const args = { ring, barrier, done, producers, words: count, seeds, strategy, batch };
      const job = { module, routine: 'produceAndConsume', threads, args };
      const got = (await spawnThreads<number[][]>(job)).slice(producers);
      const sent = Array.from({ length: producers }, (_, p) =>
        Array.from({ length: count }, (_unused, i) => (p << 20) | i),
      ).flat();
      for (let seed = 1; seed <= seeds; seed++) {
        const lists = got.map((popped) => popped[seed - 1] ?? []);
        const all = lists.flat().toSorted((x, y) => x - y);
        expect(all, `seed ${seed}`).toEqual(sent);
        for (const popped of lists) expect(inOrder(popped), `seed ${seed}`).toBe(true);
      }
      expect(ringCount(ring)).toBe(0);
    },
  );
});

/** Whether what one consumer got from each producer came in the order it was pushed. */
function inOrder(popped: readonly number[]): boolean {
  const lastOf = [-1, -1];
  return popped.every((word) => {
    const isLater = (word & 0xfffff) > (lastOf[word >> 20] ?? 0);
    lastOf[word >> 20] = word & 0xfffff;
    return isLater;
  });
}

describe('a ring whose next position is claimed but not stored yet', () => {
  it('wakes every consumer that there is a word for when it is stored at last', async () => {
    for (let round = 0; round < 4; round++) {
      initRing(ring, 8);
      const args = { ring, strategy: 'park' };
      const run = startThreads<number>({ module, routine: 'popOne', threads: 2, args });
      await until('both sleep', () => load(at_words_sleepers(pring)) === 2);
      // A producer claims position 0 and is stopped; another pushes two words behind it.
      store(at_tail(pring), 1);
      tryPush(ring, 11);
      tryPush(ring, 12);
      await until('both sleep again', () => load(at_words_sleepers(pring)) === 2);
      expect(tryPop(ring)).toBe(RING_EMPTY);
      // It goes on, and rings for its own word.
      i32[(cellOf(0, 8) + 4) >> 2] = 10;
      store(cellOf(0, 8), 1);
      ringDoorbell(ring, 1);
      expect((await run.results).toSorted()).toEqual([10, 11]);
      expect(pop(ring, 0, PARK)).toBe(12);
    }
  });

  it('wakes every producer that there is space for when a pop ends at last', async () => {
    for (let round = 0; round < 4; round++) {
      initRing(ring, 2);
      tryPush(ring, 1);
      tryPush(ring, 2);
      const args = { ring, strategy: 'park' };
      const run = startThreads<boolean>({ module, routine: 'pushOne', threads: 2, args });
      await until('both sleep', () => load(at_spaces_sleepers(pring)) === 2);
      // A consumer claims position 0 and is stopped; another pops position 1.
      store(at_head(pring), 1);
      expect(tryPop(ring)).toBe(2);
      await until('both sleep again', () => load(at_spaces_sleepers(pring)) === 2);
      store(cellOf(0, 2), 2);
      ringSpaceBell(ring, 1);
      expect(await run.results).toEqual([true, true]);
      expect([tryPopQuiet(ring), tryPopQuiet(ring)].toSorted()).toEqual([1000, 1001]);
    }
  });
});
