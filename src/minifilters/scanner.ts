// scanner: looks into every file that is opened for reading or executing, and takes the open of an
// infected one back. The create is kept pending in its post-operation callback while a system
// thread reads the content below this filter; clean files are opened as if nobody had looked.
//
// What it shows: pending in a post-operation callback with a deferred work item, and doing the work
// in place where that is refused; reading with FltReadFile; FltCancelFileOpen; a stream context
// that remembers the verdict until somebody writes, or the file system forgets the stream.
import { DelayedWorkQueue, FILE_CREATED, FILE_OBJECT, FILE_OVERWRITTEN, FILE_SUPERSEDED,
  FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
  FLT_STREAM_CONTEXT, FO_VOLUME_OPEN, FltAllocateContext, FltAllocateDeferredIoWorkItem,
  FltAllocatePoolAlignedWithTag, FltCancelFileOpen, FltCompletePendedPostOperation,
  FltFreeDeferredIoWorkItem, FltFreePoolAlignedWithTag, FltGetStreamContext, FltIsDirectory,
  FltQueueDeferredIoWorkItem, FltReadFile, FltRegisterFilter, FltReleaseContext,
  FltSetStreamContext, FltStartFiltering, FltUnregisterFilter, IRP_MJ_CREATE, IRP_MJ_WRITE,
  InterlockedExchange, InterlockedIncrement, LARGE_INTEGER, NT_SUCCESS, NonPagedPool,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, RtlMoveMemory, STATUS_OPLOCK_BREAK_IN_PROGRESS,
  STATUS_REPARSE, STATUS_SUCCESS, STATUS_VIRUS_INFECTED, atomic, driverGlobals, fltRegistration,
  local, out, pointer, poolTag, struct, u8 } from '../fltKernel.ts';
import type { FltCallbackData, NTSTATUS, PDRIVER_OBJECT, PFILE_OBJECT, PFLT_DEFERRED_IO_WORKITEM,
  PFLT_FILTER, PFLT_INSTANCE } from '../fltKernel.ts';

/** In the load-order group FSFilter Anti-Virus. */
export const altitude = '328100';
export const description = 'scans what is opened and cancels the opens of infected files';

const TAG = poolTag('Scan');
const memory = u8;
/** What makes a file infected. */
const signature = Uint8Array.from('infected-by-fltlab', (c) => c.charCodeAt(0));
const CHUNK = 4096;
/** As far as a file is read. */
const SCAN_LIMIT = 64 * 1024;

// A stream is clean when Verdict is one more than Writes: the scan began after every write that has
// ended, and none has ended since. 0: it was never scanned.
const SCAN_CONTEXT = struct('SCAN_CONTEXT', { Writes: atomic(), Verdict: atomic() });
const LARGE = struct('SCAN_OFFSET', { Value: LARGE_INTEGER });

const Globals = driverGlobals('SCANNER_DATA', {
  Filter: pointer('FLT_FILTER'),
  /** Files read, opens cancelled, and scans that no worker could be given. */
  Scanned: atomic(),
  Infected: atomic(),
  InPlace: atomic(),
});

/** The context of the stream with a reference, made if need be; NULL without memory. <= APC. */
function obtainContext(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): number {
  const found = out();
  if (NT_SUCCESS(FltGetStreamContext(Instance, FileObject, found))) return found.value;
  const context = out();
  const size = SCAN_CONTEXT.size;
  const { Filter } = Globals;
  if (!NT_SUCCESS(FltAllocateContext(Filter, FLT_STREAM_CONTEXT, size, NonPagedPool, context))) {
    return 0;
  }
  const made = context.value;
  const { Writes, Verdict } = SCAN_CONTEXT.at(made);
  InterlockedExchange(Writes, 0);
  InterlockedExchange(Verdict, 0);
  const status =
    FltSetStreamContext(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, made, found);
  if (NT_SUCCESS(status)) return made;
  // Another thread was faster, or contexts are not supported here.
  FltReleaseContext(made);
  return found.value;
}

/** Whether the signature lies in some bytes. */
function contains(address: number, length: number): boolean {
  const last = address + length - signature.length;
  for (let at = address; at <= last; at++) {
    let n = 0;
    while (n < signature.length && memory[at + n] === signature[n]) n++;
    if (n === signature.length) return true;
  }
  return false;
}

/** Reads the beginning of a file below this instance and looks for the signature. PASSIVE_LEVEL. */
function isInfected(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): boolean {
  // The end of one chunk is kept in front of the next: the signature may lie across.
  const overlap = CHUNK;
  const buffer = FltAllocatePoolAlignedWithTag(Instance, NonPagedPool, overlap + CHUNK, TAG);
  if (buffer === 0) return false;
  const offset = local(LARGE);
  const read = out();
  let infected = false;
  let kept = 0;
  while (!infected && offset.Value < SCAN_LIMIT) {
    const status = FltReadFile(Instance, FileObject, offset, CHUNK, buffer + overlap,
      FLTFL_IO_OPERATION_DO_NOT_UPDATE_BYTE_OFFSET, read, 0, 0);
    // The end of the file, a locked range, a file system that is not asked twice: no verdict.
    if (!NT_SUCCESS(status) || read.value === 0) break;
    infected = contains(buffer + overlap - kept, kept + read.value);
    kept = Math.min(signature.length - 1, read.value);
    const end = buffer + overlap + read.value;
    RtlMoveMemory(buffer + overlap - kept, end - kept, kept);
    offset.Value += read.value;
  }
  FltFreePoolAlignedWithTag(Instance, buffer, TAG);
  return infected;
}

