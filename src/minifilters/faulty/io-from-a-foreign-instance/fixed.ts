// The twin: its own instance is the one that the read begins below.
import { FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocatePoolAlignedWithTag, FltFreePoolAlignedWithTag, FltReadFile, IRP_MJ_CLEANUP,
  InterlockedIncrement, LARGE_INTEGER, NT_SUCCESS, NonPagedPool, PFLT_PRE_OPERATION_CALLBACK,
  atomic, driverGlobals, local, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFILE_OBJECT, PFLT_INSTANCE } from '../../../fltKernel.ts';

const TAG = poolTag('Peek');
const BYTES = 4;
const OFFSET = struct('PEEK_OFFSET', { Value: LARGE_INTEGER });

const Globals = driverGlobals('PEEK_DATA', { Filter: pointer('FLT_FILTER'), Peeks: atomic() });

/** Reads the first bytes of a file. PASSIVE_LEVEL. */
function peek(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): void {
  const buffer = FltAllocatePoolAlignedWithTag(Instance, NonPagedPool, BYTES, TAG);
  if (buffer === 0) return;
  const status = FltReadFile(Instance, FileObject, local(OFFSET), BYTES, buffer,
    FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, out(), 0, 0);
  if (NT_SUCCESS(status)) InterlockedIncrement(Globals.Peeks);
  FltFreePoolAlignedWithTag(Instance, buffer, TAG);
}

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('PeekPreCleanup', (_Data, FltObjects) => {
  peek(FltObjects.Instance, FltObjects.FileObject);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
  ],
});
