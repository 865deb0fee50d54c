// FLT_CONTEXT_CONTROL: the Filter Manager's own block on a stream or on a file (in NT
// STREAM_LIST_CTRL and FILE_LIST_CTRL). It holds the stream's or file's contexts of all filters and
// hangs on the file system's control block through FsRtlInsertPerStreamContext or
// FsRtlInsertPerFileContext, so that it goes when that does (CTX-21).
//
// References: one while it hangs there, one for each context that was ever linked into it and has
// not been freed, one for a teardown that is at work on it. Who asks for the control block of a
// file object has that file object open, and so keeps the stream.
import { POINTER, ULONG, atomic, pointer } from '../../mem/field.ts';
import { fillBytes } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { WAIT_SLICE_MS } from '../../mem/param.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { struct, union } from '../../mem/struct.ts';
import { add, load, store } from '../../atomics-sync/atomics.ts';
import { acquireMutex, releaseMutex } from '../../atomics-sync/mutex.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { FSRTL_PER_STREAM_CONTEXT, FsRtlInsertPerStreamContext, FsRtlLookupPerStreamContext,
  FsRtlRemovePerStreamContext } from '../../ntos/fsrtl/filter-context.ts';
import { FSRTL_PER_FILE_CONTEXT, FsRtlInsertPerFileContext, FsRtlLookupPerFileContext,
  FsRtlRemovePerFileContext } from '../../ntos/fsrtl/per-file-context.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { MANUALLY_INITIATED_CRASH } from '../../ntos/ke/bug-check-codes.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ntos/ke/kernel-lock.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../ntos/rtl/list-entry.ts';
import { LIST_ENTRY } from '../../ntos/rtl/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { FLT_CONTEXT_LIST, FLT_CONTEXT_ROOT, contextRoot, creationLockOf } from './context-root.ts';
import type { PFLT_VOLUME } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const FLT_CONTEXT_CONTROL = struct('FLT_CONTEXT_CONTROL', {
  /** First, so that a list's address is that of its control block. */
  Contexts: FLT_CONTEXT_LIST,
  References: atomic(),
  Volume: pointer('FLT_VOLUME'),
  /** 1 for a file's, 0 for a stream's. */
  IsFile: ULONG,
  /** The head of the stream's control block; for a file its FileContextSupportPointer. */
  Head: POINTER,
  /** In FLT_CONTEXT_ROOT.ControlList. */
  AllLink: LIST_ENTRY,
  Hung: union({ PerStream: FSRTL_PER_STREAM_CONTEXT, PerFile: FSRTL_PER_FILE_CONTEXT }),
});
export type PFLT_CONTEXT_CONTROL = Ptr<'FLT_CONTEXT_CONTROL'>;

const c = FLT_CONTEXT_CONTROL.bound;
const root = FLT_CONTEXT_ROOT.bound;
const { set_OwnerId, set_InstanceId, set_FreeCallback } = FSRTL_PER_STREAM_CONTEXT.bound;
type PHUNG = Parameters<typeof set_OwnerId>[0];
const lock = root.at_ControlLock(contextRoot);
const all = root.at_ControlList(contextRoot);
const hungAt = FLT_CONTEXT_CONTROL.offsets['Hung'] ?? 0;
const allAt = FLT_CONTEXT_CONTROL.offsets['AllLink'] ?? 0;
const TAG = poolTag('FMcc');
const owner = boot.processor + 1;
const NONE = 0 as PFLT_CONTEXT_CONTROL;
/** Slices that a teardown in another thread may take; alone in its machine, nothing can come. */
const PATIENCE = boot.inline ? 0 : 100;

/** Removes what hangs on a control block; context-teardown.ts gives it at load. */
let emptyControl: (control: PFLT_CONTEXT_CONTROL) => void = () => undefined;

/** Sets what is done with the contexts of a stream or file that goes. */
export function onControlGone(empty: (control: PFLT_CONTEXT_CONTROL) => void): void {
  emptyControl = empty;
}

function lookUp(head: number, volume: PFLT_VOLUME, isFile: boolean): PFLT_CONTEXT_CONTROL {
  const hung = isFile
    ? FsRtlLookupPerFileContext(head, volume)
    : FsRtlLookupPerStreamContext(head, volume);
  return (hung === 0 ? NONE : hung - hungAt) as PFLT_CONTEXT_CONTROL;
}

/** The control block of a stream or file on a volume; NULL when it has none. <= APC_LEVEL. */
export function findControl(
  head: number,
  volume: PFLT_VOLUME,
  isFile: boolean,
): PFLT_CONTEXT_CONTROL {
  return lookUp(head, volume, isFile);
}

