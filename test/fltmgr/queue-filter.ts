// A filter that keeps every asynchronous read in a callback data queue under a spin lock, and lets
// a system thread pass them on. What is cancelled first never gets there; each ends exactly once.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltCompletePendedPreOperation, FltIsOperationSynchronous, FltRegisterFilter, FltStartFiltering,
  FltUnregisterFilter, IRP_MJ_READ, InterlockedIncrement, KeAcquireSpinLock, KeBugCheckEx,
  KeInitializeSpinLock, KeReleaseSpinLock, NT_SUCCESS, PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
  PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO, PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
  PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO, PFLT_CALLBACK_DATA_QUEUE_RELEASE,
  PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO, PFLT_FILTER_UNLOAD_CALLBACK, PFLT_GENERIC_WORKITEM_ROUTINE,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_INSTANCE_SETUP_CALLBACK,
  PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, STATUS_CANCELLED, STATUS_SUCCESS,
  ULONG, atomic, driverGlobals, fltRegistration, out, pointer } from '../../src/fltKernel.ts';
import { compareExchange, load, store } from '../../src/atomics-sync/atomics.ts';
import { FltCbdqDisable, FltCbdqEnable, FltCbdqInitialize, FltCbdqInsertIo, FltCbdqRemoveNextIo }
  from '../../src/fltmgr/pending/callback-data-queue.ts';
import { FLT_CALLBACK_DATA, FLT_CALLBACK_DATA_QUEUE } from '../../src/fltmgr/types.ts';
import { FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltQueueGenericWorkItem }
  from '../../src/fltmgr/pending/work-item.ts';
import { LIST_ENTRY } from '../../src/ntos/rtl/types.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../src/ntos/rtl/list-entry.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE } from '../../src/fltmgr/types.ts';

const Globals = driverGlobals('QUEUE_DATA', {
  Filter: pointer('FLT_FILTER'),
  Lock: ULONG,
  Head: LIST_ENTRY,
  Queue: FLT_CALLBACK_DATA_QUEUE,
  /** 1 while a worker is on its way or at work. */
  Active: atomic(),
  Inserted: atomic(),
  Ended: atomic(),
});
const queue = Globals.Queue.address as PFLT_CALLBACK_DATA_QUEUE;
const head = Globals.Head.address;
const lock = Globals.address + 4;
const linksAt = FLT_CALLBACK_DATA.offsets['$queue'] ?? 24;

const Insert = PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('QueueInsert', (_queue, data) => {
  InsertTailList(head, data.address + linksAt);
  InterlockedIncrement(Globals.Inserted);
  return STATUS_SUCCESS;
});
const Remove = PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('QueueRemove', (_queue, data) => {
  RemoveEntryList(data.address + linksAt);
});
const PeekNext = PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('QueuePeek', (_queue, data) => {
  const next = flink(data === 0 ? head : data + linksAt);
  return next === head ? 0 : next - linksAt;
});
const Acquire = PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('QueueAcquire', (_queue, irql) => {
  KeAcquireSpinLock(lock, irql);
});
const Release = PFLT_CALLBACK_DATA_QUEUE_RELEASE('QueueRelease', (_queue, irql) => {
  KeReleaseSpinLock(lock, irql);
});

function end(data: PFLT_CALLBACK_DATA, answer: number): void {
  InterlockedIncrement(Globals.Ended);
  FltCompletePendedPreOperation(data, answer, 0);
}

const CompleteCanceled = PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('QueueCanceled', (_q, data) => {
  data.IoStatus.Status = STATUS_CANCELLED;
  data.IoStatus.Information = 0;
  end(data.address, FLT_PREOP_COMPLETE);
});

function passAll(): void {
  for (;;) {
    const data = FltCbdqRemoveNextIo(queue, 0);
    if (data === 0) return;
    end(data, FLT_PREOP_SUCCESS_NO_CALLBACK);
  }
}

const Worker = PFLT_GENERIC_WORKITEM_ROUTINE('QueueWorker', (item) => {
  do {
    passAll();
    store(Globals.Active, 0);
    // Somebody may have inserted before Active was 0 and seen a worker that was at its end.
  } while (flink(head) !== head && compareExchange(Globals.Active, 0, 1) === 0);
  FltFreeGenericWorkItem(item as never);
});

/** Sees to it that a worker comes; without one the operations are passed on here. */
function summonWorker(): void {
  if (compareExchange(Globals.Active, 0, 1) !== 0) return;
  const item = FltAllocateGenericWorkItem();
  const status = item === 0 ? -1
    : FltQueueGenericWorkItem(item, Globals.Filter, Worker, 1, 0);
  if (status >= 0) return;
  if (item !== 0) FltFreeGenericWorkItem(item);
  store(Globals.Active, 0);
  passAll();
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('QueuePre', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data) || FltIsOperationSynchronous(Data)) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const status = FltCbdqInsertIo(queue, Data.address, 0 as never, 0);
  if (!NT_SUCCESS(status)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  summonWorker();
  return FLT_PREOP_PENDING;
});

const Setup = PFLT_INSTANCE_SETUP_CALLBACK('QueueSetup', () => {
  FltCbdqEnable(queue);
  return STATUS_SUCCESS;
});
const TeardownStart = PFLT_INSTANCE_TEARDOWN_CALLBACK('QueueTeardownStart', () => {
  FltCbdqDisable(queue);
  passAll();
});
const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('QueueQuery', () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('QueueUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  const inserted = load(Globals.Inserted);
  const ended = load(Globals.Ended);
  if (inserted !== ended) {
    KeBugCheckEx(0xe2, inserted, ended, 0, 0, 'an operation in the queue was lost or ended twice');
  }
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre }],
  InstanceSetupCallback: Setup,
  InstanceTeardownStartCallback: TeardownStart,
  InstanceQueryTeardownCallback: QueryTeardown,
  FilterUnloadCallback: Unload,
});

/** Registers and starts. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  KeInitializeSpinLock(lock);
  InitializeListHead(head);
  FltCbdqInitialize(0 as never, queue, Insert, Remove, PeekNext, Acquire, Release, CompleteCanceled);
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}
