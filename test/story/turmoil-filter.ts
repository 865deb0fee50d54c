// A filter that does everything a filter may do with an operation, in turn: pass it, synchronise
// it, pend it on the way down, pend it on the way up, complete safely. Each operation that it
// keeps track of carries a box from its pool; a box is made and opened exactly once.
import { DelayedWorkQueue, ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_POST_OPERATION_DRAINING,
  FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED,
  FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLT_PREOP_SYNCHRONIZE, FltAllocateDeferredIoWorkItem, FltCompletePendedPostOperation,
  FltCompletePendedPreOperation, FltDoCompletionProcessingWhenSafe, FltFreeDeferredIoWorkItem,
  FltQueueDeferredIoWorkItem, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE, InterlockedDecrement,
  InterlockedIncrement, KeBugCheckEx, NT_SUCCESS, NonPagedPool, PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, ULONG, atomic, driverGlobals, fltRegistration, out,
  pointer, poolTag, struct } from '../../src/fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';
import type { FltCallbackData } from '../../src/image/role.ts';

export const altitude = '325000.7';
export const description = 'keeps, pends, synchronises and completes operations in turn';

const TAG = poolTag('Turm');
const MAGIC = 0x7e57b0c5;
const BOX = struct('TURMOIL_BOX', { Magic: ULONG, Kind: ULONG });
const Globals = driverGlobals('TURMOIL_DATA', {
  Filter: pointer('FLT_FILTER'),
  Seen: atomic(),
  /** Boxes that are out: zero when nothing is under way. */
  Boxes: atomic(),
});

function makeBox(kind: number): number {
  const at = ExAllocatePoolWithTag(NonPagedPool, BOX.size, TAG);
  if (at === 0) return 0;
  const box = BOX.at(at);
  box.Magic = MAGIC;
  box.Kind = kind;
  InterlockedIncrement(Globals.Boxes);
  return at;
}

/** Opens a box: a second delivery of the same context finds no magic in it. */
function openBox(at: number): number {
  const box = BOX.at(at);
  if (box.Magic !== MAGIC) {
    KeBugCheckEx(0xe2, at, box.Magic, 0, 0, 'a completion context was delivered twice');
  }
  const kind = box.Kind;
  box.Magic = 0;
  InterlockedDecrement(Globals.Boxes);
  ExFreePoolWithTag(at, TAG);
  return kind;
}

const PreWork = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('TurmoilPreWork', (FltWorkItem, Data, Context) => {
  FltFreeDeferredIoWorkItem(FltWorkItem);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_WITH_CALLBACK, Context);
});

const PostWork = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('TurmoilPostWork', (FltWorkItem, Data, Context) => {
  openBox(Context);
  FltFreeDeferredIoWorkItem(FltWorkItem);
  FltCompletePendedPostOperation(Data);
});

/** Queues a deferred work item; false leaves everything with the caller (PEND-11). */
function defer(Data: FltCallbackData, routine: typeof PreWork, context: number): boolean {
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return false;
  const status = FltQueueDeferredIoWorkItem(item, Data, routine, DelayedWorkQueue, context);
  if (!NT_SUCCESS(status)) FltFreeDeferredIoWorkItem(item);
  return NT_SUCCESS(status);
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('TurmoilPre', (Data, _FltObjects, CompletionContext) => {
  const kind = InterlockedIncrement(Globals.Seen) % 6;
  if (kind === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const box = makeBox(kind);
  if (kind === 1 && FLT_IS_IRP_OPERATION(Data) && defer(Data, PreWork, box)) {
    return FLT_PREOP_PENDING;
  }
  CompletionContext.value = box;
  return kind === 2 ? FLT_PREOP_SYNCHRONIZE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const SafePost = PFLT_POST_OPERATION_CALLBACK('TurmoilSafePost', (_Data, _Objects, Context) => {
  openBox(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const Post = PFLT_POST_OPERATION_CALLBACK('TurmoilPost', (Data, FltObjects, Context, Flags) => {
  const isDraining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  const kind = isDraining || !FLT_IS_IRP_OPERATION(Data) ? 0 : BOX.at(Context).Kind;
  if (kind === 3 && defer(Data, PostWork, Context)) return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
  if (kind === 4) {
    const status = out();
    if (FltDoCompletionProcessingWhenSafe(Data, FltObjects, Context, Flags, SafePost, status)) {
      return status.value;
    }
  }
  openBox(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('TurmoilUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('TurmoilQuery', () => STATUS_SUCCESS);

const majors = [IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE];
const Registration = fltRegistration({
  OperationRegistration: majors.map((MajorFunction) => ({
    MajorFunction, PreOperation: Pre, PostOperation: Post,
  })),
  FilterUnloadCallback: Unload,
  InstanceQueryTeardownCallback: QueryTeardown,
});

/** Registers and starts. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}
