// TopLevelIrp: who is at the top of this thread's file-system recursion (KRN-43 to KRN-45).
// File systems set it while they work for somebody; a non-NULL value keeps the Filter Manager
// from posting an operation or asking the file system for names.
import { KTHREAD, currentThread } from '../../ke/prcb.ts';

const { TopLevelIrp, set_TopLevelIrp } = KTHREAD.bound;

export const FSRTL_FSP_TOP_LEVEL_IRP = 1;
export const FSRTL_CACHE_TOP_LEVEL_IRP = 2;
export const FSRTL_MOD_WRITE_TOP_LEVEL_IRP = 3;
export const FSRTL_FAST_IO_TOP_LEVEL_IRP = 4;
export const FSRTL_MAX_TOP_LEVEL_IRP_FLAG = 0xffff;

/** The value of this thread: an IRP, one of the constants above, or NULL. IRQL <= DISPATCH. */
export function IoGetTopLevelIrp(): number {
  return TopLevelIrp(currentThread);
}

/** Sets it for this thread; whoever sets it restores it. IRQL <= DISPATCH_LEVEL. */
export function IoSetTopLevelIrp(Irp: number): void {
  set_TopLevelIrp(currentThread, Irp);
}
