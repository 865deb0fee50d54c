// The end of a volume's files: all at once, without regard to names, since nobody is left to look.
import { IsListEmpty, RemoveHeadList } from '../../../ntos/rtl/list-entry.ts';
import { RAMFS_FCB, RAMFS_LCB, RAMFS_VCB } from '../types.ts';
import { TAG_LCB, TAG_NAME, givePool } from '../pool.ts';
import { fcbByNumber } from './file-table.ts';
import { freeFcb } from './fcb.ts';
import type { PFCB, PLCB, PVCB } from '../types.ts';

const v = RAMFS_VCB.bound;
const { at_Links } = RAMFS_FCB.bound;
const { NameBuffer } = RAMFS_LCB.bound;

function freeLinks(fcb: PFCB): void {
  const links = at_Links(fcb);
  while (!IsListEmpty(links)) {
    const lcb = RemoveHeadList(links) as PLCB;
    givePool(NameBuffer(lcb), TAG_NAME);
    givePool(lcb, TAG_LCB);
  }
}

/** Frees every file of a volume on which nothing is open. */
export function freeAllFiles(vcb: PVCB): void {
  for (let number = 0; number < v.FileTableUsed(vcb); number++) {
    const fcb = fcbByNumber(vcb, number);
    if (fcb === 0) continue;
    freeLinks(fcb);
    freeFcb(fcb);
  }
  v.set_Root(vcb, 0 as PFCB);
}
