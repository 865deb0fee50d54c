// The phases of boot, on one page. Processor 0 runs them; every other thread waits at the door
// until the machine runs. A reboot runs them again in the same memory.
import { fillBytes } from '../mem/memory.ts';
import { SYSTEM_BLOCK_END, SYSTEM_BLOCK_START, USER, processorBlock, stackOf }
  from '../mem/memory-map.ts';
import { MACHINE_BOOTING, MACHINE_OFF, MACHINE_RUNNING, setMachineState }
  from '../ntos/ke/bug-check.ts';
import { initializeDebugPrint } from '../ntos/ke/debug-print.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '../ntos/ke/thread.ts';
import { initializePool } from '../ntos/ex/pool/pool.ts';
import { initializeLookasideLists } from '../ntos/ex/lookaside-list.ts';
import { initializeWorkQueues } from '../ntos/ex/work-queue.ts';
import { initializeResources } from '../ntos/ex/lock/resource-life.ts';
import { initializeObjects, shutdownObjects } from '../ntos/ob/initialize.ts';
import { initializeRegistry, shutdownRegistry } from '../ntos/cm/registry.ts';
import { initializeViews } from '../ntos/mm/view.ts';
import { initializeStripes } from '../ntos/fsrtl/stripe-lock.ts';
import { initializeVolumes, shutdownVolumes } from '../ntos/io/object/volume.ts';
import { startFilterManager, stopFilterManager } from '../fltmgr/driver-entry.ts';
import { clearVerifier } from '../verifier/area.ts';
import { startJudge } from '../verifier/judge.ts';
import { tracer } from '../trace/tracer.ts';
import { startFileSystems, stopFileSystems } from './file-systems.ts';

/** Zeroes what must be zero before the first routine of the kernel runs. */
function clear(): void {
  fillBytes(SYSTEM_BLOCK_START, 0, SYSTEM_BLOCK_END - SYSTEM_BLOCK_START);
  fillBytes(USER.start, 0, 4096);
  // After a crash nobody has left: the processors are free again.
  fillBytes(processorBlock(0), 0, stackOf(0) - processorBlock(0));
  if (tracer !== null) clearVerifier();
}

/** Boots the machine in this thread, which becomes processor 0's. */
export function bootMachine(role: number = ROLE_BOOT): void {
  clear();
  startJudge();
  setMachineState(MACHINE_BOOTING);
  // Phase 0: the processor, memory, waiting.
  KiStartProcessor(role);
  initializeDebugPrint();
  initializePool();
  initializeLookasideLists();
  initializeResources();
  initializeWorkQueues();
  // Phase 1: objects, I/O, the Filter Manager, file systems.
  initializeObjects();
  initializeRegistry();
  initializeStripes();
  initializeViews();
  initializeVolumes();
  startFilterManager();
  startFileSystems();
  setMachineState(MACHINE_RUNNING);
}

/** Shuts down what bootMachine set up, in reverse; volumes are dismounted, drivers unloaded. */
export function shutdownMachine(): void {
  stopFileSystems();
  stopFilterManager();
  shutdownVolumes();
  shutdownRegistry();
  shutdownObjects();
  KiStopProcessor();
  setMachineState(MACHINE_OFF);
}
