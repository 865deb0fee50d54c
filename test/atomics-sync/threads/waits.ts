// Routines for the tests of waiting and waking. None is rescued by a slice: a wake-up that gets
// lost hangs the thread, and the watchdog reports it.
import { PARK, SEMAPHORE, SPIN, SPIN_THEN_PARK, acquireMutex } from '#src/atomics-sync/index.ts';
import { acquireSemaphore, add, arriveBarrier } from '#src/atomics-sync/index.ts';
import { broadcastCondition, callOnce, cancelWait, commitWait } from '#src/atomics-sync/index.ts';
import { load, prepareWait, releaseMutex, releaseSemaphore } from '#src/atomics-sync/index.ts';
import { setEvent, signalCondition, signalWaiters, store } from '#src/atomics-sync/index.ts';
import { waitCondition, waitEvent } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { noRescue } from './locks.ts';
import type { Thread } from '#test/support/thread.ts';

export const strategies = { spin: SPIN, park: PARK, 'spin-then-park': SPIN_THEN_PARK } as const;

export interface WaitArgs {
  readonly rounds: number;
  readonly strategy: keyof typeof strategies;
  /** Addresses; what each is for is said by the routine. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Two threads, two semaphores a and b: each gives the other its turn. */
export function semaphorePingPong(thread: Thread<WaitArgs>): number {
  const { rounds, a, b } = thread.args;
  const strategy = strategies[thread.args.strategy];
  const [mine, theirs] = thread.index === 0 ? [a, b] : [b, a];
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at('wait for my turn', round);
    acquireSemaphore(mine, Infinity, strategy);
    releaseSemaphore(theirs);
  }
  return rounds;
}

/**
 * Thread 0 gives semaphore a twice, quickly, when the two others sleep at it; each takes one and
 * answers on b, and all meet at barrier c.
 */
export function semaphoreTwoQuickReleases(thread: Thread<WaitArgs>): number {
  const { rounds, a, b, c } = thread.args;
  const sleepers = a + (SEMAPHORE.offsets['sleepers'] ?? 0);
  const strategy = strategies[thread.args.strategy];
  noRescue();
  for (let round = 0; round < rounds; round++) {
    if (thread.index === 0) {
      thread.at('wait until both wait', round);
      while (load(sleepers) < 2);
      releaseSemaphore(a);
      releaseSemaphore(a);
      thread.at('wait for two answers', round);
      acquireSemaphore(b, Infinity, strategy);
      acquireSemaphore(b, Infinity, strategy);
    } else {
      thread.at('wait for one of two', round);
      acquireSemaphore(a, Infinity, strategy);
      releaseSemaphore(b);
    }
    thread.at('meet', round);
    arriveBarrier(c, Infinity, strategy);
  }
  return rounds;
}

/** A gate of a few units at a; returns the most threads that this one saw inside (word b). */
export function semaphoreGate(thread: Thread<WaitArgs>): number {
  const { rounds, a, b } = thread.args;
  const strategy = strategies[thread.args.strategy];
  let most = 0;
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at('wait at the gate', round);
    acquireSemaphore(a, Infinity, strategy);
    most = Math.max(most, add(b, 1) + 1);
    add(b, -1);
    releaseSemaphore(a);
  }
  return most;
}

/** The threads take turns in a circle: condition a, mutex b, plain turn word c. */
export function conditionCircle(thread: Thread<WaitArgs>): number {
  const { rounds, a, b, c } = thread.args;
  const strategy = strategies[thread.args.strategy];
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at('take the mutex', round);
    acquireMutex(b, thread.owner, Infinity, strategy);
    thread.at('wait for my turn', round);
    while (i32[c >> 2] !== thread.index) waitCondition(a, b, thread.owner, Infinity, strategy);
    i32[c >> 2] = (thread.index + 1) % thread.threads;
    // With two threads the only possible waiter is meant; with more, everybody must look.
    if (thread.threads === 2) signalCondition(a);
    else broadcastCondition(a);
    releaseMutex(b, thread.owner);
  }
  return rounds;
}

/** Two threads, two synchronization events a and b: each lets the other go on. */
export function eventPingPong(thread: Thread<WaitArgs>): number {
  const { rounds, a, b } = thread.args;
  const strategy = strategies[thread.args.strategy];
  const [mine, theirs] = thread.index === 0 ? [a, b] : [b, a];
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at('wait for my event', round);
    waitEvent(mine, Infinity, strategy);
    setEvent(theirs);
  }
  return rounds;
}

/** Everybody but thread 0 waits for notification event a, and is counted in word b. */
export function eventForAll(thread: Thread<WaitArgs>): boolean {
  noRescue();
  if (thread.index === 0) {
    thread.at('set the event');
    return setEvent(thread.args.a);
  }
  thread.at('wait for the event');
  return waitEvent(thread.args.a, Infinity, PARK);
}

/** Two threads hand word c to and fro, and sleep on event count a. */
export function eventCountPingPong(thread: Thread<WaitArgs>): number {
  const { rounds, a, c } = thread.args;
  const strategy = strategies[thread.args.strategy];
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at('wait for my turn', round);
    while (load(c) !== thread.index) {
      const key = prepareWait(a);
      if (load(c) === thread.index) cancelWait(a);
      else commitWait(a, key, Infinity, strategy);
    }
    store(c, 1 - thread.index);
    signalWaiters(a);
  }
  return rounds;
}

/**
 * Phases at barrier a. In each, every thread writes its plain word at b, passes, reads the others'
 * words and passes again. Returns how often it was last, and how many words were of another phase.
 */
export function phases(thread: Thread<WaitArgs>): { last: number; stale: number } {
  const { rounds, a, b } = thread.args;
  const strategy = strategies[thread.args.strategy];
  let last = 0;
  let stale = 0;
  noRescue();
  for (let round = 1; round <= rounds; round++) {
    i32[(b >> 2) + 16 * thread.index] = round;
    thread.at('after writing', round);
    if (arriveBarrier(a, Infinity, strategy) === 'last') last++;
    for (let other = 0; other < thread.threads; other++) {
      if (i32[(b >> 2) + 16 * other] !== round) stale++;
    }
    thread.at('after reading', round);
    if (arriveBarrier(a, Infinity, strategy) === 'last') last++;
  }
  return { last, stale };
}

/**
 * For each word from a on, does something once: counts up the plain word at b. Returns how often
 * this thread did it, and how often it was done without being visible.
 */
export function manyOnces(thread: Thread<WaitArgs>): { did: number; unseen: number } {
  const { rounds, a, b, c } = thread.args;
  const strategy = strategies[thread.args.strategy];
  let did = 0;
  let unseen = 0;
  noRescue();
  for (let round = 0; round < rounds; round++) {
    const at = (b >> 2) + round;
    thread.at('meet', round);
    if (round % 16 === 0) arriveBarrier(c);
    thread.at('do it once', round);
    callOnce(
      a + 4 * round,
      thread.owner,
      () => {
        did++;
        i32[at] = (i32[at] ?? 0) + 1;
      },
      Infinity,
      strategy,
    );
    if (i32[at] !== 1) unseen++;
  }
  return { did, unseen };
}
