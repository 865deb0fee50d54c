// Cancelling an IRP: whoever holds it for long sets a cancel routine; IoCancelIrp sets the Cancel
// flag and calls the routine, exactly once, under the cancel spin lock, which the routine releases.
// The exchange of the routine pointer decides every race between cancel and completion.
import { i32 as words } from '../../../mem/memory.ts';
import { exchange } from '../../../atomics-sync/atomics.ts';
import { routineTable } from '../../../mem/routine.ts';
import { LOCK_DROPPED, LOCK_SPIN, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE }
  from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import { KI_SYSTEM, kiSystem } from '../../ke/bug-check.ts';
import { DISPATCH_LEVEL, KeLowerIrql, KfRaiseIrql } from '../../ke/irql.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { IRP, IO_STACK_LOCATION } from '../types.ts';
import { IoGetCurrentIrpStackLocation } from './irp.ts';
import type { PIRP } from '../types.ts';

const i32 = words;
const cancelSpinLock = kiSystem + (KI_SYSTEM.offsets['CancelSpinLock'] ?? 0);
const cancelRoutineAt = IRP.offsets['CancelRoutine'] ?? 56;
const { set_Cancel, set_CancelIrql, CurrentLocation, StackCount } = IRP.bound;
const { DeviceObject } = IO_STACK_LOCATION.bound;

/** Takes the global cancel spin lock; returns the IRQL to give back. IRQL <= DISPATCH_LEVEL. */
export function IoAcquireCancelSpinLock(): number {
  const irql = KfRaiseIrql(DISPATCH_LEVEL);
  if (tracer !== null) tracer.event(LOCK_WANTED, cancelSpinLock, LOCK_SPIN, MODE_EXCLUSIVE, 0);
  acquireKernelLock(cancelSpinLock);
  if (tracer !== null) tracer.event(LOCK_TAKEN, cancelSpinLock, LOCK_SPIN, MODE_EXCLUSIVE, 0);
  return irql;
}

/** Releases it. Exactly at DISPATCH_LEVEL. */
export function IoReleaseCancelSpinLock(Irql: number): void {
  if (tracer !== null) tracer.event(LOCK_DROPPED, cancelSpinLock, LOCK_SPIN, 0, 0);
  releaseKernelLock(cancelSpinLock);
  KeLowerIrql(Irql);
}

/** Sets (or with 0 clears) the cancel routine; returns the one before. IRQL <= DISPATCH_LEVEL. */
export function IoSetCancelRoutine(Irp: PIRP, routine: number): number {
  return exchange(Irp + cancelRoutineAt, routine);
}

/** The cancel routine set now; racy unless the caller owns the IRP. */
export function cancelRoutineOf(Irp: PIRP): number {
  return i32[(Irp + cancelRoutineAt) >> 2]!;
}

/**
 * Asks that an IRP end early. IRQL <= DISPATCH_LEVEL.
 *
 * @returns TRUE when a cancel routine was set and was called; FALSE when only the flag was set.
 */
export function IoCancelIrp(Irp: PIRP): boolean {
  const irql = IoAcquireCancelSpinLock();
  set_Cancel(Irp, 1);
  const routine = IoSetCancelRoutine(Irp, 0);
  if (routine === 0) {
    IoReleaseCancelSpinLock(irql);
    return false;
  }
  set_CancelIrql(Irp, irql);
  const held = CurrentLocation(Irp) <= StackCount(Irp);
  const device = held ? DeviceObject(IoGetCurrentIrpStackLocation(Irp)) : 0;
  routineTable[routine]!(device, Irp);
  return true;
}
