import { OwnershipError, RW_LOCK, acquireRead, acquireWrite } from '#src/atomics-sync/index.ts';
import { load, releaseRead, releaseWrite, rwLockHolders } from '#src/atomics-sync/index.ts';
import { tryAcquireRead, tryAcquireWrite, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { spawnThreads, startThreads, until } from '#test/support/spawn-threads.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/shared-data.ts';
const newLock = (): number => words(RW_LOCK.size / 4);

describe('a reader-writer lock', () => {
  it('has many readers or one writer, and knows who they are', () => {
    const step = fc.record({
      what: fc.constantFrom('read', 'write', 'unread', 'unwrite'),
      owner: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lock = words(RW_LOCK.size / 4);
        const reads = [0, 0, 0, 0];
        let writer = 0;
        for (const { what, owner } of steps) {
          const readers = reads.reduce((sum, n) => sum + n, 0);
          const mine = reads[owner] ?? 0;
          if (what === 'read') {
            const may = writer === 0;
            expect(tryAcquireRead(lock, owner)).toBe(may);
            if (may) reads[owner] = mine + 1;
          } else if (what === 'write') {
            const may = writer === 0 && readers === 0;
            expect(tryAcquireWrite(lock, owner)).toBe(may);
            if (may) writer = owner;
          } else if (what === 'unread') {
            if (mine > 0) {
              releaseRead(lock, owner);
              reads[owner] = mine - 1;
            } else expect(() => releaseRead(lock, owner)).toThrow(OwnershipError);
          } else if (writer === owner) {
            releaseWrite(lock, owner);
            writer = 0;
          } else expect(() => releaseWrite(lock, owner)).toThrow(OwnershipError);
          const now = reads.reduce((sum, n) => sum + n, 0);
          expect(rwLockHolders(lock)).toEqual({ readers: now, writer });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuses an owner that would wait for itself', () => {
    const lock = newLock();
    acquireRead(lock, 1);
    expect(() => acquireWrite(lock, 1)).toThrow(/owner 1 already holds it/);
    releaseRead(lock, 1);
    acquireWrite(lock, 1);
    expect(() => acquireWrite(lock, 1)).toThrow(/owner 1 already holds it/);
    expect(() => acquireRead(lock, 1)).toThrow(/holds it for writing/);
    releaseWrite(lock, 1);
    expect(load(lock)).toBe(0);
  });

  it('keeps new readers out while a writer waits, but not one that reads already', async () => {
    const [lock, ready] = [newLock(), words(1)];
    acquireRead(lock, 9);
    const args = { take: 'write', wait: 'write', address: lock, ready };
    const deaths = '#test/atomics-sync/threads/deaths.ts';
    const job = { module: deaths, routine: 'waitToWriteAndRead', threads: 1, args };
    const run = startThreads(job);
    await until('the writer waits', () => load(lock) > 1);
    expect(tryAcquireRead(lock, 8)).toBe(false);
    expect(acquireRead(lock, 8, 5)).toBe(false);
    expect(tryAcquireRead(lock, 9)).toBe(true);
    releaseRead(lock, 9);
    releaseRead(lock, 9);
    expect(await run.results).toEqual(['got it']);
    expect(rwLockHolders(lock)).toEqual({ readers: 0, writer: 1 });
    releaseWrite(lock, 1);
  });

  it('lets readers in again when the writer they stood behind gives up', () => {
    const lock = newLock();
    acquireRead(lock, 1);
    expect(acquireWrite(lock, 2, 10)).toBe(false);
    expect(tryAcquireRead(lock, 3)).toBe(true);
    expect(rwLockHolders(lock)).toEqual({ readers: 2, writer: 0 });
  });

  it('wakes every reader when the writer they stood behind gives up', async () => {
    const lock = newLock();
    acquireRead(lock, 9);
    // The writer waits 200 ms, time enough for the readers to fall asleep behind it.
    const args = { lock, data: 0, rounds: 200, seed: 0 };
    const got = await spawnThreads({ module, routine: 'writerGivesUp', threads: 3, args });
    expect(got).toEqual([false, true, true]);
    expect(rwLockHolders(lock)).toEqual({ readers: 1, writer: 0 });
  });

  it('wakes every reader when the writer releases', async () => {
    const lock = newLock();
    acquireWrite(lock, 9);
    const args = { lock, data: 0, rounds: 0, seed: 0 };
    const run = startThreads({ module, routine: 'readOnce', threads: 3, args });
    const waiting = lock + (RW_LOCK.offsets['waitingReaders'] ?? 0);
    await until('all wait', () => load(waiting) === 3);
    releaseWrite(lock, 9);
    expect(await run.results).toEqual([true, true, true]);
  });

  it.each([
    { threads: 2, rounds: 8000, spinLimit: 2000 },
    { threads: 3, rounds: 4000, spinLimit: 100 },
    { threads: 3, rounds: 2500, spinLimit: 0 },
  ])('is never torn nor stuck with $threads threads, spins $spinLimit', async (shape) => {
    const [lock, data] = [newLock(), words(3)];
    const args = { lock, data, rounds: shape.rounds, seed: shape.spinLimit + 1 };
    type Got = { torn: number; writes: number };
    const got = await spawnThreads<Got>({ module, routine: 'readAndWrite', args, ...shape });
    expect(got.map((g) => g.torn)).toEqual(got.map(() => 0));
    expect(i32[data >> 2]).toBe(got.reduce((sum, g) => sum + g.writes, 0));
    expect(load(lock)).toBe(0);
  });
});
