// What is told about a filter, an instance and a volume, class by class. There is one frame, number
// 0, and there are no legacy filters, so every answer is about a minifilter.
import { STATUS_INVALID_PARAMETER } from '../../ntos/status-codes.ts';
import { FLTFL_AGGREGATE_INFO_IS_MINIFILTER, FLTFL_ASI_IS_MINIFILTER, FLTFL_IASI_IS_MINIFILTER,
  FilterAggregateBasicInformation, FilterAggregateStandardInformation, FilterFullInformation,
  FilterVolumeBasicInformation, FilterVolumeStandardInformation,
  InstanceAggregateStandardInformation, InstanceBasicInformation, InstanceFullInformation,
  InstancePartialInformation } from '../constants.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { textOf } from '../strings.ts';
import { instances } from './lists.ts';
import { FILTER_AGGREGATE_BASIC_INFORMATION, FILTER_AGGREGATE_STANDARD_INFORMATION,
  FILTER_FULL_INFORMATION, FILTER_VOLUME_BASIC_INFORMATION, FILTER_VOLUME_STANDARD_INFORMATION,
  INSTANCE_AGGREGATE_STANDARD_INFORMATION, INSTANCE_BASIC_INFORMATION, INSTANCE_FULL_INFORMATION,
  INSTANCE_PARTIAL_INFORMATION } from './types.ts';
import { pack } from './pack.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { Name, Target } from './pack.ts';

const f = FLT_FILTER.bound;
const s = FLT_INSTANCE.bound;
const v = FLT_VOLUME.bound;

interface FilterNames {
  FilterNameLength: number;
  FilterNameBufferOffset: number;
}

function filterNameIn(view: FilterNames, filter: PFLT_FILTER): Name {
  return {
    text: textOf(f.at_Name(filter)),
    place(length, offset) {
      view.FilterNameLength = length;
      view.FilterNameBufferOffset = offset;
    },
  };
}

function instanceCount(filter: PFLT_FILTER): number {
  return instances(0 as PFLT_VOLUME, filter).length;
}

function fullFilter(filter: PFLT_FILTER, target: Target): NTSTATUS {
  const view = FILTER_FULL_INFORMATION.at(target.buffer);
  const fixed = FILTER_FULL_INFORMATION.offsets['FilterNameBuffer'] ?? 0;
  return pack(target, fixed, () => {
    view.NumberOfInstances = instanceCount(filter);
  }, [{
    text: textOf(f.at_Name(filter)),
    place: (length) => void (view.FilterNameLength = length),
  }]);
}

function aggregateFilter(filter: PFLT_FILTER, isStandard: boolean, target: Target): NTSTATUS {
  const type = isStandard
    ? FILTER_AGGREGATE_STANDARD_INFORMATION : FILTER_AGGREGATE_BASIC_INFORMATION;
  const view = type.at(target.buffer);
  const mini = view.Type.MiniFilter;
  return pack(target, type.size, () => {
    view.Flags = isStandard ? FLTFL_ASI_IS_MINIFILTER : FLTFL_AGGREGATE_INFO_IS_MINIFILTER;
    mini.NumberOfInstances = instanceCount(filter);
  }, [filterNameIn(mini, filter), {
    text: textOf(f.at_DefaultAltitude(filter)),
    place(length, offset) {
      mini.FilterAltitudeLength = length;
      mini.FilterAltitudeBufferOffset = offset;
    },
  }]);
}

/** Describes a filter; STATUS_INVALID_PARAMETER for a class that there is not. Lock held. */
export function describeFilter(
  filter: PFLT_FILTER,
  informationClass: number,
  target: Target,
): NTSTATUS {
  switch (informationClass) {
    case FilterFullInformation: return fullFilter(filter, target);
    case FilterAggregateBasicInformation: return aggregateFilter(filter, false, target);
    case FilterAggregateStandardInformation: return aggregateFilter(filter, true, target);
    default: return STATUS_INVALID_PARAMETER;
  }
}

interface InstanceNames {
  InstanceNameLength: number;
  InstanceNameBufferOffset: number;
}
interface Altitudes {
  AltitudeLength: number;
  AltitudeBufferOffset: number;
}
interface VolumeNames {
  VolumeNameLength: number;
  VolumeNameBufferOffset: number;
}

function instanceNameIn(view: InstanceNames, instance: PFLT_INSTANCE): Name {
  return {
    text: textOf(s.at_Name(instance)),
    place(length, offset) {
      view.InstanceNameLength = length;
      view.InstanceNameBufferOffset = offset;
    },
  };
}

