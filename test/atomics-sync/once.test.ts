import { BARRIER, OwnershipError, callOnce, initBarrier, isDone } from '#src/atomics-sync/index.ts';
import { load, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

function broken(): never {
  throw new Error('no disk');
}

describe('something to be done once', () => {
  it('is done by the first caller, and known to be done after that', () => {
    const at = words(1);
    let times = 0;
    expect(isDone(at)).toBe(false);
    expect(callOnce(at, 1, () => times++)).toBe(true);
    expect(callOnce(at, 2, () => times++)).toBe(true);
    expect([times, isDone(at)]).toEqual([1, true]);
  });

  it('was not done when it threw: the error goes to the caller, and the next one tries', () => {
    const at = words(1);
    expect(() => callOnce(at, 1, broken)).toThrow('no disk');
    expect(isDone(at)).toBe(false);
    expect(callOnce(at, 2, () => undefined)).toBe(true);
  });

  it('refuses to wait for itself, and gives up in time on another', () => {
    const at = words(1);
    callOnce(at, 1, () => {
      expect(() => callOnce(at, 1, () => undefined)).toThrow(OwnershipError);
      expect(callOnce(at, 2, () => undefined, 5)).toBe(false);
    });
    expect(load(at)).toBe(-1);
  });

  it.each(['park', 'spin-then-park'])(
    'is done once by three threads that %s, and every one of them sees it',
    async (strategy) => {
      const rounds = 2000;
      const c = words(BARRIER.size / 4);
      initBarrier(c, 3);
      const args = { rounds, strategy, a: words(rounds), b: words(rounds), c };
      const module = '#test/atomics-sync/threads/waits.ts';
      type Got = { did: number; unseen: number };
      const got = await spawnThreads<Got>({ module, routine: 'manyOnces', threads: 3, args });
      expect(got.reduce((sum, g) => sum + g.did, 0)).toBe(rounds);
      expect(got.reduce((sum, g) => sum + g.unseen, 0)).toBe(0);
    },
  );
});
