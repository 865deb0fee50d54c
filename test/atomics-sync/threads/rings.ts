// Routines for the tests of the ring: producers push numbered words, consumers note what they got.
import { RING_EMPTY, add, arriveBarrier, pop, push } from '#src/atomics-sync/index.ts';
import { ringDoorbell, tryPop, tryPush, tryPushQuiet } from '#src/atomics-sync/index.ts';
import { noRescue } from './locks.ts';
import { generator } from './shared-data.ts';
import { strategies } from './waits.ts';
import type { Thread } from '#test/support/thread.ts';

export interface RingArgs {
  readonly ring: number;
  /** A word for each seed that counts the producers that have pushed everything. */
  readonly done: number;
  readonly producers: number;
  /** Words that each producer pushes. */
  readonly words: number;
  readonly seeds: number;
  readonly barrier: number;
  readonly strategy: keyof typeof strategies;
  /** Producers push up to so many words before they ring once. */
  readonly batch: number;
}

/** A producer's word: its index above, a running number below. */
const SHIFT = 20;
/** Tells a consumer to end. */
const STOP = -1;

/**
 * The first threads produce, the others consume, once for each seed from 1 on; returns for each
 * seed what this thread popped, in order.
 */
export function produceAndConsume(thread: Thread<RingArgs>): number[][] {
  const { producers, seeds, barrier } = thread.args;
  const got: number[][] = [];
  noRescue();
  for (let seed = 1; seed <= seeds; seed++) {
    thread.at('meet', seed);
    arriveBarrier(barrier);
    if (thread.index < producers) produce(thread, seed);
    else got.push(consume(thread, seed));
  }
  return got;
}

function produce(thread: Thread<RingArgs>, seed: number): void {
  const { ring, words, batch, producers, done } = thread.args;
  const strategy = strategies[thread.args.strategy];
  const draw = generator(seed * 101 + thread.index);
  for (let i = 0; i < words; ) {
    const quiet = Math.min(draw(batch + 1), words - i);
    let pushed = 0;
    while (pushed < quiet && tryPushQuiet(ring, (thread.index << SHIFT) | (i + pushed))) pushed++;
    ringDoorbell(ring, pushed);
    i += pushed;
    if (i >= words) break;
    thread.at('push', i);
    const word = (thread.index << SHIFT) | i;
    if (draw(2) === 0 ? tryPush(ring, word) : push(ring, word, Infinity, strategy)) i++;
  }
  // The last producer stops the consumers, so that the stops come after every word.
  if (add(done + 4 * seed, 1) !== producers - 1) return;
  for (let c = producers; c < thread.threads; c++) {
    thread.at('push the end', c);
    push(ring, STOP, Infinity, strategy);
  }
}

function consume(thread: Thread<RingArgs>, seed: number): number[] {
  const { ring } = thread.args;
  const strategy = strategies[thread.args.strategy];
  const draw = generator(seed * 211 + thread.index);
  const got: number[] = [];
  for (;;) {
    thread.at('pop', got.length);
    const word = draw(4) === 0 ? tryPop(ring) : pop(ring, Infinity, strategy);
    if (word === STOP) return got;
    if (word !== RING_EMPTY) got.push(word);
  }
}

/** Pops one word, and waits for it as long as it takes. */
export function popOne(thread: Thread<RingArgs>): number {
  noRescue();
  thread.at('pop one');
  return pop(thread.args.ring, Infinity, strategies[thread.args.strategy]);
}

/** Pushes one word, and waits for space as long as it takes. */
export function pushOne(thread: Thread<RingArgs>): boolean {
  noRescue();
  thread.at('push one');
  return push(thread.args.ring, 1000 + thread.index, Infinity, strategies[thread.args.strategy]);
}
