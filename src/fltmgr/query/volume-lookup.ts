// Finding a volume by name, by one of its devices or by a file object (LC-6). The caller drops the
// rundown reference that comes with it.
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { parseVolumePath } from '../../ntos/io/volume.ts';
import { FILE_OBJECT } from '../../ntos/io/types.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_FLT_VOLUME_NOT_FOUND, STATUS_INVALID_PARAMETER } from '../../ntos/status-codes.ts';
import { FLT_OBJECT_FILTER, FLT_VOLUME } from '../object.ts';
import { checkObject } from '../object-reference.ts';
import { checkIrql } from '../violation.ts';
import { giveFound, volumes } from './refer.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_VOLUME } from '../types.ts';

const v = FLT_VOLUME.bound;
const { DeviceObject: fileDevice } = FILE_OBJECT.bound;
const NONE = 0 as PFLT_VOLUME;

/**
 * The volume with this name, or NULL: \Device\HarddiskVolume1, C:, \??\C:, \??\Volume{GUID}, with
 * or without a backslash behind. The Filter Manager's lock is held.
 */
export function volumeByName(name: string): PFLT_VOLUME {
  const where = parseVolumePath(name);
  if (where === undefined || (where.path !== '' && where.path !== '\\')) return NONE;
  return volumes().find((at) => v.DiskDevice(at) === where.disk) ?? NONE;
}

/** The volume that a device belongs to, or NULL: the file system's, the disk, FltMgr's own. */
export function volumeOfDevice(device: PDEVICE_OBJECT): PFLT_VOLUME {
  return volumes().find((at) =>
    v.DeviceObject(at) === device || v.LowerDevice(at) === device || v.DiskDevice(at) === device)
    ?? NONE;
}

/**
 * Finds a volume by its name. PASSIVE_LEVEL.
 *
 * @param Filter the caller. @param VolumeName \Device\HarddiskVolume1, C: or \??\Volume{GUID}.
 * @returns STATUS_FLT_VOLUME_NOT_FOUND, STATUS_INVALID_PARAMETER, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetVolumeFromName(
  Filter: PFLT_FILTER, VolumeName: number, RetVolume: OutPtr,
): NTSTATUS {
  checkIrql('FltGetVolumeFromName', PASSIVE_LEVEL);
  checkObject('FltGetVolumeFromName', Filter, FLT_OBJECT_FILTER);
  const name = readUnicode(VolumeName);
  if (name === '') return STATUS_INVALID_PARAMETER;
  return giveFound(() => volumeByName(name), RetVolume, STATUS_FLT_VOLUME_NOT_FOUND);
}

/**
 * The volume that a file object is on. IRQL <= APC_LEVEL.
 * @returns STATUS_FLT_VOLUME_NOT_FOUND; STATUS_INVALID_PARAMETER without a file object or device;
 *   STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetVolumeFromFileObject(
  Filter: PFLT_FILTER, FileObject: PFILE_OBJECT, RetVolume: OutPtr,
): NTSTATUS {
  checkIrql('FltGetVolumeFromFileObject', APC_LEVEL);
  checkObject('FltGetVolumeFromFileObject', Filter, FLT_OBJECT_FILTER);
  const device = (FileObject === 0 ? 0 : fileDevice(FileObject)) as PDEVICE_OBJECT;
  if (device === 0) return STATUS_INVALID_PARAMETER;
  return giveFound(() => volumeOfDevice(device), RetVolume, STATUS_FLT_VOLUME_NOT_FOUND);
}

/** The volume of a device: the file system's, the disk, or the Filter Manager's own. <= APC. */
export function FltGetVolumeFromDeviceObject(
  Filter: PFLT_FILTER, DeviceObject: PDEVICE_OBJECT, RetVolume: OutPtr,
): NTSTATUS {
  checkIrql('FltGetVolumeFromDeviceObject', APC_LEVEL);
  checkObject('FltGetVolumeFromDeviceObject', Filter, FLT_OBJECT_FILTER);
  if (DeviceObject === 0) return STATUS_INVALID_PARAMETER;
  return giveFound(() => volumeOfDevice(DeviceObject), RetVolume, STATUS_FLT_VOLUME_NOT_FOUND);
}
