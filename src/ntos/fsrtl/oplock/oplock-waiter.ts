// Operations that wait for a break to end: queueing, releasing, cancelling. What holds an operation
// up is asked under the stripe in the same breath as it is queued, so no answer can slip between.
//
// A waiter is an operation with a completion routine, a thread that sleeps inside of the check, or
// an FSCTL_OPLOCK_BREAK_NOTIFY. Waiters are released first come, first served, which no source
// promises. Routines are called and IRPs completed with no lock held.
import { atReboot } from '../../../mem/reboot.ts';
import { copyBytes, fillBytes, i32 as words } from '../../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../../mem/routine.ts';
import { add, load, notify } from '../../../atomics-sync/atomics.ts';
import { parkWhile } from '../../../atomics-sync/park.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { Executive, waitForObject } from '../../ke/dispatcher.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '../../ke/event.ts';
import { IRP } from '../../io/types.ts';
import { IoMarkIrpPending } from '../../io/irp/irp.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../../io/irp/cancel.ts';
import { IofCompleteRequest } from '../../io/irp/completion.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveEntryList, flink }
  from '../../rtl/list-entry.ts';
import { STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS } from '../../status-codes.ts';
import { sameOwner } from './oplock-key.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import { FSRTL_OPLOCK, HOLDER_BREAKING, OPLOCK_HOLDER, OPLOCK_OWNER, OPLOCK_WAITER, WAITER_NOTIFY,
  WAITER_ROUTINE, WAITER_THREAD } from './oplock-types.ts';
import { MEANS_OPLOCK, WAIT_MEANS } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PIRP } from '../../io/types.ts';
import type { PHOLDER, POPLOCK, PWAITER } from './oplock-types.ts';

const i32 = words;
const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;
const w = OPLOCK_WAITER.bound;
const irpOf = IRP.bound;
const TAG = poolTag('FOwa');

/** What is to be done when the stripe is given back. */
export interface Effects {
  /** Requests that end; their status is set. */
  readonly irps: PIRP[];
  /** Operations that may go on. */
  readonly waiters: PWAITER[];
}

/** What an operation waits for, and how it goes on. */
export interface WaiterShape {
  readonly kind: number;
  readonly irp: PIRP;
  /** Address of its OPLOCK_OWNER. */
  readonly owner: number;
  readonly needsHandle: boolean;
  readonly ignoresKeys: boolean;
  readonly createFile: number;
  readonly routine: number;
  readonly context: number;
}

/** Makes a waiter that is not queued; NULL when there is no memory. */
export function createWaiter(oplock: POPLOCK, shape: WaiterShape): PWAITER {
  const waiter = ExAllocatePoolWithTag(NonPagedPool, OPLOCK_WAITER.size, TAG) as PWAITER;
  if (waiter === 0) return waiter;
  fillBytes(waiter, 0, OPLOCK_WAITER.size);
  InitializeListHead(waiter);
  w.set_Oplock(waiter, oplock);
  w.set_Irp(waiter, shape.irp);
  w.set_Kind(waiter, shape.kind);
  w.set_NeedsHandle(waiter, shape.needsHandle ? 1 : 0);
  w.set_IgnoresKeys(waiter, shape.ignoresKeys ? 1 : 0);
  w.set_CreateFile(waiter, shape.createFile);
  w.set_CompletionRoutine(waiter, shape.routine as never);
  w.set_Context(waiter, shape.context);
  KeInitializeEvent(w.at_Event(waiter), NotificationEvent, false);
  copyBytes(w.at_Owner(waiter), shape.owner, OPLOCK_OWNER.size);
  return waiter;
}

/** Frees a waiter that is not queued. */
export function freeWaiter(waiter: PWAITER): void {
  ExFreePoolWithTag(waiter, TAG);
}

/** Whether any break is unanswered. */
export function isBreaking(oplock: POPLOCK): boolean {
  const exclusive = o.Exclusive(oplock);
  if (exclusive !== 0 && h.State(exclusive) === HOLDER_BREAKING) return true;
  return !IsListEmpty(o.at_Breaking(oplock));
}

function isForeign(waiter: PWAITER, holder: PHOLDER): boolean {
  return w.IgnoresKeys(waiter) !== 0 || !sameOwner(w.at_Owner(waiter), h.at_Owner(holder));
}

/** Whether something holds an operation up; the stripe is held. */
export function mustWait(oplock: POPLOCK, waiter: PWAITER): boolean {
  if (w.Kind(waiter) === WAITER_NOTIFY) return isBreaking(oplock);
  const atomic = o.AtomicFile(oplock);
  const create = w.CreateFile(waiter);
  if (atomic !== 0 && create !== 0 && atomic !== create) return true;
  const exclusive = o.Exclusive(oplock);
  if (exclusive !== 0 && h.State(exclusive) === HOLDER_BREAKING && isForeign(waiter, exclusive)) {
    return true;
  }
  if (w.NeedsHandle(waiter) === 0) return false;
  const breaking = o.at_Breaking(oplock);
  for (let at = flink(breaking); at !== breaking; at = flink(at)) {
    if (isForeign(waiter, at as PHOLDER)) return true;
  }
  return false;
}

/** Takes those out who are no longer held up; the stripe is held. */
export function releaseWaiters(oplock: POPLOCK, effects: Effects): void {
  const head = o.at_Waiters(oplock);
  for (let at = flink(head); at !== head; ) {
    const waiter = at as PWAITER;
    at = flink(at);
    if (mustWait(oplock, waiter)) continue;
    // One that is being cancelled is taken out by its cancel routine.
    if (IoSetCancelRoutine(w.Irp(waiter) as PIRP, 0) === 0) continue;
    RemoveEntryList(waiter);
    InitializeListHead(waiter);
    effects.waiters.push(waiter);
  }
}

