// Push locks that are contended: waiters queue at a parking place that the lock's address hashes
// to, first come first woken. A woken thread tries again and may find that another was faster
// (KRN-35); it then queues once more. The parking place's lock guards its list and every change
// that takes WAITING away.
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { popFrame, pushFrame } from '../../../mem/stack.ts';
import { compareExchange, load } from '../../../atomics-sync/atomics.ts';
import { SPIN_THEN_PARK, spinsOf } from '../../../atomics-sync/park.ts';
import { KeAreApcsDisabled } from '../../ke/apc.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE,
  KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { currentThread } from '../../ke/prcb.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../rtl/list-entry.ts';
import { EX_ROOT, HELD_PUSH_LOCKS, PARKING_PLACE, exRoot } from '../executive-root.ts';
import { WrPushLock, grantNode, newWaitNode, nodeKind, waitOnNode }
  from './wait-node.ts';
import type { WaitNode } from './wait-node.ts';

const i32 = words;
export const EXCLUSIVE = 1;
export const WAITING = 2;
/** One shared hold. */
export const SHARE = 16;

const spins = spinsOf(SPIN_THEN_PARK) >> 3;
const lockAt = PARKING_PLACE.offsets['Lock'] ?? 0;
const headAt = PARKING_PLACE.offsets['ListHead'] ?? 4;
const places = EX_ROOT.bound.at_ParkingPlaces(exRoot);
const held = (EX_ROOT.bound.at_HeldPushLocks(exRoot) + boot.processor * HELD_PUSH_LOCKS * 4) >> 2;
/** A node's Kind is the lock it waits for, plus one for an exclusive wait. */
const kindOf = (lock: number, exclusive: boolean): number => lock | (exclusive ? 1 : 0);

function placeOf(lock: number): number {
  return places + (Math.imul(lock >>> 2, 0x9e3779b1) >>> 26) * PARKING_PLACE.size;
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

export function acquiredTooHigh(lock: number): never {
  return KeBugCheckEx(KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL, currentThread, lock,
    KeGetCurrentIrql(), 0,
    `push lock ${hex(lock)} was acquired at IRQL ${KeGetCurrentIrql()}; the highest is APC_LEVEL ` +
      '(KRN-36)');
}

function notHeld(lock: number): never {
  return KeBugCheckEx(KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, currentThread, lock, 0, 0,
    `push lock ${hex(lock)} was released by a thread that does not hold it so (KRN-36)`);
}

function checkApcs(lock: number, subcode: number, verb: string): void {
  if (KeAreApcsDisabled() || KeGetCurrentIrql() >= APC_LEVEL) return;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, KeGetCurrentIrql(), lock, 0,
    `push lock ${hex(lock)} was ${verb} with normal kernel APCs enabled; enter a critical region ` +
      'first (KRN-33)');
}

/** What the verifier asks of an acquisition; remembers that this thread holds the lock. */
export function checkAcquire(lock: number): void {
  checkApcs(lock, 0xea, 'acquired');
  for (let n = 0; n < HELD_PUSH_LOCKS; n++) {
    if (i32[held + n] !== 0) continue;
    i32[held + n] = lock;
    return;
  }
}

/** What the verifier asks of a release: by a thread that holds the lock. */
export function checkRelease(lock: number): void {
  checkApcs(lock, 0xeb, 'released');
  let full = true;
  for (let n = 0; n < HELD_PUSH_LOCKS; n++) {
    if (i32[held + n] === lock) {
      i32[held + n] = 0;
      return;
    }
    if (i32[held + n] === 0) full = false;
  }
  if (!full) notHeld(lock);
}

function tryExclusive(lock: number): boolean {
  const seen = load(lock);
  return (seen & ~WAITING) === 0 && compareExchange(lock, seen, seen | EXCLUSIVE) === seen;
}

/** Shared entry; a thread that was woken for it does not stop behind other waiters again. */
function tryShared(lock: number, woken: boolean): boolean {
  const stop = woken ? EXCLUSIVE : EXCLUSIVE | WAITING;
  for (let seen = load(lock); (seen & stop) === 0; seen = load(lock)) {
    if (compareExchange(lock, seen, seen + SHARE) === seen) return true;
  }
  return false;
}

