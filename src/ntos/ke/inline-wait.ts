// Waiting when this thread is the whole machine (unit tests): nobody else can signal, so time
// jumps to the deadline and timers that are due on the way run. A wait that nothing could end is
// an error with advice instead of a hang.
import { load } from '../../atomics-sync/atomics.ts';
import { setTickCount, tickCount } from './time.ts';

let dueTimers: (until: number) => number = () => Infinity;

/** Sets how the earliest timer is expired; ke/timer does at load. Returns when it was due. */
export function onAdvance(expireEarliest: (until: number) => number): void {
  dueTimers = expireEarliest;
}

let beside: () => boolean = () => false;

/**
 * Sets what plays the machine's other threads while the only one waits: it does a piece of their
 * work, false when there is none. Asked before time passes.
 */
export function onAlone(work: () => boolean): void {
  beside = work;
}

/** Advances virtual time until the word changes or the deadline is reached. */
export function waitAlone(word: number, expected: number, deadline: number): number {
  for (;;) {
    const now = load(word);
    if (now !== expected) return now;
    if (beside()) continue;
    const due = dueTimers(deadline);
    if (due <= deadline && due !== Infinity) continue;
    if (deadline === Infinity) {
      throw new Error(
        'this wait would never end: the thread is alone in its machine and nothing is due; ' +
          'boot a machine with more processors, or signal the object first',
      );
    }
    setTickCount(Math.max(deadline, tickCount()));
    return load(word);
  }
}
