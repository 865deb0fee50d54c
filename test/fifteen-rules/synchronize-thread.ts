// The driver of the synchronisation rule: FLT_PREOP_SYNCHRONIZE brings the post-operation callback
// back to the thread of the pre-operation callback, which need not be the one that issued the
// operation: the instance above keeps every second read and lets a worker go on with it (PRE-3,
// PRE-11).
import { CriticalWorkQueue, DISPATCH_LEVEL, FLTFL_POST_OPERATION_DRAINING, FLT_IS_IRP_OPERATION,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_PREOP_SYNCHRONIZE, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem, FltGetRequestorProcess,
  FltIsOperationSynchronous, FltQueueDeferredIoWorkItem, IRP_MJ_READ, IRP_MJ_WRITE,
  InterlockedIncrement, IoThreadToProcess, KeGetCurrentIrql, NT_SUCCESS,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  PsGetCurrentProcess, PsGetCurrentThread, RTL_CONSTANT_STRING, atomic, driverGlobals }
  from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import { attachAt, newSerial, numberOf, record, recorded } from './instance-stack.ts';
import type { FltCallbackData, Out } from '../../src/fltKernel.ts';

const LowAltitude = RTL_CONSTANT_STRING('100000');
/** The word of a record: the thread of the pre-operation callback. */
const THREAD = 0;

const Globals = driverGlobals('SYNCHRONIZE_DATA', {
  Asked: atomic(),
  Posted: atomic(),
  /** Synchronised operations, in the thread that issued them and in a worker. */
  AtHome: atomic(),
  InWorker: atomic(),
});

const GoOn = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('SynchronizeWork', (Item, Data) => {
  FltFreeDeferredIoWorkItem(Item);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_NO_CALLBACK, 0);
});

function above(data: FltCallbackData): number {
  if (!FLT_IS_IRP_OPERATION(data) || InterlockedIncrement(Globals.Asked) % 2 === 0) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const item = FltAllocateDeferredIoWorkItem();
  if (!NT_SUCCESS(
    FltQueueDeferredIoWorkItem(item, data.address as never, GoOn, CriticalWorkQueue, 0))) {
    FltFreeDeferredIoWorkItem(item);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  InterlockedIncrement(Globals.Posted);
  return FLT_PREOP_PENDING;
}

function below(data: FltCallbackData, context: Out): number {
  if (!FLT_IS_IRP_OPERATION(data) || !FltIsOperationSynchronous(data)) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const serial = newSerial();
  record(serial, THREAD, PsGetCurrentThread());
  context.value = serial;
  // Whose operation it is does not depend on where it runs.
  const requestor = FltGetRequestorProcess(data) as number;
  holds(requestor === (IoThreadToProcess(data.Thread) as number),
    'the requestor is the process of the thread that issued the operation');
  const isHome = (data.Thread as number) === PsGetCurrentThread();
  holds(isHome || requestor !== (PsGetCurrentProcess() as number),
    'the current process of a worker is not the requestor');
  InterlockedIncrement(isHome ? Globals.AtHome : Globals.InWorker);
  // The faulty twin's kernel does not bring it back.
  return isNaive(import.meta.url) ? FLT_PREOP_SUCCESS_WITH_CALLBACK : FLT_PREOP_SYNCHRONIZE;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('SynchronizePre', (Data, Objects, Context) =>
  (numberOf(Objects) === 0 ? above(Data) : below(Data, Context)));
const Post = PFLT_POST_OPERATION_CALLBACK('SynchronizePost', (_Data, _Objects, Context, Flags) => {
  holds((Flags & FLTFL_POST_OPERATION_DRAINING) === 0, 'nothing is detached here');
  holds((recorded(Context, THREAD) >>> 0) === PsGetCurrentThread(),
    'a synchronised operation comes back to the thread of its pre-op', Context);
  const irql = KeGetCurrentIrql();
  holds(irql < DISPATCH_LEVEL, 'a synchronised operation comes back below DISPATCH_LEVEL', irql);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Synchronize',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
  started: (filter) => attachAt(filter, LowAltitude, 1),
  finish() {
    for (const [what, count] of Object.entries({
      posted: Globals.Posted, 'synchronised at home': Globals.AtHome,
      'synchronised in a worker': Globals.InWorker,
    })) holds(load(count) > 0, `some operations are ${what}`);
  },
});