/** Scans the file of a create and settles the create's status. PASSIVE_LEVEL. */
function scan(Data: FltCallbackData, context: number): void {
  const { TargetInstance, TargetFileObject } = Data.Iopb;
  const { Writes, Verdict } = SCAN_CONTEXT.at(context);
  const writes = ReadAcquire(Writes);
  InterlockedIncrement(Globals.Scanned);
  if (isInfected(TargetInstance, TargetFileObject)) {
    InterlockedIncrement(Globals.Infected);
    // Below, the file is closed again; above, the create has failed (POST-18, POST-21).
    FltCancelFileOpen(TargetInstance, TargetFileObject);
    Data.IoStatus.Status = STATUS_VIRUS_INFECTED;
    Data.IoStatus.Information = 0;
  } else {
    InterlockedExchange(Verdict, (writes + 1) | 0);
  }
}

/** A system thread at PASSIVE_LEVEL; the create is ours until it is completed. */
const ScanWorker = PFLT_DEFERRED_IO_WORKITEM_ROUTINE(
  'ScanWorker',
  (FltWorkItem, Data, Context) => {
    scan(Data, Context);
    FltReleaseContext(Context);
    FltCompletePendedPostOperation(Data);
    FltFreeDeferredIoWorkItem(FltWorkItem as PFLT_DEFERRED_IO_WORKITEM);
  },
);

/** Hands a scan to a system thread; false when it has to be done here (PEND-11). */
function queueScan(Data: FltCallbackData, context: number): boolean {
  const item = FltAllocateDeferredIoWorkItem();
  if (item === 0) return false;
  const status = FltQueueDeferredIoWorkItem(item, Data, ScanWorker, DelayedWorkQueue, context);
  if (NT_SUCCESS(status)) return true;
  FltFreeDeferredIoWorkItem(item);
  return false;
}

/** Whether a create opened something whose content somebody may now read. */
function isWorthScanning(Data: FltCallbackData, FileObject: PFILE_OBJECT): boolean {
  const { Status, Information } = Data.IoStatus;
  // While an oplock breaks, a read would wait for its holder, and this opener asked not to wait.
  if (!NT_SUCCESS(Status) || Status === STATUS_REPARSE) return false;
  if (Status === STATUS_OPLOCK_BREAK_IN_PROGRESS) return false;
  const isNew = Information === FILE_CREATED || Information === FILE_OVERWRITTEN ||
    Information === FILE_SUPERSEDED;
  const file = FILE_OBJECT.at(FileObject);
  if (isNew || file.ReadAccess === 0 || file.Flags & FO_VOLUME_OPEN) return false;
  const isDirectory = out();
  const status = FltIsDirectory(FileObject, Data.Iopb.TargetInstance, isDirectory);
  return NT_SUCCESS(status) && (isDirectory.value & 0xff) === 0;
}

/** PASSIVE_LEVEL, the opening thread. */
const ScanPostCreate = PFLT_POST_OPERATION_CALLBACK(
  'ScanPostCreate',
  (Data, FltObjects, _CompletionContext, Flags) => {
    const { Instance, FileObject } = FltObjects;
    if (Flags & FLTFL_POST_OPERATION_DRAINING) return FLT_POSTOP_FINISHED_PROCESSING;
    if (!isWorthScanning(Data, FileObject)) return FLT_POSTOP_FINISHED_PROCESSING;
    const context = obtainContext(Instance, FileObject);
    if (context === 0) return FLT_POSTOP_FINISHED_PROCESSING;
    const { Writes, Verdict } = SCAN_CONTEXT.at(context);
    if (ReadAcquire(Verdict) === ((ReadAcquire(Writes) + 1) | 0)) {
      FltReleaseContext(context);
      return FLT_POSTOP_FINISHED_PROCESSING;
    }
    // The worker releases the context. It may be done before this callback has returned.
    if (queueScan(Data, context)) return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
    InterlockedIncrement(Globals.InPlace);
    scan(Data, context);
    FltReleaseContext(context);
    return FLT_POSTOP_FINISHED_PROCESSING;
  },
);

/** Contexts cannot be fetched at DISPATCH_LEVEL, so the write carries it along. <= APC_LEVEL. */
const ScanPreWrite = PFLT_PRE_OPERATION_CALLBACK(
  'ScanPreWrite',
  (_Data, FltObjects, CompletionContext) => {
    const context = obtainContext(FltObjects.Instance, FltObjects.FileObject);
    if (context === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
    CompletionContext.value = context;
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  },
);

/** Up to DISPATCH_LEVEL: the content has changed, whatever was known of it is old. */
const ScanPostWrite = PFLT_POST_OPERATION_CALLBACK(
  'ScanPostWrite',
  (_Data, _FltObjects, CompletionContext) => {
    InterlockedIncrement(SCAN_CONTEXT.at(CompletionContext).Writes);
    FltReleaseContext(CompletionContext);
    return FLT_POSTOP_FINISHED_PROCESSING;
  },
);

const ScanQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'ScanQueryTeardown',
  () => STATUS_SUCCESS,
);

const ScanUnload = PFLT_FILTER_UNLOAD_CALLBACK('ScanUnload', () => {
  // Waits for the scans that are under way.
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const FilterRegistration = fltRegistration({
  ContextRegistration: [
    { ContextType: FLT_STREAM_CONTEXT, Size: SCAN_CONTEXT.size, PoolTag: TAG },
  ],
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: ScanPostCreate },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: ScanPreWrite, PostOperation: ScanPostWrite },
  ],
  FilterUnloadCallback: ScanUnload,
  InstanceQueryTeardownCallback: ScanQueryTeardown,
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
