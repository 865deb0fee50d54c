// @hot  The disk: how and when a file system's requests end. A file system that has done its work
// hands the IRP over with the result; the completion policy decides the rest (boot.completion):
//
//   inline        at once, in the requestor's thread, before the dispatch routine returns
//   other-thread  later, in a storage thread, at PASSIVE_LEVEL
//   dispatch      later, in a storage thread, at DISPATCH_LEVEL: as a disk's DPC does
//   delayed       there, after a delay in virtual time, and out of order
//   hostile       a mix of all, chosen by generators that begin with boot.seed
//
// A request is never lost and never completed twice: it is in exactly one list of one thread
// (storage-thread.ts), linked through its own Tail.Overlay.ListEntry.
import { i32 as words, u32 as unsigned } from '../mem/memory.ts';
import { boot } from '../mem/boot-options.ts';
import { add as addTo, load as loadWord, notify as wake } from '../atomics-sync/atomics.ts';
import { chooseAmong } from '../atomics-sync/schedule/hook.ts';
import { STATUS_PENDING } from '../ntos/status-codes.ts';
import { acquireKernelLock, releaseKernelLock } from '../ntos/ke/kernel-lock.ts';
import { IRP } from '../ntos/io/irp/irp-types.ts';
import { IO_DISK_INCREMENT } from '../ntos/io/object-constants.ts';
import { InsertTailList } from '../ntos/rtl/list-entry.ts';
import { IoMarkIrpPending } from '../ntos/io/irp/irp.ts';
import { IofCompleteRequest } from '../ntos/io/irp/completion.ts';
import { endWith } from './storage-faults.ts';
import { STORAGE_ROOT, STORAGE_THREAD, blockOf, countCompleted, countTaken, nextRandom, seedOf,
  storageRoot } from './storage-root.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PIRP } from '../ntos/io/irp/irp-types.ts';

export { initializeStorage, storageCounters } from './storage-root.ts';
export { drainStorage, isStorageIdle, runStorage } from './storage-thread.ts';

const i32 = words;
const u32 = unsigned;
const add = addTo;
const load = loadWord;
const notify = wake;
const acquire = acquireKernelLock;
const release = releaseKernelLock;
const insertTail = InsertTailList;
const markPending = IoMarkIrpPending;
const complete = IofCompleteRequest;
const random = nextRandom;
const choose = chooseAmong;
const block = blockOf;
const ending = endWith;
const taken = countTaken;
const completed = countCompleted;
const faulty = (boot.faults?.storage ?? 0) > 0;
const { set_IoStatus_Status, set_IoStatus_Information,
  at_Tail_Overlay_ListEntry: at_ListEntry } = IRP.bound;
const { at_Intake, at_Lock, at_Wake, at_Idle } = STORAGE_THREAD.bound;
const { at_Threads, at_Next, at_Calm } = STORAGE_ROOT.bound;
const root = storageRoot;
const threads = at_Threads(root);
const next = at_Next(root);
const calm = at_Calm(root);
const mySeed = seedOf(boot.processor) >> 2;
const alwaysInline = boot.completion === 'inline';
const hostile = boot.completion === 'hostile';
const BOOST = IO_DISK_INCREMENT;
/** Of the hostile policy's requests one in so many ends inline. */
const INLINE_SHARE = 4;

/** Whether the hostile policy ends this request at once. */
function chooseInline(): boolean {
  if (choose !== null) return choose(2) === 1;
  const value = random(u32[mySeed]!);
  u32[mySeed] = value;
  return (value >>> 8) % INLINE_SHARE === 0;
}

/** Gives a request to a storage thread. */
function handOver(Irp: PIRP): void {
  const count = load(threads);
  const to = block(count < 2 ? 0 : (add(next, 1) >>> 0) % count);
  acquire(at_Lock(to));
  insertTail(at_Intake(to), at_ListEntry(Irp));
  release(at_Lock(to));
  // Pairs with the storage thread, which raises Idle and looks at Wake once more before it sleeps.
  add(at_Wake(to), 1);
  if (load(at_Idle(to)) !== 0) notify(at_Wake(to), 1);
}

/**
 * Ends a request of a file system: now or later, by the completion policy. IRQL <= DISPATCH_LEVEL.
 * The caller must not touch the IRP afterwards and returns what this returns.
 *
 * @returns `Status` when the request is completed, STATUS_PENDING when it will be.
 */
export function FsCompleteRequest(Irp: PIRP, Status: NTSTATUS, Information: number): NTSTATUS {
  if (faulty && Status === 0 && i32[calm >> 2] === 0) return endFaulty(Irp, Information);
  return end(Irp, Status, Information);
}

/** Ends a request that went well, unless the disk fails it now. */
function endFaulty(Irp: PIRP, Information: number): NTSTATUS {
  const Status = ending(Irp);
  return end(Irp, Status, Status === 0 ? Information : 0);
}

function end(Irp: PIRP, Status: NTSTATUS, Information: number): NTSTATUS {
  set_IoStatus_Status(Irp, Status);
  set_IoStatus_Information(Irp, Information);
  taken();
  if (alwaysInline || i32[calm >> 2] !== 0 || (hostile && chooseInline())) {
    completed();
    complete(Irp, BOOST);
    return Status;
  }
  markPending(Irp);
  handOver(Irp);
  return STATUS_PENDING;
}

/**
 * Lets every request end inline, or gives the policy its way again: files are laid down before an
 * experiment begins, and nobody gains when that is slow. Any thread; calls nest.
 */
export function calmStorage(on: boolean): void {
  add(calm, on ? 1 : -1);
}