/** Takes out those whose cancel routines are on their way: these find them in no list. */
export function dropCancelledWaiters(oplock: POPLOCK): void {
  const head = o.at_Waiters(oplock);
  while (!IsListEmpty(head)) {
    const waiter = flink(head);
    RemoveEntryList(waiter);
    InitializeListHead(waiter);
  }
}

/** Whether any operation waits for the oplock. */
export function hasWaiters(oplock: POPLOCK): boolean {
  return !IsListEmpty(o.at_Waiters(oplock));
}

/** Lets a waiter go on, which is not queued any more. */
function resume(waiter: PWAITER, status: NTSTATUS): void {
  const irp = w.Irp(waiter) as PIRP;
  const kind = w.Kind(waiter);
  if (kind === WAITER_THREAD) {
    w.set_Status(waiter, status);
    KeSetEvent(w.at_Event(waiter), 0, false);
    return;
  }
  const routine = w.CompletionRoutine(waiter);
  const context = w.Context(waiter);
  freeWaiter(waiter);
  irpOf.set_IoStatus_Status(irp, status);
  if (kind === WAITER_ROUTINE) {
    routineTable[routine]!(context, irp);
  } else {
    irpOf.set_IoStatus_Information(irp, 0);
    IofCompleteRequest(irp, 0);
  }
}

/** How deep this thread is in completions of requests: a register of the thread. */
let telling = 0;
atReboot(() => {
  telling = 0;
});

/** Announces that requests are about to end: the stripe is held. */
export function announce(oplock: POPLOCK, effects: Effects): void {
  if (effects.irps.length !== 0) add(o.at_Untold(oplock), effects.irps.length);
}

/**
 * Does what was collected and announced: tells holders first, then lets operations go on. No lock
 * is held.
 */
export function carryOut(oplock: POPLOCK, effects: Effects): void {
  const untold = o.at_Untold(oplock);
  telling++;
  try {
    for (const irp of effects.irps) {
      IofCompleteRequest(irp, 0);
      if (add(untold, -1) === 1) notify(untold, Infinity);
    }
  } finally {
    telling--;
  }
  for (const waiter of effects.waiters) resume(waiter, STATUS_SUCCESS);
}

/**
 * Whether another thread is about to tell a holder that it has lost something. What took it away
 * was let pass by that thread's check, so it must not be let pass by a quicker one before. A thread
 * that is itself telling a holder is not held up: the holder's driver may use the stream.
 */
export function isAnybodyUntold(oplock: POPLOCK): boolean {
  return telling === 0 && load(o.at_Untold(oplock)) !== 0;
}

/** Sleeps until all holders know. IRQL <= APC_LEVEL, no lock held. */
export function waitUntilTold(oplock: POPLOCK): void {
  const untold = o.at_Untold(oplock);
  for (let n = load(untold); n !== 0; n = load(untold)) parkWhile(untold, n, Infinity);
}

const cancelRoutine = kernelRoutine('FsRtlCancelOplockWait', (_device, irp) => {
  const Irp = irp as PIRP;
  IoReleaseCancelSpinLock(irpOf.CancelIrql(Irp));
  const waiter = i32[irpOf.at_Tail_Overlay_DriverContext(Irp) >> 2] as PWAITER;
  const oplock = w.Oplock(waiter);
  lockStripe(oplock);
  RemoveEntryList(waiter);
  InitializeListHead(waiter);
  unlockStripe(oplock);
  resume(waiter, STATUS_CANCELLED);
  return 0;
});

/**
 * Queues a waiter unless nothing holds it up any more.
 * @returns STATUS_PENDING when it is queued, STATUS_SUCCESS or STATUS_CANCELLED when not.
 */
function queue(oplock: POPLOCK, waiter: PWAITER): NTSTATUS {
  const irp = w.Irp(waiter) as PIRP;
  let status: NTSTATUS = STATUS_PENDING;
  lockStripe(oplock);
  if (mustWait(oplock, waiter)) {
    i32[irpOf.at_Tail_Overlay_DriverContext(irp) >> 2] = waiter;
    InsertTailList(o.at_Waiters(oplock), waiter);
    IoSetCancelRoutine(irp, cancelRoutine);
    if (irpOf.Cancel(irp) !== 0 && IoSetCancelRoutine(irp, 0) !== 0) {
      RemoveEntryList(waiter);
      status = STATUS_CANCELLED;
    }
  } else {
    status = STATUS_SUCCESS;
  }
  unlockStripe(oplock);
  return status;
}

/**
 * Sleeps until the operation may go on; STATUS_SUCCESS, or STATUS_CANCELLED.
 * @param letGo called before it sleeps, if it does, when nothing can slip by any more.
 */
export function waitInThread(oplock: POPLOCK, waiter: PWAITER, letGo: () => void): NTSTATUS {
  let status = queue(oplock, waiter);
  if (status === STATUS_PENDING) {
    letGo();
    if (tracer !== null) tracer.event(WAIT_MEANS, MEANS_OPLOCK, oplock, w.Irp(waiter), 0);
    waitForObject(w.at_Event(waiter), Executive);
    status = w.Status(waiter) as NTSTATUS;
  }
  freeWaiter(waiter);
  return status;
}

/**
 * Parks the operation with its IRP, which is marked pending. Its routine is called exactly once,
 * perhaps before this returns. Always STATUS_PENDING.
 */
export function waitWithRoutine(oplock: POPLOCK, waiter: PWAITER): NTSTATUS {
  IoMarkIrpPending(w.Irp(waiter) as PIRP);
  const status = queue(oplock, waiter);
  if (status !== STATUS_PENDING) resume(waiter, status);
  return STATUS_PENDING;
}
