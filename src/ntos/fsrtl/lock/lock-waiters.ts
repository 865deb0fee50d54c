// Lock requests whose IRP waits: queueing, cancelling, granting in order, completing.
//
// A waiting IRP has a cancel routine. Whoever takes a request out of the queue first takes the
// cancel routine away; if it is gone, the cancel routine is on its way and completes the IRP. The
// routine finds the record and its lists through DriverContext of the IRP.
import { i32 as words } from '../../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../../mem/routine.ts';
import { InsertTailList, flink } from '../../rtl/list-entry.ts';
import { STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS } from '../../status-codes.ts';
import { NT_SUCCESS } from '../../status.ts';
import { IRP } from '../../io/types.ts';
import { IoMarkIrpPending } from '../../io/irp/irp.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../../io/irp/cancel.ts';
import { IofCompleteRequest } from '../../io/irp/completion.ts';
import { LOCK_RECORD, canGrant, freeRecord, grant, grantedHead, unlink, waitingHead }
  from './lock-list.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PIRP } from '../../io/types.ts';
import type { PLOCK_INFO, PLOCK_RECORD } from './lock-list.ts';

const i32 = words;
const r = LOCK_RECORD.bound;
const { Cancel, CancelIrql, set_IoStatus_Status, set_IoStatus_Information,
  at_Tail_Overlay_DriverContext: at_DriverContext } = IRP.bound;

/**
 * Completes a lock IRP with a status, through the file system's routine when it has one.
 * No lock is held. Returns what the routine says; the IRP is gone.
 */
export function completeLockIrp(
  routine: number,
  context: number,
  irp: PIRP,
  status: NTSTATUS,
): NTSTATUS {
  set_IoStatus_Status(irp, status);
  set_IoStatus_Information(irp, 0);
  if (routine !== 0) return routineTable[routine]!(context, irp) as NTSTATUS;
  IofCompleteRequest(irp, 0);
  return status;
}

function completeRecord(record: PLOCK_RECORD, status: NTSTATUS): NTSTATUS {
  return completeLockIrp(r.CompleteRoutine(record), r.Context(record), r.Irp(record) as PIRP,
    status);
}

const cancelRoutine = kernelRoutine('FsRtlCancelLockIrp', (_device, irp) => {
  const Irp = irp as PIRP;
  IoReleaseCancelSpinLock(CancelIrql(Irp));
  const record = i32[at_DriverContext(Irp) >> 2] as PLOCK_RECORD;
  const info = i32[(at_DriverContext(Irp) + 4) >> 2]!;
  lockStripe(info);
  unlink(record);
  unlockStripe(info);
  completeRecord(record, STATUS_CANCELLED);
  freeRecord(record);
  return 0;
});

/**
 * Queues a request; the stripe is held. The record knows its IRP already.
 * @returns STATUS_PENDING, or STATUS_CANCELLED when it was cancelled before: then the caller
 *   completes the IRP, which is marked pending, and frees the record.
 */
export function queueWaiter(info: PLOCK_INFO, record: PLOCK_RECORD): NTSTATUS {
  const irp = r.Irp(record) as PIRP;
  IoMarkIrpPending(irp);
  i32[at_DriverContext(irp) >> 2] = record;
  i32[(at_DriverContext(irp) + 4) >> 2] = info;
  InsertTailList(waitingHead(info), record);
  IoSetCancelRoutine(irp, cancelRoutine);
  if (Cancel(irp) === 0 || IoSetCancelRoutine(irp, 0) === 0) return STATUS_PENDING;
  unlink(record);
  return STATUS_CANCELLED;
}

/** Takes a lock back that was granted for `irp`, if it is still there; the stripe is not held. */
export function undoGrant(info: PLOCK_INFO, record: PLOCK_RECORD, irp: PIRP): void {
  lockStripe(info);
  const head = grantedHead(info);
  let at = flink(head);
  while (at !== head && at !== record) at = flink(at);
  const found = at === record && r.Irp(record) === irp;
  if (found) unlink(record);
  unlockStripe(info);
  if (found) freeRecord(record);
}

/** A lock that was granted and whose IRP has to be told so. */
interface Granted {
  readonly record: PLOCK_RECORD;
  readonly irp: PIRP;
  readonly routine: number;
  readonly context: number;
}

/**
 * Moves what can be granted now to the granted locks, oldest first; the stripe is held. A granted
 * record is its owner's, who may unlock and so free it as soon as the stripe is dropped: what its
 * completion needs is taken out of it before.
 */
function grantNow(info: PLOCK_INFO): Granted[] {
  const granted: Granted[] = [];
  const head = waitingHead(info);
  for (let at = flink(head); at !== head; ) {
    const record = at as PLOCK_RECORD;
    at = flink(at);
    const irp = r.Irp(record) as PIRP;
    if (!canGrant(info, record) || IoSetCancelRoutine(irp, 0) === 0) continue;
    unlink(record);
    grant(info, record);
    granted.push({ record, irp, routine: r.CompleteRoutine(record), context: r.Context(record) });
  }
  return granted;
}

/**
 * Grants every waiting request that can be, oldest first, and completes them. A request whose
 * completion routine fails gives its lock back, which may let others in.
 */
export function grantWaiters(info: PLOCK_INFO): void {
  for (let again = true; again; ) {
    again = false;
    lockStripe(info);
    const granted = grantNow(info);
    unlockStripe(info);
    for (const { record, irp, routine, context } of granted) {
      if (NT_SUCCESS(completeLockIrp(routine, context, irp, STATUS_SUCCESS))) continue;
      undoGrant(info, record, irp);
      again = true;
    }
  }
}

/** Ends the waiting requests for which `ends` says so, with a status of failure. */
export function withdrawWaiters(
  info: PLOCK_INFO,
  status: NTSTATUS,
  ends: (record: PLOCK_RECORD) => boolean,
): void {
  const ended: PLOCK_RECORD[] = [];
  lockStripe(info);
  const head = waitingHead(info);
  for (let at = flink(head); at !== head; ) {
    const record = at as PLOCK_RECORD;
    at = flink(at);
    if (!ends(record)) continue;
    unlink(record);
    // A cancel routine on its way finds the record in no list, completes and frees it.
    if (IoSetCancelRoutine(r.Irp(record) as PIRP, 0) !== 0) ended.push(record);
  }
  unlockStripe(info);
  for (const record of ended) {
    completeRecord(record, status);
    freeRecord(record);
  }
}
