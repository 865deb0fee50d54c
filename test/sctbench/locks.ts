// Small programs about locks: two orders, a lock that is never given back, and order bugs under one
// lock. The dining philosophers take their forks under a global lock and fail wherever they end.
import { acquireMutex, load, releaseMutex, store } from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, get, locked, put } from './claim.ts';

interface Two {
  readonly a: number;
  readonly b: number;
}

function both(first: 'a' | 'b', second: 'a' | 'b') {
  return (at: Two, me: number): void => locked(at[first], me, () => locked(at[second], me, () => {}));
}

export const deadlock01 = wordScenario({
  name: 'deadlock01', words: { a: 1, b: 1 }, threads: [both('a', 'b'), both('b', 'a')],
});

interface Groups {
  readonly counts: number;
  readonly room: number;
  readonly inside: number;
}

/** The first of a group takes the room for all of it, the last gives it back. */
function enterAndLeave(which: number) {
  return (at: Groups, me: number): void => {
    const inside = at.inside + 4 * which;
    locked(at.counts, me, () => {
      put(inside, get(inside) + 1);
      if (get(inside) === 1) acquireMutex(at.room, me + 1);
    });
    locked(at.counts, me, () => {
      put(inside, get(inside) - 1);
      if (get(inside) === 0) releaseMutex(at.room, me + 1);
    });
  };
}

const idle = (): void => undefined;

export const carter01 = wordScenario({
  name: 'carter01', words: { counts: 1, room: 1, inside: 2 },
  threads: [enterAndLeave(0), enterAndLeave(1), idle, idle],
});

function keep(at: { readonly x: number; readonly y: number }, me: number): void {
  locked(at.x, me, idle);
  acquireMutex(at.x, me + 1);
  locked(at.y, me, idle);
  locked(at.y, me, idle);
}

export const phase01 = wordScenario({
  name: 'phase01', words: { x: 1, y: 1 }, threads: [keep, keep],
});

interface Data {
  readonly lock: number;
  readonly data: number;
}

function addLocked(value: number) {
  return (at: Data, me: number): void =>
    locked(at.lock, me, () => put(at.data, get(at.data) + value));
}

export const lazy01 = wordScenario({
  name: 'lazy01', words: { lock: 1, data: 1 },
  threads: [addLocked(1), addLocked(2),
    (at, me) => locked(at.lock, me, () => claim(get(at.data) < 3, 'the data are still small'))],
});

/** A balance of 10 takes 3 and gives 4 away; the checker has the sign of the 3 wrong. */
export const account = wordScenario({
  name: 'account', words: { lock: 1, balance: 1, taken: 1, given: 1 },
  prepare: (at) => put(at.balance, 10),
  threads: [
    (at, me) => locked(at.lock, me, () => {
      put(at.balance, get(at.balance) + 3);
      put(at.taken, 1);
    }),
    (at, me) => locked(at.lock, me, () => {
      put(at.balance, get(at.balance) - 4);
      put(at.given, 1);
    }),
    (at, me) => locked(at.lock, me, () => {
      const isDone = get(at.taken) === 1 && get(at.given) === 1;
      if (isDone) claim(get(at.balance) === 10 - 3 - 4, 'the balance is what the checker thinks');
    }),
  ],
});

/** Three words in a ring, each following another; at most one place may differ from the one before. */
export const tokenRing = wordScenario({
  name: 'token-ring', words: { lock: 1, x: 3 },
  prepare(at) {
    put(at.x, 1);
    put(at.x + 4, 1);
    put(at.x + 8, 2);
  },
  threads: [
    (at, me) => locked(at.lock, me, () => put(at.x, (get(at.x + 8) + 1) % 4)),
    (at, me) => locked(at.lock, me, () => put(at.x + 4, get(at.x))),
    (at, me) => locked(at.lock, me, () => put(at.x + 8, get(at.x + 4))),
    (at, me) => locked(at.lock, me, () => claim(
      get(at.x) === get(at.x + 4) || get(at.x + 4) === get(at.x + 8), 'one token at most')),
  ],
});

interface Table {
  readonly all: number;
  readonly forks: number;
  readonly done: number;
}

function eat(at: Table, me: number, count: number): void {
  const left = at.forks + 4 * me;
  const right = at.forks + 4 * ((me + 1) % count);
  locked(at.all, me, () => {
    acquireMutex(left, me + 1);
    acquireMutex(right, me + 1);
  });
  releaseMutex(right, me + 1);
  releaseMutex(left, me + 1);
}

function finish(at: Table, count: number): void {
  store(at.done, load(at.done) + 1);
  claim(load(at.done) !== count, 'somebody has not eaten');
}

function philosophers(count: number, underLock: boolean) {
  return wordScenario({
    name: `philosophers-${count}`, words: { all: 1, forks: count, done: 1 },
    threads: Array.from({ length: count }, () => (at: Table, me: number): void => {
      eat(at, me, count);
      if (underLock) locked(at.all, me, () => finish(at, count));
      else finish(at, count);
    }),
  });
}

export const philosophers2 = philosophers(2, false);
export const philosophers3 = philosophers(3, false);
export const philosophers4 = philosophers(4, false);
export const philosophers5 = philosophers(5, true);
export const philosophers6 = philosophers(6, true);

/** Takes the global lock once more in place of giving it back. */
export const philosophers7 = wordScenario({
  name: 'philosophers-7', words: { all: 1, forks: 7, done: 1 },
  threads: Array.from({ length: 7 }, () => (at: Table, me: number): void => {
    acquireMutex(at.all, me + 1);
    locked(at.forks + 4 * me, me, idle);
    acquireMutex(at.all, me + 1);
  }),
});

const LOCKS = 26;

interface FileSystem {
  readonly inodes: number;
  readonly blocks: number;
  readonly busy: number;
}

function allocate(at: FileSystem, me: number): void {
  claim(me < LOCKS, 'a thread has locks of its own');
  locked(at.inodes + 4 * me, me, () => locked(at.blocks + 4 * me, me, () =>
    put(at.busy + 4 * me, 1)));
}

/** One thread more than there are locks. */
export const fsbench = wordScenario({
  name: 'fsbench', words: { inodes: LOCKS, blocks: LOCKS, busy: LOCKS },
  threads: Array.from({ length: LOCKS + 1 }, () => allocate),
});
