// Routines for the tests of locks with one owner: many threads change plain words under a lock.
import { PARK, SPIN, SPIN_THEN_PARK, acquireMutex, acquireSpin } from '#src/atomics-sync/index.ts';
import { acquireWrite, load, onWaitSlice, releaseMutex } from '#src/atomics-sync/index.ts';
import { releaseSpin, releaseWrite } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import type { Thread } from '#test/support/thread.ts';

export interface LockArgs {
  readonly lock: 'spin' | 'mutex' | 'write';
  readonly address: number;
  /** Two plain words: a counter, and a word that is not zero while somebody is inside. */
  readonly counter: number;
  readonly rounds: number;
  readonly strategy: 'spin' | 'park' | 'spin-then-park';
  /** Loads while the lock is held, so that others come to sleep. */
  readonly hold: number;
}

const strategies = { spin: SPIN, park: PARK, 'spin-then-park': SPIN_THEN_PARK };

function take(args: LockArgs, owner: number): void {
  const strategy = strategies[args.strategy];
  if (args.lock === 'spin') acquireSpin(args.address, owner);
  else if (args.lock === 'mutex') acquireMutex(args.address, owner, Infinity, strategy);
  else acquireWrite(args.address, owner, Infinity, strategy);
}

function release(args: LockArgs, owner: number): void {
  if (args.lock === 'spin') releaseSpin(args.address, owner);
  else if (args.lock === 'mutex') releaseMutex(args.address, owner);
  else releaseWrite(args.address, owner);
}

/** No slice of a wait ever ends: a lost wake-up stays lost, and the watchdog finds it. */
export function noRescue(): void {
  onWaitSlice(() => undefined, 1e9);
}

/** Counts up a plain word under the lock; returns how often somebody else was inside. */
export function incrementUnderLock(thread: Thread<LockArgs>): number {
  const { args, owner } = thread;
  const { counter, rounds, hold } = args;
  let intruders = 0;
  noRescue();
  for (let round = 0; round < rounds; round++) {
    thread.at(`acquire ${args.lock}`, round);
    take(args, owner);
    if (i32[(counter >> 2) + 1] !== 0) intruders++;
    i32[(counter >> 2) + 1] = owner;
    const before = i32[counter >> 2] ?? 0;
    for (let i = 0; i < hold; i++) load(counter);
    i32[counter >> 2] = before + 1;
    i32[(counter >> 2) + 1] = 0;
    release(args, owner);
  }
  return intruders;
}

/**
 * Takes the mutex with short limits, so that some waits end by time; returns how many did. A wait
 * whose time is over must not take another sleeper's wake-up with it.
 */
export function impatient(thread: Thread<LockArgs>): { taken: number; late: number } {
  const { args, owner } = thread;
  const patient = thread.index !== 0;
  let taken = 0;
  let late = 0;
  noRescue();
  for (let round = 0; round < args.rounds; round++) {
    thread.at('acquire mutex', round);
    // A wake-up counts 0.01 ms, so this limit is used up by three of them.
    if (!acquireMutex(args.address, owner, patient ? Infinity : 0.03, PARK)) {
      late++;
      continue;
    }
    taken++;
    for (let i = 0; i < args.hold; i++) load(args.address);
    releaseMutex(args.address, owner);
  }
  return { taken, late };
}
