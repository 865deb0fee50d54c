// What a thread is told at birth: sizes that cannot work are refused with advice, everything left
// out has a default, and a thread belongs to one machine for life.
import { describe, expect, test } from 'vitest';
import { settleBoot } from '#src/mem/birth.ts';
import { boot, bootOptions, createMemory } from '#src/mem/boot-options.ts';
import { MAX_MEMORY, MIN_MEMORY, SPIN_LIMIT_BUSY, SPIN_LIMIT_IDLE } from '#src/mem/param.ts';

describe('the size of the memory', () => {
  test.each([0, -1, 1.5, NaN, Infinity, MIN_MEMORY - 1, MAX_MEMORY + 1, 2 ** 32])(
    'of %d bytes is refused with the bounds and the option to give',
    (bytes) => {
      expect(() => createMemory(bytes)).toThrow(RangeError);
      expect(() => createMemory(bytes)).toThrow(/--memory 64M/);
    },
  );

  test('is shared and fixed', () => {
    const memory = createMemory(MIN_MEMORY);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(memory.buffer.byteLength).toBe(MIN_MEMORY);
    const growable = memory as unknown as { grow(pages: number): number };
    expect(() => growable.grow(1)).toThrow(/[Mm]aximum memory size/);
  });

  test('is rounded up to whole wasm pages', () => {
    expect(createMemory(MIN_MEMORY + 1).buffer.byteLength).toBe(MIN_MEMORY + 65536);
  });
});

describe('boot options', () => {
  const memory = boot.memory;

  test('left out are a single quiet processor with the same seed every time', () => {
    expect(bootOptions({ memory })).toEqual({
      memory,
      processor: 0,
      processors: 1,
      verifier: false,
      tracing: false,
      completion: 'inline',
      seed: 1,
      spinLimit: SPIN_LIMIT_IDLE,
      inline: false,
    });
  });

  test('make waiters spin briefly when threads outnumber cores, unless told otherwise', () => {
    expect(bootOptions({ memory, processors: 8 }, 2).spinLimit).toBe(SPIN_LIMIT_BUSY);
    expect(bootOptions({ memory, processors: 2 }, 2).spinLimit).toBe(SPIN_LIMIT_IDLE);
    expect(bootOptions({ memory, processors: 8, spinLimit: 7 }, 2).spinLimit).toBe(7);
  });

  test('of a thread that was told nothing make it processor 0 of a machine of its own', () => {
    expect(boot).toMatchObject({ processor: 0, processors: 1, inline: true });
  });

  test('can be settled again for the same machine and never for another', () => {
    expect(() => settleBoot(boot)).not.toThrow();
    const other = bootOptions({ memory: createMemory(MIN_MEMORY) });
    expect(() => settleBoot(other)).toThrow(/belongs to one machine for life/);
  });
});
