// The twin: the unload callback returns when everything is torn down.
import { FILE_OBJECT, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CREATE, InterlockedIncrement,
  PFLT_PRE_OPERATION_CALLBACK, ULONG, atomic, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('OVERLAP_DATA', {
  Filter: pointer('FLT_FILTER'), MaxPath: ULONG, Long: atomic(),
});

function tearDown(): void {
  Globals.MaxPath = 0;
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PreCreate', (_Data, FltObjects) => {
  const { FileName } = FILE_OBJECT.at(FltObjects.FileObject);
  if (FileName.Length > Globals.MaxPath) InterlockedIncrement(Globals.Long);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate }],
}, {
  begin: () => {
    Globals.MaxPath = 128;
  },
  unloaded: tearDown,
});
