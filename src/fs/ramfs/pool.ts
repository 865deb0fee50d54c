// The pool of the RAM file system: one tag per kind of block, so that a leak names what leaked.
// Everything is zeroed. Paged blocks are touched at PASSIVE or APC level only; what a completion
// may see (SCBs, their locks) is nonpaged.
import { ExAllocatePoolZero, ExFreePoolWithTag } from '../../ntos/ex/pool/pool.ts';
import { poolTag } from '../../ntos/ex/pool/pool-tags.ts';
import { NonPagedPool, PagedPool } from '../../ntos/ex/types.ts';

export const TAG_FCB = poolTag('Rfcb');
export const TAG_SCB = poolTag('Rscb');
export const TAG_LCB = poolTag('Rlcb');
export const TAG_CCB = poolTag('Rccb');
export const TAG_STREAM = poolTag('Rstr');
export const TAG_NAME = poolTag('Rnam');
export const TAG_INDEX = poolTag('Ridx');
export const TAG_SCAN = poolTag('Rscn');
export const TAG_SECURITY = poolTag('Rsec');
export const TAG_EA = poolTag('Rea ');
export const TAG_REPARSE = poolTag('Rrep');
export const TAG_OBJECT_ID = poolTag('Roid');
export const TAG_TABLE = poolTag('Rtab');
export const TAG_JOURNAL = poolTag('Rusn');
export const TAG_PATH = poolTag('Rpth');

/** Every tag of this room: none may hold pool when no volume is mounted. */
export const ramfsTags: readonly number[] = [TAG_FCB, TAG_SCB, TAG_LCB, TAG_CCB, TAG_STREAM,
  TAG_NAME, TAG_INDEX, TAG_SCAN, TAG_SECURITY, TAG_EA, TAG_REPARSE, TAG_OBJECT_ID, TAG_TABLE,
  TAG_JOURNAL, TAG_PATH];

/** Paged pool, zeroed; 0 when there is none. IRQL <= APC_LEVEL. */
export function takePaged(bytes: number, tag: number): number {
  return ExAllocatePoolZero(PagedPool, bytes, tag);
}

/** Nonpaged pool, zeroed; 0 when there is none. IRQL <= DISPATCH_LEVEL. */
export function takeNonpaged(bytes: number, tag: number): number {
  return ExAllocatePoolZero(NonPagedPool, bytes, tag);
}

/** Gives a block back; NULL is ignored. */
export function givePool(block: number, tag: number): void {
  if (block !== 0) ExFreePoolWithTag(block, tag);
}
