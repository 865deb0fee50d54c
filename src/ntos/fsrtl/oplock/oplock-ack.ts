// Deciding an acknowledgement: a holder that was told to give up says what it keeps. An answer that
// keeps a level is itself the new request and pends; a holder whose break is not over yet, or that
// asks for too much while somebody waits, is told so. The stripe is held; the caller completes
// what does not pend. Dossier section 4, MS-FSA 2.1.5.19.
import { FILE_OBJECT } from '../../io/types.ts';
import { flink } from '../../rtl/list-entry.ts';
import { STATUS_CANCELLED, STATUS_CANNOT_GRANT_REQUESTED_OPLOCK, STATUS_INVALID_OPLOCK_PROTOCOL,
  STATUS_PENDING, STATUS_SUCCESS } from '../../status-codes.ts';
import { freeHolder, grantTo, insertBreaking, isLegacy, removeHolder } from './oplock-holder.ts';
import { reduceLevel } from './oplock-operation.ts';
import { BATCH, FILTER, FSRTL_OPLOCK, H, HOLDER_BREAKING, LEVEL_1, LEVEL_2, NONE, OPLOCK_HOLDER, R,
  TWO_THEN_NONE, W } from './oplock-types.ts';
import { isShared } from './oplock-request.ts';
import { plain, telling } from './oplock-verdict.ts';
import { hasWaiters, releaseWaiters } from './oplock-waiter.ts';
import type { PFILE_OBJECT, PIRP } from '../../io/types.ts';
import type { Effects } from './oplock-waiter.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';
import type { Verdict } from './oplock-verdict.ts';

const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;
const { DeletePending } = FILE_OBJECT.bound;
const GRANTED = plain(STATUS_PENDING);
const PROTOCOL = plain(STATUS_INVALID_OPLOCK_PROTOCOL);
const ACCEPTED = plain(STATUS_SUCCESS);

/** How a legacy holder answers. */
export const ACKNOWLEDGE = 0;
export const ACK_NO_2 = 1;
export const ACK_CLOSE_PENDING = 2;

/** Ends a break: the holder keeps nothing. Its memory is freed, its waiters are released. */
function giveUp(oplock: POPLOCK, holder: PHOLDER, effects: Effects): Verdict {
  removeHolder(oplock, holder);
  freeHolder(holder);
  releaseWaiters(oplock, effects);
  return ACCEPTED;
}

/** Ends a break: the holder keeps a level, and the acknowledgement is its new request. */
function keep(
  oplock: POPLOCK,
  holder: PHOLDER,
  level: number,
  irp: PIRP,
  effects: Effects,
): Verdict {
  removeHolder(oplock, holder);
  h.set_Type(holder, level);
  const granted = grantTo(oplock, holder, irp, !isShared(level));
  releaseWaiters(oplock, effects);
  if (granted) return GRANTED;
  freeHolder(holder);
  return plain(STATUS_CANCELLED);
}

/** Decides a legacy acknowledgement; the stripe is held. */
export function decideLegacyAck(
  oplock: POPLOCK,
  file: PFILE_OBJECT,
  how: number,
  irp: PIRP,
  effects: Effects,
): Verdict {
  const holder = o.Exclusive(oplock);
  if (holder === 0 || h.File(holder) !== file || h.State(holder) !== HOLDER_BREAKING ||
    !isLegacy(h.Type(holder)) || h.ClosePending(holder) !== 0) return PROTOCOL;
  const type = h.Type(holder);
  if (how === ACK_CLOSE_PENDING && (type === BATCH || type === FILTER)) {
    h.set_ClosePending(holder, 1);
    return ACCEPTED;
  }
  const target = h.BreakTo(holder);
  if (how === ACKNOWLEDGE && target === LEVEL_2) return keep(oplock, holder, LEVEL_2, irp, effects);
  giveUp(oplock, holder, effects);
  // The holder believed in Level 2, which was taken away meanwhile: it is told that it has nothing.
  const surprised = how === ACKNOWLEDGE && target === TWO_THEN_NONE;
  return surprised ? telling(STATUS_SUCCESS, LEVEL_1, NONE, false) : ACCEPTED;
}

