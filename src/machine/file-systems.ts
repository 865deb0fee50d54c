// The file systems a machine comes with: their drivers start as a phase of boot, volumes are
// mounted by name, and the Filter Manager goes on top of each.
import { initializeStorage } from '../fs/storage.ts';
import { createRamfsVolume, destroyRamfsVolume, ramfsMounted } from '../fs/ramfs/mount.ts';
import { initializeRamfs, shutdownRamfs } from '../fs/ramfs/driver-entry.ts';
import { createNullFsVolume, destroyNullFsVolume, initializeNullFs, shutdownNullFs }
  from '../fs/null-fs.ts';
import { mountDevice, unmountDevice } from './volumes.ts';
import type { MountedVolume } from './volumes.ts';
import type { VolumeSpec } from './assignment.ts';
import type { PDEVICE_OBJECT } from '../ntos/io/types.ts';

const FLT_FSTYPE_NTFS = 2;

/** Starts the storage and the drivers of the file systems; no volume is mounted yet. */
export function startFileSystems(): void {
  initializeStorage();
  initializeRamfs();
  initializeNullFs();
}

/** Ends them; every volume must be dismounted. */
export function stopFileSystems(): void {
  shutdownNullFs();
  shutdownRamfs();
}

/** Mounts a volume as it is specified. PASSIVE_LEVEL. */
export function mountVolume(spec: VolumeSpec): MountedVolume {
  const options = {
    ...(spec.label !== undefined && { label: spec.label }),
    ...(spec.size !== undefined && { size: spec.size }),
  };
  const device = spec.fileSystem === 'ramfs' ? createRamfsVolume(options) : createNullFsVolume();
  try {
    const mounted = mountDevice(device, spec.name, spec.letter, FLT_FSTYPE_NTFS);
    if (spec.fileSystem === 'ramfs') ramfsMounted(device, mounted.disk);
    return mounted;
  } catch (error) {
    destroyVolume(spec, device);
    throw error;
  }
}

function destroyVolume(spec: VolumeSpec, device: PDEVICE_OBJECT): void {
  if (spec.fileSystem === 'ramfs') destroyRamfsVolume(device);
  else destroyNullFsVolume(device);
}

/** Dismounts a volume and takes its file system apart. Nothing may be open on it. PASSIVE_LEVEL. */
export function unmountVolume(spec: VolumeSpec, mounted: MountedVolume): void {
  unmountDevice(mounted);
  destroyVolume(spec, mounted.fsDevice);
}
