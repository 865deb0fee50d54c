// Push locks: many readers or one writer, waiters woken, misuse named (KRN-33 to KRN-36).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquirePushLockExclusive, ExAcquirePushLockShared, ExInitializePushLock,
  ExReleasePushLock, ExReleasePushLockExclusive, ExReleasePushLockShared,
  ExTryAcquirePushLockExclusive, ExTryAcquirePushLockShared, isPushLockInUse }
  from '#src/ntos/ex/lock/push-lock.ts';
import { pushLockWaiters } from '#src/ntos/ex/lock/push-lock-wait.ts';
import { WrPushLock } from '#src/ntos/ex/lock/wait-node.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { bugCheckAt, bugCheckOf } from './support.ts';
import { withPuppets } from './puppets.ts';

const top = pushFrame();
const EXCLUSIVE = 'ExAcquirePushLockExclusive';
const SHARED = 'ExAcquirePushLockShared';
const RELEASE = 'ExReleasePushLock';
let lock: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  lock = stackAlloc(8);
  ExInitializePushLock(lock);
});

describe('one thread', () => {
  test('holds it exclusively or several times shared, and leaves it free', () => {
    ExAcquirePushLockExclusive(lock);
    expect(isPushLockInUse(lock)).toBe(true);
    expect(ExTryAcquirePushLockShared(lock)).toBe(false);
    expect(ExTryAcquirePushLockExclusive(lock)).toBe(false);
    ExReleasePushLockExclusive(lock);
    ExAcquirePushLockShared(lock);
    ExAcquirePushLockShared(lock);
    expect(ExTryAcquirePushLockExclusive(lock)).toBe(false);
    expect(ExTryAcquirePushLockShared(lock)).toBe(true);
    for (let n = 0; n < 3; n++) ExReleasePushLock(lock);
    expect(isPushLockInUse(lock)).toBe(false);
  });

  test('KRN-34: that asks for what it holds itself is told so when it is alone', () => {
    ExAcquirePushLockShared(lock);
    expect(() => ExAcquirePushLockExclusive(lock)).toThrow(/never be released/);
    ExReleasePushLock(lock);
  });

  test('KRN-36: releasing what is not held so is 0x162, acquiring at DISPATCH_LEVEL 0x192', () => {
    expect(bugCheckOf(() => ExReleasePushLockExclusive(lock))[0]).toBe(0x162);
    expect(bugCheckOf(() => ExReleasePushLockShared(lock))[0]).toBe(0x162);
    ExAcquirePushLockShared(lock);
    expect(bugCheckOf(() => ExReleasePushLockExclusive(lock))[0]).toBe(0x162);
    expect(bugCheckAt(2, () => ExAcquirePushLockShared(lock))[0]).toBe(0x192);
    ExReleasePushLockShared(lock);
  });
});

describe('several threads', () => {
  test('KRN-34: a shared request waits behind an exclusive waiter, even by a shared ' +
    'holder', async () => {
    await withPuppets(3, async (troupe) => {
      await troupe.ask(0, SHARED, lock);
      await troupe.block(1, WrPushLock, EXCLUSIVE, lock);
      expect(ExTryAcquirePushLockShared(lock)).toBe(false);
      await troupe.block(2, WrPushLock, SHARED, lock);
      expect(pushLockWaiters(lock)).toBe(2);
      await troupe.ask(0, RELEASE, lock);
      await troupe.answer(1);
      expect(troupe.isDone(2)).toBe(false);
      await troupe.ask(1, RELEASE, lock);
      await troupe.answer(2);
      await troupe.ask(2, RELEASE, lock);
      expect(isPushLockInUse(lock)).toBe(false);
    });
  });

  test('KRN-35: exclusive grants are not fair: who asks first after a release may overtake a ' +
    'waiter',
    async () => {
      await withPuppets(1, async (troupe) => {
        let overtaken = 0;
        for (let round = 0; round < 300 && overtaken === 0; round++) {
          ExAcquirePushLockExclusive(lock);
          await troupe.block(0, WrPushLock, EXCLUSIVE, lock);
          ExReleasePushLockExclusive(lock);
          // The waiter is woken, and has yet to get there: the lock is nobody's meanwhile.
          if (ExTryAcquirePushLockExclusive(lock)) {
            overtaken++;
            ExReleasePushLockExclusive(lock);
          }
          await troupe.answer(0);
          await troupe.ask(0, RELEASE, lock);
        }
        expect(overtaken).toBe(1);
        expect(isPushLockInUse(lock)).toBe(false);
      });
    });

  test('an exclusive holder lets all shared waiters in at once', async () => {
    await withPuppets(4, async (troupe) => {
      await troupe.ask(0, EXCLUSIVE, lock);
      for (const index of [1, 2, 3]) await troupe.block(index, WrPushLock, SHARED, lock);
      await troupe.ask(0, RELEASE, lock);
      for (const index of [1, 2, 3]) await troupe.answer(index);
      for (const index of [1, 2, 3]) await troupe.ask(index, RELEASE, lock);
      expect(isPushLockInUse(lock)).toBe(false);
    });
  });

  test('three are in it one at a time or as readers, and no wake-up is lost', async () => {
    const counter = stackAlloc(8);
    const args = { lock, counter, rounds: 20000 };
    const module = '#test/ntos/ex/lock-threads.ts';
    await spawnThreads({ module, routine: 'pushLockDuel', threads: 3, args });
    expect(i32[counter >> 2]).toBe(3 * 20000);
    expect(isPushLockInUse(lock)).toBe(false);
  });
});
