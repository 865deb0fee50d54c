// A filter whose callbacks hang in ways that the name of the file asks for: C:\crossed\0 and 1 take
// two locks in opposite orders, and so on. What hangs is the fault of the filter; each way has a
// twin whose name begins with `fine`.
import { CriticalWorkQueue, DelayedWorkQueue, Executive, FILE_OBJECT, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem, FltCompletePendedPreOperation,
  FltFreeGenericWorkItem, FltObjectDereference, FltObjectReference, FltQueueGenericWorkItem,
  FltRegisterFilter, FltStartFiltering,
  FltUnregisterFilter, IRP_MJ_WRITE, InterlockedIncrement, KEVENT, KeEnterCriticalRegion,
  ExAcquirePushLockExclusive, ExReleasePushLockExclusive, KeInitializeEvent, KeLeaveCriticalRegion,
  KeResetEvent, KeSetEvent, KeWaitForSingleObject, KernelMode, NT_SUCCESS, NotificationEvent,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK,
  ReadAcquire,
  STATUS_SUCCESS, SynchronizationEvent, array, atomic, driverGlobals, fltRegistration, i32, out,
  pointer, readUnicode, ULONG } from '#src/fltKernel.ts';

export const altitude = '370900';

const Globals = driverGlobals('HANG', {
  Filter: pointer('FLT_FILTER'), A: atomic(), B: atomic(), Arrived: atomic(),
  Event: array(ULONG, 4), Second: array(ULONG, 4), Queue: ULONG,
});

const wait = (event: number): number =>
  KeWaitForSingleObject(event, Executive, KernelMode, false, 0);

/** Both threads are here: what follows is certain. */
function meet(count: number): void {
  InterlockedIncrement(Globals.Arrived);
  while (ReadAcquire(Globals.Arrived) < count) Atomics.wait(pause, 0, 0, 1);
}
const pause = new Int32Array(new SharedArrayBuffer(4));

function takeBoth(first: number, second: number, others: number): void {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(first);
  meet(others);
  ExAcquirePushLockExclusive(second);
  ExReleasePushLockExclusive(second);
  ExReleasePushLockExclusive(first);
  KeLeaveCriticalRegion();
}

const SetEvent = PFLT_GENERIC_WORKITEM_ROUTINE('SetEvent', (item) => {
  KeSetEvent(Globals.Event);
  FltFreeGenericWorkItem(item);
});
const WaitForNext = PFLT_GENERIC_WORKITEM_ROUTINE('WaitForNext', (item) => {
  FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), Globals.Filter, SetEvent, Globals.Queue, 0);
  wait(Globals.Event);
  KeSetEvent(Globals.Second);
  FltFreeGenericWorkItem(item);
});
const NeedsLock = PFLT_GENERIC_WORKITEM_ROUTINE('NeedsLock', (item) => {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(Globals.A);
  ExReleasePushLockExclusive(Globals.A);
  KeLeaveCriticalRegion();
  KeSetEvent(Globals.Event);
  FltFreeGenericWorkItem(item);
});

const DropLate = PFLT_GENERIC_WORKITEM_ROUTINE('DropLate', (item, filter) => {
  FltObjectDereference(filter);
  FltFreeGenericWorkItem(item);
});

/** Takes a reference to the filter; a work item drops it, or nobody does. */
function keepReference(isFine: boolean): void {
  FltObjectReference(Globals.Filter);
  if (isFine) queue(DropLate);
}

function queue(routine: typeof SetEvent): void {
  FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), Globals.Filter, routine,
    DelayedWorkQueue, 0);
}

/** Holds a lock and waits for a work item; the item wants the lock, unless it is the twin. */
function holdAndWait(isFine: boolean): void {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(Globals.A);
  queue(isFine ? SetEvent : NeedsLock);
  wait(Globals.Event);
  ExReleasePushLockExclusive(Globals.A);
  KeLeaveCriticalRegion();
}

/** A work routine waits for another item: of its own queue, or of one with another thread. */
function waitInWorker(isFine: boolean): void {
  Globals.Queue = isFine ? CriticalWorkQueue : DelayedWorkQueue;
  queue(isFine ? SetEvent : WaitForNext);
  wait(isFine ? Globals.Event : Globals.Second);
}

/** The event is set and reset before anybody waits, or waited for in time. */
function loseWakeUp(isFine: boolean): void {
  KeSetEvent(Globals.Event);
  if (!isFine) KeResetEvent(Globals.Event);
  wait(Globals.Event);
}

const ways: Readonly<Record<string, (isFine: boolean, index: number) => void>> = {
  crossed: (isFine, index) => {
    if (isFine) takeBoth(Globals.A, Globals.B, 0);
    else if (index === 0) takeBoth(Globals.A, Globals.B, 2);
    else takeBoth(Globals.B, Globals.A, 2);
  },
  held: holdAndWait,
  worker: waitInWorker,
  lost: loseWakeUp,
  referenced: keepReference,
};

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('HangPreWrite', (Data, FltObjects) => {
  const name = readUnicode(FILE_OBJECT.at(FltObjects.FileObject).FileName);
  const [, fine = '', way = '', index = '0'] = /(fine)?(crossed|held|worker|lost|kept|referenced)(\d)/.exec(name) ?? [];
  if (way === 'kept') {
    if (fine === '') return FLT_PREOP_PENDING;
    FltCompletePendedPreOperation(Data.address, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
    return FLT_PREOP_PENDING;
  }
  ways[way]?.(fine !== '', Number(index));
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('HangUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
  FilterUnloadCallback: Unload,
});

export function DriverEntry(DriverObject: number): number {
  const filter = out();
  const status = FltRegisterFilter(DriverObject as never, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value as typeof Globals.Filter;
  KeInitializeEvent(Globals.Event, NotificationEvent, false);
  KeInitializeEvent(Globals.Second, SynchronizationEvent, false);
  void KEVENT;
  void i32;
  return FltStartFiltering(Globals.Filter);
}
