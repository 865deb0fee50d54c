// The executive's own words: list heads and locks of rooms too small for a root of their own.
import { atomic } from '../../mem/field.ts';
import { CACHE_LINE } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { LIST_ENTRY } from '../rtl/types.ts';

export const EX_ROOT = struct('EX_ROOT', {
  /** Guards LookasideListHead. */
  LookasideLock: atomic(),
  LookasideListHead: LIST_ENTRY,
}, { align: CACHE_LINE });

export const exRoot = systemRoot('ex', EX_ROOT.size) as Parameters<
  typeof EX_ROOT.bound.at_LookasideLock
>[0];
