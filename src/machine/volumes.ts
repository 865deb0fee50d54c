// Mounting: a file system's device becomes a volume with a name and a drive letter, and the Filter
// Manager goes on top of it. Filters that are started attach at once (LC-13).
import { IoCreateVolume, IoDeleteVolume } from '../ntos/io/volume.ts';
import { FltpAttachToVolume, FltpDetachFromVolume } from '../fltmgr/volume.ts';
import { allFilters, attachDefault } from '../fltmgr/filter.ts';
import { FLT_FILTER, FILTER_STARTED } from '../fltmgr/object.ts';
import { FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT, FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME }
  from '../fltmgr/constants.ts';
import { load } from '../atomics-sync/atomics.ts';
import type { PDEVICE_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_VOLUME } from '../fltmgr/types.ts';

const { at_State } = FLT_FILTER.bound;

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
  const volume = FltpAttachToVolume(fsDevice, disk, name, fileSystemType);
  const flags =
    FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT | FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME;
  for (const filter of allFilters()) {
    if (load(at_State(filter)) === FILTER_STARTED) attachDefault(filter, volume, flags);
  }
  return { name, fsDevice, disk, volume };
}

/** Dismounts: instances are torn down, the devices go. Nothing may be open. PASSIVE_LEVEL. */
export function unmountDevice(mounted: MountedVolume): void {
  FltpDetachFromVolume(mounted.volume);
  IoDeleteVolume(mounted.disk);
}