function altitudeIn(view: Altitudes, instance: PFLT_INSTANCE): Name {
  return {
    text: textOf(s.at_Altitude(instance)),
    place(length, offset) {
      view.AltitudeLength = length;
      view.AltitudeBufferOffset = offset;
    },
  };
}

function volumeNameIn(view: VolumeNames, instance: PFLT_INSTANCE): Name {
  return {
    text: textOf(v.at_Name(s.Volume(instance))),
    place(length, offset) {
      view.VolumeNameLength = length;
      view.VolumeNameBufferOffset = offset;
    },
  };
}

function nothing(): void {
  // Only names are told.
}

function fullInstance(instance: PFLT_INSTANCE, target: Target): NTSTATUS {
  const view = INSTANCE_FULL_INFORMATION.at(target.buffer);
  return pack(target, INSTANCE_FULL_INFORMATION.size, nothing, [
    instanceNameIn(view, instance), altitudeIn(view, instance), volumeNameIn(view, instance),
    filterNameIn(view, s.Filter(instance)),
  ]);
}

function aggregateInstance(instance: PFLT_INSTANCE, target: Target): NTSTATUS {
  const type = INSTANCE_AGGREGATE_STANDARD_INFORMATION;
  const view = type.at(target.buffer);
  const mini = view.Type.MiniFilter;
  return pack(target, type.size, () => {
    view.Flags = FLTFL_IASI_IS_MINIFILTER;
    mini.VolumeFileSystemType = v.FileSystemType(s.Volume(instance));
  }, [instanceNameIn(mini, instance), altitudeIn(mini, instance), volumeNameIn(mini, instance),
    filterNameIn(mini, s.Filter(instance))]);
}

function partialInstance(instance: PFLT_INSTANCE, target: Target): NTSTATUS {
  const view = INSTANCE_PARTIAL_INFORMATION.at(target.buffer);
  return pack(target, INSTANCE_PARTIAL_INFORMATION.size, nothing,
    [instanceNameIn(view, instance), altitudeIn(view, instance)]);
}

function basicInstance(instance: PFLT_INSTANCE, target: Target): NTSTATUS {
  const view = INSTANCE_BASIC_INFORMATION.at(target.buffer);
  return pack(target, INSTANCE_BASIC_INFORMATION.size, nothing, [instanceNameIn(view, instance)]);
}

/** Describes an instance; STATUS_INVALID_PARAMETER for a class that there is not. Lock held. */
export function describeInstance(
  instance: PFLT_INSTANCE,
  informationClass: number,
  target: Target,
): NTSTATUS {
  switch (informationClass) {
    case InstanceBasicInformation: return basicInstance(instance, target);
    case InstancePartialInformation: return partialInstance(instance, target);
    case InstanceFullInformation: return fullInstance(instance, target);
    case InstanceAggregateStandardInformation: return aggregateInstance(instance, target);
    default: return STATUS_INVALID_PARAMETER;
  }
}

function basicVolume(volume: PFLT_VOLUME, target: Target): NTSTATUS {
  const view = FILTER_VOLUME_BASIC_INFORMATION.at(target.buffer);
  const fixed = FILTER_VOLUME_BASIC_INFORMATION.offsets['FilterVolumeName'] ?? 0;
  return pack(target, fixed, nothing, [{
    text: textOf(v.at_Name(volume)),
    place: (length) => void (view.FilterVolumeNameLength = length),
  }]);
}

function standardVolume(volume: PFLT_VOLUME, target: Target): NTSTATUS {
  const view = FILTER_VOLUME_STANDARD_INFORMATION.at(target.buffer);
  const fixed = FILTER_VOLUME_STANDARD_INFORMATION.offsets['FilterVolumeName'] ?? 0;
  return pack(target, fixed, () => {
    view.FileSystemType = v.FileSystemType(volume);
  }, [{
    text: textOf(v.at_Name(volume)),
    place: (length) => void (view.FilterVolumeNameLength = length),
  }]);
}

/** Describes a volume; STATUS_INVALID_PARAMETER for a class that there is not. Lock held. */
export function describeVolume(
  volume: PFLT_VOLUME,
  informationClass: number,
  target: Target,
): NTSTATUS {
  switch (informationClass) {
    case FilterVolumeBasicInformation: return basicVolume(volume, target);
    case FilterVolumeStandardInformation: return standardVolume(volume, target);
    default: return STATUS_INVALID_PARAMETER;
  }
}
