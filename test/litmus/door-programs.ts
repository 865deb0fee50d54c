// Litmus tests of the door: its operations have one order that all threads agree on, which is what
// every primitive of atomics-sync is argued from.
import { add, compareExchange, exchange, load, store } from '#src/atomics-sync/index.ts';
import { allowed, forbidden, pair } from './litmus.ts';
import type { Litmus } from './litmus.ts';

const IN_TURN = 'one thread ran before the other';
const BETWEEN = 'the operations came one between the others';

export const doorPrograms: readonly Litmus[] = [
  {
    name: 'store buffering',
    question: 'Can both threads store and then miss each other? (Dekker: no lock works if so.)',
    threads: [
      (x, y) => (store(x, 1), load(y)),
      (x, y) => (store(y, 1), load(x)),
    ],
    registers: [1, 1],
    finals: false,
    outcomes: [
      forbidden('r0=0 r1=0', 'the later of the two stores still comes before a load'),
      allowed('r0=0 r1=1', IN_TURN),
      allowed('r0=1 r1=0', IN_TURN),
      allowed('r0=1 r1=1', BETWEEN),
    ],
  },
  {
    name: 'store buffering by exchange and add',
    question: 'The same with the operations that primitives announce themselves with.',
    threads: [
      (x, y) => (add(x, 1), load(y)),
      (x, y) => (exchange(y, 1), load(x)),
    ],
    registers: [1, 1],
    finals: false,
    outcomes: [
      forbidden('r0=0 r1=0', 'an announcement comes before the look that follows it'),
      allowed('r0=0 r1=1', IN_TURN),
      allowed('r0=1 r1=0', IN_TURN),
      allowed('r0=1 r1=1', BETWEEN),
    ],
  },
  {
    name: 'message passing',
    question: 'Who sees the flag, does it see the data?',
    threads: [(x, y) => (store(x, 1), store(y, 1), 0), (x, y) => pair(load(y), load(x))],
    registers: [0, 2],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=0', 'the data were stored before the flag'),
      allowed('r0=0 r1=0', 'the reader was first'),
      allowed('r0=0 r1=1', BETWEEN),
      allowed('r0=1 r1=1', 'the writer was first'),
    ],
  },
  {
    name: 'load buffering',
    question: 'Can each thread read what the other stores only afterwards?',
    threads: [
      (x, y) => {
        const r = load(x);
        store(y, 1);
        return r;
      },
      (x, y) => {
        const r = load(y);
        store(x, 1);
        return r;
      },
    ],
    registers: [1, 1],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=1', 'each value would have been read before it was stored'),
      allowed('r0=0 r1=0', BETWEEN),
      allowed('r0=0 r1=1', IN_TURN),
      allowed('r0=1 r1=0', IN_TURN),
    ],
  },
  {
    name: 'coherence, read twice',
    question: 'Can a word go back to an older value for the same reader?',
    threads: [(x) => (store(x, 1), store(x, 2), 0), (x) => pair(load(x), load(x))],
    registers: [0, 2],
    finals: false,
    outcomes: [
      forbidden('r0=2 r1=1', '1 was overwritten by 2 before'),
      forbidden('r0=1 r1=0', '0 was overwritten by 1 before'),
      forbidden('r0=2 r1=0', '0 was overwritten by 1 and 2 before'),
      allowed('r0=0 r1=0', 'both reads before the stores'),
      allowed('r0=0 r1=1', BETWEEN),
      allowed('r0=0 r1=2', BETWEEN),
      allowed('r0=1 r1=1', 'both reads between the stores'),
      allowed('r0=1 r1=2', BETWEEN),
      allowed('r0=2 r1=2', 'both reads after the stores'),
    ],
  },
  {
    name: 'two stores each, crossed',
    question: 'Can both first stores survive both second stores?',
    threads: [(x, y) => (store(x, 1), store(y, 2), 0), (x, y) => (store(y, 1), store(x, 2), 0)],
    registers: [0, 0],
    finals: true,
    outcomes: [
      forbidden('x=1 y=1', 'each second store would have come before the other first one'),
      allowed('x=2 y=2', BETWEEN),
      allowed('x=1 y=2', 'thread 1 was first'),
      allowed('x=2 y=1', 'thread 0 was first'),
    ],
  },
  {
    name: 'a store overtaken',
    question: 'After my store to y came last, do I see what was stored before the other one?',
    threads: [
      (x, y) => (store(x, 1), store(y, 1), 0),
      (x, y) => (store(y, 2), load(x)),
    ],
    registers: [0, 1],
    finals: true,
    outcomes: [
      forbidden('r0=0 x=1 y=2', 'y=2 came after y=1, which came after x=1; the load came later'),
      allowed('r0=0 x=1 y=1', 'thread 1 was first'),
      allowed('r0=1 x=1 y=1', BETWEEN),
      allowed('r0=1 x=1 y=2', 'thread 0 was first'),
    ],
  },
  {
    name: 'claims',
    question: 'Can two threads win one compare-exchange, or get one number from an add?',
    threads: [
      (x, y) => pair(compareExchange(x, 0, 1) === 0 ? 1 : 0, add(y, 1)),
      (x, y) => pair(compareExchange(x, 0, 2) === 0 ? 1 : 0, add(y, 1)),
    ],
    registers: [2, 2],
    finals: false,
    outcomes: [
      ...['r0=1 r1=0 r2=1 r3=1', 'r0=1 r1=1 r2=1 r3=0'].map((o) => forbidden(o, 'two winners')),
      ...['r0=1 r1=0 r2=0 r3=0', 'r0=0 r1=0 r2=1 r3=0'].map((o) => forbidden(o, 'one number')),
      ...['r0=0 r1=0 r2=0 r3=1', 'r0=0 r1=1 r2=0 r3=0'].map((o) => forbidden(o, 'no winner')),
      allowed('r0=1 r1=0 r2=0 r3=1', IN_TURN),
      allowed('r0=0 r1=1 r2=1 r3=0', IN_TURN),
      allowed('r0=1 r1=1 r2=0 r3=0', BETWEEN),
      allowed('r0=0 r1=0 r2=1 r3=1', BETWEEN),
    ],
  },
  {
    name: 'write to read causality',
    question: 'Does what I saw reach a third thread with what I then wrote?',
    threads: [
      (x) => (store(x, 1), 0),
      (x, y) => {
        const r = load(x);
        store(y, r);
        return r;
      },
      (x, y) => pair(load(y), load(x)),
    ],
    registers: [0, 1, 2],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=1 r2=0', 'x was stored before y was'),
      forbidden('r0=0 r1=1 r2=0', 'y was only ever what was read from x'),
      forbidden('r0=0 r1=1 r2=1', 'y was only ever what was read from x'),
      allowed('r0=0 r1=0 r2=0', 'x was late'),
      allowed('r0=0 r1=0 r2=1', BETWEEN),
      allowed('r0=1 r1=0 r2=0', 'the reader was first'),
      allowed('r0=1 r1=0 r2=1', BETWEEN),
      allowed('r0=1 r1=1 r2=1', 'in this order'),
    ],
  },
  {
    name: 'independent reads of independent writes',
    question: 'Can two readers disagree about which of two stores was first?',
    threads: [
      (x) => (store(x, 1), 0),
      (_x, y) => (store(y, 1), 0),
      (x, y) => pair(load(x), load(y)),
      (x, y) => pair(load(y), load(x)),
    ],
    registers: [0, 0, 2, 2],
    finals: false,
    outcomes: [
      forbidden('r0=1 r1=0 r2=1 r3=0', 'one says x was first, the other says y'),
      ...allOf(4)
        .filter((o) => o !== 'r0=1 r1=0 r2=1 r3=0')
        .map((o) => allowed(o, 'one order of the stores explains both readers')),
    ],
  },
];

/** Every outcome of `count` registers that are 0 or 1. */
function allOf(count: number): string[] {
  return Array.from({ length: 1 << count }, (_, bits) =>
    Array.from({ length: count }, (_unused, i) => `r${i}=${(bits >> i) & 1}`).join(' '),
  );
}
