// The disk's side: it takes requests that the file systems handed to storage and completes them,
// at the IRQL and in the order that the completion policy chooses.
import { claimStorageBlock, isStorageIdle, runStorage } from '../src/fs/storage-thread.ts';
import { deliverApcsIfPossible } from '../src/ntos/ke/apc.ts';
import { MACHINE_STOPPING, machineState } from '../src/ntos/ke/bug-check.ts';
import { KTHREAD, THREAD_IDLE, THREAD_RUNNING, currentThread } from '../src/ntos/ke/prcb.ts';

const { set_State } = KTHREAD.bound;
const IDLE_MS = 20;

/** Completes requests until the machine stops and nothing is left; returns how many. */
export function playStorage(): number {
  claimStorageBlock();
  let completed = 0;
  for (;;) {
    set_State(currentThread, isStorageIdle() ? THREAD_IDLE : THREAD_RUNNING);
    const now = runStorage(IDLE_MS);
    completed += now;
    deliverApcsIfPossible();
    if (now === 0 && machineState() === MACHINE_STOPPING && isStorageIdle()) return completed;
  }
}
