// Where a path leads (IopParseDevice, before the file object is made): a volume, by its name or its
// drive letter, or a device that a driver gave a name. Symbolic links of the namespace are
// followed.
import { load } from '../../../atomics-sync/atomics.ts';
import { ObpLookupName, ObpResolveLinks } from '../../ob/namespace.ts';
import { OB_TYPE_DEVICE, objectType } from '../../ob/object.ts';
import { STATUS_ACCESS_DENIED, STATUS_NO_SUCH_DEVICE, STATUS_OBJECT_PATH_NOT_FOUND,
  STATUS_OBJECT_TYPE_MISMATCH } from '../../status-codes.ts';
import { DEVICE_OBJECT, DO_DEVICE_INITIALIZING, DO_EXCLUSIVE } from '../types.ts';
import { parseVolumePath } from '../object/volume.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PDEVICE_OBJECT, PVPB } from '../types.ts';

const { Flags, Vpb, at_ReferenceCount } = DEVICE_OBJECT.bound;

/** What a create is for: a device, the volume on it, and the rest of the path. */
export interface OpenTarget {
  readonly disk: PDEVICE_OBJECT;
  readonly vpb: PVPB;
  readonly path: string;
}

function namedDevice(path: string): OpenTarget | NTSTATUS {
  const named = ObpLookupName(path);
  if (named === undefined) return STATUS_OBJECT_PATH_NOT_FOUND;
  if (objectType(named.object) !== OB_TYPE_DEVICE) return STATUS_OBJECT_TYPE_MISMATCH;
  const device = named.object as PDEVICE_OBJECT;
  const flags = Flags(device);
  // A driver clears the flag when its device is ready.
  if (flags & DO_DEVICE_INITIALIZING) return STATUS_NO_SUCH_DEVICE;
  const isOpen = load(at_ReferenceCount(device)) !== 0;
  if (flags & DO_EXCLUSIVE && isOpen) return STATUS_ACCESS_DENIED;
  return { disk: device, vpb: Vpb(device) as PVPB, path: named.rest };
}

/**
 * Finds the device of a full path. PASSIVE_LEVEL. The device is not referenced.
 * @returns STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH for a name that is no
 *   device's, STATUS_NO_SUCH_DEVICE while its driver initialises it, STATUS_ACCESS_DENIED for an
 *   exclusive device that is open.
 */
export function parseOpenPath(path: string): OpenTarget | NTSTATUS {
  return parseVolumePath(path) ?? parseVolumePath(ObpResolveLinks(path)) ?? namedDevice(path);
}
