// Breaking: what a loss does to those who hold oplocks on a stream, and whether the operation that
// causes it must wait. A holder is told once; if another operation takes away more before it
// answers, only what its answer can get becomes less.
//
//                  is told            waits for the answer
//   Level 2        None               never                    (no answer is expected)
//   R              None               never                    (no answer is expected)
//   RH             R or None          only when H is taken
//   exclusive      what is left       always
//
// The stripe is held throughout (dossier sections 3.1 to 3.3, MS-FSA 2.1.4.12).
import { flink } from '../../rtl/list-entry.ts';
import { STATUS_SUCCESS } from '../../status-codes.ts';
import { endHolder, isLegacy, moveToBreaking, startBreak } from './oplock-holder.ts';
import { sameOwner } from './oplock-key.ts';
import { UNTOUCHED, legacyTarget, reduceLevel } from './oplock-operation.ts';
import { FSRTL_OPLOCK, H, HOLDER_BREAKING, LEVEL_2, NONE, OPLOCK_HOLDER, R, RH, TWO_THEN_NONE }
  from './oplock-types.ts';
import { releaseWaiters } from './oplock-waiter.ts';
import type { Effects } from './oplock-waiter.ts';
import type { Loss } from './oplock-operation.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';

const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;

/** An operation as the oplock sees it. */
export interface Breaker {
  readonly loss: Loss;
  /** Address of the OPLOCK_OWNER that is spared: the operation's own, or its parent's. */
  readonly owner: number;
  /** The operation's file object, which is spared with any key. */
  readonly file: number;
  readonly ignoresKeys: boolean;
  /** False for writable sections: holders are told, and nobody answers or waits. */
  readonly expectsAnswers: boolean;
  /** Access and sharing of a create in conflict, for MODES_PROVIDED; 0 otherwise. */
  readonly access: number;
  readonly share: number;
}

function isSpared(b: Breaker, holder: PHOLDER): boolean {
  if (b.ignoresKeys) return false;
  return h.File(holder) === b.file || sameOwner(h.at_Owner(holder), b.owner);
}

/** Every shared holder of a type, calling `visit` even when it takes the holder away. */
function eachShared(oplock: POPLOCK, type: number, visit: (holder: PHOLDER) => void): void {
  const head = o.at_Shared(oplock);
  for (let at = flink(head); at !== head; ) {
    const holder = at as PHOLDER;
    at = flink(at);
    if (h.Type(holder) === type) visit(holder);
  }
}

function breakLevel2(oplock: POPLOCK, b: Breaker, effects: Effects): void {
  if (b.loss.level2 === UNTOUCHED) return;
  eachShared(oplock, LEVEL_2, (holder) => {
    if (b.loss.sparesOwnLevel2 && isSpared(b, holder)) return;
    endHolder(oplock, holder, effects, STATUS_SUCCESS, NONE);
  });
}

/** A legacy exclusive oplock; TRUE when the operation waits. */
function breakLegacy(oplock: POPLOCK, holder: PHOLDER, b: Breaker, effects: Effects): boolean {
  const target = legacyTarget(b.loss, h.Type(holder));
  if (target === UNTOUCHED) return false;
  if (h.State(holder) === HOLDER_BREAKING) {
    if (target === NONE && h.BreakTo(holder) === LEVEL_2) h.set_BreakTo(holder, TWO_THEN_NONE);
    return true;
  }
  return startBreak(oplock, holder, effects, target, 0, 0);
}

/** RW or RWH; TRUE when the operation waits. */
function breakGranular(oplock: POPLOCK, holder: PHOLDER, b: Breaker, effects: Effects): boolean {
  const { rights } = b.loss;
  if ((h.Type(holder) & rights) === 0) return false;
  if (h.State(holder) === HOLDER_BREAKING) {
    h.set_BreakTo(holder, reduceLevel(h.BreakTo(holder), rights));
    return b.expectsAnswers;
  }
  if (!b.expectsAnswers) {
    endHolder(oplock, holder, effects, STATUS_SUCCESS, NONE);
    return false;
  }
  const target = reduceLevel(h.Type(holder), rights);
  return startBreak(oplock, holder, effects, target, b.access, b.share);
}

function breakExclusive(oplock: POPLOCK, b: Breaker, effects: Effects): boolean {
  const holder = o.Exclusive(oplock);
  if (isSpared(b, holder)) return false;
  const waits = isLegacy(h.Type(holder))
    ? breakLegacy(oplock, holder, b, effects)
    : breakGranular(oplock, holder, b, effects);
  // A holder that was leaving by itself is gone now, and so is what others waited for.
  if (o.Exclusive(oplock) === 0) releaseWaiters(oplock, effects);
  return waits;
}

/** Those who were told already; TRUE when the operation waits for one of them. */
function joinBreaking(oplock: POPLOCK, b: Breaker): boolean {
  let waits = false;
  const head = o.at_Breaking(oplock);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const holder = at as PHOLDER;
    if (isSpared(b, holder)) continue;
    if (b.loss.rights & R) h.set_BreakTo(holder, NONE);
    if (b.loss.rights & H) waits = true;
  }
  return waits;
}

function breakShared(oplock: POPLOCK, b: Breaker, effects: Effects): boolean {
  const { rights } = b.loss;
  let waits = joinBreaking(oplock, b);
  if (rights & R) {
    eachShared(oplock, R, (holder) => {
      if (!isSpared(b, holder)) endHolder(oplock, holder, effects, STATUS_SUCCESS, NONE);
    });
  }
  if ((rights & RH) === 0) return waits;
  const target = reduceLevel(RH, rights);
  eachShared(oplock, RH, (holder) => {
    if (isSpared(b, holder)) return;
    if (!b.expectsAnswers) {
      endHolder(oplock, holder, effects, STATUS_SUCCESS, NONE);
    } else if (startBreak(oplock, holder, effects, target, b.access, b.share)) {
      moveToBreaking(oplock, holder);
      if (rights & H) waits = true;
    }
  });
  return waits;
}

/** Breaks what the operation takes away; TRUE when it must wait for an answer. */
export function applyBreak(oplock: POPLOCK, b: Breaker, effects: Effects): boolean {
  breakLevel2(oplock, b, effects);
  const waits = o.Exclusive(oplock) !== 0
    ? breakExclusive(oplock, b, effects)
    : breakShared(oplock, b, effects);
  return waits && b.expectsAnswers;
}

/**
 * Whether an open that must not break anything (FILE_OPEN_REQUIRING_OPLOCK) is refused. As tests on
 * Windows show, foreign Level 2 and Filter oplocks refuse it even where a plain open would not
 * break them; R and RH do only when they would be broken.
 */
export function refusesAtomicOpen(oplock: POPLOCK, b: Breaker): boolean {
  const exclusive = o.Exclusive(oplock);
  if (exclusive !== 0 && !isSpared(b, exclusive)) {
    if (isLegacy(h.Type(exclusive)) || h.State(exclusive) === HOLDER_BREAKING) return true;
    return (h.Type(exclusive) & b.loss.rights) !== 0;
  }
  let refused = false;
  eachShared(oplock, LEVEL_2, (holder) => {
    if (!isSpared(b, holder)) refused = true;
  });
  for (const type of [R, RH]) {
    eachShared(oplock, type, (holder) => {
      if (!isSpared(b, holder) && type & b.loss.rights) refused = true;
    });
  }
  return refused;
}
