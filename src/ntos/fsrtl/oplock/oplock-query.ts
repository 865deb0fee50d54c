// Asking an oplock: what is held, and whether fast I/O may go on. All IRQL <= APC_LEVEL. Answers
// are true while the caller's own lock on the stream keeps requests and checks out.
import { IsListEmpty, flink } from '../../rtl/list-entry.ts';
import { BATCH, FILTER, FSRTL_OPLOCK, H, HOLDER_GRANTED, OPLOCK_HOLDER, RH }
  from './oplock-types.ts';
import { stateOf } from './oplock-state.ts';
import { isAnybodyUntold } from './oplock-waiter.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';

const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;

/** Whether fast I/O may go on: nobody holds a shared oplock, and no break is under way. */
export function FsRtlOplockIsFastIoPossible(Oplock: number): boolean {
  const oplock = Oplock === 0 ? (0 as POPLOCK) : stateOf(Oplock);
  if (oplock === 0) return true;
  lockStripe(oplock);
  const exclusive = o.Exclusive(oplock);
  const shared = !IsListEmpty(o.at_Shared(oplock)) || !IsListEmpty(o.at_Breaking(oplock));
  const possible = !shared && !isAnybodyUntold(oplock) &&
    (exclusive === 0 || h.State(exclusive) === HOLDER_GRANTED);
  unlockStripe(oplock);
  return possible;
}

function ask(Oplock: number, question: (oplock: POPLOCK) => boolean): boolean {
  const oplock = stateOf(Oplock);
  if (oplock === 0) return false;
  lockStripe(oplock);
  const answer = question(oplock);
  unlockStripe(oplock);
  return answer;
}

/** Whether a Batch or a Filter oplock is held, breaking ones included. */
export function FsRtlCurrentBatchOplock(Oplock: number): boolean {
  return ask(Oplock, (oplock) => {
    const exclusive = o.Exclusive(oplock);
    return exclusive !== 0 && (h.Type(exclusive) & (BATCH | FILTER)) !== 0;
  });
}

/** Whether any oplock is held, breaking ones included. */
export function FsRtlCurrentOplock(Oplock: number): boolean {
  return ask(Oplock, (oplock) => o.Exclusive(oplock) !== 0 ||
    !IsListEmpty(o.at_Shared(oplock)) || !IsListEmpty(o.at_Breaking(oplock)));
}

/** Whether an oplock with the handle right is held, breaking ones included. */
export function FsRtlCurrentOplockH(Oplock: number): boolean {
  return ask(Oplock, (oplock) => {
    const exclusive = o.Exclusive(oplock);
    if (exclusive !== 0) return (h.Type(exclusive) & H) !== 0;
    if (!IsListEmpty(o.at_Breaking(oplock))) return true;
    const head = o.at_Shared(oplock);
    for (let at = flink(head); at !== head; at = flink(at)) {
      if (h.Type(at as PHOLDER) === RH) return true;
    }
    return false;
  });
}
