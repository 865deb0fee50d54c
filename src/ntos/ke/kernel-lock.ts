// @hot  The kernel's own short locks: a spin lock without IRQL bookkeeping, owned by a processor.
// Critical sections are a few dozen instructions; a holder that the host pre-empts makes waiters
// park instead of burning its time slice (atomics-sync/spin).
import { boot } from '../../mem/boot-options.ts';
import { acquireSpin, releaseSpin } from '../../atomics-sync/spin.ts';

const acquire = acquireSpin;
const release = releaseSpin;
const owner = boot.processor + 1;

/** Takes the lock whose word is at `address`. Not recursive. */
export function acquireKernelLock(address: number): void {
  acquire(address, owner);
}

/** Gives it back. */
export function releaseKernelLock(address: number): void {
  release(address, owner);
}
