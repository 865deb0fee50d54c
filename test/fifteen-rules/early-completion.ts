// The driver of the early completion rule: a worker completes the pended operation before its
// callback has returned PENDING or MORE_PROCESSING_REQUIRED; the callback sees to it (PEND-2).
import { CriticalWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_IS_IRP_OPERATION,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPostOperation, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltQueueDeferredIoWorkItem, IRP_MJ_READ, IRP_MJ_WRITE, InterlockedIncrement, KeBugCheckEx,
  NT_SUCCESS, PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, localBytes } from '../../src/fltKernel.ts';
import { EVERYBODY, load, notify, store } from '../../src/atomics-sync/atomics.ts';
import { parkWhile } from '../../src/atomics-sync/park.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltCallbackData } from '../../src/fltKernel.ts';
import type { PFLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';

const Globals = driverGlobals('EARLY_DATA', { Pre: atomic(), Post: atomic() });

/** The faulty twin wants the operation to be pended before it is completed. */
function tooEarly(): void {
  if (!isNaive(import.meta.url)) return;
  KeBugCheckEx(0xc4, 0xf504, 0, 0, 0, 'the twin: the operation is not pended yet');
}

/** Tells the callback, which waits on its word, that the operation is completed. */
function tell(word: number): void {
  store(word, 1);
  notify(word, EVERYBODY);
}

const PreWork = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('EarlyPreWork', (FltWorkItem, Data, Context) => {
  FltFreeDeferredIoWorkItem(FltWorkItem);
  tooEarly();
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_WITH_CALLBACK, 77);
  tell(Context);
});
const PostWork = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('EarlyPostWork', (FltWorkItem, Data, Context) => {
  FltFreeDeferredIoWorkItem(FltWorkItem);
  tooEarly();
  FltCompletePendedPostOperation(Data);
  tell(Context);
});

/** Posts, and waits in the callback until the worker has completed the operation. */
function postAndWait(Data: PFLT_CALLBACK_DATA, work: typeof PreWork): boolean {
  const item = FltAllocateDeferredIoWorkItem();
  const word = localBytes(8);
  store(word, 0);
  if (!NT_SUCCESS(FltQueueDeferredIoWorkItem(item, Data, work, CriticalWorkQueue, word))) {
    FltFreeDeferredIoWorkItem(item);
    return false;
  }
  while (load(word) === 0) parkWhile(word, 0, 10);
  return true;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('EarlyPre', (Data: FltCallbackData) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  if (Data.Iopb.MajorFunction === IRP_MJ_WRITE) return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  if (!postAndWait(Data.address, PreWork)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Pre);
  return FLT_PREOP_PENDING;
});
const Post = PFLT_POST_OPERATION_CALLBACK('EarlyPost', (Data, _Objects, Context, Flags) => {
  if ((Flags & FLTFL_POST_OPERATION_DRAINING) !== 0) return FLT_POSTOP_FINISHED_PROCESSING;
  if (Data.Iopb.MajorFunction === IRP_MJ_READ) {
    holds(Context === 77, 'the context of FltCompletePendedPreOperation arrives', Context);
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  if (!postAndWait(Data.address, PostWork)) return FLT_POSTOP_FINISHED_PROCESSING;
  InterlockedIncrement(Globals.Post);
  return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
});

export const { DriverEntry } = ruleDriver({
  name: 'Early',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
  finish() {
    holds(load(Globals.Pre) > 0, 'some reads were completed early');
    holds(load(Globals.Post) > 0, 'some writes were completed early');
  },
});
