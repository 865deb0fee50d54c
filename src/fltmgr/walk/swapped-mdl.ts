// The MDL that a filter supplied with a buffer of its own (BUF-4): the Filter Manager frees it when
// the filter's post-operation callback is done, while the instance is still held, so that a filter
// which is unloaded finds nothing of it left.
import { IoFreeMdl, MmUnlockPages } from '../../ntos/io/irp/mdl.ts';
import { MDL, MDL_PAGES_LOCKED } from '../../ntos/io/types.ts';
import { COMPLETION_NODE, NODE_RETAINED_MDL } from './irp-ctrl.ts';
import type { PCOMPLETION_NODE } from './irp-ctrl.ts';

const { SwappedMdl, set_SwappedMdl, Flags } = COMPLETION_NODE.bound;
const { MdlFlags } = MDL.bound;

/** Frees a node's MDL, unless its filter kept it (POST-32). Up to DISPATCH_LEVEL. */
export function freeSwappedMdl(at: PCOMPLETION_NODE): void {
  const mdl = SwappedMdl(at);
  if (mdl === 0 || (Flags(at) & NODE_RETAINED_MDL) !== 0) return;
  if (MdlFlags(mdl) & MDL_PAGES_LOCKED) MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  set_SwappedMdl(at, 0 as never);
}
