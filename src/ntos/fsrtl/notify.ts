// Directory change notification: file systems hand IRP_MN_NOTIFY_CHANGE_DIRECTORY requests to the
// package and report each change; the package decides whom it concerns, keeps news between two
// requests of an open, and completes the requests.
//
// A rename's old name is kept until its new name comes, so that both arrive together. Requests end
// with STATUS_NOTIFY_ENUM_DIR when news were lost, STATUS_NOTIFY_CLEANUP when the open is cleaned
// up, STATUS_DELETE_PENDING when the directory is deleted, STATUS_CANCELLED. IRPs are completed
// with no lock held. PASSIVE_LEVEL throughout, but for cancelling.
// Simplification: traverse checks and filter callbacks are not implemented, and say so.
import { ULONG, array } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { i32 as words, u16 as units } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { NonPagedPool } from '../ex/types.ts';
import { raiseStatus } from '../ke/exception.ts';
import { FILE_ACTION_RENAMED_OLD_NAME } from '../io/file-constants.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, IO_STACK_LOCATION, IRP } from '../io/types.ts';
import { IoGetCurrentIrpStackLocation, IoMarkIrpPending } from '../io/irp/irp.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../io/irp/cancel.ts';
import { IofCompleteRequest } from '../io/irp/completion.ts';
import { requestBuffer } from '../io/irp/mdl.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { bufferOf, lengthOf } from '../rtl/unicode-string.ts';
import { STATUS_CANCELLED, STATUS_DELETE_PENDING, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOTIFY_CLEANUP, STATUS_NOTIFY_ENUM_DIR, STATUS_SUCCESS } from '../status-codes.ts';
import { NOTIFY_CHANGE, NOTIFY_IGNORE_BUFFER, NOTIFY_LOST, NOTIFY_WATCH_TREE, createWatch,
  findWatch, firstWaiter, freeWatch, keepNews, seenFrom, takeNews } from './notify-entry.ts';
import { lockStripe, unlockStripe } from './stripe-lock.ts';
import type { NTSTATUS } from '../status.ts';
import type { PFILE_OBJECT, PIRP } from '../io/types.ts';
import type { Change, PNOTIFY_CHANGE } from './notify-entry.ts';

const i32 = words;
const u16 = units;
const n = NOTIFY_CHANGE.bound;
const irpOf = IRP.bound;
const { Parameters_NotifyDirectory_Length: RequestLength, FileObject } = IO_STACK_LOCATION.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;
const listEntryAt = irpOf.at_Tail_Overlay_ListEntry(0 as PIRP);
const TAG = poolTag('FSns');
const BACKSLASH = 0x5c;
const NO_IRP = 0 as PIRP;

/** What file systems keep one of per volume; opaque. */
const NOTIFY_SYNC = struct('NOTIFY_SYNC', { Reserved: array(ULONG, 2) });

/** An IRP that ends, with what it ends with; linked through its ListEntry. */
interface Ending {
  first: number;
  last: number;
}

/** Makes a volume's synchronisation object, at the address of its pointer. May raise a status. */
export function FsRtlNotifyInitializeSync(NotifySync: number): void {
  const sync = ExAllocatePoolWithTag(NonPagedPool, NOTIFY_SYNC.size, TAG);
  if (sync === 0) raiseStatus(STATUS_INSUFFICIENT_RESOURCES, 'FsRtlNotifyInitializeSync');
  i32[NotifySync >> 2] = sync;
}

/** Frees it, and clears the pointer. No watch may be left. */
export function FsRtlNotifyUninitializeSync(NotifySync: number): void {
  const sync = i32[NotifySync >> 2]!;
  i32[NotifySync >> 2] = 0;
  if (sync !== 0) ExFreePoolWithTag(sync, TAG);
}

/** Sets how an IRP ends and puts it on a list of those; the IRP belongs to this thread. */
function end(list: Ending, irp: PIRP, status: NTSTATUS, information: number): void {
  irpOf.set_IoStatus_Status(irp, status);
  irpOf.set_IoStatus_Information(irp, information);
  i32[(irp + listEntryAt) >> 2] = 0;
  if (list.last === 0) list.first = irp;
  else i32[(list.last + listEntryAt) >> 2] = irp;
  list.last = irp;
}

function completeAll(list: Ending): void {
  for (let irp = list.first; irp !== 0; ) {
    const next = i32[(irp + listEntryAt) >> 2]!;
    IofCompleteRequest(irp as PIRP, 0);
    irp = next;
  }
}

const cancelRoutine = kernelRoutine('FsRtlCancelNotify', (_device, irp) => {
  const Irp = irp as PIRP;
  IoReleaseCancelSpinLock(irpOf.CancelIrql(Irp));
  const sync = i32[irpOf.at_Tail_Overlay_DriverContext(Irp) >> 2]!;
  lockStripe(sync);
  RemoveEntryList(Irp + listEntryAt);
  unlockStripe(sync);
  irpOf.set_IoStatus_Status(Irp, STATUS_CANCELLED);
  irpOf.set_IoStatus_Information(Irp, 0);
  IofCompleteRequest(Irp, 0);
  return 0;
});

