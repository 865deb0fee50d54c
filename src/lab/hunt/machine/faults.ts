// Low memory as a choice of the schedule: an allocation that a driver asked for may fail. A
// schedule has a budget of failures, so that the first of them does not hide all others; the
// default is that none fails, so that shrinking takes the failures away that do not matter.
import { isForDriver } from '../../../image/conduct.ts';
import { setAllocationGate } from '../../../ntos/ex/pool/pool-block.ts';
import { chooseAmong } from '../../../atomics-sync/schedule/hook.ts';
import { add, load, store } from '../../../atomics-sync/atomics.ts';

/** One allocation in so many fails where a strategy draws evenly. */
const RARITY = 6;

/** Sets how many allocations may fail in this schedule; the word is the machine's threads' own. */
export function setFaultBudget(word: number, budget: number): void {
  store(word, budget);
}

/** Lets allocations of drivers in this thread ask the schedule. */
export function askBeforeAllocating(word: number): void {
  const choose = chooseAmong;
  if (choose === null) return;
  setAllocationGate(() => {
    if (!isForDriver() || load(word) <= 0) return true;
    if (choose(RARITY) !== RARITY - 1) return true;
    add(word, -1);
    return false;
  });
}
