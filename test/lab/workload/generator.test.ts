// The generators, alone in the test's own thread: every mix does what it says on a RAM volume and
// on a null volume, the same for the same seed, verifies what it reads and leaves nothing open.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { census } from '#src/machine/census.ts';
import { mountVolume, unmountVolume } from '#src/machine/file-systems.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { generate, prepareGenerator } from '#src/lab/workload/generator.ts';
import { planGenerator } from '#src/lab/workload/plan-generator.ts';
import { presets } from '#src/lab/workload/presets.ts';
import type { GeneratorData, GeneratorResult } from '#src/lab/workload/generator/data.ts';

let shutdown: () => void;
const alone = { index: 0, count: 1 };

beforeEach(() => {
  shutdown = bootInline();
});

afterEach(() => {
  shutdown();
  expect(poolUsage()).toEqual([]);
});

/** Runs a mix on a volume of its own, which must be free at the end. */
function run(preset: string, more: Partial<GeneratorData> = {}): GeneratorResult {
  const data: GeneratorData = { preset, seed: 1, letter: 'C', fileSystem: 'ramfs', requestors: 1,
    operations: 1500, milliseconds: 0, isPrepared: true, ...more };
  const spec = { fileSystem: data.fileSystem, name: '\\Device\\HarddiskVolume1', letter: 'C' };
  const mounted = mountVolume(spec);
  prepareGenerator(data, alone);
  const result = generate(data, alone);
  expect(census()).toMatchObject({ handles: 0, files: 0 });
  unmountVolume(spec, mounted);
  return result;
}

function issued(result: GeneratorResult): number {
  return Object.values(result.counts).reduce((sum, c) => sum + c.issued, 0);
}

describe('every mix', () => {
  test.each(Object.keys(presets))('%s is right on a RAM volume', (preset) => {
    const result = run(preset);
    expect(result.unexpected).toEqual({ count: 0, examples: [] });
    expect(result.content).toMatchObject({ errors: 0, examples: [] });
    expect(issued(result)).toBeGreaterThanOrEqual(1500);
    for (const c of Object.values(result.counts)) expect(c.completed).toBe(c.issued);
    if (preset !== 'write') expect(result.content.bytesChecked).toBeGreaterThan(0);
  });

  test.each(Object.keys(presets))('%s runs on a null volume', (preset) => {
    const result = run(preset, { fileSystem: 'null-fs', operations: 600 });
    expect(result.unexpected).toEqual({ count: 0, examples: [] });
    expect(result.content.readsChecked).toBe(0);
  });
});

function choices(seed: number): unknown {
  const { kinds, counts, content, expected } = run('stress', { seed });
  const bare = Object.entries(counts).map(([major, c]) => [major, c.issued, c.statuses]);
  return { kinds, bare, content, expected };
}

describe('a seed', () => {
  test('decides everything that is done', () => {
    expect(choices(5)).toEqual(choices(5));
    expect(choices(5)).not.toEqual(choices(6));
  });
});

describe('a desktop mix', () => {
  test('misses on purpose, and as often as the recording', () => {
    const { expected, counts } = run('win10-desktop', { operations: 6000 });
    const creates = counts[0]?.issued ?? 0;
    const failed = ['STATUS_OBJECT_NAME_NOT_FOUND', 'STATUS_OBJECT_NAME_COLLISION',
      'STATUS_OBJECT_PATH_NOT_FOUND', 'STATUS_FILE_IS_A_DIRECTORY']
      .reduce((sum, name) => sum + (expected[name] ?? 0), 0);
    expect(failed / creates).toBeGreaterThan(0.08);
    expect(failed / creates).toBeLessThan(0.16);
  });

  test('has about the recorded share of reads and creates', () => {
    const result = run('win10-desktop', { operations: 6000 });
    const all = issued(result);
    expect((result.counts[3]?.issued ?? 0) / all).toBeGreaterThan(0.14);
    expect((result.counts[3]?.issued ?? 0) / all).toBeLessThan(0.26);
    expect((result.counts[0]?.issued ?? 0) / all).toBeGreaterThan(0.12);
    expect((result.counts[0]?.issued ?? 0) / all).toBeLessThan(0.24);
  });
});

describe('a plan', () => {
  test('divides the operations, and its stop ends a run without other bounds', () => {
    const plan = planGenerator('varmail', { requestors: 3, seed: 1, operations: 100 });
    expect(plan.workloads.map(({ data }) => (data as GeneratorData).operations))
      .toEqual([34, 33, 33]);
    const endless = planGenerator('varmail', { requestors: 1, seed: 1 });
    endless.requestStop();
    const result = run('varmail', endless.workloads[0]!.data as GeneratorData);
    expect(issued(result)).toBe(0);
    expect(plan.figures([result])).toMatchObject({ operations: [], content: { errors: 0 } });
  });

  test('names the presets when there is none of that name', () => {
    expect(() => planGenerator('vermail', { requestors: 1, seed: 1 })).toThrow(/varmail/);
  });
});
