// The twin: the callback data is freed on every way out.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_CALLBACK_DATA, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocateCallbackData, FltFreeCallbackData, FltPerformSynchronousIo, IRP_MJ_CLEANUP,
  IRP_MJ_READ, InterlockedExchangeAdd, NT_SUCCESS, NonPagedPoolNx, PFLT_PRE_OPERATION_CALLBACK,
  atomic, driverGlobals, out, pointer, poolTag, u8 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltRelatedObjects, PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const TAG = poolTag('OwnR');
const BYTES = 16;
const Globals = driverGlobals('NEVER_FREED_DATA', { Filter: pointer('FLT_FILTER'), Sum: atomic() });

/** Reads the trailer that some files have. */
function readTrailer(FltObjects: FltRelatedObjects, buffer: number): void {
  const own = out<PFLT_CALLBACK_DATA>();
  const { Instance, FileObject } = FltObjects;
  if (!NT_SUCCESS(FltAllocateCallbackData(Instance, FileObject, own))) return;
  const Data = FLT_CALLBACK_DATA.at(own.value);
  Data.Iopb.MajorFunction = IRP_MJ_READ;
  const { Read } = Data.Iopb.Parameters;
  Read.Length = BYTES;
  Read.ByteOffset = 4096;
  Read.ReadBuffer = buffer;
  FltPerformSynchronousIo(own.value);
  if (NT_SUCCESS(Data.IoStatus.Status)) InterlockedExchangeAdd(Globals.Sum, u8[buffer] ?? 0);
  FltFreeCallbackData(own.value);
}

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('PreCleanup', (_Data, FltObjects) => {
  const buffer = ExAllocatePoolWithTag(NonPagedPoolNx, BYTES, TAG);
  if (buffer === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  readTrailer(FltObjects, buffer);
  ExFreePoolWithTag(buffer, TAG);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup }],
});
