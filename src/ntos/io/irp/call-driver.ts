// @hot  Passing an IRP to the next driver: the stack moves down one location and the driver's
// dispatch routine is called through its number.
import { i32 as words } from '../../../mem/memory.ts';
import { routineTable as table } from '../../../mem/routine.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, IO_STACK_LOCATION, IRP } from '../types.ts';
import { noMoreLocations } from './misuse.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../types.ts';

const i32 = words;
const routineTable = table;
const { CurrentLocation, set_CurrentLocation,
  Tail_Overlay_CurrentStackLocation: CurrentStackLocation,
  set_Tail_Overlay_CurrentStackLocation: set_CurrentStackLocation } = IRP.bound;
const { MajorFunction, set_DeviceObject } = IO_STACK_LOCATION.bound;
const { DriverObject } = DEVICE_OBJECT.bound;
const LOCATION_SIZE = IO_STACK_LOCATION.size;
const majorsAt = DRIVER_OBJECT.offsets['MajorFunction'] ?? 56;

/**
 * Sends an IRP to a device. IRQL <= DISPATCH_LEVEL; the IRP belongs to the driver from here on.
 *
 * @returns what the dispatch routine returned; STATUS_PENDING when it completes later.
 *   Bug check 0x35 when no stack location is left.
 */
export function IofCallDriver(DeviceObject: PDEVICE_OBJECT, Irp: PIRP): NTSTATUS {
  const location = CurrentLocation(Irp) - 1;
  if (location <= 0) noMoreLocations(Irp, DeviceObject);
  set_CurrentLocation(Irp, location);
  const next = (CurrentStackLocation(Irp) - LOCATION_SIZE) as PIO_STACK_LOCATION;
  set_CurrentStackLocation(Irp, next);
  set_DeviceObject(next, DeviceObject);
  const slot = DriverObject(DeviceObject) + majorsAt + MajorFunction(next) * 4;
  return routineTable[i32[slot >> 2]!]!(DeviceObject, Irp) as NTSTATUS;
}
