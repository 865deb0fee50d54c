// ctx: a context tracker. It hangs a context on every instance it has, on every stream that is
// opened and on every open (stream-handle context), counts in them what happens there, and lets
// them go as the rules say.
//
// What it shows: who owns which reference. FltAllocateContext gives one reference, FltGetXxxContext
// another; each is released once. The Filter Manager keeps one of its own from a successful Set
// until the object goes. A driver that forgets a release cannot be unloaded.
import { FLTFL_POST_OPERATION_DRAINING, FLT_INSTANCE_CONTEXT, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
  FLT_STREAMHANDLE_CONTEXT, FLT_STREAM_CONTEXT, FltAllocateContext, FltGetInstanceContext,
  FltGetStreamContext, FltGetStreamHandleContext, FltRegisterFilter, FltReleaseContext,
  FltSetInstanceContext, FltSetStreamContext, FltSetStreamHandleContext, FltStartFiltering,
  FltUnregisterFilter, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE,
  InterlockedDecrement, InterlockedExchangeAdd, InterlockedIncrement, NT_SUCCESS, NonPagedPool,
  PFLT_CONTEXT_CLEANUP_CALLBACK, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_INSTANCE_SETUP_CALLBACK,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, RtlZeroMemory, STATUS_REPARSE,
  STATUS_SUCCESS, atomic, driverGlobals, fltRegistration, out, pointer, poolTag,
  struct } from '../fltKernel.ts';
