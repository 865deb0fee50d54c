// Fast mutexes that are contended, and what their misuse is called (KRN-23).
import { boot } from '../../../mem/boot-options.ts';
import { i32 as words } from '../../../mem/memory.ts';
import { add, compareExchange, load, store } from '../../../atomics-sync/atomics.ts';
import { SPIN_THEN_PARK, spinsOf } from '../../../atomics-sync/park.ts';
import { KeAreApcsDisabled } from '../../ke/apc.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, THREAD_NOT_MUTEX_OWNER }
  from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { waitForObject } from '../../ke/dispatcher.ts';
import { KeInitializeEvent, KeSetEvent, SynchronizationEvent } from '../../ke/event.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { currentThread } from '../../ke/prcb.ts';
import { FAST_MUTEX } from '../types.ts';

const i32 = words;
const me = currentThread;
const { at_Event, Owner, set_Owner, Contention, set_Contention } = FAST_MUTEX.bound;
type Mutex = Parameters<typeof Owner>[0];
const spins = spinsOf(SPIN_THEN_PARK) >> 3;
const WrFastMutex = 34;

/** Makes a free mutex. */
export function initializeMutex(mutex: number): void {
  const p = mutex as Mutex;
  set_Owner(p, 0 as never);
  set_Contention(p, 0);
  i32[(mutex + (FAST_MUTEX.offsets['OldIrql'] ?? 28)) >> 2] = 0;
  KeInitializeEvent(at_Event(p), SynchronizationEvent, false);
  store(mutex, 1);
}

function violation(subcode: number, mutex: number, evidence: string): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, KeGetCurrentIrql(), me, mutex,
    `fast mutex 0x${mutex.toString(16)}: ${evidence} (KRN-23)`);
}

export function acquiredTooHigh(mutex: number): never {
  return violation(0x33, mutex, `acquired at IRQL ${KeGetCurrentIrql()}, above APC_LEVEL`);
}

export function releasedAtWrongLevel(mutex: number): never {
  return violation(0x34, mutex, `released at IRQL ${KeGetCurrentIrql()}, not at APC_LEVEL`);
}

/** The unsafe forms want the caller to have kept kernel APCs away. */
export function checkUnsafe(mutex: number, subcode: number): void {
  if (KeGetCurrentIrql() === APC_LEVEL || KeAreApcsDisabled()) return;
  violation(subcode, mutex, 'an unsafe form was used with kernel APCs enabled');
}

export function notOwner(mutex: number): never {
  const owner = Owner(mutex as Mutex);
  const evidence = `fast mutex 0x${mutex.toString(16)} was released by a thread that does not ` +
    'own it (KRN-23)';
  if (boot.verifier) {
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x1004, mutex, owner, me, evidence);
  }
  return KeBugCheckEx(THREAD_NOT_MUTEX_OWNER, me, owner, mutex, 0, evidence);
}

/** The mutex was held at the first try: looks a while, then waits for it to be handed over. */
export function acquireSlow(mutex: number): void {
  const p = mutex as Mutex;
  if (Owner(p) === me) violation(0x1000, mutex, 'acquired twice by one thread, which hangs');
  for (let n = spins; n > 0; n--) {
    if (load(mutex) === 1 && compareExchange(mutex, 1, 0) === 1) return;
  }
  if (add(mutex, -1) === 1) return;
  set_Contention(p, Contention(p) + 1);
  waitForObject(at_Event(p), WrFastMutex);
}

/** Gives a released mutex to one of its waiters. */
export function handOver(mutex: number): void {
  KeSetEvent(at_Event(mutex as Mutex));
}
