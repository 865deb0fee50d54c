// The bug: the post-read counts under a spin lock and returns early where the read has failed. The
// lock stays held, and the thread goes on at DISPATCH_LEVEL.
import { FLT_POSTOP_FINISHED_PROCESSING, IRP_MJ_READ, KSPIN_LOCK, KeAcquireSpinLock,
  KeInitializeSpinLock, KeReleaseSpinLock, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK, ULONG,
  driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('LOCK_KEPT_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: KSPIN_LOCK, Reads: ULONG, Bytes: ULONG,
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data) => {
  const irql = out();
  KeAcquireSpinLock(Globals.Lock, irql);
  Globals.Reads = Globals.Reads + 1;
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  Globals.Bytes = Globals.Bytes + Data.IoStatus.Information;
  KeReleaseSpinLock(Globals.Lock, irql.value & 0xff);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
}, { begin: () => KeInitializeSpinLock(Globals.Lock) });
