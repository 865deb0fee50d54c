// How a request's data travels between its issuer and the driver (2.6): as a system buffer that is
// copied, as an MDL of locked pages, or as the caller's own address. Some requests have their way
// fixed, some leave it to the device's flags, control codes carry it in their low two bits.
import { copyBytes } from '../../../mem/memory.ts';
import { USER } from '../../../mem/memory-map.ts';
import { ExAllocatePoolWithTag } from '../../ex/pool/pool.ts';
import { ProbeForRead, ProbeForWrite } from '../../ex/probe.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { RaisedStatus } from '../../ke/exception.ts';
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS }
  from '../../status-codes.ts';
import { DEVICE_OBJECT, DO_BUFFERED_IO, DO_DIRECT_IO, IRP, IRP_BUFFERED_IO, IRP_DEALLOCATE_BUFFER,
  IRP_INPUT_OPERATION } from '../types.ts';
import { IoAllocateMdl, MmProbeAndLockPages } from '../irp/mdl.ts';
import { TAG_BUFFER } from '../object/private.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PDEVICE_OBJECT, PIRP } from '../types.ts';

/** The caller's own addresses. */
export const BUFFER_NEITHER = 0;
/** The I/O manager copies the caller's buffer to a system buffer and back. */
export const BUFFER_BUFFERED = 1;
/** As the device's flags say: DO_BUFFERED_IO, DO_DIRECT_IO, or neither. */
export const BUFFER_BY_DEVICE = 2;
/** METHOD_IN_DIRECT: the input is copied, the second buffer is read through an MDL. */
export const BUFFER_IN_DIRECT = 3;
/** METHOD_OUT_DIRECT: the input is copied, the second buffer is written through an MDL. */
export const BUFFER_OUT_DIRECT = 4;

/** The way of a control code: its low two bits are METHOD_BUFFERED, IN, OUT, NEITHER. */
export const bufferingOfMethod: readonly number[] =
  [BUFFER_BUFFERED, BUFFER_IN_DIRECT, BUFFER_OUT_DIRECT, BUFFER_NEITHER];

const { Flags: deviceFlags } = DEVICE_OBJECT.bound;
const { PreviousMode } = KTHREAD.bound;
const i = IRP.bound;
const KernelMode = 0;
const IoReadAccess = 0;
const IoWriteAccess = 1;

/** The caller's buffers; a length of 0 is no buffer. */
export interface RequestBuffers {
  readonly buffering: number;
  readonly input?: number;
  readonly inputLength?: number;
  readonly output?: number;
  readonly outputLength?: number;
}

/**
 * Whether the buffers that an application named are its own, as a system service checks before it
 * does anything. Callers in the kernel are believed, and what comes as METHOD_NEITHER is for the
 * driver to check. IRQL <= APC_LEVEL, the caller's thread.
 * @param alignment of structures: 4; of bytes: 1.
 * @returns STATUS_ACCESS_VIOLATION, STATUS_DATATYPE_MISALIGNMENT.
 */
export function probeBuffers(buffers: RequestBuffers, alignment = 1): NTSTATUS {
  if (PreviousMode(currentThread) === KernelMode || buffers.buffering === BUFFER_NEITHER) {
    return STATUS_SUCCESS;
  }
  const { input = 0, inputLength = 0, output = 0, outputLength = 0 } = buffers;
  try {
    if (input >>> 0 < USER.start && inputLength !== 0) return STATUS_ACCESS_VIOLATION;
    ProbeForRead(input, inputLength, alignment);
    ProbeForWrite(output, outputLength, alignment);
  } catch (raised) {
    if (!(raised instanceof RaisedStatus)) throw raised;
    return raised.status;
  }
  return STATUS_SUCCESS;
}

function systemBuffer(irp: PIRP, buffers: RequestBuffers, bytes: number, back: number): NTSTATUS {
  if (bytes === 0) return STATUS_SUCCESS;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_BUFFER);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  if (buffers.input !== undefined) copyBytes(buffer, buffers.input, buffers.inputLength ?? 0);
  i.set_AssociatedIrp_SystemBuffer(irp, buffer);
  i.set_Flags(irp, i.Flags(irp) | IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | back);
  return STATUS_SUCCESS;
}

/** Locks a buffer and hangs its MDL on the IRP, whose end frees it. */
function lockPages(irp: PIRP, address: number, bytes: number, access: number): NTSTATUS {
  if (bytes === 0) return STATUS_SUCCESS;
  const mdl = IoAllocateMdl(address, bytes, false, false, irp);
  if (mdl === 0) return STATUS_INSUFFICIENT_RESOURCES;
  try {
    MmProbeAndLockPages(mdl, i.RequestorMode(irp), access);
  } catch (raised) {
    if (!(raised instanceof RaisedStatus)) throw raised;
    return raised.status;
  }
  return STATUS_SUCCESS;
}

function byDevice(irp: PIRP, device: PDEVICE_OBJECT, buffers: RequestBuffers): NTSTATUS {
  const { input, inputLength = 0, output, outputLength = 0 } = buffers;
  const flags = deviceFlags(device);
  if ((flags & DO_BUFFERED_IO) !== 0) {
    const back = outputLength > 0 ? IRP_INPUT_OPERATION : 0;
    return systemBuffer(irp, buffers, Math.max(inputLength, outputLength), back);
  }
  if ((flags & DO_DIRECT_IO) === 0) return STATUS_SUCCESS;
  return output === undefined ? lockPages(irp, input ?? 0, inputLength, IoReadAccess)
    : lockPages(irp, output, outputLength, IoWriteAccess);
}

/**
 * Gives the IRP its buffers. IRQL <= APC_LEVEL, the caller's thread.
 * @returns STATUS_INSUFFICIENT_RESOURCES; STATUS_ACCESS_VIOLATION for a bad address of a direct
 *   transfer. Whatever the IRP got until then is its own to free.
 */
export function attachBuffers(
  irp: PIRP, device: PDEVICE_OBJECT, buffers: RequestBuffers,
): NTSTATUS {
  const { input, inputLength = 0, output, outputLength = 0, buffering } = buffers;
  i.set_UserBuffer(irp, output ?? input ?? 0);
  switch (buffering) {
    case BUFFER_BUFFERED: {
      const back = outputLength > 0 ? IRP_INPUT_OPERATION : 0;
      return systemBuffer(irp, buffers, Math.max(inputLength, outputLength), back);
    }
    case BUFFER_BY_DEVICE:
      return byDevice(irp, device, buffers);
    case BUFFER_IN_DIRECT:
    case BUFFER_OUT_DIRECT: {
      const copied = systemBuffer(irp, buffers, inputLength, 0);
      if (copied < 0) return copied;
      const access = buffering === BUFFER_IN_DIRECT ? IoReadAccess : IoWriteAccess;
      return lockPages(irp, output ?? 0, outputLength, access);
    }
    default:
      return STATUS_SUCCESS;
  }
}
