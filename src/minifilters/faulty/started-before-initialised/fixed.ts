// The twin: DriverEntry reads its policy first and starts filtering last.
import { FILE_OBJECT, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CREATE, InterlockedIncrement,
  PFLT_PRE_OPERATION_CALLBACK, ULONG, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { NTSTATUS, PDRIVER_OBJECT } from '../../../fltKernel.ts';

const Globals = driverGlobals('STARTED_EARLY_DATA', {
  Filter: pointer('FLT_FILTER'), MaxPath: ULONG, Long: atomic(),
});

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PreCreate', (_Data, FltObjects) => {
  const { FileName } = FILE_OBJECT.at(FltObjects.FileObject);
  if (FileName.Length > Globals.MaxPath) InterlockedIncrement(Globals.Long);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

function readPolicy(): void {
  Globals.MaxPath = 128;
}

const start = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate }],
});

/** Called once, in one thread, when the driver is loaded. PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  readPolicy();
  return start(DriverObject);
}