/** Lets a request wait at a watch; the stripe is held. False when it was cancelled before. */
function wait(sync: number, watch: PNOTIFY_CHANGE, irp: PIRP): boolean {
  i32[irpOf.at_Tail_Overlay_DriverContext(irp) >> 2] = sync;
  InsertTailList(n.at_Irps(watch), irp + listEntryAt);
  IoSetCancelRoutine(irp, cancelRoutine);
  if (irpOf.Cancel(irp) === 0 || IoSetCancelRoutine(irp, 0) === 0) return true;
  RemoveEntryList(irp + listEntryAt);
  return false;
}

/** Takes the oldest request that is not being cancelled; NULL when there is none. */
function takeWaiter(watch: PNOTIFY_CHANGE): PIRP {
  for (;;) {
    const entry = firstWaiter(watch);
    if (entry === n.at_Irps(watch)) return NO_IRP;
    const irp = (entry - listEntryAt) as PIRP;
    RemoveEntryList(entry);
    InitializeListHead(entry);
    // One whose cancel routine is on its way finds itself in no list and is completed there.
    if (IoSetCancelRoutine(irp, 0) !== 0) return irp;
  }
}

/** Gives a request the news that are kept, or tells it that they do not fit. */
function deliver(list: Ending, watch: PNOTIFY_CHANGE, irp: PIRP): void {
  const length = RequestLength(IoGetCurrentIrpStackLocation(irp));
  const bytes = takeNews(watch, requestBuffer(irp), length);
  if (bytes < 0) end(list, irp, STATUS_NOTIFY_ENUM_DIR, 0);
  else end(list, irp, STATUS_SUCCESS, bytes);
}

/** Answers a request at once, or lets it wait; the stripe is held. */
function answer(list: Ending, sync: number, watch: PNOTIFY_CHANGE, irp: PIRP): void {
  if (n.Flags(watch) & NOTIFY_LOST) {
    n.set_Flags(watch, n.Flags(watch) & ~NOTIFY_LOST);
    end(list, irp, STATUS_NOTIFY_ENUM_DIR, 0);
  } else if (n.DataLength(watch) !== 0) {
    deliver(list, watch, irp);
  } else if (!wait(sync, watch, irp)) {
    end(list, irp, STATUS_CANCELLED, 0);
  }
}

/** Ends every request of a watch with one status; the stripe is held. */
function endAll(list: Ending, watch: PNOTIFY_CHANGE, status: NTSTATUS): void {
  for (let irp = takeWaiter(watch); irp !== 0; irp = takeWaiter(watch)) end(list, irp, status, 0);
}

/** Completes a request that no watch is concerned with. */
function endNow(irp: PIRP, status: NTSTATUS): void {
  const list: Ending = { first: 0, last: 0 };
  end(list, irp, status, 0);
  completeAll(list);
}

/**
 * Takes a notify request. PASSIVE_LEVEL. The IRP is marked pending and belongs to the package: the
 * caller returns STATUS_PENDING. The first request of an open makes its watch, and settles filter,
 * WatchTree and buffer size for all later ones.
 *
 * @param FsContext identifies the open, usually its CCB.
 * @param FullDirectoryName UNICODE_STRING, copied; as changes will be reported, from the root.
 * @param IgnoreBuffer never return news, only that something changed.
 * @param CompletionFilter FILE_NOTIFY_CHANGE_*.
 * @param NotifyIrp NULL says that the directory is deleted: its requests end so.
 * @param TraverseCallback must be 0: not implemented.
 */
export function FsRtlNotifyFullChangeDirectory(
  NotifySync: number,
  NotifyList: number,
  FsContext: number,
  FullDirectoryName: number,
  WatchTree: boolean,
  IgnoreBuffer: boolean,
  CompletionFilter: number,
  NotifyIrp: PIRP,
  TraverseCallback: number,
  _SubjectContext: number,
): void {
  if (TraverseCallback !== 0) {
    throw new Error('FsRtlNotifyFullChangeDirectory: traverse callbacks are not implemented');
  }
  if (NotifyIrp === 0) return directoryDeleted(NotifySync, NotifyList, FsContext);
  const location = IoGetCurrentIrpStackLocation(NotifyIrp);
  IoMarkIrpPending(NotifyIrp);
  if (fileFlags(FileObject(location) as PFILE_OBJECT) & FO_CLEANUP_COMPLETE) {
    return endNow(NotifyIrp, STATUS_NOTIFY_CLEANUP);
  }
  const flags = (WatchTree ? NOTIFY_WATCH_TREE : 0) | (IgnoreBuffer ? NOTIFY_IGNORE_BUFFER : 0);
  const fresh = createWatch(FsContext, FullDirectoryName, flags, CompletionFilter,
    RequestLength(location));
  if (fresh === 0) return endNow(NotifyIrp, STATUS_INSUFFICIENT_RESOURCES);
  const list: Ending = { first: 0, last: 0 };
  lockStripe(NotifySync);
  const there = findWatch(NotifyList, FsContext);
  if (there === 0) InsertTailList(NotifyList, fresh);
  answer(list, NotifySync, there === 0 ? fresh : there, NotifyIrp);
  unlockStripe(NotifySync);
  if (there !== 0) freeWatch(fresh);
  completeAll(list);
}

