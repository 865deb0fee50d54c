// The MDL chain in the parameters of callback data that a filter allocated: whoever frees or reuses
// the data frees the chain with it (6.2).
import { i32 } from '../../mem/memory.ts';
import { IoFreeMdl, MmUnlockPages } from '../../ntos/io/irp/mdl.ts';
import { MDL, MDL_PAGES_LOCKED } from '../../ntos/io/types.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { mdlFieldOf } from './initiated-send.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { PMDL } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const c = IRP_CTRL.bound;
const { Next, MdlFlags } = MDL.bound;
const parametersAt = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;

/** Where the parameters have their MDL; 0 when the operation has none. */
export function mdlWord(ctrl: PIRP_CTRL): number {
  const field = mdlFieldOf(c.Iopb_MajorFunction(ctrl));
  return field === 0 ? 0 : c.at_Iopb(ctrl) + parametersAt + field;
}

/** Frees the chain; pages that are still locked are unlocked. IRQL <= DISPATCH_LEVEL. */
export function freeMdls(ctrl: PIRP_CTRL): void {
  const at = mdlWord(ctrl);
  if (at === 0) return;
  let mdl = i32[at >> 2]! as PMDL;
  i32[at >> 2] = 0;
  while (mdl !== 0) {
    const next = Next(mdl) as PMDL;
    if (MdlFlags(mdl) & MDL_PAGES_LOCKED) MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    mdl = next;
  }
}