/** Refuses an answer: the break stays open, and the holder is told what is on offer. */
function cannotGrant(holder: PHOLDER, to: number): Verdict {
  h.set_BreakTo(holder, to);
  h.set_Offered(holder, to);
  return telling(STATUS_CANNOT_GRANT_REQUESTED_OPLOCK, h.Type(holder), to, true);
}

function findBreaking(oplock: POPLOCK, file: PFILE_OBJECT): PHOLDER {
  const head = o.at_Breaking(oplock);
  for (let at = flink(head); at !== head; at = flink(at)) {
    if (h.File(at as PHOLDER) === file) return at as PHOLDER;
  }
  return 0 as PHOLDER;
}

/** Whether nobody else holds anything, so that a holder may have W. */
function isAlone(oplock: POPLOCK, holder: PHOLDER): boolean {
  const exclusive = o.Exclusive(oplock);
  if (exclusive !== 0 && exclusive !== holder) return false;
  for (const head of [o.at_Shared(oplock), o.at_Breaking(oplock)]) {
    for (let at = flink(head); at !== head; at = flink(at)) if (at !== holder) return false;
  }
  return true;
}

/** An RH holder answers; it is among those that are breaking. */
function answerShared(
  oplock: POPLOCK,
  holder: PHOLDER,
  level: number,
  irp: PIRP,
  effects: Effects,
): Verdict {
  const offered = h.BreakTo(holder);
  const tooMuch = hasWaiters(oplock) && (level & ~offered) !== 0;
  if (tooMuch || (level & W && !isAlone(oplock, holder))) return cannotGrant(holder, offered);
  return keep(oplock, holder, level, irp, effects);
}

/**
 * The holder asks for what it was offered, but an operation has taken more away since. It gets the
 * level and loses the difference at once, with the one completion that tells it so.
 */
function keepLess(
  oplock: POPLOCK,
  holder: PHOLDER,
  level: number,
  effects: Effects,
): Verdict {
  const left = level & h.BreakTo(holder) & R ? level & h.BreakTo(holder) : NONE;
  if (level === R) {
    giveUp(oplock, holder, effects);
    return telling(STATUS_SUCCESS, level, NONE, false);
  }
  removeHolder(oplock, holder);
  h.set_Type(holder, level);
  h.set_State(holder, HOLDER_BREAKING);
  h.set_BreakTo(holder, left);
  h.set_Offered(holder, left);
  if (level & W) o.set_Exclusive(oplock, holder);
  else insertBreaking(oplock, holder);
  releaseWaiters(oplock, effects);
  return telling(STATUS_SUCCESS, level, left, true);
}

/** An RW or RWH holder answers. */
function answerExclusive(
  oplock: POPLOCK,
  holder: PHOLDER,
  level: number,
  irp: PIRP,
  effects: Effects,
): Verdict {
  if (hasWaiters(oplock)) {
    if (level & ~h.Offered(holder)) return cannotGrant(holder, h.BreakTo(holder));
    if (level & ~h.BreakTo(holder)) return keepLess(oplock, holder, level, effects);
  }
  return keep(oplock, holder, level, irp, effects);
}

/**
 * Decides a granular acknowledgement; the stripe is held.
 * @param onClose the answer is given when the handle is closed, and keeps nothing.
 */
export function decideGranularAck(
  oplock: POPLOCK,
  file: PFILE_OBJECT,
  level: number,
  onClose: boolean,
  irp: PIRP,
  effects: Effects,
): Verdict {
  const shared = findBreaking(oplock, file);
  const exclusive = o.Exclusive(oplock);
  const isExclusive = exclusive !== 0 && h.File(exclusive) === file &&
    h.State(exclusive) === HOLDER_BREAKING && !isLegacy(h.Type(exclusive));
  const holder = shared !== 0 ? shared : exclusive;
  if ((shared === 0 && !isExclusive) || h.ClosePending(holder) !== 0) return PROTOCOL;
  if (onClose) {
    h.set_ClosePending(holder, 1);
    return ACCEPTED;
  }
  if (level === NONE) return giveUp(oplock, holder, effects);
  // Handles of a file that is being deleted are not worth keeping open.
  if (level & H && DeletePending(file) !== 0) {
    return cannotGrant(holder, reduceLevel(level & h.BreakTo(holder), H));
  }
  return shared !== 0
    ? answerShared(oplock, holder, level, irp, effects)
    : answerExclusive(oplock, holder, level, irp, effects);
}
