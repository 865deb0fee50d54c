// A reader-writer lock: many readers or one writer, and a waiting writer keeps new readers out.
// A reader that already holds the lock may read again (it would wait for itself otherwise).
//
//   state   13 … 0  readers inside    19 … 14  the writer's owner    26 … 20  writers waiting
//
// Readers and writers sleep on different words, the gates, so that a release wakes whom it can
// let in. Both move on before a wake-up, and a waiter reads its gate before it looks at the state
// the last time: a wake-up between the two ends its sleep before it begins.
//
// Each owner has a byte of its own, plainly written, that says how often it reads or that it waits
// to write. It is written before the state is changed, so that a thread that died in either role
// is found by whoever waits: the state alone knows only the writer.
import { UCHAR, array, atomic } from '../mem/field.ts';
import { MAX_OWNERS } from '../mem/param.ts';
import { u8 } from '../mem/memory.ts';
import { struct } from '../mem/struct.ts';
import { EVERYBODY, add, and, compareExchange, load, notify } from './atomics.ts';
import { AbandonedError, OwnershipError, isDead } from './owner.ts';
import { SPIN_THEN_PARK, sleepWhile, spinsOf } from './park.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

/** All zero is free. */
export const RW_LOCK = struct('SYNC_RW_LOCK', {
  state: atomic(),
  readerGate: atomic(),
  writerGate: atomic(),
  waitingReaders: atomic(),
  roles: array(UCHAR, MAX_OWNERS + 1),
});
const { at_state, at_readerGate, at_writerGate, at_waitingReaders, at_roles } = RW_LOCK.bound;
type PRW_LOCK = Ptr<'SYNC_RW_LOCK'>;

const READERS = (1 << 14) - 1;
const WRITER_SHIFT = 14;
const WRITER = MAX_OWNERS << WRITER_SHIFT;
const WAITING_ONE = 1 << 20;
const WAITING = ~(READERS | WRITER);
/** The role byte of an owner that waits to write; smaller values count its reads. */
const WAITS_TO_WRITE = 0xff;
const MAX_READS = 127;

const NAME = 'reader-writer lock';

function roleOf(lock: PRW_LOCK, owner: number): number {
  return u8[at_roles(lock) + owner] ?? 0;
}

function setRole(lock: PRW_LOCK, owner: number, role: number): void {
  u8[at_roles(lock) + owner] = role;
}

function writerIn(state: number): number {
  return (state & WRITER) >> WRITER_SHIFT;
}

/** Fails when a dead thread holds the lock or keeps others out by waiting for it. */
function checkDead(lock: PRW_LOCK): void {
  const writer = writerIn(load(at_state(lock)));
  if (isDead(writer)) throw new AbandonedError(NAME, lock, writer);
  for (let owner = 1; owner <= MAX_OWNERS; owner++) {
    if (roleOf(lock, owner) !== 0 && isDead(owner)) throw new AbandonedError(NAME, lock, owner);
  }
}

/** Lets in whoever may come now that the state has become easier. */
function wakeNext(lock: PRW_LOCK): void {
  if ((load(at_state(lock)) & WAITING) !== 0) {
    add(at_writerGate(lock), 1);
    notify(at_writerGate(lock), 1);
  } else if (load(at_waitingReaders(lock)) !== 0) {
    add(at_readerGate(lock), 1);
    notify(at_readerGate(lock), EVERYBODY);
  }
}

/** Takes the lock for reading if no writer holds it or waits for it; says whether it did. */
export function tryAcquireRead(address: number, owner: number): boolean {
  const lock = address as PRW_LOCK;
  const reads = roleOf(lock, owner);
  if (reads >= MAX_READS) {
    throw new OwnershipError(NAME, address, owner, `reads more than ${MAX_READS} times at once`);
  }
  const closed = reads > 0 ? WRITER : WRITER | WAITING;
  let state = load(at_state(lock));
  while ((state & closed) === 0) {
    setRole(lock, owner, reads + 1);
    const seen = compareExchange(at_state(lock), state, state + 1);
    if (seen === state) return true;
    setRole(lock, owner, reads);
    state = seen;
  }
  return false;
}

/**
 * Takes the lock for reading, waiting for writers that hold it or came before.
 *
 * @param owner the calling thread's owner id, 1..MAX_OWNERS.
 * @param milliseconds how long to wait at most; 0 only looks, Infinity has no limit.
 * @returns whether the lock is held now; false when the time is over.
 * @throws AbandonedError when a thread that it waits for has died; OwnershipError when the caller
 *   is the writer.
 */
