// The bug: what the filter keeps of an instance is freed when the teardown begins. A flush of its
// own may still be with the disk then, and its callback counts in what was freed.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_CALLBACK_DATA, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FltAllocateCallbackData, FltFreeCallbackData, FltPerformAsynchronousIo, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_WRITE, InterlockedExchange, NT_SUCCESS, NonPagedPoolNx, PFLT_COMPLETED_ASYNC_IO_CALLBACK,
  PFLT_INSTANCE_SETUP_CALLBACK, PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  ReadAcquire, RtlZeroMemory, STATUS_FLT_DO_NOT_ATTACH, STATUS_SUCCESS, ULONG, atomic,
  driverGlobals, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const TAG = poolTag('Jrnl');
const JOURNAL = struct('JOURNAL', { Flushes: ULONG });
const Globals = driverGlobals('OWN_IO_DATA', {
  Filter: pointer('FLT_FILTER'),
  /** What is kept of the one instance there is. */
  Journal: atomic(),
});

const Setup = PFLT_INSTANCE_SETUP_CALLBACK('Setup', () => {
  const journal = ExAllocatePoolWithTag(NonPagedPoolNx, JOURNAL.size, TAG);
  if (journal === 0) return STATUS_FLT_DO_NOT_ATTACH;
  RtlZeroMemory(journal, JOURNAL.size);
  InterlockedExchange(Globals.Journal, journal);
  return STATUS_SUCCESS;
});

const Teardown = PFLT_INSTANCE_TEARDOWN_CALLBACK('Teardown', () => {
  ExFreePoolWithTag(InterlockedExchange(Globals.Journal, 0), TAG);
});

const Flushed = PFLT_COMPLETED_ASYNC_IO_CALLBACK('Flushed', (Data, journal) => {
  JOURNAL.at(journal).Flushes++;
  FltFreeCallbackData(Data.address as PFLT_CALLBACK_DATA);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (_Data, FltObjects) => {
  const { Instance, FileObject } = FltObjects;
  const journal = ReadAcquire(Globals.Journal);
  const own = out<PFLT_CALLBACK_DATA>();
  if (journal !== 0 && NT_SUCCESS(FltAllocateCallbackData(Instance, FileObject, own))) {
    FLT_CALLBACK_DATA.at(own.value).Iopb.MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    FltPerformAsynchronousIo(own.value, Flushed, journal);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
  InstanceSetupCallback: Setup,
  InstanceTeardownStartCallback: Teardown,
});
