// I/O that a filter initiates on real threads, above a filter that pends, synchronises and safely
// completes what it sends: every read ends, both ways of reading agree, nothing is left behind.
import { describe, expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';

async function run(seed: number, storm?: { everyMs: number; forMs: number }): Promise<MachineOutcome> {
  return runMachine({
    options: {
      requestors: 3, systemWorkers: 1, completion: 'hostile', seed,
      images: [
        { name: 'reader', module: builtModule('test/fltmgr/reader-filter.ts'), altitude: '365000' },
        { name: 'turmoil', module: builtModule('test/story/turmoil-filter.ts'), altitude: '325000' },
      ],
    },
    workload: {
      module: builtModule('test/story/file-work.ts'), routine: 'fileWork',
      data: { rounds: 40, files: 4, letter: 'C' },
    },
    ...(storm && { storm }),
  });
}

function expectNothingLeft(outcome: MachineOutcome): void {
  for (const report of outcome.reports) expect(report.exit).toBe('done');
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0, filters: [] });
  const reader = outcome.census.filters.find(({ name }) => name === 'reader');
  expect(reader).toMatchObject({ callbackData: 0, workItems: 0 });
}

describe('reads that a filter initiates', () => {
  test.each(seeds(1))('agree, whoever completes them, seed %i', async (seed) => {
    expectNothingLeft(await run(seed));
  });

  test('agree while instances above and below come and go', async () => {
    expectNothingLeft(await run(3, { everyMs: 10, forMs: 600 }));
  });
});
