// The filters that come with the machine, all at once, on real threads: nothing is lost, nothing is
// left behind, and applications see what they would see without them.
import { describe, expect, test } from 'vitest';
import { seeds, variants } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { FilterWorkResult } from './filter-work.ts';
import type { ImageSpec } from '#src/image/js-image.ts';
import type { MachineOutcome } from '#test/support/run-machine.ts';
import type { CompletionPolicy } from '#src/mem/boot-options.ts';

const altitudes = {
  minispy: '385100', 'pass-through': '370030', 'null-filter': '370020', ctx: '365000',
  scanner: '328100', 'swap-buffers': '141000',
} as const;
type Name = keyof typeof altitudes;

function image(name: Name): ImageSpec {
  return {
    name, module: builtModule(`src/minifilters/${name}.ts`), altitude: altitudes[name],
  };
}

interface Story {
  readonly filters: readonly Name[];
  readonly completion: CompletionPolicy;
  readonly seed: number;
  readonly storm?: { readonly everyMs: number; readonly forMs: number };
}

async function tell(story: Story): Promise<MachineOutcome> {
  const outcome = await runMachine({
    options: {
      requestors: 3, systemWorkers: 2, completion: story.completion, seed: story.seed,
      images: story.filters.map(image),
    },
    workload: {
      module: builtModule('test/story/filter-work.ts'), routine: 'filterWork',
      data: {
        rounds: 30, steady: story.storm === undefined, scanned: story.filters.includes('scanner'),
      },
    },
    ...(story.storm && { storm: story.storm }),
    boundMs: 28_000,
  });
  expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0, filters: [] });
  expect(outcome.left.storage.inFlight).toBe(0);
  return outcome;
}

function spied(outcome: MachineOutcome): FilterWorkResult[] {
  return outcome.reports.map((report) => (report.result as { result: FilterWorkResult }).result);
}

describe('each filter alone', () => {
  test.each(variants(['scanner', 'ctx', 'swap-buffers'], 1))(
    '%s loads, works and unloads', async (name) => {
      const outcome = await tell({ filters: [name], completion: 'hostile', seed: 7 });
      expect(outcome.census.filters.map((filter) => filter.name)).toEqual([name]);
    });
});

describe('all of them', () => {
  const filters = Object.keys(altitudes) as Name[];

  test.each(variants(['delayed', 'inline', 'dispatch'], 0))(
    'with %s completion', async (completion) => {
      await tell({ filters, completion, seed: 1 });
    });

  test.each(seeds(1))('with hostile completion, seed %i', async (seed) => {
    const outcome = await tell({ filters, completion: 'hostile', seed });
    const [host] = spied(outcome);
    expect(host?.wrong).toBe(0);
    expect(host?.records).toBeGreaterThan(500);
    const swap = outcome.census.filters.find((filter) => filter.name === 'swap-buffers');
    expect(swap?.post[2]).toBeGreaterThan(0);
    const scanner = outcome.census.filters.find((filter) => filter.name === 'scanner');
    expect(scanner?.pended).toBeGreaterThan(0);
  });

  test('while they detach and attach', async () => {
    const storm = { everyMs: 20, forMs: 1200 };
    const outcome = await tell({ filters, completion: 'hostile', seed: 3, storm });
    expect(outcome.storm?.detached).toBeGreaterThan(1);
    expect(spied(outcome)[0]?.wrong).toBe(0);
  });
});
