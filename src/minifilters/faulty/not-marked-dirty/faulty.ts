// Parameters changed without FltSetCallbackDataDirty: the read is moved past the filter's header,
// and everybody below still sees the old offset.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK,
  IRP_MJ_READ, PFLT_PRE_OPERATION_CALLBACK, driverGlobals, pointer } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const HEADER = 16;
const Globals = driverGlobals('SHIFT_DATA', { Filter: pointer('FLT_FILTER') });

const PreRead = PFLT_PRE_OPERATION_CALLBACK('ShiftPreRead', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  Data.Iopb.Parameters.Read.ByteOffset += HEADER;
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
  ],
});
