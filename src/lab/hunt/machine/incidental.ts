// Words of the kernel that order threads by accident only: two drivers that both allocate pool are
// not synchronised with each other by the pool's own lock. Data races are looked for as if these
// words did not exist; what a routine really promises is said with noteReleased and noteAcquired.
import { rootRange } from '../../../mem/system-roots.ts';
import type { RootName } from '../../../mem/system-roots.ts';

const roots: readonly RootName[] = ['pool', 'ke', 'ex', 'ob', 'rtl'];
const ranges = roots.map(rootRange);

/** Whether the order of operations on a word means nothing to drivers. */
export function isIncidental(address: number): boolean {
  return ranges.some(({ start, end }) => address >= start && address < end);
}
