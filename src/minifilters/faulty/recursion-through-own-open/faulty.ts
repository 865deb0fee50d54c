// Recursive acquisition through re-entry: pre-create holds its push lock while it opens a file
// without naming its instance; the open comes back to the same callback.
import { FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_NONALERT, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquirePushLockExclusive,
  FltClose, FltCreateFile, FltDeletePushLock, FltInitializePushLock, FltReleasePushLock,
  GENERIC_READ, IRP_MJ_CREATE, NT_SUCCESS, OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, SYNCHRONIZE, ULONG, atomic, driverGlobals,
  local, localBytes, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_INSTANCE } from '../../../fltKernel.ts';

const Side = RTL_CONSTANT_STRING('\\??\\C:\\side');
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

const Globals = driverGlobals('SIDE_DATA', {
  Filter: pointer('FLT_FILTER'), Lock: atomic(), Opens: ULONG,
});

/** Opens the side file and closes it. PASSIVE_LEVEL. */
function openSide(Instance: PFLT_INSTANCE): boolean {
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = Side.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const handle = out();
  const status = FltCreateFile(Globals.Filter, Instance, handle, GENERIC_READ | SYNCHRONIZE,
    attributes, localBytes(8), 0, 0, SHARE, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0);
  if (NT_SUCCESS(status)) FltClose(handle.value);
  return NT_SUCCESS(status);
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('SidePreCreate', () => {
  FltAcquirePushLockExclusive(Globals.Lock);
  if (openSide(0 as PFLT_INSTANCE)) Globals.Opens++;
  FltReleasePushLock(Globals.Lock);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate },
  ],
}, {
  begin() {
    FltInitializePushLock(Globals.Lock);
  },
  unloaded() {
    FltDeletePushLock(Globals.Lock);
  },
});
