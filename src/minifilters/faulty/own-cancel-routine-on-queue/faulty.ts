// Cancel-safe queue mixed with a cancel routine of the filter's own: the queue has set one already,
// and two would complete the same operation.
import { FLT_CALLBACK_DATA, FLT_CALLBACK_DATA_QUEUE, FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE,
  FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FltCbdqInitialize,
  FltCbdqInsertIo, FltCbdqRemoveNextIo, FltCompletePendedPreOperation, FltSetCancelCompletion,
  IRP_MJ_READ, IRP_MJ_WRITE, InitializeListHead, InsertTailList, KSPIN_LOCK, KeAcquireSpinLock,
  KeInitializeSpinLock, KeReleaseSpinLock, LIST_ENTRY, NT_SUCCESS,
  PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO, PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
  PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
  PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_INSTANCE_SETUP_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  RemoveEntryList, STATUS_CANCELLED, STATUS_SUCCESS, driverGlobals, pointer, u32 } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData } from '../../../fltKernel.ts';

const links = FLT_CALLBACK_DATA.offsets['$queue'] ?? 24;

const Globals = driverGlobals('KEPT_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: KSPIN_LOCK, Head: LIST_ENTRY,
  Queue: FLT_CALLBACK_DATA_QUEUE,
});

const Insert = PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('KeptInsert', (_Cbdq, Data) => {
  InsertTailList(Globals.Head, Data.address + links);
  return STATUS_SUCCESS;
});
const Remove = PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('KeptRemove', (_Cbdq, Data) => {
  RemoveEntryList(Data.address + links);
});
const Peek = PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('KeptPeek', (_Cbdq, Data) => {
  const next = u32[(Data === 0 ? Globals.Head.address : Data + links) >> 2]!;
  return next === Globals.Head.address ? 0 : next - links;
});
const Acquire = PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('KeptAcquire', (_Cbdq, Irql) =>
  KeAcquireSpinLock(Globals.Lock, Irql));
const Release = PFLT_CALLBACK_DATA_QUEUE_RELEASE('KeptRelease', (_Cbdq, Irql) =>
  KeReleaseSpinLock(Globals.Lock, Irql));

function cancel(Data: FltCallbackData): void {
  Data.IoStatus.Status = STATUS_CANCELLED;
  FltCompletePendedPreOperation(Data, FLT_PREOP_COMPLETE, 0);
}
const CompleteCanceled = PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('KeptCanceled',
  (_Cbdq, Data) => cancel(Data));
const OwnCanceled = PFLT_COMPLETE_CANCELED_CALLBACK('KeptOwnCanceled', (Data) => cancel(Data));

const PreRead = PFLT_PRE_OPERATION_CALLBACK('KeptPreRead', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const status = FltCbdqInsertIo(Globals.Queue, Data, 0, 0);
  if (!NT_SUCCESS(status)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  FltSetCancelCompletion(Data, OwnCanceled);
  return FLT_PREOP_PENDING;
});

/** A write lets one waiting read go on. */
const PreWrite = PFLT_PRE_OPERATION_CALLBACK('KeptPreWrite', () => {
  const read = FltCbdqRemoveNextIo(Globals.Queue, 0);
  if (read !== 0) FltCompletePendedPreOperation(read, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const Setup = PFLT_INSTANCE_SETUP_CALLBACK('KeptSetup', (FltObjects) =>
  FltCbdqInitialize(FltObjects.Instance, Globals.Queue, Insert, Remove, Peek, Acquire, Release,
    CompleteCanceled));

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite },
  ],
  InstanceSetupCallback: Setup,
}, {
  begin() {
    KeInitializeSpinLock(Globals.Lock);
    InitializeListHead(Globals.Head);
  },
});
