// Lock-free programs: a work-stealing deque whose fast push takes a slot that a thief has just
// claimed, in four forms, and SafeStack, whose bug needs five preemptions and three threads.
import { acquireMutex, add, compareExchange, exchange, load, releaseMutex, store }
  from '#src/atomics-sync/index.ts';
import { yieldPoint } from '#src/atomics-sync/schedule/hook.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, get, put } from './claim.ts';

const ITEMS = 4;
const NOTHING = -1;
const FIRST_MASK = 1;
const MOST_SLOTS = 16;

interface Deque {
  readonly lock: number;
  readonly head: number;
  readonly tail: number;
  readonly mask: number;
  readonly slots: number;
  readonly done: number;
  /** Activation records that are open, counted by everybody without a lock. */
  readonly records: number;
}

/** What one form of the deque does differently. */
interface Form {
  acquire(at: Deque, me: number): void;
  release(at: Deque, me: number): void;
  readonly isCounted: boolean;
}

const withMutex: Form = {
  acquire: (at, me) => void acquireMutex(at.lock, me + 1),
  release: (at, me) => releaseMutex(at.lock, me + 1),
  isCounted: false,
};
const withSpin: Form = {
  acquire(at) {
    while (compareExchange(at.lock, 0, 1) !== 0) yieldPoint();
  },
  release: (at) => store(at.lock, 0),
  isCounted: false,
};

/** Keeps the shared count of records around an operation. */
function counted<T>(form: Form, at: Deque, what: () => T): T {
  if (!form.isCounted) return what();
  store(at.records, load(at.records) + 1);
  const result = what();
  const open = load(at.records);
  claim(open > 0, 'a record is open while its operation runs');
  store(at.records, open - 1);
  return result;
}

function slot(at: Deque, index: number): number {
  return at.slots + 4 * (index & get(at.mask));
}

function underLock<T>(form: Form, at: Deque, me: number, what: () => T): T {
  form.acquire(at, me);
  const result = what();
  form.release(at, me);
  return result;
}

function steal(form: Form, at: Deque, me: number): number {
  return underLock(form, at, me, () => {
    const head = load(at.head);
    exchange(at.head, head + 1);
    if (head < load(at.tail)) return load(slot(at, head));
    store(at.head, head);
    return NOTHING;
  });
}

function pop(form: Form, at: Deque, me: number): number {
  const tail = load(at.tail) - 1;
  exchange(at.tail, tail);
  if (load(at.head) <= tail) return load(slot(at, tail));
  store(at.tail, tail + 1);
  return underLock(form, at, me, () => {
    exchange(at.tail, tail);
    if (load(at.head) <= tail) return load(slot(at, tail));
    store(at.head, 0);
    store(at.tail, 0);
    return NOTHING;
  });
}

function push(form: Form, at: Deque, me: number, item: number): void {
  const tail = load(at.tail);
  // The bug: one more than there are slots to spare.
  if (tail < load(at.head) + get(at.mask) + 1) {
    store(slot(at, tail), item);
    store(at.tail, tail + 1);
    return;
  }
  underLock(form, at, me, () => {
    const head = load(at.head);
    const count = load(at.tail) - head;
    if (count >= get(at.mask)) grow(at, head, count);
    const end = load(at.tail);
    store(slot(at, end), item);
    store(at.tail, end + 1);
  });
}

function grow(at: Deque, head: number, count: number): void {
  const kept = Array.from({ length: count }, (_, i) => load(slot(at, head + i)));
  put(at.mask, 2 * get(at.mask) + 1);
  kept.forEach((item, i) => store(at.slots + 4 * i, item));
  store(at.head, 0);
  store(at.tail, count);
}

function process(at: Deque, item: number): void {
  if (item !== NOTHING) add(at.done + 4 * item, 1);
}

/** Pushes two and takes one, twice, then takes two more. */
function owner(form: Form) {
  return (at: Deque, me: number): void => {
    for (let item = 0; item < ITEMS; item += 2) {
      counted(form, at, () => push(form, at, me, item));
      counted(form, at, () => push(form, at, me, item + 1));
      process(at, counted(form, at, () => pop(form, at, me)));
    }
    for (let i = 0; i < 2; i++) process(at, counted(form, at, () => pop(form, at, me)));
  };
}

function thief(form: Form) {
  return (at: Deque, me: number): void => {
    for (let i = 0; i < 2; i++) process(at, counted(form, at, () => steal(form, at, me)));
  };
}

function deque(name: string, form: Form) {
  return wordScenario({
    name,
    words: { lock: 1, head: 1, tail: 1, mask: 1, slots: MOST_SLOTS, done: ITEMS, records: 1 },
    prepare: (at) => put(at.mask, FIRST_MASK),
    threads: [owner(form), thief(form)],
    check(at) {
      for (let i = 0; i < ITEMS; i++) {
        claim(get(at.done + 4 * i) === 1, `an item is processed once: ${i}, ${get(at.done + 4 * i)}`);
      }
    },
  });
}

export const workSteal = deque('work-steal-queue', withMutex);
export const interlockedSteal = deque('interlocked-work-steal-queue', withSpin);
export const countedSteal = deque('state-work-steal-queue', { ...withMutex, isCounted: true });
export const countedInterlocked =
  deque('interlocked-work-steal-queue-with-state', { ...withSpin, isCounted: true });

const CELLS = 3;
const TURNS = 2;
const TRIES = 8;

interface Stack {
  readonly head: number;
  readonly count: number;
  readonly next: number;
  readonly owners: number;
}

function popCell(at: Stack): number {
  // A stack that is broken already may let a thread try for ever.
  for (let tries = 0; tries < TRIES && load(at.count) > 1; tries++) {
    const head = load(at.head);
    const next = exchange(at.next + 4 * head, NOTHING);
    if (next >= 0) {
      if (compareExchange(at.head, head, next) === head) {
        add(at.count, -1);
        return head;
      }
      exchange(at.next + 4 * head, next);
    }
    // Another has the cell: nothing changes until that one goes on.
    yieldPoint();
  }
  return NOTHING;
}

function pushCell(at: Stack, cell: number): void {
  let head = load(at.head);
  for (;;) {
    exchange(at.next + 4 * cell, head);
    const seen = compareExchange(at.head, head, cell);
    if (seen === head) break;
    head = seen;
  }
  add(at.count, 1);
}

function useCells(at: Stack, me: number): void {
  for (let turn = 0; turn < TURNS; turn++) {
    const cell = popCell(at);
    if (cell === NOTHING) continue;
    store(at.owners + 4 * cell, me + 1);
    claim(load(at.owners + 4 * cell) === me + 1, 'a cell has one owner');
    pushCell(at, cell);
  }
}

export const safeStack = wordScenario({
  name: 'safe-stack', words: { head: 1, count: 1, next: CELLS, owners: CELLS },
  prepare(at) {
    put(at.count, CELLS);
    for (let i = 0; i < CELLS; i++) put(at.next + 4 * i, i + 1 < CELLS ? i + 1 : NOTHING);
  },
  threads: [useCells, useCells, useCells],
});
