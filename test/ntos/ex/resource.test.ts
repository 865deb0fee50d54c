// ERESOURCE: who gets in, who waits, who is let in when, and what misuse is (KRN-26 to KRN-31).
import { beforeEach, describe, expect, test } from 'vitest';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { i32 } from '#src/mem/memory.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { combinedApcDisable } from '#src/ntos/ke/apc.ts';
import { initializePool, poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite,
  ExAcquireSharedStarveExclusive, ExAcquireSharedWaitForExclusive, ExConvertExclusiveToSharedLite,
  ExDeleteResourceLite, ExEnterCriticalRegionAndAcquireResourceExclusive,
  ExGetExclusiveWaiterCount, ExGetSharedWaiterCount, ExInitializeResourceLite,
  ExIsResourceAcquiredExclusiveLite, ExIsResourceAcquiredSharedLite, ExReinitializeResourceLite,
  ExReleaseResourceAndLeaveCriticalRegion, ExReleaseResourceForThreadLite, ExReleaseResourceLite,
  ExSetResourceOwnerPointer, initializeResources } from '#src/ntos/ex/lock/resource.ts';
import { describeResource, liveResources } from '#src/ntos/ex/lock/resource-life.ts';
import { WrResource } from '#src/ntos/ex/lock/wait-node.ts';
import { ERESOURCE } from '#src/ntos/ex/types.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { bugCheckAt, bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const top = pushFrame();
/** An owner that is no thread. */
const POINTER = 0x1003;
const EXCLUSIVE = 'ExAcquireResourceExclusiveLite';
const SHARED = 'ExAcquireResourceSharedLite';
const RELEASE = 'ExReleaseResourceLite';
let resource: number;

beforeEach(() => {
  initializePool();
  initializeResources();
  popFrame(top);
  resource = stackAlloc(ERESOURCE.size);
  ExInitializeResourceLite(resource);
});

/** Asks for everything without waiting, and gives back what was granted. */
function probe(): Record<string, boolean> {
  const asked = {
    exclusive: ExAcquireResourceExclusiveLite,
    shared: ExAcquireResourceSharedLite,
    starve: ExAcquireSharedStarveExclusive,
    waitFor: ExAcquireSharedWaitForExclusive,
  };
  return Object.fromEntries(Object.entries(asked).map(([name, acquire]) => {
    const granted = acquire(resource, false);
    if (granted) ExReleaseResourceLite(resource);
    return [name, granted];
  }));
}

const row = (exclusive: boolean, shared: boolean, starve: boolean, waitFor: boolean) =>
  ({ exclusive, shared, starve, waitFor });

describe('who gets in (the table of 11.5, Wait FALSE)', () => {
  test('KRN-27: a free resource lets everybody in', () => {
    expect(probe()).toEqual(row(true, true, true, true));
    expect(describeResource(resource)).toBe('free');
  });

  test('KRN-27, KRN-31: one that I have exclusively lets me in again, in every way', () => {
    ExAcquireResourceExclusiveLite(resource, true);
    expect(probe()).toEqual(row(true, true, true, true));
    expect(ExAcquireResourceSharedLite(resource, true)).toBe(true);
    expect(ExIsResourceAcquiredExclusiveLite(resource)).toBe(true);
    expect(ExIsResourceAcquiredSharedLite(resource)).toBe(2);
    ExReleaseResourceLite(resource);
    expect(ExIsResourceAcquiredExclusiveLite(resource)).toBe(true);
    ExReleaseResourceLite(resource);
    expect(describeResource(resource)).toBe('free');
  });

  test('KRN-27, KRN-31: one that another has exclusively lets nobody in', () => {
    ExAcquireResourceExclusiveLite(resource, true);
    ExSetResourceOwnerPointer(resource, POINTER);
    expect(probe()).toEqual(row(false, false, false, false));
    expect(ExIsResourceAcquiredExclusiveLite(resource)).toBe(false);
    ExReleaseResourceForThreadLite(resource, POINTER);
    expect(probe()).toEqual(row(true, true, true, true));
  });

  test('KRN-28: one that I have shared lets me in shared, never exclusively', () => {
    ExAcquireResourceSharedLite(resource, true);
    expect(probe()).toEqual(row(false, true, true, true));
    expect(ExIsResourceAcquiredSharedLite(resource)).toBe(1);
    ExReleaseResourceLite(resource);
    expect(describeResource(resource)).toBe('free');
  });

  test('KRN-27: one that others have shared lets me in shared', () => {
    ExAcquireResourceSharedLite(resource, true);
    ExSetResourceOwnerPointer(resource, POINTER);
    expect(probe()).toEqual(row(false, true, true, true));
    ExReleaseResourceForThreadLite(resource, POINTER);
    expect(describeResource(resource)).toBe('free');
  });

  test('KRN-27, KRN-31: with an exclusive waiter, only those who starve it or own it get ' +
    'in', async () => {
    await withPuppets(2, async (troupe) => {
      await troupe.ask(0, SHARED, resource, 1);
      await troupe.block(1, WrResource, EXCLUSIVE, resource, 1);
      expect(ExGetExclusiveWaiterCount(resource)).toBe(1);
      expect(probe()).toEqual(row(false, false, true, false));
      expect(await troupe.ask(0, SHARED, resource, 0)).toBe(1);
      expect(await troupe.ask(0, 'ExAcquireSharedWaitForExclusive', resource, 0)).toBe(0);
      expect(await troupe.ask(0, 'ExAcquireSharedStarveExclusive', resource, 0)).toBe(1);
      for (let n = 0; n < 3; n++) await troupe.ask(0, RELEASE, resource);
      expect(await troupe.answer(1)).toBe(1);
      expect(await troupe.ask(1, 'ExIsResourceAcquiredExclusiveLite', resource)).toBe(1);
      await troupe.ask(1, RELEASE, resource);
      expect(describeResource(resource)).toBe('free');
    });
  });
});

