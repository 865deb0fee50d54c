import { OwnershipError, SEQ_LOCK, beginSeqRead, beginSeqWrite } from '#src/atomics-sync/index.ts';
import { endSeqWrite, load, retrySeqRead, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const newLock = (): number => words(SEQ_LOCK.size / 4);

describe('a sequence lock', () => {
  it('makes a reader try again exactly when a write came between', () => {
    const lock = newLock();
    const quiet = beginSeqRead(lock);
    expect(retrySeqRead(lock, quiet)).toBe(false);
    beginSeqWrite(lock, 1);
    expect(retrySeqRead(lock, quiet)).toBe(true);
    endSeqWrite(lock, 1);
    expect(retrySeqRead(lock, quiet)).toBe(true);
    expect(retrySeqRead(lock, beginSeqRead(lock))).toBe(false);
  });

  it('is ended by the writer that began', () => {
    const lock = newLock();
    expect(() => endSeqWrite(lock, 1)).toThrow(OwnershipError);
    beginSeqWrite(lock, 1);
    expect(() => endSeqWrite(lock, 2)).toThrow(OwnershipError);
    endSeqWrite(lock, 1);
  });

  it.each([
    { threads: 2, rounds: 30_000, spinLimit: 2000 },
    { threads: 3, rounds: 3000, spinLimit: 100 },
    { threads: 3, rounds: 1500, spinLimit: 0 },
  ])('shows no torn pair with $threads threads, spins $spinLimit', async (shape) => {
    const [lock, data] = [newLock(), words(48)];
    const args = { lock, data, rounds: shape.rounds, seed: 1 };
    const module = '#test/atomics-sync/threads/shared-data.ts';
    type Got = { torn: number; reads: number };
    const got = await spawnThreads<Got>({ module, routine: 'seqPairs', args, ...shape });
    expect(got.map((g) => g.torn)).toEqual(got.map(() => 0));
    expect(load(data)).toBeGreaterThanOrEqual(shape.rounds);
  });
});
