// ERESOURCE with waiters: queueing, and handing over. Under the structure's spin lock.
//
// As in NT, an exclusive owner that releases lets all shared waiters in; if there are none, or when
// the last shared owner releases, the first exclusive waiter gets the resource. So neither side
// starves: shared requests that come while an exclusive waiter exists wait for one exclusive turn.
// A resource is handed over: its state never becomes free while somebody waits.
//
// SharedWaiters and ExclusiveWaiters point to the first of a ring of wait nodes.
import { i32 as words } from '../../../mem/memory.ts';
import { boot } from '../../../mem/boot-options.ts';
import { popFrame, pushFrame } from '../../../mem/stack.ts';
import { compareExchange, load, store } from '../../../atomics-sync/atomics.ts';
import { SPIN_THEN_PARK, spinsOf } from '../../../atomics-sync/park.ts';
import { KeAreApcsDisabled } from '../../ke/apc.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { currentThread, processorOfThread } from '../../ke/prcb.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../rtl/list-entry.ts';
import { ERESOURCE, ResourceOwnedExclusive } from '../types.ts';
import { ensureOwnerTable, entryOf, notOwned, ownerEntryAt, processorEntry }
  from './resource-owners.ts';
import { WrResource, grantNode, newWaitNode, nodeThread, waitOnNode }
  from './wait-node.ts';
import type { WaitNode } from './wait-node.ts';

const i32 = words;
const me = currentThread;
const stateAt = ERESOURCE.offsets['ActiveCount'] ?? 12;
const lockAt = ERESOURCE.offsets['SpinLock'] ?? 52;
const { SharedWaiters, set_SharedWaiters, ExclusiveWaiters, set_ExclusiveWaiters, ContentionCount,
  set_ContentionCount, NumberOfSharedWaiters, set_NumberOfSharedWaiters, NumberOfExclusiveWaiters,
  set_NumberOfExclusiveWaiters } = ERESOURCE.bound;
export type Resource = Parameters<typeof ContentionCount>[0];

/** The state word: ActiveCount in the low half, Flag in the high half. */
export const EXCLUSIVE = ResourceOwnedExclusive << 16;
/** A private bit of Flag: somebody waits. */
export const WAITERS = 0x0100 << 16;
const COUNT = 0xffff;

export const KIND_EXCLUSIVE = 0;
export const KIND_SHARED = 1;
/** Shared, before exclusive waiters. */
export const KIND_STARVE = 2;
/** Shared, behind exclusive waiters even when the thread has it shared. */
export const KIND_WAIT_FOR_EXCLUSIVE = 3;

/** How long a thread that waits for its own release waits before it is reported (ms). */
const SELF_DEADLOCK_MS = 5000;
/** Looks at a contended resource before queueing: about as long as a short section lasts. */
const spins = spinsOf(SPIN_THEN_PARK) >> 3;

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

function violation(subcode: number, resource: number, evidence: string): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, KeGetCurrentIrql(), resource, me,
    `resource ${hex(resource)}: ${evidence}`);
}

export function acquiredTooHigh(resource: number): never {
  return violation(0x37, resource, 'acquired above APC_LEVEL (KRN-27)');
}

export function releasedTooHigh(resource: number): never {
  return violation(0x38, resource, 'released above DISPATCH_LEVEL (KRN-27)');
}

const apcsDisabled = (): boolean => KeAreApcsDisabled() || KeGetCurrentIrql() >= APC_LEVEL;

/** What the verifier asks of an acquisition. */
export function checkAcquire(resource: number): void {
  if (apcsDisabled()) return;
  violation(0x37, resource, 'acquired with normal kernel APCs enabled; enter a critical region ' +
    'first (KRN-27)');
}

/** What the verifier asks of a release. */
export function checkRelease(resource: number): void {
  if (apcsDisabled()) return;
  violation(0x38, resource, 'released with normal kernel APCs enabled; leave the critical region ' +
    'after the release (KRN-27)');
}