describe('who is let in', () => {
  test('KRN-27: an exclusive owner lets all shared waiters in, and they one exclusive ' +
    'waiter', async () => {
    await withPuppets(4, async (troupe) => {
      await troupe.ask(0, EXCLUSIVE, resource, 1);
      await troupe.block(1, WrResource, EXCLUSIVE, resource, 1);
      await troupe.block(2, WrResource, SHARED, resource, 1);
      await troupe.block(3, WrResource, SHARED, resource, 1);
      expect(ExGetExclusiveWaiterCount(resource)).toBe(1);
      expect(ExGetSharedWaiterCount(resource)).toBe(2);
      await troupe.ask(0, RELEASE, resource);
      expect([await troupe.answer(2), await troupe.answer(3)]).toEqual([1, 1]);
      expect(troupe.isDone(1)).toBe(false);
      expect(describeResource(resource)).toBe('shared, 2 owner(s), with waiters');
      await troupe.ask(2, RELEASE, resource);
      await troupe.ask(3, RELEASE, resource);
      await troupe.answer(1);
      expect(describeResource(resource)).toBe('exclusive, 1 owner(s)');
      await troupe.ask(1, RELEASE, resource);
      expect(probe()).toEqual(row(true, true, true, true));
    });
  });

  test('exclusive waiters get it one after the other, in the order they came', async () => {
    await withPuppets(3, async (troupe) => {
      await troupe.ask(0, EXCLUSIVE, resource, 1);
      await troupe.block(1, WrResource, EXCLUSIVE, resource, 1);
      await troupe.block(2, WrResource, EXCLUSIVE, resource, 1);
      await troupe.ask(0, RELEASE, resource);
      await troupe.answer(1);
      expect(troupe.isDone(2)).toBe(false);
      await troupe.ask(1, RELEASE, resource);
      await troupe.answer(2);
      await troupe.ask(2, RELEASE, resource);
      expect(describeResource(resource)).toBe('free');
    });
  });

  test('KRN-29: converting to shared lets shared waiters in, exclusive ones not', async () => {
    await withPuppets(3, async (troupe) => {
      await troupe.ask(0, EXCLUSIVE, resource, 1);
      await troupe.block(1, WrResource, SHARED, resource, 1);
      await troupe.block(2, WrResource, EXCLUSIVE, resource, 1);
      await troupe.ask(0, 'ExConvertExclusiveToSharedLite', resource);
      await troupe.answer(1);
      expect(describeResource(resource)).toBe('shared, 2 owner(s), with waiters');
      await troupe.ask(1, RELEASE, resource);
      await troupe.ask(0, RELEASE, resource);
      await troupe.answer(2);
      await troupe.ask(2, RELEASE, resource);
    });
    ExAcquireResourceExclusiveLite(resource, true);
    ExConvertExclusiveToSharedLite(resource);
    expect(ExIsResourceAcquiredExclusiveLite(resource)).toBe(false);
    ExReleaseResourceLite(resource);
    expect(describeResource(resource)).toBe('free');
  });
});

