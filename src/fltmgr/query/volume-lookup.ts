// Finding a volume by any of its names or by one of its devices, under the Filter Manager's lock.
import { parseVolumePath } from '../../ntos/io/object/volume.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { volumes } from './lists.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_VOLUME } from '../types.ts';

const v = FLT_VOLUME.bound;
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
