// KEVENT: a notification event stays signaled and releases every waiter; a synchronisation event
// releases one waiter and resets itself (KRN-20).
import { noteReleased } from '../../atomics-sync/schedule/hook.ts';
import { i32 as words } from '../../mem/memory.ts';
import { DISPATCHER_HEADER, EventNotificationObject, EventSynchronizationObject, KEVENT }
  from './types.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from './irql.ts';
import { announceWait } from './dispatcher.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { initializeHeader, readSignalState, signalObject } from './dispatcher-object.ts';
import { lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { OBJECT_RESET, OBJECT_SIGNALED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';

const i32 = words;
const signalAt = DISPATCHER_HEADER.offsets['SignalState'] ?? 4;

export const NotificationEvent = 0;
export const SynchronizationEvent = 1;

/** Makes an event. Any IRQL. `Type` is NotificationEvent or SynchronizationEvent. */
export function KeInitializeEvent(Event: number, Type: number, State: boolean): void {
  const type = Type === SynchronizationEvent ? EventSynchronizationObject : EventNotificationObject;
  initializeHeader(Event, type, KEVENT.size, State ? 1 : 0);
}

/**
 * Signals an event and returns whether it was signaled before (1) or not (0).
 * IRQL <= DISPATCH_LEVEL; above it is 0xC4/0x80 (KRN-20). `Increment` is a priority boost, which
 * threads that own a processor have no use for.
 *
 * @param Wait TRUE: the very next call is a KeWait* routine; IRQL <= APC_LEVEL, and this routine
 *   returns at DISPATCH_LEVEL, so that nothing comes between the two. The wait restores the level.
 */
export function KeSetEvent(Event: number, Increment = 0, Wait = false): number {
  const irql = KeGetCurrentIrql();
  if (irql > DISPATCH_LEVEL || (Wait && irql > DISPATCH_LEVEL - 1)) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x80, irql, Event, Increment,
      `KeSetEvent at IRQL ${irql}; the highest is ${Wait ? 'APC' : 'DISPATCH'}_LEVEL (KRN-20)`);
  }
  lockDispatcher();
  const at = (Event + signalAt) >> 2;
  const before = i32[at]!;
  noteReleased(Event);
  i32[at] = 1;
  if (before === 0) signalObject(Event);
  unlockDispatcher();
  if (tracer !== null) tracer.event(OBJECT_SIGNALED, Event, before, 0, 0);
  if (Wait) announceWait();
  return before;
}

/** Makes the event not signaled; returns the state before. IRQL <= DISPATCH_LEVEL. */
export function KeResetEvent(Event: number): number {
  lockDispatcher();
  const at = (Event + signalAt) >> 2;
  const before = i32[at]!;
  i32[at] = 0;
  unlockDispatcher();
  if (tracer !== null) tracer.event(OBJECT_RESET, Event, before, 0, 0);
  return before;
}

/** KeResetEvent without the answer. IRQL <= DISPATCH_LEVEL. */
export function KeClearEvent(Event: number): void {
  KeResetEvent(Event);
}

/** Releases who waits right now and leaves the event not signaled. Unreliable, as on Windows. */
export function KePulseEvent(Event: number): number {
  lockDispatcher();
  const at = (Event + signalAt) >> 2;
  const before = i32[at]!;
  noteReleased(Event);
  i32[at] = 1;
  if (before === 0) signalObject(Event);
  i32[at] = 0;
  unlockDispatcher();
  if (tracer !== null) tracer.event(OBJECT_SIGNALED, Event, before, 1, 0);
  return before;
}

/** The signal state, read without a lock. Any IRQL. */
export function KeReadStateEvent(Event: number): number {
  return readSignalState(Event);
}
