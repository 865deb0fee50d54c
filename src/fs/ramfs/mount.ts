// Mounting and dismounting RAM volumes. Both are rare and happen on one processor, while nobody
// uses the volume. A volume is a device of the driver with the VCB as its extension; the machine
// gives it a name, a disk and the Filter Manager on top (createRamfsVolume and its counterpart), a
// test without filters uses mountRamfs.
import { copyBytes, u16, u8 } from '../../mem/memory.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import { boot } from '../../mem/boot-options.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { InitializeListHead } from '../../ntos/rtl/list-entry.ts';
import { ExDeleteResourceLite, ExInitializeResourceLite } from '../../ntos/ex/lock/resource.ts';
import { systemTime } from '../../ntos/ke/time.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK_FILE_SYSTEM, MAXIMUM_VOLUME_LABEL_CHARS, VPB }
  from '../../ntos/io/types.ts';
import { IoCreateDevice, IoDeleteDevice } from '../../ntos/io/object/device.ts';
import { IoCreateVolume, IoDeleteVolume, mountedVolumes } from '../../ntos/io/object/volume.ts';
import { FsRtlNotifyCleanupAll, FsRtlNotifyInitializeSync, FsRtlNotifyUninitializeSync }
  from '../../ntos/fsrtl/notify.ts';
import * as attributes from '../../ntos/io/information/volume-information.ts';
import { FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM } from '../../ntos/io/file-constants.ts';
import { nextRandom, seedFor } from '../storage-root.ts';
import { RAMFS_ROOT, ramfsRoot } from './root.ts';
import { FCB_DIRECTORY, FCB_ROOT, RAMFS_VCB, VCB_DISMOUNTED } from './types.ts';
import { ramfsDriver } from './driver-entry.ts';
import { framesTotal } from './content/frames.ts';
import { vcbOf } from './fsd.ts';
import { freeJournal, initializeJournal } from './journal/journal.ts';
import { keepDefaultSecurity } from './security/default.ts';
import { releaseSecurity } from './security/shared.ts';
import { createFcb } from './tree/fcb.ts';
import { createLink } from './tree/link.ts';
import { createVolumeScb, freeScbs } from './tree/scb.ts';
import { freeFileTable, initializeFileTable } from './tree/file-table.ts';
import { freeAllFiles } from './tree/teardown.ts';
import type { PERESOURCE } from '../../ntos/ex/types.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PFCB, PSECURITY, PVCB } from './types.ts';

/** What a volume says about itself. */
export interface RamfsOptions {
  /** The volume's label; none by default. */
  readonly label?: string;
  /** The serial number that programs see; from the seed by default. */
  readonly serial?: number;
  /** Bytes the volume has; all of the machine's page frames by default. */
  readonly size?: number;
  /** The name of the file system, NTFS by default. */
  readonly fileSystemName?: string;
  /** FILE_FS_ATTRIBUTE_INFORMATION.FileSystemAttributes; what is really there by default. */
  readonly fileSystemAttributes?: number;
  /** The volume's object id, 16 bytes; from the seed by default. */
  readonly objectId?: readonly number[];
  /** When the volume was made, 100 ns since 1601; now by default. */
  readonly creationTime?: number;
}

/** Options of a volume that mountRamfs mounts. */
export interface RamfsMountOptions extends RamfsOptions {
  /** The drive letter, none by default. */
  readonly letter?: string;
}

const v = RAMFS_VCB.bound;
const r = RAMFS_ROOT.bound;
const { Vpb } = DEVICE_OBJECT.bound;
const vpb = VPB.bound;
const ABILITIES = attributes.FILE_CASE_PRESERVED_NAMES | attributes.FILE_UNICODE_ON_DISK |
  attributes.FILE_PERSISTENT_ACLS | attributes.FILE_SUPPORTS_SPARSE_FILES |
  attributes.FILE_SUPPORTS_REPARSE_POINTS | attributes.FILE_SUPPORTS_POSIX_UNLINK_RENAME |
  attributes.FILE_SUPPORTS_OBJECT_IDS | attributes.FILE_NAMED_STREAMS |
  attributes.FILE_SUPPORTS_HARD_LINKS | attributes.FILE_SUPPORTS_EXTENDED_ATTRIBUTES |
  attributes.FILE_SUPPORTS_OPEN_BY_FILE_ID | attributes.FILE_SUPPORTS_USN_JOURNAL;

function putText(at: number, text: string, most: number): number {
  if (text.length > most) throw new Error(`"${text}" is longer than ${most} characters`);
  for (let i = 0; i < text.length; i++) u16[(at >> 1) + i] = text.charCodeAt(i);
  return text.length * 2;
}

