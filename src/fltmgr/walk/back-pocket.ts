// What the Filter Manager keeps back for the paging path (KRN-53): an operation that writes dirty
// pages or reads missing ones must not fail because the Filter Manager has no memory, for it is
// what gets the system memory again. There are sheets, and blocks for parameters that filters
// change. When even these are out, the operation waits for one; above APC_LEVEL it cannot.
//
// Whoever took from here gives back here: otherwise other operations would empty the pocket.
import { POINTER, ULONG, array, atomic } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { add, load, notify, store } from '../../atomics-sync/atomics.ts';
import { initFreeList, popFree, pushFree } from '../../atomics-sync/free-list.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { waitAlone } from '../../ntos/ke/inline-wait.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../../ntos/ke/prcb.ts';
import { WAIT_BEGAN, WAIT_ENDED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { allocateSheet, freeSheet, isReservedSheet, popReservedSheet, pushReservedSheet }
  from './irp-ctrl.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';

const BLOCKS = 64;
const BLOCK_SIZE = FLT_IO_PARAMETER_BLOCK.size;
const TAG = poolTag('FMbp');
const { set_State } = KTHREAD.bound;
/** KWAIT_REASON: for memory. */
const PoolAllocation = 3;
const EVERYBODY = 0x7fff_ffff;

const BACK_POCKET = struct('FLT_BACK_POCKET', {
  FreeBlocks: array(ULONG, 16),
  FirstBlock: POINTER,
  /** Rung whenever something comes back. */
  Bell: atomic(),
});
const root = systemRoot('fltPocket', BACK_POCKET.size) as Parameters<typeof p.FirstBlock>[0];
const p = BACK_POCKET.bound;

/** Fills the pocket; at the start of the Filter Manager. */
export function fillPocket(): void {
  const first = ExAllocatePoolWithTag(NonPagedPool, BLOCKS * BLOCK_SIZE, TAG);
  if (first === 0) {
    throw new Error('no nonpaged pool for the reserve of the paging path: give the machine more ' +
      'memory');
  }
  initFreeList(p.at_FreeBlocks(root), first, BLOCKS, BLOCK_SIZE);
  p.set_FirstBlock(root, first);
  store(p.at_Bell(root), 0);
}

/** Gives the pocket's memory back; no operation may be under way. */
export function emptyPocket(): void {
  ExFreePoolWithTag(p.FirstBlock(root), TAG);
  p.set_FirstBlock(root, 0);
}

/** Takes, and as long as there is nothing, waits for the next that comes back. APC_LEVEL. */
function waitAndTake(take: () => number): number {
  const word = p.at_Bell(root);
  set_State(currentThread, THREAD_WAITING);
  if (tracer !== null) tracer.event(WAIT_BEGAN, word, 1, 0, PoolAllocation);
  let taken = 0;
  while (taken === 0) {
    const bell = load(word);
    taken = take();
    if (taken !== 0) break;
    if (boot.inline) waitAlone(word, bell, Infinity);
    // An ordinary one that comes back rings no bell.
    else parkWhile(word, bell, 5);
  }
  set_State(currentThread, THREAD_RUNNING);
  if (tracer !== null) tracer.event(WAIT_ENDED, word, 0, 0, 0);
  return taken;
}

/** Takes until there is something, or until the level forbids to wait for it: then 0. */
function takeOrWait(take: () => number): number {
  const taken = take();
  return taken !== 0 || KeGetCurrentIrql() >= DISPATCH_LEVEL ? taken : waitAndTake(take);
}

function ring(): void {
  add(p.at_Bell(root), 1);
  notify(p.at_Bell(root), EVERYBODY);
}

/** A sheet, at once: one that is kept back when the others are out; 0 when these are out, too. */
export function sheetAtOnce(): PIRP_CTRL {
  return allocateSheet() || popReservedSheet();
}

/** A sheet for an operation of the paging path; it may have to wait for one. */
export function sheetForPaging(): PIRP_CTRL {
  return takeOrWait(sheetAtOnce) as PIRP_CTRL;
}

/** Gives a sheet back that may be one of these. */
export function giveSheetBack(ctrl: PIRP_CTRL): void {
  if (!isReservedSheet(ctrl)) {
    freeSheet(ctrl);
    return;
  }
  pushReservedSheet(ctrl);
  ring();
}

/** A block for parameters of an operation of the paging path. */
export function blockForPaging(): number {
  return takeOrWait(() => popFree(p.at_FreeBlocks(root)));
}

/** Takes a block back; false when it is none of these. */
export function giveBlockBack(block: number): boolean {
  const first = p.FirstBlock(root);
  if (block < first || block >= first + BLOCKS * BLOCK_SIZE) return false;
  pushFree(p.at_FreeBlocks(root), block);
  ring();
  return true;
}