/** Whether somebody waits for exclusive use; a present shared owner asks without the lock. */
export function sharedWhileExclusiveWaits(resource: number): boolean {
  const state = load(resource + stateAt);
  return (state & EXCLUSIVE) === 0 && NumberOfExclusiveWaiters(resource as Resource) !== 0;
}

function mayEnter(resource: Resource, state: number, kind: number): boolean {
  if ((state & COUNT) === 0) return true;
  if (kind === KIND_EXCLUSIVE || (state & EXCLUSIVE) !== 0) return false;
  return kind === KIND_STARVE || NumberOfExclusiveWaiters(resource) === 0;
}

/** Records an owner: the first in the structure, others in the table. */
function record(resource: number, thread: number, first: boolean): void {
  const processor = processorOfThread(thread as typeof me);
  const entry = first ? resource + ownerEntryAt : processorEntry(resource, processor);
  const counted = i32[entry >> 2] === thread ? i32[(entry + 4) >> 2]! : 0;
  i32[entry >> 2] = thread;
  i32[(entry + 4) >> 2] = counted + 1;
}

/** Tries to enter with the lock held; false when the caller must wait. */
function tryEnter(resource: Resource, kind: number): boolean {
  const at = resource + stateAt;
  for (;;) {
    const state = load(at);
    if (!mayEnter(resource, state, kind)) return false;
    const mine = entryOf(resource, me);
    if (mine !== 0) {
      i32[(mine + 4) >> 2]! += 1;
      return true;
    }
    const wanted = (state + 1) | (kind === KIND_EXCLUSIVE ? EXCLUSIVE : 0);
    if (compareExchange(at, state, wanted) !== state) continue;
    record(resource, me, (state & COUNT) === 0);
    return true;
  }
}

/** Says in the state that somebody waits; false when the state changed and must be looked at. */
function announce(resource: number): boolean {
  const at = resource + stateAt;
  const state = load(at);
  if ((state & COUNT) === 0) return false;
  return (state & WAITERS) !== 0 || compareExchange(at, state, state | WAITERS) === state;
}

/** An acquisition that was not granted at the first look. */
export function acquireSlow(resource: number, kind: number, wait: boolean): boolean {
  const r = resource as Resource;
  const owned = entryOf(resource, me) !== 0;
  const selfDeadlock = owned && kind === KIND_EXCLUSIVE;
  if (selfDeadlock && wait && boot.verifier) ownsShared(resource);
  if (kind !== KIND_EXCLUSIVE) ensureOwnerTable(resource);
  for (let n = wait && !owned ? spins : 0; n > 0; n--) {
    const state = load(resource + stateAt);
    if ((state & WAITERS) !== 0 || mayEnter(r, state, kind)) break;
  }
  acquireKernelLock(resource + lockAt);
  while (!tryEnter(r, kind)) {
    if (wait && !boot.inline) {
      if (announce(resource)) return queueUp(r, kind, selfDeadlock);
      continue;
    }
    releaseKernelLock(resource + lockAt);
    // Alone in the machine: says so instead of hanging.
    if (wait) newWaitNode(kind);
    return false;
  }
  releaseKernelLock(resource + lockAt);
  return true;
}

function ownsShared(resource: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x1000, resource, me, 0,
    `resource ${hex(resource)} was asked for exclusively by a thread that has it shared; it ` +
      'would wait for itself (KRN-28)');
}

/** Appends a node to a ring and returns the ring's first. */
function append(first: number, node: number): number {
  if (first !== 0) {
    InsertTailList(first, node);
    return first;
  }
  InitializeListHead(node);
  return node;
}

