// The lists of filters, volumes and instances. The caller gives an array and its length; what is
// returned carries one reference per element (LC-6). A short array gets nothing but the number of
// elements that there are, so that the caller can try again.
import { i32 } from '../../mem/memory.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { instancesOfFilter, instancesOnVolume } from './instance.ts';
import { FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_FILTER, FLT_OBJECT_VOLUME } from './object.ts';
import { FltObjectReference, checkObject } from './object-reference.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager, volumeList }
  from './root.ts';
import { checkIrql } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { Filter: filterOf } = FLT_INSTANCE.bound;
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;

/** Stores what `list` gives under the lock; objects whose teardown has begun are left out. */
function giveAll(
  array: number, size: number, returned: OutPtr, list: () => readonly number[],
): NTSTATUS {
  lockFilterManager();
  const found = list();
  const fits = found.length <= size >>> 0;
  const kept = fits ? found.filter((object) => FltObjectReference(object) >= 0) : [];
  unlockFilterManager();
  kept.forEach((object, i) => (i32[(array >> 2) + i] = object));
  i32[returned >> 2] = fits ? kept.length : found.length;
  return fits ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

function allOf(head: number): number[] {
  return entriesOf(head).map((at) => at - linkAt);
}

/**
 * Every registered filter. IRQL <= APC_LEVEL.
 *
 * @param FilterList room for `FilterListSize` pointers; may be NULL when the size is 0.
 * @param NumberFiltersReturned gets how many were stored, or how many there are.
 * @returns STATUS_BUFFER_TOO_SMALL when the room does not suffice.
 */
export function FltEnumerateFilters(
  FilterList: number, FilterListSize: number, NumberFiltersReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateFilters', APC_LEVEL);
  return giveAll(FilterList, FilterListSize, NumberFiltersReturned, () => allOf(filterList()));
}

/** Every volume; otherwise as FltEnumerateFilters. */
export function FltEnumerateVolumes(
  Filter: PFLT_FILTER, VolumeList: number, VolumeListSize: number, NumberVolumesReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateVolumes', APC_LEVEL);
  checkObject('FltEnumerateVolumes', Filter, FLT_OBJECT_FILTER);
  return giveAll(VolumeList, VolumeListSize, NumberVolumesReturned, () => allOf(volumeList()));
}

function instancesOf(volume: PFLT_VOLUME, filter: PFLT_FILTER): readonly PFLT_INSTANCE[] {
  if (volume === 0) return instancesOfFilter(filter);
  const all = instancesOnVolume(volume);
  return filter === 0 ? all : all.filter((at) => filterOf(at) === filter);
}

/**
 * The instances of a filter, of a volume, or of a filter on a volume, from the top down. Otherwise
 * as FltEnumerateFilters.
 *
 * @param Volume NULL for every volume. @param Filter NULL for every filter.
 * @returns STATUS_INVALID_PARAMETER when both are NULL.
 */
export function FltEnumerateInstances(
  Volume: PFLT_VOLUME, Filter: PFLT_FILTER, InstanceList: number, InstanceListSize: number,
  NumberInstancesReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateInstances', APC_LEVEL);
  if (Volume === 0 && Filter === 0) return STATUS_INVALID_PARAMETER;
  if (Volume !== 0) checkObject('FltEnumerateInstances', Volume, FLT_OBJECT_VOLUME);
  if (Filter !== 0) checkObject('FltEnumerateInstances', Filter, FLT_OBJECT_FILTER);
  return giveAll(InstanceList, InstanceListSize, NumberInstancesReturned, () =>
    instancesOf(Volume, Filter));
}
