// The executive's own words: list heads and locks of rooms too small for a root of their own.
import { ULONG, array, atomic } from '../../mem/field.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { LIST_ENTRY } from '../rtl/types.ts';

/** Push locks that one thread may hold at a time before the verifier loses count. */
export const HELD_PUSH_LOCKS = 16;

/** Waiters of push locks, by a hash of the lock's address: see push-lock-wait.ts. */
export const PARKING_PLACE = struct('EX_PARKING_PLACE', {
  Lock: atomic(),
  ListHead: LIST_ENTRY,
}, { align: CACHE_LINE });
export const PARKING_PLACES = 64;

export const EX_ROOT = struct('EX_ROOT', {
  /** Guards LookasideListHead. */
  LookasideLock: atomic(),
  LookasideListHead: LIST_ENTRY,
  ParkingPlaces: array(PARKING_PLACE, PARKING_PLACES),
  /** Under the verifier: which push locks each processor's thread holds. */
  HeldPushLocks: array(ULONG, MAX_PROCESSORS * HELD_PUSH_LOCKS),
}, { align: CACHE_LINE });

export const exRoot = systemRoot('ex', EX_ROOT.size) as Parameters<
  typeof EX_ROOT.bound.at_LookasideLock
>[0];
