// Contracts: devices and the sharing of files.
import { APC, DISPATCH, PASSIVE, family, row } from './contract.ts';

const wdm = family('wdm', {
  IoAttachDeviceToDeviceStack: row('SourceDevice* TargetDevice*', DISPATCH,
    'Puts a device on top of the stack of another.',
    { returns: 'the device right below it', takes: 'attachment result: IoDetachDevice' }),
  IoCheckShareAccess: row(
    'DesiredAccess DesiredShareAccess FileObject* ShareAccess* Update', PASSIVE,
    'Asks whether a further open is allowed, and with Update counts it.',
    { statuses: 'STATUS_SHARING_VIOLATION', thread: 'the file system, with the stream locked' }),
  IoCreateDevice: row('DriverObject* DeviceExtensionSize DeviceName? DeviceType ' +
                    'DeviceCharacteristics Exclusive DeviceObject>', APC,
    'Makes a device of a driver, with an extension behind it and, if one is given, a name.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_OBJECT_NAME_COLLISION ' +
        'STATUS_OBJECT_NAME_INVALID',
      takes: 'device DeviceObject: IoDeleteDevice',
    }),
  IoCreateSymbolicLink: row('SymbolicLinkName* DeviceName*', PASSIVE,
    'Makes a symbolic link in the namespace.',
    { statuses: 'STATUS_OBJECT_NAME_COLLISION STATUS_OBJECT_NAME_INVALID' }),
  IoDeleteDevice: row('DeviceObject*', APC,
    'Takes a device away from its driver.', { gives: 'device DeviceObject' }),
  IoDeleteSymbolicLink: row('SymbolicLinkName*', PASSIVE,
    'Takes a symbolic link away.', { statuses: 'STATUS_OBJECT_NAME_NOT_FOUND' }),
  IoDetachDevice: row('TargetDevice*', PASSIVE,
    'Takes what is attached to TargetDevice off again.', { gives: 'attachment TargetDevice' }),
  IoGetDeviceObjectPointer: row('ObjectName* DesiredAccess FileObject> DeviceObject>', PASSIVE,
    'Finds the top of the device stack behind a name, by opening it.',
    { takes: 'object FileObject: ObDereferenceObject', needsApcs: true }),
  IoGetRelatedDeviceObject: row('FileObject*', DISPATCH,
    'The device at the top of the stack that serves a file object.'),
  IoRemoveShareAccess: row('FileObject* ShareAccess*', PASSIVE,
    'Takes an open out of the count.', { thread: 'the file system, with the stream locked' }),
  IoSetShareAccess: row('DesiredAccess DesiredShareAccess FileObject* ShareAccess*', PASSIVE,
    'Begins the counting of a stream with its first open.',
    { thread: 'the file system, with the stream locked' }),
  IoUpdateShareAccess: row('FileObject* ShareAccess*', PASSIVE,
    'Counts an open that IoCheckShareAccess allowed without counting it.',
    { thread: 'the file system, with the stream locked' }),
});

const ntifs = family('ntifs', {
  IoGetAttachedDevice: row('DeviceObject*', DISPATCH,
    'The topmost device above a device; itself when nothing is attached.'),
  IoGetAttachedDeviceReference: row('DeviceObject*', DISPATCH,
    'IoGetAttachedDevice with a reference.',
    { takes: 'object result: ObDereferenceObject' }),
  IoReplaceFileObjectName: row('FileObject* NewFileName? FileNameLength', PASSIVE,
    'Replaces the name in a file object, in a create before it is opened.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES' }),
  IoVolumeDeviceToDosName: row('VolumeDeviceObject* DosName*', PASSIVE,
    'The drive letter of a volume\'s device, in a buffer for ExFreePool.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST ' +
        'STATUS_OBJECT_NAME_NOT_FOUND',
      needsApcs: true,
    }),
});

export const ioDevices = { ...wdm, ...ntifs };
