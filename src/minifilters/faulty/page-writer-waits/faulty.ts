// Page writer blocked in a filter: a cached write waits, with the stream's lock held, until dirty
// pages are written; the paging write that would do it wants the same lock.
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex, Executive, FAST_MUTEX,
  FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_WRITE, IRP_PAGING_IO, InterlockedExchange,
  InterlockedIncrement, KEVENT, KeClearEvent, KeInitializeEvent, KeSetEvent,
  KeWaitForSingleObject, KernelMode, NotificationEvent, PFLT_PRE_OPERATION_CALLBACK, atomic,
  driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const FLUSHED = 1;

const Globals = driverGlobals('DIRTY_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: FAST_MUTEX, Drained: KEVENT, Dirty: atomic(),
});

/** A cached write: waits while there are dirty pages of an earlier one. <= APC_LEVEL. */
function throttle(): void {
  ExAcquireFastMutex(Globals.Lock);
  if (InterlockedIncrement(Globals.Dirty) > FLUSHED) {
    KeWaitForSingleObject(Globals.Drained, Executive, KernelMode, false, 0);
  }
  KeClearEvent(Globals.Drained);
  ExReleaseFastMutex(Globals.Lock);
}

/** A paging write: what was dirty is on its way to the disk. <= APC_LEVEL. */
function drain(): void {
  ExAcquireFastMutex(Globals.Lock);
  InterlockedExchange(Globals.Dirty, 0);
  KeSetEvent(Globals.Drained, 0, false);
  ExReleaseFastMutex(Globals.Lock);
}

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('DirtyPreWrite', (Data) => {
  if ((Data.Iopb.IrpFlags & IRP_PAGING_IO) !== 0) drain();
  else throttle();
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite },
  ],
}, {
  begin() {
    ExInitializeFastMutex(Globals.Lock);
    KeInitializeEvent(Globals.Drained, NotificationEvent, false);
  },
});
