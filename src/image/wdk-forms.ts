// Routines whose WDK form differs from the one that the kernel's own rooms call: timeouts and times
// by address, every argument required, and the macros of wdm.h. Each only converts.
import { load, store } from '../atomics-sync/atomics.ts';
import { boot } from '../mem/boot-options.ts';
import { i32 as words, u8 as bytes } from '../mem/memory.ts';
import { KeBugCheckEx as stopMachine } from '../ntos/ke/bug-check.ts';
import { waitForObject, waitForObjects } from '../ntos/ke/dispatcher.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../ntos/ke/apc.ts';
import { KfRaiseIrql } from '../ntos/ke/irql.ts';
import { KTHREAD } from '../ntos/ke/prcb.ts';
import { KeReleaseSpinLock as releaseSpinLock } from '../ntos/ke/spin-lock.ts';
import { checkUserWait, waitFlags } from '../ntos/ke/wait-interruption.ts';
import { delayExecution } from '../ntos/ke/thread.ts';
import { KeQueryInterruptTime, TICKS_PER_MS, systemTime, tickCount } from '../ntos/ke/time.ts';
import { ObDereferenceObject, ObReferenceObject } from '../ntos/ob/object.ts';
import { PsGetCurrentThread } from '../ntos/ob/process.ts';
import { IoAcquireCancelSpinLock as acquireCancelLock } from '../ntos/io/irp/cancel.ts';
import { IofCallDriver } from '../ntos/io/irp/call-driver.ts';
import { IofCompleteRequest } from '../ntos/io/irp/completion.ts';
import { IoAllocateMdl as allocateMdl } from '../ntos/io/irp/mdl.ts';
import { readInt64, writeInt64 } from '../ntos/rtl/large-integer.ts';
import type { PKTHREAD } from '../ntos/ke/prcb.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDEVICE_OBJECT, PIRP, PMDL } from '../ntos/io/types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const i32 = words;
const u8 = bytes;
const { PreviousMode } = KTHREAD.bound;

/** NULL waits for ever. */
function timeoutAt(Timeout: number): number | undefined {
  return Timeout === 0 ? undefined : readInt64(Timeout);
}

/**
 * Waits for a dispatcher object. IRQL <= APC_LEVEL; DISPATCH_LEVEL only with a zero timeout.
 *
 * @param Timeout address of a LARGE_INTEGER in 100 ns (negative: relative), NULL for ever.
 * @param WaitMode KernelMode or UserMode; an object on a kernel stack is not for UserMode.
 * @returns STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_ABANDONED; STATUS_ALERTED or STATUS_USER_APC
 *   when the wait was interrupted.
 * @see KRN-4, KRN-10, KRN-11
 */
export function KeWaitForSingleObject(
  Object: number, WaitReason: number, WaitMode: number, Alertable: boolean, Timeout: number,
): NTSTATUS {
  checkUserWait(Object, WaitMode);
  return waitForObject(Object, WaitReason, timeoutAt(Timeout), waitFlags(WaitMode, Alertable));
}

/**
 * Waits for one or all of several objects. Levels as KeWaitForSingleObject.
 *
 * @param Object address of `Count` pointers. @param WaitType WaitAll or WaitAny.
 * @param WaitBlockArray room for `Count` KWAIT_BLOCKs; NULL for up to three objects.
 */
export function KeWaitForMultipleObjects(
  Count: number, Object: number, WaitType: number, WaitReason: number, WaitMode: number,
  Alertable: boolean, Timeout: number, WaitBlockArray: number,
): NTSTATUS {
  const objects = Array.from({ length: Count }, (_, n) => i32[(Object >> 2) + n] ?? 0);
  for (const object of objects) checkUserWait(object, WaitMode);
  return waitForObjects(objects, WaitType, WaitReason, timeoutAt(Timeout), WaitBlockArray,
    waitFlags(WaitMode, Alertable));
}

/**
 * Sleeps. IRQL <= APC_LEVEL. @param Interval address of a LARGE_INTEGER as in a timeout.
 *
 * @returns STATUS_SUCCESS when the time is over; STATUS_ALERTED, STATUS_USER_APC (KRN-10).
 */
export function KeDelayExecutionThread(
  WaitMode: number, Alertable: boolean, Interval: number,
): NTSTATUS {
  return delayExecution(readInt64(Interval), waitFlags(WaitMode, Alertable));
}

/** Stores the system time: 100 ns since 1601 (UTC). Any IRQL. */
export function KeQuerySystemTime(CurrentTime: number): void {
  writeInt64(CurrentTime, systemTime());
}

/** The same; the machine's clock has one resolution, a millisecond. Any IRQL. */
export function KeQuerySystemTimePrecise(CurrentTime: number): void {
  writeInt64(CurrentTime, systemTime());
}

/** Stores the number of clock ticks since boot. Any IRQL. */
export function KeQueryTickCount(CurrentCount: number): void {
  writeInt64(CurrentCount, tickCount());
}

