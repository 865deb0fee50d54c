// Contexts of files, streams and stream handles (file objects). An instance has at most one of each
// kind per object. Stream and file contexts go with the file system's control block, stream-handle
// contexts with the file object (CTX-21).
//
// Where the file system has no per-file pointer, file contexts hang on the stream (CTX-24); where
// it has no FSRTL_ADVANCED_FCB_HEADER, and while a file object is not open, there are none.
import { i32 } from '../../mem/memory.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../ntos/io/types.ts';
import { FsRtlGetPerStreamContextPointer, FsRtlSupportsPerStreamContexts }
  from '../../ntos/fsrtl/filter-context.ts';
import { FsRtlGetPerFileContextPointer, FsRtlSupportsPerFileContexts }
  from '../../ntos/fsrtl/per-file-context.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES, STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED } from '../../ntos/status-codes.ts';
import { FLT_FILE_CONTEXT, FLT_STREAMHANDLE_CONTEXT, FLT_STREAM_CONTEXT, NULL_CONTEXT }
  from '../constants.ts';
import { findControl, obtainControl } from './context-control.ts';
import { deleteLinked, getLinked, isLeaving, setLinked } from './context-link.ts';
import { listOfObject } from './context-root.ts';
import { FLT_INSTANCE } from '../attach/object.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT, PFSRTL_ADVANCED_FCB_HEADER } from '../../ntos/io/types.ts';
import type { PFLT_CONTEXT_CONTROL } from './context-control.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const { Volume } = FLT_INSTANCE.bound;
const { Flags2 } = FSRTL_ADVANCED_FCB_HEADER.bound;
/** Header.Flags2: the stream is a paging file, which carries no contexts (CTX-23). */
const FSRTL_FLAG2_IS_PAGING_FILE = 0x08;
const NO_CONTROL = 0 as PFLT_CONTEXT_CONTROL;

function clear(out: number): void {
  if (out !== 0) i32[out >> 2] = NULL_CONTEXT;
}

/** Whether contexts can hang on the stream of a file object now. Any IRQL up to APC_LEVEL. */
export function FltSupportsStreamContexts(FileObject: PFILE_OBJECT): boolean {
  if (FileObject === 0 || !FsRtlSupportsPerStreamContexts(FileObject)) return false;
  const header = FsRtlGetPerStreamContextPointer(FileObject) as PFSRTL_ADVANCED_FCB_HEADER;
  return (Flags2(header) & FSRTL_FLAG2_IS_PAGING_FILE) === 0;
}

/** Whether contexts can hang on a file object now; where streams have them, handles have. */
export function FltSupportsStreamHandleContexts(FileObject: PFILE_OBJECT): boolean {
  return FltSupportsStreamContexts(FileObject);
}

/** Whether the file system itself supports contexts on the file of a file object. */
export function FltSupportsFileContexts(FileObject: PFILE_OBJECT): boolean {
  return FltSupportsStreamContexts(FileObject) && FsRtlSupportsPerFileContexts(FileObject);
}

/** As FltSupportsFileContexts, or the Filter Manager keeps them on the stream for an instance. */
export function FltSupportsFileContextsEx(
  FileObject: PFILE_OBJECT,
  Instance: PFLT_INSTANCE,
): boolean {
  return FltSupportsFileContexts(FileObject) ||
    (Instance !== 0 && FltSupportsStreamContexts(FileObject));
}

/** What a stream's or file's control block hangs on: for a file its pointer, if it has one. */
function headOf(file: PFILE_OBJECT, type: number): number {
  const perFile = type === FLT_FILE_CONTEXT ? FsRtlGetPerFileContextPointer(file) : 0;
  return perFile !== 0 ? perFile : FsRtlGetPerStreamContextPointer(file);
}

function hangsOnFile(file: PFILE_OBJECT, type: number): boolean {
  return type === FLT_FILE_CONTEXT && FsRtlGetPerFileContextPointer(file) !== 0;
}

function controlOf(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  type: number,
): PFLT_CONTEXT_CONTROL {
  return findControl(headOf(file, type), Volume(instance), hangsOnFile(file, type));
}

