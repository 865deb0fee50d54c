// Filters that own oplocks, on real threads: applications that ask, break, wait, answer, cancel,
// and a filter that goes meanwhile (R13, R14, R16, R17 of the oplock rules; OPL-5 to OPL-9).
import { describe, expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { CompletionPolicy } from '#src/mem/boot-options.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';
import type { OplockWorkResult } from './oplock-work.ts';

const ROUNDS = 60;

async function run(
  completion: CompletionPolicy, seed: number, storm?: { everyMs: number; forMs: number },
): Promise<{ outcome: MachineOutcome; results: OplockWorkResult[] }> {
  const outcome = await runMachine({
    options: {
      requestors: 3, systemWorkers: 1, completion, seed, verifier: true,
      images: [{ name: 'owner', module: builtModule('test/fltmgr/oplock-owner.ts'),
        altitude: '145000' }],
    },
    workload: {
      module: builtModule('test/fltmgr/oplock-work.ts'), routine: 'oplockWork',
      data: { rounds: ROUNDS, seed, meddles: storm === undefined },
    },
    boundMs: 60_000,
    ...(storm && { storm }),
  });
  const results = outcome.reports.map((r) => (r.result as { result: OplockWorkResult }).result);
  return { outcome, results };
}

function expectNothingLeft(outcome: MachineOutcome): void {
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0, filters: [] });
}

const sum = (results: readonly OplockWorkResult[], of: 'grants' | 'breaks' | 'writes'): number =>
  results.reduce((n, r) => n + r[of], 0);

/** A counter of the owner: what it was when the last application ended. */
const counted = (results: readonly OplockWorkResult[], name: string): number =>
  Math.max(...results.map((r) => r.owner[name] ?? 0));

describe('a filter that owns oplocks', () => {
  test.each(seeds(1))('OPL-5, R13: what it parks goes on once, seed %i', async (seed) => {
    const { outcome, results } = await run('hostile', seed);
    expectNothingLeft(outcome);
    expect(sum(results, 'grants')).toBeGreaterThan(10);
    expect(sum(results, 'breaks')).toBeGreaterThan(5);
    expect(sum(results, 'writes')).toBeGreaterThan(10);
    expect(counted(results, 'parked')).toBeGreaterThan(5);
    expect(counted(results, 'resumed')).toBe(counted(results, 'parked'));
    // R16: creates that had promised to ask for an oplock failed, and held nobody up for ever.
    expect(counted(results, 'backedOut')).toBeGreaterThan(0);
  });

  test('OPL-6, OPL-9, R14, S3.12: cancelled waits end parked and sleeping operations alike', async () => {
    const { outcome, results } = await run('inline', 7);
    expectNothingLeft(outcome);
    expect(counted(results, 'cancelled') + counted(results, 'refused')).toBeGreaterThan(0);
  });

  test.each(seeds(1))('R17: it detaches with oplocks granted and operations parked, seed ' +
    '%i', async (seed) => {
    const { outcome } = await run('hostile', seed, { everyMs: 5, forMs: 400 });
    expectNothingLeft(outcome);
    expect(outcome.storm?.detached).toBeGreaterThan(1);
  });
});