/** How many 100 ns units a clock tick has. Any IRQL. */
export function KeQueryTimeIncrement(): number {
  return TICKS_PER_MS;
}

/** A counter in 100 ns units; `PerformanceFrequency` gets ten million. Any IRQL. */
export function KeQueryPerformanceCounter(PerformanceFrequency: number): number {
  if (PerformanceFrequency !== 0) writeInt64(PerformanceFrequency, TICKS_PER_MS * 1000);
  return KeQueryInterruptTime();
}

/** Raises the IRQL; the old one is a byte at `OldIrql` (a KIRQL). */
export function KeRaiseIrql(NewIrql: number, OldIrql: OutPtr): void {
  u8[OldIrql] = KfRaiseIrql(NewIrql);
}

/** Sends a request to a driver. IRQL <= DISPATCH_LEVEL. */
export function IoCallDriver(DeviceObject: PDEVICE_OBJECT, Irp: PIRP): NTSTATUS {
  return IofCallDriver(DeviceObject, Irp);
}

/** Completes a request. IRQL <= DISPATCH_LEVEL. */
export function IoCompleteRequest(Irp: PIRP, PriorityBoost: number): void {
  IofCompleteRequest(Irp, PriorityBoost);
}

/**
 * Makes an MDL for a buffer, and hangs it on an IRP when one is given. IRQL <= DISPATCH_LEVEL.
 * NULL when there is no memory.
 */
export function IoAllocateMdl(
  VirtualAddress: number, Length: number, SecondaryBuffer: boolean, ChargeQuota: boolean, Irp: PIRP,
): PMDL {
  return allocateMdl(VirtualAddress, Length, SecondaryBuffer, ChargeQuota, Irp);
}

/**
 * Stops the machine. Any IRQL. `Evidence` is ours: what a person reads beside the numbers.
 */
export function KeBugCheckEx(
  BugCheckCode: number, Parameter1: number, Parameter2: number, Parameter3: number,
  Parameter4: number, Evidence = 'a driver called KeBugCheckEx',
): never {
  return stopMachine(BugCheckCode, Parameter1, Parameter2, Parameter3, Parameter4, Evidence);
}

/** Reads a word that other threads write; what they wrote before it is seen as well. */
export function ReadAcquire(Source: OutPtr): number {
  return load(Source);
}

/** Writes a word after everything that this thread wrote before. */
export function WriteRelease(Destination: OutPtr, Value: number): void {
  store(Destination, Value);
}

/** Releases a spin lock that KfAcquireSpinLock took. DISPATCH_LEVEL. */
export function KfReleaseSpinLock(SpinLock: number, NewIrql: number): void {
  releaseSpinLock(SpinLock, NewIrql);
}

/** Takes the cancel spin lock; the old IRQL is a byte at `Irql`. IRQL <= DISPATCH_LEVEL. */
export function IoAcquireCancelSpinLock(Irql: OutPtr): void {
  u8[Irql] = acquireCancelLock();
}

/** ObReferenceObject under the name of the export behind it. IRQL <= DISPATCH_LEVEL. */
export function ObfReferenceObject(Object: number): number {
  return ObReferenceObject(Object);
}

/** ObDereferenceObject under the name of the export behind it. IRQL <= DISPATCH_LEVEL. */
export function ObfDereferenceObject(Object: number): number {
  return ObDereferenceObject(Object);
}

/** Disables normal kernel APCs while a file system's locks are held. IRQL <= APC_LEVEL. */
export function FsRtlEnterFileSystem(): void {
  KeEnterCriticalRegion();
}

/** Undoes one FsRtlEnterFileSystem. */
export function FsRtlExitFileSystem(): void {
  KeLeaveCriticalRegion();
}

/** Whether a request came from a 32-bit process: on this 32-bit machine every one does. */
export function IoIs32bitProcess(_Irp: PIRP): boolean {
  return true;
}

/** This thread, as the kernel calls it. Any IRQL. */
export function KeGetCurrentThread(): PKTHREAD {
  return PsGetCurrentThread();
}

/** The number of the processor that runs this. Any IRQL; a thread keeps its processor for life. */
export function KeGetCurrentProcessorNumber(): number {
  return boot.processor;
}

/** KeGetCurrentProcessorNumber, and its group (always 0) and number where `ProcNumber` is given. */
export function KeGetCurrentProcessorNumberEx(ProcNumber: OutPtr): number {
  if (ProcNumber !== 0) i32[ProcNumber >> 2] = boot.processor << 16;
  return boot.processor;
}

/** How many processors the machine has; their mask goes to `ActiveProcessors`. Any IRQL. */
export function KeQueryActiveProcessorCount(ActiveProcessors: OutPtr): number {
  if (ActiveProcessors !== 0) {
    i32[ActiveProcessors >> 2] = boot.processors >= 32 ? -1 : (1 << boot.processors) - 1;
  }
  return boot.processors;
}

/** Whether the last request of this thread came from an application. IRQL <= DISPATCH_LEVEL. */
export function ExGetPreviousMode(): number {
  return PreviousMode(PsGetCurrentThread());
}
