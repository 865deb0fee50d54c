// A filter that owns the oplock of the only file: requests and acknowledgements go to the oplock,
// which ends with the instance.
import { FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_OPLOCK_BREAK_ACK_NO_2,
  FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK,
  FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2,
  FltInitializeOplock, FltOplockFsctrl, FltOplockIsSharedRequest, FltUninitializeOplock,
  IRP_MJ_CLEANUP, IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_SET_INFORMATION, IRP_MJ_WRITE,
  PFLT_INSTANCE_SETUP_CALLBACK, PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, ULONG, atomic, driverGlobals, pointer } from
  '../../fltKernel.ts';
import { driver } from './driver.ts';
import type { NTSTATUS, PDRIVER_OBJECT } from '../../fltKernel.ts';

const controls: ReadonlySet<number> = new Set([FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK,
  FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACK_NO_2,
  FSCTL_OPLOCK_BREAK_NOTIFY]);

export const Globals = driverGlobals('OWNER_DATA', {
  Filter: pointer('FLT_FILTER'), Oplock: atomic(), Hits: atomic(), CachedSize: ULONG,
});

const PreControl = PFLT_PRE_OPERATION_CALLBACK('OwnerPreControl', (Data) => {
  const code = Data.Iopb.Parameters.FileSystemControl.Common.FsControlCode;
  if (!FLT_IS_IRP_OPERATION(Data) || !controls.has(code)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  return FltOplockFsctrl(Globals.Oplock, Data, FltOplockIsSharedRequest(Data) ? 0 : 1);
});

const Post = PFLT_POST_OPERATION_CALLBACK('OwnerPost', () => FLT_POSTOP_FINISHED_PROCESSING);

const Setup = PFLT_INSTANCE_SETUP_CALLBACK('OwnerSetup', () => {
  FltInitializeOplock(Globals.Oplock);
  return STATUS_SUCCESS;
});
const TeardownStart = PFLT_INSTANCE_TEARDOWN_CALLBACK('OwnerTeardownStart', () => {
  FltUninitializeOplock(Globals.Oplock);
});

const broken = [IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_CLEANUP, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_SET_INFORMATION, IRP_MJ_LOCK_CONTROL];

/** A filter that owns the oplock and calls `PreOther` for what breaks it. */
export function ownerDriver(
  PreOther: ReturnType<typeof PFLT_PRE_OPERATION_CALLBACK>,
): (DriverObject: PDRIVER_OBJECT) => NTSTATUS {
  return driver(Globals, {
    OperationRegistration: [
      { MajorFunction: IRP_MJ_FILE_SYSTEM_CONTROL, PreOperation: PreControl },
      ...broken.map((MajorFunction) => ({ MajorFunction, PreOperation: PreOther,
        PostOperation: Post })),
    ],
    InstanceSetupCallback: Setup,
    InstanceTeardownStartCallback: TeardownStart,
  });
}
