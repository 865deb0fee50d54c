// Who holds an oplock: granting (the request pends), ending (the request completes and thereby
// tells the holder), cancelling. A holder's IRP may be cancelled at any time, which gives the
// oplock up. Whoever ends a request takes its cancel routine away first; if that is gone, the
// holder is leaving by itself and counts as gone.
//
// Everything here runs with the oplock's stripe held, and completes nothing: what is to be
// completed is collected in Effects and done by `carryOut` after the stripe is given back.
import { fillBytes, i32 as words } from '../../../mem/memory.ts';
import { kernelRoutine } from '../../../mem/routine.ts';
import { add } from '../../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { REQUEST_OPLOCK_CURRENT_VERSION, REQUEST_OPLOCK_OUTPUT_BUFFER,
  REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED, REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED }
  from '../../io/control-types.ts';
import { IRP } from '../../io/types.ts';
import { IoMarkIrpPending } from '../../io/irp/irp.ts';
import { IoReleaseCancelSpinLock, IoSetCancelRoutine } from '../../io/irp/cancel.ts';
import { IofCompleteRequest } from '../../io/irp/completion.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList } from '../../rtl/list-entry.ts';
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../status-codes.ts';
import { writeOwner } from './oplock-key.ts';
import { lockStripe, unlockStripe } from '../stripe-lock.ts';
import { FILE_OPLOCK_BROKEN_TO_LEVEL_2, FILE_OPLOCK_BROKEN_TO_NONE, FSRTL_OPLOCK, HOLDER_BREAKING,
  HOLDER_GONE, HOLDER_GRANTED, LEGACY, LEVEL_2, OPLOCK_HOLDER } from './oplock-types.ts';
import { carryOut, releaseWaiters } from './oplock-waiter.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIRP } from '../../io/types.ts';
import type { Effects } from './oplock-waiter.ts';
import type { PHOLDER, POPLOCK } from './oplock-types.ts';

const i32 = words;
const o = FSRTL_OPLOCK.bound;
const h = OPLOCK_HOLDER.bound;
const irpOf = IRP.bound;
const out = REQUEST_OPLOCK_OUTPUT_BUFFER.bound;
type POUT = Parameters<typeof out.Flags>[0];
const TAG = poolTag('FOho');
const OUTPUT_BYTES = REQUEST_OPLOCK_OUTPUT_BUFFER.size;

/** Makes a holder that holds nothing yet; NULL when there is no memory. No stripe is held. */
export function createHolder(oplock: POPLOCK, file: PFILE_OBJECT, type: number): PHOLDER {
  const holder = ExAllocatePoolWithTag(NonPagedPool, OPLOCK_HOLDER.size, TAG) as PHOLDER;
  if (holder === 0) return holder;
  fillBytes(holder, 0, OPLOCK_HOLDER.size);
  InitializeListHead(holder);
  h.set_Oplock(holder, oplock);
  h.set_File(holder, file);
  h.set_Type(holder, type);
  h.set_State(holder, HOLDER_GONE);
  writeOwner(h.at_Owner(holder), file);
  return holder;
}

/** Frees a holder that is in no list. */
export function freeHolder(holder: PHOLDER): void {
  ExFreePoolWithTag(holder, TAG);
}

/** Whether a type is one of the legacy ones. */
export function isLegacy(type: number): boolean {
  return (type & LEGACY) !== 0;
}

/** Takes a holder out of the oplock; its memory stays. */
export function removeHolder(oplock: POPLOCK, holder: PHOLDER): void {
  if (o.Exclusive(oplock) === holder) o.set_Exclusive(oplock, 0 as PHOLDER);
  RemoveEntryList(holder);
  InitializeListHead(holder);
  h.set_State(holder, HOLDER_GONE);
}

const cancelRoutine = kernelRoutine('FsRtlCancelOplockRequest', (_device, irp) => {
  const Irp = irp as PIRP;
  IoReleaseCancelSpinLock(irpOf.CancelIrql(Irp));
  const holder = i32[irpOf.at_Tail_Overlay_DriverContext(Irp) >> 2] as PHOLDER;
  const oplock = h.Oplock(holder) as POPLOCK;
  const effects: Effects = { irps: [], waiters: [] };
  lockStripe(oplock);
  if (h.State(holder) !== HOLDER_GONE) {
    removeHolder(oplock, holder);
    releaseWaiters(oplock, effects);
  }
  unlockStripe(oplock);
  freeHolder(holder);
  irpOf.set_IoStatus_Status(Irp, STATUS_CANCELLED);
  irpOf.set_IoStatus_Information(Irp, 0);
  IofCompleteRequest(Irp, 0);
  carryOut(oplock, effects);
  return 0;
});

/**
 * Grants: the request pends from now on, as an exclusive oplock or in the shared list.
 * @returns false when the request was cancelled before; then nothing is held.
 */
