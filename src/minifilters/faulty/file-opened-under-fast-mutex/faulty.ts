// The bug: the pre-cleanup opens the filter's log file while it holds a fast mutex. The mutex
// raises the IRQL to APC_LEVEL, where the end of the open could not be delivered to this thread.
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex, FAST_MUTEX,
  FILE_ATTRIBUTE_NORMAL, FILE_OPEN_IF, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltClose, FltCreateFile, GENERIC_WRITE, IO_STATUS_BLOCK,
  IRP_MJ_CLEANUP, InitializeObjectAttributes, NT_SUCCESS, OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE,
  PFLT_PRE_OPERATION_CALLBACK, POINTER, RTL_CONSTANT_STRING, SYNCHRONIZE, driverGlobals, local, out,
  pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_INSTANCE } from '../../../fltKernel.ts';

const Globals = driverGlobals('LOG_UNDER_MUTEX_DATA', {
  Filter: pointer('FLT_FILTER'), Mutex: FAST_MUTEX, Log: POINTER,
});
const LogName = RTL_CONSTANT_STRING('\\??\\C:\\log');

function openLog(Instance: PFLT_INSTANCE): number {
  const attributes = local(OBJECT_ATTRIBUTES);
  InitializeObjectAttributes(attributes, LogName, OBJ_KERNEL_HANDLE, 0, 0);
  const handle = out();
  const io = local(IO_STATUS_BLOCK);
  const status = FltCreateFile(Globals.Filter, Instance, handle, GENERIC_WRITE | SYNCHRONIZE,
    attributes, io, 0, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ, FILE_OPEN_IF,
    FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0);
  return NT_SUCCESS(status) ? handle.value : 0;
}

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('PreCleanup', (_Data, FltObjects) => {
  ExAcquireFastMutex(Globals.Mutex);
  if (Globals.Log === 0) Globals.Log = openLog(FltObjects.Instance);
  ExReleaseFastMutex(Globals.Mutex);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup }],
}, {
  begin: () => ExInitializeFastMutex(Globals.Mutex),
  unloading: () => {
    if (Globals.Log !== 0) FltClose(Globals.Log);
  },
});
