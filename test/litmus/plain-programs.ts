// Litmus tests of plain accesses: what they may show when nothing orders them, and that the door
// orders them. "The whole memory model the house relies on": a plain access before a store through
// the door is visible to whoever loads the stored value through the door.
import { acquireSpin, add, compareExchange, exchange, load, pop } from '#src/atomics-sync/index.ts';
import { push, releaseSpin, store } from '#src/atomics-sync/index.ts';
import { i32 as words } from '#src/mem/memory.ts';
import { allowed, forbidden, pair } from './litmus.ts';
import type { Body, Litmus } from './litmus.ts';

const i32 = words;
const IN_TURN = 'one thread ran before the other';
const BETWEEN = 'the operations came one between the others';

function plainStore(address: number, value: number): void {
  i32[address >> 2] = value;
}

function plainLoad(address: number): number {
  return i32[address >> 2] as number;
}

/** Plain data in x, published through y by `publish`; the reader looks by `look`. */
function published(name: string, publish: (y: number) => void, look = load): Litmus {
  return {
    name: `plain data published by ${name}`,
    question: 'Who sees the publication, does it see the plain data?',
    threads: [
      (x, y) => {
        plainStore(x, 1);
        publish(y);
        return 0;
      },
      (x, y) => {
        const flag = look(y);
        return pair(flag, plainLoad(x));
      },
    ],
    registers: [0, 2],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=0', 'the data happened before the publication'),
      allowed('r0=0 r1=0', 'the reader was first'),
      allowed('r0=0 r1=1', 'the plain read raced, and may see the data early'),
      allowed('r0=1 r1=1', 'the writer was first'),
    ],
  };
}

/** Each thread adds one to the plain word x under the spin lock y. */
const lockedIncrement =
  (owner: number): Body =>
  (x, y) => {
    acquireSpin(y, owner);
    const before = plainLoad(x);
    plainStore(x, before + 1);
    releaseSpin(y, owner);
    return before;
  };

/** The entry of Dekker: raise my flag, and go in if the other flag is not raised. */
const dekker =
  (mine: 'x' | 'y'): Body =>
  (x, y) => {
    store(mine === 'x' ? x : y, 1);
    return load(mine === 'x' ? y : x) === 0 ? 1 : 0;
  };

export const plainPrograms: readonly Litmus[] = [
  published('a store', (y) => store(y, 1)),
  published('an exchange', (y) => void exchange(y, 1)),
  published('an add', (y) => void add(y, 1)),
  published('a compare-exchange', (y) => void compareExchange(y, 0, 1)),
  published('a store, seen by an add', (y) => store(y, 1), (y) => add(y, 0)),
  {
    name: 'plain store buffering',
    question: 'Can both threads store plainly and then miss each other?',
    threads: [
      (x, y) => (plainStore(x, 1), plainLoad(y)),
      (x, y) => (plainStore(y, 1), plainLoad(x)),
    ],
    registers: [1, 1],
    finals: false,
    outcomes: [
      allowed('r0=0 r1=0', 'a processor keeps a store to itself for a while: x86 shows this'),
      allowed('r0=0 r1=1', IN_TURN),
      allowed('r0=1 r1=0', IN_TURN),
      allowed('r0=1 r1=1', BETWEEN),
    ],
  },
  {
    name: 'plain message passing',
    question: 'Who sees a plain flag, does it see plain data?',
    threads: [
      (x, y) => {
        plainStore(x, 1);
        plainStore(y, 1);
        return 0;
      },
      (x, y) => {
        const flag = plainLoad(y);
        return pair(flag, plainLoad(x));
      },
    ],
    registers: [0, 2],
    finals: false,
    outcomes: [
      allowed('r0=1 r1=0', 'nothing orders the two: ARM shows this, x86 does not'),
      allowed('r0=0 r1=0', 'the reader was first'),
      allowed('r0=0 r1=1', BETWEEN),
      allowed('r0=1 r1=1', 'the writer was first'),
    ],
  },
  {
    name: 'plain load buffering',
    question: 'Can each thread plainly read what the other stores only afterwards?',
    threads: [
      (x, y) => {
        const r = plainLoad(x);
        plainStore(y, 1);
        return r;
      },
      (x, y) => {
        const r = plainLoad(y);
        plainStore(x, 1);
        return r;
      },
    ],
    registers: [1, 1],
    finals: false,
    outcomes: [
      allowed('r0=1 r1=1', 'the stores do not depend on the loads: ARM may, x86 does not'),
      allowed('r0=0 r1=0', BETWEEN),
      allowed('r0=0 r1=1', IN_TURN),
      allowed('r0=1 r1=0', IN_TURN),
    ],
  },
  {
    name: 'increments under a lock, two threads',
    question: 'Does the second holder see what the first one wrote?',
    threads: [lockedIncrement(1), lockedIncrement(2)],
    registers: [1, 1],
    finals: true,
    outcomes: [
      forbidden('r0=0 r1=0 x=1 y=0', 'one increment was lost'),
      forbidden('r0=1 r1=1 x=2 y=0', 'both saw an increment that was not made yet'),
      allowed('r0=0 r1=1 x=2 y=0', 'thread 0 was first'),
      allowed('r0=1 r1=0 x=2 y=0', 'thread 1 was first'),
    ],
  },
  {
    name: 'increments under a lock, three threads',
    question: 'Does each holder see all that came before?',
    threads: [lockedIncrement(1), lockedIncrement(2), lockedIncrement(3)],
    registers: [1, 1, 1],
    finals: true,
    outcomes: ['012', '021', '102', '120', '201', '210'].map((order) =>
      allowed(`r0=${order[0]} r1=${order[1]} r2=${order[2]} x=3 y=0`, 'an order of three holders'),
    ),
  },
  {
    name: 'the entry of Dekker through the door',
    question: 'Can both threads be inside at once?',
    threads: [dekker('x'), dekker('y')],
    registers: [1, 1],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=1', 'the later flag was raised before the look at the other'),
      allowed('r0=1 r1=0', 'thread 0 is inside'),
      allowed('r0=0 r1=1', 'thread 1 is inside'),
      allowed('r0=0 r1=0', 'both were polite'),
    ],
  },
];

/** A program over a ring that the caller made; all instances share it. */
export function ringProgram(ring: number): Litmus {
  let sent = 0;
  return {
    name: 'plain data behind a word in a ring',
    question: 'Who pops the word, does it see the plain data it stands for?',
    threads: [
      (x) => {
        plainStore(x, 1);
        push(ring, ++sent);
        return 0;
      },
      (x) => {
        pop(ring);
        return plainLoad(x);
      },
    ],
    registers: [0, 1],
    finals: false,
    outcomes: [
      forbidden('r0=0', 'the data were written before the word was pushed'),
      allowed('r0=1', 'the word came after the data'),
    ],
  };
}
