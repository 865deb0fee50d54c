// Device objects: what IRPs are sent to. Devices stack on each other (IoAttachDevice...); the
// stack size tells how many locations an IRP for the device needs. A device is an object: whoever
// got one with a reference keeps its memory, also when its driver has deleted it.
import { OB_TYPE_DEVICE, ObCreateObject, ObDereferenceObject } from '../ob/object.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, FILE_OBJECT, VPB } from './types.ts';
import { IO_TYPE_DEVICE } from './private.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PFILE_OBJECT, PVPB } from './types.ts';

const d = DEVICE_OBJECT.bound;
const { DeviceObject: firstDevice, set_DeviceObject: set_firstDevice } = DRIVER_OBJECT.bound;
const { DeviceObject: fileDevice, Vpb: fileVpb } = FILE_OBJECT.bound;
const { DeviceObject: vpbDevice } = VPB.bound;
const NONE = 0 as PDEVICE_OBJECT;

/**
 * Makes a device of a driver, with an extension behind it; NULL when there is no memory. PASSIVE.
 */
export function IoCreateDevice(
  DriverObject: PDRIVER_OBJECT,
  extensionSize: number,
  deviceType: number,
  characteristics = 0,
): PDEVICE_OBJECT {
  const size = DEVICE_OBJECT.size + extensionSize;
  const device = ObCreateObject(OB_TYPE_DEVICE, size) as PDEVICE_OBJECT;
  if (device === 0) return device;
  d.set_Type(device, IO_TYPE_DEVICE);
  d.set_Size(device, size);
  d.set_DriverObject(device, DriverObject);
  d.set_DeviceType(device, deviceType);
  d.set_Characteristics(device, characteristics);
  d.set_StackSize(device, 1);
  d.set_SectorSize(device, 512);
  if (extensionSize > 0) d.set_DeviceExtension(device, device + DEVICE_OBJECT.size);
  d.set_NextDevice(device, firstDevice(DriverObject));
  set_firstDevice(DriverObject, device);
  return device;
}

/**
 * Takes a device away from its driver; its memory goes with the last reference. It must be detached
 * and idle. PASSIVE_LEVEL.
 */
export function IoDeleteDevice(device: PDEVICE_OBJECT): void {
  const driver = d.DriverObject(device);
  let at = firstDevice(driver);
  if (at === device) {
    set_firstDevice(driver, d.NextDevice(device));
  } else {
    while (d.NextDevice(at) !== device) at = d.NextDevice(at);
    d.set_NextDevice(at, d.NextDevice(device));
  }
  ObDereferenceObject(device);
}

/** The topmost device above `device`, itself when nothing is attached. IRQL <= DISPATCH_LEVEL. */
export function IoGetAttachedDevice(device: PDEVICE_OBJECT): PDEVICE_OBJECT {
  let top = device;
  for (let up = d.AttachedDevice(top); up !== NONE; up = d.AttachedDevice(top)) top = up;
  return top;
}

/** Puts `source` on top of the stack of `target`; returns the device right below it. PASSIVE. */
export function IoAttachDeviceToDeviceStack(
  source: PDEVICE_OBJECT,
  target: PDEVICE_OBJECT,
): PDEVICE_OBJECT {
  const top = IoGetAttachedDevice(target);
  d.set_AttachedDevice(top, source);
  d.set_StackSize(source, d.StackSize(top) + 1);
  d.set_SectorSize(source, d.SectorSize(top));
  return top;
}

/** Takes what is attached to `target` off again. PASSIVE_LEVEL. */
export function IoDetachDevice(target: PDEVICE_OBJECT): void {
  d.set_AttachedDevice(target, NONE);
}

/** The device at the top of the stack that serves a file object. IRQL <= DISPATCH_LEVEL. */
export function IoGetRelatedDeviceObject(file: PFILE_OBJECT): PDEVICE_OBJECT {
  const vpb = fileVpb(file) as PVPB;
  const base = vpb !== 0 ? (vpbDevice(vpb) as PDEVICE_OBJECT) : fileDevice(file);
  return IoGetAttachedDevice(base as PDEVICE_OBJECT);
}
