// minispy: an activity monitor. It notes every operation on the way down, completes the note on the
// way up, and puts it into a log that the host reads while the machine runs (minispy-log.ts).
//
// What it shows: a completion context carried from the pre- to the post-operation callback, exactly
// one of each; work at DISPATCH_LEVEL with nonpaged memory only; a log without locks, in which
// nobody ever waits.
import { ExAllocateFromNPagedLookasideList, ExDeleteNPagedLookasideList,
  ExFreeToNPagedLookasideList, ExInitializeNPagedLookasideList, FLTFL_POST_OPERATION_DRAINING,
  FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_OPENED, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FltGetFileNameInformation, FltGetRequestorProcessId, FltRegisterFilter,
  FltReleaseFileNameInformation, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_ACQUIRE_FOR_CC_FLUSH, IRP_MJ_ACQUIRE_FOR_MOD_WRITE,
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL, IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_LOCK_CONTROL, IRP_MJ_MDL_READ, IRP_MJ_MDL_READ_COMPLETE, IRP_MJ_MDL_WRITE_COMPLETE,
  IRP_MJ_NETWORK_QUERY_OPEN, IRP_MJ_PNP, IRP_MJ_PREPARE_MDL_WRITE, IRP_MJ_QUERY_EA,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_OPEN, IRP_MJ_QUERY_QUOTA, IRP_MJ_QUERY_SECURITY,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_RELEASE_FOR_CC_FLUSH,
  IRP_MJ_RELEASE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_SET_EA,
  IRP_MJ_SET_INFORMATION, IRP_MJ_SET_QUOTA, IRP_MJ_SET_SECURITY, IRP_MJ_SET_VOLUME_INFORMATION,
  IRP_MJ_SHUTDOWN, IRP_MJ_SYSTEM_CONTROL, IRP_MJ_VOLUME_DISMOUNT, IRP_MJ_VOLUME_MOUNT,
  IRP_MJ_WRITE, InterlockedCompareExchange, InterlockedIncrement, KeGetCurrentIrql,
  KeQuerySystemTime, NPAGED_LOOKASIDE_LIST, NT_SUCCESS, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentThreadId, PsGetThreadId, ReadAcquire, RtlCopyMemory,
  STATUS_FLT_POST_OPERATION_CLEANUP, STATUS_SUCCESS, WriteRelease, driverGlobals, fltRegistration,
  out, pointer, poolTag } from '../fltKernel.ts';
import { MINISPY_CAPACITY, MINISPY_LOG, MINISPY_NAME_UNITS, MINISPY_NO_POST, MINISPY_RECORD,
  MINISPY_SIGNATURE } from './minispy-log.ts';
import type { FltCallbackData, NTSTATUS, PDRIVER_OBJECT, PFLT_FILE_NAME_INFORMATION, PFLT_FILTER,
  View } from '../fltKernel.ts';

/** In the load-order group FSFilter Activity Monitor. */
export const altitude = '385100';
export const description = 'records every operation and streams the records to the host';

type Record = View<typeof MINISPY_RECORD>;

const TAG = poolTag('MSpy');
const TIMES = MINISPY_RECORD.offsets;

const Globals = driverGlobals('MINISPY_DATA', {
  /** First, so that the host finds it at the beginning of the driver's memory. */
  Log: MINISPY_LOG,
  Filter: pointer('FLT_FILTER'),
  /** Records of operations that are under way. */
  UnderWay: NPAGED_LOOKASIDE_LIST,
});

function now(record: Record, member: 'StartTime' | 'EndTime'): void {
  KeQuerySystemTime(record.address + (TIMES[member] ?? 0));
}

/** Notes the end of a name. The name is in paged pool, so this belongs into the pre-op. */
function noteName(record: Record, Data: FltCallbackData): void {
  record.NameLength = 0;
  const name = out<PFLT_FILE_NAME_INFORMATION>();
  const options = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT;
  // Refused where the file system must not be asked now, for example in paging I/O: no name then.
  if (!NT_SUCCESS(FltGetFileNameInformation(Data, options, name))) return;
  const { Name } = FLT_FILE_NAME_INFORMATION.at(name.value);
  const length = Math.min(Name.Length, MINISPY_NAME_UNITS * 2);
  RtlCopyMemory(record.Name, Name.Buffer + Name.Length - length, length);
  record.NameLength = length;
  FltReleaseFileNameInformation(name.value);
}

function noteBegin(record: Record, Data: FltCallbackData): void {
  const { Iopb } = Data;
  record.Sequence = InterlockedIncrement(Globals.Log.Sequence);
  record.MajorFunction = Iopb.MajorFunction;
  record.MinorFunction = Iopb.MinorFunction;
  record.OperationFlags = Iopb.OperationFlags;
  record.RequestorMode = Data.RequestorMode;
  record.Flags = Data.Flags;
  record.IrpFlags = Iopb.IrpFlags;
  record.Status = STATUS_SUCCESS;
  record.Information = 0;
  record.ProcessId = FltGetRequestorProcessId(Data);
  record.ThreadId = Data.Thread === 0 ? 0 : PsGetThreadId(Data.Thread);
  record.FileObject = Iopb.TargetFileObject;
  record.IrqlPre = KeGetCurrentIrql();
  record.IrqlPost = MINISPY_NO_POST;
  record.CompletionThreadId = 0;
  now(record, 'StartTime');
  noteName(record, Data);
}

