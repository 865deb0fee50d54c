// @hot  IRQL of this virtual processor: raised and lowered by its own thread with plain accesses.
//
// Below DISPATCH_LEVEL the level behaves as thread state; at DISPATCH_LEVEL and above no DPC or
// APC runs on the processor, so lowering is where queued ones are delivered (KRN-1, KRN-2).
import { i32 as words } from '../../mem/memory.ts';
import { KPRCB, KTHREAD, currentPrcb, currentThread } from './prcb.ts';
import { interrupt, irqlTooHigh, irqlTooLow, retire } from './irql-slow.ts';

export const PASSIVE_LEVEL = 0;
export const LOW_LEVEL = 0;
export const APC_LEVEL = 1;
export const DISPATCH_LEVEL = 2;
export const CLOCK_LEVEL = 28;
export const HIGH_LEVEL = 31;

const i32 = words;
const irql = (currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2;
const apcPending = (currentThread + (KTHREAD.offsets['ApcPending'] ?? 0)) >> 2;
const dpcPending = (currentPrcb + (KPRCB.offsets['DpcPending'] ?? 0)) >> 2;

/** The level this processor runs at. Any IRQL. */
export function KeGetCurrentIrql(): number {
  return i32[irql]!;
}

/**
 * Raises the level and returns the one before.
 * Raising to a lower level is 0xC4/0x30 (KRN-2).
 */
export function KfRaiseIrql(NewIrql: number): number {
  const old = i32[irql]!;
  if (NewIrql < old) irqlTooLow(old, NewIrql);
  i32[irql] = NewIrql;
  return old;
}

/**
 * Lowers the level to what the matching raise returned; runs DPCs that waited for it.
 * Lowering to a higher level is 0xC4/0x31 (KRN-2).
 */
export function KeLowerIrql(NewIrql: number): void {
  const old = i32[irql]!;
  if (NewIrql > old) irqlTooHigh(old, NewIrql);
  i32[irql] = NewIrql;
  // The plain read may be stale by a few instructions; whoever queued the DPC also looks.
  if (NewIrql < DISPATCH_LEVEL && i32[dpcPending] !== 0) retire();
  if (NewIrql < APC_LEVEL && i32[apcPending] !== 0) interrupt();
}

/** Raises to DISPATCH_LEVEL and returns the level before. */
export function KeRaiseIrqlToDpcLevel(): number {
  return KfRaiseIrql(DISPATCH_LEVEL);
}
