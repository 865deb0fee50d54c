// Allocation failure path of own I/O: the callback data was there, so the write is taken to be safe
// from lack of memory; when it is not, buffer and callback data are lost.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_CALLBACK_DATA,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateCallbackData, FltFreeCallbackData,
  FltPerformSynchronousIo, IRP_MJ_CLEANUP, IRP_MJ_WRITE, IRP_SYNCHRONOUS_API, IRP_WRITE_OPERATION,
  InterlockedIncrement, NT_SUCCESS, NonPagedPool, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_INSUFFICIENT_RESOURCES, atomic, driverGlobals, out, pointer, poolTag, u32 } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltRelatedObjects, PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const TAG = poolTag('Note');
const BYTES = 8;
const Globals = driverGlobals('NOTE_DATA', { Filter: pointer('FLT_FILTER'), Notes: atomic() });

/** Writes a note to the end of the file, below this instance. PASSIVE_LEVEL. */
function writeNote(FltObjects: FltRelatedObjects, buffer: number): boolean {
  const made = out<PFLT_CALLBACK_DATA>();
  const { Instance, FileObject } = FltObjects;
  const status = FltAllocateCallbackData(Instance, FileObject, made);
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
  if (data.IoStatus.Status === STATUS_INSUFFICIENT_RESOURCES) return false;
  FltFreeCallbackData(made.value);
  ExFreePoolWithTag(buffer, TAG);
  return true;
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
