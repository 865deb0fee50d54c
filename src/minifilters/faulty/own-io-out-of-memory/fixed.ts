// The twin: all memory is there before the write begins, and every way out frees what it has.
import { ExAllocatePoolWithTag, ExFreePoolWithTag,
  FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY, FLT_CALLBACK_DATA,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateCallbackDataEx, FltFreeCallbackData,
  FltPerformSynchronousIo, IRP_MJ_CLEANUP, IRP_MJ_WRITE, IRP_SYNCHRONOUS_API, IRP_WRITE_OPERATION,
  InterlockedIncrement, NT_SUCCESS, NonPagedPool, PFLT_PRE_OPERATION_CALLBACK, atomic,
  driverGlobals, out, pointer, poolTag, u32 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltRelatedObjects, PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const TAG = poolTag('Note');
const BYTES = 8;
const Globals = driverGlobals('NOTE_DATA', { Filter: pointer('FLT_FILTER'), Notes: atomic() });

/** Writes a note to the end of the file, below this instance. PASSIVE_LEVEL. */
function writeNote(FltObjects: FltRelatedObjects, buffer: number): boolean {
  const made = out<PFLT_CALLBACK_DATA>();
  const { Instance, FileObject } = FltObjects;
  const status = FltAllocateCallbackDataEx(Instance, FileObject,
    FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY, made);
  if (!NT_SUCCESS(status)) {
    ExFreePoolWithTag(buffer, TAG);
    return false;
  }
  const data = FLT_CALLBACK_DATA.at(made.value);
  const iopb = data.Iopb;
  iopb.MajorFunction = IRP_MJ_WRITE;
  iopb.IrpFlags = IRP_WRITE_OPERATION | IRP_SYNCHRONOUS_API;
  iopb.Parameters.Write.Length = BYTES;
  iopb.Parameters.Write.ByteOffset = 0;
  iopb.Parameters.Write.WriteBuffer = buffer;
  FltPerformSynchronousIo(made.value);
  const isWritten = NT_SUCCESS(data.IoStatus.Status);
  FltFreeCallbackData(made.value);
  ExFreePoolWithTag(buffer, TAG);
  return isWritten;
}

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('NotePreCleanup', (_Data, FltObjects) => {
  const buffer = ExAllocatePoolWithTag(NonPagedPool, BYTES, TAG);
  if (buffer === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  u32.fill(0, buffer >> 2, (buffer + BYTES) >> 2);
  if (writeNote(FltObjects, buffer)) InterlockedIncrement(Globals.Notes);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
  ],
});
