// The worst moment to take a filter away: while operations are in its callbacks, pended by it,
// awaited by a post-operation callback of it, or in its work items. Whoever tears it down watches
// it for a while, learns how much is under way at most, and strikes as soon as it is that again.
import { load } from '../atomics-sync/atomics.ts';
import { MAX_PROCESSORS } from '../mem/param.ts';
import { insideInstance } from '../fltmgr/chain/instance-gate.ts';
import { instancesOfFilter } from '../fltmgr/attach/instance.ts';
import { FLT_INSTANCE } from '../fltmgr/attach/object.ts';
import { COMPLETION_NODE, IRP_CTRL, NODE_ARMED, forEachSheet, nodeOf }
  from '../fltmgr/walk/irp-ctrl.ts';
import { lockFilterManager, unlockFilterManager } from '../fltmgr/attach/root.ts';
import { tickCount } from '../ntos/ke/time.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '../fltmgr/types.ts';

const s = FLT_INSTANCE.bound;
const { NodeCount } = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
/** What a teardown has to wait for counts more than what it may run early. */
const WEIGHT = 4;

/** Post-operation callbacks that instances are owed, as far as an unlocked look can tell. */
function owedTo(instances: readonly PFLT_INSTANCE[]): number {
  let owed = 0;
  forEachSheet((ctrl) => {
    for (let i = NodeCount(ctrl); i-- > 0;) {
      const at = nodeOf(ctrl, i);
      const isOwed = load(n.at_State(at)) === NODE_ARMED;
      if (isOwed && instances.includes(n.Instance(at) as PFLT_INSTANCE)) owed++;
    }
  });
  return owed;
}

/** How much of a filter's instances is under way now; racy, like every look from outside. */
function underWay(instances: readonly PFLT_INSTANCE[]): number {
  let kept = 0;
  for (const instance of instances) {
    kept += insideInstance(instance, MAX_PROCESSORS) + load(s.at_Pended(instance)) +
      load(s.at_Initiated(instance)) + load(s.at_WorkItems(instance));
  }
  return WEIGHT * kept + owedTo(instances);
}

/**
 * Waits for a bad moment to tear a filter's instances down. PASSIVE_LEVEL, the only thread that
 * tears them down.
 *
 * @param milliseconds how long it watches, and how long it then waits for as bad a moment at most.
 * @param rest called between two looks.
 * @returns whether anything was under way when it returned.
 */
export function awaitWorstMoment(
  filter: PFLT_FILTER, milliseconds: number, rest: () => void,
): boolean {
  lockFilterManager();
  const instances = instancesOfFilter(filter);
  unlockFilterManager();
  const learned = tickCount() + milliseconds;
  const last = learned + milliseconds;
  let most = 1;
  for (let now = tickCount(); ; now = tickCount()) {
    const busy = underWay(instances);
    if (now >= learned && busy >= most) return true;
    if (now >= last) return busy > 0;
    most = Math.max(most, busy);
    rest();
  }
}
