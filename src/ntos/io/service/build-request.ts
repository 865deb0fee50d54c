// IRPs that a driver builds for another driver and sends itself: IoBuildDeviceIoControlRequest. The
// I/O manager finishes them in the thread that built them: it copies a buffered answer back, frees
// the buffers, stores the status, signals the event and frees the IRP. A driver must not free it.
import { copyBytes } from '../../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { APC_LEVEL } from '../../ke/irql.ts';
import { RaisedStatus } from '../../ke/exception.ts';
import { currentThread } from '../../ke/prcb.ts';
import { checkIrql } from '../../rtl/services.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_BUFFERED_IO, IRP_DEALLOCATE_BUFFER,
  IRP_INPUT_OPERATION, IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL } from '../types.ts';
import { METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_NEITHER } from '../control-codes.ts';
import { freeMdlChain } from '../irp/complete-request.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation } from '../irp/irp.ts';
import { IoAllocateMdl, MmProbeAndLockPages } from '../irp/mdl.ts';
import { queueThreadIrp } from '../irp/thread-irps.ts';
import { TAG_BUFFER } from '../object/private.ts';
import type { PDEVICE_OBJECT, PIRP } from '../types.ts';

const packet = IRP.bound;
const s = IO_STACK_LOCATION.bound;
const { StackSize } = DEVICE_OBJECT.bound;
const KernelMode = 0;
const IoReadAccess = 0;
const IoWriteAccess = 1;
const NO_IRP = 0 as PIRP;

interface Buffers {
  readonly method: number;
  readonly input: number;
  readonly inputLength: number;
  readonly output: number;
  readonly outputLength: number;
}

/** A system buffer of `size` bytes that begins with the input; false without memory. */
function systemBuffer(irp: PIRP, b: Buffers, size: number, flags: number): boolean {
  if (size === 0) return true;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, size, TAG_BUFFER);
  if (buffer === 0) return false;
  if (b.input !== 0) copyBytes(buffer, b.input, b.inputLength);
  packet.set_AssociatedIrp_SystemBuffer(irp, buffer);
  packet.set_Flags(irp, packet.Flags(irp) | IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | flags);
  return true;
}

/** The output buffer as an MDL with locked pages; false without memory. */
function lockOutput(irp: PIRP, b: Buffers): boolean {
  if (b.output === 0 || b.outputLength === 0) return true;
  const mdl = IoAllocateMdl(b.output, b.outputLength, false, false, irp);
  if (mdl === 0) return false;
  const access = b.method === METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess;
  MmProbeAndLockPages(mdl, KernelMode, access);
  return true;
}

/** Gives everything back: the request cannot be built. */
function giveUp(irp: PIRP): PIRP {
  freeMdlChain(irp);
  const buffer = packet.AssociatedIrp_SystemBuffer(irp);
  if (buffer !== 0) ExFreePoolWithTag(buffer, TAG_BUFFER);
  IoFreeIrp(irp);
  return NO_IRP;
}

/** Whether the buffers could be attached; a bad address is as good as no memory. */
function attached(irp: PIRP, b: Buffers): boolean {
  try {
    return attach(irp, b);
  } catch (raised) {
    if (raised instanceof RaisedStatus) return false;
    throw raised;
  }
}

function attach(irp: PIRP, b: Buffers): boolean {
  if (b.method === METHOD_NEITHER) {
    packet.set_UserBuffer(irp, b.output);
    return true;
  }
  if (b.method === METHOD_BUFFERED) {
    packet.set_UserBuffer(irp, b.output);
    const size = Math.max(b.inputLength, b.outputLength);
    return systemBuffer(irp, b, size, b.output !== 0 ? IRP_INPUT_OPERATION : 0);
  }
  return systemBuffer(irp, b, b.inputLength, 0) && lockOutput(irp, b);
}

/**
 * Builds the IRP of a device control request. IRQL <= APC_LEVEL (the page says PASSIVE_LEVEL for
 * the caller that waits). The calling thread must live until the request is finished.
 *
 * @param InternalDeviceIoControl TRUE for IRP_MJ_INTERNAL_DEVICE_CONTROL.
 * @param Event a KEVENT that is signaled at the end if the driver answered STATUS_PENDING.
 * @param IoStatusBlock where status and length go.
 * @returns the IRP for IoCallDriver; NULL when there is no memory or a buffer is bad.
 */
export function IoBuildDeviceIoControlRequest(
  IoControlCode: number, DeviceObject: PDEVICE_OBJECT, InputBuffer: number,
  InputBufferLength: number, OutputBuffer: number, OutputBufferLength: number,
  InternalDeviceIoControl: boolean, Event: number, IoStatusBlock: number,
): PIRP {
  checkIrql('IoBuildDeviceIoControlRequest', APC_LEVEL);
  const irp = IoAllocateIrp(StackSize(DeviceObject));
  if (irp === 0) return irp;
  const method = IoControlCode & 3;
  const buffers: Buffers = {
    method, input: InputBuffer, inputLength: InputBufferLength, output: OutputBuffer,
    outputLength: OutputBufferLength,
  };
  if (!attached(irp, buffers)) return giveUp(irp);
  packet.set_UserEvent(irp, Event as never);
  packet.set_UserIosb(irp, IoStatusBlock as never);
  packet.set_Tail_Overlay_Thread(irp, currentThread);
  const location = IoGetNextIrpStackLocation(irp);
  s.set_MajorFunction(location,
    InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL);
  s.set_Parameters_DeviceIoControl_OutputBufferLength(location, OutputBufferLength);
  s.set_Parameters_DeviceIoControl_InputBufferLength(location, InputBufferLength);
  s.set_Parameters_DeviceIoControl_IoControlCode(location, IoControlCode);
  const type3 = method === METHOD_NEITHER ? InputBuffer : 0;
  s.set_Parameters_DeviceIoControl_Type3InputBuffer(location, type3);
  queueThreadIrp(irp);
  return irp;
}
