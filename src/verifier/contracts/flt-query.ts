// Contracts: looking around: neighbours, enumeration, information, volumes.
import { APC, DISPATCH, PASSIVE, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltEnumerateFilterInformation: row(
    'Index InformationClass Buffer? BufferSize BytesReturned>', APC,
    'Describes the filter number Index, counted from 0.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltEnumerateInstanceInformationByDeviceObject: row('DeviceObject* Index InformationClass ' +
      'Buffer? BufferSize BytesReturned>', APC,
    'Describes instance number Index of a volume given by one of its devices.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_FLT_VOLUME_NOT_FOUND STATUS_INVALID_PARAMETER STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltEnumerateInstanceInformationByFilter: row('Filter* Index InformationClass Buffer? ' +
                                             'BufferSize BytesReturned>', APC,
    'Describes instance number Index of a filter, as FltEnumerateFilterInformation.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltEnumerateInstanceInformationByVolume: row('Volume* Index InformationClass Buffer? ' +
                                             'BufferSize BytesReturned>', APC,
    'Describes instance number Index of a volume, from the top down.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltEnumerateInstanceInformationByVolumeName: row('VolumeName* Index InformationClass ' +
      'Buffer? BufferSize BytesReturned>', APC,
    'Describes instance number Index of a volume given by name.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_FLT_VOLUME_NOT_FOUND STATUS_INVALID_PARAMETER STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltEnumerateVolumeInformation: row('Filter* Index InformationClass Buffer? BufferSize ' +
                                   'BytesReturned>', APC,
    'Describes volume number Index, as FltEnumerateFilterInformation.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_NO_MORE_ENTRIES',
      rules: '9.5',
    }),
  FltGetDeviceObject: row('Volume* DeviceObject>', DISPATCH,
    'The Filter Manager\'s device object on a volume, with a reference that ' +
      'ObDereferenceObject drops.', {
      statuses: 'STATUS_FLT_NO_DEVICE_OBJECT',
      takes: 'object DeviceObject: ObDereferenceObject',
    }),
  FltGetDiskDeviceObject: row('Volume* DiskDeviceObject>', DISPATCH,
    'The disk device of a volume, with a reference that ObDereferenceObject drops.', {
      statuses: 'STATUS_FLT_NO_DEVICE_OBJECT',
      thread: 'an I/O or instance callback of the volume',
      takes: 'object DiskDeviceObject: ObDereferenceObject',
    }),
  FltGetFileSystemType: row('FltObject* FileSystemType>', APC,
    'The file system on a volume.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  FltGetFilterInformation: row('Filter* InformationClass Buffer? BufferSize BytesReturned>', APC,
    'Describes a filter.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      rules: '9.5',
    }),
  FltGetInstanceInformation: row(
    'Instance* InformationClass Buffer? BufferSize BytesReturned>', APC,
    'Describes an instance by INSTANCE_INFORMATION_CLASS, as FltGetFilterInformation.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      rules: '9.5',
    }),
  FltGetVolumeGuidName: row('Volume* VolumeGuidName? BufferSizeNeeded>?', PASSIVE,
    'The name of a volume that stays the same when it moves: \\??\\Volume{GUID}.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_VOLUME_NOT_FOUND ' +
        'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST',
      rules: 'NAM-12',
    }),
  FltGetVolumeInformation: row('Volume* InformationClass Buffer? BufferSize BytesReturned>', APC,
    'Describes a volume by FILTER_VOLUME_INFORMATION_CLASS, as FltGetFilterInformation.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      rules: '9.5',
    }),
  FltGetVolumeName: row('Volume* VolumeName? BufferSizeNeeded>?', APC,
    'The device name of a volume, for example \\Device\\HarddiskVolume1.',
    { statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INVALID_PARAMETER', rules: 'NAM-12' }),
  FltGetVolumeProperties: row('Volume* VolumeProperties? Length LengthReturned>?', APC,
    'What a volume is: kinds and flags of its device, sector size, names.',
    { statuses: 'STATUS_BUFFER_OVERFLOW STATUS_BUFFER_TOO_SMALL' }),
  FltIsFltMgrVolumeDeviceObject: row('DeviceObject*', APC,
    'Whether a device object is the Filter Manager\'s on some volume.', { returns: 'BOOLEAN' }),
  FltIsVolumeSnapshot: row('FltObject* IsSnapshotVolume>', PASSIVE,
    'Whether a volume is a snapshot of another.', {
      statuses: 'STATUS_FLT_NO_DEVICE_OBJECT STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_PARAMETER',
    }),
  FltIsVolumeWritable: row('FltObject* IsWritable>', PASSIVE,
    'Whether a volume can be written to.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST' }),
});

export const fltQuery = fltkernel;
