// @hot  I/O request packets and their stack locations. An IRP is one block: the packet, then one
// location per driver, the last of which belongs to the topmost. Whoever holds the IRP owns every
// field; ownership passes with IofCallDriver, completion and the queues, so accesses are plain.
import { fillBytes as fill, i32 as words, u8 as bytes }
  from '../../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { allocateUngated } from '../../ex/pool/pool-block.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { InitializeListHead } from '../../rtl/list-entry.ts';
import { IO_STACK_LOCATION, IRP, SL_INVOKE_ON_CANCEL, SL_INVOKE_ON_ERROR, SL_INVOKE_ON_SUCCESS,
  SL_PENDING_RETURNED } from '../types.ts';
import { shelveIrp, takeShelvedIrp } from './irp-shelf.ts';
import { IO_TYPE_IRP, TAG_IRP } from '../object/private.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../types.ts';
import type { RoutineId } from '../../../mem/routine.ts';

const i32 = words;
const u8 = bytes;
const fillBytes = fill;
const allocate = ExAllocatePoolWithTag;
const free = ExFreePoolWithTag;
const takeShelved = takeShelvedIrp;
const shelve = shelveIrp;
const initializeList = InitializeListHead;
const IRP_SIZE = IRP.size;
const LOCATION_SIZE = IO_STACK_LOCATION.size;
const { set_Type, set_Size, set_StackCount, StackCount, set_CurrentLocation, CurrentLocation,
  at_ThreadListEntry, Tail_Overlay_CurrentStackLocation: CurrentStackLocation,
  set_Tail_Overlay_CurrentStackLocation: set_CurrentStackLocation } = IRP.bound;
const { set_CompletionRoutine, set_Context, set_Control, Control } = IO_STACK_LOCATION.bound;
const controlAt = IO_STACK_LOCATION.offsets['Control'] ?? 3;
if (IO_STACK_LOCATION.offsets['CompletionRoutine'] !== 28) {
  throw new Error('IoCopyCurrentIrpStackLocationToNext is written for seven words of a location');
}

/** The size in bytes of an IRP with so many stack locations. Any IRQL. */
export function IoSizeOfIrp(StackSize: number): number {
  return IRP_SIZE + StackSize * LOCATION_SIZE;
}

/** Makes an IRP of a zeroed or used block. Any IRQL. */
export function IoInitializeIrp(Irp: PIRP, PacketSize: number, StackSize: number): void {
  fillBytes(Irp, 0, PacketSize);
  set_Type(Irp, IO_TYPE_IRP);
  set_Size(Irp, PacketSize);
  set_StackCount(Irp, StackSize);
  set_CurrentLocation(Irp, StackSize + 1);
  initializeList(at_ThreadListEntry(Irp));
  set_CurrentStackLocation(Irp, (Irp + PacketSize) as PIO_STACK_LOCATION);
}

/** Takes an IRP from nonpaged pool; NULL when there is no memory. IRQL <= DISPATCH_LEVEL. */
export function IoAllocateIrp(StackSize: number, _ChargeQuota = false): PIRP {
  const size = IRP_SIZE + StackSize * LOCATION_SIZE;
  const irp = takeShelved(StackSize, size) || allocate(NonPagedPool, size, TAG_IRP) as PIRP;
  if (irp !== 0) IoInitializeIrp(irp, size, StackSize);
  return irp;
}

/** IoAllocateIrp for requests that must not fail: fault injection lets them be (cleanup, close). */
export function IopAllocateIrpMustSucceed(StackSize: number): PIRP {
  const size = IRP_SIZE + StackSize * LOCATION_SIZE;
  const irp = allocateUngated(NonPagedPool, size, TAG_IRP) as PIRP;
  if (irp !== 0) IoInitializeIrp(irp, size, StackSize);
  return irp;
}

/** Gives an IRP back. IRQL <= DISPATCH_LEVEL. */
export function IoFreeIrp(Irp: PIRP): void {
  const locations = StackCount(Irp);
  if (!shelve(Irp, locations, IRP_SIZE + locations * LOCATION_SIZE)) free(Irp, TAG_IRP);
}

/** The stack location of the driver that has the IRP. Any IRQL. */
export function IoGetCurrentIrpStackLocation(Irp: PIRP): PIO_STACK_LOCATION {
  return CurrentStackLocation(Irp);
}

/** The stack location of the driver below. Any IRQL. */
export function IoGetNextIrpStackLocation(Irp: PIRP): PIO_STACK_LOCATION {
  return (CurrentStackLocation(Irp) - LOCATION_SIZE) as PIO_STACK_LOCATION;
}

/** Makes the next location current, for a driver that forwards an IRP it made. Any IRQL. */
export function IoSetNextIrpStackLocation(Irp: PIRP): void {
  set_CurrentLocation(Irp, CurrentLocation(Irp) - 1);
  set_CurrentStackLocation(Irp, IoGetNextIrpStackLocation(Irp));
}

/** Lets the driver below use this driver's location: it wants no completion routine. Any IRQL. */
export function IoSkipCurrentIrpStackLocation(Irp: PIRP): void {
  set_CurrentLocation(Irp, CurrentLocation(Irp) + 1);
  const next = (CurrentStackLocation(Irp) + LOCATION_SIZE) as PIO_STACK_LOCATION;
  set_CurrentStackLocation(Irp, next);
}

/** Copies the parameters to the location below, without the completion routine. Any IRQL. */
export function IoCopyCurrentIrpStackLocationToNext(Irp: PIRP): void {
  const from = CurrentStackLocation(Irp);
  const to = IoGetNextIrpStackLocation(Irp);
  const t = to >> 2;
  const f = from >> 2;
  // Seven words, written out: the call of the block mover costs more.
  i32[t] = i32[f]!;
  i32[t + 1] = i32[f + 1]!;
  i32[t + 2] = i32[f + 2]!;
  i32[t + 3] = i32[f + 3]!;
  i32[t + 4] = i32[f + 4]!;
  i32[t + 5] = i32[f + 5]!;
  i32[t + 6] = i32[f + 6]!;
  set_Control(to, 0);
}

/**
 * Sets what is called when the driver below has completed the IRP. Any IRQL <= DISPATCH_LEVEL.
 * The routine gets (DeviceObject, Irp, Context), at up to DISPATCH_LEVEL in any thread.
 */
export function IoSetCompletionRoutine(
  Irp: PIRP,
  routine: RoutineId,
  Context: number,
  onSuccess: boolean,
  onError: boolean,
  onCancel: boolean,
): void {
  const next = IoGetNextIrpStackLocation(Irp);
  set_CompletionRoutine(next, routine);
  set_Context(next, Context);
  set_Control(
    next,
    (onSuccess ? SL_INVOKE_ON_SUCCESS : 0) |
      (onError ? SL_INVOKE_ON_ERROR : 0) |
      (onCancel ? SL_INVOKE_ON_CANCEL : 0),
  );
}

/** Says that this driver returns STATUS_PENDING for the IRP. Any IRQL, before it gives it away. */
export function IoMarkIrpPending(Irp: PIRP): void {
  const location = CurrentStackLocation(Irp);
  set_Control(location, Control(location) | SL_PENDING_RETURNED);
}

/** How many locations the IRP has. Any IRQL. */
export function irpStackCount(Irp: PIRP): number {
  return StackCount(Irp);
}

/** Clears a location after its completion routine ran, as IofCompleteRequest does. */
export function zeroLocation(location: PIO_STACK_LOCATION): void {
  const at = location >> 2;
  u8[location + controlAt] = 0;
  i32[at + 1] = 0;
}
