// The user memory of a workload: what all requestors share, then a slice for each of them.
import { APPLICATIONS } from '../../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { Arena } from '../../../fltuser/arena.ts';

export { Arena } from '../../../fltuser/arena.ts';

/** The first byte behind the page that belongs to the kernel at the start of the user region. */
const FIRST = APPLICATIONS.start + PAGE_SIZE;

/** Where memory that all requestors of a workload share begins. */
export const SHARED_START = FIRST;

/**
 * The slice of one requestor: what lies behind the shared part, divided evenly.
 * @param shared bytes of the shared part.
 */
export function sliceOf(index: number, count: number, shared: number): Arena {
  const start = FIRST + Math.ceil(shared / PAGE_SIZE) * PAGE_SIZE;
  const each = Math.floor((APPLICATIONS.end - start) / count / PAGE_SIZE) * PAGE_SIZE;
  if (each < 64 * PAGE_SIZE) {
    throw new Error(`${count} requestors and ${shared} shared bytes leave ${each} bytes of user ` +
      'memory each; use fewer requestors or a shorter log');
  }
  return new Arena(start + index * each, start + (index + 1) * each);
}