export function grantTo(oplock: POPLOCK, holder: PHOLDER, irp: PIRP, exclusive: boolean): boolean {
  IoMarkIrpPending(irp);
  i32[irpOf.at_Tail_Overlay_DriverContext(irp) >> 2] = holder;
  h.set_Irp(holder, irp);
  h.set_State(holder, HOLDER_GRANTED);
  h.set_ClosePending(holder, 0);
  if (exclusive) o.set_Exclusive(oplock, holder);
  else InsertTailList(o.at_Shared(oplock), holder);
  add(o.at_Grants(oplock), 1);
  IoSetCancelRoutine(irp, cancelRoutine);
  if (irpOf.Cancel(irp) === 0 || IoSetCancelRoutine(irp, 0) === 0) return true;
  removeHolder(oplock, holder);
  return false;
}

/** How a request ends: with which level, status and demands. */
export interface Ending {
  readonly status: NTSTATUS;
  readonly from: number;
  readonly to: number;
  readonly ackRequired: boolean;
  /** Access and sharing of the create that takes H away, for MODES_PROVIDED; 0 when none does. */
  readonly access: number;
  readonly share: number;
  /** More output flags (WRITABLE_SECTION_PRESENT). */
  readonly flags?: number;
}

/** Writes how an oplock ended into its request: Information, or the output buffer. */
export function setResult(irp: PIRP, ending: Ending): void {
  irpOf.set_IoStatus_Status(irp, ending.status);
  if (isLegacy(ending.from)) {
    const toTwo = ending.to === LEVEL_2;
    irpOf.set_IoStatus_Information(irp,
      toTwo ? FILE_OPLOCK_BROKEN_TO_LEVEL_2 : FILE_OPLOCK_BROKEN_TO_NONE);
    return;
  }
  const buffer = irpOf.AssociatedIrp_SystemBuffer(irp) as POUT;
  irpOf.set_IoStatus_Information(irp, OUTPUT_BYTES);
  fillBytes(buffer, 0, OUTPUT_BYTES);
  out.set_StructureVersion(buffer, REQUEST_OPLOCK_CURRENT_VERSION);
  out.set_StructureLength(buffer, OUTPUT_BYTES);
  out.set_OriginalOplockLevel(buffer, ending.from);
  out.set_NewOplockLevel(buffer, ending.to);
  const ack = ending.ackRequired ? REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED : 0;
  const modes = ending.access === 0 ? 0 : REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED;
  out.set_Flags(buffer, ack | modes | (ending.flags ?? 0));
  out.set_AccessMode(buffer, ending.access);
  out.set_ShareMode(buffer, ending.share);
}

/**
 * Ends a granted request. The holder stays where it is, without an IRP.
 * @returns false when the request is being cancelled: then the holder is out of the oplock.
 */
export function endRequest(
  oplock: POPLOCK,
  holder: PHOLDER,
  effects: Effects,
  ending: Ending,
): boolean {
  const irp = h.Irp(holder) as PIRP;
  if (IoSetCancelRoutine(irp, 0) === 0) {
    removeHolder(oplock, holder);
    return false;
  }
  setResult(irp, ending);
  h.set_Irp(holder, 0);
  effects.irps.push(irp);
  return true;
}

/** Ends a granted request, and the holder with it; no answer is expected. */
export function endHolder(
  oplock: POPLOCK,
  holder: PHOLDER,
  effects: Effects,
  status: NTSTATUS,
  to: number,
): void {
  const ending = {
    status, from: h.Type(holder), to, ackRequired: false, access: 0, share: 0,
  };
  if (!endRequest(oplock, holder, effects, ending)) return;
  removeHolder(oplock, holder);
  freeHolder(holder);
}

/** Tells a holder to go down to a level; it stays until it answers, unless it is leaving. */
export function startBreak(
  oplock: POPLOCK,
  holder: PHOLDER,
  effects: Effects,
  to: number,
  access: number,
  share: number,
): boolean {
  const ending = {
    status: STATUS_SUCCESS, from: h.Type(holder), to, ackRequired: true, access, share,
  };
  if (!endRequest(oplock, holder, effects, ending)) return false;
  h.set_State(holder, HOLDER_BREAKING);
  h.set_Offered(holder, to);
  h.set_BreakTo(holder, to);
  return true;
}

/** Puts a holder that is in no list among those that are breaking. */
export function insertBreaking(oplock: POPLOCK, holder: PHOLDER): void {
  InsertTailList(o.at_Breaking(oplock), holder);
}

/** Moves a shared holder to those that are breaking. */
export function moveToBreaking(oplock: POPLOCK, holder: PHOLDER): void {
  RemoveEntryList(holder);
  InsertTailList(o.at_Breaking(oplock), holder);
}