/** Waits in the queue. The lock is held and released here; comes back when it has the resource. */
function queueUp(r: Resource, kind: number, selfDeadlock: boolean): boolean {
  const frame = pushFrame();
  const node = newWaitNode(kind);
  if (kind === KIND_EXCLUSIVE) {
    set_ExclusiveWaiters(r, append(ExclusiveWaiters(r), node) as never);
    set_NumberOfExclusiveWaiters(r, NumberOfExclusiveWaiters(r) + 1);
  } else {
    set_SharedWaiters(r, append(SharedWaiters(r), node) as never);
    set_NumberOfSharedWaiters(r, NumberOfSharedWaiters(r) + 1);
  }
  set_ContentionCount(r, ContentionCount(r) + 1);
  releaseKernelLock(r + lockAt);
  if (!waitOnNode(node, WrResource, selfDeadlock ? SELF_DEADLOCK_MS : Infinity)) ownsShared(r);
  popFrame(frame);
  return true;
}

/** Gives the resource to the first exclusive waiter; returns its node, a ring of one. */
function handToExclusive(r: Resource): number {
  const node: number = ExclusiveWaiters(r);
  const next = flink(node);
  if (next !== node) RemoveEntryList(node);
  InitializeListHead(node);
  set_ExclusiveWaiters(r, (next === node ? 0 : next) as never);
  set_NumberOfExclusiveWaiters(r, NumberOfExclusiveWaiters(r) - 1);
  record(r, nodeThread(node as WaitNode), true);
  setState(r, EXCLUSIVE | 1);
  return node;
}

/** Lets all shared waiters in beside `owners` present ones; returns the ring of their nodes. */
function handToShared(r: Resource, owners: number): number {
  const ring: number = SharedWaiters(r);
  let count = owners;
  let node = ring;
  do {
    const thread = nodeThread(node as WaitNode);
    const entry = entryOf(r, thread);
    if (entry !== 0) {
      i32[(entry + 4) >> 2]! += 1;
    } else {
      record(r, thread, count === 0);
      count++;
    }
    node = flink(node);
  } while (node !== ring);
  set_SharedWaiters(r, 0 as never);
  set_NumberOfSharedWaiters(r, 0);
  setState(r, count);
  return ring;
}

/** Writes the state while WAITERS is set and the lock is held: nobody else can change it. */
function setState(r: Resource, owned: number): void {
  const waiting = SharedWaiters(r) !== 0 || ExclusiveWaiters(r) !== 0;
  const flags = load(r + stateAt) & ~(EXCLUSIVE | COUNT | WAITERS);
  store(r + stateAt, flags | owned | (waiting ? WAITERS : 0));
}

/** Takes one owner off the state, with the lock held; returns the nodes that own it now. */
export function leave(r: Resource): number {
  for (;;) {
    const state = load(r + stateAt);
    const wasExclusive = (state & EXCLUSIVE) !== 0;
    if (!wasExclusive && (state & COUNT) > 1) {
      if (compareExchange(r + stateAt, state, state - 1) === state) return 0;
    } else if ((state & WAITERS) === 0) {
      const free = state & ~(EXCLUSIVE | COUNT);
      if (compareExchange(r + stateAt, state, free) === state) return 0;
    } else {
      const toShared = SharedWaiters(r) !== 0 && (wasExclusive || ExclusiveWaiters(r) === 0);
      return toShared ? handToShared(r, 0) : handToExclusive(r);
    }
  }
}

/** Makes an exclusive owner a shared one and lets the shared waiters in; returns their nodes. */
export function convert(r: Resource): number {
  for (;;) {
    if (SharedWaiters(r) !== 0) return handToShared(r, 1);
    const state = load(r + stateAt);
    if (compareExchange(r + stateAt, state, state & ~EXCLUSIVE) === state) return 0;
  }
}

/** Wakes the threads of a ring of nodes, which own the resource already. */
export function grantRing(ring: number): void {
  let node = ring;
  let isLast = ring === 0;
  while (!isLast) {
    const next = flink(node);
    isLast = next === ring;
    grantNode(node as WaitNode);
    node = next;
  }
}

/** The end of a release: `stranger` owns nothing, or (0) the entry of the owner is empty by now. */
export function releaseSlow(resource: number, stranger: number): void {
  if (stranger !== 0) notOwned(resource, stranger);
  acquireKernelLock(resource + lockAt);
  const ring = leave(resource as Resource);
  releaseKernelLock(resource + lockAt);
  grantRing(ring);
}
