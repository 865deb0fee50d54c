import { OwnershipError, PARK, SPIN, SPIN_THEN_PARK } from '#src/atomics-sync/index.ts';
import { acquireMutex, load, ownerOfMutex, releaseMutex } from '#src/atomics-sync/index.ts';
import { tryAcquireMutex, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/locks.ts';

describe('a mutex', () => {
  it('behaves as a word that holds nobody or one owner', () => {
    const step = fc.record({
      what: fc.constantFrom('try', 'wait', 'release'),
      owner: fc.integer({ min: 1, max: 4 }),
    });
    const steps = fc.array(step, { maxLength: 40 });
    fc.assert(
      fc.property(steps, (plan) => {
        const mutex = words(1);
        let model = 0;
        for (const { what, owner } of plan) {
          if (what === 'try') {
            expect(tryAcquireMutex(mutex, owner)).toBe(model === 0);
            if (model === 0) model = owner;
          } else if (what === 'release') {
            if (model === owner) {
              releaseMutex(mutex, owner);
              model = 0;
            } else {
              expect(() => releaseMutex(mutex, owner)).toThrow(OwnershipError);
            }
          } else if (model === owner) {
            expect(() => acquireMutex(mutex, owner, 0)).toThrow(OwnershipError);
          } else {
            expect(acquireMutex(mutex, owner, 0)).toBe(model === 0);
            if (model === 0) model = owner;
          }
          expect(ownerOfMutex(mutex)).toBe(model);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([PARK, SPIN, SPIN_THEN_PARK])('gives up in time when it waits by $name', (strategy) => {
    const mutex = words(1);
    acquireMutex(mutex, 1);
    expect(acquireMutex(mutex, 2, 20, strategy)).toBe(false);
    expect(ownerOfMutex(mutex)).toBe(1);
    releaseMutex(mutex, 1);
    expect(load(mutex)).toBe(0);
    expect(acquireMutex(mutex, 2, 20, strategy)).toBe(true);
  });

  it.each([
    { threads: 2, rounds: 20_000, hold: 0, strategy: 'spin-then-park' },
    { threads: 3, rounds: 4000, hold: 100, strategy: 'spin-then-park' },
    { threads: 3, rounds: 3000, hold: 500, strategy: 'park' },
    { threads: 2, rounds: 3000, hold: 20, strategy: 'spin' },
  ])('lets one of $threads threads in at a time, waiting by $strategy', async (shape) => {
    const [address, counter] = [words(1), words(2)];
    const { threads, rounds } = shape;
    const args = { lock: 'mutex', address, counter, ...shape };
    const intruders = await spawnThreads({ module, routine: 'incrementUnderLock', threads, args });
    expect(intruders).toEqual(Array.from({ length: threads }, () => 0));
    expect(i32[counter >> 2]).toBe(threads * rounds);
  });

  it('wakes the next sleeper when the one it woke gives up', async () => {
    const address = words(1);
    const args = { lock: 'mutex', address, counter: 0, rounds: 3000, strategy: 'park', hold: 500 };
    type Got = { taken: number; late: number };
    const got = await spawnThreads<Got>({ module, routine: 'impatient', threads: 3, args });
    expect(got[1]).toEqual({ taken: 3000, late: 0 });
    expect(got[2]).toEqual({ taken: 3000, late: 0 });
    expect((got[0]?.taken ?? 0) + (got[0]?.late ?? 0)).toBe(3000);
    expect(load(address)).toBe(0);
  });
});
