// Lists of everything the Filter Manager knows: filters, volumes, instances (9.5). The two-call
// protocol: STATUS_BUFFER_TOO_SMALL tells how many there are; by the second call there may be more.
// Each element comes with a rundown reference that the caller drops (LC-6).
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { FLT_OBJECT_FILTER, FLT_OBJECT_VOLUME } from '../object.ts';
import { checkObject } from '../object-reference.ts';
import { checkIrql } from '../violation.ts';
import { filters, giveList, instances, volumes } from './refer.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_VOLUME } from '../types.ts';

/**
 * Lists the registered filters. IRQL <= APC_LEVEL.
 *
 * @param FilterList room for `FilterListSize` pointers; NULL to ask for the number.
 * @param NumberFiltersReturned gets how many were stored, or how many there are.
 * @returns STATUS_BUFFER_TOO_SMALL.
 */
export function FltEnumerateFilters(
  FilterList: number,
  FilterListSize: number,
  NumberFiltersReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateFilters', APC_LEVEL);
  return giveList(filters, FilterList, FilterListSize, NumberFiltersReturned);
}

/** Lists the volumes, as FltEnumerateFilters. IRQL <= APC_LEVEL. @param Filter the caller's. */
export function FltEnumerateVolumes(
  Filter: PFLT_FILTER,
  VolumeList: number,
  VolumeListSize: number,
  NumberVolumesReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateVolumes', APC_LEVEL);
  checkObject('FltEnumerateVolumes', Filter, FLT_OBJECT_FILTER);
  return giveList(volumes, VolumeList, VolumeListSize, NumberVolumesReturned);
}

/**
 * Lists instances, as FltEnumerateFilters. IRQL <= APC_LEVEL.
 *
 * @param Volume only its instances, from the top down; NULL for all volumes.
 * @param Filter only its instances; NULL for all filters.
 */
export function FltEnumerateInstances(
  Volume: PFLT_VOLUME,
  Filter: PFLT_FILTER,
  InstanceList: number,
  InstanceListSize: number,
  NumberInstancesReturned: OutPtr,
): NTSTATUS {
  checkIrql('FltEnumerateInstances', APC_LEVEL);
  if (Volume !== 0) checkObject('FltEnumerateInstances', Volume, FLT_OBJECT_VOLUME);
  if (Filter !== 0) checkObject('FltEnumerateInstances', Filter, FLT_OBJECT_FILTER);
  return giveList(() => instances(Volume, Filter), InstanceList, InstanceListSize,
    NumberInstancesReturned);
}
