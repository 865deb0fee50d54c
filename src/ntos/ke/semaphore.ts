// KSEMAPHORE: a count of permits with an upper limit (KRN-21).
import { noteReleased } from '../../atomics-sync/schedule/hook.ts';
import { i32 as words } from '../../mem/memory.ts';
import { DISPATCHER_HEADER, KSEMAPHORE, SemaphoreObject } from './types.ts';
import { STATUS_SEMAPHORE_LIMIT_EXCEEDED } from '../status-codes.ts';
import { announceWait } from './dispatcher.ts';
import { raiseStatus } from './exception.ts';
import { initializeHeader, readSignalState, signalObject } from './dispatcher-object.ts';
import { lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';

const i32 = words;
const signalAt = DISPATCHER_HEADER.offsets['SignalState'] ?? 4;
const limitAt = KSEMAPHORE.offsets['Limit'] ?? 16;

/** Makes a semaphore with `Count` permits of at most `Limit`. PASSIVE_LEVEL on the page. */
export function KeInitializeSemaphore(Semaphore: number, Count: number, Limit: number): void {
  initializeHeader(Semaphore, SemaphoreObject, KSEMAPHORE.size, Count);
  i32[(Semaphore + limitAt) >> 2] = Limit;
}

/**
 * Gives back `Adjustment` permits and returns the count before. IRQL <= DISPATCH_LEVEL.
 * Over the limit the count stays and STATUS_SEMAPHORE_LIMIT_EXCEEDED is raised (KRN-21).
 * `Wait` as in KeSetEvent.
 */
export function KeReleaseSemaphore(
  Semaphore: number,
  _Increment: number,
  Adjustment: number,
  Wait = false,
): number {
  lockDispatcher();
  const at = (Semaphore + signalAt) >> 2;
  const before = i32[at]!;
  const after = before + Adjustment;
  if (Adjustment <= 0 || after > i32[(Semaphore + limitAt) >> 2]!) {
    unlockDispatcher();
    raiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED, `KeReleaseSemaphore(${before} + ${Adjustment})`);
  }
  i32[at] = after;
  noteReleased(Semaphore);
  if (before === 0) signalObject(Semaphore);
  unlockDispatcher();
  if (Wait) announceWait();
  return before;
}

/** The number of permits, read without a lock. Any IRQL. */
export function KeReadStateSemaphore(Semaphore: number): number {
  return readSignalState(Semaphore);
}
