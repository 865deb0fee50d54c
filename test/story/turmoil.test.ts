// Filters that keep, pend, synchronise and complete operations, on real threads, with completion in
// other threads at DISPATCH_LEVEL: nothing is lost, nothing delivered twice, nothing left behind.
import { describe, expect, test } from 'vitest';
import { seeds, variants } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';
import type { CompletionPolicy } from '#src/mem/boot-options.ts';

const work = { module: builtModule('test/story/file-work.ts'), routine: 'fileWork' };

function turmoil(name: string, altitude: string): { name: string; module: string; altitude: string } {
  return { name, module: builtModule('test/story/turmoil-filter.ts'), altitude };
}

async function run(
  completion: CompletionPolicy,
  seed: number,
  storm?: { everyMs: number; forMs: number },
): Promise<MachineOutcome> {
  return runMachine({
    options: {
      requestors: 3, systemWorkers: 1, completion, seed,
      images: [turmoil('turmoil', '325000')],
    },
    workload: { ...work, data: { rounds: 400, files: 4, letter: 'C' } },
    ...(storm && { storm }),
  });
}

function expectNothingLost(outcome: MachineOutcome): void {
  for (const report of outcome.reports) {
    const { issued, completed } = report.result as { issued: number; completed: number };
    expect(completed).toBe(issued);
  }
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0, filters: [] });
  expect(outcome.left.storage.inFlight).toBe(0);
}

describe('operations that a filter keeps', () => {
  test.each(variants(['delayed', 'inline', 'dispatch', 'other-thread'], 1))(
    'all come back with %s completion', async (completion) => {
      expectNothingLost(await run(completion, 1));
    });

  test.each(seeds(1))('all come back with hostile completion, seed %i', async (seed) => {
    const outcome = await run('hostile', seed);
    expectNothingLost(outcome);
    const [filter] = outcome.census.filters;
    expect(filter?.pended).toBeGreaterThan(0);
    // Post-operation callbacks really ran at DISPATCH_LEVEL and in other threads.
    expect(filter?.post[2]).toBeGreaterThan(0);
    expect(filter?.postElsewhere).toBeGreaterThan(0);
  });

  test.each(seeds(1))('are drained or finished while the filter detaches, seed ' +
    '%i', async (seed) => {
    const outcome = await run('hostile', seed, { everyMs: 10, forMs: 1500 });
    expectNothingLost(outcome);
    expect(outcome.storm?.detached).toBeGreaterThan(1);
  });
});
