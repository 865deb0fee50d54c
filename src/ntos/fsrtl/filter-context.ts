// Contexts that filters hang on a stream (FsRtlInsertPerStreamContext and kin), and the head of a
// control block that carries them (FSRTL_ADVANCED_FCB_HEADER.FilterContexts).
//
// The head's FastMutex guards the list. The file system promises to call the teardown when the
// stream's control block goes; nobody may insert after that. A context belongs to whoever inserted
// it until it is removed or its FreeCallback is called, once.
import { POINTER, ROUTINE } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { routineTable } from '../../mem/routine.ts';
import { ExAcquireFastMutex, ExReleaseFastMutex } from '../ex/lock/fast-mutex.ts';
import { FSRTL_ADVANCED_FCB_HEADER, FILE_OBJECT } from '../io/types.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { InitializeListHead, InsertHeadList, IsListEmpty, RemoveEntryList, RemoveHeadList, flink }
  from '../rtl/list-entry.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '../status-codes.ts';
import type { PFAST_MUTEX } from '../ex/types.ts';
import type { PFILE_OBJECT, PFSRTL_ADVANCED_FCB_HEADER } from '../io/types.ts';
import type { NTSTATUS } from '../status.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** Header.Flags: the head is an FSRTL_ADVANCED_FCB_HEADER. */
export const FSRTL_FLAG_ADVANCED_HEADER = 0x40;
/** Header.Flags2: filters may hang contexts on the stream. */
export const FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS = 0x02;
/** The version of the head, in the high four bits of ReservedAndVersion. */
export const FSRTL_FCB_HEADER_V2 = 2;

/** Header.IsFastIoPossible. */
export const FastIoIsNotPossible = 0;
export const FastIoIsPossible = 1;
export const FastIoIsQuestionable = 2;

export const FSRTL_PER_STREAM_CONTEXT = struct('FSRTL_PER_STREAM_CONTEXT', {
  Links: LIST_ENTRY,
  OwnerId: POINTER,
  InstanceId: POINTER,
  /** Called as (context) when the stream's control block goes. */
  FreeCallback: ROUTINE,
});
export type PFSRTL_PER_STREAM_CONTEXT = Ptr<'FSRTL_PER_STREAM_CONTEXT'>;

const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const c = FSRTL_PER_STREAM_CONTEXT.bound;
const { FsContext } = FILE_OBJECT.bound;
const NONE = 0 as PFSRTL_PER_STREAM_CONTEXT;

/** Makes a head ready: no contexts, guarded by the given mutex. The file system, once. */
export function FsRtlSetupAdvancedHeader(Header: number, FastMutex: number): void {
  const header = Header as PFSRTL_ADVANCED_FCB_HEADER;
  h.set_Flags(header, h.Flags(header) | FSRTL_FLAG_ADVANCED_HEADER);
  h.set_Flags2(header, h.Flags2(header) | FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS);
  h.set_ReservedAndVersion(header, FSRTL_FCB_HEADER_V2 << 4);
  h.set_FastMutex(header, FastMutex as PFAST_MUTEX);
  InitializeListHead(h.at_FilterContexts(header));
}

/** The head of the stream that a file object is open on; NULL when there is none. Any IRQL. */
export function FsRtlGetPerStreamContextPointer(FileObject: number): number {
  return FsContext(FileObject as PFILE_OBJECT);
}

/** Whether the file system of a file object supports contexts on streams. Any IRQL. */
export function FsRtlSupportsPerStreamContexts(FileObject: number): boolean {
  const header = FsContext(FileObject as PFILE_OBJECT) as PFSRTL_ADVANCED_FCB_HEADER;
  return header !== 0 && (h.Flags2(header) & FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS) !== 0;
}

/**
 * Hangs a context on a stream. IRQL <= APC_LEVEL.
 *
 * @returns STATUS_INVALID_DEVICE_REQUEST when the stream supports no contexts.
 */
export function FsRtlInsertPerStreamContext(Header: number, Context: number): NTSTATUS {
  const header = Header as PFSRTL_ADVANCED_FCB_HEADER;
  if (header === 0 || (h.Flags2(header) & FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS) === 0) {
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  const mutex = h.FastMutex(header) as PFAST_MUTEX;
  ExAcquireFastMutex(mutex);
  InsertHeadList(h.at_FilterContexts(header), c.at_Links(Context as PFSRTL_PER_STREAM_CONTEXT));
  ExReleaseFastMutex(mutex);
  return STATUS_SUCCESS;
}

/** The context of an owner; an InstanceId of 0 fits every instance. The mutex is held. */
function find(
  header: PFSRTL_ADVANCED_FCB_HEADER,
  OwnerId: number,
  InstanceId: number,
): PFSRTL_PER_STREAM_CONTEXT {
  const head = h.at_FilterContexts(header);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const context = at as PFSRTL_PER_STREAM_CONTEXT;
    if (c.OwnerId(context) !== OwnerId) continue;
    if (InstanceId === 0 || c.InstanceId(context) === InstanceId) return context;
  }
  return NONE;
}

function searched(header: PFSRTL_ADVANCED_FCB_HEADER): boolean {
  return header !== 0 && (h.Flags2(header) & FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS) !== 0 &&
    !IsListEmpty(h.at_FilterContexts(header));
}

/** Finds a context of a stream; NULL when there is none. IRQL <= APC_LEVEL. */
export function FsRtlLookupPerStreamContext(
  Header: number,
  OwnerId: number,
  InstanceId = 0,
): PFSRTL_PER_STREAM_CONTEXT {
  const header = Header as PFSRTL_ADVANCED_FCB_HEADER;
  if (!searched(header)) return NONE;
  const mutex = h.FastMutex(header) as PFAST_MUTEX;
  ExAcquireFastMutex(mutex);
  const context = find(header, OwnerId, InstanceId);
  ExReleaseFastMutex(mutex);
  return context;
}

/** Takes a context off a stream; NULL when it is not there (any more). IRQL <= APC_LEVEL. */
export function FsRtlRemovePerStreamContext(
  Header: number,
  OwnerId: number,
  InstanceId = 0,
): PFSRTL_PER_STREAM_CONTEXT {
  const header = Header as PFSRTL_ADVANCED_FCB_HEADER;
  if (!searched(header)) return NONE;
  const mutex = h.FastMutex(header) as PFAST_MUTEX;
  ExAcquireFastMutex(mutex);
  const context = find(header, OwnerId, InstanceId);
  if (context !== NONE) {
    RemoveEntryList(c.at_Links(context));
    InitializeListHead(c.at_Links(context));
  }
  ExReleaseFastMutex(mutex);
  return context;
}

/**
 * Frees every context of a stream whose control block goes: each is taken off the list and its
 * FreeCallback called. The file system calls it without a lock. IRQL <= APC_LEVEL.
 */
export function FsRtlTeardownPerStreamContexts(Header: number): void {
  const header = Header as PFSRTL_ADVANCED_FCB_HEADER;
  if (!searched(header)) return;
  const head = h.at_FilterContexts(header);
  const mutex = h.FastMutex(header) as PFAST_MUTEX;
  for (;;) {
    ExAcquireFastMutex(mutex);
    const context = (IsListEmpty(head) ? 0 : RemoveHeadList(head)) as PFSRTL_PER_STREAM_CONTEXT;
    if (context !== NONE) InitializeListHead(c.at_Links(context));
    ExReleaseFastMutex(mutex);
    if (context === NONE) return;
    routineTable[c.FreeCallback(context)]!(context);
  }
}
