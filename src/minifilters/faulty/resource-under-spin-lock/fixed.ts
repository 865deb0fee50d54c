// The twin: the cancel routine takes the write out of the list under the spin lock, lets the lock
// go, and cleans up then.
import { ERESOURCE, ExDeleteResourceLite, ExInitializeResourceLite, FLT_IS_IRP_OPERATION,
  FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING, FltAcquireResourceExclusive,
  FltCompletePendedPreOperation, FltReleaseResource, FltSetCancelCompletion, IRP_MJ_WRITE,
  KSPIN_LOCK, KeAcquireSpinLock, KeInitializeSpinLock, KeReleaseSpinLock, NT_SUCCESS,
  PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, STATUS_CANCELLED, ULONG,
  driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('CANCEL_CLEANUP_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: KSPIN_LOCK, Statistics: ERESOURCE, Cancelled: ULONG,
  /** The one write that is held back. */
  Held: pointer('FLT_CALLBACK_DATA'),
});

function cleanUp(): void {
  FltAcquireResourceExclusive(Globals.Statistics);
  Globals.Cancelled = Globals.Cancelled + 1;
  FltReleaseResource(Globals.Statistics);
}

const Cancel = PFLT_COMPLETE_CANCELED_CALLBACK('Cancel', (Data) => {
  const irql = out();
  KeAcquireSpinLock(Globals.Lock, irql);
  Globals.Held = 0 as typeof Globals.Held;
  KeReleaseSpinLock(Globals.Lock, irql.value & 0xff);
  cleanUp();
  Data.IoStatus.Status = STATUS_CANCELLED;
  FltCompletePendedPreOperation(Data, FLT_PREOP_COMPLETE, 0);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const irql = out();
  KeAcquireSpinLock(Globals.Lock, irql);
  Globals.Held = Data.address as typeof Globals.Held;
  KeReleaseSpinLock(Globals.Lock, irql.value & 0xff);
  if (NT_SUCCESS(FltSetCancelCompletion(Data, Cancel))) return FLT_PREOP_PENDING;
  Data.IoStatus.Status = STATUS_CANCELLED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
}, {
  begin: () => {
    KeInitializeSpinLock(Globals.Lock);
    ExInitializeResourceLite(Globals.Statistics);
  },
  unloaded: () => void ExDeleteResourceLite(Globals.Statistics),
});
