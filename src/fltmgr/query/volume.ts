// Questions about a volume that need no request to the file system: its names, properties, devices
// and kind (9.5, NAM-12).
import { fillBytes, i32, u8 } from '../../mem/memory.ts';
import { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { volumeGuidName } from '../../ntos/io/object/volume.ts';
import { DEVICE_OBJECT, FILE_DEVICE_NETWORK_FILE_SYSTEM, FILE_READ_ONLY_DEVICE }
  from '../../ntos/io/types.ts';
import { ObReferenceObject } from '../../ntos/ob/object.ts';
import { bufferOf, setUnicode, writeUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { UNICODE_STRING } from '../../ntos/rtl/types.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_FLT_NO_DEVICE_OBJECT,
  STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLT_FSTYPE_EXFAT, FLT_FSTYPE_FAT, FLT_FSTYPE_NTFS, FLT_FSTYPE_RAW, FLT_FSTYPE_REFS }
  from '../constants.ts';
import { FLT_INSTANCE, FLT_OBJECT_INSTANCE, FLT_OBJECT_VOLUME, FLT_VOLUME }
  from '../attach/object.ts';
import { checkObject, kindOf } from '../attach/object-reference.ts';
import { textOf } from '../strings.ts';
import { FLT_VOLUME_PROPERTIES } from '../types.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import { locked, volumes } from './lists.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME, PFLT_VOLUME_PROPERTIES } from '../types.ts';

const v = FLT_VOLUME.bound;
const d = DEVICE_OBJECT.bound;
const p = FLT_VOLUME_PROPERTIES.bound;
const { MaximumLength } = UNICODE_STRING.bound;
const { Volume: volumeOf } = FLT_INSTANCE.bound;
type PUS = Parameters<typeof MaximumLength>[0];

function check(routine: string, highest: number, volume: PFLT_VOLUME): void {
  checkIrql(routine, highest);
  checkObject(routine, volume, FLT_OBJECT_VOLUME);
}

/** Fills a caller's UNICODE_STRING; NULL only asks for the length. */
function fillString(text: string, string: number, needed: number): NTSTATUS {
  const bytes = 2 * text.length;
  if (needed !== 0) i32[needed >> 2] = bytes;
  if (string === 0) return STATUS_BUFFER_TOO_SMALL;
  const room = MaximumLength(string as PUS);
  if (room < bytes) return STATUS_BUFFER_TOO_SMALL;
  const buffer = bufferOf(string);
  setUnicode(string, buffer, writeUtf16(buffer, text), room);
  return STATUS_SUCCESS;
}

/**
 * The device name of a volume, for example \Device\HarddiskVolume1. IRQL <= APC_LEVEL.
 *
 * @param VolumeName a UNICODE_STRING with a buffer, or NULL to ask for the length.
 * @param BufferSizeNeeded NULL, or gets the length in bytes.
 * @returns STATUS_BUFFER_TOO_SMALL.
 * @see NAM-12
 */
export function FltGetVolumeName(
  Volume: PFLT_VOLUME, VolumeName: number, BufferSizeNeeded: OutPtr,
): NTSTATUS {
  check('FltGetVolumeName', APC_LEVEL, Volume);
  return fillString(textOf(v.at_Name(Volume)), VolumeName, BufferSizeNeeded);
}

/**
 * The name of a volume that stays the same when it moves: \??\Volume{GUID}. PASSIVE_LEVEL. The
 * mount manager of this machine knows each volume before any filter does, so that
 * STATUS_FLT_VOLUME_NOT_FOUND is not seen.
 *
 * @returns STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_DEVICE_REQUEST on a network.
 * @see NAM-12
 */
