// The OPLOCK variable of a stream and the state behind it. The variable is NULL until somebody asks
// for an oplock. All IRQL <= APC_LEVEL.
import { compareExchange, exchange, load } from '../../../atomics-sync/atomics.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { InitializeListHead } from '../../rtl/list-entry.ts';
import { endAll } from './oplock-end.ts';
import { FSRTL_OPLOCK } from './oplock-types.ts';
import { announce, carryOut } from './oplock-waiter.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { POPLOCK } from './oplock-types.ts';
import type { Effects } from './oplock-waiter.ts';

const o = FSRTL_OPLOCK.bound;
const TAG = poolTag('FOop');

/** Makes the oplock of a stream: nobody holds anything. The variable must be NULL before. */
export function FsRtlInitializeOplock(Oplock: number): void {
  exchange(Oplock, 0);
}

/** The state behind an OPLOCK, NULL while nobody ever asked for one. */
export function stateOf(Oplock: number): POPLOCK {
  return load(Oplock) as POPLOCK;
}

/** The state behind an OPLOCK, made if needed; NULL when there is no memory. */
export function needState(Oplock: number): POPLOCK {
  const there = stateOf(Oplock);
  if (there !== 0) return there;
  const fresh = ExAllocatePoolWithTag(NonPagedPool, FSRTL_OPLOCK.size, TAG) as POPLOCK;
  if (fresh === 0) return fresh;
  fillBytes(fresh, 0, FSRTL_OPLOCK.size);
  for (const head of [o.at_Shared(fresh), o.at_Breaking(fresh), o.at_Waiters(fresh)]) {
    InitializeListHead(head);
  }
  const before = compareExchange(Oplock, 0, fresh);
  if (before === 0) return fresh;
  ExFreePoolWithTag(fresh, TAG);
  return before as POPLOCK;
}

/**
 * A number that changes when an oplock of the stream is granted. A file system that lets an
 * operation pass and carries it out later, under the lock that excludes requests, sees by it
 * whether it has to ask again. Any IRQL.
 */
export function oplockGrants(Oplock: number): number {
  const oplock = stateOf(Oplock);
  return oplock === 0 ? 0 : load(o.at_Grants(oplock));
}

/** Runs `decide` under the stripe, then completes and resumes what it collected. */
export function underStripe<T>(oplock: POPLOCK, decide: (effects: Effects) => T): T {
  const effects: Effects = { irps: [], waiters: [] };
  lockStripe(oplock);
  const result = decide(effects);
  announce(oplock, effects);
  unlockStripe(oplock);
  carryOut(oplock, effects);
  return result;
}

/** Ends the oplock of a stream: what pends is completed, what waits goes on. */
export function FsRtlUninitializeOplock(Oplock: number): void {
  const oplock = exchange(Oplock, 0) as POPLOCK;
  if (oplock === 0) return;
  underStripe(oplock, (effects) => endAll(oplock, effects));
  ExFreePoolWithTag(oplock, TAG);
}
