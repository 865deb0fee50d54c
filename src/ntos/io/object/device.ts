// Device objects: what IRPs are sent to. Devices stack on each other (IoAttachDevice...); the
// stack size tells how many locations an IRP for the device needs. They are objects: a device that
// was deleted lives until the last file object and the last driver let it go.
import { OB_TYPE_DEVICE, ObCreateObject, ObDereferenceObject, ObReferenceObject,
  ObpRegisterType } from '../../ob/object.ts';
import { ObpRemoveNameOf } from '../../ob/namespace.ts';
import { DEVICE_OBJECT, DO_DEVICE_HAS_NAME, DO_DEVICE_INITIALIZING, DRIVER_OBJECT,
  FILE_OBJECT, VPB } from '../types.ts';
import { IO_TYPE_DEVICE } from './private.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PFILE_OBJECT, PVPB } from '../types.ts';

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

/** The devices that a driver made in DriverEntry can be opened: DriverEntry has returned. */
export function devicesReady(driver: PDRIVER_OBJECT): void {
  for (let at = firstDevice(driver); at !== NONE; at = d.NextDevice(at)) {
    d.set_Flags(at, d.Flags(at) & ~DO_DEVICE_INITIALIZING);
  }
}

/**
 * Takes a device away from its driver: it loses its name and can no longer be opened. It must be
 * detached; its memory goes with the last reference. PASSIVE_LEVEL.
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
  if (d.Flags(device) & DO_DEVICE_HAS_NAME) ObpRemoveNameOf(device);
  ObDereferenceObject(device);
}

/** The topmost device above `device`, itself when nothing is attached. IRQL <= DISPATCH_LEVEL. */
export function IoGetAttachedDevice(device: PDEVICE_OBJECT): PDEVICE_OBJECT {
  let top = device;
  for (let up = d.AttachedDevice(top); up !== NONE; up = d.AttachedDevice(top)) top = up;
  return top;
}

/** IoGetAttachedDevice with a reference, which the caller gives back. IRQL <= DISPATCH_LEVEL. */
export function IoGetAttachedDeviceReference(DeviceObject: PDEVICE_OBJECT): PDEVICE_OBJECT {
  const top = IoGetAttachedDevice(DeviceObject);
  ObReferenceObject(top);
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

// Nothing to do when a device goes but to free it: its driver has taken its extension apart.
ObpRegisterType(OB_TYPE_DEVICE, {});
