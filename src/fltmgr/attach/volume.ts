// Volumes as the Filter Manager knows them: its device on top of the file system's, the sorted
// instances, the callback lists. Filters that are started get their setup call at the first
// operation after the mount (LC-13, new-volume.ts).
import { fillBytes } from '../../mem/memory.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { ExInitializeRundownProtection, ExWaitForRundownProtectionRelease }
  from '../../ntos/ex/lock/rundown.ts';
import { DEVICE_OBJECT, IRP_MJ_VOLUME_DISMOUNT } from '../../ntos/io/types.ts';
import { IoAttachDeviceToDeviceStack, IoCreateDevice, IoDeleteDevice, IoDetachDevice }
  from '../../ntos/io/object/device.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList } from '../../ntos/rtl/list-entry.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT }
  from '../constants.ts';
import { callWithFilters } from '../fast/fast-walk.ts';
import { createCallbackLists, freeCallbackLists } from '../chain/callback-list-writer.ts';
import { deleteVolumeContexts } from '../context/context-teardown.ts';
import { FLT_OBJECT, FLT_OBJECT_VOLUME, FLT_VOLUME, SETUP_PENDING } from './object.ts';
import { entriesOf, filterManagerDriver, lockFilterManager, unlockFilterManager, volumeList }
  from './root.ts';
import { assignString, dropString, textOf } from '../strings.ts';
import { instancesOnVolume } from './instance.ts';
import { FltpTeardownInstance, waitWhileBusy } from './teardown.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_VOLUME } from '../types.ts';

const v = FLT_VOLUME.bound;
const { set_Kind, at_Rundown } = FLT_OBJECT.bound;
const { set_DeviceExtension, set_Flags, Flags, DeviceType } = DEVICE_OBJECT.bound;
type POBJ = Parameters<typeof set_Kind>[0];
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
const TAG = poolTag('FMvo');

/** Gives back what a volume has that could not be made whole. */
function abandon(volume: PFLT_VOLUME, name: string): never {
  if (v.Callbacks(volume) !== 0) freeCallbackLists(volume);
  dropString(v.at_Name(volume));
  set_Kind(volume as unknown as POBJ, 0);
  ExFreePoolWithTag(volume, TAG);
  return outOfMemory(name);
}

function outOfMemory(name: string): never {
  throw new Error(`no nonpaged pool for the Filter Manager's volume ${name}; give the machine ` +
    `more memory`);
}

/**
 * Puts the Filter Manager on top of a mounted file system. PASSIVE_LEVEL, at mount time.
 *
 * @param fileSystemType FLT_FILESYSTEM_TYPE, for example 2 for NTFS (1.6).
 * @throws Error without memory; the file system is then as it was.
 */
export function FltpAttachToVolume(
  fsDevice: PDEVICE_OBJECT,
  diskDevice: PDEVICE_OBJECT,
  name: string,
  fileSystemType: number,
): PFLT_VOLUME {
  const volume = ExAllocatePoolWithTag(NonPagedPool, FLT_VOLUME.size, TAG) as PFLT_VOLUME;
  if (volume === 0) outOfMemory(name);
  fillBytes(volume, 0, FLT_VOLUME.size);
  set_Kind(volume as unknown as POBJ, FLT_OBJECT_VOLUME);
  ExInitializeRundownProtection(at_Rundown(volume as unknown as POBJ));
  InitializeListHead(v.at_InstanceList(volume));
  InitializeListHead(v.at_Contexts(volume));
  store(v.at_Sequence(volume), 0);
  store(v.at_Setup(volume), SETUP_PENDING);
  if (!assignString(v.at_Name(volume), name) || !createCallbackLists(volume)) {
    return abandon(volume, name);
  }
  v.set_FileSystemType(volume, fileSystemType);
  v.set_DiskDevice(volume, diskDevice);
  const driver = filterManagerDriver() as PDRIVER_OBJECT;
  const device = IoCreateDevice(driver, 0, DeviceType(fsDevice));
  if (device === 0) return abandon(volume, name);
  set_DeviceExtension(device, volume);
  set_Flags(device, Flags(fsDevice));
  v.set_DeviceObject(volume, device);
  v.set_LowerDevice(volume, IoAttachDeviceToDeviceStack(device, fsDevice));
  lockFilterManager();
  InsertTailList(volumeList(), volume + linkAt);
  unlockFilterManager();
  return volume;
}

/** IRP_MJ_VOLUME_DISMOUNT: filters hear of it, and can change nothing (2.1). */
function announceDismount(volume: PFLT_VOLUME): void {
  callWithFilters({
    volume, kind: FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, major: IRP_MJ_VOLUME_DISMOUNT, minor: 0,
    file: 0, fill: () => undefined, lower: () => true, finish: () => undefined, pass: () => true,
  });
}

/** Takes the Filter Manager off a volume: every instance is torn down. PASSIVE_LEVEL. */
export function FltpDetachFromVolume(volume: PFLT_VOLUME): void {
  announceDismount(volume);
  store(v.at_Leaving(volume), 1);
  for (;;) {
    lockFilterManager();
    const [instance] = instancesOnVolume(volume);
    unlockFilterManager();
    if (instance === undefined) break;
    const status = FltpTeardownInstance(instance, FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT);
    if (!NT_SUCCESS(status)) waitWhileBusy(instance);
  }
  ExWaitForRundownProtectionRelease(at_Rundown(volume as unknown as POBJ));
  deleteVolumeContexts(volume);
  lockFilterManager();
  RemoveEntryList(volume + linkAt);
  unlockFilterManager();
  IoDetachDevice(v.LowerDevice(volume));
  IoDeleteDevice(v.DeviceObject(volume));
  freeCallbackLists(volume);
  dropString(v.at_Name(volume));
  set_Kind(volume as unknown as POBJ, 0);
  ExFreePoolWithTag(volume, TAG);
}

/** Every volume the Filter Manager is attached to. */
export function allVolumes(): PFLT_VOLUME[] {
  lockFilterManager();
  const found = entriesOf(volumeList()).map((at) => (at - linkAt) as PFLT_VOLUME);
  unlockFilterManager();
  return found;
}

/** The name of a volume, for example \Device\HarddiskVolume1. */
export function volumeName(volume: PFLT_VOLUME): string {
  return textOf(v.at_Name(volume));
}
