import { BARRIER, PARK, SEMAPHORE, SPIN, acquireSemaphore } from '#src/atomics-sync/index.ts';
import { initBarrier, initSemaphore, load, releaseSemaphore } from '#src/atomics-sync/index.ts';
import { semaphoreCount, tryAcquireSemaphore, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/waits.ts';

function semaphore(count: number, limit?: number): number {
  const at = words(SEMAPHORE.size / 4);
  initSemaphore(at, count, limit);
  return at;
}

describe('a semaphore', () => {
  it('counts: what was given less what was taken, between nothing and its limit', () => {
    const at = words(SEMAPHORE.size / 4);
    const shape = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      steps: fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(shape, ({ limit, steps }) => {
        let model = limit >> 1;
        initSemaphore(at, model, limit);
        for (const units of steps) {
          if (units <= 0) {
            const got = units === 0 ? tryAcquireSemaphore(at) : acquireSemaphore(at, 0);
            expect(got).toBe(model > 0);
            if (model > 0) model--;
          } else if (model + units > limit) {
            expect(() => releaseSemaphore(at, units)).toThrow(/pass its limit/);
          } else {
            expect(releaseSemaphore(at, units)).toBe(model);
            model += units;
          }
          expect(semaphoreCount(at)).toBe(model);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses counts and releases that make no sense', () => {
    const at = semaphore(0);
    expect(() => initSemaphore(at, -1)).toThrow(RangeError);
    expect(() => initSemaphore(at, 3, 2)).toThrow(RangeError);
    expect(() => initSemaphore(at, 0.5)).toThrow(RangeError);
    expect(() => releaseSemaphore(at, 0)).toThrow(RangeError);
  });

  it.each([PARK, SPIN])('gives up in time when nobody gives, waiting by $name', (strategy) => {
    const at = semaphore(0);
    expect(acquireSemaphore(at, 10, strategy)).toBe(false);
    expect(load(at + 4)).toBe(0);
  });

  it.each([
    ['park', 3000],
    ['spin-then-park', 10_000],
    ['spin', 2000],
  ])('wakes its sleeper each time it is given, waiting by %s', async (strategy, rounds) => {
    const [a, b] = [semaphore(1), semaphore(0)];
    const args = { rounds, strategy, a, b, c: 0 };
    await spawnThreads({ module, routine: 'semaphorePingPong', threads: 2, args });
    expect([semaphoreCount(a), semaphoreCount(b)]).toEqual([1, 0]);
  });

  it('given twice quickly wakes two sleepers', async () => {
    const [a, b] = [semaphore(0), semaphore(0)];
    const c = words(BARRIER.size / 4);
    initBarrier(c, 3);
    const args = { rounds: 1500, strategy: 'park', a, b, c };
    await spawnThreads({ module, routine: 'semaphoreTwoQuickReleases', threads: 3, args });
    expect([semaphoreCount(a), semaphoreCount(b)]).toEqual([0, 0]);
  });

  it('of two units lets at most two of three threads in', async () => {
    const [a, b] = [semaphore(2, 2), words(1)];
    const args = { rounds: 10_000, strategy: 'spin-then-park', a, b, c: 0 };
    const job = { module, routine: 'semaphoreGate', threads: 3, args };
    const most = await spawnThreads<number>(job);
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
    expect(semaphoreCount(a)).toBe(2);
  });
});
