// Volumes: a name (\Device\HarddiskVolume1), a drive letter, a disk device whose VPB leads to the
// file system's device. Kept in one list in the I/O roots; mounting and dismounting are rare and
// happen on one processor, look-ups are by every create.
import { array, atomic, pointer, ULONG } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { systemRoot } from '../../../mem/system-roots.ts';
import { i32 } from '../../../mem/memory.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ke/kernel-lock.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { WCHAR } from '../../rtl/types.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK, VPB, VPB_MOUNTED } from '../types.ts';
import { IO_TYPE_VPB, TAG_VPB } from './private.ts';
import { IoCreateDevice, IoDeleteDevice } from './device.ts';
import { createDriver, deleteDriver } from './driver.ts';
import { initializeEcpGuids } from '../ecp-guids.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT, PVPB } from '../types.ts';
import type { Ptr } from '../../../mem/pointer.ts';

const MAX_VOLUMES = 8;
const NAME_CHARS = 64;

/** One mounted volume: its names, the disk device and the VPB. */
const IO_VOLUME = struct('IO_VOLUME', {
  InUse: ULONG,
  Disk: pointer('DEVICE_OBJECT'),
  Vpb: pointer('VPB'),
  NameLength: ULONG,
  Name: array(WCHAR, NAME_CHARS),
  DosLetter: ULONG,
});
const IO_ROOT = struct('IO_ROOT', {
  Lock: atomic(),
  DiskDriver: pointer('DRIVER_OBJECT'),
  Volumes: array(IO_VOLUME, MAX_VOLUMES),
});
type PIO_VOLUME = Ptr<'IO_VOLUME'>;

const root = systemRoot('io', IO_ROOT.size) as Ptr<'IO_ROOT'>;
const r = IO_ROOT.bound;
const v = IO_VOLUME.bound;
const { set_Vpb } = DEVICE_OBJECT.bound;
const vpb = VPB.bound;

/** Empties the list; the disk driver is made anew. Phase 1 of boot. */
export function initializeVolumes(): void {
  fillBytes(root, 0, IO_ROOT.size);
  initializeEcpGuids();
  r.set_DiskDriver(root, createDriver({}));
}

/** Gives back what initializeVolumes took; every volume must be dismounted. */
export function shutdownVolumes(): void {
  deleteDriver(r.DiskDriver(root) as PDRIVER_OBJECT);
  r.set_DiskDriver(root, 0 as PDRIVER_OBJECT);
}

function volumes(): PIO_VOLUME[] {
  const first = r.at_Volumes(root);
  return Array.from({ length: MAX_VOLUMES }, (_, i) => (first + i * IO_VOLUME.size) as PIO_VOLUME)
    .filter((at) => v.InUse(at) !== 0);
}

function freeSlot(): PIO_VOLUME {
  const first = r.at_Volumes(root);
  for (let i = 0; i < MAX_VOLUMES; i++) {
    const at = (first + i * IO_VOLUME.size) as PIO_VOLUME;
    if (v.InUse(at) === 0) return at;
  }
  throw new Error(`a machine has at most ${MAX_VOLUMES} volumes; dismount one first`);
}

/** The device name of a volume, for example \Device\HarddiskVolume1. */
function nameOf(at: PIO_VOLUME): string {
  const chars = new Uint16Array(i32.buffer, v.at_Name(at), v.NameLength(at));
  return String.fromCharCode(...chars);
}

/**
 * Mounts a file system's device as a volume. PASSIVE_LEVEL.
 *
 * @param name the device name, for example \Device\HarddiskVolume1.
 * @param letter the drive letter, for example 'C'; '' for none.
 * @returns the disk device, which file objects of the volume refer to.
 */