/** Sets a context of a stream or file. */
export function setOnStream(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  type: number,
  operation: number,
  context: number,
  old: number,
): NTSTATUS {
  clear(old);
  if (!FltSupportsStreamContexts(file)) return STATUS_NOT_SUPPORTED;
  if (isLeaving(instance)) return STATUS_FLT_DELETING_OBJECT;
  const head = headOf(file, type);
  const control = obtainControl(head, Volume(instance), hangsOnFile(file, type));
  if (control === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const list = control as never;
  return setLinked(
    { list, type, owner: instance, object: control, instance, control }, operation, context, old);
}

/** Gets a context of a stream or file, with a reference. */
export function getFromStream(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  type: number,
  out: number,
): NTSTATUS {
  clear(out);
  if (!FltSupportsStreamContexts(file)) return STATUS_NOT_SUPPORTED;
  const control = controlOf(instance, file, type);
  if (control === 0) return STATUS_NOT_FOUND;
  return getLinked(control as never, type, instance, control, out);
}

function deleteFromStream(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  type: number,
  old: number,
): NTSTATUS {
  clear(old);
  if (!FltSupportsStreamContexts(file)) return STATUS_NOT_SUPPORTED;
  const control = controlOf(instance, file, type);
  if (control === 0) return STATUS_NOT_FOUND;
  return deleteLinked(control as never, type, instance, control, old);
}

/**
 * Sets an instance's context of a file, all its streams together. IRQL <= APC_LEVEL.
 *
 * @param FileObject an open file object: not in pre-create, not after close (CTX-9).
 * @param Operation FLT_SET_CONTEXT_REPLACE_IF_EXISTS or FLT_SET_CONTEXT_KEEP_IF_EXISTS.
 * @param OldContext where the context that was or is there goes, with a reference; NULL when it is
 *   not wanted.
 * @returns STATUS_NOT_SUPPORTED, STATUS_FLT_CONTEXT_ALREADY_DEFINED,
 *   STATUS_FLT_CONTEXT_ALREADY_LINKED, STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER,
 *   STATUS_INSUFFICIENT_RESOURCES (8.3).
 */
export function FltSetFileContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Operation: number,
  NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetFileContext', APC_LEVEL);
  return setOnStream(Instance, FileObject, FLT_FILE_CONTEXT, Operation, NewContext, OldContext);
}

/** Gets an instance's context of a file, with a reference. STATUS_NOT_FOUND, _NOT_SUPPORTED. */
export function FltGetFileContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetFileContext', APC_LEVEL);
  return getFromStream(Instance, FileObject, FLT_FILE_CONTEXT, Context);
}

/** Takes an instance's context off a file (CTX-18). STATUS_NOT_FOUND, STATUS_NOT_SUPPORTED. */
export function FltDeleteFileContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltDeleteFileContext', APC_LEVEL);
  return deleteFromStream(Instance, FileObject, FLT_FILE_CONTEXT, OldContext);
}

/** Sets an instance's context of a stream. As FltSetFileContext. */
export function FltSetStreamContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Operation: number,
  NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetStreamContext', APC_LEVEL);
  return setOnStream(Instance, FileObject, FLT_STREAM_CONTEXT, Operation, NewContext, OldContext);
}

/** Gets an instance's context of a stream, with a reference. STATUS_NOT_FOUND, _NOT_SUPPORTED. */
export function FltGetStreamContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetStreamContext', APC_LEVEL);
  return getFromStream(Instance, FileObject, FLT_STREAM_CONTEXT, Context);
}

/** Takes an instance's context off a stream (CTX-18). Also STATUS_FLT_DELETING_OBJECT. */
export function FltDeleteStreamContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltDeleteStreamContext', APC_LEVEL);
  clear(OldContext);
  if (isLeaving(Instance)) return STATUS_FLT_DELETING_OBJECT;
  return deleteFromStream(Instance, FileObject, FLT_STREAM_CONTEXT, OldContext);
}

/** Sets an instance's context of a file object. As FltSetFileContext. */
export function FltSetStreamHandleContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Operation: number,
  NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetStreamHandleContext', APC_LEVEL);
  clear(OldContext);
  if (!FltSupportsStreamHandleContexts(FileObject)) return STATUS_NOT_SUPPORTED;
  const place = {
    list: listOfObject(FileObject),
    type: FLT_STREAMHANDLE_CONTEXT,
    owner: Instance,
    object: FileObject,
    instance: Instance,
    control: NO_CONTROL,
  };
  return setLinked(place, Operation, NewContext, OldContext);
}

/** Gets an instance's context of a file object, with a reference. As FltGetStreamContext. */
export function FltGetStreamHandleContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetStreamHandleContext', APC_LEVEL);
  clear(Context);
  if (!FltSupportsStreamHandleContexts(FileObject)) return STATUS_NOT_SUPPORTED;
  return getLinked(
    listOfObject(FileObject), FLT_STREAMHANDLE_CONTEXT, Instance, FileObject, Context);
}

/** Takes an instance's context off a file object. As FltDeleteStreamContext. */
export function FltDeleteStreamHandleContext(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltDeleteStreamHandleContext', APC_LEVEL);
  clear(OldContext);
  if (!FltSupportsStreamHandleContexts(FileObject)) return STATUS_NOT_SUPPORTED;
  if (isLeaving(Instance)) return STATUS_FLT_DELETING_OBJECT;
  return deleteLinked(
    listOfObject(FileObject), FLT_STREAMHANDLE_CONTEXT, Instance, FileObject, OldContext);
}
