// The kernel's routines as drivers call them, room by room. A list and nothing else.
import { publishRoom } from './publish-room.ts';
import * as irql from '../ntos/ke/irql.ts';
import * as apc from '../ntos/ke/apc.ts';
import * as spinLock from '../ntos/ke/spin-lock.ts';
import * as queuedSpinLock from '../ntos/ke/queued-spin-lock.ts';
import * as event from '../ntos/ke/event.ts';
import * as mutex from '../ntos/ke/mutex.ts';
import * as semaphore from '../ntos/ke/semaphore.ts';
import * as timer from '../ntos/ke/timer.ts';
import * as dpc from '../ntos/ke/dpc.ts';
import * as bugCheck from '../ntos/ke/bug-check.ts';
import * as debugPrint from '../ntos/ke/debug-print.ts';
import * as assertion from '../ntos/ke/assert.ts';
import * as time from '../ntos/ke/time.ts';
import * as wdkForms from './wdk-forms.ts';

// IRQL, APCs.
export const { KeGetCurrentIrql, KfRaiseIrql, KeLowerIrql, KeRaiseIrqlToDpcLevel
 } = publishRoom(irql);
export const { KeEnterCriticalRegion, KeLeaveCriticalRegion, KeEnterGuardedRegion,
  KeLeaveGuardedRegion, KeAreApcsDisabled, KeAreAllApcsDisabled } = publishRoom(apc);

// Spin locks.
export const { KeInitializeSpinLock, KfAcquireSpinLock, KeAcquireSpinLockRaiseToDpc,
  KeAcquireSpinLock, KeReleaseSpinLock, KeAcquireSpinLockAtDpcLevel,
  KeReleaseSpinLockFromDpcLevel, KeTryToAcquireSpinLockAtDpcLevel, KeTestSpinLock
 } = publishRoom(spinLock);
export const { KeAcquireInStackQueuedSpinLock, KeReleaseInStackQueuedSpinLock,
  KeAcquireInStackQueuedSpinLockAtDpcLevel, KeReleaseInStackQueuedSpinLockFromDpcLevel
 } = publishRoom(queuedSpinLock);

// Objects to wait for.
export const { KeInitializeEvent, KeSetEvent, KeResetEvent, KeClearEvent, KePulseEvent,
  KeReadStateEvent } = publishRoom(event);
export const { KeInitializeMutex, KeReleaseMutex, KeReadStateMutex } = publishRoom(mutex);
export const { KeInitializeSemaphore, KeReleaseSemaphore, KeReadStateSemaphore
 } = publishRoom(semaphore);
export const { KeInitializeTimer, KeInitializeTimerEx, KeSetTimerEx, KeSetTimer, KeCancelTimer,
  KeReadStateTimer } = publishRoom(timer);
export const { KeInitializeDpc, KeSetTargetProcessorDpc, KeInsertQueueDpc, KeRemoveQueueDpc
 } = publishRoom(dpc);

// Debugging.
export const { DbgPrint, DbgPrintEx, KdPrint, KdPrintEx, DbgQueryDebugFilterState,
  DbgSetDebugFilterState, DbgBreakPoint } = publishRoom(debugPrint);
export const { RtlAssert } = publishRoom(assertion);

// Ends.
export const { KeBugCheck } = publishRoom(bugCheck);

// Time.
export const { KeQueryInterruptTime } = publishRoom(time);

// In the form the WDK has them.
export const { KeWaitForSingleObject, KeWaitForMultipleObjects, KeDelayExecutionThread,
  KeQuerySystemTime, KeQuerySystemTimePrecise, KeQueryTickCount, KeQueryTimeIncrement,
  KeQueryPerformanceCounter, KeRaiseIrql, KeBugCheckEx, IoCallDriver, IoCompleteRequest,
  IoAllocateMdl, ReadAcquire, WriteRelease, KfReleaseSpinLock, IoAcquireCancelSpinLock,
  ObfReferenceObject, ObfDereferenceObject, FsRtlEnterFileSystem, FsRtlExitFileSystem,
  IoIs32bitProcess, KeGetCurrentThread, KeGetCurrentProcessorNumber,
  KeGetCurrentProcessorNumberEx, KeQueryActiveProcessorCount, ExGetPreviousMode
 } = publishRoom(wdkForms);