/** Puts a finished record into the log, or counts it as lost; gives its memory back. Any IRQL. */
function log(record: Record): void {
  const { Log } = Globals;
  now(record, 'EndTime');
  for (;;) {
    const head = ReadAcquire(Log.Head);
    if (((head - ReadAcquire(Log.Tail)) | 0) >= MINISPY_CAPACITY) {
      InterlockedIncrement(Log.Lost);
      break;
    }
    // Another thread may have claimed the slot meanwhile; then the next one is tried.
    if (InterlockedCompareExchange(Log.Head, (head + 1) | 0, head) !== head) continue;
    const slot = Log.Records + (head & (MINISPY_CAPACITY - 1)) * MINISPY_RECORD.size;
    // All but the Ready word, which tells the host that the rest is there.
    RtlCopyMemory(slot + 4, record.address + 4, MINISPY_RECORD.size - 4);
    WriteRelease(slot, (head + 1) | 0);
    break;
  }
  ExFreeToNPagedLookasideList(Globals.UnderWay, record);
}

/** <= APC_LEVEL. */
const SpyPre = PFLT_PRE_OPERATION_CALLBACK('SpyPre', (Data, _FltObjects, CompletionContext) => {
  const entry = ExAllocateFromNPagedLookasideList(Globals.UnderWay);
  if (entry === 0) {
    InterlockedIncrement(Globals.Log.Lost);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const record = MINISPY_RECORD.at(entry);
  noteBegin(record, Data);
  if (Data.Iopb.MajorFunction === IRP_MJ_SHUTDOWN) {
    // A shutdown has no post-operation callback: its record is finished now.
    log(record);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  CompletionContext.value = record;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

/** Up to DISPATCH_LEVEL, any thread: the record is nonpaged, and nothing here waits. */
const SpyPost = PFLT_POST_OPERATION_CALLBACK('SpyPost', (Data, _FltObjects, Context, Flags) => {
  const record = MINISPY_RECORD.at(Context);
  if (Flags & FLTFL_POST_OPERATION_DRAINING) {
    // The instance goes while the operation is still under way; how it ends nobody will tell.
    record.Status = STATUS_FLT_POST_OPERATION_CLEANUP;
  } else {
    record.Status = Data.IoStatus.Status;
    record.Information = Data.IoStatus.Information;
  }
  record.IrqlPost = KeGetCurrentIrql();
  record.CompletionThreadId = PsGetCurrentThreadId();
  log(record);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const everyOperation = [
  IRP_MJ_CREATE, IRP_MJ_CLOSE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_SET_INFORMATION, IRP_MJ_QUERY_EA, IRP_MJ_SET_EA, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_VOLUME_INFORMATION, IRP_MJ_DIRECTORY_CONTROL,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_LOCK_CONTROL, IRP_MJ_CLEANUP, IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY,
  IRP_MJ_QUERY_QUOTA, IRP_MJ_SET_QUOTA, IRP_MJ_PNP, IRP_MJ_SYSTEM_CONTROL,
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION,
  IRP_MJ_ACQUIRE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_MOD_WRITE, IRP_MJ_ACQUIRE_FOR_CC_FLUSH,
  IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_MJ_QUERY_OPEN, IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE,
  IRP_MJ_NETWORK_QUERY_OPEN, IRP_MJ_MDL_READ, IRP_MJ_MDL_READ_COMPLETE, IRP_MJ_PREPARE_MDL_WRITE,
  IRP_MJ_MDL_WRITE_COMPLETE, IRP_MJ_VOLUME_MOUNT, IRP_MJ_VOLUME_DISMOUNT,
];

const SpyQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'SpyQueryTeardown',
  () => STATUS_SUCCESS,
);

const SpyUnload = PFLT_FILTER_UNLOAD_CALLBACK('SpyUnload', () => {
  // Returns when every post-operation callback has run: no record is under way any more.
  FltUnregisterFilter(Globals.Filter);
  ExDeleteNPagedLookasideList(Globals.UnderWay);
  return STATUS_SUCCESS;
});

const FilterRegistration = fltRegistration({
  OperationRegistration: [
    ...everyOperation.map((MajorFunction) => ({
      MajorFunction,
      PreOperation: SpyPre,
      PostOperation: SpyPost,
    })),
    { MajorFunction: IRP_MJ_SHUTDOWN, PreOperation: SpyPre },
  ],
  FilterUnloadCallback: SpyUnload,
  InstanceQueryTeardownCallback: SpyQueryTeardown,
});

/** Called once, in one thread, when the driver is loaded. PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const { Log } = Globals;
  Log.RecordSize = MINISPY_RECORD.size;
  Log.Capacity = MINISPY_CAPACITY;
  Log.Signature = MINISPY_SIGNATURE;
  ExInitializeNPagedLookasideList(Globals.UnderWay, 0, 0, 0, MINISPY_RECORD.size, TAG, 0);

  const filter = out<PFLT_FILTER>();
  let status = FltRegisterFilter(DriverObject, FilterRegistration, filter);
  if (NT_SUCCESS(status)) {
    Globals.Filter = filter.value;
    status = FltStartFiltering(Globals.Filter);
    if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
  }
  if (!NT_SUCCESS(status)) ExDeleteNPagedLookasideList(Globals.UnderWay);
  return status;
}
