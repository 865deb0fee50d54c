// The thread's kernel stack as drivers measure it, before they recurse or take large locals. It is
// the shadow stack, where locals lie whose address is taken (mem/stack.ts).
import { i32 as words } from '../../../mem/memory.ts';
import { stackLimits, stackUsed } from '../../../mem/stack.ts';
import type { OutPtr } from '../../../mem/pointer.ts';

const i32 = words;

/** Stores where this thread's stack begins and ends. Any IRQL. */
export function IoGetStackLimits(LowLimit: OutPtr, HighLimit: OutPtr): void {
  i32[LowLimit >> 2] = stackLimits.low;
  i32[HighLimit >> 2] = stackLimits.high;
}

/** Bytes of stack that are left to this thread. Any IRQL. */
export function IoGetRemainingStackSize(): number {
  return stackLimits.high - stackLimits.low - stackUsed();
}

/** Whether a region lies on this thread's stack. Any IRQL. */
export function IoWithinStackLimits(RegionStart: number, RegionSize: number): boolean {
  const start = RegionStart >>> 0;
  return start >= stackLimits.low && start + (RegionSize >>> 0) <= stackLimits.high;
}
