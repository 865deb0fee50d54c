// Sending an IRP that this thread made, and waiting for its end: the common tail of every system
// service (IopSynchronousServiceTail).
import { ObDereferenceObject, ObReferenceObject } from '../../ob/object.ts';
import { KEVENT } from '../../ke/types.ts';
import { currentThread } from '../../ke/prcb.ts';
import { APC_LEVEL, KeLowerIrql, KfRaiseIrql } from '../../ke/irql.ts';
import { KeInitializeEvent, NotificationEvent } from '../../ke/event.ts';
import { Executive, waitForObject } from '../../ke/dispatcher.ts';
import { STATUS_PENDING } from '../../status-codes.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP, IRP_CLOSE_OPERATION,
  IRP_DEFER_IO_COMPLETION,
  IRP_PAGING_IO, IRP_SYNCHRONOUS_API, IRP_SYNCHRONOUS_PAGING_IO } from '../types.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IopAllocateIrpMustSucceed }
  from '../irp/irp.ts';
import { IofCallDriver } from '../irp/call-driver.ts';
import { IopCompleteRequest, freeMdlChain } from '../irp/complete-request.ts';
import { initiatingInstance, isTargeted } from '../object/file-extension.ts';
import { MEANS_IRP, WAIT_MEANS } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIRP } from '../types.ts';

const { set_Flags, Flags, set_RequestorMode, set_UserIosb, set_UserEvent, UserIosb,
  set_Tail_Overlay_Thread: set_Thread, set_Tail_Overlay_IrpExtension: set_IrpExtension,
  Tail_Overlay_OriginalFileObject: OriginalFileObject,
  set_Tail_Overlay_OriginalFileObject: set_OriginalFileObject } = IRP.bound;
const { set_MajorFunction, set_FileObject } = IO_STACK_LOCATION.bound;
const { StackSize } = DEVICE_OBJECT.bound;
const { Status } = IO_STATUS_BLOCK.bound;
/** These end without an APC, and their issuer frees the IRP. */
const ISSUER_FREES = IRP_PAGING_IO | IRP_CLOSE_OPERATION;
const SYNCHRONOUS_PAGING = IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO;
type PIOSB = Parameters<typeof Status>[0];

/**
 * Makes the IRP of a system service: one operation of this thread on a file object.
 * The file object gets a reference that goes when the operation is finished.
 *
 * @param iosb where the result goes; it must live until the operation is finished.
 * @returns NULL when there is no memory.
 */
export function buildRequest(
  file: PFILE_OBJECT,
  device: PDEVICE_OBJECT,
  major: number,
  mode: number,
  flags: number,
  iosb: number,
): PIRP {
  const stack = StackSize(device);
  const ends = (flags & IRP_CLOSE_OPERATION) !== 0;
  const irp = ends ? IopAllocateIrpMustSucceed(stack) : IoAllocateIrp(stack);
  if (irp === 0) return irp;
  set_Flags(irp, flags | IRP_DEFER_IO_COMPLETION);
  set_RequestorMode(irp, mode);
  set_UserIosb(irp, iosb as PIOSB);
  set_Thread(irp, currentThread);
  // A close is sent when the last reference is gone: it cannot take one.
  if (!ends) {
    set_OriginalFileObject(irp, file);
    ObReferenceObject(file);
  }
  // A file that a minifilter opened: its requests start below that instance (IO-15).
  if (isTargeted(file)) set_IrpExtension(irp, initiatingInstance(file));
  const location = IoGetNextIrpStackLocation(irp);
  set_MajorFunction(location, major);
  set_FileObject(location, file);
  return irp;
}

/**
 * Sends the request and waits for its end, whatever kind of file object it is for.
 * IRQL PASSIVE_LEVEL (APC_LEVEL for paging I/O).
 *
 * @returns the final status; the status block holds it too, but for requests that failed at once.
 */
export function sendAndWait(device: PDEVICE_OBJECT, irp: PIRP): NTSTATUS {
  const frame = pushFrame();
  const event = stackAlloc(KEVENT.size);
  KeInitializeEvent(event, NotificationEvent, false);
  set_UserEvent(irp, event as never);
  set_Flags(irp, Flags(irp) | IRP_SYNCHRONOUS_API);
  const iosb = UserIosb(irp) as PIOSB;
  const flags = Flags(irp);
  let status = IofCallDriver(device, irp);
  if (status === STATUS_PENDING) {
    if (tracer !== null) tracer.event(WAIT_MEANS, MEANS_IRP, irp, 0, 0);
    waitForObject(event, Executive);
    status = Status(iosb);
  } else if ((flags & ISSUER_FREES) === 0) {
    completeInline(irp);
  }
  // Asynchronous paging I/O has given everything back when it ended.
  if ((flags & SYNCHRONOUS_PAGING) === SYNCHRONOUS_PAGING) finishPaging(irp);
  popFrame(frame);
  return status;
}

/** A paging request that was waited for: its issuer gives everything back. */
function finishPaging(irp: PIRP): void {
  const file = OriginalFileObject(irp);
  freeMdlChain(irp);
  IoFreeIrp(irp);
  if (file !== 0) ObDereferenceObject(file);
}

/** Sends the request without waiting; STATUS_PENDING when it ends later, through UserEvent. */
export function send(device: PDEVICE_OBJECT, irp: PIRP): NTSTATUS {
  const ownsIrp = (Flags(irp) & ISSUER_FREES) !== 0;
  const status = IofCallDriver(device, irp);
  if (status !== STATUS_PENDING && !ownsIrp) completeInline(irp);
  return status;
}

/** The operation ended before its driver returned: this thread finishes it. */
function completeInline(irp: PIRP): void {
  const old = KfRaiseIrql(APC_LEVEL);
  IopCompleteRequest(irp);
  KeLowerIrql(old);
}
