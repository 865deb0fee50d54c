// A crash dump as something to hunt: the target, and the strategy that keeps near its order.
import { castOf } from '../machine/scenario.ts';
import { machineTarget } from '../target.ts';
import { planNear } from './plan.ts';
import { nearScenario } from './scenario.ts';
import type { CrashDump } from '../../dump/crash-dump.ts';
import type { TargetSettings } from '../scenarios.ts';
import type { Target } from '../target.ts';

const module = new URL('./scenario.js', import.meta.url).href;

/** What a dump is hunted as. */
export interface NearTarget {
  readonly target: Target;
  /** The name of the strategy: first the order of the dump, then ever further from it. */
  readonly strategy: string;
  /** Operations of the dump that the scenario cannot repeat. */
  readonly leftOut: readonly string[];
}

/** Makes the target; throws NothingToRepeat when the dump tells of no operation. */
export function nearTarget(dump: CrashDump, settings: TargetSettings): NearTarget {
  const plan = planNear(dump, settings.images.map(({ name }) => name));
  const made = nearScenario(plan);
  const { firstApplication } = castOf(made);
  const order = plan.order.map((who) => (who < 0 ? 0 : firstApplication + who));
  const target = machineTarget(made,
    { ...settings, module, export: nearScenario.name, data: plan });
  return { target, strategy: `near:${order.join('.')}`, leftOut: plan.leftOut };
}
