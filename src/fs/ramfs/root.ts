// What every volume of the RAM file system shares: the page frames that hold the contents of
// files, and the driver object. Fixed words in the system block, zero when the machine boots.
//
// Guards: FrameLock guards the free list and the frontier; the driver is made once, at boot.
import { POINTER, ULONG, atomic, pointer } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const RAMFS_ROOT = struct('RAMFS_ROOT', {
  FrameLock: atomic(),
  /** First frame of the chain of freed frames; a free frame's first word leads to the next. */
  FreeFrames: POINTER,
  /** Frames from here on were never used and cost nothing. */
  Frontier: POINTER,
  /** Frames in use by files, page tables included. */
  FramesInUse: ULONG,
  /** The most that were ever in use, for reports. */
  FramesPeak: ULONG,
  DriverObject: pointer('DRIVER_OBJECT'),
  FastIo: POINTER,
  Mounted: ULONG,
});
export type PRAMFS_ROOT = Ptr<'RAMFS_ROOT'>;

/** The roots of this room. */
export const ramfsRoot: PRAMFS_ROOT = systemRoot('ramfs', RAMFS_ROOT.size) as PRAMFS_ROOT;
