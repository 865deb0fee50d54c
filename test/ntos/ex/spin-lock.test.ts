// Spin locks of all kinds: plain, queued, reader-writer; levels and misuse (KRN-13 to KRN-17).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL }
  from '#src/ntos/ke/irql.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquireSpinLockExclusive, ExAcquireSpinLockShared, ExReleaseSpinLockExclusive,
  ExReleaseSpinLockShared, ExReleaseSpinLockSharedFromDpcLevel,
  ExTryConvertSharedSpinLockExclusive } from '#src/ntos/ex/lock/spin-lock.ts';
import { KeAcquireInStackQueuedSpinLock, KeAcquireInStackQueuedSpinLockAtDpcLevel,
  KeReleaseInStackQueuedSpinLock, KeReleaseInStackQueuedSpinLockFromDpcLevel }
  from '#src/ntos/ke/queued-spin-lock.ts';
import { KeAcquireSpinLock, KeAcquireSpinLockAtDpcLevel, KeInitializeSpinLock,
  KeReleaseSpinLock, KeReleaseSpinLockFromDpcLevel, KeTestSpinLock,
  KeTryToAcquireSpinLockAtDpcLevel, KfAcquireSpinLock } from '#src/ntos/ke/spin-lock.ts';
import { KLOCK_QUEUE_HANDLE } from '#src/ntos/ke/types.ts';
import { spawnThreads, until } from '#test/support/spawn-threads.ts';
import { atIrql, bugCheckAt, bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const top = pushFrame();
const MODULE = '#test/ntos/ex/lock-threads.ts';
const ROUNDS = 20000;
let lock: number;
let handle: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  lock = stackAlloc(8);
  handle = stackAlloc(KLOCK_QUEUE_HANDLE.size);
  KeInitializeSpinLock(lock);
});

/** Three threads add to words that only the lock protects. */
async function duel(routine: string): Promise<void> {
  const counter = stackAlloc(8);
  const args = { lock, counter, rounds: ROUNDS };
  await spawnThreads({ module: MODULE, routine, threads: 3, args });
  expect(i32[counter >> 2]).toBe(3 * ROUNDS);
  expect(i32[lock >> 2]).toBe(0);
}

describe('a spin lock', () => {
  test('KRN-13: is held at DISPATCH_LEVEL and gives the level before back', () => {
    const old = KfAcquireSpinLock(lock);
    expect([old, KeGetCurrentIrql(), KeTestSpinLock(lock)]).toEqual([0, DISPATCH_LEVEL, false]);
    KeReleaseSpinLock(lock, old);
    expect([KeGetCurrentIrql(), KeTestSpinLock(lock)]).toEqual([PASSIVE_LEVEL, true]);
    u8[handle + 1] = 77;
    KeAcquireSpinLock(lock, handle);
    expect([u8[handle], u8[handle + 1]]).toEqual([0, 77]);
    KeReleaseSpinLock(lock, 0);
  });

  test('KRN-14: is taken at DISPATCH_LEVEL without touching the level', () => {
    atIrql(DISPATCH_LEVEL, () => {
      KeAcquireSpinLockAtDpcLevel(lock);
      expect(KeGetCurrentIrql()).toBe(DISPATCH_LEVEL);
      KeReleaseSpinLockFromDpcLevel(lock);
      expect(KeTryToAcquireSpinLockAtDpcLevel(lock)).toBe(true);
      expect(KeTryToAcquireSpinLockAtDpcLevel(lock)).toBe(false);
      KeReleaseSpinLockFromDpcLevel(lock);
    });
  });

  test('KRN-15: twice on one processor: 0x0F; released by another: 0x10', async () => {
    const old = KfAcquireSpinLock(lock);
    expect(bugCheckOf(() => KfAcquireSpinLock(lock))[0]).toBe(0x0f);
    KeReleaseSpinLock(lock, old);
    expect(bugCheckAt(2, () => KeReleaseSpinLock(lock, 0))[0]).toBe(0x10);
    await withPuppets(1, async (troupe) => {
      await troupe.ask(0, 'KfAcquireSpinLock', lock);
      expect(bugCheckAt(2, () => KeReleaseSpinLockFromDpcLevel(lock))[0]).toBe(0x10);
      await troupe.ask(0, 'KeReleaseSpinLock', lock, 0);
    });
  });

  test('KRN-13, KRN-14: at the wrong level: 0xC4/0x42, 0x32, 0x40, 0x41', () => {
    expect(bugCheckAt(3, () => KfAcquireSpinLock(lock))).toEqual([0xc4, 0x42]);
    expect(bugCheckOf(() => KeReleaseSpinLock(lock, 0))).toEqual([0xc4, 0x32]);
    expect(bugCheckOf(() => KeAcquireSpinLockAtDpcLevel(lock))).toEqual([0xc4, 0x40]);
    expect(bugCheckOf(() => KeReleaseSpinLockFromDpcLevel(lock))).toEqual([0xc4, 0x41]);
  });

  test('lets three threads in one at a time', async () => {
    await duel('spinLockDuel');
  });
});

