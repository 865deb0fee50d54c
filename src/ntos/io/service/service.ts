// What every system service on a file handle shares: looking the handle up with the access it
// needs, building the request, and sending it the way the file object was opened.
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { i32 } from '../../../mem/memory.ts';
import { ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { APC_INDEX_MISMATCH, IRQL_GT_ZERO_AT_SYSTEM_SERVICE } from '../../ke/bug-check-codes.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ke/irql.ts';
import { KeClearEvent } from '../../ke/event.ts';
import { combinedApcDisable, deliverApcsIfPossible } from '../../ke/apc.ts';
import { deliverUserApcs } from '../../ke/wait-interruption.ts';
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../status-codes.ts';
import { OB_TYPE_FILE, ObDereferenceObject } from '../../ob/object.ts';
import { ObReferenceObjectByHandle } from '../../ob/handle.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, IO_STATUS_BLOCK, IRP, IRP_DEALLOCATE_BUFFER }
  from '../types.ts';
import { freeMdlChain } from '../irp/complete-request.ts';
import { attachBuffers, probeBuffers } from './request-buffers.ts';
import { IoFreeIrp, IoGetNextIrpStackLocation } from '../irp/irp.ts';
import { IoGetRelatedDeviceObject } from '../object/device.ts';
import { buildRequest, send, sendAndWait } from './issue.ts';
import { lockFileObject, unlockFileObject } from '../object/file-object.ts';
import { targetDevice } from '../object/file-extension.ts';
import { queueThreadIrp } from '../irp/thread-irps.ts';
import { TAG_BUFFER } from '../object/private.ts';
import type { NTSTATUS } from '../../status.ts';
import type { RequestBuffers } from './request-buffers.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../types.ts';

const { Flags } = FILE_OBJECT.bound;
const { PreviousMode, UserApcPending, CurrentRoutine } = KTHREAD.bound;
const packet = IRP.bound;
const { set_Status } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];

/** Applications call at PASSIVE_LEVEL; anything else is bug check 0x4A. */
export function checkServiceLevel(name: string): void {
  const irql = KeGetCurrentIrql();
  if (irql !== PASSIVE_LEVEL) {
    KeBugCheckEx(IRQL_GT_ZERO_AT_SYSTEM_SERVICE, 0, irql, 0, 0,
      `${name} at IRQL ${irql}; system services are called at PASSIVE_LEVEL`);
  }
  // Between two services the thread would have been interrupted for what is queued to it.
  deliverApcsIfPossible();
  // A driver's routine in an application's thread calls services from kernel mode.
  if (PreviousMode(currentThread) !== 0 && CurrentRoutine(currentThread) === 0) {
    comesFromUserMode(name);
  }
}

/**
 * What holds for a thread that has been in user mode since its last service: its user APCs have
 * run, and no region of the kernel is open any more (KRN-9).
 */
function comesFromUserMode(name: string): void {
  if (UserApcPending(currentThread) !== 0) deliverUserApcs();
  const disabled = combinedApcDisable();
  if (disabled === 0) return;
  KeBugCheckEx(APC_INDEX_MISMATCH, 0, 0, disabled, 0,
    `${name}: the thread came back to user mode from its last system service with kernel APCs ` +
      'disabled; a critical or guarded region was not left, or a mutex is still owned (KRN-9)');
}

/** The file object of a handle, referenced; a failing status (negative) when there is none. */
export function fileByHandle(handle: number, access: number): PFILE_OBJECT | NTSTATUS {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status =
    ObReferenceObjectByHandle(handle, access, OB_TYPE_FILE, PreviousMode(currentThread), out);
  const file = i32[out >> 2]!;
  popFrame(frame);
  return NT_SUCCESS(status) ? (file as PFILE_OBJECT) : status;
}

/** Gives back the reference of fileByHandle. */
export function releaseFile(file: PFILE_OBJECT): void {
  ObDereferenceObject(file);
}

/** One request of a system service. */
export interface ServiceRequest extends RequestBuffers {
  readonly handle: number;
  readonly access: number;
  readonly major: number;
  /** More IRP flags than the service needs anyway (IRP_READ_OPERATION, IRP_NOCACHE). */
  readonly flags?: number;
  readonly iosb: number;
  /** An event of the caller, signaled at the end of an asynchronous request. */
  readonly event?: number;
  /** True: wait for the end even on an asynchronous file object. */
  readonly alwaysWait?: boolean;
  /** Fills the stack location. */
  fill(location: PIO_STACK_LOCATION, irp: PIRP): void;
}

/** Sends a request on a file object that the caller holds a reference of. */
export function requestOn(file: PFILE_OBJECT, request: ServiceRequest): NTSTATUS {
  const sync = (Flags(file) & FO_SYNCHRONOUS_IO) !== 0;
  const device = (targetDevice(file) || IoGetRelatedDeviceObject(file)) as PDEVICE_OBJECT;
  const mode = PreviousMode(currentThread);
  if (sync) lockFileObject(file);
  const irp = buildRequest(file, device, request.major, mode, request.flags ?? 0, request.iosb);
  let status: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;
  if (irp !== 0) {
    const attached = attachBuffers(irp, device, request);
    status = NT_SUCCESS(attached)
      ? dispatch(irp, device, request, sync)
      : dropRequest(irp, file, attached);
  }
  if (sync) unlockFileObject(file);
  if (!NT_SUCCESS(status)) {
    set_Status(request.iosb as PIOSB, status);
  }
  return status;
}

function dispatch(
  irp: PIRP,
  device: PDEVICE_OBJECT,
  request: ServiceRequest,
  sync: boolean,
): NTSTATUS {
  request.fill(IoGetNextIrpStackLocation(irp), irp);
  if (sync || request.alwaysWait === true) return sendAndWait(device, irp);
  if (request.event !== undefined && request.event !== 0) {
    KeClearEvent(request.event);
    packet.set_UserEvent(irp, request.event as never);
  }
  queueThreadIrp(irp);
  return send(device, irp);
}

/** Gives back a request that was never sent, with the buffers it got. */
function dropRequest(irp: PIRP, file: PFILE_OBJECT, status: NTSTATUS): NTSTATUS {
  if ((packet.Flags(irp) & IRP_DEALLOCATE_BUFFER) !== 0) {
    ExFreePoolWithTag(packet.AssociatedIrp_SystemBuffer(irp), TAG_BUFFER);
  }
  freeMdlChain(irp);
  ObDereferenceObject(file);
  IoFreeIrp(irp);
  return status;
}

/**
 * Checks an application's buffers, looks the handle up, sends the request, lets the file object go.
 * PASSIVE_LEVEL. @returns STATUS_ACCESS_VIOLATION for buffers that are not the application's.
 */
export function service(name: string, request: ServiceRequest): NTSTATUS {
  checkServiceLevel(name);
  const probed = probeBuffers(request);
  if (!NT_SUCCESS(probed)) return probed;
  const file = fileByHandle(request.handle, request.access);
  if (file < 0) return file as NTSTATUS;
  const status = requestOn(file as PFILE_OBJECT, request);
  releaseFile(file as PFILE_OBJECT);
  return status;
}
