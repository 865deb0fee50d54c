// The last part of an I/O operation. It runs in the thread that issued it: at once when the
// operation completed before the driver returned (the issuer does it, IRP_DEFER_IO_COMPLETION),
// else by a special kernel APC. That is why an issuer that waits at APC_LEVEL or in a guarded
// region never sees its I/O end (KRN-5, IO-6).
import { copyBytes } from '../../../mem/memory.ts';
import { kernelRoutine } from '../../../mem/routine.ts';
import { ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { KeSetEvent } from '../../ke/event.ts';
import { queueSpecialApc } from '../../ke/apc.ts';
import { KAPC } from '../../ke/types.ts';
import { NT_ERROR } from '../../status.ts';
import { ObDereferenceObject } from '../../ob/object.ts';
import { IO_STATUS_BLOCK, IRP, IRP_BUFFERED_IO, IRP_CLOSE_OPERATION, IRP_CREATE_OPERATION,
  IRP_DEALLOCATE_BUFFER, IRP_DEFER_IO_COMPLETION, IRP_INPUT_OPERATION, IRP_PAGING_IO,
  IRP_SYNCHRONOUS_PAGING_IO } from '../types.ts';
import { dropEcpList } from '../ecp.ts';
import { IoFreeIrp } from './irp.ts';
import { IoFreeMdl, MmUnlockPages } from './mdl.ts';
import { TAG_BUFFER } from '../object/private.ts';
import { dequeueThreadIrp } from './thread-irps.ts';
import { MDL, MDL_PAGES_LOCKED } from '../types.ts';
import type { PIRP, PMDL } from '../types.ts';

const { Flags, PendingReturned, IoStatus_Status, IoStatus_Information, UserIosb, UserEvent,
  UserBuffer, MdlAddress, set_MdlAddress, Tail_Overlay_Thread: Thread, at_Tail_Apc,
  AssociatedIrp_SystemBuffer: SystemBuffer,
  Tail_Overlay_OriginalFileObject: OriginalFileObject,
  Tail_Overlay_AuxiliaryBuffer: AuxiliaryBuffer } = IRP.bound;
const { SystemArgument2, set_SystemArgument2 } = KAPC.bound;
type PKAPC = Parameters<typeof SystemArgument2>[0];
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
const { Next, MdlFlags } = MDL.bound;
type PIOSB = Parameters<typeof set_Status>[0];

/** Frees the MDL chain of an IRP; pages that are still locked are unlocked first. */
export function freeMdlChain(irp: PIRP): void {
  let mdl = MdlAddress(irp);
  set_MdlAddress(irp, 0 as PMDL);
  while (mdl !== 0) {
    const next = Next(mdl);
    if (MdlFlags(mdl) & MDL_PAGES_LOCKED) MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    mdl = next as PMDL;
  }
}

let finishCreate: (irp: PIRP, data: number) => void = () => undefined;

/** Sets what deals with the data of a reparse point; reparse.ts does at load. */
export function onCreateEnded(action: (irp: PIRP, data: number) => void): void {
  finishCreate = action;
}

function copyStatus(irp: PIRP): void {
  const iosb = UserIosb(irp) as PIOSB;
  if (iosb === 0) return;
  set_Information(iosb, IoStatus_Information(irp));
  set_Status(iosb, IoStatus_Status(irp));
}

/**
 * Finishes an operation in the issuer's thread: copies a buffered result back, stores the status
 * block, signals the event, gives back the buffers and the IRP (IopCompleteRequest).
 *
 * @param auxiliary what a create left in AuxiliaryBuffer; an APC carries it, lying over the member.
 */
export function IopCompleteRequest(irp: PIRP, auxiliary = AuxiliaryBuffer(irp)): void {
  const flags = Flags(irp);
  if (flags & IRP_CREATE_OPERATION && auxiliary !== 0) finishCreate(irp, auxiliary);
  const status = IoStatus_Status(irp);
  if (flags & IRP_BUFFERED_IO) {
    if (flags & IRP_INPUT_OPERATION && !NT_ERROR(status)) {
      copyBytes(UserBuffer(irp), SystemBuffer(irp), IoStatus_Information(irp));
    }
    if (flags & IRP_DEALLOCATE_BUFFER) ExFreePoolWithTag(SystemBuffer(irp), TAG_BUFFER);
  }
  if (MdlAddress(irp) !== 0) freeMdlChain(irp);
  if (flags & IRP_CREATE_OPERATION) dropEcpList(irp);
  copyStatus(irp);
  const event = UserEvent(irp);
  if (event !== 0 && (!NT_ERROR(status) || PendingReturned(irp))) KeSetEvent(event, 0, false);
  const file = OriginalFileObject(irp);
  dequeueThreadIrp(irp);
  IoFreeIrp(irp);
  if (file !== 0) ObDereferenceObject(file);
}

// The KAPC lies over Tail.Overlay, its first argument over OriginalFileObject: the argument has to
// be that file object, and the IRP is found from where the KAPC lies.
const apcOffset = at_Tail_Apc(0 as PIRP);
const completeApc = kernelRoutine('IopCompleteRequest', (apc) => {
  IopCompleteRequest((apc! - apcOffset) as PIRP, SystemArgument2(apc as PKAPC));
  return 0;
});

/** Hands a finished IRP to its issuer; called by IofCompleteRequest in any thread. */
export function finishRequest(irp: PIRP): void {
  const flags = Flags(irp);
  if (flags & (IRP_PAGING_IO | IRP_CLOSE_OPERATION)) {
    finishWithoutApc(irp, flags);
  } else if (!(flags & IRP_DEFER_IO_COMPLETION) || PendingReturned(irp)) {
    const apc = at_Tail_Apc(irp) as PKAPC;
    set_SystemArgument2(apc, flags & IRP_CREATE_OPERATION ? AuxiliaryBuffer(irp) : 0);
    queueSpecialApc(apc, Thread(irp), completeApc, OriginalFileObject(irp));
  }
}

/** Paging I/O and closes may be waited for where no APC can be delivered: their issuer polls. */
function finishWithoutApc(irp: PIRP, flags: number): void {
  copyStatus(irp);
  const event = UserEvent(irp);
  const waited = flags & (IRP_SYNCHRONOUS_PAGING_IO | IRP_CLOSE_OPERATION);
  if (!waited) {
    const file = OriginalFileObject(irp);
    freeMdlChain(irp);
    IoFreeIrp(irp);
    if (file !== 0) ObDereferenceObject(file);
  }
  if (event !== 0) KeSetEvent(event, 0, false);
}
