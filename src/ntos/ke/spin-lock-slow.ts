// Spin locks that are contended or misused (KRN-13 to KRN-16, KRN-19).
import { MAX_PROCESSORS } from '../../mem/param.ts';
import { isPaged } from '../../mem/memory-map.ts';
import { acquireSpin, ownerOfSpin } from '../../atomics-sync/spin.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, SPIN_LOCK_ALREADY_OWNED, SPIN_LOCK_NOT_OWNED }
  from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { REASON_SPIN, WAIT_BEGAN, WAIT_ENDED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** Waits for a lock that was not free. */
export function acquireContended(lock: number, owner: number): void {
  const holder = ownerOfSpin(lock);
  if (holder === owner) alreadyOwned(lock);
  if (holder > MAX_PROCESSORS) wrongFamily(lock, 0x1008);
  if (tracer !== null) tracer.event(WAIT_BEGAN, lock, 1, 0, REASON_SPIN);
  acquireSpin(lock, owner);
  if (tracer !== null) tracer.event(WAIT_ENDED, lock, 0, 0, 0);
}

export function alreadyOwned(lock: number): never {
  return KeBugCheckEx(SPIN_LOCK_ALREADY_OWNED, lock, 0, 0, 0,
    `spin lock ${hex(lock)} was acquired by the processor that holds it already (KRN-15)`);
}

/** One lock was used with the plain and with the queued routines. */
export function wrongFamily(lock: number, subcode: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, lock, ownerOfSpin(lock), 0,
    `spin lock ${hex(lock)} is used with the plain and with the in-stack queued routines; keep ` +
      'to one of them (KRN-16)');
}

/** A release by a processor that does not hold the lock. */
export function notOwned(lock: number): never {
  const holder = ownerOfSpin(lock);
  if (holder > MAX_PROCESSORS) wrongFamily(lock, 0x1009);
  const who = holder === 0 ? 'is free' : `is held by processor ${holder - 1}`;
  return KeBugCheckEx(SPIN_LOCK_NOT_OWNED, lock, holder, 0, 0,
    `spin lock ${hex(lock)} was released by a processor that does not hold it; it ${who} (KRN-15)`);
}

const needs: Record<number, string> = {
  0x32: 'released at another level than DISPATCH_LEVEL',
  0x36: 'released at another level than DISPATCH_LEVEL',
  0x40: 'acquired by an AtDpcLevel routine below DISPATCH_LEVEL',
  0x41: 'released by a FromDpcLevel routine below DISPATCH_LEVEL',
  0x42: 'acquired above DISPATCH_LEVEL',
};

/** A routine at a level at which it may not be called. */
export function wrongLevel(subcode: number, lock: number, irql: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, irql, lock, 0,
    `spin lock ${hex(lock)} was ${needs[subcode] ?? 'misused'}: IRQL ${irql} (KRN-13, KRN-14)`);
}

/** A spin lock in paged memory would be touched at DISPATCH_LEVEL (KRN-19). */
export function checkStorage(lock: number): void {
  if (!isPaged(lock)) return;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xe1, lock, 0, 0,
    `spin lock ${hex(lock)} lies in paged memory (KRN-19)`);
}
