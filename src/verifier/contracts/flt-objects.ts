// Contracts: filters, instances and volumes.
import { APC, DISPATCH, PASSIVE, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAttachVolume: row('Filter* Volume* InstanceName? RetInstance>?', PASSIVE,
    'Attaches a filter to a volume as its registry says.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_FILTER_NOT_READY ' +
        'STATUS_FLT_INSTANCE_NAME_COLLISION STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_OBJECT_NAME_COLLISION STATUS_OBJECT_NAME_NOT_FOUND',
      takes: 'object reference RetInstance: FltObjectDereference',
      rules: 'ATT-1 LC-6',
    }),
  FltAttachVolumeAtAltitude: row('Filter* Volume* Altitude* InstanceName? RetInstance>?', PASSIVE,
    'FltAttachVolume at an altitude of the caller\'s choice: a debugging aid.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_FILTER_NOT_READY ' +
        'STATUS_FLT_INSTANCE_ALTITUDE_COLLISION STATUS_FLT_INSTANCE_NAME_COLLISION ' +
        'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER',
      takes: 'object reference RetInstance: FltObjectDereference',
      rules: 'ATT-2 LC-6',
    }),
  FltCompareInstanceAltitudes: row('Instance1* Instance2*', DISPATCH,
    'Compares the altitudes of two instances of one volume.', {
      returns: 'negative, zero or positive; zero for instances of different volumes',
      rules: 'ALT-3',
    }),
  FltDetachVolume: row('Filter* Volume* InstanceName?', APC,
    'Detaches an instance of a filter from a volume.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_INSTANCE_NOT_FOUND', rules: 'TD-1 TD-8' }),
  FltEnumerateFilters: row('FilterList? FilterListSize NumberFiltersReturned>', APC,
    'Lists every registered filter, each with a reference.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INSUFFICIENT_RESOURCES',
      takes: 'object reference FilterList: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltEnumerateInstances: row('Volume? Filter? InstanceList? InstanceListSize ' +
                           'NumberInstancesReturned>', APC,
    'Lists the instances of a filter, of a volume, or of a filter on a volume, each with a ' +
      'reference.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER',
      takes: 'object reference InstanceList: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltEnumerateVolumes: row('Filter* VolumeList? VolumeListSize NumberVolumesReturned>', APC,
    'Lists every volume, each with a reference.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INSUFFICIENT_RESOURCES',
      takes: 'object reference VolumeList: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetBottomInstance: row('Volume* Instance>', APC,
    'The lowest instance on a volume, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NO_MORE_ENTRIES',
      takes: 'object reference Instance: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetFilterFromInstance: row('Instance* RetFilter>', APC,
    'The filter of an instance, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT',
      takes: 'object reference RetFilter: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetFilterFromName: row('FilterName* RetFilter>', APC,
    'A filter by the name of its service, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_FILTER_NOT_FOUND',
      takes: 'object reference RetFilter: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetLowerInstance: row('CurrentInstance* LowerInstance>', APC,
    'The next instance below, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NO_MORE_ENTRIES',
      takes: 'object reference LowerInstance: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetTopInstance: row('Volume* Instance>', APC,
    'The highest instance on a volume, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NO_MORE_ENTRIES',
      takes: 'object reference Instance: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetUpperInstance: row('CurrentInstance* UpperInstance>', APC,
    'The next instance above, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NO_MORE_ENTRIES',
      takes: 'object reference UpperInstance: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetVolumeFromDeviceObject: row('Filter* DeviceObject* RetVolume>', APC,
    'The volume that a device object belongs to, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      takes: 'object reference RetVolume: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetVolumeFromFileObject: row('Filter* FileObject* RetVolume>', APC,
    'The volume that a file lies on, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      takes: 'object reference RetVolume: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetVolumeFromInstance: row('Instance* RetVolume>', APC,
    'The volume of an instance, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT',
      takes: 'object reference RetVolume: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetVolumeFromName: row('Filter* VolumeName* RetVolume>', PASSIVE,
    'A volume by name, with a reference: \\Device\\HarddiskVolume1, C:, \\??\\Volume{GUID}.', {
      statuses: 'STATUS_ACCESS_DENIED STATUS_FLT_DELETING_OBJECT STATUS_FLT_VOLUME_NOT_FOUND ' +
        'STATUS_INVALID_PARAMETER',
      takes: 'object reference RetVolume: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltGetVolumeInstanceFromName: row('Filter? Volume* InstanceName? RetInstance>', APC,
    'An instance on a volume by name, with a reference.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_INSTANCE_NOT_FOUND',
      takes: 'object reference RetInstance: FltObjectDereference',
      rules: 'LC-6',
    }),
  FltLoadFilter: row('FilterName*', PASSIVE,
    'Loads a filter by the name of its service.', {
      statuses: 'STATUS_DRIVER_FAILED_PRIOR_UNLOAD STATUS_FAILED_DRIVER_ENTRY ' +
        'STATUS_IMAGE_ALREADY_LOADED STATUS_OBJECT_NAME_NOT_FOUND',
      rules: 'LC-18',
    }),
  FltObjectDereference: row('FltObject*', DISPATCH,
    'Drops a rundown reference.', { gives: 'object reference FltObject', rules: 'LC-5 LC-15' }),
  FltObjectReference: row('FltObject*', DISPATCH,
    'Adds a rundown reference to a filter, an instance or a volume.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT',
      takes: 'object reference FltObject: FltObjectDereference',
      rules: 'KRN-38 LC-5 LC-15 TD-5',
    }),
  FltRegisterFilter: row('Driver* Registration* RetFilter>', APC,
    'Registers a filter; its callbacks are known then, and not called yet.', {
      statuses: 'STATUS_FLT_DUPLICATE_ENTRY STATUS_FLT_INVALID_CONTEXT_REGISTRATION ' +
        'STATUS_FLT_NOT_INITIALIZED STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER ' +
        'STATUS_OBJECT_NAME_NOT_FOUND',
      thread: 'DriverEntry, a system thread',
      takes: 'filter RetFilter: FltUnregisterFilter',
      rules: 'CTX-4 LC-10 LC-11 VER-1',
    }),
  FltStartFiltering: row('Filter*', APC,
    'Begins filtering: the filter is attached to every mounted volume it accepts, and sees ' +
      'I/O before this returns.', {
      statuses: 'STATUS_FLT_INSTANCE_ALTITUDE_COLLISION STATUS_INVALID_PARAMETER',
      thread: 'DriverEntry, after FltRegisterFilter',
      rules: 'ATT-1 DIS-18 LC-10 LC-12 LC-13',
    }),
  FltUnloadFilter: row('FilterName*', PASSIVE,
    'Unloads a filter by name, as fltmc unload does.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_FILTER_NOT_FOUND', rules: 'LC-18' }),
  FltUnregisterFilter: row('Filter*', APC,
    'Unregisters a filter: callbacks, instances and contexts go; waits while rundown ' +
      'references on the filter remain.', {
      thread: 'the filter\'s unload callback, or a failing DriverEntry',
      gives: 'filter Filter',
      rules: 'LC-12 LC-15..17 PORT-8',
    }),
});

export const fltObjects = fltkernel;
