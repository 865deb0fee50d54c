// A word by which another thread says that something is done: 0 not yet, 1 done, 2 not yet and
// somebody sleeps. Whoever waits looks as long as a spinning waiter of the kernel does, and sleeps
// then; whoever tells wakes only a sleeper.
import { compareExchange, exchange, notify, wait } from '../../src/atomics-sync/atomics.ts';
import { SPIN_THEN_PARK, spinWhile } from '../../src/atomics-sync/park.ts';
import { stopIfCrashed } from '../../src/ntos/ke/bug-check.ts';

const SLICE_MS = 50;

export function tell(word: number): void {
  if (exchange(word, 1) === 2) notify(word, 1);
}

export function awaitTold(word: number): void {
  if (spinWhile(word, 0, SPIN_THEN_PARK) === 1) return;
  while (compareExchange(word, 0, 2) !== 1) {
    wait(word, 2, SLICE_MS);
    stopIfCrashed();
    if (compareExchange(word, 2, 2) === 1) return;
  }
}
