// A filter that owns the oplocks of the only file of its volume, as a filter with files of its own
// does: it answers oplock controls itself and asks before everything that breaks oplocks, by turns
// with a wait-complete routine, and by sleeping in the call. It keeps count: every operation that
// was parked goes on once. When it detaches, it ends the oplock first.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FILE_OPEN_REQUIRING_OPLOCK, FLT_IS_IRP_OPERATION,
  FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_POSTOP_FINISHED_PROCESSING, FltAcquirePushLockExclusive,
  FltAcquirePushLockShared, FltCheckOplockEx, FltCompletePendedPreOperation, FltInitializeOplock,
  FltInitializePushLock, FltOplockFsctrl, FltOplockIsSharedRequest, FltRegisterFilter,
  FltReleasePushLock, FltStartFiltering, FltUninitializeOplock, FltUnregisterFilter,
  FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_OPLOCK_BREAK_ACK_NO_2,
  FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK,
  FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2,
  IRP_MJ_CLEANUP, IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE,
  InterlockedExchange, InterlockedIncrement, KeBugCheckEx, NT_SUCCESS, NonPagedPool,
  OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
  PFLTOPLOCK_WAIT_COMPLETE_ROUTINE, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_INSTANCE_SETUP_CALLBACK,
  PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_SUCCESS, ULONG, atomic, driverGlobals, fltRegistration, out, pointer, poolTag, struct,
  u32 } from '../../src/fltKernel.ts';
import { OWNER } from './oplock-owner-words.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';
import type { FltCallbackData } from '../../src/image/role.ts';

const TAG = poolTag('OpOw');
const controls: readonly number[] = [FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK,
  FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACK_NO_2,
  FSCTL_OPLOCK_BREAK_NOTIFY];

const Globals = driverGlobals('OWNER_DATA', {
  Filter: pointer('FLT_FILTER'),
  Lock: atomic(),
  /** The oplock has ended and must not begin again. */
  Stopping: ULONG,
  Seen: atomic(),
});

/**
 * Goes with a check: who comes second, the return of the check or the end of the wait, frees it.
 */
const TICKET = struct('OWNER_TICKET', { State: atomic(), Ended: ULONG });
const WAITED = 1;
const RETURNED = 2;

const WaitComplete = PFLTOPLOCK_WAIT_COMPLETE_ROUTINE('OwnerWaitComplete', (Data, Context) => {
  InterlockedIncrement(OWNER.resumed);
  const ticket = TICKET.at(Context);
  if (ticket.Ended !== 0) {
    KeBugCheckEx(0xe2, Context, 0, 0, 0, 'an operation that waited for an oplock went on twice');
  }
  ticket.Ended = 1;
  const failed = !NT_SUCCESS(Data.IoStatus.Status);
  if (failed) InterlockedIncrement(OWNER.cancelled);
  const before = InterlockedExchange(ticket.State, WAITED);
  if (before === RETURNED) ExFreePoolWithTag(Context, TAG);
  else InterlockedIncrement(OWNER.early);
  const answer = failed ? FLT_PREOP_COMPLETE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
  FltCompletePendedPreOperation(Data, answer, 0);
});

const PrePost = PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE('OwnerPrePost', () => {
  InterlockedIncrement(OWNER.parked);
});

function checkAndPark(Data: FltCallbackData): number {
  const at = ExAllocatePoolWithTag(NonPagedPool, TICKET.size, TAG);
  u32.fill(0, at >> 2, (at + TICKET.size) >> 2);
  const answer = FltCheckOplockEx(OWNER.oplock, Data, 0, at, WaitComplete, PrePost);
  // When it is pending, the operation may have gone on by now; only the ticket is still ours.
  const waits = answer === FLT_PREOP_PENDING;
  if (!waits || InterlockedExchange(TICKET.at(at).State, RETURNED) === WAITED) {
    ExFreePoolWithTag(at, TAG);
  }
  return answer;
}

function checkAndSleep(Data: FltCallbackData): number {
  const answer = FltCheckOplockEx(OWNER.oplock, Data, 0, 0, 0, 0);
  if (answer === FLT_PREOP_PENDING) {
    KeBugCheckEx(0xe2, 0, 0, 0, 0, 'a check without a wait-complete routine returned PENDING');
  }
  if (answer === FLT_PREOP_COMPLETE) InterlockedIncrement(OWNER.refused);
  return answer;
}

/** A request must not be granted any more when the oplock has ended. */
function control(Data: FltCallbackData, openCount: number): number {
  FltAcquirePushLockShared(Globals.Lock);
  const answer = Globals.Stopping === 0 ? FltOplockFsctrl(OWNER.oplock, Data, openCount)
    : FLT_PREOP_SUCCESS_NO_CALLBACK;
  FltReleasePushLock(Globals.Lock);
  return answer;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('OwnerPre', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  const { MajorFunction, Parameters } = Data.Iopb;
  if (MajorFunction === IRP_MJ_FILE_SYSTEM_CONTROL) {
    const code = Parameters.FileSystemControl.Common.FsControlCode;
    if (!controls.includes(code)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
    return control(Data, FltOplockIsSharedRequest(Data) ? 0 : 1);
  }
  const turn = InterlockedIncrement(Globals.Seen);
  const answer = turn % 2 === 0 ? checkAndPark(Data) : checkAndSleep(Data);
  const promises = MajorFunction === IRP_MJ_CREATE && answer === FLT_PREOP_SUCCESS_WITH_CALLBACK &&
    (Parameters.Create.Options & FILE_OPEN_REQUIRING_OPLOCK) !== 0;
  if (!promises) return answer;
  return control(Data, 1) === FLT_PREOP_COMPLETE && !NT_SUCCESS(Data.IoStatus.Status)
    ? FLT_PREOP_COMPLETE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const Post = PFLT_POST_OPERATION_CALLBACK('OwnerPost', (Data) => {
  const { MajorFunction, Parameters } = Data.Iopb;
  if (MajorFunction === IRP_MJ_CREATE && !NT_SUCCESS(Data.IoStatus.Status) &&
    (Parameters.Create.Options & FILE_OPEN_REQUIRING_OPLOCK) !== 0) {
    InterlockedIncrement(OWNER.backedOut);
    FltCheckOplockEx(OWNER.oplock, Data, OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, 0, 0, 0);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

const Setup = PFLT_INSTANCE_SETUP_CALLBACK('OwnerSetup', () => {
  FltInitializeOplock(OWNER.oplock);
  Globals.Stopping = 0;
  return STATUS_SUCCESS;
});
const TeardownStart = PFLT_INSTANCE_TEARDOWN_CALLBACK('OwnerTeardownStart', () => {
  FltAcquirePushLockExclusive(Globals.Lock);
  Globals.Stopping = 1;
  FltReleasePushLock(Globals.Lock);
  FltUninitializeOplock(OWNER.oplock);
});
const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('OwnerQuery', () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('OwnerUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const majors = [IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_CLEANUP,
  IRP_MJ_FILE_SYSTEM_CONTROL];
const Registration = fltRegistration({
  OperationRegistration: majors.map((MajorFunction) => ({
    MajorFunction, PreOperation: Pre, PostOperation: Post,
  })),
  InstanceSetupCallback: Setup,
  InstanceTeardownStartCallback: TeardownStart,
  InstanceQueryTeardownCallback: QueryTeardown,
  FilterUnloadCallback: Unload,
});

/** Registers and starts. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  FltInitializePushLock(Globals.Lock);
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}
