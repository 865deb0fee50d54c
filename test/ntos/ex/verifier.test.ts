// What the executive checks only when the machine is verified: fill patterns, slack, levels, APCs,
// live objects in freed memory (12.3 of the facts, KRN-23 to KRN-49).
// @alone: its machine is a checked one.
import './verifier-on.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { boot } from '#src/mem/boot-options.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '#src/ntos/ke/apc.ts';
import { APC_LEVEL, DISPATCH_LEVEL, KeLowerIrql } from '#src/ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { KfAcquireSpinLock } from '#src/ntos/ke/spin-lock.ts';
import { ExAcquireFastMutexUnsafe, ExInitializeFastMutex, ExReleaseFastMutex,
  ExReleaseFastMutexUnsafe } from '#src/ntos/ex/lock/fast-mutex.ts';
import { initializeLookasideLists } from '#src/ntos/ex/lookaside-list.ts';
import { ExAllocateFromNPagedLookasideList, ExAllocateFromPagedLookasideList,
  ExDeleteNPagedLookasideList, ExDeletePagedLookasideList, ExFreeToNPagedLookasideList,
  ExInitializeNPagedLookasideList, ExInitializePagedLookasideList }
  from '#src/ntos/ex/lookaside.ts';
import { ExAllocatePool2, ExAllocatePoolWithTag, ExFreePool, initializePool, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { ExAcquirePushLockShared, ExInitializePushLock, ExReleasePushLock }
  from '#src/ntos/ex/lock/push-lock.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExDeleteResourceLite,
  ExInitializeResourceLite, ExReleaseResourceLite, initializeResources }
  from '#src/ntos/ex/lock/resource.ts';
import { ExInitializeWorkItem, ExQueueWorkItem, drainWorkQueues, initializeWorkQueues }
  from '#src/ntos/ex/work-queue.ts';
import { DelayedWorkQueue, NonPagedPool, POOL_FLAG_NON_PAGED, PagedPool }
  from '#src/ntos/ex/types.ts';
