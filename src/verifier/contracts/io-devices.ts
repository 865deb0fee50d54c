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
  IoCreateDevice: row('DriverObject* DeviceExtensionSize DeviceType DeviceCharacteristics', APC,
    'Makes a device of a driver, with an extension behind it.',
    { takes: 'device result: IoDeleteDevice' }),
  IoDeleteDevice: row('DeviceObject*', APC,
    'Takes a device away from its driver.', { gives: 'device DeviceObject' }),
  IoDetachDevice: row('TargetDevice*', PASSIVE,
    'Takes what is attached to TargetDevice off again.', { gives: 'attachment TargetDevice' }),
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
});

export const ioDevices = { ...wdm, ...ntifs };
