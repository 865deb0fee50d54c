// Unbounded recursion: pre-create opens a file from the top of the stack for every create, its own
// included.
import { FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_NONALERT, FLT_PREOP_SUCCESS_NO_CALLBACK, FltClose, FltCreateFile,
  GENERIC_READ, IRP_MJ_CREATE, InterlockedIncrement, NT_SUCCESS, OBJECT_ATTRIBUTES,
  OBJ_KERNEL_HANDLE, PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, SYNCHRONIZE, atomic,
  driverGlobals, local, localBytes, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_INSTANCE } from '../../../fltKernel.ts';

const Journal = RTL_CONSTANT_STRING('\\??\\C:\\journal');
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

const Globals = driverGlobals('JOURNAL_DATA', { Filter: pointer('FLT_FILTER'), Opens: atomic() });

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('JournalPreCreate', () => {
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = Journal.address;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const handle = out();
  const status = FltCreateFile(Globals.Filter, 0 as PFLT_INSTANCE, handle,
    GENERIC_READ | SYNCHRONIZE, attributes, localBytes(8), 0, 0, SHARE, FILE_OPEN_IF,
    FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0);
  if (NT_SUCCESS(status)) {
    InterlockedIncrement(Globals.Opens);
    FltClose(handle.value);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate },
  ],
});
