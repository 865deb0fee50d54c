// The requestor's side of work items: it keeps so many in flight, each queued again when it sees
// that its routine has run in a system worker.
import { store } from '../../src/atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../src/ntos/ex/work-queue.ts';
import { DelayedWorkQueue, NonPagedPool, WORK_QUEUE_ITEM } from '../../src/ntos/ex/types.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { tellWord } from './routines.ts';
import { awaitTold } from './told-word.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 256;
const TAG = 0x68636e62;
const LINE = 64;

/**
 * Each item lies beside the word that its routine tells, as in a driver's own structure: one line
 * goes to the worker and comes back.
 *
 * @param inFlight how many items are queued or running at any time.
 */
function window(inFlight: number): Batch {
  const space = ExAllocatePoolWithTag(NonPagedPool, LINE * (inFlight + 1), TAG);
  const lines = (space + LINE - 1) & -LINE;
  const words = lines + WORK_QUEUE_ITEM.size;
  const queue = (i: number): void => {
    const word = words + i * LINE;
    store(word, 0);
    ExInitializeWorkItem(lines + i * LINE, tellWord, word);
    ExQueueWorkItem(lines + i * LINE, DelayedWorkQueue);
  };
  return () => {
    for (let i = 0; i < inFlight; i++) queue(i);
    let at = 0;
    for (let n = inFlight; n < BATCH; n++) {
      awaitTold(words + at * LINE);
      queue(at);
      at = at + 1 === inFlight ? 0 : at + 1;
    }
    for (let i = 0; i < inFlight; i++) awaitTold(words + i * LINE);
    return BATCH;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  return playSteps(told, place, {
    '1 in flight': () => window(1),
    '64 in flight': () => window(64),
  });
}
