// The twin: its own I/O is sent with TopLevelIrp NULL, and what was there before is put back.
import { FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_NONALERT, FLT_PREOP_SUCCESS_NO_CALLBACK, FltClose, FltCreateFile,
  GENERIC_READ, IRP_MJ_FLUSH_BUFFERS, InterlockedIncrement, IoGetTopLevelIrp, IoSetTopLevelIrp,
  NT_SUCCESS, OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, PFLT_PRE_OPERATION_CALLBACK,
  RTL_CONSTANT_STRING, SYNCHRONIZE, atomic, driverGlobals, local, localBytes, out, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_INSTANCE, PIRP } from '../../../fltKernel.ts';

const Log = RTL_CONSTANT_STRING('\\??\\C:\\log');
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

const Globals = driverGlobals('FLUSHER_DATA', { Filter: pointer('FLT_FILTER'), Logs: atomic() });

/** Opens the log below this instance and closes it. PASSIVE_LEVEL. */
function touchLog(Instance: PFLT_INSTANCE): void {
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = Log.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const handle = out();
  const status = FltCreateFile(Globals.Filter, Instance, handle, GENERIC_READ | SYNCHRONIZE,
    attributes, localBytes(8), 0, 0, SHARE, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0);
  if (NT_SUCCESS(status)) FltClose(handle.value);
}

const PreFlush = PFLT_PRE_OPERATION_CALLBACK('FlusherPreFlush', (_Data, FltObjects) => {
  const before = IoGetTopLevelIrp();
  IoSetTopLevelIrp(0 as PIRP);
  touchLog(FltObjects.Instance);
  IoSetTopLevelIrp(before);
  InterlockedIncrement(Globals.Logs);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_FLUSH_BUFFERS, PreOperation: PreFlush },
  ],
});
