// Devices and names in the form the WDK has them: names are UNICODE_STRINGs, results go through
// pointers. Each only converts; the work is done in ntos/io and ntos/ob.
import { i32 as words } from '../mem/memory.ts';
import { IopCreateFile } from '../ntos/io/service/create-file.ts';
import { IoCreateDevice as createDevice, IoDeleteDevice, IoGetRelatedDeviceObject }
  from '../ntos/io/object/device.ts';
import { FILE_OPEN, FILE_SHARE_READ, FILE_SHARE_WRITE } from '../ntos/io/file-constants.ts';
import { setFileName } from '../ntos/io/object/file-object.ts';
import { DEVICE_OBJECT, DO_DEVICE_HAS_NAME, DO_DEVICE_INITIALIZING, DO_EXCLUSIVE }
  from '../ntos/io/types.ts';
import { volumeLetter } from '../ntos/io/object/volume.ts';
import { ObpInsertName, ObpInsertSymbolicLink, ObpRemoveName }
  from '../ntos/ob/namespace.ts';
import { allocateString, checkIrql } from '../ntos/rtl/services.ts';
import { readUnicode, readUtf16, setUnicode, writeUtf16 } from '../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS } from '../ntos/status-codes.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { OutPtr } from '../mem/pointer.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PFILE_OBJECT } from '../ntos/io/types.ts';

const i32 = words;
const { Flags, set_Flags } = DEVICE_OBJECT.bound;
const PASSIVE_LEVEL = 0;
const APC_LEVEL = 1;

/**
 * Makes a device of a driver, with an extension behind it and, if one is given, a name that it can
 * be opened by. IRQL <= APC_LEVEL. It cannot be opened before its driver clears
 * DO_DEVICE_INITIALIZING; for devices made in DriverEntry the I/O manager clears it afterwards.
 *
 * @param DeviceName a UNICODE_STRING (\Device\X, \FileSystem\Filters\X) or NULL.
 * @param Exclusive TRUE: one open at a time. @param DeviceObject where the device goes.
 * @returns STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
 *   STATUS_INSUFFICIENT_RESOURCES.
 */
export function IoCreateDevice(
  DriverObject: PDRIVER_OBJECT, DeviceExtensionSize: number, DeviceName: number,
  DeviceType: number, DeviceCharacteristics: number, Exclusive: boolean, DeviceObject: OutPtr,
): NTSTATUS {
  checkIrql('IoCreateDevice', APC_LEVEL);
  i32[DeviceObject >> 2] = 0;
  const device = createDevice(DriverObject, DeviceExtensionSize, DeviceType, DeviceCharacteristics);
  if (device === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const named = DeviceName !== 0 ? DO_DEVICE_HAS_NAME : 0;
  const exclusive = Exclusive ? DO_EXCLUSIVE : 0;
  set_Flags(device, Flags(device) | DO_DEVICE_INITIALIZING | exclusive);
  if (named !== 0) {
    const status = ObpInsertName(readUnicode(DeviceName), device);
    if (!NT_SUCCESS(status)) {
      IoDeleteDevice(device);
      return status;
    }
    set_Flags(device, Flags(device) | named);
  }
  i32[DeviceObject >> 2] = device;
  return STATUS_SUCCESS;
}

/**
 * Makes a symbolic link, for example \??\MyFilter to \Device\MyFilter. PASSIVE_LEVEL.
 * @returns STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID.
 */
export function IoCreateSymbolicLink(SymbolicLinkName: number, DeviceName: number): NTSTATUS {
  checkIrql('IoCreateSymbolicLink', PASSIVE_LEVEL);
  return ObpInsertSymbolicLink(globalName(SymbolicLinkName), readUnicode(DeviceName));
}

/** \DosDevices is another name of \??. */
function globalName(string: number): string {
  return readUnicode(string).replace(/^\\(DosDevices|GLOBAL\?\?)\\/i, '\\??\\');
}

/** Takes a symbolic link away. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND. */
export function IoDeleteSymbolicLink(SymbolicLinkName: number): NTSTATUS {
  checkIrql('IoDeleteSymbolicLink', PASSIVE_LEVEL);
  const found = ObpRemoveName(globalName(SymbolicLinkName));
  return found ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

/**
 * Finds the top of the device stack behind a name, by opening it. PASSIVE_LEVEL.
 * @param FileObject where a referenced file object goes, which keeps the device: give it back with
 *   ObDereferenceObject. @param DeviceObject where the device goes, without a reference.
 * @returns what the open fails with.
 */
export function IoGetDeviceObjectPointer(
  ObjectName: number, DesiredAccess: number, FileObject: OutPtr, DeviceObject: OutPtr,
): NTSTATUS {
  checkIrql('IoGetDeviceObjectPointer', PASSIVE_LEVEL);
  const result = IopCreateFile({
    path: readUnicode(ObjectName), desiredAccess: DesiredAccess, fileAttributes: 0,
    shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE, disposition: FILE_OPEN, options: 0, mode: 0,
  });
  if (!NT_SUCCESS(result.status)) return result.status;
  i32[FileObject >> 2] = result.file;
  i32[DeviceObject >> 2] = IoGetRelatedDeviceObject(result.file);
  return STATUS_SUCCESS;
}

/**
 * The drive letter of a volume's device ("C:"), in a buffer that the caller frees with ExFreePool.
 * PASSIVE_LEVEL, special APCs enabled.
 * @param VolumeDeviceObject the disk device, as FltGetDiskDeviceObject gives it.
 * @returns STATUS_INVALID_DEVICE_REQUEST for a device that is no volume's,
 *   STATUS_OBJECT_NAME_NOT_FOUND for a volume without a letter, STATUS_INSUFFICIENT_RESOURCES.
 */
export function IoVolumeDeviceToDosName(
  VolumeDeviceObject: PDEVICE_OBJECT, DosName: number,
): NTSTATUS {
  checkIrql('IoVolumeDeviceToDosName', PASSIVE_LEVEL);
  setUnicode(DosName, 0, 0, 0);
  const letter = volumeLetter(VolumeDeviceObject);
  if (letter === undefined) return STATUS_INVALID_DEVICE_REQUEST;
  if (letter === '') return STATUS_OBJECT_NAME_NOT_FOUND;
  const text = `${letter}:`;
  const buffer = allocateString(2 * text.length + 2);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  writeUtf16(buffer, `${text}\0`);
  setUnicode(DosName, buffer, 2 * text.length, 2 * text.length + 2);
  return STATUS_SUCCESS;
}

/**
 * Replaces the name in a file object, in a create before it is opened. PASSIVE_LEVEL.
 * @param FileNameLength bytes at `NewFileName`. STATUS_INSUFFICIENT_RESOURCES.
 */
export function IoReplaceFileObjectName(
  FileObject: PFILE_OBJECT, NewFileName: number, FileNameLength: number,
): NTSTATUS {
  checkIrql('IoReplaceFileObjectName', PASSIVE_LEVEL);
  const done = setFileName(FileObject, readUtf16(NewFileName, FileNameLength));
  return done ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
