// pass-through: a pre- and a post-operation callback for every operation there is, which let
// everything by unchanged. Copy it when a filter has to look at something: take out the rows of
// the table that it does not need, since every callback is a call per operation.
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_ACQUIRE_FOR_CC_FLUSH, IRP_MJ_ACQUIRE_FOR_MOD_WRITE,
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE,
  IRP_MJ_CREATE_MAILSLOT, IRP_MJ_CREATE_NAMED_PIPE, IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL, IRP_MJ_MDL_READ,
  IRP_MJ_MDL_READ_COMPLETE, IRP_MJ_MDL_WRITE_COMPLETE, IRP_MJ_NETWORK_QUERY_OPEN, IRP_MJ_PNP,
  IRP_MJ_PREPARE_MDL_WRITE, IRP_MJ_QUERY_EA, IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_OPEN,
  IRP_MJ_QUERY_QUOTA, IRP_MJ_QUERY_SECURITY, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ,
  IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_MJ_RELEASE_FOR_MOD_WRITE,
  IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_SET_EA, IRP_MJ_SET_INFORMATION,
  IRP_MJ_SET_QUOTA, IRP_MJ_SET_SECURITY, IRP_MJ_SET_VOLUME_INFORMATION, IRP_MJ_SHUTDOWN,
  IRP_MJ_SYSTEM_CONTROL, IRP_MJ_VOLUME_DISMOUNT, IRP_MJ_VOLUME_MOUNT, IRP_MJ_WRITE, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_INSTANCE_SETUP_CALLBACK, PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, driverGlobals, fltRegistration, out,
  pointer } from '../fltKernel.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../fltKernel.ts';

/** In the load-order group FSFilter Activity Monitor. */
export const altitude = '370030';
export const description = 'has callbacks for every operation and changes nothing';

const Globals = driverGlobals('PASS_THROUGH_DATA', { Filter: pointer('FLT_FILTER') });

/** <= APC_LEVEL, the thread that asked for the operation unless a filter above pended it. */
const PassPre = PFLT_PRE_OPERATION_CALLBACK('PassPre', () => FLT_PREOP_SUCCESS_WITH_CALLBACK);

/** Up to DISPATCH_LEVEL, in any thread. */
const PassPost = PFLT_POST_OPERATION_CALLBACK('PassPost', () => FLT_POSTOP_FINISHED_PROCESSING);

/** Nothing comes back from a shutdown: a post-operation callback is refused there. */
const PassPreShutdown = PFLT_PRE_OPERATION_CALLBACK(
  'PassPreShutdown',
  () => FLT_PREOP_SUCCESS_NO_CALLBACK,
);

const everyOperation = [
  IRP_MJ_CREATE, IRP_MJ_CREATE_NAMED_PIPE, IRP_MJ_CLOSE, IRP_MJ_READ, IRP_MJ_WRITE,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_SET_INFORMATION, IRP_MJ_QUERY_EA, IRP_MJ_SET_EA,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_SET_VOLUME_INFORMATION,
  IRP_MJ_DIRECTORY_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL, IRP_MJ_CLEANUP, IRP_MJ_CREATE_MAILSLOT,
  IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_SECURITY, IRP_MJ_QUERY_QUOTA, IRP_MJ_SET_QUOTA, IRP_MJ_PNP,
  IRP_MJ_SYSTEM_CONTROL,
  // Calls between the memory manager, the cache manager and the file system: no IRP.
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION,
  IRP_MJ_ACQUIRE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_MOD_WRITE, IRP_MJ_ACQUIRE_FOR_CC_FLUSH,
  IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_MJ_QUERY_OPEN,
  // Fast I/O that has no IRP of its own.
  IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE, IRP_MJ_NETWORK_QUERY_OPEN, IRP_MJ_MDL_READ,
  IRP_MJ_MDL_READ_COMPLETE, IRP_MJ_PREPARE_MDL_WRITE, IRP_MJ_MDL_WRITE_COMPLETE,
  IRP_MJ_VOLUME_MOUNT, IRP_MJ_VOLUME_DISMOUNT,
];

/** Whether to attach to a volume: STATUS_FLT_DO_NOT_ATTACH would decline. PASSIVE_LEVEL. */
const PassSetup = PFLT_INSTANCE_SETUP_CALLBACK('PassSetup', () => STATUS_SUCCESS);

/** Whether a manual detach may go on. PASSIVE_LEVEL. */
const PassQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'PassQueryTeardown',
  () => STATUS_SUCCESS,
);

/** Here a filter completes what it has pended, so that the detach can go on (TD-2). */
const PassTeardownStart = PFLT_INSTANCE_TEARDOWN_CALLBACK('PassTeardownStart', () => undefined);

/** No callback of the instance runs any more: here it gives back what it holds (TD-7). */
const PassTeardownComplete = PFLT_INSTANCE_TEARDOWN_CALLBACK(
  'PassTeardownComplete',
  () => undefined,
);

const PassUnload = PFLT_FILTER_UNLOAD_CALLBACK('PassUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const FilterRegistration = fltRegistration({
  OperationRegistration: [
    ...everyOperation.map((MajorFunction) => ({
      MajorFunction,
      PreOperation: PassPre,
      PostOperation: PassPost,
    })),
    { MajorFunction: IRP_MJ_SHUTDOWN, PreOperation: PassPreShutdown },
  ],
  FilterUnloadCallback: PassUnload,
  InstanceSetupCallback: PassSetup,
  InstanceQueryTeardownCallback: PassQueryTeardown,
  InstanceTeardownStartCallback: PassTeardownStart,
  InstanceTeardownCompleteCallback: PassTeardownComplete,
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
