// @hot  Which callbacks a volume has for each major function, from the top down. The lists are
// rewritten under the Filter Manager's lock at each attach and detach; the walk copies the list
// into its sheet, and looks at the volume's sequence before and after (a sequence lock), so that
// an operation sees one consistent set of instances for its whole life (ATT-4).
import { POINTER, ROUTINE, ULONG, array, LONG } from '../../mem/field.ts';
import { i32 as words } from '../../mem/memory.ts';
import { MAX_INSTANCES_PER_VOLUME } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { load as doorLoad } from '../../atomics-sync/atomics.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO } from '../constants.ts';
import { COMPLETION_NODE, IRP_CTRL, NODE_IDLE } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, FLT_VOLUME, MAJOR_SLOTS } from '../attach/object.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

/** One instance's callbacks for one major function. */
export const CALLBACK_NODE = struct('CALLBACK_NODE', {
  Instance: POINTER,
  Expected: LONG,
  PreOperation: ROUTINE,
  PostOperation: ROUTINE,
  Flags: ULONG,
  Filter: POINTER,
  /** Position of the instance on the volume, for operations that start below one. */
  Position: ULONG,
});

/** The callbacks of one major function on one volume. */
export const CALLBACK_LIST = struct('CALLBACK_LIST', {
  Count: ULONG,
  Nodes: array(CALLBACK_NODE, MAX_INSTANCES_PER_VOLUME),
  /** The same as a sheet has them when an operation begins; chains copy them at one go. */
  Fresh: array(COMPLETION_NODE, MAX_INSTANCES_PER_VOLUME),
});

/** Bytes of all lists of one volume. */
export const CALLBACK_LISTS_SIZE = CALLBACK_LIST.size * MAJOR_SLOTS;

const i32 = words;
const load = doorLoad;
const { at_Sequence, Callbacks } = FLT_VOLUME.bound;
const { Position } = FLT_INSTANCE.bound;
const LIST_SIZE = CALLBACK_LIST.size;
const NODE_WORDS = CALLBACK_NODE.size >> 2;
const SHEET_NODE_WORDS = COMPLETION_NODE.size >> 2;
const nodesWord = (IRP_CTRL.offsets['Nodes'] ?? 0) >> 2;
const ANY_SKIP =
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO;

/** Where the list of a major lies. */
export function callbackList(volume: PFLT_VOLUME, slot: number): number {
  return Callbacks(volume) + slot * LIST_SIZE;
}

/** How many instances have callbacks for a major right now; racy, for the quick way past. */
export function callbackCount(volume: PFLT_VOLUME, slot: number): number {
  return i32[(Callbacks(volume) + slot * LIST_SIZE) >> 2]!;
}

/**
 * Copies the nodes that take part in an operation into its sheet.
 *
 * @param skip the registration flags that make a filter not see this operation.
 * @param initiator only instances below this one take part; 0 for all. Its position is read with
 *   the list: attaching and detaching above it move both.
 * @param first the node of the sheet that the first one goes to; those before it stay.
 * @returns how many.
 */
export function copyNodes(
  ctrl: PIRP_CTRL,
  volume: PFLT_VOLUME,
  slot: number,
  skip: number,
  initiator: number,
  first: number,
): number {
  const sequenceAt = at_Sequence(volume);
  const list = callbackList(volume, slot) >> 2;
  for (;;) {
    // Pairs with the writer's stores in callback-list-writer: an even, unchanged sequence means
    // that what was copied in between is one list.
    const before = load(sequenceAt);
    if ((before & 1) !== 0) continue;
    const below = initiator === 0 ? -1 : Position(initiator as PFLT_INSTANCE);
    let copied = 0;
    const count = i32[list]!;
    for (let i = 0; i < count && first + copied < MAX_INSTANCES_PER_VOLUME; i++) {
      const from = list + 1 + i * NODE_WORDS;
      const flags = i32[from + 4]!;
      if ((flags & ANY_SKIP & skip) !== 0 || i32[from + 6]! <= below) continue;
      const to = (ctrl >> 2) + nodesWord + (first + copied) * SHEET_NODE_WORDS;
      i32[to] = i32[from]!;
      i32[to + 1] = i32[from + 1]!;
      i32[to + 2] = i32[from + 2]!;
      i32[to + 3] = i32[from + 3]!;
      i32[to + 4] = 0;
      i32[to + 5] = NODE_IDLE;
      i32[to + 6] = 0;
      i32[to + 7] = 0;
      i32[to + 8] = 0;
      i32[to + 9] = 0;
      i32[to + 10] = 0;
      i32[to + 11] = i32[from + 5]!;
      copied++;
    }
    if (load(sequenceAt) === before) return copied;
  }
}
