// Callback data that a filter allocated itself (section 6.2): it describes an operation that the
// filter is about to initiate. It begins as a sheet does (irp-ctrl.ts), with OwnedData set and the
// phase PHASE_FREE: routines that read callback data work on both, and whoever takes it for an
// operation under way finds out.
//
//   | IRP_CTRL without nodes: Data, Iopb, ... | FLT_OWN_DATA: who sent it, whom to tell |
//
// The memory goes when nobody holds it: the filter holds it until FltFreeCallbackData, a thread
// that sends it until the call has returned (its callback may free it before that).
import { LONG, LARGE_INTEGER, POINTER, ROUTINE, ULONG, atomic, pointer } from '../../mem/field.ts';
import { fillBytes } from '../../mem/memory.ts';
import { alignUp } from '../../mem/pointer.ts';
import { struct } from '../../mem/struct.ts';
import { add, load, store } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePool, ExFreePoolWithTag, poolTag }
  from '../../ntos/ex/pool/pool.ts';
import { allocateUngated } from '../../ntos/ex/pool/pool-block.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { IoFreeIrp } from '../../ntos/io/irp/irp.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_GENERATED_IO, FLTFL_CALLBACK_DATA_IRP_OPERATION }
  from '../constants.ts';
import { IRP_CTRL, dataOf, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_FILTER, FLT_INSTANCE } from '../attach/object.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** FLT_OWN_DATA.State. */
export const OWN_IDLE = 1;
/** An operation is under way. */
export const OWN_SENT = 2;
/** It has ended; the result is in IoStatus. */
export const OWN_DONE = 3;
export const OWN_FREED = 4;

/** FLT_OWN_DATA.Flags. */
/** The Filter Manager made it for FltReadFile and the like and frees it itself. */
export const OWN_INTERNAL = 0x1;
/** The IRP is kept for the next operation (FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY). */
export const OWN_KEEP_IRP = 0x2;
/** Sent by FltReissueSynchronousIo: filters below see FLTFL_CALLBACK_DATA_REISSUED_IO. */
export const OWN_REISSUED = 0x4;

/** Cleanup and close: fault injection lets the allocations be. */
export const OWN_MUST_SUCCEED = 0x8;

export const FLT_OWN_DATA = struct('FLT_OWN_DATA', {
  State: atomic(),
  Holds: atomic(),
  /** Set by the completion, on which the thread of a synchronous operation waits. */
  Returned: atomic(),
  Flags: ULONG,
  Instance: pointer('FLT_INSTANCE'),
  /** The target as it was allocated: FltReuseCallbackData goes back to it. */
  File: pointer('FILE_OBJECT'),
  /** The file object that the operation under way keeps. */
  Referenced: pointer('FILE_OBJECT'),
  /** Counts the operations, so that a sender sees that a callback has sent the next one. */
  Generation: LONG,
  /** Whether the driver below the Filter Manager got the operation. */
  ReachedBelow: LONG,
  /** Whom the completion tells; NULL when a thread waits. */
  Callback: ROUTINE,
  CallbackContext: POINTER,
  // FltReadFile and FltWriteFile, asynchronous: what is left to do at the end.
  UserCallback: ROUTINE,
  UserContext: POINTER,
  FilePosition: LARGE_INTEGER,
  TransferFlags: ULONG,
});
export type PFLT_OWN_DATA = Ptr<'FLT_OWN_DATA'>;

const c = IRP_CTRL.bound;
const o = FLT_OWN_DATA.bound;
const { Filter, Volume } = FLT_INSTANCE.bound;
const { at_CallbackDataCount } = FLT_FILTER.bound;
const headSize = alignUp(IRP_CTRL.offsets['Nodes'] ?? 0, 8);
const size = headSize + FLT_OWN_DATA.size;
const TAG = poolTag('FMcd');