export function FltGetVolumeGuidName(
  Volume: PFLT_VOLUME, VolumeGuidName: number, BufferSizeNeeded: OutPtr,
): NTSTATUS {
  check('FltGetVolumeGuidName', PASSIVE_LEVEL, Volume);
  if (d.DeviceType(v.DeviceObject(Volume)) === FILE_DEVICE_NETWORK_FILE_SYSTEM) {
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  const name = `\\??\\${volumeGuidName(textOf(v.at_Name(Volume)))}`;
  return fillString(name, VolumeGuidName, BufferSizeNeeded);
}

/** What a file system of a kind calls its driver and its device. */
const fileSystemNames = new Map<number, string>([
  [FLT_FSTYPE_RAW, 'RAW'], [FLT_FSTYPE_NTFS, 'Ntfs'], [FLT_FSTYPE_FAT, 'Fat'],
  [FLT_FSTYPE_EXFAT, 'Exfat'], [FLT_FSTYPE_REFS, 'ReFS'],
]);

function fillProperties(at: PFLT_VOLUME_PROPERTIES, volume: PFLT_VOLUME): void {
  const device = v.DeviceObject(volume);
  const disk = v.DiskDevice(volume);
  p.set_DeviceType(at, d.DeviceType(device));
  p.set_DeviceCharacteristics(at, d.Characteristics(disk));
  p.set_DeviceObjectFlags(at, d.Flags(device));
  p.set_AlignmentRequirement(at, d.AlignmentRequirement(device));
  p.set_SectorSize(at, d.SectorSize(device));
}

/**
 * What a volume is: kinds and flags of its device, sector size, names. IRQL <= APC_LEVEL.
 *
 * @param VolumeProperties FLT_VOLUME_PROPERTIES with room for the names behind it; NULL to ask for
 *   the length. @param Length in bytes.
 * @param LengthReturned gets the bytes written; those that are needed when they do not fit.
 * @returns STATUS_BUFFER_OVERFLOW with the structure filled but without names,
 *   STATUS_BUFFER_TOO_SMALL when not even the structure fits.
 */
export function FltGetVolumeProperties(
  Volume: PFLT_VOLUME, VolumeProperties: PFLT_VOLUME_PROPERTIES, Length: number,
  LengthReturned: OutPtr,
): NTSTATUS {
  check('FltGetVolumeProperties', APC_LEVEL, Volume);
  const kind = fileSystemNames.get(v.FileSystemType(Volume)) ?? 'Unknown';
  const names = [`\\FileSystem\\${kind}`, `\\${kind}`, textOf(v.at_Name(Volume))];
  const fixed = FLT_VOLUME_PROPERTIES.size;
  const total = names.reduce((sum, name) => sum + 2 * name.length, fixed);
  i32[LengthReturned >> 2] = total;
  if (VolumeProperties === 0 || Length < fixed) return STATUS_BUFFER_TOO_SMALL;
  fillBytes(VolumeProperties, 0, fixed);
  fillProperties(VolumeProperties, Volume);
  if (Length < total) return STATUS_BUFFER_OVERFLOW;
  let at = VolumeProperties + fixed;
  const members = [p.at_FileSystemDriverName(VolumeProperties),
    p.at_FileSystemDeviceName(VolumeProperties), p.at_RealDeviceName(VolumeProperties)];
  members.forEach((member, i) => {
    const bytes = writeUtf16(at, names[i] ?? '');
    setUnicode(member, at, bytes, bytes);
    at += bytes;
  });
  return STATUS_SUCCESS;
}

function giveDevice(device: PDEVICE_OBJECT, out: number): NTSTATUS {
  i32[out >> 2] = device;
  if (device === 0) return STATUS_FLT_NO_DEVICE_OBJECT;
  ObReferenceObject(device);
  return STATUS_SUCCESS;
}

/**
 * The Filter Manager's device object on a volume, with a reference that ObDereferenceObject drops.
 * IRQL <= DISPATCH_LEVEL. @returns STATUS_FLT_NO_DEVICE_OBJECT.
 */
export function FltGetDeviceObject(Volume: PFLT_VOLUME, DeviceObject: OutPtr): NTSTATUS {
  check('FltGetDeviceObject', DISPATCH_LEVEL, Volume);
  return giveDevice(v.DeviceObject(Volume) as PDEVICE_OBJECT, DeviceObject);
}

/**
 * The disk device of a volume, with a reference that ObDereferenceObject drops. To be called from
 * an I/O callback or instance callback of the volume. IRQL <= DISPATCH_LEVEL.
 * @returns STATUS_FLT_NO_DEVICE_OBJECT.
 */
export function FltGetDiskDeviceObject(Volume: PFLT_VOLUME, DiskDeviceObject: OutPtr): NTSTATUS {
  check('FltGetDiskDeviceObject', DISPATCH_LEVEL, Volume);
  return giveDevice(v.DiskDevice(Volume) as PDEVICE_OBJECT, DiskDeviceObject);
}

/** The volume that an instance or a volume stands for. */
function volumeBehind(routine: string, highest: number, object: number): PFLT_VOLUME {
  checkIrql(routine, highest);
  const kind = kindOf(object);
  if (kind === FLT_OBJECT_VOLUME) return object as PFLT_VOLUME;
  if (kind === FLT_OBJECT_INSTANCE) return volumeOf(object as PFLT_INSTANCE);
  return violation(RULE_UNLISTED, object, `${routine}: FltObject is neither an instance nor a ` +
    'volume, or it is gone');
}

/**
 * The file system on a volume. IRQL <= APC_LEVEL.
 * @param FltObject an instance or a volume. @param FileSystemType gets FLT_FILESYSTEM_TYPE.
 */
export function FltGetFileSystemType(FltObject: number, FileSystemType: OutPtr): NTSTATUS {
  const volume = volumeBehind('FltGetFileSystemType', APC_LEVEL, FltObject);
  i32[FileSystemType >> 2] = v.FileSystemType(volume);
  return STATUS_SUCCESS;
}

/**
 * Whether a volume can be written to. PASSIVE_LEVEL.
 * @param FltObject an instance or a volume. @param IsWritable address of a BOOLEAN.
 */
export function FltIsVolumeWritable(FltObject: number, IsWritable: OutPtr): NTSTATUS {
  const volume = volumeBehind('FltIsVolumeWritable', PASSIVE_LEVEL, FltObject);
  const characteristics = d.Characteristics(v.DiskDevice(volume));
  u8[IsWritable] = (characteristics & FILE_READ_ONLY_DEVICE) === 0 ? 1 : 0;
  return STATUS_SUCCESS;
}

/**
 * Whether a volume is a snapshot of another. PASSIVE_LEVEL. Volumes of this machine never are.
 * @param FltObject an instance or a volume. @param IsSnapshotVolume address of a BOOLEAN.
 */
export function FltIsVolumeSnapshot(FltObject: number, IsSnapshotVolume: OutPtr): NTSTATUS {
  volumeBehind('FltIsVolumeSnapshot', PASSIVE_LEVEL, FltObject);
  u8[IsSnapshotVolume] = 0;
  return STATUS_SUCCESS;
}

/** Whether a device object is the Filter Manager's on some volume. IRQL <= APC_LEVEL. */
export function FltIsFltMgrVolumeDeviceObject(DeviceObject: PDEVICE_OBJECT): boolean {
  checkIrql('FltIsFltMgrVolumeDeviceObject', APC_LEVEL);
  return locked(() => volumes().some((at) => v.DeviceObject(at) === DeviceObject));
}
