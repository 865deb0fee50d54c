// The driver of the release rule: the last reference of a nonpaged context may go at
// DISPATCH_LEVEL, and its cleanup callback runs all the same at APC_LEVEL or below, in a worker
// (CTX-14).
import { FLTFL_POST_OPERATION_DRAINING, FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_STREAM_CONTEXT,
  FltAllocateContext, FltReferenceContext, FltReleaseContext, IRP_MJ_READ, InterlockedDecrement,
  InterlockedIncrement, KeGetCurrentIrql, NT_SUCCESS, NonPagedPool, PFLT_CONTEXT_CLEANUP_CALLBACK,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentThread, atomic,
  driverGlobals, out, poolTag, u32 } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';

const Globals = driverGlobals('RELEASE_DATA', {
  Alive: atomic(),
  AtDispatch: atomic(),
  Elsewhere: atomic(),
});

function cleanUp(context: number): void {
  holds(KeGetCurrentIrql() <= 1, 'cleanup runs at APC_LEVEL or below', KeGetCurrentIrql());
  const releaser = u32[context >> 2]!;
  if (releaser !== 0 && releaser !== PsGetCurrentThread()) InterlockedIncrement(Globals.Elsewhere);
  InterlockedDecrement(Globals.Alive);
}

const Cleanup = PFLT_CONTEXT_CLEANUP_CALLBACK('ReleaseCleanup', (Context) => cleanUp(Context));

/** The faulty twin cleans up where the last reference goes. */
function release(context: number): void {
  if (isNaive(import.meta.url)) cleanUp(context);
  FltReleaseContext(context);
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('ReleasePre', (Data, Objects, Context) => {
  const word = out();
  if (!FLT_IS_IRP_OPERATION(Data) || !NT_SUCCESS(FltAllocateContext(Objects.Filter,
    FLT_STREAM_CONTEXT, 32, NonPagedPool, word))) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Alive);
  u32[word.value >> 2] = 0;
  Context.value = word.value;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const Post = PFLT_POST_OPERATION_CALLBACK('ReleasePost', (_Data, _Objects, Context, Flags) => {
  if ((Flags & FLTFL_POST_OPERATION_DRAINING) === 0 && KeGetCurrentIrql() === 2) {
    InterlockedIncrement(Globals.AtDispatch);
    u32[Context >> 2] = PsGetCurrentThread();
    // Referencing is allowed here as well (CTX-13).
    FltReferenceContext(Context);
    FltReleaseContext(Context);
  }
  release(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Release',
  contexts: [{
    ContextType: FLT_STREAM_CONTEXT, Size: 32, PoolTag: poolTag('Rrel'),
    ContextCleanupCallback: Cleanup,
  }],
  operations: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre, PostOperation: Post }],
  finish() {
    holds(load(Globals.AtDispatch) > 0, 'some last references went at DISPATCH_LEVEL');
    holds(load(Globals.Elsewhere) > 0, 'some contexts were cleaned up by a worker');
  },
});
