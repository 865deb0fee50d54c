// A read that a bench sends to the top of a volume's stack as an IRP of its own: taken, filled, sent;
// and given back when it is over. The file begins at 0.
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine }
  from '../src/ntos/io/irp/irp.ts';
import { IofCallDriver } from '../src/ntos/io/irp/call-driver.ts';
import { IoGetRelatedDeviceObject } from '../src/ntos/io/object/device.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_READ } from '../src/ntos/io/types.ts';
import type { RoutineId } from '../src/mem/routine.ts';
import type { PFILE_OBJECT, PIRP } from '../src/ntos/io/types.ts';

const { set_MajorFunction, set_FileObject, set_Parameters_Read_Length, set_MinorFunction,
  set_Parameters_Read_ByteOffset } = IO_STACK_LOCATION.bound;
const { set_UserBuffer, IoStatus_Status, set_RequestorMode } = IRP.bound;
const { StackSize } = DEVICE_OBJECT.bound;

/** @param routine the completion routine, which keeps the IRP; it gets `context`. */
export function beginRead(
  file: PFILE_OBJECT, buffer: number, bytes: number, routine: RoutineId, context: number,
): PIRP {
  const device = IoGetRelatedDeviceObject(file);
  const irp = IoAllocateIrp(StackSize(device));
  const location = IoGetNextIrpStackLocation(irp);
  set_MajorFunction(location, IRP_MJ_READ);
  set_MinorFunction(location, 0);
  set_FileObject(location, file);
  set_Parameters_Read_Length(location, bytes);
  set_Parameters_Read_ByteOffset(location, 0);
  set_UserBuffer(irp, buffer);
  set_RequestorMode(irp, 0);
  IoSetCompletionRoutine(irp, routine, context, true, true, true);
  IofCallDriver(device, irp);
  return irp;
}

/** Gives the IRP back when its routine was called. Returns the status. */
export function endRead(irp: PIRP): number {
  const status = IoStatus_Status(irp);
  IoFreeIrp(irp);
  return status;
}

/** A read that completes in the call. Returns the status. */
export function sendInline(
  file: PFILE_OBJECT, buffer: number, bytes: number, stop: RoutineId,
): number {
  return endRead(beginRead(file, buffer, bytes, stop, 0));
}
