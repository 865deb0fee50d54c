// Programs in which threads take turns: by a flag under a lock that is looked at once where it should
// be waited for, or by conditions that nobody signals again.
import { CONDITION, signalCondition, waitCondition } from '#src/atomics-sync/condition.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, get, locked, put } from './claim.ts';

const ROUNDS = 7;
const SLOTS = 10;

interface Ring {
  readonly lock: number;
  readonly slots: number;
  readonly first: number;
  readonly next: number;
  readonly mayReceive: number;
}

function insert(at: Ring, slots: number, value: number): void {
  put(at.slots + 4 * (get(at.next) % slots), value);
  put(at.next, get(at.next) + 1);
}

function remove(at: Ring, slots: number): number {
  const value = get(at.slots + 4 * (get(at.first) % slots));
  put(at.first, get(at.first) + 1);
  return value;
}

/** Whoever comes out of turn loses the turn. */
export const circularBuffer = wordScenario({
  name: 'circular-buffer', words: { lock: 1, slots: SLOTS, first: 1, next: 1, mayReceive: 1 },
  threads: [
    (at, me) => {
      for (let i = 0; i < ROUNDS; i++) {
        locked(at.lock, me, () => {
          if (get(at.mayReceive) !== 0) return;
          insert(at, SLOTS, i);
          put(at.mayReceive, 1);
        });
      }
    },
    (at, me) => {
      for (let i = 0; i < ROUNDS; i++) {
        locked(at.lock, me, () => {
          if (get(at.mayReceive) === 0) return;
          claim(remove(at, SLOTS) === i, 'what comes out is what was put in');
          put(at.mayReceive, 0);
        });
      }
    },
  ],
});

const QUEUE = 20;

/** The same with a queue and a second array that holds what went in. */
export const queue = wordScenario({
  name: 'queue',
  words: { lock: 1, slots: QUEUE, first: 1, next: 1, mayReceive: 1, mirror: QUEUE },
  threads: [
    (at, me) => {
      locked(at.lock, me, () => {
        insert(at, QUEUE, 1);
        put(at.mirror, 1);
        put(at.mayReceive, 1);
      });
      for (let i = 1; i < QUEUE; i++) {
        locked(at.lock, me, () => {
          if (get(at.mayReceive) !== 0) return;
          insert(at, QUEUE, i + 1);
          put(at.mirror + 4 * i, i + 1);
          put(at.mayReceive, 1);
        });
      }
    },
    (at, me) => {
      for (let i = 0; i < QUEUE; i++) {
        locked(at.lock, me, () => {
          if (get(at.mayReceive) === 0) return;
          claim(remove(at, QUEUE) === get(at.mirror + 4 * i), 'the queue equals its mirror');
          put(at.mayReceive, 0);
        });
      }
    },
  ],
});

const PUSHES = 10;

/** "Something was pushed once" is taken for "something is there". */
export const stack = wordScenario({
  name: 'stack', words: { lock: 1, height: 1, pushed: 1 },
  threads: [
    (at, me) => {
      for (let i = 0; i < PUSHES; i++) {
        locked(at.lock, me, () => {
          put(at.height, get(at.height) + 1);
          put(at.pushed, 1);
        });
      }
    },
    (at, me) => {
      for (let i = 0; i < PUSHES; i++) {
        locked(at.lock, me, () => {
          if (get(at.pushed) === 0) return;
          claim(get(at.height) > 0, 'nothing is taken from an empty stack');
          put(at.height, get(at.height) - 1);
        });
      }
    },
  ],
});

const CONDITION_WORDS = CONDITION.size / 4;
const meeting = { lock: 1, empty: CONDITION_WORDS, full: CONDITION_WORDS, number: 1, total: 1 };

interface Meeting {
  readonly lock: number;
  readonly empty: number;
  readonly full: number;
  readonly number: number;
}

/** Waits until the number is above 0 (or is not), then changes it and tells the other. */
function round(at: Meeting, me: number, isProducer: boolean, change: number): void {
  locked(at.lock, me, () => {
    while (isProducer === get(at.number) > 0) {
      waitCondition(isProducer ? at.empty : at.full, at.lock, me + 1);
    }
    put(at.number, get(at.number) + change);
  });
  signalCondition(isProducer ? at.full : at.empty);
}

/** The consumer does not consume, so the producer waits for ever. */
export const sync01 = wordScenario({
  name: 'sync01', words: meeting, prepare: (at) => put(at.number, 1),
  threads: [(at, me) => round(at, me, true, 1), (at, me) => round(at, me, false, 0)],
});

function twice(at: Meeting, me: number, isProducer: boolean): void {
  for (let i = 0; i < 2; i++) round(at, me, isProducer, isProducer ? 1 : -1);
}

/** The consumer leaves when its two rounds are over; the producer's second has nobody. */
export const sync02 = wordScenario({
  name: 'sync02', words: meeting, prepare: (at) => put(at.number, 2),
  threads: [(at, me) => twice(at, me, true), (at, me) => twice(at, me, false)],
});

export const arithmetic = wordScenario({
  name: 'arithmetic-progression', words: meeting,
  threads: [
    (at, me) => {
      for (let i = 0; i < 3; i++) round(at, me, true, 1);
    },
    (at, me) => {
      for (let i = 0; i < 3; i++) {
        round(at, me, false, -1);
        put(at.total, get(at.total) + i);
      }
      put(at.total, get(at.total) + 3);
    },
  ],
  check: (at) => claim(get(at.total) !== 6, 'the sum is not six'),
});
