// The twin: each completion compares a piece of one pair and leaves the rest to those that follow.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_POSTOP_FINISHED_PROCESSING, IRP_MJ_READ,
  KSPIN_LOCK, KeAcquireSpinLock, KeInitializeSpinLock, KeReleaseSpinLock, NonPagedPool,
  PFLT_POST_OPERATION_CALLBACK, RtlCompareMemory, RtlZeroMemory, ULONG, array, driverGlobals, out,
  pointer, poolTag, u32 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Snap');
const BYTES = 32 * 1024;
const SNAPSHOTS = 24;
const BUDGET = 256;

const Globals = driverGlobals('SNAPSHOT_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: KSPIN_LOCK, Differs: ULONG,
  Next: ULONG,
  Snapshots: array(ULONG, SNAPSHOTS),
});
const first = Globals.Snapshots >> 2;

/** Whether a part of one snapshot differs from that of another. */
function differs(one: number, other: number, at: number, bytes: number): boolean {
  const from = u32[first + one]!;
  const to = u32[first + other]!;
  return from !== 0 && to !== 0 && RtlCompareMemory(from + at, to + at, bytes) !== bytes;
}

const PostRead = PFLT_POST_OPERATION_CALLBACK('SnapshotPostRead', () => {
  const irql = out();
  KeAcquireSpinLock(Globals.Lock, irql);
  const next = Globals.Next;
  const one = 1 + (Math.floor(next / BYTES) % (SNAPSHOTS - 1));
  if (differs(one, one - 1, next % BYTES, BUDGET)) Globals.Differs = 1;
  Globals.Next = next + BUDGET;
  KeReleaseSpinLock(Globals.Lock, irql.value);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PostOperation: PostRead },
  ],
}, {
  begin() {
    KeInitializeSpinLock(Globals.Lock);
    for (let n = 0; n < SNAPSHOTS; n++) {
      const snapshot = ExAllocatePoolWithTag(NonPagedPool, BYTES, TAG);
      if (snapshot !== 0) RtlZeroMemory(snapshot, BYTES);
      u32[first + n] = snapshot;
    }
  },
  unloaded() {
    for (let n = 0; n < SNAPSHOTS; n++) {
      if (u32[first + n] !== 0) ExFreePoolWithTag(u32[first + n]!, TAG);
    }
  },
});
