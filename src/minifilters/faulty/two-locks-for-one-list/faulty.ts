// Unlocked list manipulation: creates insert under the list's lock, cleanups unlink under another.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltAcquirePushLockExclusive, FltDeletePushLock,
  FltInitializePushLock, FltReleasePushLock, IRP_MJ_CLEANUP, IRP_MJ_CREATE, InitializeListHead,
  InsertTailList, LIST_ENTRY, NT_SUCCESS, NonPagedPool, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, RemoveEntryList, ULONG, atomic, driverGlobals, pointer, poolTag,
  struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Open');
const OPEN = struct('OPEN_ENTRY', { Link: LIST_ENTRY, FileObject: ULONG });

const Globals = driverGlobals('OPENS_DATA', {
  Filter: pointer('FLT_FILTER'), ListLock: atomic(),
  ContextLock: atomic(),
  Opens: LIST_ENTRY,
});

const PostCreate = PFLT_POST_OPERATION_CALLBACK('OpensPostCreate', (Data, FltObjects) => {
  if (!NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  const entry = ExAllocatePoolWithTag(NonPagedPool, OPEN.size, TAG);
  if (entry === 0) return FLT_POSTOP_FINISHED_PROCESSING;
  OPEN.at(entry).FileObject = FltObjects.FileObject;
  FltAcquirePushLockExclusive(Globals.ListLock);
  InsertTailList(Globals.Opens, entry);
  FltReleasePushLock(Globals.ListLock);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

/** The entry of an open file; 0 for none. The list's lock is held. */
function find(FileObject: number): number {
  const head = Globals.Opens.address;
  let entry: number = Globals.Opens.Flink;
  while (entry !== head && OPEN.at(entry).FileObject !== FileObject) {
    entry = OPEN.at(entry).Link.Flink;
  }
  return entry === head ? 0 : entry;
}

const PreCleanup = PFLT_PRE_OPERATION_CALLBACK('OpensPreCleanup', (_Data, FltObjects) => {
  FltAcquirePushLockExclusive(Globals.ContextLock);
  const entry = find(FltObjects.FileObject);
  if (entry !== 0) RemoveEntryList(entry);
  FltReleasePushLock(Globals.ContextLock);
  if (entry !== 0) ExFreePoolWithTag(entry, TAG);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: PreCleanup },
  ],
}, {
  begin() {
    InitializeListHead(Globals.Opens);
    FltInitializePushLock(Globals.ListLock);
    FltInitializePushLock(Globals.ContextLock);
  },
  unloaded() {
    FltDeletePushLock(Globals.ListLock);
    FltDeletePushLock(Globals.ContextLock);
  },
});
