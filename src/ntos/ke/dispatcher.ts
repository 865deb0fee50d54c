// Waiting. A thread that must wait hangs wait blocks on dispatcher objects (dispatcher-object.ts)
// and sleeps on its own WaitWord, until the objects are signaled, the deadline is reached, or
// something interrupts the wait: an alert, a user APC, the end of the thread, a cancelled IRP.
//
// Kernel APCs run during a wait at PASSIVE_LEVEL and resume it invisibly (KRN-10).
import { boot } from '../../mem/boot-options.ts';
import { i32 as words } from '../../mem/memory.ts';
import { MAXIMUM_WAIT_OBJECTS, THREAD_WAIT_OBJECTS } from '../../mem/param.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { WAIT_BEGAN } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { controlled, noteAcquired } from '../../atomics-sync/schedule/hook.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { InsertTailList } from '../rtl/list-entry.ts';
import { STATUS_ABANDONED, STATUS_SUCCESS, STATUS_TIMEOUT } from '../status-codes.ts';
import { DISPATCHER_HEADER, KWAIT_BLOCK } from './types.ts';
import { ATTEMPTED_SWITCH_FROM_DPC, DRIVER_VERIFIER_DETECTED_VIOLATION,
  MAXIMUM_WAIT_OBJECTS_EXCEEDED } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, THREAD_RUNNING, THREAD_WAITING, currentPrcb, currentThread }
  from './prcb.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from './irql.ts';
import { ASLEEP, AWAKE, lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { WaitAll, WaitAny, isSignaled, removeBlocks, satisfy } from './dispatcher-object.ts';
import { interruptionOf } from './wait-interruption.ts';
import { deadlineOf, tickCount } from './time.ts';
import { mayDeliverApcs, deliverApcs } from './apc.ts';
import { waitAlone } from './inline-wait.ts';
import { traceEnd, traceObjects } from './wait-trace.ts';
import type { NTSTATUS } from '../status.ts';

const i32 = words;

const { at_WaitListHead } = DISPATCHER_HEADER.bound;
const { Object: blockObject, set_Object, set_Thread, set_WaitKey, set_WaitType } =
  KWAIT_BLOCK.bound;
const { at_WaitWord, WaitStatus, at_WaitBlock, set_State, set_WaitReason, at_ApcPending,
  set_WaitFlags, WaitNext, set_WaitNext, WaitIrql, set_WaitIrql } = KTHREAD.bound;
const { DpcRoutineActive } = KPRCB.bound;

type PHeader = Parameters<typeof at_WaitListHead>[0];
type PBlock = Parameters<typeof blockObject>[0];

/** Why a thread waits (KWAIT_REASON), for reports. */
export const Executive = 0;
export const UserRequest = 6;
export const WrQueue = 15;

const BLOCK_SIZE = KWAIT_BLOCK.size;
const nextBlockAt = KWAIT_BLOCK.offsets['SparePtr'] ?? 0;
const waitBlockListAt = KTHREAD.offsets['WaitBlockList'] ?? 0;
const me = currentThread;
const myWord = at_WaitWord(me);

/**
 * The caller signals an object and will wait in its very next call (KeSetEvent with Wait TRUE):
 * its processor stays at DISPATCH_LEVEL until then, so that nothing comes in between (KRN-20).
 */
export function announceWait(): void {
  set_WaitIrql(me, KfRaiseIrql(DISPATCH_LEVEL));
  set_WaitNext(me, 1);
}

/** Takes back what announceWait did; the wait has begun. */
function beginWait(): void {
  if (WaitNext(me) === 0) return;
  set_WaitNext(me, 0);
  KeLowerIrql(WaitIrql(me));
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
    for (const object of objects) {
      noteAcquired(object);
      abandoned = satisfy(object, me) || abandoned;
    }
    return abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
  }
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    if (isSignaled(object, me)) {
      noteAcquired(object);
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
    const word = parkWhile(myWord, ASLEEP, controlled ? left : Math.min(left, 1000));
    if (word !== ASLEEP) return word;
  }
}

function waitFor(
  objects: readonly number[],
  waitType: number,
  reason: number,
  deadline: number,
  blocks: number,
  flags: number,
): NTSTATUS {
  for (;;) {
    if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) deliverApcs();
    lockDispatcher();
    const now = tryNow(objects, waitType);
    if (now >= 0) {
      unlockDispatcher();
      return now as NTSTATUS;
    }
    if (deadline === 0) {
      const ended = flags === 0 ? 0 : interruptionOf(me, flags);
      unlockDispatcher();
      return ended === 0 ? STATUS_TIMEOUT : ended;
    }
    if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) {
      unlockDispatcher();
      continue;
    }
    const interruption = flags === 0 ? 0 : interruptionOf(me, flags);
    if (interruption !== 0) {
      unlockDispatcher();
      return interruption;
    }
    set_WaitFlags(me, flags);
    hangBlocks(objects, waitType, blocks);
    set_WaitReason(me, reason);
    unlockDispatcher();
    set_State(me, reason === WrQueue ? THREAD_IDLE : THREAD_WAITING);
    if (tracer !== null) {
      tracer.event(WAIT_BEGAN, objects[0] ?? 0, objects.length, +(deadline !== Infinity), reason);
    }
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
 * @param flags what may end the wait early (wait-interruption.ts); nothing by default.
 * @returns STATUS_SUCCESS (+ index), STATUS_ABANDONED (+ index), STATUS_TIMEOUT, or the status of
 *   the interruption: STATUS_ALERTED, STATUS_USER_APC.
 * @see KRN-10 to KRN-12; KeWaitForMultipleObjects of the WDK.
 */
export function waitForObjects(
  objects: readonly number[],
  waitType: number,
  reason: number,
  timeout: number | undefined,
  waitBlocks = 0,
  flags = 0,
): NTSTATUS {
  beginWait();
  checkLevel(timeout !== undefined, timeout ?? -1);
  const limit = waitBlocks === 0 ? THREAD_WAIT_OBJECTS : MAXIMUM_WAIT_OBJECTS;
  if (objects.length > limit) KeBugCheckEx(MAXIMUM_WAIT_OBJECTS_EXCEEDED, 0, 0, 0, 0,
    `a wait for ${objects.length} objects; ${limit} are allowed here (KRN-12)`);
  const deadline = timeout === undefined ? Infinity : timeout === 0 ? 0 : deadlineOf(timeout);
  const blocks = waitBlocks || at_WaitBlock(me);
  if (tracer === null) return waitFor(objects, waitType, reason, deadline, blocks, flags);
  traceObjects(objects, deadline === 0);
  const status = waitFor(objects, waitType, reason, deadline, blocks, flags);
  traceEnd(objects, waitType, status, deadline === 0);
  return status;
}

/** KeWaitForSingleObject with the timeout as a number; see waitForObjects. */
export function waitForObject(
  object: number, reason: number, timeout?: number, flags = 0,
): NTSTATUS {
  return waitForObjects([object], WaitAny, reason, timeout, 0, flags);
}
