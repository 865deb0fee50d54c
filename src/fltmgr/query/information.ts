// FltGet*Information and FltEnumerate*Information (9.5): a structure of query/types.ts with its
// names behind it. STATUS_BUFFER_TOO_SMALL tells the bytes that are needed; an enumeration ends
// with STATUS_NO_MORE_ENTRIES. Objects that are being torn down are not enumerated.
import { i32 } from '../../mem/memory.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_VOLUME_NOT_FOUND, STATUS_NO_MORE_ENTRIES }
  from '../../ntos/status-codes.ts';
import { FLT_OBJECT_FILTER, FLT_OBJECT_INSTANCE, FLT_OBJECT_VOLUME } from '../attach/object.ts';
import { checkObject, isLeaving } from '../attach/object-reference.ts';
import { checkIrql } from '../violation.ts';
import { describeFilter, describeInstance, describeVolume } from './describe.ts';
import { filters, instances, locked, volumes } from './lists.ts';
import { volumeByName, volumeOfDevice } from './volume-lookup.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { Target } from './pack.ts';

type Describe<T> = (object: T, informationClass: number, target: Target) => NTSTATUS;
const NO_FILTER = 0 as PFLT_FILTER;
const NO_VOLUME = 0 as PFLT_VOLUME;

function describeOne<T extends number>(
  routine: string, object: T, kind: number, describe: Describe<T>, informationClass: number,
  target: Target,
): NTSTATUS {
  checkIrql(routine, APC_LEVEL);
  checkObject(routine, object, kind);
  i32[target.returned >> 2] = 0;
  return locked(() =>
    isLeaving(object) ? STATUS_FLT_DELETING_OBJECT : describe(object, informationClass, target));
}

function describeNth<T extends number>(
  routine: string, find: () => readonly T[], index: number, describe: Describe<T>,
  informationClass: number, target: Target,
): NTSTATUS {
  checkIrql(routine, APC_LEVEL);
  i32[target.returned >> 2] = 0;
  return locked(() => {
    const object = find().filter((at) => !isLeaving(at))[index];
    return object === undefined ? STATUS_NO_MORE_ENTRIES
      : describe(object, informationClass, target);
  });
}

/**
 * Describes a filter. IRQL <= APC_LEVEL.
 *
 * @param InformationClass FILTER_INFORMATION_CLASS. @param BufferSize in bytes.
 * @param BytesReturned gets the bytes written, or those that are needed.
 * @returns STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetFilterInformation(
  Filter: PFLT_FILTER, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  return describeOne('FltGetFilterInformation', Filter, FLT_OBJECT_FILTER, describeFilter,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** Describes an instance by INSTANCE_INFORMATION_CLASS, as FltGetFilterInformation. */
export function FltGetInstanceInformation(
  Instance: PFLT_INSTANCE, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  return describeOne('FltGetInstanceInformation', Instance, FLT_OBJECT_INSTANCE, describeInstance,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** Describes a volume by FILTER_VOLUME_INFORMATION_CLASS, as FltGetFilterInformation. */
export function FltGetVolumeInformation(
  Volume: PFLT_VOLUME, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  return describeOne('FltGetVolumeInformation', Volume, FLT_OBJECT_VOLUME, describeVolume,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/**
 * Describes the filter number `Index`, counted from 0. IRQL <= APC_LEVEL.
 * @returns STATUS_NO_MORE_ENTRIES behind the last one, and as FltGetFilterInformation.
 */
export function FltEnumerateFilterInformation(
  Index: number, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  return describeNth('FltEnumerateFilterInformation', filters, Index, describeFilter,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** Describes volume number `Index`, as FltEnumerateFilterInformation. @param Filter the caller. */
export function FltEnumerateVolumeInformation(
  Filter: PFLT_FILTER, Index: number, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  checkObject('FltEnumerateVolumeInformation', Filter, FLT_OBJECT_FILTER);
  return describeNth('FltEnumerateVolumeInformation', volumes, Index, describeVolume,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** Describes instance number `Index` of a filter, as FltEnumerateFilterInformation. */
export function FltEnumerateInstanceInformationByFilter(
  Filter: PFLT_FILTER, Index: number, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  const name = 'FltEnumerateInstanceInformationByFilter';
  checkObject(name, Filter, FLT_OBJECT_FILTER);
  return describeNth(name, () => instances(NO_VOLUME, Filter), Index, describeInstance,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** Describes instance number `Index` of a volume, from the top down. */
export function FltEnumerateInstanceInformationByVolume(
  Volume: PFLT_VOLUME, Index: number, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  const name = 'FltEnumerateInstanceInformationByVolume';
  checkObject(name, Volume, FLT_OBJECT_VOLUME);
  return describeNth(name, () => instances(Volume, NO_FILTER), Index, describeInstance,
    InformationClass, { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/**
 * The same for a volume given by name: \Device\HarddiskVolume1, C:, \??\Volume{...}.
 * STATUS_FLT_VOLUME_NOT_FOUND when there is none.
 */
export function FltEnumerateInstanceInformationByVolumeName(
  VolumeName: number, Index: number, InformationClass: number, Buffer: number, BufferSize: number,
  BytesReturned: OutPtr,
): NTSTATUS {
  const volume = locked(() => volumeByName(readUnicode(VolumeName)));
  if (volume === 0) return STATUS_FLT_VOLUME_NOT_FOUND;
  return describeNth('FltEnumerateInstanceInformationByVolumeName',
    () => instances(volume, NO_FILTER), Index, describeInstance, InformationClass,
    { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}

/** The same for a volume given by one of its devices; STATUS_FLT_VOLUME_NOT_FOUND. */
export function FltEnumerateInstanceInformationByDeviceObject(
  DeviceObject: PDEVICE_OBJECT, Index: number, InformationClass: number, Buffer: number,
  BufferSize: number, BytesReturned: OutPtr,
): NTSTATUS {
  const volume = locked(() => volumeOfDevice(DeviceObject));
  if (volume === 0) return STATUS_FLT_VOLUME_NOT_FOUND;
  return describeNth('FltEnumerateInstanceInformationByDeviceObject',
    () => instances(volume, NO_FILTER), Index, describeInstance, InformationClass,
    { buffer: Buffer, size: BufferSize, returned: BytesReturned });
}
