import { CONDITION, OwnershipError, acquireMutex } from '#src/atomics-sync/index.ts';
import { broadcastCondition, load, ownerOfMutex } from '#src/atomics-sync/index.ts';
import { signalCondition, waitCondition, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/waits.ts';

describe('a condition', () => {
  it('gives the mutex back to a waiter whose time is over', () => {
    const [condition, mutex] = [words(CONDITION.size / 4), words(1)];
    acquireMutex(mutex, 1);
    expect(waitCondition(condition, mutex, 1, 10)).toBe(false);
    expect(ownerOfMutex(mutex)).toBe(1);
    expect(load(condition + 4)).toBe(0);
  });

  it('is not waited for without its mutex', () => {
    const [condition, mutex] = [words(CONDITION.size / 4), words(1)];
    expect(() => waitCondition(condition, mutex, 1, 10)).toThrow(OwnershipError);
    expect(load(condition + 4)).toBe(0);
  });

  it('costs a signal nothing while nobody waits', () => {
    const condition = words(CONDITION.size / 4);
    expect(signalCondition(condition)).toBe(0);
    expect(broadcastCondition(condition)).toBe(0);
    expect(load(condition)).toBe(0);
  });

  it.each([
    { threads: 2, rounds: 3000, strategy: 'park' },
    { threads: 2, rounds: 10_000, strategy: 'spin-then-park' },
    { threads: 3, rounds: 1000, strategy: 'park' },
    { threads: 3, rounds: 1000, strategy: 'spin-then-park' },
  ])('loses no signal among $threads threads that $strategy', async (shape) => {
    const [a, b, c] = [words(CONDITION.size / 4), words(1), words(1)];
    const { threads, rounds, strategy } = shape;
    const args = { rounds, strategy, a, b, c };
    const got = await spawnThreads({ module, routine: 'conditionCircle', threads, args });
    expect(got).toEqual(Array.from({ length: threads }, () => rounds));
  });
});
