// Rundown protection: used while protected, refused once rundown has begun, waited for (KRN-37).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { initializePool, poolTag, poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquireRundownProtection, ExAcquireRundownProtectionEx, ExInitializeRundownProtection,
  ExReInitializeRundownProtection, ExReleaseRundownProtection, ExReleaseRundownProtectionEx,
  ExRundownCompleted, ExWaitForRundownProtectionRelease, isRundownBegun }
  from '#src/ntos/ex/lock/rundown.ts';
import { ExAcquireRundownProtectionCacheAware, ExAllocateCacheAwareRundownProtection,
  ExFreeCacheAwareRundownProtection, ExReInitializeRundownProtectionCacheAware,
  ExReleaseRundownProtectionCacheAware, ExWaitForRundownProtectionReleaseCacheAware }
  from '#src/ntos/ex/lock/rundown-cache-aware.ts';
import { WrRundown } from '#src/ntos/ex/lock/wait-node.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const top = pushFrame();
const WAIT = 'ExWaitForRundownProtectionRelease';
const MODULE = '#test/ntos/ex/lock-threads.ts';
let ref: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  ref = stackAlloc(8);
  ExInitializeRundownProtection(ref);
});

test('KRN-37: protection is given until rundown begins, and refused from then on', () => {
  expect(ExAcquireRundownProtection(ref)).toBe(true);
  ExReleaseRundownProtection(ref);
  ExWaitForRundownProtectionRelease(ref);
  expect(ExAcquireRundownProtection(ref)).toBe(false);
  expect(ExAcquireRundownProtectionEx(ref, 3)).toBe(false);
  expect(isRundownBegun(ref)).toBe(true);
});

test('KRN-37: waiting again is harmless; reinitialising gives protection again', () => {
  ExWaitForRundownProtectionRelease(ref);
  ExWaitForRundownProtectionRelease(ref);
  ExRundownCompleted(ref);
  ExWaitForRundownProtectionRelease(ref);
  ExReInitializeRundownProtection(ref);
  expect(ExAcquireRundownProtectionEx(ref, 5)).toBe(true);
  ExReleaseRundownProtectionEx(ref, 5);
  ExWaitForRundownProtectionRelease(ref);
});

test('a release without an acquisition is a bug check, before and after rundown', () => {
  expect(bugCheckOf(() => ExReleaseRundownProtection(ref))[0]).toBe(0x18);
  ExInitializeRundownProtection(ref);
  ExWaitForRundownProtectionRelease(ref);
  expect(bugCheckOf(() => ExReleaseRundownProtection(ref))[0]).toBe(0x18);
});

test('a thread that is alone is told that its wait would never end', () => {
  ExAcquireRundownProtection(ref);
  expect(() => ExWaitForRundownProtectionRelease(ref)).toThrow(/alone in its machine/);
  ExReleaseRundownProtection(ref);
  ExWaitForRundownProtectionRelease(ref);
});

describe('on real threads', () => {
  test('KRN-37: the waiter sleeps until the last of several users has left', async () => {
    await withPuppets(2, async (troupe) => {
      await troupe.ask(0, 'ExAcquireRundownProtection', ref);
      ExAcquireRundownProtectionEx(ref, 2);
      await troupe.block(1, WrRundown, WAIT, ref);
      expect(ExAcquireRundownProtection(ref)).toBe(false);
      ExReleaseRundownProtectionEx(ref, 2);
      expect(troupe.isDone(1)).toBe(false);
      await troupe.ask(0, 'ExReleaseRundownProtection', ref);
      await troupe.answer(1);
      expect(isRundownBegun(ref)).toBe(true);
    });
  });

  test('two threads that wait for one rundown are both let go', async () => {
    await withPuppets(2, async (troupe) => {
      ExAcquireRundownProtection(ref);
      await troupe.block(0, WrRundown, WAIT, ref);
      troupe.puppets[1]!.tell(WAIT, ref);
      ExReleaseRundownProtection(ref);
      await troupe.answer(0);
      await troupe.answer(1);
    });
  });

  test('nobody uses the object after the wait, two users at full speed', async () => {
    await useAndRunDown(ref, false);
  });

  test('the same for the cache-aware form, whose counts lie apart', async () => {
    const aware = ExAllocateCacheAwareRundownProtection(0, poolTag('Rund'));
    await useAndRunDown(aware, true);
    ExReInitializeRundownProtectionCacheAware(aware);
    expect(ExAcquireRundownProtectionCacheAware(aware)).toBe(true);
    ExReleaseRundownProtectionCacheAware(aware);
    ExWaitForRundownProtectionReleaseCacheAware(aware);
    expect(ExAcquireRundownProtectionCacheAware(aware)).toBe(false);
    ExFreeCacheAwareRundownProtection(aware);
    expect(poolUsage()).toEqual([]);
  });

  test('the cache-aware form may be released on another processor', async () => {
    const aware = ExAllocateCacheAwareRundownProtection(0, poolTag('Rund'));
    await withPuppets(2, async (troupe) => {
      expect(await troupe.ask(0, 'ExAcquireRundownProtectionCacheAware', aware)).toBe(1);
      ExAcquireRundownProtectionCacheAware(aware);
      await troupe.ask(1, 'ExReleaseRundownProtectionCacheAware', aware);
      await troupe.block(1, WrRundown, 'ExWaitForRundownProtectionReleaseCacheAware', aware);
      await troupe.ask(0, 'ExReleaseRundownProtectionCacheAware', aware);
      await troupe.answer(1);
    });
  });
});

/** Two threads use an object under protection; a third runs it down and then takes it away. */
async function useAndRunDown(reference: number, cacheAware: boolean): Promise<void> {
  const counter = stackAlloc(16);
  i32[counter >> 2] = 1;
  const args = { ref: reference, counter, cacheAware };
  const used = await spawnThreads<number>({ module: MODULE, routine: 'runDown', threads: 3, args });
  expect(Math.min(...used)).toBeGreaterThan(0);
}
