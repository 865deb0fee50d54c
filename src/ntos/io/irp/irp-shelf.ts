// @hot  IRPs that a processor keeps for itself, by the number of their stack locations: taking one
// and giving it back leaves the pool alone, as Windows' lookaside lists of IRPs do. They are in
// nobody's books meanwhile: the pool counts them as free, and freeing one again is found out.
// Where allocations are watched (the verifier, a schedule, a recorder) there is no shelf. Only the
// processor's own thread touches its shelf, so accesses are plain.
import { boot } from '../../../mem/boot-options.ts';
import { POINTER, ULONG, array } from '../../../mem/field.ts';
import { fillBytes, i32 as words } from '../../../mem/memory.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../../mem/param.ts';
import { struct } from '../../../mem/struct.ts';
import { systemRoot } from '../../../mem/system-roots.ts';
import { schedule } from '../../../atomics-sync/schedule/hook.ts';
import { tracer } from '../../../trace/tracer.ts';
import { onPoolsEmptied } from '../../ex/pool/pool.ts';
import { isGated, shelveBlock as shelve, unshelveBlock as unshelve }
  from '../../ex/pool/pool-block.ts';
import { TAG_IRP } from '../object/private.ts';
import type { PIRP } from '../types.ts';

/** Longer IRPs are rare. */
const MAX_LOCATIONS = 8;
const CAPACITY = 7;
const ROW = struct('IRP_SHELF_ROW', { Count: ULONG, Irps: array(POINTER, CAPACITY) });
const SHELF = struct('IRP_SHELF', { Rows: array(ROW, MAX_LOCATIONS + 1) }, { align: CACHE_LINE });

const i32 = words;
const shelveBlock = shelve;
const unshelveBlock = unshelve;
const gated = isGated;
const tag = TAG_IRP;
const haveShelf = !boot.verifier && schedule === null && tracer === null;
const shelves = systemRoot('irp', SHELF.size * MAX_PROCESSORS);
const mine = (shelves + boot.processor * SHELF.size) >> 2;
const rowWords = ROW.size >> 2;
onPoolsEmptied(() => fillBytes(shelves, 0, SHELF.size * MAX_PROCESSORS));

/** An IRP of the shelf, allocated again; 0 when there is none, or somebody decides which
 *  allocations fail: that is the pool's to ask. */
export function takeShelvedIrp(stackSize: number, bytes: number): PIRP {
  if (!haveShelf || stackSize > MAX_LOCATIONS) return 0 as PIRP;
  const row = mine + stackSize * rowWords;
  const count = i32[row]!;
  if (count === 0 || gated()) return 0 as PIRP;
  i32[row] = count - 1;
  const irp = i32[row + count]!;
  unshelveBlock(irp, bytes, tag);
  return irp as PIRP;
}

/** Puts an IRP on the shelf; false when it is no IRP of that size, or there is no room. */
export function shelveIrp(irp: PIRP, stackSize: number, bytes: number): boolean {
  if (!haveShelf || stackSize <= 0 || stackSize > MAX_LOCATIONS) return false;
  const row = mine + stackSize * rowWords;
  const count = i32[row]!;
  if (count >= CAPACITY || !shelveBlock(irp, bytes, tag)) return false;
  i32[row] = count + 1;
  i32[row + count + 1] = irp;
  return true;
}
