// Waiting. Dispatcher objects (events, semaphores, mutexes, timers, threads) hold a signal state
// and a list of waiters; one lock, the dispatcher lock, guards all of them, as in NT before
// Windows 7. A thread that must wait hangs wait blocks on the objects and sleeps on its own
// WaitWord; whoever signals an object satisfies waiters in order and wakes them.
//
// Kernel APCs run during a wait at PASSIVE_LEVEL and resume it invisibly (KRN-10).
import { boot } from '../../mem/boot-options.ts';
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { MAXIMUM_WAIT_OBJECTS, THREAD_WAIT_OBJECTS } from '../../mem/param.ts';
import { load, notify, store } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { InsertTailList, RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { STATUS_ABANDONED, STATUS_SUCCESS, STATUS_TIMEOUT } from '../status-codes.ts';
import { DISPATCHER_HEADER, KWAIT_BLOCK, MutantObject, EventSynchronizationObject,
  SemaphoreObject, TimerSynchronizationObject, KMUTANT } from './types.ts';
import { ATTEMPTED_SWITCH_FROM_DPC, DRIVER_VERIFIER_DETECTED_VIOLATION,
  MAXIMUM_WAIT_OBJECTS_EXCEEDED } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, THREAD_RUNNING, THREAD_WAITING, currentPrcb, currentThread }
  from './prcb.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from './irql.ts';
import { ASLEEP, AWAKE, lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { deadlineOf, tickCount } from './time.ts';
import { mayDeliverApcs, deliverApcs } from './apc.ts';
import { waitAlone } from './inline-wait.ts';
import type { NTSTATUS } from '../status.ts';
import type { PKTHREAD } from './prcb.ts';

const i32 = words;
const u8 = bytes;

const { at_SignalState, at_WaitListHead, at_Type } = DISPATCHER_HEADER.bound;
const { Object: blockObject, set_Object, Thread: blockThread, set_Thread, set_WaitKey,
  WaitKey: blockKey, set_WaitType, WaitType: blockType } = KWAIT_BLOCK.bound;
const { at_WaitWord, set_WaitStatus, WaitStatus, at_WaitBlock, set_State,
  set_WaitReason, at_ApcPending, KernelApcDisable, set_KernelApcDisable } = KTHREAD.bound;
const { OwnerThread, set_OwnerThread, Abandoned, set_Abandoned } = KMUTANT.bound;
const { DpcRoutineActive } = KPRCB.bound;

type PHeader = Parameters<typeof at_SignalState>[0];
type PBlock = Parameters<typeof blockObject>[0];
type PMutant = Parameters<typeof OwnerThread>[0];

export const WaitAll = 0;
export const WaitAny = 1;
/** Why a thread waits (KWAIT_REASON), for reports. */
export const Executive = 0;
export const UserRequest = 6;
export const WrQueue = 15;
export const KernelMode = 0;
export const UserMode = 1;

const BLOCK_SIZE = KWAIT_BLOCK.size;
const me = currentThread;
const myWord = at_WaitWord(me);

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

function isSignaled(object: number, thread: PKTHREAD): boolean {
  const state = i32[at_SignalState(object as PHeader) >> 2]!;
  if (state > 0) return true;
  return u8[object] === MutantObject && OwnerThread(object as PMutant) === thread;
}

/** Takes what the wait was for: resets an auto-reset event, counts a semaphore, owns a mutex. */
function satisfy(object: number, thread: PKTHREAD): boolean {
  const at = at_SignalState(object as PHeader) >> 2;
  switch (u8[object]) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
      i32[at] = 0;
      return false;
    case SemaphoreObject:
      i32[at] = i32[at]! - 1;
      return false;
    case MutantObject: {
      i32[at] = i32[at]! - 1;
      if (i32[at] !== 0) return false;
      const mutant = object as PMutant;
      set_OwnerThread(mutant, thread);
      set_KernelApcDisable(thread, KernelApcDisable(thread) - 1);
      const abandoned = Abandoned(mutant) !== 0;
      set_Abandoned(mutant, 0);
      return abandoned;
    }
    default:
      return false;
  }
}

function removeBlocks(thread: PKTHREAD): void {
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

const nextBlockAt = KWAIT_BLOCK.offsets['SparePtr'] ?? 0;
const waitBlockListAt = KTHREAD.offsets['WaitBlockList'] ?? 0;

function wake(thread: PKTHREAD, status: number): void {
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
      wake(thread, (abandoned ? STATUS_ABANDONED : STATUS_SUCCESS) + blockKey(block));
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
  wake(thread, abandoned ? STATUS_ABANDONED : STATUS_SUCCESS);
}

function checkLevel(hasTimeout: boolean, timeout: number): void {
  const irql = KeGetCurrentIrql();
  if (irql < DISPATCH_LEVEL || (hasTimeout && timeout === 0)) return;
  if (DpcRoutineActive(currentPrcb) !== 0) {
    KeBugCheckEx(ATTEMPTED_SWITCH_FROM_DPC, me, 0, 0, 0,
      'a DPC routine asked to wait; a wait in a DPC needs a zero timeout (KRN-4)');
  }
  const subcode = irql > DISPATCH_LEVEL ? 0x120 : hasTimeout ? 0x122 : 0x121;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, irql, me, 0,
    `a wait at IRQL ${irql}: at DISPATCH_LEVEL only a zero timeout is allowed (KRN-4)`);
}

