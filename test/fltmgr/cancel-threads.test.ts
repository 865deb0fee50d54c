// Cancellation against removal on real threads: a requestor gives reads up while a system thread
// takes them out of a callback data queue. Each read ends once, as one of the two says (PEND-22).
import { describe, expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';
import type { CancelCounts } from './cancel-work.ts';

const ROUNDS = 80;
const READS = 5;
const REQUESTORS = 3;

async function run(seed: number, storm?: { everyMs: number; forMs: number }): Promise<MachineOutcome> {
  return runMachine({
    options: {
      requestors: REQUESTORS, systemWorkers: 1, completion: 'hostile', seed,
      images: [{ name: 'queue', module: builtModule('test/fltmgr/queue-filter.ts'), altitude: '145000' }],
    },
    workload: {
      module: builtModule('test/fltmgr/cancel-work.ts'), routine: 'cancelWork',
      data: { rounds: ROUNDS, seed },
    },
    ...(storm && { storm }),
  });
}

function totals(outcome: MachineOutcome): CancelCounts {
  const sum = { succeeded: 0, cancelled: 0 };
  for (const report of outcome.reports) {
    const { result } = report.result as { result: CancelCounts };
    sum.succeeded += result.succeeded;
    sum.cancelled += result.cancelled;
  }
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0 });
  return sum;
}

describe('reads in a callback data queue', () => {
  test.each(seeds(1))('each ends once, cancelled or read, seed %i', async (seed) => {
    const { succeeded, cancelled } = totals(await run(seed));
    expect(succeeded + cancelled).toBe(ROUNDS * READS * REQUESTORS);
    expect(succeeded).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(0);
  });

  test.each([4])('also while the filter comes and goes, seed %i', async (seed) => {
    const { succeeded, cancelled } = totals(await run(seed, { everyMs: 10, forMs: 500 }));
    expect(succeeded + cancelled).toBe(ROUNDS * READS * REQUESTORS);
  });
});
