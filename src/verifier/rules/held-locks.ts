// Keeps the table of held locks (verifier/lock/held-locks.ts) up to date, after the other rules
// have judged an event; judges nothing itself.
import { processorOfThread } from '../../ntos/ke/prcb.ts';
import { LOCK_DROPPED, LOCK_GIVEN, LOCK_MADE, LOCK_SHARED, LOCK_TAKEN, LOCK_UNMADE }
  from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { noteDropped, noteShared, noteTaken } from '../lock/held-locks.ts';
import { classify, declassify } from '../lock/lock-classes.ts';
import type { PKTHREAD } from '../../ntos/ke/prcb.ts';
import type { Rule } from '../rule.ts';

/** The processor of a thread that somebody releases for; -1 for an owner that is no thread. */
function processorOf(thread: number): number {
  if ((thread & 3) !== 0) return -1;
  return processorOfThread(thread as PKTHREAD);
}

export const heldLocks: Rule = {
  name: 'held-locks',
  on: {
    [LOCK_MADE]: (address, kind) => classify(address, kind),
    [LOCK_UNMADE]: (address) => declassify(address),
    [LOCK_TAKEN]: (address, kind, mode) => {
      const frame = currentFrame();
      noteTaken(address, kind, mode, frame?.image ?? -1, frame?.serial ?? 0);
    },
    [LOCK_DROPPED]: (address, _kind, _mode, thread) => {
      if (thread === 0) noteDropped(address);
      else if (processorOf(thread) >= 0) noteDropped(address, processorOf(thread));
    },
    [LOCK_SHARED]: (address) => noteShared(address),
    [LOCK_GIVEN]: (address) => void noteDropped(address),
  },
};
