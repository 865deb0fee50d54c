// Runs a rule's driver on a machine with real threads and hostile completion.
import { expect } from 'vitest';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';

export interface RuleRun {
  /** The driver's module in this folder. */
  readonly driver: string;
  readonly seed: number;
  readonly naive?: boolean;
  /** Further drivers, from the top down, with altitudes below 300000. */
  readonly below?: readonly string[];
  readonly requestors?: number;
  readonly storm?: { readonly everyMs: number; readonly forMs: number };
  /** What the applications do; usually the rounds of rule-work.ts. */
  readonly work?: { readonly file: string; readonly routine: string };
  /** Where the drivers' modules are. */
  readonly folder?: string;
}

/** Runs it to its end; nothing may be left behind. */
export async function runRule(run: RuleRun): Promise<MachineOutcome> {
  const here = (file: string): string =>
    builtModule(`${run.folder ?? 'test/fifteen-rules'}/${file}.ts`);
  const work = run.work ?? { file: 'rule-work', routine: 'ruleWork' };
  const top = here(run.driver) + (run.naive === true ? '?naive' : '');
  const outcome = await runMachine({
    options: {
      requestors: run.requestors ?? 2, systemWorkers: 1, completion: 'hostile', seed: run.seed,
      images: [
        { name: run.driver, module: top, altitude: '365000' },
        ...(run.below ?? []).map((name, n) =>
          ({ name, module: here(name), altitude: `${290000 - n * 1000}` })),
      ],
    },
    workload: { module: builtModule(`test/fifteen-rules/${work.file}.ts`), routine: work.routine,
      data: { rounds: 12 } },
    ...(run.storm && { storm: run.storm }),
  });
  for (const report of outcome.reports) expect(report.exit).toBe('done');
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0, filters: [] });
  return outcome;
}

/** The faulty twin must be noticed: the machine stops, and says what is broken. */
export async function expectBroken(driver: string, why: RegExp, more = {}): Promise<void> {
  await expect(runRule({ driver, seed: 1, naive: true, ...more })).rejects.toThrow(why);
}
