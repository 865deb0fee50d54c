// Cached name goes stale: the name of an open file is kept from its create on, and decides over
// writes although the file may be called otherwise by now.
import { FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_COMPLETE, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_STREAMHANDLE_CONTEXT, FltAllocateContext,
  FltGetFileNameInformation, FltGetStreamHandleContext, FltReleaseContext,
  FltReleaseFileNameInformation, FltSetStreamHandleContext, IRP_MJ_CREATE, IRP_MJ_WRITE,
  InterlockedIncrement, NT_SUCCESS, NonPagedPool, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, RtlPrefixUnicodeString, STATUS_ACCESS_DENIED,
  ULONG, atomic, driverGlobals, out, pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';
import type { FltCallbackData, FltRelatedObjects, PFLT_FILE_NAME_INFORMATION } from
  '../../../fltKernel.ts';

const Secret = RTL_CONSTANT_STRING('\\Device\\HarddiskVolume1\\secret');
const HOW = FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT;
const CONTEXT = struct('NAME_CONTEXT', { IsSecret: ULONG });

const Globals = driverGlobals('NAME_DATA', { Filter: pointer('FLT_FILTER'), Denied: atomic() });

/** Whether the file of an operation lies below the secret folder. PASSIVE_LEVEL. */
function isSecret(Data: FltCallbackData): boolean {
  const name = out();
  if (!NT_SUCCESS(FltGetFileNameInformation(Data, HOW, name))) return false;
  const information = FLT_FILE_NAME_INFORMATION.at(name.value as PFLT_FILE_NAME_INFORMATION);
  const answer = RtlPrefixUnicodeString(Secret, information.Name, true);
  FltReleaseFileNameInformation(name.value as PFLT_FILE_NAME_INFORMATION);
  return answer;
}

const PostCreate = PFLT_POST_OPERATION_CALLBACK('NamePostCreate', (Data, FltObjects) => {
  const { Filter, Instance, FileObject } = FltObjects;
  const context = out();
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  const status = FltAllocateContext(Filter, FLT_STREAMHANDLE_CONTEXT, CONTEXT.size, NonPagedPool,
    context);
  if (!NT_SUCCESS(status)) return FLT_POSTOP_FINISHED_PROCESSING;
  CONTEXT.at(context.value).IsSecret = isSecret(Data) ? 1 : 0;
  FltSetStreamHandleContext(Instance, FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, context.value,
    0);
  FltReleaseContext(context.value);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

/** What was noted of an open file. <= APC_LEVEL. */
function wasSecret(FltObjects: FltRelatedObjects): boolean {
  const context = out();
  const { Instance, FileObject } = FltObjects;
  if (!NT_SUCCESS(FltGetStreamHandleContext(Instance, FileObject, context))) return false;
  const answer = CONTEXT.at(context.value).IsSecret !== 0;
  FltReleaseContext(context.value);
  return answer;
}

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('NamePreWrite', (Data, FltObjects) => {
  if (!wasSecret(FltObjects)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Denied);
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite },
  ],
  ContextRegistration: [
    { ContextType: FLT_STREAMHANDLE_CONTEXT, Size: CONTEXT.size, PoolTag: poolTag('Name') },
  ],
});
