// Bursts of words through a ring to a requestor that sleeps between them, with several habits of
// ringing its bell. A word is an operation of the one that pushes.
import { add, notify, store } from '../../src/atomics-sync/atomics.ts';
import { PARK, parkWhile } from '../../src/atomics-sync/park.ts';
import { RING, RING_EMPTY, initRing, ringDoorbell, tryPush, tryPushQuiet }
  from '../../src/atomics-sync/ring.ts';
import { pop } from '../../src/atomics-sync/ring-wait.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { lineOf, sharedPiece } from '../shared-words.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BURST = 16;
const CELLS = 256;
const RING_AT = sharedPiece(0);
const TOLD = lineOf(1, 0);
const LAST = 0x7fff_ffff;
/** A word that never comes must not keep a requestor for ever. */
const PATIENCE_MS = 20;
const bell = RING.bound.at_words_epoch(RING_AT as Parameters<typeof RING.bound.at_words_epoch>[0]);

/** Pushes one word of a burst of which so many are left. */
type Push = (word: number, left: number) => void;

const ringAlways: Push = (word) => {
  tryPushQuiet(RING_AT, word);
  add(bell, 1);
  notify(bell, 1);
};
const ringSleepers: Push = (word) => {
  tryPush(RING_AT, word);
};
const ringOnce: Push = (word, left) => {
  tryPushQuiet(RING_AT, word);
  if (left === 0) ringDoorbell(RING_AT, 1);
};

/** The next burst begins when the last word of this one was seen. */
function bursts(push: Push): Batch {
  return () => {
    store(TOLD, 0);
    for (let left = BURST - 1; left >= 0; left--) push(left === 0 ? LAST : left, left);
    // Who has left the step already tells nothing.
    return parkWhile(TOLD, 0, PATIENCE_MS) === 0 ? 0 : BURST;
  };
}

function consume(): number {
  for (;;) {
    const word = pop(RING_AT, PATIENCE_MS, PARK);
    if (word === RING_EMPTY) return 0;
    if (word !== LAST) continue;
    store(TOLD, 1);
    notify(TOLD, 1);
    return 0;
  }
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  if (place.index === 0) initRing(RING_AT, CELLS);
  const side = (push: Push) => (): Batch => (place.index === 0 ? bursts(push) : consume);
  return playSteps(told, place, {
    'a bell for every word': side(ringAlways),
    'a bell while somebody sleeps': side(ringSleepers),
    'one bell for 16 words': side(ringOnce),
  });
}
