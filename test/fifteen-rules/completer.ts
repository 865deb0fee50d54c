// A filter below others that completes reads of one length itself, as a cache would.
import { FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_READ,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS } from '../../src/fltKernel.ts';
import { ruleDriver } from './rule-driver.ts';

/** No application of these tests reads so little. */
export const COMPLETED_LENGTH = 7;

const Pre = PFLT_PRE_OPERATION_CALLBACK('CompleterPre', (Data) => {
  if (Data.Iopb.Parameters.Read.Length !== COMPLETED_LENGTH) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Data.IoStatus.Status = STATUS_SUCCESS;
  Data.IoStatus.Information = 0;
  return FLT_PREOP_COMPLETE;
});

export const { DriverEntry } = ruleDriver({
  name: 'Completer',
  operations: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre }],
  finish: () => undefined,
});
