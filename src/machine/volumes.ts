// Mounting: a file system's device becomes a volume with a name and a drive letter, and the Filter
// Manager goes on top of it. Filters that are started attach at its first operation (LC-13).
import { IoCreateVolume, IoDeleteVolume } from '../ntos/io/object/volume.ts';
import { FltpAttachToVolume, FltpDetachFromVolume } from '../fltmgr/attach/volume.ts';
import type { PDEVICE_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_VOLUME } from '../fltmgr/types.ts';

/** A mounted volume: its three faces. */
export interface MountedVolume {
  readonly name: string;
  readonly fsDevice: PDEVICE_OBJECT;
  readonly disk: PDEVICE_OBJECT;
  readonly volume: PFLT_VOLUME;
}

/** Mounts a file system's device. `fileSystemType` is an FLT_FILESYSTEM_TYPE. PASSIVE_LEVEL. */
export function mountDevice(
  fsDevice: PDEVICE_OBJECT,
  name: string,
  letter: string,
  fileSystemType: number,
): MountedVolume {
  const disk = IoCreateVolume(name, letter, fsDevice);
  try {
    const volume = FltpAttachToVolume(fsDevice, disk, name, fileSystemType);
    return { name, fsDevice, disk, volume };
  } catch (error) {
    IoDeleteVolume(disk);
    throw error;
  }
}

/** Dismounts: instances are torn down, the devices go. Nothing may be open. PASSIVE_LEVEL. */
export function unmountDevice(mounted: MountedVolume): void {
  FltpDetachFromVolume(mounted.volume);
  IoDeleteVolume(mounted.disk);
}
