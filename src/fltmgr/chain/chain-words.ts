// The words of a compiled chain's text: where things lie in a sheet and in this thread's own
// structures, as JavaScript over `i32` with every offset written out.
import { boot } from '../../mem/boot-options.ts';
import { KPRCB, KTHREAD, currentPrcb, currentThread } from '../../ntos/ke/prcb.ts';
import { COMPLETION_NODE, IRP_CTRL, nodeOf } from '../walk/irp-ctrl.ts';
import { FLT_FILTER, FLT_FILTER_COUNTS } from '../attach/object.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const node = COMPLETION_NODE.bound;
const zero = 0 as PIRP_CTRL;
const zeroNode = 0 as never;

/** A word of the sheet: `c` is its index. */
const word = (offset: number): string => `i32[c+${offset >> 2}]`;

/** Byte offsets in a sheet of what callbacks are given. */
export const dataAt: number = IRP_CTRL.bound.at_Data(zero);
export const relatedAt: number = IRP_CTRL.bound.at_Related(zero);

/** This thread's IRQL, and its word that says whose callback it runs. */
export const irql = `i32[${(currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2}]`;
export const routineNow = `i32[${KTHREAD.bound.at_CurrentRoutine(currentThread) >> 2}]`;

const countsAt = (FLT_FILTER.offsets['Counts'] ?? 0) + boot.processor * FLT_FILTER_COUNTS.size;

/** Counts a callback of a filter by the IRQL `e`, below 32, as countCallback does. */
export function counted(filter: number, phase: 'Pre' | 'Post'): string {
  const first = (filter + countsAt + (FLT_FILTER_COUNTS.offsets[phase] ?? 0)) >> 2;
  return `i32[${first}+e]=i32[${first}+e]+1;`;
}

/** What callbacks leave in node `i`, as an offset; and its words. */
export const contextAt = (i: number): number => nodeOf(zero, i) + node.at_Context(zeroNode);
export const contextOf = (i: number): string => word(contextAt(i));
export const stateOf = (i: number): string => word(nodeOf(zero, i) + node.at_State(zeroNode));
