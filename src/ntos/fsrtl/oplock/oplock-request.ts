// Deciding a request for an oplock against what is held on the stream: granted beside it, in place
// of what the same key holds, or refused. A granted request pends. The stripe is held; the caller
// completes what is not granted. Dossier section 2, MS-FSA 2.1.5.18.
import { handleCount } from '../../ob/object.ts';
import { flink, IsListEmpty } from '../../rtl/list-entry.ts';
import { FILE_OBJECT, FO_HANDLE_CREATED } from '../../io/types.ts';
import { STATUS_CANCELLED, STATUS_FILE_CLOSED, STATUS_OPLOCK_NOT_GRANTED,
  STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE, STATUS_PENDING, STATUS_SUCCESS }
  from '../../status-codes.ts';
import { endHolder, grantTo, isLegacy } from './oplock-holder.ts';
import { sameOwner } from './oplock-key.ts';
import { FSRTL_OPLOCK, HOLDER_GRANTED, LEVEL_2, NONE, OPLOCK_HOLDER, R, RH }
  from './oplock-types.ts';
import { plain } from './oplock-verdict.ts';
import { releaseWaiters } from './oplock-waiter.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIRP } from '../../io/types.ts';
import type { Effects } from './oplock-waiter.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';
import type { Verdict } from './oplock-verdict.ts';

const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;

const GRANTED = plain(STATUS_PENDING);
const REFUSED = plain(STATUS_OPLOCK_NOT_GRANTED);

/** Whether a type may be held beside others. */
export function isShared(type: number): boolean {
  return type === LEVEL_2 || type === R || type === RH;
}

function some(head: number, test: (holder: PHOLDER) => boolean): boolean {
  for (let at = flink(head); at !== head; at = flink(at)) if (test(at as PHOLDER)) return true;
  return false;
}

function hasType(oplock: POPLOCK, type: number): boolean {
  return some(o.at_Shared(oplock), (holder) => h.Type(holder) === type);
}

function isMine(holder: PHOLDER, newcomer: PHOLDER): boolean {
  return sameOwner(h.at_Owner(holder), h.at_Owner(newcomer));
}

/** Ends shared holders: the newcomer takes their place. */
function replace(
  oplock: POPLOCK,
  effects: Effects,
  status: NTSTATUS,
  to: number,
  which: (holder: PHOLDER) => boolean,
): void {
  const head = o.at_Shared(oplock);
  for (let at = flink(head); at !== head; ) {
    const holder = at as PHOLDER;
    at = flink(at);
    if (which(holder)) endHolder(oplock, holder, effects, status, to);
  }
}

/** Whether a shared type may be granted beside what is held; it then takes its own key's place. */
function mayShare(oplock: POPLOCK, newcomer: PHOLDER, type: number): boolean {
  if (o.Exclusive(oplock) !== 0) return false;
  const breaking = o.at_Breaking(oplock);
  if (type === LEVEL_2) return !hasType(oplock, RH) && IsListEmpty(breaking);
  if (some(breaking, (holder) => isMine(holder, newcomer))) return false;
  if (type === RH) return !hasType(oplock, LEVEL_2);
  return !some(o.at_Shared(oplock), (holder) =>
    h.Type(holder) === RH && isMine(holder, newcomer));
}

function takeOwnPlace(oplock: POPLOCK, newcomer: PHOLDER, type: number, effects: Effects): void {
  if (type === LEVEL_2) return;
  replace(oplock, effects, STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE, type, (holder) =>
    h.Type(holder) !== LEVEL_2 && isMine(holder, newcomer));
}

/** Makes room for a legacy exclusive oplock: only Level 2 gives way. */
function takeLegacyPlace(oplock: POPLOCK, effects: Effects): boolean {
  if (o.Exclusive(oplock) !== 0 || !IsListEmpty(o.at_Breaking(oplock))) return false;
  if (hasType(oplock, R) || hasType(oplock, RH)) return false;
  replace(oplock, effects, STATUS_SUCCESS, NONE, () => true);
  return true;
}

/** Makes room for RW or RWH: what the same key holds is upgraded, all or nothing. */
function takeGranularPlace(
  oplock: POPLOCK,
  newcomer: PHOLDER,
  type: number,
  effects: Effects,
): boolean {
  const held = o.Exclusive(oplock);
  if (held !== 0) {
    const heldType = h.Type(held);
    if (isLegacy(heldType) || h.State(held) !== HOLDER_GRANTED) return false;
    if (!isMine(held, newcomer) || (heldType & ~type) !== 0) return false;
    endHolder(oplock, held, effects, STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE, type);
    return true;
  }
  if (!IsListEmpty(o.at_Breaking(oplock))) return false;
  const inTheWay = some(o.at_Shared(oplock), (holder) =>
    h.Type(holder) === LEVEL_2 || !isMine(holder, newcomer) || (h.Type(holder) & ~type) !== 0);
  if (inTheWay) return false;
  replace(oplock, effects, STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE, type, () => true);
  return true;
}

/** Whether the last handle of a file object that had one is closed. */
function isHandleGone(file: PFILE_OBJECT): boolean {
  return (fileFlags(file) & FO_HANDLE_CREATED) !== 0 && handleCount(file) === 0;
}

/** The atomic create has its answer: the file object asked. */
function endAtomic(oplock: POPLOCK, file: number, effects: Effects): void {
  if (o.AtomicFile(oplock) !== file) return;
  o.set_AtomicFile(oplock, 0);
  releaseWaiters(oplock, effects);
}

/**
 * Decides a request; the stripe is held. A refused holder is the caller's to free.
 * @param holder made for the request, in no list yet.
 */
export function decideRequest(
  oplock: POPLOCK,
  holder: PHOLDER,
  irp: PIRP,
  effects: Effects,
): Verdict {
  const type = h.Type(holder);
  const file = h.File(holder) as PFILE_OBJECT;
  // The cleanup that follows the last handle ends what it finds under this stripe: either it finds
  // the new holder, or this sees that the handle is gone.
  if (isHandleGone(file)) return plain(STATUS_FILE_CLOSED);
  const atomic = o.AtomicFile(oplock);
  if (atomic !== 0 && atomic !== h.File(holder)) return REFUSED;
  let room: boolean;
  if (isShared(type)) {
    room = mayShare(oplock, holder, type);
    if (room) takeOwnPlace(oplock, holder, type, effects);
  } else if (isLegacy(type)) {
    room = takeLegacyPlace(oplock, effects);
  } else {
    room = takeGranularPlace(oplock, holder, type, effects);
  }
  const verdict = !room
    ? REFUSED
    : grantTo(oplock, holder, irp, !isShared(type)) ? GRANTED : plain(STATUS_CANCELLED);
  endAtomic(oplock, h.File(holder), effects);
  return verdict;
}
