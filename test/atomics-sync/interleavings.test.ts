// Each primitive, with what another thread does to it at every point of the operation.
import { everyPoint, install, watchWords } from '#test/support/one-preemption.ts';
import { describe, expect, it } from 'vitest';

install();
const sync = await import('#src/atomics-sync/index.ts');
const { i32 } = await import('#src/mem/memory.ts');
const { NONPAGED } = await import('#src/mem/memory-map.ts');
watchWords(i32);

const at = sync.words(64);
const mutex = sync.words(17);
const ring = NONPAGED.start;
const blocks = NONPAGED.start + 4096;

function clear(): void {
  i32.fill(0, at >> 2, (at >> 2) + 64);
  i32.fill(0, mutex >> 2, (mutex >> 2) + 17);
}

const nothing = (): void => undefined;
const holdMutex = (): boolean => sync.acquireMutex(at, 2);
const releaseMutex = (): void => sync.releaseMutex(at, 2);
const emptySemaphore = (): void => sync.initSemaphore(at, 0, 2);
const giveUnit = (): void => void sync.releaseSemaphore(at);
const read = (): boolean => sync.acquireRead(at, 2);
const unread = (): void => sync.releaseRead(at, 2);
const write = (): boolean => sync.acquireWrite(at, 2);
const unwrite = (): void => sync.releaseWrite(at, 2);

/** A waits without limit for what B gives; it must come back from every schedule. */
function neverMissed<T>(
  prepare: () => void,
  wait: () => T,
  give: () => boolean | void,
  check: (result: T, schedule: number) => void,
): void {
  const schedules = everyPoint(
    () => {
      clear();
      prepare();
    },
    wait,
    give,
    check,
  );
  expect(schedules).toBeGreaterThan(1);
}

describe('a release at any point of the wait is not missed', () => {
  it('by a spin lock', () => {
    neverMissed(
      () => sync.acquireSpin(at, 2),
      () => sync.acquireSpin(at, 1),
      () => sync.releaseSpin(at, 2),
      () => {
        expect(sync.ownerOfSpin(at)).toBe(1);
        sync.releaseSpin(at, 1);
        expect(sync.load(at)).toBe(0);
      },
    );
  });

  it('by a mutex, and a time limit takes it or leaves it', () => {
    neverMissed(holdMutex, () => sync.acquireMutex(at, 1), releaseMutex, (taken) => {
      expect([taken, sync.ownerOfMutex(at)]).toEqual([true, 1]);
    });
    neverMissed(holdMutex, () => sync.acquireMutex(at, 1, 0.5), releaseMutex, (taken) => {
      expect(sync.ownerOfMutex(at)).toBe(taken ? 1 : 0);
    });
  });

  it('by a semaphore, and a time limit takes the unit or leaves it', () => {
    neverMissed(emptySemaphore, () => sync.acquireSemaphore(at), giveUnit, (taken) => {
      expect([taken, sync.semaphoreCount(at), sync.load(at + 4)]).toEqual([true, 0, 0]);
    });
    neverMissed(emptySemaphore, () => sync.acquireSemaphore(at, 0.5), giveUnit, (taken) => {
      expect([sync.semaphoreCount(at), sync.load(at + 4)]).toEqual([taken ? 0 : 1, 0]);
    });
  });

  it.each([0, 1] as const)('by an event of kind %s', (kind) => {
    neverMissed(
      () => sync.initEvent(at, kind),
      () => sync.waitEvent(at),
      () => void sync.setEvent(at),
      (passed) => expect([passed, sync.load(at)]).toEqual([true, 1 - kind]),
    );
  });

  it('by a reader behind a writer', () => {
    neverMissed(
      write,
      () => sync.acquireRead(at, 1),
      unwrite,
      () => expect(sync.rwLockHolders(at)).toEqual({ readers: 1, writer: 0 }),
    );
  });

  it('by a writer behind a reader or a writer, and a time limit leaves no trace', () => {
    for (const [hold, release] of [[read, unread] as const, [write, unwrite] as const]) {
      neverMissed(hold, () => sync.acquireWrite(at, 1), release, (taken) => {
        expect([taken, sync.rwLockHolders(at)]).toEqual([true, { readers: 0, writer: 1 }]);
        sync.releaseWrite(at, 1);
        expect(sync.load(at)).toBe(0);
      });
    }
    neverMissed(read, () => sync.acquireWrite(at, 1, 0.5), unread, (taken) => {
      expect(sync.rwLockHolders(at)).toEqual({ readers: 0, writer: taken ? 1 : 0 });
      if (!taken) expect(sync.load(at)).toBe(0);
    });
  });

  it('by a reader of a sequence lock, who never gets an odd sequence', () => {
    neverMissed(
      () => sync.beginSeqWrite(at, 2),
      () => sync.beginSeqRead(at),
      () => sync.endSeqWrite(at, 2),
      (sequence) => {
        expect(sequence).toBe(2);
        expect(sync.retrySeqRead(at, sequence)).toBe(false);
      },
    );
  });

  it('by a party at a barrier, and a time limit takes the arrival back or passes', () => {
    let other = '';
    for (const milliseconds of [Infinity, 0.5]) {
      neverMissed(
        () => sync.initBarrier(at, 2),
        () => sync.arriveBarrier(at, milliseconds),
        () => {
          // The other party may come first only where it need not wait for this one.
          if ((sync.load(at) & 255) === 0) return false;
          other = sync.arriveBarrier(at);
          return true;
        },
        (arrival, schedule) => {
          if (arrival === 'passed') expect(other, `schedule ${schedule}`).toBe('last');
          else expect([arrival, milliseconds]).toEqual(['timed-out', 0.5]);
        },
      );
    }
  });

  it('by whoever waits for something to be done once', () => {
    let times = 0;
    neverMissed(
      () => sync.store(at, 2),
      () => sync.callOnce(at, 1, () => times++),
      () => sync.resetOnce(at, 2),
      (done, schedule) => {
        expect([done, sync.isDone(at), times]).toEqual([true, true, schedule + 1]);
      },
    );
  });

  it('by a waiter for a condition, from the moment it has given the mutex back', () => {
    const turn = mutex + 64;
    neverMissed(
      nothing,
      () => {
        sync.acquireMutex(mutex, 1);
        while (sync.load(turn) === 0) sync.waitCondition(at, mutex, 1);
        sync.releaseMutex(mutex, 1);
      },
      () => {
        if (!sync.tryAcquireMutex(mutex, 2)) return false;
        i32[turn >> 2] = 1;
        sync.signalCondition(at);
        sync.releaseMutex(mutex, 2);
        return true;
      },
      () => expect([sync.load(mutex), sync.load(at + 4)]).toEqual([0, 0]),
    );
  });

  it('by a pop from an empty ring, and by a push into a full one', () => {
    neverMissed(
      () => sync.initRing(ring, 2),
      () => sync.pop(ring),
      () => void sync.tryPush(ring, 5),
      (word) => expect(word).toBe(5),
    );
    neverMissed(
      () => {
        sync.initRing(ring, 2);
        sync.tryPush(ring, 1);
        sync.tryPush(ring, 2);
      },
      () => sync.push(ring, 3),
      () => void sync.tryPop(ring),
      () => expect([sync.tryPop(ring), sync.tryPop(ring), sync.ringCount(ring)]).toEqual([2, 3, 0]),
    );
  });
});