describe('owners', () => {
  test('KRN-30: others may release in the name of a thread or of an owner pointer', async () => {
    await withPuppets(2, async (troupe) => {
      await troupe.ask(0, SHARED, resource, 1);
      await troupe.ask(1, SHARED, resource, 1);
      ExReleaseResourceForThreadLite(resource, troupe.puppets[1]!.thread);
      ExReleaseResourceForThreadLite(resource, troupe.puppets[0]!.thread);
      expect(describeResource(resource)).toBe('free');
      await troupe.ask(0, SHARED, resource, 1);
      await troupe.ask(1, SHARED, resource, 1);
      await troupe.ask(1, SHARED, resource, 1);
      await troupe.ask(1, 'ExSetResourceOwnerPointer', resource, POINTER);
      await troupe.ask(0, RELEASE, resource);
      ExReleaseResourceForThreadLite(resource, POINTER);
      expect(describeResource(resource)).toBe('shared, 1 owner(s)');
      ExReleaseResourceForThreadLite(resource, POINTER);
      expect(describeResource(resource)).toBe('free');
    });
  });

  test('two shared owners under one pointer count as one', async () => {
    await withPuppets(3, async (troupe) => {
      for (const index of [0, 1, 2]) await troupe.ask(index, SHARED, resource, 1);
      for (const index of [1, 2]) {
        await troupe.ask(index, 'ExSetResourceOwnerPointer', resource, POINTER);
      }
      await troupe.ask(0, RELEASE, resource);
      expect(describeResource(resource)).toBe('shared, 1 owner(s)');
      ExReleaseResourceForThreadLite(resource, POINTER);
      ExReleaseResourceForThreadLite(resource, POINTER);
      expect(describeResource(resource)).toBe('free');
    });
  });

  test('KRN-30: a release by somebody who owns nothing is 0xE3 naming the resource', () => {
    expect(bugCheckOf(() => ExReleaseResourceLite(resource))).toEqual([0xe3, resource]);
    ExAcquireResourceExclusiveLite(resource, true);
    ExSetResourceOwnerPointer(resource, POINTER);
    expect(bugCheckOf(() => ExReleaseResourceLite(resource))).toEqual([0xe3, resource]);
    expect(bugCheckOf(() => ExReleaseResourceForThreadLite(resource, currentThread)))
      .toEqual([0xe3, resource]);
    expect(bugCheckOf(() => ExConvertExclusiveToSharedLite(resource))).toEqual([0xe3, resource]);
    ExReleaseResourceForThreadLite(resource, POINTER);
  });

  test('KRN-27: acquiring above APC_LEVEL is 0xC4/0x37, releasing above DISPATCH_LEVEL ' +
    '0x38', () => {
    expect(bugCheckAt(2, () => ExAcquireResourceSharedLite(resource, false))).toEqual([0xc4, 0x37]);
    ExAcquireResourceSharedLite(resource, true);
    expect(bugCheckAt(3, () => ExReleaseResourceLite(resource))).toEqual([0xc4, 0x38]);
    ExReleaseResourceLite(resource);
  });

  test('the forms that enter a critical region leave it again', () => {
    const before = combinedApcDisable();
    ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
    expect(combinedApcDisable()).not.toBe(before);
    ExReleaseResourceAndLeaveCriticalRegion(resource);
    expect(combinedApcDisable()).toBe(before);
  });

  test('a thread that is alone is told that its wait would never end', () => {
    ExAcquireResourceExclusiveLite(resource, true);
    ExSetResourceOwnerPointer(resource, POINTER);
    expect(() => ExAcquireResourceSharedLite(resource, true)).toThrow(/never be released/);
    ExReleaseResourceForThreadLite(resource, POINTER);
  });
});

describe('the life of a resource', () => {
  test('KRN-26: deleting frees what it allocated; deleting twice is 0xC4/0xD1', async () => {
    await withPuppets(2, async (troupe) => {
      for (const index of [0, 1]) await troupe.ask(index, SHARED, resource, 1);
      for (const index of [0, 1]) await troupe.ask(index, RELEASE, resource);
    });
    expect(poolUsage().some((use) => use.tag === 'ReTa')).toBe(true);
    expect(liveResources()).toBe(1);
    ExDeleteResourceLite(resource);
    expect(poolUsage().some((use) => use.tag === 'ReTa')).toBe(false);
    expect(liveResources()).toBe(0);
    expect(bugCheckOf(() => ExDeleteResourceLite(resource))).toEqual([0xc4, 0xd1]);
  });

  test('reinitialising makes it free, whoever owned it', () => {
    ExAcquireResourceExclusiveLite(resource, true);
    ExReinitializeResourceLite(resource);
    expect(describeResource(resource)).toBe('free');
    expect(liveResources()).toBe(1);
  });
});

describe('under contention, on three threads', () => {
  test('an exclusive section has one thread at a time, and no wake-up is lost', async () => {
    const counter = stackAlloc(8);
    const args = { resource, counter, rounds: 20000 };
    const module = '#test/ntos/ex/lock-threads.ts';
    await spawnThreads({ module, routine: 'resourceDuel', threads: 3, args });
    expect(i32[counter >> 2]).toBe(3 * 20000);
    expect(describeResource(resource)).toBe('free');
  });
});
