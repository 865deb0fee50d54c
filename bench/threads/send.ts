// An IRP that a bench makes, sends to the top of a volume's stack and frees.
import { IO_STACK_LOCATION, IRP, IRP_MJ_READ, DEVICE_OBJECT } from '../../src/ntos/io/types.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine }
  from '../../src/ntos/io/irp/irp.ts';
import { IofCallDriver } from '../../src/ntos/io/irp/call-driver.ts';
import { IoGetRelatedDeviceObject } from '../../src/ntos/io/object/device.ts';
import { awaitTold } from './told-word.ts';
import type { RoutineId } from '../../src/mem/routine.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';

const { set_MajorFunction, set_FileObject, set_Parameters_Read_Length, set_MinorFunction,
  set_Parameters_Read_ByteOffset } = IO_STACK_LOCATION.bound;
const { set_UserBuffer, set_RequestorMode, IoStatus_Status } = IRP.bound;
const { StackSize } = DEVICE_OBJECT.bound;

/**
 * Reads from the beginning of a file.
 * @param routine keeps the IRP from being completed further and tells the word that it is given.
 * @returns the final status.
 */
export function sendRead(
  file: PFILE_OBJECT, buffer: number, bytes: number, routine: RoutineId, word: number,
): number {
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
  IoSetCompletionRoutine(irp, routine, word, true, true, true);
  IofCallDriver(device, irp);
  awaitTold(word);
  const status = IoStatus_Status(irp);
  IoFreeIrp(irp);
  return status;
}
