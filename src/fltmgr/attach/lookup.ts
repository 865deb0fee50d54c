// Finding filters, volumes and instances, by place and by name. Every pointer that is handed out
// carries a rundown reference for the caller, who drops it with FltObjectDereference (LC-6). It is
// taken under the Filter Manager's lock, so what is found cannot be another object by then.
import { i32 } from '../../mem/memory.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { IoGetRelatedDeviceObject } from '../../ntos/io/object/device.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_VOLUME_NOT_FOUND,
  STATUS_INVALID_PARAMETER, STATUS_NO_MORE_ENTRIES } from '../../ntos/status-codes.ts';
import { instancesOnVolume } from './instance.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_FILTER, FLT_OBJECT_INSTANCE,
  FLT_OBJECT_VOLUME } from './object.ts';
import { FltObjectReference, checkObject } from './object-reference.ts';
import { volumeByName, volumeOfDevice } from '../query/volume-lookup.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager } from './root.ts';
import { textOf } from '../strings.ts';
import { checkIrql } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const s = FLT_INSTANCE.bound;
const { at_Name: at_FilterName } = FLT_FILTER.bound;
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;

/** References what `find` finds under the lock and stores it; `none` when it finds nothing. */
function give(out: OutPtr, none: NTSTATUS, find: () => number | undefined): NTSTATUS {
  lockFilterManager();
  const found = find() ?? 0;
  const status = found === 0 ? none : FltObjectReference(found);
  unlockFilterManager();
  i32[out >> 2] = status >= 0 ? found : 0;
  return status;
}

function checkVolume(routine: string, volume: PFLT_VOLUME): void {
  checkIrql(routine, APC_LEVEL);
  checkObject(routine, volume, FLT_OBJECT_VOLUME);
}

function checkInstance(routine: string, instance: PFLT_INSTANCE): void {
  checkIrql(routine, APC_LEVEL);
  checkObject(routine, instance, FLT_OBJECT_INSTANCE);
}

/** The instance `steps` below (or, negative, above) another one on its volume. */
function neighbour(instance: PFLT_INSTANCE, steps: number): PFLT_INSTANCE | undefined {
  const all = instancesOnVolume(s.Volume(instance));
  return all[all.indexOf(instance) + steps];
}

function allOf(head: number): number[] {
  return entriesOf(head).map((at) => at - linkAt);
}

function sameName(member: number, name: string): boolean {
  return textOf(member).toLowerCase() === name.toLowerCase();
}

/**
 * The highest instance on a volume, with a reference. IRQL <= APC_LEVEL.
 * @returns STATUS_NO_MORE_ENTRIES when there is none, STATUS_FLT_DELETING_OBJECT (LC-6).
 */
export function FltGetTopInstance(Volume: PFLT_VOLUME, Instance: OutPtr): NTSTATUS {
  checkVolume('FltGetTopInstance', Volume);
  return give(Instance, STATUS_NO_MORE_ENTRIES, () => instancesOnVolume(Volume)[0]);
}

/** The lowest instance on a volume, with a reference; otherwise as FltGetTopInstance. */
export function FltGetBottomInstance(Volume: PFLT_VOLUME, Instance: OutPtr): NTSTATUS {
  checkVolume('FltGetBottomInstance', Volume);
  return give(Instance, STATUS_NO_MORE_ENTRIES, () => instancesOnVolume(Volume).at(-1));
}

/** The next instance above, with a reference; otherwise as FltGetTopInstance. */
export function FltGetUpperInstance(
  CurrentInstance: PFLT_INSTANCE, UpperInstance: OutPtr,
): NTSTATUS {
  checkInstance('FltGetUpperInstance', CurrentInstance);
  return give(UpperInstance, STATUS_NO_MORE_ENTRIES, () => neighbour(CurrentInstance, -1));
}

/** The next instance below, with a reference; otherwise as FltGetTopInstance. */
export function FltGetLowerInstance(
  CurrentInstance: PFLT_INSTANCE, LowerInstance: OutPtr,
): NTSTATUS {
  checkInstance('FltGetLowerInstance', CurrentInstance);
  return give(LowerInstance, STATUS_NO_MORE_ENTRIES, () => neighbour(CurrentInstance, 1));
}

/** The filter of an instance, with a reference. IRQL <= APC. STATUS_FLT_DELETING_OBJECT (LC-6). */
export function FltGetFilterFromInstance(Instance: PFLT_INSTANCE, RetFilter: OutPtr): NTSTATUS {
  checkInstance('FltGetFilterFromInstance', Instance);
  return give(RetFilter, STATUS_FLT_FILTER_NOT_FOUND, () => s.Filter(Instance));
}