function directoryDeleted(sync: number, notifyList: number, fsContext: number): void {
  const list: Ending = { first: 0, last: 0 };
  lockStripe(sync);
  const watch = findWatch(notifyList, fsContext);
  if (watch !== 0) endAll(list, watch, STATUS_DELETE_PENDING);
  unlockStripe(sync);
  completeAll(list);
}

function changeOf(
  target: number,
  nameOffset: number,
  stream: number,
  parent: number,
  action: number,
): Change {
  const text = bufferOf(target);
  // The root's name is its backslash; any other parent ends in front of one.
  const inRoot = nameOffset <= 2;
  const separator = u16[(text + nameOffset - 2) >> 1] === BACKSLASH && !inRoot ? 2 : 0;
  return {
    parent: parent === 0 ? text : bufferOf(parent),
    parentBytes: parent === 0 ? nameOffset - separator : lengthOf(parent),
    name: text + nameOffset,
    nameBytes: lengthOf(target) - nameOffset,
    stream: stream === 0 ? 0 : bufferOf(stream),
    streamBytes: stream === 0 ? 0 : lengthOf(stream),
    action,
  };
}

/** Tells one watch of a change that it sees; the stripe is held. */
function tellWatch(list: Ending, watch: PNOTIFY_CHANGE, change: Change, from: number): void {
  if (n.Flags(watch) & NOTIFY_LOST) return;
  if (keepNews(watch, change, from)) {
    if (change.action === FILE_ACTION_RENAMED_OLD_NAME) return;
    const irp = takeWaiter(watch);
    if (irp !== 0) deliver(list, watch, irp);
    return;
  }
  const irp = takeWaiter(watch);
  if (irp !== 0) end(list, irp, STATUS_NOTIFY_ENUM_DIR, 0);
  else n.set_Flags(watch, n.Flags(watch) | NOTIFY_LOST);
}

/**
 * Reports a change to everyone who watches. PASSIVE_LEVEL; no lock of the file system that a
 * completion routine could need may be held, since requests are completed here.
 *
 * @param FullTargetName UNICODE_STRING: what changed, from the root, without a stream name.
 * @param TargetNameOffset bytes in front of its last component.
 * @param StreamName UNICODE_STRING or 0; @param NormalizedParentName UNICODE_STRING or 0: the name
 *   of the parent that watches are compared with, when FullTargetName has another spelling of it.
 * @param FilterMatch FILE_NOTIFY_CHANGE_* of the change; @param Action FILE_ACTION_*.
 */
export function FsRtlNotifyFullReportChange(
  NotifySync: number,
  NotifyList: number,
  FullTargetName: number,
  TargetNameOffset: number,
  StreamName: number,
  NormalizedParentName: number,
  FilterMatch: number,
  Action: number,
  _TargetContext: number,
): void {
  const change = changeOf(FullTargetName, TargetNameOffset, StreamName, NormalizedParentName,
    Action);
  const list: Ending = { first: 0, last: 0 };
  lockStripe(NotifySync);
  for (let at = flink(NotifyList); at !== NotifyList; at = flink(at)) {
    const watch = at as PNOTIFY_CHANGE;
    if ((n.CompletionFilter(watch) & FilterMatch) === 0) continue;
    const from = seenFrom(watch, change);
    if (from >= 0) tellWatch(list, watch, change, from);
  }
  unlockStripe(NotifySync);
  completeAll(list);
}

function cleanup(sync: number, notifyList: number, fsContext: number): boolean {
  const list: Ending = { first: 0, last: 0 };
  lockStripe(sync);
  const watch =
    fsContext === 0 ? (flink(notifyList) as PNOTIFY_CHANGE) : findWatch(notifyList, fsContext);
  const found = watch !== 0 && watch !== notifyList;
  if (found) {
    endAll(list, watch, STATUS_NOTIFY_CLEANUP);
    RemoveEntryList(watch);
  }
  unlockStripe(sync);
  completeAll(list);
  if (found) freeWatch(watch);
  return found;
}

/** Ends the watch of an open, at the cleanup of its last handle. PASSIVE_LEVEL. */
export function FsRtlNotifyCleanup(
  NotifySync: number,
  NotifyList: number,
  FsContext: number,
): void {
  if (FsContext !== 0) cleanup(NotifySync, NotifyList, FsContext);
}

/** Ends every watch of a volume, at its dismount. PASSIVE_LEVEL. */
export function FsRtlNotifyCleanupAll(NotifySync: number, NotifyList: number): void {
  while (cleanup(NotifySync, NotifyList, 0));
}