describe('an operation at any point of another leaves nothing lost or doubled', () => {
  it('of pushes to a ring', () => {
    neverMissed(
      () => sync.initRing(ring, 4),
      () => sync.tryPush(ring, 1),
      () => void sync.tryPush(ring, 2),
      () => expect([sync.tryPop(ring), sync.tryPop(ring)].toSorted()).toEqual([1, 2]),
    );
  });

  it('of pops from a ring', () => {
    let other = 0;
    neverMissed(
      () => {
        sync.initRing(ring, 4);
        sync.tryPush(ring, 1);
        sync.tryPush(ring, 2);
      },
      () => sync.tryPop(ring),
      () => void (other = sync.tryPop(ring)),
      (mine) => expect([mine, other].toSorted()).toEqual([1, 2]),
    );
  });

  it('of blocks taken from a free list, used, and given back in another order', () => {
    const held: number[] = [];
    neverMissed(
      () => {
        held.length = 0;
        sync.initFreeList(at, blocks, 3, 16);
      },
      () => sync.popFree(at),
      () => {
        const first = sync.popFree(at);
        held.push(sync.popFree(at));
        i32[(held[0] ?? 0) >> 2] = -1;
        sync.pushFree(at, first);
      },
      (mine) => {
        held.push(mine);
        for (let block = sync.popFree(at); block !== 0; block = sync.popFree(at)) held.push(block);
        expect(held.toSorted((x, y) => x - y)).toEqual([blocks, blocks + 16, blocks + 32]);
      },
    );
  });

  it('of blocks given back to a free list', () => {
    neverMissed(
      () => {
        sync.initFreeList(at, blocks, 3, 16);
        sync.popFree(at);
        sync.popFree(at);
      },
      () => sync.pushFree(at, blocks),
      () => sync.pushFree(at, blocks + 16),
      () => expect(sync.countFree(at)).toBe(3),
    );
  });

  it('of words', () => {
    let other = 0;
    neverMissed(
      nothing,
      () => sync.words(1),
      () => void (other = sync.words(1)),
      (mine) => expect(Math.abs(mine - other)).toBe(64),
    );
  });

  it('of units given to a semaphore, and of owners', () => {
    neverMissed(
      emptySemaphore,
      () => sync.releaseSemaphore(at),
      giveUnit,
      () => expect(sync.semaphoreCount(at)).toBe(2),
    );
    let other = 0;
    neverMissed(
      nothing,
      () => sync.enlistOwner(),
      () => void (other = sync.enlistOwner()),
      (mine) => {
        expect(mine).not.toBe(other);
        sync.retireOwner(mine);
        sync.retireOwner(other);
      },
    );
  });
});