export function acquireExclusiveSlow(lock: number): void {
  for (let n = spins; n > 0; n--) {
    if ((load(lock) & ~WAITING) === 0 && tryExclusive(lock)) return;
  }
  while (!tryExclusive(lock)) sleepUntilWoken(lock, true);
}

export function acquireSharedSlow(lock: number): void {
  for (let n = spins; n > 0; n--) {
    if ((load(lock) & (EXCLUSIVE | WAITING)) === 0 && tryShared(lock, false)) return;
  }
  let woken = false;
  while (!tryShared(lock, woken)) {
    sleepUntilWoken(lock, false);
    woken = true;
  }
}

/** Appends to a list that is empty when it is all zero, as the machine's memory is at boot. */
function append(head: number, node: number): void {
  if (flink(head) === 0) InitializeListHead(head);
  InsertTailList(head, node);
}

/** Queues, unless the lock came free meanwhile, and sleeps until a release wakes this thread. */
function sleepUntilWoken(lock: number, exclusive: boolean): void {
  const frame = pushFrame();
  const node = newWaitNode(kindOf(lock, exclusive));
  const place = placeOf(lock);
  acquireKernelLock(place + lockAt);
  // Pairs with the compare-exchanges of the releases: they fail once WAITING is set.
  let seen = load(lock);
  while ((seen & ~WAITING) !== 0) {
    const before = compareExchange(lock, seen, seen | WAITING);
    if (before === seen) break;
    seen = before;
  }
  const free = (seen & ~WAITING) === 0;
  if (!free) append(place + headAt, node);
  releaseKernelLock(place + lockAt);
  if (!free) waitOnNode(node, WrPushLock);
  popFrame(frame);
}

/**
 * A release that the fast path could not do: somebody waits, or the lock is not held so. When the
 * lock comes free, the first waiter is woken, and if that is a shared one all shared ones are.
 */
export function releaseSlow(lock: number, exclusive: boolean): void {
  const place = placeOf(lock);
  acquireKernelLock(place + lockAt);
  let seen = load(lock);
  let left = 0;
  for (;;) {
    const isHeld = exclusive ? (seen & EXCLUSIVE) !== 0 : seen >= SHARE;
    if (!isHeld) break;
    left = exclusive ? seen & ~EXCLUSIVE : seen - SHARE;
    const before = compareExchange(lock, seen, left);
    if (before === seen) break;
    seen = before;
  }
  const isHeld = exclusive ? (seen & EXCLUSIVE) !== 0 : seen >= SHARE;
  const woken = isHeld && left === WAITING ? takeWaiters(lock, place) : [];
  releaseKernelLock(place + lockAt);
  if (!isHeld) notHeld(lock);
  for (const node of woken) grantNode(node);
}

/** Takes the nodes to wake off the list; clears WAITING when they were the last. */
function takeWaiters(lock: number, place: number): WaitNode[] {
  const mine: WaitNode[] = [];
  const head = place + headAt;
  for (let entry = flink(head); entry !== head; entry = flink(entry)) {
    const node = entry as WaitNode;
    if ((nodeKind(node) & ~1) === lock) mine.push(node);
  }
  const first = mine[0];
  const wantsExclusive = first !== undefined && (nodeKind(first) & 1) !== 0;
  const woken = wantsExclusive ? [first] : mine.filter((node) => (nodeKind(node) & 1) === 0);
  for (const node of woken) RemoveEntryList(node);
  if (woken.length === mine.length) clearWaiting(lock);
  return woken;
}

function clearWaiting(lock: number): void {
  for (let seen = load(lock); ; ) {
    const before = compareExchange(lock, seen, seen & ~WAITING);
    if (before === seen) return;
    seen = before;
  }
}

/** How many threads wait for a lock; for tests and reports. */
export function pushLockWaiters(lock: number): number {
  const place = placeOf(lock);
  let count = 0;
  acquireKernelLock(place + lockAt);
  const head = place + headAt;
  for (let at = flink(head); at !== 0 && at !== head; at = flink(at)) {
    if ((nodeKind(at as WaitNode) & ~1) === lock) count++;
  }
  releaseKernelLock(place + lockAt);
  return count;
}
