// Rule: a fast mutex raises its holder to APC_LEVEL, so that no special kernel APC, and with it no
// end of I/O, reaches the holder. A twin that leaves the level alone is found out.
import { beforeEach, expect, test } from 'vitest';
import { load, store } from '#src/atomics-sync/atomics.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { queueSpecialApc } from '#src/ntos/ke/apc.ts';
import { ExInitializeFastMutex } from '#src/ntos/ex/lock/fast-mutex.ts';
import { FAST_MUTEX } from '#src/ntos/ex/types.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { Executive } from '#src/ntos/ke/dispatcher.ts';
import { ASLEEP } from '#src/ntos/ke/dispatcher-lock.ts';
import { KTHREAD } from '#src/ntos/ke/prcb.ts';
import { KAPC, KEVENT } from '#src/ntos/ke/types.ts';
import { until } from '#test/support/spawn-threads.ts';
import { holdUp } from '../ntos/ex/puppet.ts';
import { withPuppets } from '../ntos/ex/puppets.ts';
import type { PKTHREAD } from '#src/ntos/ke/prcb.ts';

const top = pushFrame();
beforeEach(() => {
  initializePool();
  popFrame(top);
});

/** Whether an APC runs in the holder of a mutex while it waits, and after it let go of it. */
async function interrupted(acquire: string, release: string): Promise<boolean[]> {
  const mutex = stackAlloc(FAST_MUTEX.size);
  const event = stackAlloc(KEVENT.size);
  const words = stackAlloc(8);
  ExInitializeFastMutex(mutex);
  KeInitializeEvent(event, NotificationEvent, false);
  const ran = (): boolean => load(words) === 1;
  const answers: boolean[] = [];
  await withPuppets(1, async (troupe) => {
    const holder = troupe.puppets[0]!;
    await troupe.ask(0, 'takeApcs', 0);
    await troupe.ask(0, acquire, mutex);
    await troupe.block(0, Executive, 'waitForObject', event, Executive);
    store(words + 4, 1);
    queueSpecialApc(stackAlloc(KAPC.size), holder.thread as PKTHREAD, holdUp, words);
    // It is woken to run the APC, if it may, and goes on waiting.
    const word = KTHREAD.bound.at_WaitWord(holder.thread as PKTHREAD);
    await until('it waits again', () => load(word) === ASLEEP);
    answers.push(ran());
    KeSetEvent(event);
    await troupe.answer(0);
    await troupe.ask(0, release, mutex);
    await troupe.ask(0, 'waitForObject', event, Executive);
    answers.push(ran());
  });
  return answers;
}

test('KRN-8, KRN-23: no APC reaches the holder of a fast mutex before it lets go', async () => {
  expect(await interrupted('ExAcquireFastMutex', 'ExReleaseFastMutex')).toEqual([false, true]);
});

test('a twin that does not raise the level is found out', async () => {
  expect(await interrupted('ExAcquireFastMutexUnsafe', 'ExReleaseFastMutexUnsafe'))
    .toEqual([true, true]);
});
