// The twin: it marks the record busy, reads without the lock, and looks at the record anew.
import { FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, FLT_IS_IRP_OPERATION,
  FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquirePushLockExclusive,
  FltAllocatePoolAlignedWithTag, FltDeletePushLock, FltFreePoolAlignedWithTag,
  FltInitializePushLock, FltReadFile, FltReleasePushLock, IRP_MJ_WRITE, LARGE_INTEGER,
  NonPagedPool, PFLT_PRE_OPERATION_CALLBACK, ULONG, atomic, driverGlobals, local, out, pointer,
  poolTag, struct, u32 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltRelatedObjects } from '../../../fltKernel.ts';

const TAG = poolTag('Head');
const HEADER = 16;
const OFFSET = struct('HEADER_OFFSET', { Value: LARGE_INTEGER });

const Globals = driverGlobals('HEADER_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: atomic(), Header: ULONG,
  Busy: ULONG,
});

/** The first word of the file, read below this instance; 0 when there is none. PASSIVE_LEVEL. */
function readHeader(FltObjects: FltRelatedObjects): number {
  const { Instance, FileObject } = FltObjects;
  const buffer = FltAllocatePoolAlignedWithTag(Instance, NonPagedPool, HEADER, TAG);
  if (buffer === 0) return 0;
  u32[buffer >> 2] = 0;
  FltReadFile(Instance, FileObject, local(OFFSET), HEADER, buffer,
    FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, out(), 0, 0);
  const header = u32[buffer >> 2]!;
  FltFreePoolAlignedWithTag(Instance, buffer, TAG);
  return header;
}

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('HeaderPreWrite', (Data, FltObjects) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  FltAcquirePushLockExclusive(Globals.Lock);
  const isFirst = Globals.Busy === 0;
  Globals.Busy++;
  FltReleasePushLock(Globals.Lock);
  const header = isFirst ? readHeader(FltObjects) : 0;
  FltAcquirePushLockExclusive(Globals.Lock);
  Globals.Busy--;
  if (isFirst) Globals.Header = header;
  FltReleasePushLock(Globals.Lock);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite },
  ],
}, {
  begin() {
    FltInitializePushLock(Globals.Lock);
  },
  unloaded() {
    FltDeletePushLock(Globals.Lock);
  },
});
