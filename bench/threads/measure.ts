// Steps of one machine as the figures of a case: each kind of step in turn, round after round, each
// held against the same rounds of its yardstick.
import { figureOf, inTurn, nsPerRound, runSteps } from './machine.ts';
import type { Run } from './machine.ts';
import type { Step } from '../../src/lab/bench/steps.ts';
import type { Figure } from '../case.ts';

/** One thing that is measured. */
export interface Kind {
  readonly title: string;
  readonly step: Step;
  /** The title of the kind that it is held against. */
  readonly yardstick?: string;
}

export type StepRun = Omit<Run, 'steps'>;

/** Measures the kinds in one machine. */
export async function measureSteps(
  name: string, run: StepRun, kinds: readonly Kind[], rounds: number,
): Promise<Figure[]> {
  const steps = inTurn(kinds.map(({ step }) => step), rounds);
  const results = await runSteps({ ...run, steps });
  const ns = new Map(kinds.map(({ title, step }) => [title, nsPerRound(results, step)]));
  return kinds.map(({ title, yardstick }) => {
    const base = yardstick === undefined ? undefined : ns.get(yardstick);
    return figureOf(name, title, ns.get(title)!,
      base === undefined ? undefined : { name: yardstick!, ns: base });
  });
}

/** In tiny size: every kind is played, and some of its operations are done. */
export async function checkSteps(run: StepRun, kinds: readonly Kind[]): Promise<void> {
  const steps = kinds.map(({ step }) => ({ ...step, milliseconds: 1, warm: 0 }));
  const results = await runSteps({ ...run, steps });
  for (const { title, step } of kinds) {
    const done = results.flat()
      .filter(({ task, active }) => task === step.task && active === step.active)
      .reduce((sum, { operations }) => sum + operations, 0);
    if (!(done > 0)) throw new Error(`${title}: nothing was done`);
  }
}
