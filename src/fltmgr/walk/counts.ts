// @hot  What each processor counts for each filter: callbacks run, by phase and IRQL. Plain
// stores to words of the processor's own cache lines; the host sums them.
import { i32 as words } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { KeGetCurrentIrql as currentIrql } from '../../ntos/ke/irql.ts';
import { FLT_FILTER, FLT_FILTER_COUNTS } from '../attach/object.ts';
import type { PFLT_FILTER } from '../types.ts';

const i32 = words;
const irql = currentIrql;
const mine = ((FLT_FILTER.offsets['Counts'] ?? 0) + boot.processor * FLT_FILTER_COUNTS.size) >> 2;
const PRE = (FLT_FILTER_COUNTS.offsets['Pre'] ?? 0) >> 2;
const POST = (FLT_FILTER_COUNTS.offsets['Post'] ?? 0) >> 2;
const DRAINED = (FLT_FILTER_COUNTS.offsets['Drained'] ?? 0) >> 2;
const ELSEWHERE = (FLT_FILTER_COUNTS.offsets['PostElsewhere'] ?? 0) >> 2;
const PENDED = (FLT_FILTER_COUNTS.offsets['Pended'] ?? 0) >> 2;

/** Counts a callback: phase 0 pre, 1 post in the operation's thread, 2 post in another. */
export function countCallback(filter: PFLT_FILTER, phase: number): void {
  const base = (filter >> 2) + mine;
  const level = base + (phase === 0 ? PRE : POST) + irql();
  i32[level] = i32[level]! + 1;
  if (phase === 2) i32[base + ELSEWHERE] = i32[base + ELSEWHERE]! + 1;
}

/** Counts a post-operation callback that a teardown ran. */
export function countDrained(filter: PFLT_FILTER): void {
  const at = (filter >> 2) + mine + DRAINED;
  i32[at] = i32[at]! + 1;
}

/** Counts an operation that a callback of the filter pended. */
export function countPended(filter: PFLT_FILTER): void {
  const at = (filter >> 2) + mine + PENDED;
  i32[at] = i32[at]! + 1;
}
