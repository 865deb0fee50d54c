// What a filter asks of the Filter Manager that is its own: contexts, work items, locks, buffers,
// ports and what comes with them.
import { bytes, readAt } from '#test/support/ramfs-volume.ts';
import * as k from '#src/fltKernel.ts';
import { APPLICATIONS, USER } from '#src/mem/memory-map.ts';
import { fillBytes, i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { Arena } from '#src/fltuser/arena.ts';
import { PortClient } from '#src/fltuser/port-client.ts';
import { PortError } from '#src/fltuser/port-message.ts';
import { FSCTL_SET_SPARSE } from '#src/ntos/io/control-codes.ts';
import { FsRtlTeardownPerFileContexts } from '#src/ntos/fsrtl/per-file-context.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '#src/ntos/io/types.ts';
import { FILE_OBJECT, IRP_NOCACHE } from '#src/ntos/io/types.ts';
import { NtLockFile } from '#src/ntos/io/service/nt-control.ts';
import { DISPATCH_LEVEL } from '#src/ntos/ke/irql.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST }
  from '#src/ntos/status-codes.ts';
import { makePort } from '#test/support/port-filter.ts';
import { withString } from '../../fltmgr/raw-filter.ts';
import { atIrql } from '../../ntos/ex/support.ts';
import { INPUT, OUT, TAG, byDriver, byWord, calmly, during, pointer, w, whileOpening }
  from './frugal.ts';
import type { Act } from './frugal.ts';

const REPARSE_TAG = 0x8000_0017;
const arena = new Arena(APPLICATIONS.start + 0x20_0000, APPLICATIONS.end);

/** Contexts of the filter. */
export const contexts = [
  { ContextType: k.FLT_STREAM_CONTEXT, Size: 24, PoolTag: TAG },
  { ContextType: k.FLT_STREAMHANDLE_CONTEXT, Size: k.FLT_VARIABLE_SIZED_CONTEXTS, PoolTag: TAG },
  { ContextType: k.FLT_FILE_CONTEXT, Size: 24, PoolTag: TAG },
  { ContextType: k.FLT_SECTION_CONTEXT, Size: 16, PoolTag: TAG },
];

const context = (type: number, size: number, pool: number): (() => number) =>
  byWord(() => k.FltAllocateContext(w.made.filter, type, size, pool, OUT as never),
    k.FltReleaseContext);

type SetContext = typeof k.FltSetStreamContext;
type Delete = (instance: typeof w.instance, file: typeof w.file, old: never) => number;

/** Hangs a context on the file, and takes it off again. */
const hang = (type: number, set: SetContext, take: Delete): (() => number) => byWord(() => {
  const status = k.FltAllocateContext(w.made.filter, type, 24, k.NonPagedPool, OUT as never);
  if (status < 0) return status;
  const at = i32[OUT >> 2]!;
  const done = set(w.instance, w.file, k.FLT_SET_CONTEXT_KEEP_IF_EXISTS, at, 0 as never);
  if (done >= 0) take(w.instance, w.file, 0 as never);
  else i32[OUT >> 2] = 0;
  k.FltReleaseContext(at);
  return done;
}, () => undefined);

/** A word of the file system's own, for a file whose streams share contexts. */
const FILE_CONTEXTS = INPUT + 0x800;

/** The same as if the file system had contexts for files, all of its streams together. */
function hangOnFile(): number {
  const header = FILE_OBJECT.bound.FsContext(w.file) as Parameters<typeof setFileContexts>[0];
  i32[FILE_CONTEXTS >> 2] = 0;
  setFileContexts(header, FILE_CONTEXTS);
  const status = hangFile();
  FsRtlTeardownPerFileContexts(FILE_CONTEXTS);
  setFileContexts(header, 0);
  return status;
}
const setFileContexts = FSRTL_ADVANCED_FCB_HEADER.bound.set_FileContextSupportPointer;
const hangFile = hang(k.FLT_FILE_CONTEXT, k.FltSetFileContext as SetContext,
  k.FltDeleteFileContext as Delete);

const told = k.PFLT_GET_OPERATION_STATUS_CALLBACK('FrugalTold', () => undefined);

function requestStatus(): number {
  let asked = 0;
  whileOpening((data) => {
    asked = k.FltRequestOperationStatusCallback(data.address, told, 0);
    return k.FLT_PREOP_SUCCESS_NO_CALLBACK;
  });
  return asked;
}

function lockBuffer(): number {
  let status = -1;
  during.pre.set(k.IRP_MJ_READ, (data) => {
    status = k.FltLockUserBuffer(data.address);
    return k.FLT_PREOP_SUCCESS_NO_CALLBACK;
  });
  readAt(w.handle, 0, 3);
  during.pre.clear();
  return status;
}

const safe = k.PFLT_POST_OPERATION_CALLBACK('FrugalSafe', () => k.FLT_POSTOP_FINISHED_PROCESSING);

function completeWhenSafe(): number {
  let posted = false;
  during.post.set(k.IRP_MJ_READ, (data, objects, completion, flags) => {
    i32[OUT >> 2] = -1;
    posted = atIrql(DISPATCH_LEVEL, () => k.FltDoCompletionProcessingWhenSafe(data.address,
      objects.address, completion, flags, safe, OUT as never));
    return i32[OUT >> 2]!;
  });
  const { status } = readAt(w.handle, 0, 512, IRP_NOCACHE);
  during.post.clear();
  if (status !== 'STATUS_SUCCESS') throw new Error(`the read ended with ${status}`);
  return posted ? 0 : STATUS_INSUFFICIENT_RESOURCES;
}

/** A byte-range lock of the filter's own. */
function processLock(): number {
  const own = calmly(() => k.FltAllocateFileLock(0 as never, 0 as never));
  const iosb = USER.start + 0x10000;
  during.pre.set(k.IRP_MJ_LOCK_CONTROL, (data) =>
    k.FltProcessFileLock(own, data.address, 0));
  const status = NtLockFile(w.handle, 0, iosb, 0, 8, 0, true, true);
  during.pre.clear();
  k.FltFreeFileLock(own);
  return status;
}

function connect(): number {
  const port = calmly(() => makePort(w.made.filter, { name: '\\FrugalPort' }));
  try {
    PortClient.connect(arena, '\\FrugalPort', bytes('hello')).close();
    return 0;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return error.status;
  } finally {
    port.close();
  }
}

function tagFile(): number {
  const tagged = k.FltTagFile(w.instance, w.file, REPARSE_TAG, INPUT as never, INPUT + 32, 4);
  if (tagged < 0) return tagged;
  let untagged: number;
  do untagged = k.FltUntagFile(w.instance, w.file, REPARSE_TAG, INPUT as never);
  while (untagged === STATUS_INSUFFICIENT_RESOURCES);
  return untagged;
}

const nobody = k.PFLT_CONNECT_NOTIFY('FrugalConnect', () => 0);
const gone = k.PFLT_DISCONNECT_NOTIFY('FrugalGone', () => undefined);

const createPort = (): number => withString('\\FrugalOther', (name) => {
  const attributes = k.local(k.OBJECT_ATTRIBUTES);
  attributes.Length = k.OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = name as never;
  attributes.Attributes = k.OBJ_KERNEL_HANDLE;
  const status = k.FltCreateCommunicationPort(w.made.filter, OUT as never,
    attributes.address as never, 0, nobody, gone, 0 as never, 1);
  if (status >= 0) k.FltCloseCommunicationPort(i32[OUT >> 2]! as never);
  return status;
});

const BUFFERED = 0x9_8000;
const control = (method: number, output: number): (() => number) => byDriver(() => {
  const status = k.FltFsControlFile(w.instance, w.file, BUFFERED + method, INPUT, 8,
    output === 0 ? 0 : INPUT + 64, output, 0 as never);
  // Nobody knows the code; with memory it gets as far as the file system.
  return status === STATUS_INVALID_DEVICE_REQUEST ? 0 : status;
});

function framed(act: (id: number) => number): () => number {
  return byDriver(() => {
    const frame = pushFrame();
    const id = k.localBytes(16);
    fillBytes(id, 7, 16);
    const status = act(id);
    popFrame(frame);
    return status;
  });
}

export const ownActs: readonly Act[] = [
  ['contexts apart from their nodes', 2, context(k.FLT_STREAM_CONTEXT, 24, k.PagedPool)],
  ['a context of any size in paged pool', 1, context(k.FLT_STREAMHANDLE_CONTEXT, 40, k.PagedPool)],
  ['a context together with its node', 1, context(k.FLT_STREAM_CONTEXT, 24, k.NonPagedPool)],
  ['the same, of any size', 1, context(k.FLT_STREAMHANDLE_CONTEXT, 40, k.NonPagedPool)],
  ['CTX-21: what holds the contexts of a stream', 1,
    hang(k.FLT_STREAM_CONTEXT, k.FltSetStreamContext, k.FltDeleteStreamContext as Delete)],
  ['CTX-21: what holds the contexts of a file, and what it hangs on', 2, hangOnFile],
  ['FltAllocateFileLock', 1, pointer(() => k.FltAllocateFileLock(0 as never, 0 as never),
    (at) => k.FltFreeFileLock(at as never))],
  ['a lock of a filter\'s own', 1, processLock],
  ['PEND-8: work items', 1, pointer(() => k.FltAllocateDeferredIoWorkItem(),
    (at) => k.FltFreeDeferredIoWorkItem(at as never))],
  ['BUF-6: aligned pool', 1,
    pointer(() => k.FltAllocatePoolAlignedWithTag(w.instance, k.NonPagedPool, 64, TAG),
      (at) => k.FltFreePoolAlignedWithTag(w.instance, at, TAG))],
  ['BUF-2: FltLockUserBuffer', 1, lockBuffer],
  ['POST-16: completion when safe', 1, completeWhenSafe],
  ['FltBuildDefaultSecurityDescriptor', 1,
    byWord(() => k.FltBuildDefaultSecurityDescriptor(OUT as never, 1),
      (at) => k.FltFreeSecurityDescriptor(at as never))],
  ['callback data of a filter\'s own', 1,
    byWord(() => k.FltAllocateCallbackData(w.instance, w.file, OUT as never),
      (at) => k.FltFreeCallbackData(at as never))],
  ['a control code with its buffers', 3, byDriver(() => k.FltFsControlFile(w.instance, w.file,
    FSCTL_SET_SPARSE, INPUT, 4, 0, 0, 0 as never))],
  ['a control code whose output has an MDL', 4, control(2, 64)],
  ['a control code whose output would have one', 0, control(2, 0)],
  ['a control code whose buffer to read from has an MDL', 0, control(1, 64)],
  ['FltTagFile and FltUntagFile', 2, byDriver(tagFile)],
  ['the system\'s folder on a volume, made and mended', 2, byDriver(() => {
    const made = k.FltCreateSystemVolumeInformationFolder(w.instance);
    return made < 0 ? made : k.FltCreateSystemVolumeInformationFolder(w.instance);
  })],
  ['PORT-1: a server port and its name', 3, byDriver(createPort)],
  ['a connection, both of its ends, and what the application gives along', 3, connect],
  ['FltRequestOperationStatusCallback', 1, requestStatus],
  ['a list of extra create parameters', 1,
    byWord(() => k.FltAllocateExtraCreateParameterList(w.made.filter, 0, OUT as never),
      (at) => k.FltFreeExtraCreateParameterList(w.made.filter, at as never))],
  ['an extra create parameter', 1, framed((id) => {
    const status = k.FltAllocateExtraCreateParameter(w.made.filter, id as never, 16, 0, 0, TAG,
      OUT as never);
    if (status >= 0) k.FltFreeExtraCreateParameter(w.made.filter, i32[OUT >> 2]!);
    return status;
  })],
  ['a priority hint in a file object', 1,
    byDriver(() => k.FltSetIoPriorityHintIntoFileObject(w.file, 1))],
];