export function IoCreateVolume(
  name: string,
  letter: string,
  fsDevice: PDEVICE_OBJECT,
): PDEVICE_OBJECT {
  if (name.length > NAME_CHARS) throw new Error(`volume name ${name} is longer than ${NAME_CHARS}`);
  const disk = IoCreateDevice(r.DiskDriver(root) as PDRIVER_OBJECT, 0, FILE_DEVICE_DISK);
  const block = disk === 0 ? 0 as PVPB
    : ExAllocatePoolWithTag(NonPagedPool, VPB.size, TAG_VPB) as PVPB;
  if (block === 0) {
    if (disk !== 0) IoDeleteDevice(disk);
    throw new Error(`no nonpaged pool for the volume ${name}; give the machine more memory`);
  }
  fillBytes(block, 0, VPB.size);
  vpb.set_Type(block, IO_TYPE_VPB);
  vpb.set_Size(block, VPB.size);
  vpb.set_Flags(block, VPB_MOUNTED);
  vpb.set_DeviceObject(block, fsDevice);
  vpb.set_RealDevice(block, disk);
  set_Vpb(disk, block);
  acquireKernelLock(r.at_Lock(root));
  const slot = freeSlot();
  v.set_Disk(slot, disk);
  v.set_Vpb(slot, block);
  v.set_NameLength(slot, name.length);
  const chars = new Uint16Array(i32.buffer, v.at_Name(slot), NAME_CHARS);
  for (let i = 0; i < name.length; i++) chars[i] = name.charCodeAt(i);
  v.set_DosLetter(slot, letter === '' ? 0 : letter.toUpperCase().charCodeAt(0));
  v.set_InUse(slot, 1);
  releaseKernelLock(r.at_Lock(root));
  return disk;
}

/** Takes a volume away; nothing may be open on it. PASSIVE_LEVEL. */
export function IoDeleteVolume(disk: PDEVICE_OBJECT): void {
  for (const at of volumes()) {
    if (v.Disk(at) !== disk) continue;
    ExFreePoolWithTag(v.Vpb(at), TAG_VPB);
    v.set_InUse(at, 0);
    IoDeleteDevice(disk);
  }
}

/** 32 bits of a text; `seed` chooses which. */
function textBits(text: string, seed: number): string {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * The name by which the mount manager knows a volume: Volume{GUID}. The GUID is made of the device
 * name, so that a replay has the same one.
 */
export function volumeGuidName(deviceName: string): string {
  const [a, b, c, d] = [1, 2, 3, 4].map((seed) => textBits(deviceName, seed)) as
    [string, string, string, string];
  return `Volume{${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}}`;
}

/** Where a full path leads: the disk device and what is left of the path. */
export interface VolumePath {
  readonly disk: PDEVICE_OBJECT;
  readonly vpb: PVPB;
  readonly path: string;
}

/**
 * Finds the volume of a path: \??\C:\dir\f, C:\dir\f, \Device\HarddiskVolume1\dir\f or
 * \??\Volume{GUID}\dir\f.
 */
export function parseVolumePath(full: string): VolumePath | undefined {
  const path = full.startsWith('\\??\\') || full.startsWith('\\\\?\\') ? full.slice(4) : full;
  const letter = path.charAt(1) === ':' ? path.charAt(0).toUpperCase() : '';
  for (const at of volumes()) {
    const dos = v.DosLetter(at);
    if (letter !== '' && dos === letter.charCodeAt(0)) return volumePath(at, path.slice(2));
    const name = nameOf(at);
    if (startsWithName(path, name)) return volumePath(at, path.slice(name.length));
    if (!path.startsWith('Volume{')) continue;
    const guid = volumeGuidName(name);
    if (startsWithName(path, guid)) return volumePath(at, path.slice(guid.length));
  }
  return undefined;
}

function startsWithName(path: string, name: string): boolean {
  const next = path.charAt(name.length);
  if (next !== '' && next !== '\\') return false;
  return path.slice(0, name.length).toLowerCase() === name.toLowerCase();
}

function volumePath(at: PIO_VOLUME, path: string): VolumePath {
  return { disk: v.Disk(at) as PDEVICE_OBJECT, vpb: v.Vpb(at) as PVPB, path };
}

/** The drive letter of a disk or of a file system on it, '' for none; undefined for others. */
export function volumeLetter(device: PDEVICE_OBJECT): string | undefined {
  const at = volumes().find((entry) => v.Disk(entry) === device ||
    vpb.DeviceObject(v.Vpb(entry) as PVPB) === device);
  if (at === undefined) return undefined;
  return v.DosLetter(at) === 0 ? '' : String.fromCharCode(v.DosLetter(at));
}

/** All mounted volumes: file system device and device name. PASSIVE_LEVEL. */
export function mountedVolumes(): {
  fsDevice: PDEVICE_OBJECT;
  disk: PDEVICE_OBJECT;
  name: string;
}[] {
  return volumes().map((at) => ({
    fsDevice: vpb.DeviceObject(v.Vpb(at) as PVPB) as PDEVICE_OBJECT,
    disk: v.Disk(at) as PDEVICE_OBJECT,
    name: nameOf(at),
  }));
}