import type { FltRelatedObjects, NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../fltKernel.ts';

/** In the load-order group FSFilter Activity Monitor. */
export const altitude = '365000';
export const description = 'keeps and counts in contexts of instances, streams and open files';

const TAG = poolTag('CtxT');

// Counters that several threads change at once are atomic: a view shows their address, and the
// Interlocked routines take it.
const CTX_INSTANCE_CONTEXT = struct('CTX_INSTANCE_CONTEXT', { Opens: atomic(), Closes: atomic() });
const CTX_STREAM_CONTEXT = struct('CTX_STREAM_CONTEXT', {
  Opens: atomic(),
  Reads: atomic(),
  Writes: atomic(),
  Cleanups: atomic(),
});
const CTX_HANDLE_CONTEXT = struct('CTX_HANDLE_CONTEXT', {
  Transfers: atomic(),
  /** Modulo 4 GiB. */
  Bytes: atomic(),
});

const Globals = driverGlobals('CTX_DATA', {
  Filter: pointer('FLT_FILTER'),
  /** Contexts that exist; 0 after unload. */
  InstanceContexts: atomic(),
  StreamContexts: atomic(),
  HandleContexts: atomic(),
});

/** A kind of context that hangs on a file. */
interface Kind {
  readonly type: number;
  readonly size: number;
  readonly alive: number;
  readonly get: typeof FltGetStreamContext;
  readonly set: typeof FltSetStreamContext;
}
const streams: Kind = {
  type: FLT_STREAM_CONTEXT,
  size: CTX_STREAM_CONTEXT.size,
  alive: Globals.StreamContexts,
  get: FltGetStreamContext,
  set: FltSetStreamContext,
};
const handles: Kind = {
  type: FLT_STREAMHANDLE_CONTEXT,
  size: CTX_HANDLE_CONTEXT.size,
  alive: Globals.HandleContexts,
  get: FltGetStreamHandleContext,
  set: FltSetStreamHandleContext,
};

/** The context that is there, with a reference of the caller's; NULL when there is none. */
function find(kind: Kind, FltObjects: FltRelatedObjects): number {
  const found = out();
  kind.get(FltObjects.Instance, FltObjects.FileObject, found);
  return found.value;
}

/** A new context with one reference; NULL when there is no memory. What it holds is old (CTX-6). */
function allocate(filter: PFLT_FILTER, type: number, size: number, alive: number): number {
  const made = out();
  if (!NT_SUCCESS(FltAllocateContext(filter, type, size, NonPagedPool, made))) return 0;
  RtlZeroMemory(made.value, size);
  InterlockedIncrement(alive);
  return made.value;
}

/** The context that is there, or a new one; the caller releases it. <= APC_LEVEL. */
function obtain(kind: Kind, FltObjects: FltRelatedObjects): number {
  const found = find(kind, FltObjects);
  if (found !== 0) return found;
  const made = allocate(FltObjects.Filter, kind.type, kind.size, kind.alive);
  if (made === 0) return 0;
  const { Instance, FileObject } = FltObjects;
  const existing = out();
  const status = kind.set(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, made, existing);
  if (NT_SUCCESS(status)) return made;
  // Another thread was faster (its context comes with a reference for us), or contexts are not
  // supported here (NULL). Ours is not needed: this release is the last, and frees it.
  FltReleaseContext(made);
  return existing.value;
}

const CtxCleanup = PFLT_CONTEXT_CLEANUP_CALLBACK('CtxCleanup', (_Context, ContextType) => {
  if (ContextType === FLT_INSTANCE_CONTEXT) InterlockedDecrement(Globals.InstanceContexts);
  else if (ContextType === FLT_STREAM_CONTEXT) InterlockedDecrement(Globals.StreamContexts);
  else InterlockedDecrement(Globals.HandleContexts);
});

const CtxInstanceSetup = PFLT_INSTANCE_SETUP_CALLBACK('CtxInstanceSetup', (FltObjects) => {
  const { Filter, Instance } = FltObjects;
  const size = CTX_INSTANCE_CONTEXT.size;
  const context = allocate(Filter, FLT_INSTANCE_CONTEXT, size, Globals.InstanceContexts);
  if (context !== 0) {
    FltSetInstanceContext(Instance, FLT_SET_CONTEXT_KEEP_IF_EXISTS, context, 0);
    // Set or not: the reference from the allocation is ours to release (CTX-7).
    FltReleaseContext(context);
  }
  return STATUS_SUCCESS;
});

function countOnInstance(FltObjects: FltRelatedObjects, member: 'Opens' | 'Closes'): void {
  const context = out();
  if (!NT_SUCCESS(FltGetInstanceContext(FltObjects.Instance, context))) return;
  InterlockedIncrement(CTX_INSTANCE_CONTEXT.at(context.value)[member]);
  FltReleaseContext(context.value);
}

/** PASSIVE_LEVEL, the opening thread. Before this the file has no place for contexts (CTX-9). */
const CtxPostCreate = PFLT_POST_OPERATION_CALLBACK(
  'CtxPostCreate',
  (Data, FltObjects, _CompletionContext, Flags) => {
    const { Status } = Data.IoStatus;
    const opened = NT_SUCCESS(Status) && Status !== STATUS_REPARSE;
    if (!opened || Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
    countOnInstance(FltObjects, 'Opens');
    const stream = obtain(streams, FltObjects);
    if (stream !== 0) {
      InterlockedIncrement(CTX_STREAM_CONTEXT.at(stream).Opens);
      FltReleaseContext(stream);
    }
    const handle = obtain(handles, FltObjects);
    if (handle !== 0) FltReleaseContext(handle);
    return FLT_POSTOP_FINISHED_PROCESSING;
  },
);

/** Contexts cannot be fetched at DISPATCH_LEVEL: they are fetched here and handed on (POST-5). */
const CtxPreTransfer = PFLT_PRE_OPERATION_CALLBACK(
  'CtxPreTransfer',
  (Data, FltObjects, CompletionContext) => {
    const stream = find(streams, FltObjects);
    if (stream !== 0) {
      const { Reads, Writes } = CTX_STREAM_CONTEXT.at(stream);
      InterlockedIncrement(Data.Iopb.MajorFunction === IRP_MJ_READ ? Reads : Writes);
      FltReleaseContext(stream);
    }
    const handle = find(handles, FltObjects);
    if (handle === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
    // The reference goes with the operation.
    CompletionContext.value = handle;
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  },
);

/** Up to DISPATCH_LEVEL, draining or not: the reference is released in every case. */
const CtxPostTransfer = PFLT_POST_OPERATION_CALLBACK(
  'CtxPostTransfer',
  (Data, _FltObjects, CompletionContext, Flags) => {
    if (!(Flags & FLTFL_POST_OPERATION_DRAINING) && NT_SUCCESS(Data.IoStatus.Status)) {
      const { Transfers, Bytes } = CTX_HANDLE_CONTEXT.at(CompletionContext);
      InterlockedIncrement(Transfers);
      InterlockedExchangeAdd(Bytes, Data.IoStatus.Information);
    }
    FltReleaseContext(CompletionContext);
    return FLT_POSTOP_FINISHED_PROCESSING;
  },
);

const CtxPreCleanup = PFLT_PRE_OPERATION_CALLBACK('CtxPreCleanup', (_Data, FltObjects) => {
  const stream = find(streams, FltObjects);
  if (stream !== 0) {
    InterlockedIncrement(CTX_STREAM_CONTEXT.at(stream).Cleanups);
    FltReleaseContext(stream);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const CtxPreClose = PFLT_PRE_OPERATION_CALLBACK('CtxPreClose', (_Data, FltObjects) => {
  countOnInstance(FltObjects, 'Closes');
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const CtxQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'CtxQueryTeardown',
  () => STATUS_SUCCESS,
);

const CtxUnload = PFLT_FILTER_UNLOAD_CALLBACK('CtxUnload', () => {
  // Deletes every context that is set; waits for those that somebody still has a reference to.
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const context = { ContextCleanupCallback: CtxCleanup, PoolTag: TAG };
const FilterRegistration = fltRegistration({
  ContextRegistration: [
    { ContextType: FLT_INSTANCE_CONTEXT, Size: CTX_INSTANCE_CONTEXT.size, ...context },
    { ContextType: FLT_STREAM_CONTEXT, Size: CTX_STREAM_CONTEXT.size, ...context },
    { ContextType: FLT_STREAMHANDLE_CONTEXT, Size: CTX_HANDLE_CONTEXT.size, ...context },
  ],
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: CtxPostCreate },
    { MajorFunction: IRP_MJ_READ, PreOperation: CtxPreTransfer, PostOperation: CtxPostTransfer },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: CtxPreTransfer, PostOperation: CtxPostTransfer },
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: CtxPreCleanup },
    { MajorFunction: IRP_MJ_CLOSE, PreOperation: CtxPreClose },
  ],
  FilterUnloadCallback: CtxUnload,
  InstanceSetupCallback: CtxInstanceSetup,
  InstanceQueryTeardownCallback: CtxQueryTeardown,
});

/** Called once, in one thread, when the driver is loaded. PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  let status = FltRegisterFilter(DriverObject, FilterRegistration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;

  status = FltStartFiltering(Globals.Filter);
  if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
  return status;
}
