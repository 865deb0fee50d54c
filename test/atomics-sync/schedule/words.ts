// Scenarios over words, small enough to know everything about: for tests of the scheduler and of
// its strategies, and for the bench.
import { acquireMutex, add, compareExchange, load, notify, releaseMutex, store, wait }
  from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';

type One = { readonly x: number };

function bump(at: One): void {
  store(at.x, load(at.x) + 1);
}

/** Two threads add one each by load and store; one of the two can be lost. */
export const lostUpdate = wordScenario({
  name: 'lost-update', words: { x: 1 }, threads: [bump, bump],
  check(at) {
    if (load(at.x) !== 2) throw new Error(`an update was lost: x is ${load(at.x)}`);
  },
});

/** The same as it should be. */
export const updated = wordScenario({
  name: 'updated', words: { x: 1 }, threads: [(at) => void add(at.x, 1), (at) => void add(at.x, 1)],
  check(at) {
    if (load(at.x) !== 2) throw new Error('an update was lost');
  },
});

type Two = { readonly a: number; readonly b: number };
function both(first: 'a' | 'b', second: 'a' | 'b') {
  return (at: Two, me: number): void => {
    acquireMutex(at[first], me + 1);
    acquireMutex(at[second], me + 1);
    releaseMutex(at[second], me + 1);
    releaseMutex(at[first], me + 1);
  };
}

/** Two mutexes taken in two orders. */
export const deadlock = wordScenario({
  name: 'deadlock', words: { a: 1, b: 1 }, threads: [both('a', 'b'), both('b', 'a')],
});

/** A waiter that looks, and then sleeps without looking again. */
export const lostWakeUp = wordScenario({
  name: 'lost-wake-up', words: { flag: 1, bell: 1 },
  threads: [
    (at) => {
      if (load(at.flag) === 0) wait(at.bell, 0, Infinity);
    },
    (at) => {
      store(at.flag, 1);
      notify(at.bell, 1);
    },
  ],
});

/** Sleeps that nobody ends but time. */
export const sleepers = wordScenario({
  name: 'sleepers', words: { bell: 2, order: 4 },
  threads: [
    (at) => {
      wait(at.bell, 0, 50);
      store(at.order, add(at.order + 8, 1));
    },
    (at) => {
      wait(at.bell + 4, 0, 20);
      store(at.order + 4, add(at.order + 8, 1));
    },
  ],
  check(at) {
    if (load(at.order) !== 1 || load(at.order + 4) !== 0) throw new Error('time ran backwards');
  },
});

/** One spins until the other has stored. */
export const spinner = wordScenario({
  name: 'spinner', words: { flag: 1, turn: 1 },
  threads: [
    (at) => {
      while (load(at.flag) === 0);
    },
    (at) => {
      while (compareExchange(at.turn, 0, 1) !== 0);
      store(at.flag, 1);
    },
  ],
});

/** Spins for what never comes. */
export const endless = wordScenario({
  name: 'endless', words: { flag: 1 }, threads: [(at) => {
    while (load(at.flag) === 0);
  }, (at) => void load(at.flag)],
});

/** A loop that the schedule cannot see. */
export const hidden = wordScenario({
  name: 'hidden', words: { flag: 1 }, threads: [(at) => {
    for (let x = load(at.flag) + 1; x !== 0; x = (x + 2) | 1);
  }],
});

const STEPS = 20;
function twenty(at: { readonly shared: number }, me: number): void {
  for (let i = 0; i < STEPS; i++) add(at.shared + 4 * ((i + me) & 3), 1);
}

/** Three threads with twenty steps each: what rates are measured with. */
export const threeByTwenty = wordScenario({
  name: 'three-by-twenty', words: { shared: 4 }, threads: [twenty, twenty, twenty],
});

/** A variable that outlives a schedule: it makes the next one shorter. */
let runs = 0;

/** Does something else each time, because of a variable of one thread. */
export const dice = wordScenario({
  name: 'dice', words: { x: 2 },
  threads: [(at) => {
    for (let i = 60 - 3 * runs++; i > 0; i--) store(at.x + 4, i);
    add(at.x, 1);
  }, (at) => void add(at.x, 1)],
});