function describe(vcb: PVCB, options: RamfsOptions): void {
  let random = seedFor(boot.seed, r.Mounted(ramfsRoot) + 5000);
  const next = (): number => (random = nextRandom(random));
  v.set_SerialNumber(vcb, options.serial ?? next());
  v.set_SerialHigh(vcb, next());
  v.set_VolumeCreationTime(vcb, options.creationTime ?? systemTime());
  v.set_TotalClusters(vcb, Math.floor((options.size ?? framesTotal() * PAGE_SIZE) / PAGE_SIZE));
  v.set_FileSystemAttributes(vcb, options.fileSystemAttributes ?? ABILITIES);
  v.set_LabelLength(vcb, putText(v.at_Label(vcb), options.label ?? '', MAXIMUM_VOLUME_LABEL_CHARS));
  v.set_NameLength(vcb, putText(v.at_FileSystemName(vcb), options.fileSystemName ?? 'NTFS', 16));
  for (let i = 0; i < 16; i++) u8[v.at_ObjectId(vcb) + i] = options.objectId?.[i] ?? next() >>> 8;
}

/** Makes the root directory; NULL when there is no memory. */
function makeRoot(vcb: PVCB): PFCB {
  const security: PSECURITY = keepDefaultSecurity();
  if (security === 0) return 0 as PFCB;
  v.set_DefaultSecurity(vcb, security);
  const root = createFcb(vcb, FCB_DIRECTORY | FCB_ROOT,
    FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, security);
  if (root === 0) return root;
  return createLink(0 as PFCB, root, 0, 0) === 0 ? (0 as PFCB) : root;
}

function build(vcb: PVCB, options: RamfsOptions): void {
  describe(vcb, options);
  store(v.at_UsedFrames(vcb), 0);
  ExInitializeResourceLite(v.at_Namespace(vcb) as PERESOURCE);
  FsRtlNotifyInitializeSync(vcb + (RAMFS_VCB.offsets['NotifySync'] ?? 0));
  InitializeListHead(v.at_DirNotifyList(vcb));
  if (!initializeFileTable(vcb) || !initializeJournal(vcb)) throw noMemory();
  v.set_Root(vcb, makeRoot(vcb));
  v.set_VolumeScb(vcb, createVolumeScb(vcb));
  if (v.Root(vcb) === 0 || v.VolumeScb(vcb) === 0) throw noMemory();
}

function noMemory(): Error {
  return new Error('no pool for a volume; give the machine more memory');
}

/**
 * Makes a RAM volume: the file system's device, to be mounted under a name. PASSIVE_LEVEL.
 * An Error with advice when the machine has no memory for it.
 */
export function createRamfsVolume(options: RamfsOptions = {}): PDEVICE_OBJECT {
  const device = IoCreateDevice(ramfsDriver(), RAMFS_VCB.size, FILE_DEVICE_DISK_FILE_SYSTEM);
  if (device === 0) throw noMemory();
  const vcb = vcbOf(device);
  v.set_DeviceObject(vcb, device);
  build(vcb, options);
  r.set_Mounted(ramfsRoot, r.Mounted(ramfsRoot) + 1);
  return device;
}

/** Tells a volume its disk device, whose VPB then shows label and serial number. */
export function ramfsMounted(device: PDEVICE_OBJECT, disk: PDEVICE_OBJECT): void {
  const vcb = vcbOf(device);
  const block = Vpb(disk);
  v.set_DiskDevice(vcb, disk);
  if (block === 0) return;
  vpb.set_SerialNumber(block, v.SerialNumber(vcb));
  vpb.set_VolumeLabelLength(block, v.LabelLength(vcb));
  copyBytes(vpb.at_VolumeLabel(block), v.at_Label(vcb), v.LabelLength(vcb));
}

/**
 * Takes a RAM volume apart: every file, every frame, every block of pool. PASSIVE_LEVEL.
 * Nothing may be open on it: an Error says how many file objects are.
 */
export function destroyRamfsVolume(device: PDEVICE_OBJECT): void {
  const vcb = vcbOf(device);
  if (v.CloseCount(vcb) !== 0) {
    throw new Error(`${v.CloseCount(vcb)} file objects are open on the volume; close them first`);
  }
  v.set_State(vcb, v.State(vcb) | VCB_DISMOUNTED);
  FsRtlNotifyCleanupAll(v.NotifySync(vcb), v.at_DirNotifyList(vcb));
  FsRtlNotifyUninitializeSync(vcb + (RAMFS_VCB.offsets['NotifySync'] ?? 0));
  freeAllFiles(vcb);
  freeScbs(vcb);
  freeJournal(vcb);
  freeFileTable(vcb);
  releaseSecurity(v.DefaultSecurity(vcb));
  ExDeleteResourceLite(v.at_Namespace(vcb) as PERESOURCE);
  r.set_Mounted(ramfsRoot, r.Mounted(ramfsRoot) - 1);
  IoDeleteDevice(device);
}

/** Makes a RAM volume and mounts it, without filters. Returns the file system's device. */
export function mountRamfs(name: string, options: RamfsMountOptions = {}): PDEVICE_OBJECT {
  const device = createRamfsVolume(options);
  ramfsMounted(device, IoCreateVolume(name, options.letter ?? '', device));
  return device;
}

/** Undoes mountRamfs. */
export function dismountRamfs(device: PDEVICE_OBJECT): void {
  const mounted = mountedVolumes().find((volume) => volume.fsDevice === device);
  destroyRamfsVolume(device);
  if (mounted !== undefined) IoDeleteVolume(mounted.disk);
}
