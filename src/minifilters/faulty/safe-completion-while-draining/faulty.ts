// The bug: the post-read asks to be called again when it is safe, also where it is called to drain.
// Then the instance is going away, and there is nothing to go on with.
import { FLT_POSTOP_FINISHED_PROCESSING, FltDoCompletionProcessingWhenSafe, IRP_MJ_READ,
  InterlockedIncrement, PFLT_POST_OPERATION_CALLBACK, atomic, driverGlobals, out, pointer }
  from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('SAFE_DRAINING_DATA', {
  Filter: pointer('FLT_FILTER'), Reads: atomic(),
});

const WhenSafe = PFLT_POST_OPERATION_CALLBACK('WhenSafe', () => {
  InterlockedIncrement(Globals.Reads);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('PostRead', (Data, FltObjects, context, Flags) => {
  const answer = out();
  const isDone =
    FltDoCompletionProcessingWhenSafe(Data, FltObjects, context, Flags, WhenSafe, answer);
  return isDone ? answer.value : FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [{ MajorFunction: IRP_MJ_READ, PostOperation: PostRead }],
});
