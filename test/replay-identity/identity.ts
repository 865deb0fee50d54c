// Records schedules, repeats each from its decisions, and says whether all of them did the same,
// event by event. The digest over all of them has to be the same wherever it is made.
import { Hunt } from '#src/lab/hunt/hunt.ts';
import { machineTarget, wordTarget } from '#src/lab/hunt/target.ts';
import type { HuntScenario } from '#src/lab/hunt/machine/scenario.ts';
import type { Play } from '#src/atomics-sync/schedule/scenario.ts';
import type { Target } from '#src/lab/hunt/target.ts';

/** What the schedules of one scenario gave. */
export interface Identity {
  readonly scenario: string;
  readonly schedules: number;
  /** Schedules that a replay repeated, event by event. */
  readonly identical: number;
  /** The first that it did not, in words. */
  readonly different?: string;
  readonly events: number;
  readonly failures: number;
  /** Over the events of all schedules, as eight hexadecimal digits. */
  readonly digest: string;
}

export const scenarioNames = ['words', 'machine', 'hostile'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Strategies in turn, so that choices of all kinds are recorded. */
const strategies = ['random', 'pct:3', 'pos'] as const;

async function targetOf(name: ScenarioName): Promise<Target> {
  if (name === 'words') {
    const module = new URL('../sctbench/lock-free.js', import.meta.url).href;
    const { workSteal } = (await import(module)) as Record<string, Play>;
    return wordTarget(module, 'workSteal', workSteal!);
  }
  const module = new URL('./scenarios.js', import.meta.url).href;
  const exported = (await import(module)) as Record<string, HuntScenario>;
  const scenario = name === 'machine' ? 'quietMachine' : 'hostileMachine';
  const filter = name === 'machine' ? 'pass-through' : 'swap-buffers';
  const images = [{
    name: filter, altitude: '141000',
    module: new URL(`../../src/minifilters/${filter}.js`, import.meta.url).href,
  }];
  return machineTarget(exported[scenario]!, { module, export: scenario, images });
}

function mix(sum: number, value: number): number {
  const x = Math.imul(sum ^ value, 0x9e3779b1);
  return (x ^ (x >>> 15)) + 0x6d2b79f5 | 0;
}

/** Records and repeats so many schedules of a scenario; seeds count from 1. */
export async function identity(
  name: ScenarioName, schedules: number, core?: number,
): Promise<Identity> {
  const hunt = await Hunt.start(await targetOf(name), {
    strategy: 'random', seed: 1, milliseconds: 0, schedules, ...(core !== undefined && { core }),
  });
  let [sum, events, failures, identical] = [0, 0, 0, 0];
  let different: string | undefined;
  try {
    for (let seed = 1; seed <= schedules; seed++) {
      const strategy = strategies[seed % strategies.length]!;
      const { last } = await hunt.runSeeded({ name: strategy }, seed);
      const again = await hunt.replay(last);
      const isSame = again.divergedAt < 0 && again.digest === last.digest &&
        again.steps === last.steps && again.failure === last.failure && again.text === last.text;
      if (isSame) identical++;
      else {
        different ??= `${strategy}, seed ${seed}, step ${again.divergedAt}: ` +
          `${last.failure} ${last.text} / ${again.failure} ${again.text}`;
      }
      sum = mix(mix(sum, last.digest), last.steps);
      events += last.steps;
      if (last.failure !== 'none') failures++;
    }
  } finally {
    await hunt.stop();
  }
  const digest = (sum >>> 0).toString(16).padStart(8, '0');
  return { scenario: name, schedules, identical, events, failures, digest,
    ...(different !== undefined && { different }) };
}
