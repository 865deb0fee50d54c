// Dispatcher objects (events, semaphores, mutexes, timers, threads) as those who signal them see
// them: a signal state and a list of waiters. One lock, the dispatcher lock, guards all of them,
// as in NT before Windows 7. Whoever signals an object satisfies waiters in order and wakes them;
// the waiters' own side is dispatcher.ts.
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { load, notify, store } from '../../atomics-sync/atomics.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../rtl/list-entry.ts';
import { STATUS_ABANDONED, STATUS_MUTANT_LIMIT_EXCEEDED, STATUS_SUCCESS } from '../status-codes.ts';
import { DISPATCHER_HEADER, KMUTANT, KWAIT_BLOCK, EventSynchronizationObject, MutantObject,
  SemaphoreObject, TimerSynchronizationObject } from './types.ts';
import { KTHREAD } from './prcb.ts';
import { raiseStatus } from './exception.ts';
import { AWAKE, unlockDispatcher } from './dispatcher-lock.ts';
import type { PKTHREAD } from './prcb.ts';

const i32 = words;
const u8 = bytes;

const { at_SignalState, at_WaitListHead, at_Type } = DISPATCHER_HEADER.bound;
const { Object: blockObject, Thread: blockThread, WaitKey: blockKey, WaitType: blockType } =
  KWAIT_BLOCK.bound;
const { at_WaitWord, set_WaitStatus, KernelApcDisable, set_KernelApcDisable, at_MutantListHead } =
  KTHREAD.bound;
const { OwnerThread, set_OwnerThread, Abandoned, set_Abandoned, at_MutantListEntry } =
  KMUTANT.bound;

type PHeader = Parameters<typeof at_SignalState>[0];
type PBlock = Parameters<typeof blockObject>[0];
type PMutant = Parameters<typeof OwnerThread>[0];

/** KWAIT_BLOCK.WaitType. */
export const WaitAll = 0;
export const WaitAny = 1;
const nextBlockAt = KWAIT_BLOCK.offsets['SparePtr'] ?? 0;
const waitBlockListAt = KTHREAD.offsets['WaitBlockList'] ?? 0;
/** The signal state of a mutex that was acquired as often as can be counted (KRN-22). */
const MINLONG = -0x8000_0000;

/** Makes the common head of a dispatcher object. */
export function initializeHeader(object: number, type: number, size: number, signal: number): void {
  const p = object as PHeader;
  i32[object >> 2] = 0;
  u8[at_Type(p)] = type;
  u8[object + 2] = size >> 2;
  i32[at_SignalState(p) >> 2] = signal;
  const head = at_WaitListHead(p);
  i32[head >> 2] = head;
  i32[(head + 4) >> 2] = head;
}

/** The signal state, read without the lock. */
export function readSignalState(object: number): number {
  return load(at_SignalState(object as PHeader));
}

/** Whether a wait of the thread for the object would end at once. The dispatcher lock is held. */
export function isSignaled(object: number, thread: PKTHREAD): boolean {
  const state = i32[at_SignalState(object as PHeader) >> 2]!;
  if (state > 0) return true;
  return u8[object] === MutantObject && OwnerThread(object as PMutant) === thread;
}

/** The list of the mutexes that a thread owns. The dispatcher lock is held. */
export function mutantsOf(thread: PKTHREAD): number {
  const head = at_MutantListHead(thread);
  if (flink(head) === 0) InitializeListHead(head);
  return head;
}

function acquireMutant(mutant: PMutant, thread: PKTHREAD): boolean {
  const at = at_SignalState(mutant as unknown as PHeader) >> 2;
  if (i32[at] === MINLONG) {
    unlockDispatcher();
    raiseStatus(STATUS_MUTANT_LIMIT_EXCEEDED, 'the acquisition of a mutex (KRN-22)');
  }
  i32[at] = i32[at]! - 1;
  if (i32[at] !== 0) return false;
  set_OwnerThread(mutant, thread);
  InsertTailList(mutantsOf(thread), at_MutantListEntry(mutant));
  set_KernelApcDisable(thread, KernelApcDisable(thread) - 1);
  const abandoned = Abandoned(mutant) !== 0;
  set_Abandoned(mutant, 0);
  return abandoned;
}

/**
 * Takes what the wait was for: resets an auto-reset event, counts a semaphore, owns a mutex.
 * Returns whether the mutex was abandoned. The dispatcher lock is held.
 */
export function satisfy(object: number, thread: PKTHREAD): boolean {
  const at = at_SignalState(object as PHeader) >> 2;
  switch (u8[object]) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
      i32[at] = 0;
      return false;
    case SemaphoreObject:
      i32[at] = i32[at]! - 1;
      return false;
    case MutantObject:
      return acquireMutant(object as PMutant, thread);
    default:
      return false;
  }
}

/** Takes a thread off the objects it waits for. The dispatcher lock is held. */
export function removeBlocks(thread: PKTHREAD): void {
  // The blocks of one wait are chained through SparePtr, a ring.
  const first = i32[(thread + waitBlockListAt) >> 2]!;
  if (first === 0) return;
  let block = first;
  do {
    RemoveEntryList(block);
    block = i32[(block + nextBlockAt) >> 2]!;
  } while (block !== first);
  i32[(thread + waitBlockListAt) >> 2] = 0;
}

/** Ends the wait of a thread that hangs on its blocks. The dispatcher lock is held. */
export function wakeWaiter(thread: PKTHREAD, status: number): void {
  removeBlocks(thread);
  set_WaitStatus(thread, status);
  const word = at_WaitWord(thread);
  store(word, AWAKE);
  notify(word, 1);
}

function allSignaled(first: number, thread: PKTHREAD): boolean {
  let block = first;
  do {
    if (!isSignaled(blockObject(block as PBlock), thread)) return false;
    block = i32[(block + nextBlockAt) >> 2]!;
  } while (block !== first);
  return true;
}

/** Lets waiters of a signaled object go, first come first served. The dispatcher lock is held. */
export function signalObject(object: number): void {
  const head = at_WaitListHead(object as PHeader);
  let entry = flink(head);
  while (entry !== head && i32[at_SignalState(object as PHeader) >> 2]! > 0) {
    const block = entry as PBlock;
    const next = flink(entry);
    const thread = blockThread(block) as PKTHREAD;
    if (blockType(block) === WaitAny) {
      const abandoned = satisfy(object, thread);
      wakeWaiter(thread, (abandoned ? STATUS_ABANDONED : STATUS_SUCCESS) + blockKey(block));
      entry = flink(head);
    } else if (allSignaled(entry, thread)) {
      satisfyAll(entry, thread);
      entry = flink(head);
    } else {
      entry = next;
    }
  }
}

function satisfyAll(first: number, thread: PKTHREAD): void {
  let abandoned = false;
  let block = first;
  do {
    abandoned = satisfy(blockObject(block as PBlock), thread) || abandoned;
    block = i32[(block + nextBlockAt) >> 2]!;
  } while (block !== first);
  wakeWaiter(thread, abandoned ? STATUS_ABANDONED : STATUS_SUCCESS);
}
