// How a thread waits for a lock of the executive: a node on its own stack, linked into the lock's
// queue, and granted by whoever hands the lock over. It is NT's gate wait: no timeout, not
// alertable, but special kernel APCs run during it and resume it invisibly (KRN-10).
//
// The thread sleeps on its WaitWord under the dispatcher lock's rules, like in any other wait, so
// that a queued APC wakes it. Granted and Parked are guarded by the dispatcher lock; a granter does
// not touch the node after it has let the waiter go, since the node is gone then.
import { LONG, POINTER } from '../../../mem/field.ts';
import { boot } from '../../../mem/boot-options.ts';
import { i32 as words } from '../../../mem/memory.ts';
import { struct } from '../../../mem/struct.ts';
import { stackAlloc } from '../../../mem/stack.ts';
import { load, notify, store } from '../../../atomics-sync/atomics.ts';
import { parkWhile } from '../../../atomics-sync/park.ts';
import { deliverApcs, mayDeliverApcs } from '../../ke/apc.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { ASLEEP, AWAKE, lockDispatcher, unlockDispatcher } from '../../ke/dispatcher-lock.ts';
import { waitAlone } from '../../ke/inline-wait.ts';
import { tickCount } from '../../ke/time.ts';
import { nextTimerTick } from '../../ke/timer.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../../ke/prcb.ts';
import { LIST_ENTRY } from '../../rtl/types.ts';
import { WAIT_BEGAN, WAIT_ENDED } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import type { PKTHREAD } from '../../ke/prcb.ts';

const i32 = words;

/** KWAIT_REASON of the executive's locks. */
export const WrResource = 27;
export const WrPushLock = 28;
export const WrRundown = 36;

export const WAIT_NODE = struct('EX_WAIT_NODE', {
  Link: LIST_ENTRY,
  Thread: POINTER,
  /** What the thread asked for; the lock's own numbers. */
  Kind: LONG,
  Granted: LONG,
  Parked: LONG,
});

const { Thread, set_Thread, Kind, set_Kind, Granted, set_Granted, Parked, set_Parked } =
  WAIT_NODE.bound;
export type WaitNode = Parameters<typeof Thread>[0];
const { at_WaitWord, at_ApcPending, set_State, set_WaitReason } = KTHREAD.bound;
const me = currentThread;
const myWord = at_WaitWord(me) >> 2;

/** Makes a node on this thread's stack; the caller frames it. */
export function newWaitNode(kind: number): WaitNode {
  if (KeGetCurrentIrql() > APC_LEVEL) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3b, KeGetCurrentIrql(), me, 0,
      `a wait for a lock at IRQL ${KeGetCurrentIrql()}; the highest is APC_LEVEL (KRN-4)`);
  }
  if (boot.inline && nextTimerTick() === Infinity) {
    throw new Error(
      'this lock is held and would never be released: the thread is alone in its machine; ' +
        'release the lock first, or boot a machine with more processors',
    );
  }
  const node = stackAlloc(WAIT_NODE.size) as WaitNode;
  set_Thread(node, me);
  set_Kind(node, kind);
  return node;
}

/** Whose node it is. */
export function nodeThread(node: WaitNode): PKTHREAD {
  return Thread(node) as PKTHREAD;
}

/** What its thread asked for. */
export function nodeKind(node: WaitNode): number {
  return Kind(node);
}

/**
 * Sleeps until the node is granted. IRQL <= APC_LEVEL; the node is in a queue by now.
 *
 * @param milliseconds after which the wait is given up for lost; Infinity for ever.
 * @returns false when the time is over and the node is still in the queue.
 */
export function waitOnNode(node: WaitNode, reason: number, milliseconds = Infinity): boolean {
  set_WaitReason(me, reason);
  let left = milliseconds;
  lockDispatcher();
  while (Granted(node) === 0 && left > 0) {
    if (load(at_ApcPending(me)) !== 0 && mayDeliverApcs()) {
      unlockDispatcher();
      deliverApcs();
      lockDispatcher();
      continue;
    }
    set_Parked(node, 1);
    i32[myWord] = ASLEEP;
    unlockDispatcher();
    set_State(me, THREAD_WAITING);
    if (tracer !== null) tracer.event(WAIT_BEGAN, 0, 1, +(left !== Infinity), reason);
    const word = boot.inline
      ? waitAlone(myWord << 2, ASLEEP, tickCount() + left)
      : parkWhile(myWord << 2, ASLEEP, left);
    set_State(me, THREAD_RUNNING);
    if (word === ASLEEP) left = 0;
    lockDispatcher();
    set_Parked(node, 0);
    i32[myWord] = AWAKE;
  }
  const granted = Granted(node) !== 0;
  unlockDispatcher();
  if (tracer !== null) tracer.event(WAIT_ENDED, 0, 0, 0, 0);
  return granted;
}

/** Lets the thread of a node go; the node must be out of its queue. Any IRQL. */
export function grantNode(node: WaitNode): void {
  lockDispatcher();
  const word = at_WaitWord(nodeThread(node));
  const parked = Parked(node) !== 0;
  set_Granted(node, 1);
  if (parked) {
    store(word, AWAKE);
    notify(word, 1);
  }
  unlockDispatcher();
}