/** The volume of an instance, with a reference. IRQL <= APC. STATUS_FLT_DELETING_OBJECT (LC-6). */
export function FltGetVolumeFromInstance(Instance: PFLT_INSTANCE, RetVolume: OutPtr): NTSTATUS {
  checkInstance('FltGetVolumeFromInstance', Instance);
  return give(RetVolume, STATUS_FLT_VOLUME_NOT_FOUND, () => s.Volume(Instance));
}

/**
 * A filter by the name of its service, with a reference. IRQL <= APC_LEVEL.
 * @returns STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_DELETING_OBJECT (LC-6).
 */
export function FltGetFilterFromName(FilterName: number, RetFilter: OutPtr): NTSTATUS {
  checkIrql('FltGetFilterFromName', APC_LEVEL);
  const name = readUnicode(FilterName);
  return give(RetFilter, STATUS_FLT_FILTER_NOT_FOUND, () =>
    allOf(filterList()).find((at) => sameName(at_FilterName(at as PFLT_FILTER), name)));
}

function checkFilter(routine: string, filter: PFLT_FILTER, highest: number): void {
  checkIrql(routine, highest);
  checkObject(routine, filter, FLT_OBJECT_FILTER);
}

/**
 * A volume by name, with a reference: \Device\HarddiskVolume1, C:, \??\Volume{GUID}. PASSIVE_LEVEL.
 *
 * @returns STATUS_FLT_VOLUME_NOT_FOUND, STATUS_FLT_DELETING_OBJECT; STATUS_INVALID_PARAMETER for a
 *   name that ends in a backslash (LC-6).
 */
export function FltGetVolumeFromName(
  Filter: PFLT_FILTER, VolumeName: number, RetVolume: OutPtr,
): NTSTATUS {
  checkFilter('FltGetVolumeFromName', Filter, PASSIVE_LEVEL);
  const name = readUnicode(VolumeName);
  if (name === '' || name.endsWith('\\')) return STATUS_INVALID_PARAMETER;
  return give(RetVolume, STATUS_FLT_VOLUME_NOT_FOUND, () => volumeByName(name));
}

/**
 * The volume that a device object belongs to, with a reference. IRQL <= APC_LEVEL.
 * @returns STATUS_INVALID_PARAMETER for a device of no volume, STATUS_FLT_DELETING_OBJECT (LC-6).
 */
export function FltGetVolumeFromDeviceObject(
  Filter: PFLT_FILTER, DeviceObject: PDEVICE_OBJECT, RetVolume: OutPtr,
): NTSTATUS {
  checkFilter('FltGetVolumeFromDeviceObject', Filter, APC_LEVEL);
  return give(RetVolume, STATUS_INVALID_PARAMETER, () => volumeOfDevice(DeviceObject));
}

/** The volume that a file lies on, with a reference; otherwise as the routine for devices. */
export function FltGetVolumeFromFileObject(
  Filter: PFLT_FILTER, FileObject: PFILE_OBJECT, RetVolume: OutPtr,
): NTSTATUS {
  checkFilter('FltGetVolumeFromFileObject', Filter, APC_LEVEL);
  const device = IoGetRelatedDeviceObject(FileObject);
  return give(RetVolume, STATUS_INVALID_PARAMETER, () => volumeOfDevice(device));
}

/**
 * An instance on a volume by name, with a reference. IRQL <= APC_LEVEL.
 *
 * @param Filter only its instances; NULL for all. @param InstanceName NULL for the highest one.
 * @returns STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DELETING_OBJECT (LC-6).
 */
export function FltGetVolumeInstanceFromName(
  Filter: PFLT_FILTER, Volume: PFLT_VOLUME, InstanceName: number, RetInstance: OutPtr,
): NTSTATUS {
  checkVolume('FltGetVolumeInstanceFromName', Volume);
  if (Filter !== 0) checkObject('FltGetVolumeInstanceFromName', Filter, FLT_OBJECT_FILTER);
  const name = InstanceName === 0 ? undefined : readUnicode(InstanceName);
  return give(RetInstance, STATUS_FLT_INSTANCE_NOT_FOUND, () =>
    instancesOnVolume(Volume).find((at) => (Filter === 0 || s.Filter(at) === Filter) &&
      (name === undefined || sameName(s.at_Name(at), name))));
}
