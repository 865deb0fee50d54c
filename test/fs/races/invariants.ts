// What must hold of an oplock whenever nothing moves, whatever happened before: who holds together
// with whom (I3), nobody whose handle is cleaned up (I8), nobody kept waiting who need not (I2).
import { load } from '#src/atomics-sync/atomics.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE } from '#src/ntos/io/types.ts';
import { flink } from '#src/ntos/rtl/list-entry.ts';
import { stateOf } from '#src/ntos/fsrtl/oplock/oplock-state.ts';
import { mustWait } from '#src/ntos/fsrtl/oplock/oplock-waiter.ts';
import { FSRTL_OPLOCK, LEVEL_2, OPLOCK_HOLDER, RH } from '#src/ntos/fsrtl/oplock/oplock-types.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PHOLDER, POPLOCK, PWAITER } from '#src/ntos/fsrtl/oplock/oplock-types.ts';

const o = FSRTL_OPLOCK.bound;
const holder = OPLOCK_HOLDER.bound;

function listed(head: number): number[] {
  const all: number[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) all.push(at);
  return all;
}

function isCleanedUp(at: PHOLDER): boolean {
  const file = holder.File(at) as PFILE_OBJECT;
  return (FILE_OBJECT.bound.Flags(file) & FO_CLEANUP_COMPLETE) !== 0;
}

/** What is broken of the invariants; the address is that of the OPLOCK. */
export function brokenInvariants(variable: number): string[] {
  const oplock: POPLOCK = stateOf(variable);
  if (oplock === 0) return [];
  const exclusive = o.Exclusive(oplock);
  const shared = listed(o.at_Shared(oplock)) as PHOLDER[];
  const breaking = listed(o.at_Breaking(oplock)) as PHOLDER[];
  const waiters = listed(o.at_Waiters(oplock)) as PWAITER[];
  const all = [...(exclusive === 0 ? [] : [exclusive]), ...shared, ...breaking];
  const types = [...shared, ...breaking].map((at) => holder.Type(at));
  const problems: string[] = [];
  if (exclusive !== 0 && types.length > 0) problems.push('I3: an exclusive oplock beside shared ' +
    'ones');
  if (types.includes(LEVEL_2) && types.includes(RH)) problems.push('I3: Level 2 beside RH');
  if (all.some(isCleanedUp)) problems.push('I8: a holder whose handle is closed');
  const free = waiters.filter((waiter) => !mustWait(oplock, waiter));
  if (free.length > 0) problems.push(`I2: ${free.length} wait, and nothing holds them up`);
  if (load(o.at_Untold(oplock)) !== 0) problems.push('I5: a holder was not told');
  return problems;
}

/** Who is left when every handle is closed. */
export function whatIsLeft(variable: number): string[] {
  const oplock: POPLOCK = stateOf(variable);
  if (oplock === 0) return [];
  const holders = [o.at_Shared(oplock), o.at_Breaking(oplock)].flatMap(listed).length +
    (o.Exclusive(oplock) === 0 ? 0 : 1);
  const waiters = listed(o.at_Waiters(oplock)).length;
  const problems: string[] = [];
  if (holders > 0) problems.push(`I8: ${holders} holders are left`);
  if (waiters > 0) problems.push(`I2: ${waiters} operations are left waiting`);
  if (o.AtomicFile(oplock) !== 0) problems.push('the promise of an atomic create is left');
  return problems;
}
