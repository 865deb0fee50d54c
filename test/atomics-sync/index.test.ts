import * as face from '#src/atomics-sync/index.ts';
import { boot } from '#src/mem/boot-options.ts';
import { SYNC_WORDS, assertMemoryMap, regions } from '#src/mem/memory-map.ts';
import { memorySize } from '#src/mem/memory.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const { handOn, load, words } = face;

describe('the package', () => {
  it('hands this thread\'s memory on, with spins that suit the number of threads', () => {
    const { fltlab } = handOn({ processor: 3, threads: 4 });
    expect(fltlab.memory).toBe(boot.memory);
    expect(fltlab).toMatchObject({ processor: 3, processors: 4, inline: false });
    expect(handOn({ threads: 1000 }).fltlab.spinLimit).toBeLessThan(
      handOn({ threads: 1 }).fltlab.spinLimit,
    );
    expect(handOn({ spinLimit: 7 }).fltlab.spinLimit).toBe(7);
  });

  it('names each primitive once', () => {
    const names = Object.keys(face);
    expect(names.length).toBeGreaterThan(80);
    for (const name of ['acquireMutex', 'callOnce', 'tryPush', 'popFree', 'AbandonedError']) {
      expect(names).toContain(name);
    }
  });
});

describe('words', () => {
  it('are zero, on lines of their own, and in the part that the map keeps for them', () => {
    const [a, b] = [words(1), words(17)];
    const c = words(1);
    expect([a % 64, b - a, c - b]).toEqual([0, 64, 128]);
    expect(load(a)).toBe(0);
    expect(a).toBeGreaterThan(SYNC_WORDS.start);
    expect(() => assertMemoryMap(regions, memorySize)).not.toThrow();
  });

  it('are given to one thread each', async () => {
    const args = { lock: 0, data: 0, rounds: 60, seed: 1 };
    const module = '#test/atomics-sync/threads/shared-data.ts';
    const got = await spawnThreads<number[]>({ module, routine: 'allocate', threads: 3, args });
    const lines = got.flatMap((addresses) =>
      addresses.flatMap((at, i) =>
        Array.from({ length: Math.ceil((1 + (i % 20)) / 16) }, (_, line) => at + 64 * line),
      ),
    );
    expect(new Set(lines).size).toBe(lines.length);
    expect(Math.max(...lines)).toBeLessThan(SYNC_WORDS.end);
  });

  it('run out with advice, and a smaller wish still fits', () => {
    expect(() => words(1 << 20)).toThrow(/bytes are left.*an address of your own/);
    expect(words(1)).toBeGreaterThan(0);
    expect(() => words(0)).toThrow(RangeError);
  });
});
