// The bug: a held read goes on when its worker is done, or its time is over. Both look whether it
// went on and only then say that it does: in between, both believe to be the first.
import { DelayedWorkQueue, FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateGenericWorkItem,
  FltCompletePendedPreOperation, FltFreeGenericWorkItem, FltQueueGenericWorkItem, IRP_MJ_READ,
  InterlockedExchange, KDEFERRED_ROUTINE, KDPC, KTIMER, KeCancelTimer, KeDelayExecutionThread,
  KeInitializeDpc, KeInitializeTimer, KeRemoveQueueDpc, KeSetTimer, KernelMode, LARGE_INTEGER,
  NT_SUCCESS, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_PRE_OPERATION_CALLBACK, ReadAcquire,
  STATUS_IO_TIMEOUT, atomic, driverGlobals, local, pointer, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_GENERIC_WORKITEM } from '../../../fltKernel.ts';

const Globals = driverGlobals('COMPLETED_TWICE_DATA', {
  Filter: pointer('FLT_FILTER'), Timer: KTIMER, Dpc: KDPC, IsSettled: atomic(),
  /** The one read that is held. */
  Held: pointer('FLT_CALLBACK_DATA'),
});
const TIME = struct('TIME', { Value: LARGE_INTEGER });
/** 5 ms in units of 100 ns, from now. */
const PATIENCE = -50_000;

function settle(answer: number): void {
  if (ReadAcquire(Globals.IsSettled) !== 0) return;
  InterlockedExchange(Globals.IsSettled, 1);
  FltCompletePendedPreOperation(Globals.Held, answer, 0);
}

const Timeout = KDEFERRED_ROUTINE('Timeout', () => settle(FLT_PREOP_COMPLETE));

const Worker = PFLT_GENERIC_WORKITEM_ROUTINE('Worker', (item) => {
  FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
  const interval = local(TIME);
  interval.Value = PATIENCE;
  KeDelayExecutionThread(KernelMode, false, interval.address);
  settle(FLT_PREOP_SUCCESS_NO_CALLBACK);
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('PreRead', (Data, FltObjects) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const item = FltAllocateGenericWorkItem();
  if (item === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Globals.Held = Data.address as typeof Globals.Held;
  // What the read gets when its time is over.
  Data.IoStatus.Status = STATUS_IO_TIMEOUT;
  InterlockedExchange(Globals.IsSettled, 0);
  if (!NT_SUCCESS(FltQueueGenericWorkItem(item, FltObjects.Filter, Worker, DelayedWorkQueue, 0))) {
    FltFreeGenericWorkItem(item);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  KeSetTimer(Globals.Timer, PATIENCE, Globals.Dpc);
  return FLT_PREOP_PENDING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PreOperation: PreRead }],
}, {
  begin: () => {
    KeInitializeTimer(Globals.Timer);
    KeInitializeDpc(Globals.Dpc, Timeout, 0);
  },
  unloaded: () => {
    KeCancelTimer(Globals.Timer);
    KeRemoveQueueDpc(Globals.Dpc);
  },
});
