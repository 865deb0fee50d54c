// @hot  Whose turn it is in a compiled chain, and what callbacks do to what they are shown. One
// object for the thread's chains, since a thread is in one of them at most (instance-gate.ts).
//
// A chain does not write into the sheet which instance it calls: most callbacks never ask. The
// views that callbacks get do it when somebody asks for the instance, or for an address from which
// he could read it; so does who looks at the sheet in another way (settleChain). And as V8 puts
// small callbacks into the chain and sees that nothing happened to `seen`, what follows from it
// costs those nothing.
import { touchView } from '../../mem/view.ts';
import { COMPLETION_NODE, IRP_CTRL, nodeOf as node } from '../walk/irp-ctrl.ts';
import { FLT_CALLBACK_DATA, FLT_RELATED_OBJECTS } from '../types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const { set_Iopb_TargetInstance, set_Position, set_Related_Filter, set_Related_Instance } =
  IRP_CTRL.bound;
const { Instance, Filter } = COMPLETION_NODE.bound;
const nodeOf = node;

/** ChainTurn.seen: the views were written through. */
export const SEEN_WRITTEN = 1;
/** ChainTurn.seen: somebody knows an address, and may write past the views until the end. */
export const SEEN_ADDRESS = 2;
/** ChainTurn.seen: the thread slept, and is no longer inside as the chain said (settleChain). */
export const SEEN_SLEEP = 4;

/** Members of views that say which instance's turn it is. */
const LATE: ReadonlySet<string> = new Set(['TargetInstance', 'Filter', 'Instance']);

export const turn = {
  seen: 0,
  /** The node whose turn it is while its sheet does not say so; -1 when it does. */
  node: -1,
  sheet: 0 as PIRP_CTRL,
  late: LATE,
  /** The thread's words and its stack as they were when the chain began. */
  outerRoutine: 0,
  outerData: 0,
  frame: 0,
  /** What a chain returns that has handed its operation over. */
  status: 0,
  /** Has the sheet say whose turn it is. */
  aim(): void {
    const at = nodeOf(turn.sheet, turn.node);
    set_Iopb_TargetInstance(turn.sheet, Instance(at));
    set_Related_Filter(turn.sheet, Filter(at));
    set_Related_Instance(turn.sheet, Instance(at));
    set_Position(turn.sheet, turn.node);
    turn.node = -1;
  },
};

/** What callbacks of chains are given: moved from operation to operation. */
export const turnData = touchView(FLT_CALLBACK_DATA, turn);
export const turnObjects = touchView(FLT_RELATED_OBJECTS, turn);
