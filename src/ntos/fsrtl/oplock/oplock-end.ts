// The end of holders that nobody asked for a break: their handle is cleaned up, an atomic create is
// backed out, the oplock itself goes. The stripe is held.
import { flink } from '../../rtl/list-entry.ts';
import { STATUS_OPLOCK_HANDLE_CLOSED, STATUS_SUCCESS } from '../../status-codes.ts';
import { endHolder, freeHolder, isLegacy, removeHolder } from './oplock-holder.ts';
import { FSRTL_OPLOCK, HOLDER_GRANTED, NONE, OPLOCK_HOLDER } from './oplock-types.ts';
import { dropCancelledWaiters, releaseWaiters } from './oplock-waiter.ts';
import type { NTSTATUS } from '../../status.ts';
import type { Effects } from './oplock-waiter.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';

const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;

function statusOfClose(type: number): NTSTATUS {
  return isLegacy(type) ? STATUS_SUCCESS : STATUS_OPLOCK_HANDLE_CLOSED;
}

/** Ends the holders that `ends` names; one that is breaking is taken to have answered None. */
function endThose(
  oplock: POPLOCK,
  effects: Effects,
  statusOf: (type: number) => NTSTATUS,
  ends: (holder: PHOLDER) => boolean,
): void {
  const finish = (holder: PHOLDER): void => {
    if (!ends(holder)) return;
    if (h.State(holder) === HOLDER_GRANTED) {
      endHolder(oplock, holder, effects, statusOf(h.Type(holder)), NONE);
    } else {
      removeHolder(oplock, holder);
      freeHolder(holder);
    }
  };
  for (const head of [o.at_Shared(oplock), o.at_Breaking(oplock)]) {
    for (let at = flink(head); at !== head; ) {
      const holder = at as PHOLDER;
      at = flink(at);
      finish(holder);
    }
  }
  const exclusive = o.Exclusive(oplock);
  if (exclusive !== 0) finish(exclusive);
}

/** The last handle of a file object is closed: what it holds ends, what it owes is answered. */
export function endFile(oplock: POPLOCK, file: number, effects: Effects): void {
  endThose(oplock, effects, statusOfClose, (holder) => h.File(holder) === file);
  if (o.AtomicFile(oplock) === file) o.set_AtomicFile(oplock, 0);
  releaseWaiters(oplock, effects);
}

/** An atomic create failed after all: opens that waited for its request go on. */
export function backOutAtomic(oplock: POPLOCK, file: number, effects: Effects): void {
  if (o.AtomicFile(oplock) !== file) return;
  o.set_AtomicFile(oplock, 0);
  releaseWaiters(oplock, effects);
}

/** The oplock goes: every holder and every operation that waits ends. */
export function endAll(oplock: POPLOCK, effects: Effects): void {
  endThose(oplock, effects, () => STATUS_SUCCESS, () => true);
  o.set_AtomicFile(oplock, 0);
  releaseWaiters(oplock, effects);
  dropCancelledWaiters(oplock);
}
