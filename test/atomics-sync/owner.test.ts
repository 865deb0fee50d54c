import { AbandonedError, MAX_OWNERS, acquireMutex, acquireRead } from '#src/atomics-sync/index.ts';
import { acquireWrite, beginSeqRead, callOnce, clearDeadOwner } from '#src/atomics-sync/index.ts';
import { doorInto, endSeqWrite, enlistOwner, isDead, isDone } from '#src/atomics-sync/index.ts';
import { load, markDead, releaseMutex, releaseRead, releaseSpin } from '#src/atomics-sync/index.ts';
import { releaseWrite, resetOnce, retireOwner, rwLockHolders } from '#src/atomics-sync/index.ts';
import { words } from '#src/atomics-sync/index.ts';
import { createMemory } from '#src/mem/boot-options.ts';
import { MIB } from '#src/mem/param.ts';
import { startThreads, until } from '#test/support/spawn-threads.ts';
import { afterEach, describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/deaths.ts';

interface Told {
  primitive: string;
  address: number;
  owner: number;
  message: string;
}

/** Thread 0 takes, thread 1 waits; thread 0 is killed while it holds. Gives what 1 was told. */
async function dieHolding(take: string, wait: string, address: number): Promise<unknown> {
  retireOwner(1);
  const ready = words(1);
  const args = { take, wait, address, ready };
  const run = startThreads<Told>({ module, routine: 'holdAndWait', threads: 2, args });
  await until('the holder holds', () => load(ready) === 1);
  await run.terminate(0);
  markDead(1);
  return (await run.results)[1];
}

afterEach(() => retireOwner(1));

describe('a thread that dies holding', () => {
  it.each([
    ['spin', 'spin', 'spin lock'],
    ['mutex', 'mutex', 'mutex'],
    ['write', 'write', 'reader-writer lock'],
    ['write', 'read', 'reader-writer lock'],
    ['read', 'write', 'reader-writer lock'],
    ['seqWrite', 'seqWrite', 'sequence lock'],
    ['seqWrite', 'seqRead', 'sequence lock'],
    ['onceForEver', 'once', 'once'],
  ])('by %s is reported, with its owner, to a waiter by %s', async (take, wait, primitive) => {
    const address = words(40);
    const told = (await dieHolding(take, wait, address)) as Told;
    expect(told).toMatchObject({ primitive, address, owner: 1 });
    expect(told.message).toContain(`0x${address.toString(16)} is held by owner 1`);
  });

  it('is not needed any more once its lock was released in its name', async () => {
    const mutex = words(1);
    await dieHolding('mutex', 'mutex', mutex);
    releaseMutex(mutex, 1);
    expect(acquireMutex(mutex, 2, 0)).toBe(true);

    const spin = words(1);
    await dieHolding('spin', 'spin', spin);
    releaseSpin(spin, 1);
    expect(load(spin)).toBe(0);

    const once = words(1);
    await dieHolding('onceForEver', 'once', once);
    resetOnce(once, 1);
    expect(callOnce(once, 2, () => undefined)).toBe(true);
    expect(isDone(once)).toBe(true);
  });

  it('a write or a read can be cleared out of a reader-writer lock', async () => {
    const lock = words(40);
    await dieHolding('write', 'read', lock);
    clearDeadOwner(lock, 1);
    expect(rwLockHolders(lock)).toEqual({ readers: 0, writer: 0 });
    await dieHolding('read', 'write', lock);
    expect(rwLockHolders(lock)).toEqual({ readers: 1, writer: 0 });
    clearDeadOwner(lock, 1);
    expect(acquireWrite(lock, 2, 0)).toBe(true);
    releaseWrite(lock, 2);
  });

  it('a sequence lock is readable again once its write was ended', async () => {
    const lock = words(4);
    await dieHolding('seqWrite', 'seqRead', lock);
    endSeqWrite(lock, 1);
    expect(beginSeqRead(lock) & 1).toBe(0);
  });
});

describe('a thread that dies waiting', () => {
  it('to write does not keep readers out unreported', async () => {
    const [address, ready] = [words(40), words(1)];
    acquireRead(address, 9);
    const args = { take: 'write', wait: 'read', address, ready };
    const run = startThreads<Told>({ module, routine: 'waitToWriteAndRead', threads: 2, args });
    await until('the writer waits', () => load(address) > 1);
    await run.terminate(0);
    markDead(1);
    const told = (await run.results)[1];
    expect(told).toMatchObject({ primitive: 'reader-writer lock', owner: 1 });
    clearDeadOwner(address, 1);
    expect(acquireRead(address, 2, 0)).toBe(true);
    releaseRead(address, 2);
    releaseRead(address, 9);
  });
});

describe('owners', () => {
  it('are told apart, and the last one is refused with advice', () => {
    const owners = [enlistOwner()];
    expect(() => {
      for (;;) owners.push(enlistOwner());
    }).toThrow(/all 63 owners are taken; retire/);
    expect(new Set(owners).size).toBe(MAX_OWNERS);
    for (const owner of owners) retireOwner(owner);
    expect(enlistOwner(17)).toBe(17);
    expect(() => enlistOwner(17)).toThrow(/owner 17 is taken/);
    expect(() => enlistOwner(MAX_OWNERS + 1)).toThrow(RangeError);
    retireOwner(17);
  });

  it('that nobody enlisted count as alive, and so do numbers that are no ids', () => {
    expect([0, 5, -1, 4096].map((owner) => isDead(owner))).toEqual([false, false, false, false]);
  });

  it('are marked dead in another machine through a door into its memory', () => {
    const memory = createMemory(64 * MIB);
    markDead(4, doorInto(memory));
    expect(isDead(4)).toBe(false);
    expect(new Int32Array(memory.buffer).some((word) => word !== 0)).toBe(true);
  });

  it('end a wait at once when they were dead before it began', () => {
    const mutex = words(1);
    acquireMutex(mutex, 1);
    markDead(1);
    expect(() => acquireMutex(mutex, 2)).toThrow(AbandonedError);
    expect(() => acquireMutex(mutex, 2, 0)).toThrow(AbandonedError);
  });
});
