// The twin: it asks for the open to be completed although an oplock breaks, and holds no lock.
import { FILE_COMPLETE_IF_OPLOCKED, FILE_OPEN, FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquirePushLockExclusive, FltClose, FltCreateFile,
  FltDeletePushLock, FltInitializePushLock, FltReleasePushLock, GENERIC_READ, IRP_MJ_CLEANUP,
  IRP_MJ_CREATE, NT_SUCCESS, OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, SYNCHRONIZE, ULONG, atomic, driverGlobals,
  local, localBytes, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_INSTANCE } from '../../../fltKernel.ts';

const File = RTL_CONSTANT_STRING('\\??\\C:\\file');
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const OPTIONS = FILE_SYNCHRONOUS_IO_NONALERT | FILE_COMPLETE_IF_OPLOCKED;

const Globals = driverGlobals('SCAN_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: atomic(), Scans: ULONG,
});

/** Opens the file below this instance, looks at it and closes it. PASSIVE_LEVEL. */
function scan(Instance: PFLT_INSTANCE): void {
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = File.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const handle = out();
  const status = FltCreateFile(Globals.Filter, Instance, handle, GENERIC_READ | SYNCHRONIZE,
    attributes, localBytes(8), 0, 0, SHARE, FILE_OPEN, OPTIONS, 0, 0, 0);
  if (NT_SUCCESS(status)) FltClose(handle.value);
}

const PostCreate = PFLT_POST_OPERATION_CALLBACK('ScanPostCreate', (Data, FltObjects) => {
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  scan(FltObjects.Instance);
  FltAcquirePushLockExclusive(Globals.Lock);
  Globals.Scans++;
  FltReleasePushLock(Globals.Lock);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('ScanPreCleanup', () => {
  FltAcquirePushLockExclusive(Globals.Lock);
  Globals.Scans = 0;
  FltReleasePushLock(Globals.Lock);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
  ],
}, {
  begin() {
    FltInitializePushLock(Globals.Lock);
  },
  unloaded() {
    FltDeletePushLock(Globals.Lock);
  },
});
