// The driver's API: one import, as <fltKernel.h> is one include. A TypeScript minifilter imports
// this module and nothing else.
//
//   WDK names      exactly as published: FltReadFile, FLT_CALLBACK_DATA, STATUS_SUCCESS …
//   role types     PFLT_PRE_OPERATION_CALLBACK('PreRead', (Data, FltObjects, Context) => …) gives a
//                  routine its number; registrations, work items and DPCs take that number
//   views          Data.Iopb.Parameters.Read.Length; FILE_OBJECT.at(FltObjects.FileObject).Flags
//   pointers       numbers; a routine that takes a pointer also takes a view, an out(), a local()
//   globals        driverGlobals(…): JavaScript's own variables are per thread and are not shared
//
// The lists are in the groups below; every routine passes through verifier/thunk.ts, which is where
// a driver's calls are checked. The kernel's own rooms call each other directly.

// What a TypeScript driver is made of; ours, not the WDK's.
export { driverGlobals, RTL_CONSTANT_STRING } from './image/globals.ts';
export { fltRegistration } from './image/registration.ts';
export type { ContextRow, OperationRow, Registration } from './image/registration.ts';
export { Out, local, localBytes, out } from './image/out.ts';
export type { Addressed } from './image/out.ts';
export { readUnicode, writeUnicode } from './image/text.ts';
export { callRoutine } from './image/exports.ts';
export { poolTag } from './ntos/ex/pool/pool-tags.ts';
export { i16, i32, u16, u32, u8 } from './image/driver-memory.ts';

// The role types: what a routine is to the kernel.
export { KDEFERRED_ROUTINE, PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE,
  PFLTOPLOCK_WAIT_COMPLETE_ROUTINE, PFLT_CALLBACK_DATA_QUEUE_ACQUIRE,
  PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO, PFLT_CALLBACK_DATA_QUEUE_INSERT_IO,
  PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO, PFLT_CALLBACK_DATA_QUEUE_RELEASE,
  PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO, PFLT_COMPLETED_ASYNC_IO_CALLBACK,
  PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE, PUNLOCK_ROUTINE,
  PFLT_CONNECT_NOTIFY, PFLT_CONTEXT_CLEANUP_CALLBACK,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_DISCONNECT_NOTIFY, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_GENERATE_FILE_NAME, PFLT_GENERIC_WORKITEM_ROUTINE, PFLT_NORMALIZE_CONTEXT_CLEANUP,
  PFLT_NORMALIZE_NAME_COMPONENT, PFLT_NORMALIZE_NAME_COMPONENT_EX,
  PFLT_GET_OPERATION_STATUS_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_INSTANCE_SETUP_CALLBACK, PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_MESSAGE_NOTIFY,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  PFLT_TRANSACTION_NOTIFICATION_CALLBACK, PWORKER_THREAD_ROUTINE, PALLOCATE_FUNCTION,
  PDRIVER_CANCEL,
  PDRIVER_DISPATCH, PFREE_FUNCTION, PIO_COMPLETION_ROUTINE, PIO_WORKITEM_ROUTINE,
  PRTL_AVL_ALLOCATE_ROUTINE, PRTL_AVL_COMPARE_ROUTINE, PRTL_AVL_FREE_ROUTINE,
  PRTL_QUERY_REGISTRY_ROUTINE, role } from './image/role.ts';
export type { FltCallbackData, FltRelatedObjects, Role } from './image/role.ts';

export * from './image/api-constants.ts';
export * from './image/api-status.ts';
export * from './image/api-types.ts';
export * from './image/api-macros.ts';
export * from './image/api-objects.ts';
export * from './image/api-flt.ts';
export * from './image/api-ke.ts';
export * from './image/api-ex.ts';
export * from './image/api-rtl.ts';
export * from './image/api-io.ts';
export * from './image/api-oplock.ts';
export * from './image/api-routines.ts';