function make(head: number, volume: PFLT_VOLUME, isFile: boolean): PFLT_CONTEXT_CONTROL {
  const size = FLT_CONTEXT_CONTROL.size;
  const control = ExAllocatePoolWithTag(NonPagedPool, size, TAG) as PFLT_CONTEXT_CONTROL;
  if (control === 0) return NONE;
  fillBytes(control, 0, size);
  InitializeListHead(c.at_Contexts_Nodes(control));
  store(c.at_References(control), 1);
  c.set_Volume(control, volume);
  c.set_IsFile(control, isFile ? 1 : 0);
  c.set_Head(control, head);
  const hung = (control + hungAt) as PHUNG;
  set_OwnerId(hung, volume);
  set_InstanceId(hung, volume);
  set_FreeCallback(hung, controlGone);
  return control;
}

/** Joins the list of all before it can be found, so that it is there to be taken off. */
function hang(control: PFLT_CONTEXT_CONTROL): boolean {
  acquireKernelLock(lock);
  InsertTailList(all, c.at_AllLink(control));
  releaseKernelLock(lock);
  const status = c.IsFile(control) !== 0
    ? FsRtlInsertPerFileContext(c.Head(control), control + hungAt)
    : FsRtlInsertPerStreamContext(c.Head(control), control + hungAt);
  if (NT_SUCCESS(status)) return true;
  leaveList(control);
  dereferenceControl(control);
  return false;
}

function leaveList(control: PFLT_CONTEXT_CONTROL): void {
  acquireKernelLock(lock);
  RemoveEntryList(c.at_AllLink(control));
  releaseKernelLock(lock);
}

/**
 * The control block of a stream or file, made when there is none. <= APC_LEVEL.
 * NULL when there is no memory, or the file system does not take it.
 */
export function obtainControl(
  head: number,
  volume: PFLT_VOLUME,
  isFile: boolean,
): PFLT_CONTEXT_CONTROL {
  const found = lookUp(head, volume, isFile);
  if (found !== 0) return found;
  const fresh = make(head, volume, isFile);
  if (fresh === 0) return NONE;
  const mutex = creationLockOf(head);
  acquireMutex(mutex, owner);
  const other = lookUp(head, volume, isFile);
  const control = other === 0 && hang(fresh) ? fresh : other;
  releaseMutex(mutex, owner);
  if (other !== 0) dereferenceControl(fresh);
  return control;
}

/** Adds a reference for somebody who knows that there is one. */
export function referenceControl(control: PFLT_CONTEXT_CONTROL): void {
  add(c.at_References(control), 1);
}

/** Drops one; the last frees the block. IRQL <= DISPATCH_LEVEL. */
export function dereferenceControl(control: PFLT_CONTEXT_CONTROL): void {
  if (add(c.at_References(control), -1) === 1) ExFreePoolWithTag(control, TAG);
}

/** The stream or file goes, or the Filter Manager leaves its volume. <= APC_LEVEL. */
function unhung(control: PFLT_CONTEXT_CONTROL): void {
  leaveList(control);
  emptyControl(control);
  dereferenceControl(control);
}

const controlGone = kernelRoutine('FltpDeleteContextControl', (hung) => {
  unhung((hung! - hungAt) as PFLT_CONTEXT_CONTROL);
  return 0;
});

/** The first control block of a volume, with a reference; NULL when there is none. */
function firstOfVolume(volume: PFLT_VOLUME): PFLT_CONTEXT_CONTROL {
  let found = NONE;
  acquireKernelLock(lock);
  for (let at = flink(all); at !== all && found === 0; at = flink(at)) {
    const control = (at - allAt) as PFLT_CONTEXT_CONTROL;
    if (c.Volume(control) === volume) found = control;
  }
  if (found !== 0) referenceControl(found);
  releaseKernelLock(lock);
  return found;
}

/**
 * Takes the Filter Manager's blocks off every stream and file of a volume that it leaves. No file
 * of the volume may be opened or closed meanwhile: its streams must stay where they are.
 */
export function removeControls(volume: PFLT_VOLUME): void {
  let left = PATIENCE;
  for (;;) {
    const control = firstOfVolume(volume);
    if (control === 0) return;
    const references = load(c.at_References(control));
    const hung = c.IsFile(control) !== 0
      ? FsRtlRemovePerFileContext(c.Head(control), volume)
      : FsRtlRemovePerStreamContext(c.Head(control), volume);
    if (hung !== 0) unhung((hung - hungAt) as PFLT_CONTEXT_CONTROL);
    else if (left-- > 0) parkWhile(c.at_References(control), references, WAIT_SLICE_MS);
    else forgotten(control);
    dereferenceControl(control);
  }
}

/** The block is in no list of the file system, and no free callback has come for it. */
function forgotten(control: PFLT_CONTEXT_CONTROL): never {
  const what = c.IsFile(control) !== 0 ? 'File' : 'Stream';
  return KeBugCheckEx(MANUALLY_INITIATED_CRASH, control, c.Head(control), c.Volume(control), 0,
    `a file system let a ${what.toLowerCase()} go without FsRtlTeardownPer${what}Contexts: ` +
      'the contexts that filters had on it are lost (CTX-21)');
}

/** How many control blocks there are: for reports and tests. */
export function controlCount(): number {
  let count = 0;
  acquireKernelLock(lock);
  for (let at = flink(all); at !== all; at = flink(at)) count++;
  releaseKernelLock(lock);
  return count;
}