export function acquireRead(
  address: number,
  owner: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (tryAcquireRead(address, owner)) return true;
  const lock = address as PRW_LOCK;
  if (writerIn(load(at_state(lock))) === owner) {
    throw new OwnershipError(NAME, address, owner, 'holds it for writing and would wait for ever');
  }
  if (milliseconds <= 0) return false;
  for (let i = spinsOf(strategy); i > 0; i--) {
    if ((load(at_state(lock)) & (WRITER | WAITING)) === 0) break;
  }
  const gate = at_readerGate(lock);
  add(at_waitingReaders(lock), 1);
  try {
    for (let left = milliseconds; ; ) {
      const key = load(gate);
      if (tryAcquireRead(address, owner)) return true;
      checkDead(lock);
      if (left <= 0) return false;
      left = sleepWhile(gate, key, left, strategy);
    }
  } finally {
    add(at_waitingReaders(lock), -1);
  }
}

/** Gives one read back. Throws OwnershipError when the owner does not read. */
export function releaseRead(address: number, owner: number): void {
  const lock = address as PRW_LOCK;
  const reads = roleOf(lock, owner);
  if (reads === 0 || reads === WAITS_TO_WRITE) {
    throw new OwnershipError(NAME, address, owner, 'releases a read that it does not hold');
  }
  const before = add(at_state(lock), -1);
  setRole(lock, owner, reads - 1);
  if ((before & READERS) === 1 && (before & WAITING) !== 0) wakeNext(lock);
}

/** Takes the lock for writing if nobody holds it or waits to write; says whether it did. */
export function tryAcquireWrite(address: number, owner: number): boolean {
  return compareExchange(at_state(address as PRW_LOCK), 0, owner << WRITER_SHIFT) === 0;
}

/**
 * Takes the lock for writing, waiting for the holders. Arguments and failures as acquireRead; an
 * owner that reads may not wait to write, since it would wait for itself.
 */
export function acquireWrite(
  address: number,
  owner: number,
  milliseconds: number = Infinity,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): boolean {
  if (tryAcquireWrite(address, owner)) return true;
  const lock = address as PRW_LOCK;
  if (roleOf(lock, owner) !== 0 || writerIn(load(at_state(lock))) === owner) {
    throw new OwnershipError(NAME, address, owner, 'already holds it and would wait for ever');
  }
  if (milliseconds <= 0) return false;
  for (let i = spinsOf(strategy); i > 0; i--) {
    if (load(at_state(lock)) === 0 && tryAcquireWrite(address, owner)) return true;
  }
  return waitToWrite(lock, owner, milliseconds, strategy);
}

function waitToWrite(
  lock: PRW_LOCK,
  owner: number,
  milliseconds: number,
  strategy: WaitStrategy,
): boolean {
  const gate = at_writerGate(lock);
  let taken = false;
  setRole(lock, owner, WAITS_TO_WRITE);
  add(at_state(lock), WAITING_ONE);
  try {
    for (let left = milliseconds; ; ) {
      const key = load(gate);
      taken = stopWaitingAndTake(lock, owner);
      if (taken) return true;
      checkDead(lock);
      if (left <= 0) return false;
      left = sleepWhile(gate, key, left, strategy);
    }
  } finally {
    if (!taken) add(at_state(lock), -WAITING_ONE);
    setRole(lock, owner, 0);
    // Readers that this writer kept out may come in, or the wake-up it got is another writer's.
    if (!taken) wakeNext(lock);
  }
}

/** One step from waiting writer to writer, if nobody is inside. */
function stopWaitingAndTake(lock: PRW_LOCK, owner: number): boolean {
  let state = load(at_state(lock));
  while ((state & (READERS | WRITER)) === 0) {
    const next = state - WAITING_ONE + (owner << WRITER_SHIFT);
    const seen = compareExchange(at_state(lock), state, next);
    if (seen === state) return true;
    state = seen;
  }
  return false;
}

/** Gives the write back. Throws OwnershipError when the owner does not write. */
export function releaseWrite(address: number, owner: number): void {
  const lock = address as PRW_LOCK;
  if (compareExchange(at_state(lock), owner << WRITER_SHIFT, 0) !== owner << WRITER_SHIFT) {
    if (writerIn(load(at_state(lock))) !== owner) {
      throw new OwnershipError(NAME, address, owner, 'releases a write that it does not hold');
    }
    and(at_state(lock), ~WRITER);
  }
  wakeNext(lock);
}

/** Readers inside, and the writer's owner; another thread's answer is old when it arrives. */
export function rwLockHolders(address: number): { readers: number; writer: number } {
  const state = load(at_state(address as PRW_LOCK));
  return { readers: state & READERS, writer: writerIn(state) };
}

/** Undoes what a dead owner held or waited for, after what it protected was repaired. */
export function clearDeadOwner(address: number, deadOwner: number): void {
  const lock = address as PRW_LOCK;
  const role = roleOf(lock, deadOwner);
  if (writerIn(load(at_state(lock))) === deadOwner) and(at_state(lock), ~WRITER);
  else if (role === WAITS_TO_WRITE) add(at_state(lock), -WAITING_ONE);
  else add(at_state(lock), -role);
  setRole(lock, deadOwner, 0);
  wakeNext(lock);
}
