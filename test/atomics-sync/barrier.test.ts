import { BARRIER, arriveBarrier, initBarrier, load, store } from '#src/atomics-sync/index.ts';
import { words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

function barrier(parties: number): number {
  const at = words(BARRIER.size / 4);
  initBarrier(at, parties);
  return at;
}

describe('a barrier', () => {
  it('for one thread is always open', () => {
    const at = barrier(1);
    expect([arriveBarrier(at), arriveBarrier(at)]).toEqual(['last', 'last']);
  });

  it('forgets a thread whose time is over', () => {
    const at = barrier(2);
    expect(arriveBarrier(at, 5)).toBe('timed-out');
    expect(arriveBarrier(at, 0)).toBe('timed-out');
    expect(load(at)).toBe(0);
  });

  it('goes on when its phase number wraps', () => {
    const at = barrier(1);
    store(at, -1 << 8);
    expect([arriveBarrier(at), arriveBarrier(at)]).toEqual(['last', 'last']);
    expect(load(at)).toBe(1 << 8);
  });

  it('is for a number of threads that makes sense', () => {
    const at = words(2);
    expect(() => initBarrier(at, 0)).toThrow(RangeError);
    expect(() => initBarrier(at, 64)).toThrow(RangeError);
  });

  it.each([
    { threads: 2, rounds: 10_000, strategy: 'spin-then-park' },
    { threads: 2, rounds: 2000, strategy: 'park' },
    { threads: 3, rounds: 1000, strategy: 'park' },
    { threads: 4, rounds: 500, strategy: 'spin-then-park' },
  ])('is crossed again and again by $threads threads that $strategy', async (shape) => {
    const { threads, rounds, strategy } = shape;
    const args = { rounds, strategy, a: barrier(threads), b: words(16 * threads), c: 0 };
    const module = '#test/atomics-sync/threads/waits.ts';
    type Got = { last: number; stale: number };
    const got = await spawnThreads<Got>({ module, routine: 'phases', threads, args });
    // In each of two phases a round, exactly one thread was the last, and all saw all.
    expect(got.reduce((sum, g) => sum + g.last, 0)).toBe(2 * rounds);
    expect(got.reduce((sum, g) => sum + g.stale, 0)).toBe(0);
  });
});