/** Tests the objects under the lock; the status to return, or -1 when the thread must wait. */
function tryNow(objects: readonly number[], waitType: number): number {
  if (waitType === WaitAll) {
    if (!objects.every((object) => isSignaled(object, me))) return -1;
    let abandoned = false;
    for (const object of objects) abandoned = satisfy(object, me) || abandoned;
    return abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
  }
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    if (isSignaled(object, me)) {
      return (satisfy(object, me) ? STATUS_ABANDONED : STATUS_SUCCESS) + i;
    }
  }
  return -1;
}

function hangBlocks(objects: readonly number[], waitType: number, blocks: number): void {
  for (let i = 0; i < objects.length; i++) {
    const block = (blocks + i * BLOCK_SIZE) as PBlock;
    const object = objects[i]!;
    set_Object(block, object);
    set_Thread(block, me);
    set_WaitKey(block, i);
    set_WaitType(block, waitType);
    const next = blocks + ((i + 1) % objects.length) * BLOCK_SIZE;
    i32[(block + nextBlockAt) >> 2] = next;
    InsertTailList(at_WaitListHead(object as PHeader), block);
  }
  i32[(me + waitBlockListAt) >> 2] = blocks;
  i32[myWord >> 2] = ASLEEP;
}

/** Sleeps until woken or until the deadline (in ticks); returns what the WaitWord became. */
function sleep(deadline: number): number {
  for (;;) {
    const left = deadline - tickCount();
    if (left <= 0) return ASLEEP;
    const word = parkWhile(myWord, ASLEEP, Math.min(left, 1000));
    if (word !== ASLEEP) return word;
  }
}

function waitFor(
  objects: readonly number[],
  waitType: number,
  reason: number,
  deadline: number,
  blocks: number,
): NTSTATUS {
  for (;;) {
    if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) deliverApcs();
    lockDispatcher();
    const now = tryNow(objects, waitType);
    if (now >= 0 || deadline === 0) {
      unlockDispatcher();
      return (now >= 0 ? now : STATUS_TIMEOUT) as NTSTATUS;
    }
    if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) {
      unlockDispatcher();
      continue;
    }
    hangBlocks(objects, waitType, blocks);
    set_WaitReason(me, reason);
    unlockDispatcher();
    set_State(me, reason === WrQueue ? THREAD_IDLE : THREAD_WAITING);
    if (boot.inline) waitAlone(myWord, ASLEEP, deadline);
    else sleep(deadline);
    set_State(me, THREAD_RUNNING);
    // Whoever woke this thread may still be looking at the object, which may be on this thread's
    // stack: taking the lock waits until it is done with it.
    lockDispatcher();
    const late = i32[myWord >> 2]!;
    if (late === AWAKE) {
      unlockDispatcher();
      return WaitStatus(me) as NTSTATUS;
    }
    removeBlocks(me);
    i32[myWord >> 2] = AWAKE;
    unlockDispatcher();
    if (late === ASLEEP) return STATUS_TIMEOUT;
  }
}

/**
 * Waits until one object is signaled, or all of them.
 *
 * IRQL: <= APC_LEVEL; DISPATCH_LEVEL only with a zero timeout. Any thread that may block.
 * @param timeout 100 ns units, negative relative, positive absolute; undefined waits for ever.
 * @param waitBlocks room for one KWAIT_BLOCK per object when there are more than three.
 * @returns STATUS_SUCCESS (+ index), STATUS_ABANDONED (+ index), STATUS_TIMEOUT.
 * @see KRN-10 to KRN-12; KeWaitForMultipleObjects of the WDK.
 */
export function waitForObjects(
  objects: readonly number[],
  waitType: number,
  reason: number,
  timeout: number | undefined,
  waitBlocks = 0,
): NTSTATUS {
  checkLevel(timeout !== undefined, timeout ?? -1);
  const limit = waitBlocks === 0 ? THREAD_WAIT_OBJECTS : MAXIMUM_WAIT_OBJECTS;
  if (objects.length > limit) KeBugCheckEx(MAXIMUM_WAIT_OBJECTS_EXCEEDED, 0, 0, 0, 0,
    `a wait for ${objects.length} objects; ${limit} are allowed here (KRN-12)`);
  const deadline = timeout === undefined ? Infinity : timeout === 0 ? 0 : deadlineOf(timeout);
  return waitFor(objects, waitType, reason, deadline, waitBlocks || at_WaitBlock(me));
}

/** KeWaitForSingleObject with the timeout as a number; see waitForObjects. */
export function waitForObject(object: number, reason: number, timeout?: number): NTSTATUS {
  return waitForObjects([object], WaitAny, reason, timeout);
}

/** Whether any thread waits for the object; the dispatcher lock is held. */
export function hasWaiters(object: number): boolean {
  const head = at_WaitListHead(object as PHeader);
  return flink(head) !== head;
}
