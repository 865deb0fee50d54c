// Boots as much of a machine as a file system stands on, in the test's own thread, and mounts one
// RAM volume without filters.
import { fillBytes } from '#src/mem/memory.ts';
import { SYSTEM_BLOCK_END, SYSTEM_BLOCK_START } from '#src/mem/memory-map.ts';
import { MACHINE_RUNNING, setMachineState } from '#src/ntos/ke/bug-check.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '#src/ntos/ke/thread.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { poolTagName, poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { initializeLookasideLists } from '#src/ntos/ex/lookaside-list.ts';
import { initializeResources } from '#src/ntos/ex/lock/resource-life.ts';
import { initializeWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { initializeObjects } from '#src/ntos/ob/initialize.ts';
import { initializeVolumes, shutdownVolumes } from '#src/ntos/io/object/volume.ts';
import { initializeStripes } from '#src/ntos/fsrtl/stripe-lock.ts';
import { initializeStorage } from '#src/fs/storage.ts';
import { initializeRamfs, shutdownRamfs } from '#src/fs/ramfs/driver-entry.ts';
import { dismountRamfs, mountRamfs } from '#src/fs/ramfs/mount.ts';
import { framesInUse } from '#src/fs/ramfs/content/frames.ts';
import { ramfsTags } from '#src/fs/ramfs/pool.ts';
import { RAMFS_VCB } from '#src/fs/ramfs/types.ts';
import { vcbOf } from '#src/fs/ramfs/fsd.ts';
import type { PDEVICE_OBJECT } from '#src/ntos/io/types.ts';
import type { RamfsOptions } from '#src/fs/ramfs/mount.ts';
import type { PVCB } from '#src/fs/ramfs/types.ts';

const UserMode = 1;

/** Boots what lies below the file systems. */
export function bootBelow(): void {
  fillBytes(SYSTEM_BLOCK_START, 0, SYSTEM_BLOCK_END - SYSTEM_BLOCK_START);
  KiStartProcessor(ROLE_BOOT);
  initializePool();
  initializeLookasideLists();
  initializeResources();
  initializeWorkQueues();
  initializeObjects();
  initializeStripes();
  initializeVolumes();
  initializeStorage();
  KTHREAD.bound.set_PreviousMode(currentThread, UserMode);
  setMachineState(MACHINE_RUNNING);
}

/** What is left when a machine ends; all of it must be 0. */
export interface Leftovers {
  readonly handles: number;
  readonly files: number;
  readonly blocks: number;
  readonly frames: number;
}
export const NOTHING: Leftovers = { handles: 0, files: 0, blocks: 0, frames: 0 };

/** A machine with one RAM volume, drive C:. */
export interface RamfsMachine {
  readonly device: PDEVICE_OBJECT;
  readonly vcb: PVCB;
  /** Dismounts and shuts down, whatever is still open; says what is left. */
  end(): Leftovers;
}

function blocksHeld(): number {
  return poolUsage()
    .filter(({ tag }) => ramfsTags.some((ours) => poolTagName(ours) === tag))
    .reduce((sum, { blocks }) => sum + blocks, 0);
}

/** Boots and mounts. */
export function bootRamfs(options: RamfsOptions = {}): RamfsMachine {
  bootBelow();
  initializeRamfs();
  const device = mountRamfs('\\Device\\HarddiskVolume1', { letter: 'C', ...options });
  const vcb = vcbOf(device);
  const { CleanupCount, CloseCount } = RAMFS_VCB.bound;
  return {
    device,
    vcb,
    end() {
      const opens = { handles: CleanupCount(vcb), files: CloseCount(vcb) };
      if (opens.files === 0) {
        dismountRamfs(device);
        shutdownRamfs();
        shutdownVolumes();
      }
      KiStopProcessor();
      return { ...opens, blocks: blocksHeld(), frames: framesInUse() };
    },
  };
}
