// Fast and guarded mutexes: one holder, at APC_LEVEL, and misuse named (KRN-23, KRN-24).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { APC_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL }
  from '#src/ntos/ke/irql.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquireFastMutex, ExAcquireFastMutexUnsafe, ExInitializeFastMutex, ExReleaseFastMutex,
  ExReleaseFastMutexUnsafe, ExTryToAcquireFastMutex, KeAcquireGuardedMutex,
  KeInitializeGuardedMutex, KeReleaseGuardedMutex, KeTryToAcquireGuardedMutex }
  from '#src/ntos/ex/lock/fast-mutex.ts';
import { FAST_MUTEX } from '#src/ntos/ex/types.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { atIrql, bugCheckAt, bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const top = pushFrame();
const WrFastMutex = 34;
let mutex: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  mutex = stackAlloc(FAST_MUTEX.size);
  ExInitializeFastMutex(mutex);
});

describe('the level', () => {
  test('KRN-8, KRN-23: is APC_LEVEL while the mutex is held, and afterwards what it was', () => {
    for (const level of [PASSIVE_LEVEL, APC_LEVEL]) {
      atIrql(level, () => {
        ExAcquireFastMutex(mutex);
        expect(KeGetCurrentIrql()).toBe(APC_LEVEL);
        ExReleaseFastMutex(mutex);
        expect(KeGetCurrentIrql()).toBe(level);
      });
    }
  });

  test('KRN-23: is raised by the trying form only on success', async () => {
    await withPuppets(1, async (troupe) => {
      await troupe.ask(0, 'ExAcquireFastMutex', mutex);
      expect(ExTryToAcquireFastMutex(mutex)).toBe(false);
      expect(KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
      await troupe.ask(0, 'ExReleaseFastMutex', mutex);
      expect(ExTryToAcquireFastMutex(mutex)).toBe(true);
      expect(KeGetCurrentIrql()).toBe(APC_LEVEL);
      ExReleaseFastMutex(mutex);
      expect(KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
    });
  });

  test('KRN-23: is left alone by the unsafe forms', () => {
    atIrql(APC_LEVEL, () => {
      ExAcquireFastMutexUnsafe(mutex);
      expect(KeGetCurrentIrql()).toBe(APC_LEVEL);
      ExReleaseFastMutexUnsafe(mutex);
      expect(KeGetCurrentIrql()).toBe(APC_LEVEL);
    });
  });

  test('KRN-24: a guarded mutex is the same object', () => {
    KeInitializeGuardedMutex(mutex);
    KeAcquireGuardedMutex(mutex);
    expect(KeGetCurrentIrql()).toBe(APC_LEVEL);
    KeReleaseGuardedMutex(mutex);
    expect(KeTryToAcquireGuardedMutex(mutex)).toBe(true);
    KeReleaseGuardedMutex(mutex);
    expect(KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
  });
});

describe('misuse', () => {
  test('KRN-23: acquiring above APC_LEVEL: 0xC4/0x33; releasing at another level: 0x34', () => {
    expect(bugCheckAt(2, () => ExAcquireFastMutex(mutex))).toEqual([0xc4, 0x33]);
    expect(bugCheckAt(2, () => ExTryToAcquireFastMutex(mutex))).toEqual([0xc4, 0x33]);
    ExAcquireFastMutex(mutex);
    KeLowerIrql(PASSIVE_LEVEL);
    expect(bugCheckOf(() => ExReleaseFastMutex(mutex))).toEqual([0xc4, 0x34]);
    KfRaiseIrql(APC_LEVEL);
    ExReleaseFastMutex(mutex);
  });

  test('KRN-23: acquiring twice: 0xC4/0x1000 instead of a hang', () => {
    ExAcquireFastMutex(mutex);
    expect(bugCheckOf(() => ExAcquireFastMutex(mutex))).toEqual([0xc4, 0x1000]);
    ExReleaseFastMutex(mutex);
  });

  test('KRN-23: releasing what another thread holds: 0x11', async () => {
    await withPuppets(1, async (troupe) => {
      await troupe.ask(0, 'ExAcquireFastMutex', mutex);
      const [code] = bugCheckAt(APC_LEVEL, () => ExReleaseFastMutex(mutex));
      expect(code).toBe(0x11);
      await troupe.ask(0, 'ExReleaseFastMutex', mutex);
    });
  });
});

describe('on real threads', () => {
  test('a waiter sleeps until the holder releases, and then holds it', async () => {
    await withPuppets(2, async (troupe) => {
      await troupe.ask(0, 'ExAcquireFastMutex', mutex);
      await troupe.block(1, WrFastMutex, 'ExAcquireFastMutex', mutex);
      await troupe.ask(0, 'ExReleaseFastMutex', mutex);
      await troupe.answer(1);
      expect(FAST_MUTEX.at(mutex).Owner).toBe(troupe.puppets[1]!.thread);
      await troupe.ask(1, 'ExReleaseFastMutex', mutex);
    });
  });

  test('three threads are in it one at a time, and no wake-up is lost', async () => {
    const counter = stackAlloc(8);
    const args = { mutex, counter, rounds: 30000 };
    const module = '#test/ntos/ex/lock-threads.ts';
    await spawnThreads({ module, routine: 'mutexDuel', threads: 3, args });
    expect(i32[counter >> 2]).toBe(3 * 30000);
  });
});