describe('an in-stack queued spin lock', () => {
  test('KRN-16: keeps the level in its handle', () => {
    KeAcquireInStackQueuedSpinLock(lock, handle);
    expect(KeGetCurrentIrql()).toBe(DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLock(handle);
    expect(KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
    atIrql(DISPATCH_LEVEL, () => {
      KeAcquireInStackQueuedSpinLockAtDpcLevel(lock, handle);
      KeReleaseInStackQueuedSpinLockFromDpcLevel(handle);
    });
    expect(KeTestSpinLock(lock)).toBe(true);
  });

  test('twice on one processor: 0x0F; a handle that holds nothing: 0x10', () => {
    const second = stackAlloc(KLOCK_QUEUE_HANDLE.size);
    KeAcquireInStackQueuedSpinLock(lock, handle);
    expect(bugCheckOf(() => KeAcquireInStackQueuedSpinLock(lock, second))[0]).toBe(0x0f);
    i32[lock >> 2] = handle;
    KeReleaseInStackQueuedSpinLock(handle);
    expect(bugCheckAt(2, () => KeReleaseInStackQueuedSpinLock(handle))[0]).toBe(0x10);
  });

  test('KRN-16: with the plain routines on the same lock: 0xC4/0x1008, 0x1009', () => {
    KeAcquireInStackQueuedSpinLock(lock, handle);
    expect(bugCheckOf(() => KeAcquireSpinLockAtDpcLevel(lock))).toEqual([0xc4, 0x1008]);
    expect(bugCheckOf(() => KeReleaseSpinLock(lock, 0))).toEqual([0xc4, 0x1009]);
    KeReleaseInStackQueuedSpinLock(handle);
  });

  test('KRN-16: is handed over in the order of asking', async () => {
    await withPuppets(2, async (troupe) => {
      KeAcquireInStackQueuedSpinLock(lock, handle);
      const others = [stackAlloc(16), stackAlloc(16)];
      const acquire = 'KeAcquireInStackQueuedSpinLock';
      for (const [index, other] of others.entries()) {
        troupe.puppets[index]!.tell(acquire, lock, other);
        await until('it is in the queue', () => i32[lock >> 2] === other);
      }
      KeReleaseInStackQueuedSpinLock(handle);
      await troupe.answer(0);
      expect(troupe.isDone(1)).toBe(false);
      await troupe.ask(0, 'KeReleaseInStackQueuedSpinLock', others[0]!);
      await troupe.answer(1);
      await troupe.ask(1, 'KeReleaseInStackQueuedSpinLock', others[1]!);
      expect(KeTestSpinLock(lock)).toBe(true);
    });
  });

  test('lets three threads in one at a time', async () => {
    await duel('queuedSpinLockDuel');
  });
});

describe('a reader-writer spin lock', () => {
  test('KRN-17: lets readers in together, one writer alone, at DISPATCH_LEVEL', () => {
    const old = ExAcquireSpinLockShared(lock);
    expect([old, KeGetCurrentIrql()]).toEqual([0, DISPATCH_LEVEL]);
    expect(ExAcquireSpinLockShared(lock)).toBe(DISPATCH_LEVEL);
    expect(ExTryConvertSharedSpinLockExclusive(lock)).toBe(false);
    ExReleaseSpinLockSharedFromDpcLevel(lock);
    expect(ExTryConvertSharedSpinLockExclusive(lock)).toBe(true);
    ExReleaseSpinLockExclusive(lock, old);
    expect(KeGetCurrentIrql()).toBe(PASSIVE_LEVEL);
    ExReleaseSpinLockExclusive(lock, ExAcquireSpinLockExclusive(lock));
    expect(i32[lock >> 2]).toBe(0);
  });

  test('KRN-17: a writer that waits keeps new readers out', async () => {
    await withPuppets(2, async (troupe) => {
      const old = ExAcquireSpinLockShared(lock);
      const before = i32[lock >> 2];
      troupe.puppets[0]!.tell('ExAcquireSpinLockExclusive', lock);
      await until('the writer waits', () => i32[lock >> 2] !== before);
      troupe.puppets[1]!.tell('ExAcquireSpinLockShared', lock);
      ExReleaseSpinLockShared(lock, old);
      await troupe.answer(0);
      expect(troupe.isDone(1)).toBe(false);
      await troupe.ask(0, 'ExReleaseSpinLockExclusive', lock, 0);
      await troupe.answer(1);
      await troupe.ask(1, 'ExReleaseSpinLockShared', lock, 0);
    });
  });

  test('released as it is not held: 0x10', () => {
    expect(bugCheckAt(2, () => ExReleaseSpinLockShared(lock, 0))[0]).toBe(0x10);
    ExAcquireSpinLockShared(lock);
    expect(bugCheckOf(() => ExReleaseSpinLockExclusive(lock, 0))[0]).toBe(0x10);
    ExReleaseSpinLockShared(lock, 0);
    KfRaiseIrql(0);
    KeLowerIrql(0);
  });

  test('lets three threads in as it should', async () => {
    await duel('readerWriterDuel');
  });
});
