// Routines for the tests of the reader-writer lock, the sequence lock and the free list.
import { SPIN_THEN_PARK, acquireRead, acquireWrite } from '#src/atomics-sync/index.ts';
import { beginSeqRead, beginSeqWrite, compareExchange } from '#src/atomics-sync/index.ts';
import { endSeqWrite, load, popFree, pushFree, releaseRead } from '#src/atomics-sync/index.ts';
import { releaseWrite, retrySeqRead, store, words } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { noRescue } from './locks.ts';
import type { Thread } from '#test/support/thread.ts';

export interface SharedArgs {
  readonly lock: number;
  /** Where the shared data lie. */
  readonly data: number;
  readonly rounds: number;
  readonly seed: number;
}

/** A small generator, so that a failing run can be repeated. */
export function generator(seed: number): (below: number) => number {
  let state = (seed * 2654435761) | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/**
 * Reads and writes two plain words that a writer keeps equal. Word 2 says who writes. Returns how
 * often they were unequal or a writer was inside.
 */
export function readAndWrite(thread: Thread<SharedArgs>): { torn: number; writes: number } {
  const { lock, data, rounds, seed } = thread.args;
  const at = data >> 2;
  const draw = generator(seed * 31 + thread.index);
  const out = { torn: 0, writes: 0 };
  noRescue();
  for (let round = 0; round < rounds; round++) {
    if (draw(4) === 0) {
      thread.at('acquireWrite', round);
      acquireWrite(lock, thread.owner, Infinity, SPIN_THEN_PARK);
      if (i32[at + 2] !== 0 || i32[at] !== i32[at + 1]) out.torn++;
      i32[at + 2] = thread.owner;
      i32[at] = (i32[at] ?? 0) + 1;
      for (let i = draw(100); i > 0; i--) load(lock);
      i32[at + 1] = (i32[at + 1] ?? 0) + 1;
      i32[at + 2] = 0;
      out.writes++;
      releaseWrite(lock, thread.owner);
    } else {
      thread.at('acquireRead', round);
      acquireRead(lock, thread.owner, Infinity, SPIN_THEN_PARK);
      const first = i32[at];
      for (let i = draw(50); i > 0; i--) load(lock);
      if (i32[at + 2] !== 0 || i32[at + 1] !== first) out.torn++;
      releaseRead(lock, thread.owner);
    }
  }
  return out;
}

/** Waits to read as long as it takes, and gives the read back. */
export function readOnce(thread: Thread<SharedArgs>): boolean {
  noRescue();
  thread.at('acquireRead');
  const got = acquireRead(thread.args.lock, thread.owner);
  releaseRead(thread.args.lock, thread.owner);
  return got;
}

/** Thread 0 waits to write and gives up, the others want to read behind it; who got the lock? */
export function writerGivesUp(thread: Thread<SharedArgs>): boolean {
  const { lock, rounds } = thread.args;
  if (thread.index === 0) {
    thread.at('acquireWrite');
    return acquireWrite(lock, thread.owner, rounds);
  }
  thread.at('wait for a waiting writer');
  while (load(lock) < 1 << 20);
  return readOnce(thread);
}

/** Thread 0 (and 1, if there are three) writes pairs, the last reads; returns torn pairs seen. */
export function seqPairs(thread: Thread<SharedArgs>): { torn: number; reads: number } {
  const { lock, data, rounds, seed } = thread.args;
  const draw = generator(seed * 7 + thread.index);
  const out = { torn: 0, reads: 0 };
  const done = data + 128;
  noRescue();
  if (thread.index < thread.threads - 1) {
    for (let round = 0; round < rounds; round++) {
      thread.at('write', round);
      beginSeqWrite(lock, thread.owner);
      const next = load(data) + 1;
      store(data, next);
      for (let i = draw(60); i > 0; i--) load(lock);
      store(data + 64, next);
      endSeqWrite(lock, thread.owner);
    }
    store(done, 1);
    return out;
  }
  while (load(done) === 0) {
    thread.at('read', out.reads);
    let first = 0;
    let second = 0;
    let sequence = 0;
    do {
      sequence = beginSeqRead(lock);
      first = load(data);
      second = load(data + 64);
    } while (retrySeqRead(lock, sequence));
    if (first !== second) out.torn++;
    out.reads++;
  }
  return out;
}

/**
 * Takes and gives back blocks of a free list, a few at a time. A block's second word says who has
 * it, and is changed by compare-exchange, so a block given out twice is seen at once.
 */
export function takeAndGive(thread: Thread<SharedArgs>): { twice: number; taken: number } {
  const { lock: list, rounds, seed } = thread.args;
  const draw = generator(seed * 17 + thread.index);
  const held: number[] = [];
  const out = { twice: 0, taken: 0 };
  for (let round = 0; round < rounds; round++) {
    thread.at('take or give', round);
    if (held.length < 4 && draw(2) === 0) {
      const block = popFree(list);
      if (block === 0) continue;
      if (compareExchange(block + 4, 0, thread.owner) !== 0) out.twice++;
      // Overwrites the link: a pop that reads it too late must not believe it.
      i32[block >> 2] = -1;
      out.taken++;
      held.push(block);
    } else {
      const block = held.splice(draw(held.length || 1), 1)[0];
      if (block === undefined) continue;
      if (compareExchange(block + 4, thread.owner, 0) !== thread.owner) out.twice++;
      pushFree(list, block);
    }
  }
  for (const block of held) {
    store(block + 4, 0);
    pushFree(list, block);
  }
  return out;
}

/** Allocates words and returns where they lie. */
export function allocate(thread: Thread<SharedArgs>): number[] {
  return Array.from({ length: thread.args.rounds }, (_, i) => words(1 + (i % 20)));
}
