// What FltGetFilterInformation, FltGetInstanceInformation, FltGetVolumeInformation and the
// FltEnumerate*Information routines write into the caller's buffer. Names lie behind the structure:
// the *BufferOffset members count from its beginning, lengths are in bytes, entries are linked by
// NextEntryOffset as in a directory query.
import { ULONG, USHORT, array } from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import { WCHAR } from '../../ntos/rtl/types.ts';

export const FILTER_FULL_INFORMATION = struct('FILTER_FULL_INFORMATION', {
  NextEntryOffset: ULONG,
  FrameID: ULONG,
  NumberOfInstances: ULONG,
  FilterNameLength: USHORT,
  FilterNameBuffer: array(WCHAR, 1),
});

const filterName = { FilterNameLength: USHORT, FilterNameBufferOffset: USHORT } as const;
const filterAltitude = {
  FilterAltitudeLength: USHORT,
  FilterAltitudeBufferOffset: USHORT,
} as const;
const inFrame = { FrameID: ULONG, NumberOfInstances: ULONG } as const;

export const FILTER_AGGREGATE_BASIC_INFORMATION = struct('FILTER_AGGREGATE_BASIC_INFORMATION', {
  NextEntryOffset: ULONG,
  /** FLTFL_AGGREGATE_INFO_IS_*: which half of Type holds. */
  Flags: ULONG,
  Type: union({
    MiniFilter: group({ ...inFrame, ...filterName, ...filterAltitude }),
    LegacyFilter: group(filterName),
  }),
});

export const FILTER_AGGREGATE_STANDARD_INFORMATION = struct(
  'FILTER_AGGREGATE_STANDARD_INFORMATION',
  {
    NextEntryOffset: ULONG,
    Flags: ULONG,
    Type: union({
      MiniFilter: group({ Flags: ULONG, ...inFrame, ...filterName, ...filterAltitude }),
      LegacyFilter: group({ Flags: ULONG, ...filterName, ...filterAltitude }),
    }),
  },
);

export const FILTER_VOLUME_BASIC_INFORMATION = struct('FILTER_VOLUME_BASIC_INFORMATION', {
  FilterVolumeNameLength: USHORT,
  FilterVolumeName: array(WCHAR, 1),
});

export const FILTER_VOLUME_STANDARD_INFORMATION = struct('FILTER_VOLUME_STANDARD_INFORMATION', {
  NextEntryOffset: ULONG,
  Flags: ULONG,
  FrameID: ULONG,
  FileSystemType: ULONG,
  FilterVolumeNameLength: USHORT,
  FilterVolumeName: array(WCHAR, 1),
});

const instanceName = { InstanceNameLength: USHORT, InstanceNameBufferOffset: USHORT } as const;
const altitude = { AltitudeLength: USHORT, AltitudeBufferOffset: USHORT } as const;
const volumeName = { VolumeNameLength: USHORT, VolumeNameBufferOffset: USHORT } as const;

export const INSTANCE_BASIC_INFORMATION = struct('INSTANCE_BASIC_INFORMATION', {
  NextEntryOffset: ULONG,
  ...instanceName,
});

export const INSTANCE_PARTIAL_INFORMATION = struct('INSTANCE_PARTIAL_INFORMATION', {
  NextEntryOffset: ULONG,
  ...instanceName,
  ...altitude,
});

export const INSTANCE_FULL_INFORMATION = struct('INSTANCE_FULL_INFORMATION', {
  NextEntryOffset: ULONG,
  ...instanceName,
  ...altitude,
  ...volumeName,
  ...filterName,
});

export const INSTANCE_AGGREGATE_STANDARD_INFORMATION = struct(
  'INSTANCE_AGGREGATE_STANDARD_INFORMATION',
  {
    NextEntryOffset: ULONG,
    Flags: ULONG,
    Type: union({
      MiniFilter: group({
        Flags: ULONG,
        FrameID: ULONG,
        VolumeFileSystemType: ULONG,
        ...instanceName,
        ...altitude,
        ...volumeName,
        ...filterName,
        SupportedFeatures: ULONG,
      }),
      LegacyFilter: group({
        Flags: ULONG,
        ...altitude,
        ...volumeName,
        ...filterName,
        SupportedFeatures: ULONG,
      }),
    }),
  },
);
