import { OwnershipError, acquireSpin, load, ownerOfSpin } from '#src/atomics-sync/index.ts';
import { releaseSpin, tryAcquireSpin, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/locks.ts';

describe('a spin lock', () => {
  it('records its owner in its word, and nothing when it is free', () => {
    const lock = words(1);
    acquireSpin(lock, 7);
    expect(load(lock)).toBe(7);
    expect(ownerOfSpin(lock)).toBe(7);
    expect(tryAcquireSpin(lock, 8)).toBe(false);
    releaseSpin(lock, 7);
    expect(load(lock)).toBe(0);
    expect(ownerOfSpin(lock)).toBe(0);
  });

  it('takes any positive number as owner, an address of a thread object too', () => {
    const lock = words(1);
    acquireSpin(lock, 0x7ffffff8);
    expect(ownerOfSpin(lock)).toBe(0x7ffffff8);
    releaseSpin(lock, 0x7ffffff8);
  });

  it('refuses its holder, who would wait for itself', () => {
    const lock = words(1);
    acquireSpin(lock, 3);
    expect(() => acquireSpin(lock, 3)).toThrow(/spin lock at 0x.*owner 3 already holds it/);
    // The attempt left a mark that somebody may sleep; the lock is released all the same.
    releaseSpin(lock, 3);
    expect(load(lock)).toBe(0);
  });

  it('is released by its holder and nobody else', () => {
    const lock = words(1);
    expect(() => releaseSpin(lock, 2)).toThrow(/owner 2 releases it while it is free/);
    acquireSpin(lock, 1);
    expect(() => releaseSpin(lock, 2)).toThrow(OwnershipError);
    expect(ownerOfSpin(lock)).toBe(1);
  });

  it.each([
    { threads: 2, rounds: 20_000, hold: 0 },
    { threads: 3, rounds: 4000, hold: 200 },
  ])('lets one of $threads threads in at a time, and wakes every sleeper', async (shape) => {
    const [address, counter] = [words(1), words(2)];
    const { threads, rounds, hold } = shape;
    const args = { lock: 'spin', address, counter, rounds, strategy: 'spin-then-park', hold };
    const intruders = await spawnThreads({ module, routine: 'incrementUnderLock', threads, args });
    expect(intruders).toEqual(Array.from({ length: threads }, () => 0));
    expect(i32[counter >> 2]).toBe(threads * rounds);
  });

  it('puts waiters to sleep when their spins are used up, and loses none of them', async () => {
    const [address, counter] = [words(1), words(2)];
    const args = { lock: 'spin', address, counter, rounds: 1500, strategy: 'park', hold: 500 };
    const job = { module, routine: 'incrementUnderLock', threads: 3, args, spinLimit: 0 };
    expect(await spawnThreads(job)).toEqual([0, 0, 0]);
    expect(i32[counter >> 2]).toBe(4500);
  });
});