import { atIrql, bugCheckAt, bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const TAG = poolTag('Vrfy');

/** Nonpaged or paged memory for an object. */
function memory(pool: number = NonPagedPool, bytes = 256): number {
  return ExAllocatePool2(pool === NonPagedPool ? POOL_FLAG_NON_PAGED : 0x100, bytes, TAG);
}

beforeEach(() => {
  expect(boot.verifier).toBe(true);
  initializePool();
  initializeLookasideLists();
  initializeResources();
  initializeWorkQueues();
});

describe('pool', () => {
  test('is full of nonsense before its first use and after its free', () => {
    const block = ExAllocatePoolWithTag(NonPagedPool, 40, TAG);
    expect([u8[block], u8[block + 39]]).toEqual([0xcd, 0xcd]);
    ExFreePool(block);
    expect(u8[block + 39]).toBe(0xdd);
  });

  test('written to past its end is 0xC4/0x51 at the free, to the byte', () => {
    for (const bytes of [13, 4090, 5000]) {
      const block = memory(NonPagedPool, bytes);
      u8.fill(0, block, block + bytes);
      ExFreePool(block);
      const other = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      u8[other + bytes] = 0;
      expect(bugCheckOf(() => ExFreePool(other))).toEqual([0xc4, 0x51]);
    }
  });

  test('KRN-48: at the wrong level is 0xC4/0x01, 0x02, 0x11, 0x12; of no bytes 0xC4/0x00', () => {
    const paged = memory(PagedPool);
    const nonpaged = memory();
    expect(bugCheckAt(2, () => memory(PagedPool))).toEqual([0xc4, 0x01]);
    expect(bugCheckAt(3, () => memory())).toEqual([0xc4, 0x02]);
    expect(bugCheckAt(2, () => ExFreePool(paged))).toEqual([0xc4, 0x11]);
    expect(bugCheckAt(3, () => ExFreePool(nonpaged))).toEqual([0xc4, 0x12]);
    expect(bugCheckOf(() => ExAllocatePoolWithTag(0, 0, TAG))).toEqual([0xc4, 0x00]);
    expect(bugCheckOf(() => ExFreePool(nonpaged + 64))).toEqual([0xc4, 0x10]);
  });
});

describe('lookaside lists', () => {
  test('keep nothing, so that a double free is found', () => {
    const list = memory();
    ExInitializeNPagedLookasideList(list, 0, 0, 0, 64, TAG);
    const entry = ExAllocateFromNPagedLookasideList(list);
    ExFreeToNPagedLookasideList(list, entry);
    expect(bugCheckOf(() => ExFreeToNPagedLookasideList(list, entry))).toEqual([0xc2, 0x07]);
    ExDeleteNPagedLookasideList(list);
  });

  test('KRN-49: of paged pool are not for DISPATCH_LEVEL; live ones not for freed memory', () => {
    const list = memory();
    ExInitializePagedLookasideList(list, 0, 0, 0, 64, TAG);
    expect(bugCheckAt(2, () => ExAllocateFromPagedLookasideList(list))).toEqual([0xc4, 0x01]);
    expect(bugCheckOf(() => ExFreePool(list))).toEqual([0xc4, 0xcc]);
    ExDeletePagedLookasideList(list);
    ExFreePool(list);
    expect(poolUsage()).toEqual([]);
  });
});

describe('resources', () => {
  test('KRN-27: want normal kernel APCs disabled: 0xC4/0x37, 0x38', () => {
    const resource = memory();
    ExInitializeResourceLite(resource);
    expect(bugCheckOf(() => ExAcquireResourceSharedLite(resource, true))).toEqual([0xc4, 0x37]);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(resource, true);
    KeLeaveCriticalRegion();
    expect(bugCheckOf(() => ExReleaseResourceLite(resource))).toEqual([0xc4, 0x38]);
    atIrql(APC_LEVEL, () => ExReleaseResourceLite(resource));
    ExDeleteResourceLite(resource);
  });

  test('KRN-28: report a thread that waits for itself: 0xC4/0x1000', () => {
    const resource = memory();
    ExInitializeResourceLite(resource);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(resource, true);
    expect(ExAcquireResourceExclusiveLite(resource, false)).toBe(false);
    expect(bugCheckOf(() => ExAcquireResourceExclusiveLite(resource, true)))
      .toEqual([0xc4, 0x1000]);
    ExReleaseResourceLite(resource);
    KeLeaveCriticalRegion();
  });

  test('KRN-26: initialised twice 0xD0, unaligned 0x3D, paged 0xE1, freed while live 0xD2', () => {
    const resource = memory();
    ExInitializeResourceLite(resource + 8);
    expect(bugCheckOf(() => ExInitializeResourceLite(resource + 8))).toEqual([0xc4, 0xd0]);
    expect(bugCheckOf(() => ExInitializeResourceLite(resource + 130))).toEqual([0xc4, 0x3d]);
    expect(bugCheckOf(() => ExInitializeResourceLite(memory(PagedPool)))).toEqual([0xc4, 0xe1]);
    expect(bugCheckOf(() => ExFreePool(resource))).toEqual([0xc4, 0xd2]);
    ExDeleteResourceLite(resource + 8);
    ExFreePool(resource);
  });
});

describe('mutexes, push locks and spin locks', () => {
  test('KRN-23: unsafe fast mutex forms want kernel APCs away: 0xC4/0x39, 0x3A', () => {
    const mutex = memory();
    ExInitializeFastMutex(mutex);
    expect(bugCheckOf(() => ExAcquireFastMutexUnsafe(mutex))).toEqual([0xc4, 0x39]);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(mutex);
    KeLeaveCriticalRegion();
    expect(bugCheckOf(() => ExReleaseFastMutexUnsafe(mutex))).toEqual([0xc4, 0x3a]);
    atIrql(APC_LEVEL, () => ExReleaseFastMutexUnsafe(mutex));
    expect(bugCheckAt(APC_LEVEL, () => ExReleaseFastMutex(mutex))).toEqual([0xc4, 0x1004]);
  });

  test('KRN-33: push locks want normal kernel APCs disabled: 0xC4/0xEA, 0xEB', () => {
    const lock = memory();
    ExInitializePushLock(lock);
    expect(bugCheckOf(() => ExAcquirePushLockShared(lock))).toEqual([0xc4, 0xea]);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(lock);
    KeLeaveCriticalRegion();
    expect(bugCheckOf(() => ExReleasePushLock(lock))).toEqual([0xc4, 0xeb]);
    KeEnterCriticalRegion();
    ExReleasePushLock(lock);
    KeLeaveCriticalRegion();
  });

  test('KRN-36: a push lock released by a thread that does not hold it: 0x162', async () => {
    const lock = memory();
    ExInitializePushLock(lock);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(lock);
    await withPuppets(1, async (troupe) => {
      const acquire = 'ExEnterCriticalRegionAndAcquireResourceShared';
      const resource = memory();
      ExInitializeResourceLite(resource);
      await troupe.ask(0, acquire, resource);
      expect(await troupe.ask(0, 'ExReleasePushLock', lock)).toBe(0x10000 + 0x162);
      await troupe.ask(0, 'ExReleaseResourceAndLeaveCriticalRegion', resource);
      ExDeleteResourceLite(resource);
    });
    ExReleasePushLock(lock);
    KeLeaveCriticalRegion();
  });

  test('KRN-19: a spin lock in paged memory: 0xC4/0xE1', () => {
    const lock = memory(PagedPool);
    expect(bugCheckOf(() => KfAcquireSpinLock(lock))).toEqual([0xc4, 0xe1]);
    KeLowerIrql(0);
  });
});

describe('work items', () => {
  const nothing = imageRoutine('Nothing', () => 0);

  test('KRN-40: in paged memory 0xC4/0x131, queued twice 0xE4/1, freed while queued 0xE4/0', () => {
    const paged = memory(PagedPool);
    ExInitializeWorkItem(paged, nothing, 0);
    expect(bugCheckOf(() => ExQueueWorkItem(paged, DelayedWorkQueue))).toEqual([0xc4, 0x131]);
    const item = memory();
    ExInitializeWorkItem(item, nothing, 0);
    ExQueueWorkItem(item, DelayedWorkQueue);
    expect(bugCheckOf(() => ExQueueWorkItem(item, DelayedWorkQueue))).toEqual([0xe4, 1]);
    expect(bugCheckOf(() => ExFreePool(item))).toEqual([0xe4, 0]);
    drainWorkQueues();
    ExFreePool(item);
  });

  test('KRN-41: that leave a TopLevelIrp behind are found, and the thread is cleaned', () => {
    const item = memory();
    const leaves = imageRoutine('LeavesTopLevelIrp', () => {
      KTHREAD.bound.set_TopLevelIrp(currentThread, item);
      return 0;
    });
    ExInitializeWorkItem(item, leaves, 0);
    atIrql(DISPATCH_LEVEL, () => ExQueueWorkItem(item, DelayedWorkQueue));
    expect(bugCheckOf(() => drainWorkQueues())[0]).toBe(0xe2);
    expect(KTHREAD.bound.TopLevelIrp(currentThread)).toBe(0);
    expect(i32[item >> 2]).toBe(0);
  });
});
