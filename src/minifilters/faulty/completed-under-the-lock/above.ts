// A filter above that reads ahead: when a read is done it begins the next one below itself, and
// does not wait for it. Nothing is wrong with it.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET,
  FLT_POSTOP_FINISHED_PROCESSING, FltReadFile, IRP_MJ_READ, InterlockedIncrement,
  KeGetCurrentIrql, LARGE_INTEGER, NT_SUCCESS, NonPagedPool, PASSIVE_LEVEL,
  PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, local,
  pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Ahed');
const AHEAD = 4;
const OFFSET = struct('AHEAD_OFFSET', { Value: LARGE_INTEGER });

const Globals = driverGlobals('AHEAD_DATA', { Filter: pointer('FLT_FILTER'), Reads: atomic() });

const Done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('AheadDone', (_Data, buffer) => {
  InterlockedIncrement(Globals.Reads);
  ExFreePoolWithTag(buffer, TAG);
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('AheadPostRead', (Data, FltObjects) => {
  if (!NT_SUCCESS(Data.IoStatus.Status) || KeGetCurrentIrql() !== PASSIVE_LEVEL) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const buffer = ExAllocatePoolWithTag(NonPagedPool, AHEAD, TAG);
  if (buffer === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  const offset = local(OFFSET);
  offset.Value = AHEAD;
  FltReadFile(FltObjects.Instance, FltObjects.FileObject, offset, AHEAD, buffer,
    FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, 0, Done, buffer);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PostOperation: PostRead },
  ],
});
