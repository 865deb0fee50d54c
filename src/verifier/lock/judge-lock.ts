// The judge's lock: guards the verifier's tables that several threads write. Held for a few hundred
// instructions, at any IRQL, never while something of the machine is called. No point of a
// schedule: a controlled schedule is the same with and without the verifier.
import { exchangeQuiet, storeQuiet, waitQuiet } from '../../atomics-sync/atomics.ts';
import { checkSlice } from '../../atomics-sync/park.ts';
import { boot } from '../../mem/boot-options.ts';
import { judgeLockWord } from '../area.ts';

const me = boot.processor + 1;
const SLEEP_MS = 2;

/** Runs `work` with the lock held; not recursive. */
export function underJudge<T>(work: () => T): T {
  for (;;) {
    const owner = exchangeQuiet(judgeLockWord, 0, me);
    if (owner === 0) break;
    if (owner === me) throw new Error('the verifier took its own lock twice');
    waitQuiet(judgeLockWord, owner, SLEEP_MS);
    checkSlice();
  }
  try {
    return work();
  } finally {
    storeQuiet(judgeLockWord, 0);
  }
}
