// Calls of system services from the kernel (Zw…): the previous mode of the thread is KernelMode
// meanwhile, so that handles are not checked against their rights, kernel handles are accepted, and
// requests carry RequestorMode KernelMode.
import { KTHREAD, currentThread } from '../../ke/prcb.ts';

const { PreviousMode, set_PreviousMode } = KTHREAD.bound;
const KernelMode = 0;

/** Runs a system service as a call of the kernel's own. */
export function asKernel<T>(service: () => T): T {
  const before = PreviousMode(currentThread);
  set_PreviousMode(currentThread, KernelMode);
  try {
    return service();
  } finally {
    set_PreviousMode(currentThread, before);
  }
}
