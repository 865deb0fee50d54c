// The twin: each operation has a callback data of its own, which its callback frees.
import { FLT_CALLBACK_DATA, FLT_PREOP_SUCCESS_NO_CALLBACK, FltAllocateCallbackData,
  FltFreeCallbackData, FltPerformAsynchronousIo, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_WRITE,
  InterlockedIncrement, NT_SUCCESS, PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  atomic, driverGlobals, out, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { PFLT_CALLBACK_DATA } from '../../../fltKernel.ts';

const OWN = 2;
const Globals = driverGlobals('REUSED_DATA', { Filter: pointer('FLT_FILTER'), Ended: atomic() });

const Flushed = PFLT_COMPLETED_ASYNC_IO_CALLBACK('Flushed', (Data) => {
  InterlockedIncrement(Globals.Ended);
  FltFreeCallbackData(Data.address as PFLT_CALLBACK_DATA);
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('PreWrite', (_Data, FltObjects) => {
  const { Instance, FileObject } = FltObjects;
  for (let n = 1; n <= OWN; n++) {
    const own = out<PFLT_CALLBACK_DATA>();
    if (!NT_SUCCESS(FltAllocateCallbackData(Instance, FileObject, own))) break;
    FLT_CALLBACK_DATA.at(own.value).Iopb.MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    FltPerformAsynchronousIo(own.value, Flushed, 0);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite }],
});