/** What the sheet's beginning does not have. */
export function ownPart(ctrl: PIRP_CTRL): PFLT_OWN_DATA {
  return (ctrl + headSize) as PFLT_OWN_DATA;
}

/** Whether callback data was allocated by a filter and not by an operation under way. Any IRQL. */
export function isOwnData(Data: PFLT_CALLBACK_DATA): boolean {
  return c.OwnedData(sheetOf(Data)) !== 0;
}

/** Frees the reparse data that a create has left in the callback data. */
function freeTagData(ctrl: PIRP_CTRL): void {
  const tag = c.Data_TagData(ctrl);
  if (tag === 0) return;
  c.set_Data_TagData(ctrl, 0 as never);
  ExFreePool(tag);
}

/** Zeroes parameters and result, as a fresh allocation has them (IO-7). */
export function resetOwnData(ctrl: PIRP_CTRL): void {
  freeTagData(ctrl);
  const own = ownPart(ctrl);
  const data = dataOf(ctrl);
  fillBytes(data, 0, c.at_Nodes(ctrl) - data);
  c.set_Data_Iopb(ctrl, c.at_Iopb(ctrl) as never);
  c.set_Data_Flags(ctrl, FLTFL_CALLBACK_DATA_IRP_OPERATION | FLTFL_CALLBACK_DATA_GENERATED_IO);
  c.set_Data_Thread(ctrl, currentThread);
  c.set_Iopb_TargetFileObject(ctrl, o.File(own));
  c.set_Iopb_TargetInstance(ctrl, o.Instance(own));
  o.set_Flags(own, o.Flags(own) & ~OWN_REISSUED);
}

/** Allocates callback data for an instance; NULL when there is no memory. IRQL <= DISPATCH. */
export function createOwnData(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  flags: number,
): PIRP_CTRL {
  const mustSucceed = (flags & OWN_MUST_SUCCEED) !== 0;
  const ctrl = (mustSucceed ? allocateUngated(NonPagedPool, size, TAG)
    : ExAllocatePoolWithTag(NonPagedPool, size, TAG)) as PIRP_CTRL;
  if (ctrl === 0) return ctrl;
  fillBytes(ctrl, 0, size);
  const own = ownPart(ctrl);
  c.set_OwnedData(ctrl, 1);
  c.set_Volume(ctrl, Volume(instance));
  o.set_Flags(own, flags);
  o.set_Instance(own, instance);
  o.set_File(own, file);
  store(o.at_State(own), OWN_IDLE);
  store(o.at_Holds(own), 1);
  resetOwnData(ctrl);
  if ((flags & OWN_INTERNAL) === 0) add(at_CallbackDataCount(Filter(instance)), 1);
  return ctrl;
}

/** Keeps the memory while the caller uses it. */
export function holdOwnData(ctrl: PIRP_CTRL): void {
  add(o.at_Holds(ownPart(ctrl)), 1);
}

/** Lets it go; the last one gives it back. IRQL <= DISPATCH_LEVEL. */
export function dropOwnData(ctrl: PIRP_CTRL): void {
  if (add(o.at_Holds(ownPart(ctrl)), -1) === 1) ExFreePoolWithTag(ctrl, TAG);
}

/** Gives back what the filter holds: its IRP, its count, its hold. IRQL <= DISPATCH_LEVEL. */
export function releaseOwnData(ctrl: PIRP_CTRL): void {
  const own = ownPart(ctrl);
  const irp = c.Irp(ctrl);
  freeTagData(ctrl);
  c.set_Irp(ctrl, 0 as never);
  if (irp !== 0) IoFreeIrp(irp);
  if ((o.Flags(own) & OWN_INTERNAL) === 0) {
    add(at_CallbackDataCount(Filter(o.Instance(own))), -1);
  }
  store(o.at_State(own), OWN_FREED);
  dropOwnData(ctrl);
}

/** Where the state is, for reports and checks. */
export function ownState(ctrl: PIRP_CTRL): number {
  return load(o.at_State(ownPart(ctrl)));
}
