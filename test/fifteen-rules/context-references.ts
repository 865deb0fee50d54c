// The driver of the context reference rule: Set takes a reference of its own and leaves the
// caller's alone, Get gives one, and a context goes with its last one (CTX-7, CTX-11, CTX-15). The
// cleanup callback finds each context whole and once.
import { FLTFL_POST_OPERATION_DRAINING, FLT_IS_FASTIO_OPERATION, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
  FLT_STREAM_CONTEXT, FltAllocateContext, FltGetStreamContext, FltReleaseContext,
  FltSetStreamContext, IRP_MJ_CREATE, IRP_MJ_READ, InterlockedDecrement, InterlockedIncrement,
  NT_SUCCESS, NonPagedPool, PFLT_CONTEXT_CLEANUP_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_FLT_CONTEXT_ALREADY_DEFINED, STATUS_REPARSE, atomic,
  driverGlobals, out, poolTag, u32 } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltRelatedObjects } from '../../src/fltKernel.ts';

const ALIVE = 0x600d_c0de;
const DEAD = 0x0bad_c0de;
const Globals = driverGlobals('REFERENCES_DATA', {
  Contexts: atomic(),
  Set: atomic(),
  Found: atomic(),
  Kept: atomic(),
});

const Cleanup = PFLT_CONTEXT_CLEANUP_CALLBACK('ReferencesCleanup', (Context) => {
  holds(u32[Context >> 2] === ALIVE, 'a context is cleaned up once', Context);
  u32[Context >> 2] = DEAD;
  InterlockedDecrement(Globals.Contexts);
});

/** The faulty twin's Set takes the caller's reference over. */
function set(objects: FltRelatedObjects, context: number, old: ReturnType<typeof out>): number {
  const status = FltSetStreamContext(objects.Instance, objects.FileObject,
    FLT_SET_CONTEXT_KEEP_IF_EXISTS, context, old);
  if (isNaive(import.meta.url) && NT_SUCCESS(status)) FltReleaseContext(context);
  return status;
}

function track(objects: FltRelatedObjects): void {
  const word = out();
  if (!NT_SUCCESS(FltAllocateContext(objects.Filter, FLT_STREAM_CONTEXT, 32, NonPagedPool, word))) {
    return;
  }
  const context = word.value;
  InterlockedIncrement(Globals.Contexts);
  u32[context >> 2] = ALIVE;
  const old = out();
  const status = set(objects, context, old);
  if (NT_SUCCESS(status)) InterlockedIncrement(Globals.Set);
  if (status === STATUS_FLT_CONTEXT_ALREADY_DEFINED) {
    InterlockedIncrement(Globals.Kept);
    holds(u32[old.value >> 2] === ALIVE, 'the context that is there comes with a reference');
    FltReleaseContext(old.value);
  }
  // The caller's own reference is the caller's, whatever Set answered.
  holds(u32[context >> 2] === ALIVE, 'the caller\'s reference keeps the context', context);
  FltReleaseContext(context);
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('ReferencesPreCreate', () =>
  FLT_PREOP_SUCCESS_WITH_CALLBACK);
const PostCreate = PFLT_POST_OPERATION_CALLBACK('ReferencesPostCreate', (Data, Objects, _C, Flags) => {
  const { Status } = Data.IoStatus;
  const opened = NT_SUCCESS(Status) && Status !== STATUS_REPARSE;
  if (opened && (Flags & FLTFL_POST_OPERATION_DRAINING) === 0) track(Objects);
  return FLT_POSTOP_FINISHED_PROCESSING;
});
const PreRead = PFLT_PRE_OPERATION_CALLBACK('ReferencesPreRead', (Data, Objects, Context) => {
  if (FLT_IS_FASTIO_OPERATION(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const word = out();
  if (!NT_SUCCESS(FltGetStreamContext(Objects.Instance, Objects.FileObject, word))) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  InterlockedIncrement(Globals.Found);
  Context.value = word.value;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});
const PostRead = PFLT_POST_OPERATION_CALLBACK('ReferencesPostRead', (_Data, _Objects, Context) => {
  holds(u32[Context >> 2] === ALIVE, 'the reference of Get keeps the context', Context);
  FltReleaseContext(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'References',
  contexts: [{
    ContextType: FLT_STREAM_CONTEXT, Size: 32, PoolTag: poolTag('Rref'),
    ContextCleanupCallback: Cleanup,
  }],
  operations: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
  finish() {
    for (const [what, count] of [['set', Globals.Set], ['found', Globals.Found],
      ['kept', Globals.Kept]] as const) holds(load(count) > 0, `some contexts are ${what}`);
  },
});
