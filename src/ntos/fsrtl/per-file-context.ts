// Contexts that filters hang on a file, all of its streams together (FsRtlInsertPerFileContext and
// kin). The file system keeps one pointer per file, NULL at first, and gives its address to the
// head of every stream of the file (FSRTL_ADVANCED_FCB_HEADER.FileContextSupportPointer). What the
// pointer leads to belongs to this room: a mutex and a list, made with the first context.
//
// The file system promises to call the teardown when the file's control block goes; nobody may
// insert after that.
import { POINTER, ROUTINE } from '../../mem/field.ts';
import { i32 } from '../../mem/memory.ts';
import { struct } from '../../mem/struct.ts';
import { routineTable } from '../../mem/routine.ts';
import { compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex }
  from '../ex/lock/fast-mutex.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { FAST_MUTEX, NonPagedPool } from '../ex/types.ts';
import { FILE_OBJECT, FSRTL_ADVANCED_FCB_HEADER } from '../io/types.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { InitializeListHead, InsertHeadList, IsListEmpty, RemoveEntryList, RemoveHeadList, flink }
  from '../rtl/list-entry.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS }
  from '../status-codes.ts';
import { FsRtlSetupAdvancedHeader, FsRtlSupportsPerStreamContexts } from './filter-context.ts';
import type { PFILE_OBJECT, PFSRTL_ADVANCED_FCB_HEADER } from '../io/types.ts';
import type { NTSTATUS } from '../status.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const FSRTL_PER_FILE_CONTEXT = struct('FSRTL_PER_FILE_CONTEXT', {
  Links: LIST_ENTRY,
  OwnerId: POINTER,
  InstanceId: POINTER,
  /** Called as (context) when the file's control block goes. */
  FreeCallback: ROUTINE,
});
export type PFSRTL_PER_FILE_CONTEXT = Ptr<'FSRTL_PER_FILE_CONTEXT'>;

const FSRTL_FILE_CONTEXTS = struct('FSRTL_FILE_CONTEXTS', {
  FastMutex: FAST_MUTEX,
  List: LIST_ENTRY,
});
type PFILE_CONTEXTS = Ptr<'FSRTL_FILE_CONTEXTS'>;

const f = FSRTL_FILE_CONTEXTS.bound;
const c = FSRTL_PER_FILE_CONTEXT.bound;
const { FileContextSupportPointer, set_FileContextSupportPointer } =
  FSRTL_ADVANCED_FCB_HEADER.bound;
const { FsContext } = FILE_OBJECT.bound;
const NONE = 0 as PFSRTL_PER_FILE_CONTEXT;
const TAG = poolTag('FSpf');

/**
 * Makes a head ready for contexts of the stream and, when FileContextSupportPointer is not NULL,
 * of its file. The file system, once per head.
 *
 * @param FileContextSupportPointer the address of the file's pointer, NULL while nothing hangs.
 */
export function FsRtlSetupAdvancedHeaderEx(
  Header: number,
  FastMutex: number,
  FileContextSupportPointer_: number,
): void {
  FsRtlSetupAdvancedHeader(Header, FastMutex);
  set_FileContextSupportPointer(Header as PFSRTL_ADVANCED_FCB_HEADER, FileContextSupportPointer_);
}

/** The address of the pointer of a file object's file; NULL without support. Any IRQL. */
export function FsRtlGetPerFileContextPointer(FileObject: number): number {
  if (!FsRtlSupportsPerStreamContexts(FileObject)) return 0;
  const header = FsContext(FileObject as PFILE_OBJECT) as PFSRTL_ADVANCED_FCB_HEADER;
  return FileContextSupportPointer(header);
}

/** Whether the file system of a file object supports contexts on files. Any IRQL. */
export function FsRtlSupportsPerFileContexts(FileObject: number): boolean {
  return FsRtlGetPerFileContextPointer(FileObject) !== 0;
}

function contextsOf(pointer: number): PFILE_CONTEXTS {
  return (pointer === 0 ? 0 : load(pointer)) as PFILE_CONTEXTS;
}

