// The lower driver of the worker thread test: what it is asked when the filter above has posted.
import { FLT_IS_IRP_OPERATION, FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_READ,
  IRP_MJ_WRITE, IRP_PAGING_IO, InterlockedIncrement, KeGetCurrentIrql, PASSIVE_LEVEL,
  PFLT_PRE_OPERATION_CALLBACK,
  PsGetCurrentThread, PsIsSystemThread, atomic, driverGlobals }
  from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, ruleDriver } from '../fifteen-rules/rule-driver.ts';

const Globals = driverGlobals('BELOW_DATA', { Seen: atomic() });

const Pre = PFLT_PRE_OPERATION_CALLBACK('BelowPre', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  if ((Data.Iopb.IrpFlags & IRP_PAGING_IO) !== 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const thread = PsGetCurrentThread();
  // An operation that could not be posted is in its own thread, which is an application's.
  if (thread === Data.Thread) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  holds(PsIsSystemThread(thread), 'lower callbacks run in the worker');
  holds(!PsIsSystemThread(Data.Thread), 'Data->Thread names the originator');
  holds(KeGetCurrentIrql() === PASSIVE_LEVEL, 'a worker is at PASSIVE_LEVEL');
  InterlockedIncrement(Globals.Seen);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const { DriverEntry } = ruleDriver({
  name: 'Below',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre })),
  finish() {
    holds(load(Globals.Seen) > 0, 'lower callbacks of posted operations run in a worker');
  },
});