function obtainContexts(pointer: number): PFILE_CONTEXTS {
  const known = contextsOf(pointer);
  if (known !== 0) return known;
  const size = FSRTL_FILE_CONTEXTS.size;
  const fresh = ExAllocatePoolWithTag(NonPagedPool, size, TAG) as PFILE_CONTEXTS;
  if (fresh === 0) return fresh;
  ExInitializeFastMutex(f.at_FastMutex(fresh));
  InitializeListHead(f.at_List(fresh));
  // Pairs with the load in contextsOf: who sees the address sees a list that is ready.
  const before = compareExchange(pointer, 0, fresh);
  if (before === 0) return fresh;
  ExFreePoolWithTag(fresh, TAG);
  return before as PFILE_CONTEXTS;
}

/**
 * Hangs a context on a file. IRQL <= APC_LEVEL.
 *
 * @returns STATUS_INVALID_DEVICE_REQUEST when the file supports none,
 *   STATUS_INSUFFICIENT_RESOURCES.
 */
export function FsRtlInsertPerFileContext(
  PerFileContextPointer: number,
  Context: number,
): NTSTATUS {
  if (PerFileContextPointer === 0) return STATUS_INVALID_DEVICE_REQUEST;
  const contexts = obtainContexts(PerFileContextPointer);
  if (contexts === 0) return STATUS_INSUFFICIENT_RESOURCES;
  ExAcquireFastMutex(f.at_FastMutex(contexts));
  InsertHeadList(f.at_List(contexts), c.at_Links(Context as PFSRTL_PER_FILE_CONTEXT));
  ExReleaseFastMutex(f.at_FastMutex(contexts));
  return STATUS_SUCCESS;
}

/** The context of an owner; an InstanceId of 0 fits every instance. The mutex is held. */
function find(contexts: PFILE_CONTEXTS, OwnerId: number, InstanceId: number): typeof NONE {
  const head = f.at_List(contexts);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const context = at as PFSRTL_PER_FILE_CONTEXT;
    if (c.OwnerId(context) !== OwnerId) continue;
    if (InstanceId === 0 || c.InstanceId(context) === InstanceId) return context;
  }
  return NONE;
}

/** Finds a context of a file; NULL when there is none. IRQL <= APC_LEVEL. */
export function FsRtlLookupPerFileContext(
  PerFileContextPointer: number,
  OwnerId: number,
  InstanceId = 0,
): PFSRTL_PER_FILE_CONTEXT {
  const contexts = contextsOf(PerFileContextPointer);
  if (contexts === 0) return NONE;
  ExAcquireFastMutex(f.at_FastMutex(contexts));
  const context = find(contexts, OwnerId, InstanceId);
  ExReleaseFastMutex(f.at_FastMutex(contexts));
  return context;
}

/** Takes a context off a file; NULL when it is not there (any more). IRQL <= APC_LEVEL. */
export function FsRtlRemovePerFileContext(
  PerFileContextPointer: number,
  OwnerId: number,
  InstanceId = 0,
): PFSRTL_PER_FILE_CONTEXT {
  const contexts = contextsOf(PerFileContextPointer);
  if (contexts === 0) return NONE;
  ExAcquireFastMutex(f.at_FastMutex(contexts));
  const context = find(contexts, OwnerId, InstanceId);
  if (context !== NONE) RemoveEntryList(c.at_Links(context));
  ExReleaseFastMutex(f.at_FastMutex(contexts));
  return context;
}

/**
 * Frees every context of a file whose control block goes: each is taken off the list and its
 * FreeCallback called. The file system calls it without a lock. IRQL <= APC_LEVEL.
 */
export function FsRtlTeardownPerFileContexts(PerFileContextPointer: number): void {
  // Most files never carry a context.
  if (i32[PerFileContextPointer >> 2] === 0) return;
  const contexts = contextsOf(PerFileContextPointer);
  const head = f.at_List(contexts);
  for (;;) {
    ExAcquireFastMutex(f.at_FastMutex(contexts));
    const context = (IsListEmpty(head) ? 0 : RemoveHeadList(head)) as PFSRTL_PER_FILE_CONTEXT;
    ExReleaseFastMutex(f.at_FastMutex(contexts));
    if (context === NONE) break;
    routineTable[c.FreeCallback(context)]!(context);
  }
  store(PerFileContextPointer, 0);
  ExFreePoolWithTag(contexts, TAG);
}
